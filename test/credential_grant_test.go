package test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// grantProps are the required props, with one function, callers who sign, and one origin.
func grantProps(scope constructs.Construct) *furl.CredentialGrantProps {
	return &furl.CredentialGrantProps{
		Authorizer:     furl.IamAuthorizer(),
		Functions:      []furl.GrantFunction{{Name: "summarise", Function: newFunction(scope, "Function")}},
		AllowedOrigins: []string{"https://app.example.com"},
	}
}

func newGrant(scope constructs.Construct, props *furl.CredentialGrantProps) *furl.CredentialGrant {
	return furl.NewCredentialGrant(scope, jsii.String("Grant"), props)
}

// urlHeaders are the headers that a browser may send to a leased URL. They are those of a signature, the type of a
// body, a page's own Authorization, and the SDK's name.
var urlHeaders = []any{
	"authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
	"x-forwarded-authorization", "x-amz-user-agent",
}

func TestCredentialGrant(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			grant := newGrant(stack, grantProps(stack))
			if grant.RestApi() == nil || grant.Handler() == nil || grant.Role() == nil ||
				grant.GrantUrl() == nil || grant.FunctionUrl("summarise") == nil {
				t.Error("an accessor gives nothing")
			}
			if grant.FunctionUrl("other") != nil {
				t.Error("a function that is not leased has a URL")
			}
			assembly := synth(t, app)
			expectNoExports(t, assembly)
			if len(assembly.stacks) != 1 {
				t.Errorf("%d stacks: nothing of a grant is in us-east-1 for its own sake", len(assembly.stacks))
			}
			main := assembly.stack(t, "Demo")
			expectGrantApi(t, main)
			expectGrantPermissions(t, main)
			expectGrantHandler(t, main)
			main.has(t, "AWS::Lambda::Url", map[string]any{"AuthType": "AWS_IAM", "Cors": map[string]any{
				"AllowOrigins": []any{"https://app.example.com"}, "AllowHeaders": urlHeaders, "AllowMethods": []any{"*"},
			}})
			main.has(t, "AWS::IAM::Role", map[string]any{"MaxSessionDuration": 3600})
			expectGrantOutputs(t, main)
		})
	}
}

// expectGrantApi wants one method behind the authorizer, with its preflight. The API is throttled and traces no data,
// and the gateway's own answers have CORS headers.
func expectGrantApi(t *testing.T, main *stack) {
	t.Helper()
	main.has(t, "AWS::ApiGateway::RestApi", map[string]any{
		"EndpointConfiguration": map[string]any{"Types": []any{"REGIONAL"}},
	})
	main.has(t, "AWS::ApiGateway::Stage", map[string]any{"StageName": "Prod", "MethodSettings": []any{map[string]any{
		"HttpMethod": "*", "ResourcePath": "/*", "DataTraceEnabled": false,
		"ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 100,
	}}})
	main.has(t, "AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "POST", "AuthorizationType": "AWS_IAM", "Integration": map[string]any{"Type": "AWS_PROXY"},
	})
	main.has(t, "AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "OPTIONS", "AuthorizationType": "NONE", "Integration": map[string]any{"Type": "MOCK"},
	})
	expectCount(t, main, "AWS::ApiGateway::Method", 2)
	expectCount(t, main, "AWS::ApiGateway::Account", 0) // a setting of the whole account
	for _, kind := range []string{"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "QUOTA_EXCEEDED"} {
		main.has(t, "AWS::ApiGateway::GatewayResponse", map[string]any{
			"ResponseType": kind,
			"ResponseParameters": map[string]any{
				"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example.com'",
				"gatewayresponse.header.Cache-Control":               "'no-store'",
			},
		})
	}
	text := resourceText(t, main)
	if strings.Contains(text, "AccessLogSetting") || strings.Contains(text, "Access-Control-Allow-Credentials") {
		t.Error("there are access logs, or cookies are allowed, that nobody asked for")
	}
}

// expectGrantPermissions wants API Gateway alone to invoke the grant Lambda, for the two paths of the grant.
func expectGrantPermissions(t *testing.T, main *stack) {
	t.Helper()
	var paths []string
	for _, permission := range main.resources("AWS::Lambda::Permission") {
		if properties(permission)["Principal"] != "apigateway.amazonaws.com" {
			t.Errorf("somebody else may invoke the grant Lambda: %v", properties(permission))
		}
		source, _ := json.Marshal(properties(permission)["SourceArn"])
		_, path, _ := strings.Cut(string(source), "POST")
		paths = append(paths, strings.TrimRight(path, `"]}`))
	}
	slices.Sort(paths)
	if !slices.Equal(paths, []string{"/grant", "/grant/"}) {
		t.Errorf("API Gateway may invoke the grant Lambda for %q", paths)
	}
}

func resourceText(t *testing.T, s *stack) string {
	t.Helper()
	text, err := json.Marshal(s.template)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func expectGrantHandler(t *testing.T, main *stack) {
	t.Helper()
	main.has(t, "AWS::Lambda::Function", map[string]any{
		"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": []any{"arm64"}, "Timeout": 10,
		"Environment": map[string]any{"Variables": map[string]any{
			"FURL_SESSION_SECONDS": "900", "FURL_ALLOWED_ORIGINS": `["https://app.example.com"]`,
			"FURL_SUBJECT": "iam", "FURL_SESSION_TAGS": "{}", "FURL_BIND_TO_SOURCE_IP": "false",
		}},
	})
	main.has(t, "AWS::Logs::LogGroup", map[string]any{"RetentionInDays": 30})
}

// expectGrantOutputs wants outputs for the grant's URL and the leased URL. The grant's URL refers to the API alone, not
// to its stage.
func expectGrantOutputs(t *testing.T, main *stack) {
	t.Helper()
	outputs, _ := main.template["Outputs"].(map[string]any)
	found := map[string]string{}
	for id, output := range outputs {
		value, _ := json.Marshal(output.(map[string]any)["Value"])
		found[strings.TrimRight(id, "0123456789ABCDEF")] = string(value)
	}
	if len(found) != 2 || !strings.Contains(found["GrantFunctionUrlOutputsummarise"], `"FunctionUrl"`) {
		t.Errorf("outputs %v", found)
	}
	url := found["GrantGrantUrl"]
	ofApi := strings.HasSuffix(url, `"/Prod/grant"]]}`) && strings.Contains(url, ".execute-api.")
	if !ofApi || strings.Contains(url, "Stage") {
		t.Errorf("the grant's URL is %s", url)
	}
}

// TestGrantAuthorizers checks POST /grant with each of the four authorizers. The grant Lambda's setting for the subject
// depends on the authorizer.
func TestGrantAuthorizers(t *testing.T) {
	rows := []struct {
		name, why, subject string
		authorizer         func(awscdk.Stack) furl.GrantAuthorizer
		method             map[string]any
		warns              string // part of the only warning
	}{
		{
			name: "cognito", why: "the claim sub of a pool's token", subject: "cognito",
			authorizer: func(stack awscdk.Stack) furl.GrantAuthorizer {
				return furl.CognitoAuthorizer(awscognito.NewUserPool(stack, jsii.String("Pool"), nil))
			},
			method: map[string]any{
				"AuthorizationType": "COGNITO_USER_POOLS", "ApiKeyRequired": nil, "AuthorizationScopes": nil,
			},
		},
		{
			name: "token", why: "principalId of the authorizer's answer", subject: "lambda",
			authorizer: func(stack awscdk.Stack) furl.GrantAuthorizer {
				return furl.LambdaAuthorizer(awsapigateway.NewTokenAuthorizer(stack, jsii.String("Authorizer"),
					&awsapigateway.TokenAuthorizerProps{Handler: newFunction(stack, "Check")}))
			},
			method: map[string]any{"AuthorizationType": "CUSTOM", "ApiKeyRequired": nil},
		},
		{
			name: "request", why: "likewise", subject: "lambda",
			authorizer: func(stack awscdk.Stack) furl.GrantAuthorizer {
				return furl.LambdaAuthorizer(awsapigateway.NewRequestAuthorizer(stack, jsii.String("Authorizer"),
					&awsapigateway.RequestAuthorizerProps{
						Handler: newFunction(stack, "Check"),
						IdentitySources: &[]*string{
							awsapigateway.IdentitySource_Header(jsii.String("Authorization")),
						},
					}))
			},
			method: map[string]any{"AuthorizationType": "CUSTOM", "ApiKeyRequired": nil},
		},
		{
			name: "iam", why: "the caller's ARN", subject: "iam",
			authorizer: func(awscdk.Stack) furl.GrantAuthorizer { return furl.IamAuthorizer() },
			method:     map[string]any{"AuthorizationType": "AWS_IAM", "ApiKeyRequired": nil},
		},
		{
			name: "api key", why: "the key's id; a key identifies only, and synthesis says so",
			subject: "api-key",
			authorizer: func(stack awscdk.Stack) furl.GrantAuthorizer {
				return furl.ApiKeyAuthorizer(awsapigateway.NewUsagePlan(stack, jsii.String("Plan"), nil))
			},
			method: map[string]any{"AuthorizationType": "NONE", "ApiKeyRequired": true},
			warns:  "does not authenticate",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			props := grantProps(stack)
			props.Authorizer = row.authorizer(stack)
			newGrant(stack, props)
			main := synth(t, app).stack(t, "Demo")
			for _, method := range main.resources("AWS::ApiGateway::Method") {
				for name, want := range row.method {
					p := properties(method)
					asWanted := p[name] == want || want == nil && p[name] == false
					if p["HttpMethod"] == "POST" && !asWanted {
						t.Errorf("%s is %v, want %v", name, p[name], want)
					}
				}
			}
			main.has(t, "AWS::Lambda::Function", handlerVariable("FURL_SUBJECT", row.subject))
			var warnings string
			for _, m := range main.messages {
				if m.level == "warning" {
					warnings += m.text
				}
			}
			if (row.warns == "") != (warnings == "") || !strings.Contains(warnings, row.warns) {
				t.Errorf("warnings %q, want %q", warnings, row.warns)
			}
			if row.subject == "api-key" {
				stage := map[string]any{"Stage": map[string]any{"Ref": assertions.Match_AnyValue()}}
				main.has(t, "AWS::ApiGateway::UsagePlan", map[string]any{"ApiStages": []any{stage}})
			}
		})
	}
}

// TestGrantSettings sets each field alone and checks its effect on the template.
func TestGrantSettings(t *testing.T) {
	rows := []struct {
		name, why string
		set       func(awscdk.Stack, *furl.CredentialGrantProps)
		resource  string
		want      map[string]any
		says      string // part of a message
	}{
		{
			name: "SessionDuration", why: "up to what STS gives to a Lambda",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.SessionDuration = awscdk.Duration_Hours(jsii.Number(1))
			},
			resource: "AWS::Lambda::Function",
			want:     handlerVariable("FURL_SESSION_SECONDS", "3600"),
		},
		{
			name: "AnyOrigin", why: "explicit, and never with cookies", set: anyOrigin,
			resource: "AWS::Lambda::Url",
			want: map[string]any{"Cors": map[string]any{
				"AllowOrigins": []any{"*"}, "AllowCredentials": assertions.Match_Absent(),
			}},
		},
		{
			name: "AnyOrigin: handler", why: "the Lambda refuses none", set: anyOrigin,
			resource: "AWS::Lambda::Function",
			want:     handlerVariable("FURL_ALLOWED_ORIGINS", `["*"]`),
		},
		{
			name: "AnyOrigin: gateway", why: "its own answers too", set: anyOrigin,
			resource: "AWS::ApiGateway::GatewayResponse",
			want: map[string]any{"ResponseParameters": map[string]any{
				"gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
			}},
		},
		{
			name: "several origins", why: "a gateway response has one value for all requests",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.AllowedOrigins = []string{"https://a.example.com", "http://localhost:3000"}
			},
			resource: "AWS::ApiGateway::GatewayResponse",
			want: map[string]any{"ResponseParameters": map[string]any{
				"gatewayresponse.header.Access-Control-Allow-Origin": "'*'", "gatewayresponse.header.Vary": "'Origin'",
			}},
		},
		{
			name: "BindToSourceIp", why: "the Lambda writes it into the session policy",
			set: bindToSourceIp, resource: "AWS::Lambda::Function",
			want: handlerVariable("FURL_BIND_TO_SOURCE_IP", "true"),
		},
		{
			name: "BindToSourceIp: API", why: "dual-stack, as Function URLs are",
			set: bindToSourceIp, resource: "AWS::ApiGateway::RestApi",
			want: map[string]any{"EndpointConfiguration": map[string]any{"IpAddressType": "dualstack"}},
		},
		{
			name: "StageName", why: "it is in the grant's URL too",
			set:      func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.StageName = "v1" },
			resource: "AWS::ApiGateway::Stage",
			want:     map[string]any{"StageName": "v1"},
		},
		{
			name: "EndpointType", why: "near the viewers",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.EndpointType = awsapigateway.EndpointType_EDGE
			},
			resource: "AWS::ApiGateway::RestApi",
			want:     map[string]any{"EndpointConfiguration": map[string]any{"Types": []any{"EDGE"}}},
		},
		{
			name: "no logs", why: "told that there are none",
			set:      func(awscdk.Stack, *furl.CredentialGrantProps) {},
			resource: "AWS::ApiGateway::Stage",
			want:     map[string]any{"AccessLogSetting": assertions.Match_Absent()},
			says:     "The API has no access logs",
		},
		{
			name: "AccessLogs", why: "by the account's own role, and told what if there is none",
			set:      func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.AccessLogs = true },
			resource: "AWS::ApiGateway::Stage",
			want:     accessLogs,
			says:     "CloudWatch Logs role ARN must be set",
		},
		{
			name: "CloudWatchRole", why: "makes the account's role", set: cloudWatchRole,
			resource: "AWS::ApiGateway::Account",
			want:     map[string]any{},
		},
		{
			name: "CloudWatchRole: logs", why: "for which it is", set: cloudWatchRole,
			resource: "AWS::ApiGateway::Stage",
			want:     accessLogs,
		},
		{
			name: "HandlerCode", why: "a program built beforehand",
			set: func(stack awscdk.Stack, p *furl.CredentialGrantProps) {
				bucket := awss3.Bucket_FromBucketName(stack, jsii.String("Bucket"), jsii.String("builds"))
				p.HandlerCode = awslambda.Code_FromBucket(bucket, jsii.String("grant.zip"), nil)
			},
			resource: "AWS::Lambda::Function",
			want: map[string]any{
				"Code": map[string]any{"S3Bucket": "builds", "S3Key": "grant.zip"}, "Architectures": []any{"arm64"},
			},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			props := grantProps(stack)
			row.set(stack, props)
			grant := newGrant(stack, props)
			main := synth(t, app).stack(t, "Demo")
			main.has(t, row.resource, row.want)
			var messages string
			for _, m := range main.messages {
				messages += m.text
			}
			if silent := props.CloudWatchRole; !strings.Contains(messages, row.says) || silent && messages != "" {
				t.Errorf("%s: the messages are %q", row.why, messages)
			}
			if props.StageName != "" && !strings.HasSuffix(*grant.GrantUrl(), "/"+props.StageName+"/grant") {
				t.Errorf("the grant's URL is %s", *grant.GrantUrl())
			}
		})
	}
}

func handlerVariable(name, value string) map[string]any {
	return map[string]any{"Environment": map[string]any{"Variables": map[string]any{name: value}}}
}

func anyOrigin(_ awscdk.Stack, p *furl.CredentialGrantProps) {
	p.AllowedOrigins, p.AnyOrigin = nil, true
}
func bindToSourceIp(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.BindToSourceIp = true }
func cloudWatchRole(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.CloudWatchRole = true }

var accessLogs = map[string]any{"AccessLogSetting": map[string]any{
	"DestinationArn": assertions.Match_AnyValue(),
	// The log has no query, no body, and no header but the user agent.
	"Format": `{"extendedRequestId":"$context.extendedRequestId","requestTime":"$context.requestTime",` +
		`"httpMethod":"$context.httpMethod","path":"$context.path","status":"$context.status",` +
		`"responseType":"$context.error.responseType","sourceIp":"$context.identity.sourceIp",` +
		`"userAgent":"$context.identity.userAgent","responseLength":"$context.responseLength"}`,
}}

// TestGrantSituations builds what users put around a grant, in both kinds of region.
func TestGrantSituations(t *testing.T) {
	rows := []struct {
		name, why string
		build     func(awscdk.App, string)
		check     func(*testing.T, *cloudAssembly)
	}{
		{
			name: "a function and an alias", why: "each has a URL, and the role both, the alias as the alias",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				props := grantProps(stack)
				props.Functions = append(props.Functions, furl.GrantFunction{
					Name: "live", Function: newFunction(stack, "Other").AddAlias(jsii.String("live"), nil),
				})
				newGrant(stack, props)
			},
			check: func(t *testing.T, a *cloudAssembly) {
				main := a.stack(t, "Demo")
				expectCount(t, main, "AWS::Lambda::Url", 2)
				main.has(t, "AWS::Lambda::Url", map[string]any{"Qualifier": "live"})
			},
		},
		{
			name: "two grants in one stack", why: "nothing has a name that two could want",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				newGrant(stack, grantProps(stack))
				furl.NewCredentialGrant(stack, jsii.String("Another"), &furl.CredentialGrantProps{
					Authorizer: furl.IamAuthorizer(), AnyOrigin: true,
					Functions: []furl.GrantFunction{{Name: "summarise", Function: newFunction(stack, "Second")}},
				})
			},
			check: func(t *testing.T, a *cloudAssembly) {
				expectCount(t, a.stack(t, "Demo"), "AWS::ApiGateway::RestApi", 2)
			},
		},
		{
			name: "in a nested stack", why: "what it needs is all there",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				newTopic(stack)
				nested := awscdk.NewNestedStack(stack, jsii.String("Nested"), nil)
				newGrant(nested, grantProps(nested))
			},
			check: func(t *testing.T, a *cloudAssembly) {
				expectCount(t, nestedStackOf(t, a), "AWS::ApiGateway::RestApi", 1)
			},
		},
		{
			name: "in a stack without a region or an account", why: "nothing of it is tied to a region",
			build: func(app awscdk.App, _ string) {
				stack := awscdk.NewStack(app, jsii.String("Demo"), nil)
				newGrant(stack, grantProps(stack))
			},
			check: func(t *testing.T, a *cloudAssembly) {
				const host = `.execute-api.",{"Ref":"AWS::Region"},".",{"Ref":"AWS::URLSuffix"}`
				if !strings.Contains(resourceText(t, a.stack(t, "Demo")), host) {
					t.Error("the grant's URL does not leave the region to the deployment")
				}
			},
		},
		{
			name: "in a Stage", why: "two copies of all",
			build: func(app awscdk.App, region string) {
				for _, id := range []string{"Test", "Live"} {
					stage := awscdk.NewStage(app, jsii.String(id), &awscdk.StageProps{Env: &awscdk.Environment{
						Account: jsii.String(account), Region: jsii.String(region),
					}})
					stack := awscdk.NewStack(stage, jsii.String("Demo"), nil)
					newGrant(stack, grantProps(stack))
				}
			},
			check: func(t *testing.T, a *cloudAssembly) {
				expectCount(t, a.stack(t, "Live-Demo"), "AWS::ApiGateway::RestApi", 1)
			},
		},
		{
			name: "the URL of a SecureFunctionUrl", why: "one URL for both patterns, with CORS where it is made",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				props := grantProps(stack)
				api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: props.Functions[0].Function,
					Cors: &awslambda.FunctionUrlCorsOptions{
						AllowedOrigins: jsii.Strings("https://app.example.com"), AllowedHeaders: jsii.Strings("*"),
					},
				})
				props.Functions[0].FunctionUrl = api.FunctionUrl()
				newGrant(stack, props)
			},
			check: func(t *testing.T, a *cloudAssembly) { expectCount(t, a.stack(t, "Demo"), "AWS::Lambda::Url", 1) },
		},
		{
			name: "the distribution's domain as origin, the grant's URL behind it",
			why:  "the page is served from there: no cycle",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				page := newFunction(stack, "Page")
				api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: page,
				})
				props := grantProps(stack)
				props.AllowedOrigins = []string{
					"https://" + *api.Distribution().DistributionDomainName(), "http://localhost:3000",
				}
				page.AddEnvironment(jsii.String("GRANT_URL"), newGrant(stack, props).GrantUrl(), nil)
				leased := props.Functions[0].Function.(awslambda.Function)
				leased.AddEnvironment(jsii.String("GRANT_URL"), jsii.String("x"), nil)
			},
			check: func(t *testing.T, a *cloudAssembly) { expectCount(t, a.stack(t, "Demo"), "AWS::Lambda::Url", 2) },
		},
		{
			name: "a leased function that knows the grant's URL",
			why:  "as a page that it serves itself would need: no cycle",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				props := grantProps(stack)
				grant := newGrant(stack, props)
				leased := props.Functions[0].Function.(awslambda.Function)
				leased.AddEnvironment(jsii.String("GRANT_URL"), grant.GrantUrl(), nil)
			},
			check: func(t *testing.T, a *cloudAssembly) { expectCount(t, a.stack(t, "Demo"), "AWS::Lambda::Url", 1) },
		},
		{
			name: "an imported function with its URL", why: "neither can be looked into",
			build: func(app awscdk.App, region string) {
				stack := newStack(app, "Demo", region)
				props := grantProps(stack)
				arn := "arn:aws:lambda:" + region + ":" + account + ":function:theirs"
				theirs := awslambda.Function_FromFunctionArn(stack, jsii.String("Theirs"), jsii.String(arn))
				props.Functions = []furl.GrantFunction{{
					Name: "theirs", Function: theirs,
					FunctionUrl: awslambda.NewFunctionUrl(stack, jsii.String("Url"), &awslambda.FunctionUrlProps{
						Function: theirs, AuthType: awslambda.FunctionUrlAuthType_AWS_IAM,
						Cors: &awslambda.FunctionUrlCorsOptions{
							AllowedOrigins: jsii.Strings("*"), AllowedHeaders: jsii.Strings("*"),
						},
					}),
				}}
				newGrant(stack, props)
			},
			check: func(t *testing.T, a *cloudAssembly) { expectCount(t, a.stack(t, "Demo"), "AWS::Lambda::Url", 1) },
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				row.build(app, region)
				assembly := synth(t, app)
				expectNoExports(t, assembly)
				row.check(t, assembly)
			})
		}
	}
}

// leasedUrlOpeners open a leased URL after it was made.
var leasedUrlOpeners = []struct {
	name, why string
	spoil     func(awscdk.Stack, awslambda.IFunction, *furl.CredentialGrant)
	want      string
}{
	{
		name: "NONE", why: "open to everyone",
		spoil: func(_ awscdk.Stack, _ awslambda.IFunction, g *furl.CredentialGrant) {
			g.FunctionUrl("summarise").Node().DefaultChild().(awslambda.CfnUrl).SetAuthType(jsii.String("NONE"))
		},
		want: "AuthType was changed to NONE",
	},
	{
		name: "a second URL", why: "a function has one",
		spoil: func(_ awscdk.Stack, fn awslambda.IFunction, _ *furl.CredentialGrant) {
			awslambda.NewFunctionUrl(fn.(awslambda.Function), jsii.String("Second"),
				&awslambda.FunctionUrlProps{Function: fn, AuthType: awslambda.FunctionUrlAuthType_NONE})
		},
		want: "the function has another URL",
	},
	{
		name: "behind a distribution as well", why: "the same, and the way out is named",
		spoil: func(stack awscdk.Stack, fn awslambda.IFunction, _ *furl.CredentialGrant) {
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn})
		},
		want: "the function has another URL",
	},
}

// TestLeasedUrlStaysClosed checks that the synthesis refuses each of leasedUrlOpeners.
func TestLeasedUrlStaysClosed(t *testing.T) {
	for _, given := range []bool{false, true} {
		for _, row := range leasedUrlOpeners {
			t.Run(fmt.Sprintf("%s given %t", row.name, given), func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", "ap-northeast-1")
				props := grantProps(stack)
				fn := props.Functions[0].Function
				if given {
					props.Functions[0].FunctionUrl = fn.AddFunctionUrl(&awslambda.FunctionUrlOptions{
						Cors: &awslambda.FunctionUrlCorsOptions{
							AllowedOrigins: jsii.Strings("https://app.example.com"), AllowedHeaders: jsii.Strings("*"),
						},
					})
				}
				row.spoil(stack, fn, newGrant(stack, props))
				expectText(t, refusal(t, func() { app.Synth(nil) }), row.want)
			})
		}
	}
}
