package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// movedCode is a Lambda@Edge function for viewer requests. It redirects one path.
const movedCode = `const request = event.Records[0].cf.request;
if (request.uri !== "/old") return request;
return { status: "302", headers: { location: [{ key: "Location", value: "/new" }] } };`

// stampCode is a Lambda@Edge function for origin responses. It adds a header.
const stampCode = `const response = event.Records[0].cf.response;
response.headers["x-stamp"] = [{ key: "X-Stamp", value: "seen " + response.status }];
return response;`

// flagsCode is a CloudFront Function that answers with a value of its key value store.
const flagsCode = `import cf from "cloudfront";
const store = cf.kvs();
async function handler(event) {
	const name = event.request.uri.replace("/flags/", "");
	if (!await store.exists(name)) return { statusCode: 404, statusDescription: "Not Found" };
	return { statusCode: 200, statusDescription: "OK", body: "is " + await store.get(name) };
}`

// edgeApp has functions at CloudFront's edge.
var edgeApp = localApp{
	name: "Edge",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "us-east-1")
		origin := urlOrigin(stack, "Function", "return 'at ' + event.rawPath", awslambda.FunctionUrlAuthType_AWS_IAM)
		edge := func(id, code string, event awscloudfront.LambdaEdgeEventType) *awscloudfront.EdgeLambda {
			function := awslambda.NewFunction(stack, jsii.String(id), nodeFunction(code))
			return &awscloudfront.EdgeLambda{EventType: event, FunctionVersion: function.CurrentVersion()}
		}
		site := awscloudfront.NewDistribution(stack, jsii.String("Cdn"), &awscloudfront.DistributionProps{
			DefaultBehavior: &awscloudfront.BehaviorOptions{
				Origin: origin,
				EdgeLambdas: &[]*awscloudfront.EdgeLambda{
					edge("Moved", movedCode, awscloudfront.LambdaEdgeEventType_VIEWER_REQUEST),
					edge("Stamp", stampCode, awscloudfront.LambdaEdgeEventType_ORIGIN_RESPONSE),
				},
			},
		})
		flags := awscloudfront.NewKeyValueStore(stack, jsii.String("Flags"), &awscloudfront.KeyValueStoreProps{
			Source: awscloudfront.ImportSource_FromInline(jsii.String(`{"data":[{"key":"dark","value":"on"}]}`)),
		})
		reader := awscloudfront.NewFunction(stack, jsii.String("Reader"), &awscloudfront.FunctionProps{
			Code: awscloudfront.FunctionCode_FromInline(jsii.String(flagsCode)), KeyValueStore: flags,
			Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
		})
		site.AddBehavior(jsii.String("/flags/*"), origin, &awscloudfront.AddBehaviorOptions{
			FunctionAssociations: &[]*awscloudfront.FunctionAssociation{{
				EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: reader,
			}},
		})
	},
	listed: map[string]string{"CloudFront cache: ": "Edge/Stack/Cdn"},
	asks: []ask{
		{
			name: "viewer request", why: "Lambda@Edge answers", of: "Stack/Cdn", target: "/old", status: 302,
			wantName: "Location", wantValue: "/new",
		},
		{
			name: "origin response", why: "Lambda@Edge adds a header", of: "Stack/Cdn", target: "/x", status: 200,
			want: "at /x", wantName: "X-Stamp", wantValue: "seen 200",
		},
		{name: "flag", why: "the store has it", of: "Stack/Cdn", target: "/flags/dark", status: 200, want: "is on"},
		{name: "no flag", why: "the store has no such key", of: "Stack/Cdn", target: "/flags/light", status: 404},
	},
}

// restApp has a REST API, which is served, and an HTTP API, which is listed.
var restApp = localApp{
	name: "Rest",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "eu-west-1")
		api := awsapigateway.NewRestApi(stack, jsii.String("Api"), &awsapigateway.RestApiProps{
			DefaultCorsPreflightOptions: &awsapigateway.CorsOptions{
				AllowOrigins: jsii.Strings("https://app.example.com"),
			},
		})
		items := awslambda.NewFunction(stack, jsii.String("Items"),
			nodeFunction("return { statusCode: 200, body: event.requestContext.authorizer.principalId + event.path }"))
		api.Root().AddResource(jsii.String("items"), nil).AddMethod(jsii.String("GET"),
			awsapigateway.NewLambdaIntegration(items, nil),
			&awsapigateway.MethodOptions{Authorizer: tokenAuthorizer(stack)})
		awscdk.NewCfnResource(stack, jsii.String("Http"), &awscdk.CfnResourceProps{
			Type:       jsii.String("AWS::ApiGatewayV2::Api"),
			Properties: &object{"Name": "http", "ProtocolType": "HTTP", "Target": *items.FunctionArn()},
		})
	},
	listed: map[string]string{"resources of type AWS::ApiGatewayV2::Api: ": "Rest/Stack/Http"},
	asks: []ask{
		{
			name: "let in", why: "the authorizer allows", of: "Stack/Api", target: "/items",
			header: map[string]string{"Authorization": "let me in"}, status: 200, want: "ada/items",
		},
		{
			name: "denied", why: "the authorizer denies", of: "Stack/Api", target: "/items",
			header: map[string]string{"Authorization": "please"}, status: 403,
		},
		{name: "no token", why: "the authorizer is not asked", of: "Stack/Api", target: "/items", status: 401},
		{
			name: "preflight", why: "CDK's mock integration", of: "Stack/Api", target: "/items", method: "OPTIONS",
			status: 204, wantName: "Access-Control-Allow-Origin", wantValue: "https://app.example.com",
		},
	},
}
