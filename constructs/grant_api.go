package furl

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// newApi makes the REST API: POST /grant behind the authorizer, its preflight, and the gateway's own answers in the same JSON shape, with
// CORS, so that a page can read why it was refused.
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
			"The access logs need a role that API Gateway has for the whole account and region. Where it has none the deployment fails with "+
				"\"CloudWatch Logs role ARN must be set in account settings\": CloudWatchRole: true makes it."))
	default:
		awscdk.Annotations_Of(g).AddInfoV2(jsii.String("furl:accessLogs"), jsii.String(
			"The API has no access logs: they need a role that API Gateway has for the whole account and region. AccessLogs: true turns them on "+
				"where that role is there; CloudWatchRole: true makes it too."))
	}
	g.api = awsapigateway.NewRestApi(g, jsii.String("Api"), &awsapigateway.RestApiProps{
		// The name is for people and need not be unique.
		RestApiName:           jsii.String(strings.ReplaceAll(plain(*g.Node().Path()), "/", "-")),
		Description:           description("POST /grant of ", g),
		EndpointConfiguration: endpoint,
		CloudWatchRole:        jsii.Bool(props.CloudWatchRole),
		DeployOptions:         stage,
	})
	g.api.Node().TryRemoveChild(jsii.String("Endpoint")) // CDK's output of the API's root, where nothing is
	g.addMethod(props, settings)
	g.addGatewayResponses(settings)
	stack := awscdk.Stack_Of(g)
	// The stage's name is written out: a reference to the stage would tie whoever has this URL to the whole deployment.
	g.url = jsii.String("https://" + *g.api.RestApiId() + ".execute-api." + *stack.Region() + "." + *stack.UrlSuffix() + "/" + settings.stage + "/grant")
}

func (g *CredentialGrant) addMethod(props *CredentialGrantProps, settings grantSettings) {
	resource := g.api.Root().AddResource(jsii.String("grant"), &awsapigateway.ResourceOptions{
		DefaultCorsPreflightOptions: &awsapigateway.CorsOptions{
			AllowOrigins: jsii.Strings(settings.origins...), AllowMethods: jsii.Strings("POST"), MaxAge: awscdk.Duration_Hours(jsii.Number(1)),
			AllowHeaders: jsii.Strings(append([]string{"x-api-key"}, signedHeaders...)...),
		},
	})
	options := &awsapigateway.MethodOptions{}
	props.Authorizer.protect(g, options)
	resource.AddMethod(jsii.String("POST"), awsapigateway.NewLambdaIntegration(g.handler, &awsapigateway.LambdaIntegrationOptions{
		AllowTestInvoke: jsii.Bool(false),
	}), options)
	// A request to /grant/ reaches the same method, and API Gateway then asks Lambda with the slash in the ARN.
	g.handler.AddPermission(jsii.String("TrailingSlash"), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		SourceArn: g.api.ArnForExecuteApi(jsii.String("POST"), jsii.String("/grant/"), jsii.String(settings.stage)),
	})
	if props.Authorizer.attach != nil {
		props.Authorizer.attach(g, g.api)
	}
}

// addGatewayResponses gives what API Gateway answers by itself the shape of the grant Lambda's errors, and CORS headers. A gateway
// response has one value for all requests; with several origins that is "*": these answers hold no data, and cookies are not allowed.
// The request's own Origin cannot be sent back: mappings tell "Origin" from the "origin" of HTTP/2 (API Gateway Developer Guide,
// api-gateway-known-issues).
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
			"Access-Control-Allow-Origin": jsii.String("'" + origin + "'"), "Access-Control-Expose-Headers": jsii.String("'Retry-After'"),
			"Cache-Control": jsii.String("'no-store'"), "Vary": jsii.String("'Origin'"),
		}
		if response.retry != "" {
			headers["Retry-After"] = jsii.String(response.retry)
		}
		g.api.AddGatewayResponse(jsii.String(response.id), &awsapigateway.GatewayResponseOptions{
			Type: response.kind, ResponseHeaders: &headers,
			Templates: &map[string]*string{
				"application/json": jsii.String(`{"error":"$context.error.responseType","message":$context.error.messageString}`),
			},
		})
	}
}

// logAccess turns access logs on, with a format that has no header, query or body of the request but its user agent. The extended
// request id is also in the grant Lambda's log; the plain one is the client's to set (API Gateway Developer Guide,
// api-gateway-mapping-template-reference).
func (g *CredentialGrant) logAccess(stage *awsapigateway.StageOptions) {
	logs := awslogs.NewLogGroup(g, jsii.String("AccessLogs"), &awslogs.LogGroupProps{Retention: awslogs.RetentionDays_ONE_MONTH})
	stage.AccessLogDestination = awsapigateway.NewLogGroupLogDestination(logs)
	stage.AccessLogFormat = awsapigateway.AccessLogFormat_Custom(jsii.String(
		`{"extendedRequestId":"$context.extendedRequestId","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","path":"$context.path",` +
			`"status":"$context.status","responseType":"$context.error.responseType","sourceIp":"$context.identity.sourceIp",` +
			`"userAgent":"$context.identity.userAgent","responseLength":"$context.responseLength"}`))
}
