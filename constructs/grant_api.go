package furl

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"github.com/aws/jsii-runtime-go"
)

// newApi makes the REST API with POST /grant behind the authorizer, and its preflight. The gateway's own answers
// have the same JSON shape as the grant Lambda's, and CORS. So a page can read why it was refused.
func (g *CredentialGrant) newApi(props *CredentialGrantProps, settings grantSettings) {
	endpoint := &awsapigateway.EndpointConfiguration{Types: &[]awsapigateway.EndpointType{settings.endpointType}}
	if props.BindToSourceIp {
		endpoint.IpAddressType = awsapigateway.IpAddressType_DUAL_STACK
	}
	stage := &awsapigateway.StageOptions{
		StageName: jsii.String(settings.stage), DataTraceEnabled: jsii.Bool(false),
		ThrottlingRateLimit: jsii.Number(settings.rate), ThrottlingBurstLimit: jsii.Number(settings.burst),
	}
	switch {
	case props.CloudWatchRole:
		g.logAccess(stage)
	case props.AccessLogs:
		g.logAccess(stage)
		awscdk.Annotations_Of(g).AddInfoV2(jsii.String("furl:accessLogs"), jsii.String(
			"The access logs need a role that API Gateway has for the whole account and region. "+
				"Where it has none the deployment fails with "+
				"\"CloudWatch Logs role ARN must be set in account settings\". CloudWatchRole: true makes it."))
	default:
		awscdk.Annotations_Of(g).AddInfoV2(jsii.String("furl:accessLogs"), jsii.String(
			"The API has no access logs. They need a role that API Gateway has for the whole account and region. "+
				"Where that role is there, AccessLogs: true turns them on. CloudWatchRole: true makes the role too."))
	}
	g.api = awsapigateway.NewRestApi(g, jsii.String("Api"), &awsapigateway.RestApiProps{
		// The name is for people and need not be unique.
		RestApiName:           jsii.String(strings.ReplaceAll(descriptionText(*g.Node().Path()), "/", "-")),
		Description:           description("POST /grant of ", g),
		EndpointConfiguration: endpoint,
		CloudWatchRole:        jsii.Bool(props.CloudWatchRole),
		DeployOptions:         stage,
	})
	g.api.Node().TryRemoveChild(jsii.String("Endpoint")) // CDK's output of the API's root, which answers nothing
	g.addMethod(props, settings)
	g.addGatewayResponses(settings)
	stack := awscdk.Stack_Of(g)
	// The stage's name is written out. A reference to the stage would tie each user of this URL to the whole
	// deployment.
	g.url = jsii.String("https://" + *g.api.RestApiId() + ".execute-api." + *stack.Region() + "." +
		*stack.UrlSuffix() + "/" + settings.stage + "/grant")
}

// grantHeaders are the headers that the preflight of every grant allows.
var grantHeaders = append(append([]string{"x-api-key"}, signedHeaders...), userAgentHeader)

func (g *CredentialGrant) addMethod(props *CredentialGrantProps, settings grantSettings) {
	resource := g.api.Root().AddResource(jsii.String("grant"), &awsapigateway.ResourceOptions{
		DefaultCorsPreflightOptions: &awsapigateway.CorsOptions{
			AllowOrigins: jsii.Strings(settings.origins...),
			AllowMethods: jsii.Strings("POST"),
			MaxAge:       awscdk.Duration_Hours(jsii.Number(1)),
			AllowHeaders: jsii.Strings(mergeHeaders(grantHeaders, settings.headers)...),
		},
	})
	options := &awsapigateway.MethodOptions{}
	props.Authorizer.protect(g, options)
	integration := awsapigateway.NewLambdaIntegration(g.handler, &awsapigateway.LambdaIntegrationOptions{
		AllowTestInvoke: jsii.Bool(false),
	})
	resource.AddMethod(jsii.String("POST"), integration, options)
	// A request to /grant/ reaches the same method, and API Gateway then asks Lambda with the slash in the ARN.
	g.handler.AddPermission(jsii.String("TrailingSlash"), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		SourceArn: g.api.ArnForExecuteApi(jsii.String("POST"), jsii.String("/grant/"), jsii.String(settings.stage)),
	})
	if props.Authorizer.attach != nil {
		props.Authorizer.attach(g, g.api)
	}
}

// addGatewayResponses gives API Gateway's own answers the shape of the grant Lambda's errors, and CORS headers. A
// gateway response has one value for all requests. With several origins that value is "*". These answers hold no
// data, and cookies are not allowed. The request's own Origin cannot be sent back. Header names in mappings are
// case-sensitive, and HTTP/2 sends "origin" in lower case (API Gateway Developer Guide, api-gateway-known-issues).
func (g *CredentialGrant) addGatewayResponses(settings grantSettings) {
	origin := settings.origins[0]
	if len(settings.origins) > 1 {
		origin = "*"
	}
	for _, response := range []struct {
		id    string
		kind  awsapigateway.ResponseType
		retry string
	}{
		{"Default4xx", awsapigateway.ResponseType_DEFAULT_4XX(), ""},
		{"Default5xx", awsapigateway.ResponseType_DEFAULT_5XX(), ""},
		{"Throttled", awsapigateway.ResponseType_THROTTLED(), "'1'"},
		{"QuotaExceeded", awsapigateway.ResponseType_QUOTA_EXCEEDED(), "'3600'"},
	} {
		headers := map[string]*string{
			"Access-Control-Allow-Origin":   jsii.String("'" + origin + "'"),
			"Access-Control-Expose-Headers": jsii.String("'Retry-After'"),
			"Cache-Control":                 jsii.String("'no-store'"),
			"Vary":                          jsii.String("'Origin'"),
		}
		if response.retry != "" {
			headers["Retry-After"] = jsii.String(response.retry)
		}
		g.api.AddGatewayResponse(jsii.String(response.id), &awsapigateway.GatewayResponseOptions{
			Type: response.kind, ResponseHeaders: &headers,
			Templates: &map[string]*string{
				"application/json": jsii.String(
					`{"error":"$context.error.responseType","message":$context.error.messageString}`),
			},
		})
	}
}

// logAccess turns access logs on. Their format has no header, query or body of the request, except the user agent.
// The extended request id is also in the grant Lambda's log. The client can set the plain request id (API Gateway
// Developer Guide, api-gateway-mapping-template-reference).
func (g *CredentialGrant) logAccess(stage *awsapigateway.StageOptions) {
	stage.AccessLogDestination = awsapigateway.NewLogGroupLogDestination(g.newLogGroup("AccessLogs"))
	stage.AccessLogFormat = awsapigateway.AccessLogFormat_Custom(jsii.String(
		`{"extendedRequestId":"$context.extendedRequestId","requestTime":"$context.requestTime",` +
			`"httpMethod":"$context.httpMethod","path":"$context.path","status":"$context.status",` +
			`"responseType":"$context.error.responseType","sourceIp":"$context.identity.sourceIp",` +
			`"userAgent":"$context.identity.userAgent","responseLength":"$context.responseLength"}`))
}
