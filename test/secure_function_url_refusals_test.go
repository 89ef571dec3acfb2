package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestSecureFunctionUrlRefusals checks the default construct with one mistake each.
func TestSecureFunctionUrlRefusals(t *testing.T) {
	type props = furl.SecureFunctionUrlProps
	const aclId = "473e64fd-f30b-4765-81a0-62ad96dd167a"
	rows := []struct {
		name, why string
		spoil     func(awscdk.Stack, *props)
		want      []string
	}{
		{
			name: "no function", why: "there is nothing to put on the internet",
			spoil: func(_ awscdk.Stack, p *props) { p.Function = nil },
			want:  []string{"Function: there is none", "pass the function"},
		},
		{
			name: "a version", why: "Lambda gives URLs to functions and aliases",
			spoil: func(s awscdk.Stack, p *props) { p.Function = p.Function.(awslambda.Function).CurrentVersion() },
			want:  []string{"is a version", "AddAlias"},
		},
		{
			name: "$LATEST as a version", why: "the same",
			spoil: func(s awscdk.Stack, p *props) { p.Function = p.Function.LatestVersion() },
			want:  []string{"is a version", "or the function itself"},
		},
		{
			name: "a function of another region", why: "its URL would be made there",
			spoil: func(s awscdk.Stack, p *props) {
				p.Function = newFunction(newStack(s.Node().Root().(awscdk.App), "Far", "eu-west-1"), "Function")
			},
			want: []string{"region eu-west-1", "make this construct in a stack of that region"},
		},
		{
			name: "an imported function of another account", why: "its URL would be made there",
			spoil: func(s awscdk.Stack, p *props) {
				p.Function = awslambda.Function_FromFunctionArn(s, jsii.String("Theirs"),
					jsii.String("arn:aws:lambda:us-east-1:444455556666:function:theirs"))
			},
			want: []string{"account 444455556666"},
		},
		{
			name: "read timeout of 0", why: "CloudFront waits 1 s at least",
			spoil: func(_ awscdk.Stack, p *props) { p.ReadTimeout = seconds(0) },
			want:  []string{"ReadTimeout", "0 s", "1 to 120"},
		},
		{
			name: "read timeout of 121", why: "CloudFront waits 120 s at most",
			spoil: func(_ awscdk.Stack, p *props) { p.ReadTimeout = seconds(121) },
			want:  []string{"ReadTimeout", "121 s", "Duration_Seconds(jsii.Number(60))"},
		},
		{
			name: "read timeout of half seconds", why: "CloudFront counts whole ones",
			spoil: func(_ awscdk.Stack, p *props) { p.ReadTimeout = awscdk.Duration_Millis(jsii.Number(1500)) },
			want:  []string{"1.5 s"},
		},
		{
			name: "an unknown read timeout", why: "CDK's origin compares it",
			spoil: func(s awscdk.Stack, p *props) {
				parameter := awscdk.NewCfnParameter(s, jsii.String("Seconds"),
					&awscdk.CfnParameterProps{Type: jsii.String("Number")})
				p.ReadTimeout = awscdk.Duration_Seconds(parameter.ValueAsNumber())
			},
			want: []string{"ReadTimeout", "known at deployment only"},
		},
		{
			name: "keep-alive of 0", why: "the same",
			spoil: func(_ awscdk.Stack, p *props) { p.KeepaliveTimeout = seconds(0) },
			want:  []string{"KeepaliveTimeout"},
		},
		{
			name: "keep-alive of 121", why: "the edge takes 120 s at most",
			spoil: func(_ awscdk.Stack, p *props) { p.KeepaliveTimeout = seconds(121) },
			want:  []string{"KeepaliveTimeout", "121 s"},
		},
		{
			name: "every origin with credentials", why: "any page could call with the viewer's cookies",
			spoil: func(_ awscdk.Stack, p *props) {
				p.Cors = &awslambda.FunctionUrlCorsOptions{
					AllowedOrigins: jsii.Strings("https://a.example.com", "*"), AllowCredentials: jsii.Bool(true),
				}
			},
			want: []string{`origin "*"`, "name the origins"},
		},
		{
			name: "OPTIONS in CORS", why: "Lambda refuses it",
			spoil: func(_ awscdk.Stack, p *props) {
				p.Cors = &awslambda.FunctionUrlCorsOptions{
					AllowedOrigins: jsii.Strings("*"),
					AllowedMethods: &[]awslambda.HttpMethod{awslambda.HttpMethod_GET, awslambda.HttpMethod_OPTIONS},
				}
			},
			want: []string{"Cors.AllowedMethods", "leave OPTIONS out"},
		},
		{
			name: "CORS for nobody", why: "Lambda refuses it",
			spoil: func(_ awscdk.Stack, p *props) { p.Cors = &awslambda.FunctionUrlCorsOptions{} },
			want:  []string{"Cors.AllowedOrigins", "or leave Cors out"},
		},
		{
			name: "AllViewer", why: "it forwards Host",
			spoil: func(_ awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_ALL_VIEWER()
			},
			want: []string{"OriginRequestPolicy: AllViewer forwards", "ALL_VIEWER_EXCEPT_HOST_HEADER"},
		},
		{
			name: "HostHeaderOnly by id", why: "it forwards Host",
			spoil: func(s awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_FromOriginRequestPolicyId(s,
					jsii.String("P"), jsii.String("bf0718e1-ba1e-49d1-88b1-f726733018ae"))
			},
			want: []string{"HostHeaderOnly"},
		},
		{
			name: "an own policy that forwards Host", why: "it forwards Host",
			spoil: func(s awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"),
					&awscloudfront.OriginRequestPolicyProps{
						HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_AllowList(
							jsii.String("X-A"), jsii.String("host")),
					})
			},
			want: []string{"Demo/P forwards"},
		},
		{
			name: "an own policy that forwards all", why: "Host is among them",
			spoil: func(s awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"),
					&awscloudfront.OriginRequestPolicyProps{
						HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_All(
							jsii.String("CloudFront-Viewer-Country")),
					})
			},
			want: []string{"Demo/P forwards"},
		},
		{
			name: "an own policy that forwards all but another", why: "Host is among them",
			spoil: func(s awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"),
					&awscloudfront.OriginRequestPolicyProps{
						HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(jsii.String("X-A")),
					})
			},
			want: []string{"Demo/P forwards"},
		},
		{
			name: "an L1 policy that forwards all", why: "Host is among them",
			spoil: func(s awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.NewCfnOriginRequestPolicy(s, jsii.String("P"),
					&awscloudfront.CfnOriginRequestPolicyProps{
						OriginRequestPolicyConfig: map[string]any{
							"name": "p", "cookiesConfig": map[string]any{"cookieBehavior": "all"},
							"queryStringsConfig": map[string]any{"queryStringBehavior": "all"},
							"headersConfig":      map[string]any{"headerBehavior": "allViewer"},
						},
					})
			},
			want: []string{"Demo/P forwards"},
		},
		{
			name: "an own policy that forwards some queries", why: "the edge sees none of them",
			spoil: func(s awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"),
					&awscloudfront.OriginRequestPolicyProps{
						QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_AllowList(
							jsii.String("page")),
					})
			},
			want: []string{
				"OriginRequestPolicy: Demo/P forwards some query strings", "OriginRequestQueryStringBehavior_All()",
			},
		},
		{
			name: "an own cache key with some queries", why: "the edge sees none of them",
			spoil: func(s awscdk.Stack, p *props) {
				p.CachePolicy = awscloudfront.NewCachePolicy(s, jsii.String("P"),
					&awscloudfront.CachePolicyProps{
						QueryStringBehavior: awscloudfront.CacheQueryStringBehavior_DenyList(jsii.String("utm")),
					})
			},
			want: []string{"CachePolicy: Demo/P forwards some query strings", "CacheQueryStringBehavior_All()"},
		},
		{
			name: "UseOriginCacheControlHeaders", why: "its key has Host",
			spoil: func(_ awscdk.Stack, p *props) {
				p.CachePolicy = awscloudfront.CachePolicy_USE_ORIGIN_CACHE_CONTROL_HEADERS()
			},
			want: []string{"CachePolicy: UseOriginCacheControlHeaders has Host", "CACHING_DISABLED"},
		},
		{
			name: "Amplify", why: "its key has Host",
			spoil: func(_ awscdk.Stack, p *props) { p.CachePolicy = awscloudfront.CachePolicy_AMPLIFY() },
			want:  []string{"CachePolicy: Amplify has Host"},
		},
		{
			name: "an own cache key with Host", why: "what is in the key is forwarded",
			spoil: func(s awscdk.Stack, p *props) {
				p.CachePolicy = awscloudfront.NewCachePolicy(s, jsii.String("P"),
					&awscloudfront.CachePolicyProps{
						HeaderBehavior: awscloudfront.CacheHeaderBehavior_AllowList(jsii.String("HOST")),
					})
			},
			want: []string{"Demo/P has Host"},
		},
		{
			name: "a REGIONAL ACL", why: "a distribution takes CLOUDFRONT ones",
			spoil: func(_ awscdk.Stack, p *props) {
				p.WebAclArn = jsii.String("arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/" + aclId)
			},
			want: []string{"WebAclArn", "global/webacl"},
		},
		{
			name: "an ACL of another region", why: "CLOUDFRONT ones are in us-east-1",
			spoil: func(_ awscdk.Stack, p *props) {
				p.WebAclArn = jsii.String("arn:aws:wafv2:eu-west-1:111122223333:global/webacl/a/" + aclId)
			},
			want: []string{"WebAclArn"},
		},
		{
			name: "the id of a classic ACL", why: "WAF classic has ended",
			spoil: func(_ awscdk.Stack, p *props) {
				p.WebAclArn = jsii.String(aclId)
			},
			want: []string{"WebAclArn"},
		},
		{
			name: "two kinds of ACL", why: "a distribution has one",
			spoil: func(_ awscdk.Stack, p *props) {
				p.WithoutWebAcl = true
				p.WebAclArn = jsii.String("arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/" + aclId)
			},
			want: []string{"more than one", "set one"},
		},
		{
			name: "a default behaviour of one's own", why: "it would not be signed",
			spoil: func(_ awscdk.Stack, p *props) {
				p.DistributionProps = &awscloudfront.DistributionProps{
					DefaultBehavior: &awscloudfront.BehaviorOptions{},
				}
			},
			want: []string{"DistributionProps.DefaultBehavior", "Signer.EdgeLambda()"},
		},
		{
			name: "an ACL in DistributionProps", why: "there are fields for it",
			spoil: func(_ awscdk.Stack, p *props) {
				p.DistributionProps = &awscloudfront.DistributionProps{WebAclId: jsii.String("x")}
			},
			want: []string{"DistributionProps.WebAclId", "WebAclArn"},
		},
		{
			name: "a path pattern without a distribution", why: "the default behaviour has none",
			spoil: func(_ awscdk.Stack, p *props) { p.PathPattern = "/api/*" },
			want:  []string{"PathPattern", "AddBehavior"},
		},
		{
			name: "a distribution without a path pattern", why: "its default behaviour is there already",
			spoil: func(s awscdk.Stack, p *props) { p.Distribution = newSite(s) },
			want:  []string{"PathPattern", `"/api/*"`},
		},
		{
			name: "a distribution with an ACL", why: "the ACL is the distribution's",
			spoil: func(s awscdk.Stack, p *props) {
				p.Distribution, p.PathPattern, p.WithoutWebAcl = newSite(s), "/api/*", true
			},
			want: []string{"a web ACL belongs to a whole distribution"},
		},
		{
			name: "a distribution with DistributionProps", why: "they would be lost",
			spoil: func(s awscdk.Stack, p *props) {
				p.Distribution, p.PathPattern = newSite(s), "/api/*"
				p.DistributionProps = &awscloudfront.DistributionProps{}
			},
			want: []string{"DistributionProps", "made elsewhere"},
		},
		{
			name: "a distribution of another stack", why: "the two stacks would need each other",
			spoil: func(s awscdk.Stack, p *props) {
				other := newStack(s.Node().Root().(awscdk.App), "Site", "us-east-1")
				p.Distribution, p.PathPattern = newSite(other), "/api/*"
			},
			want: []string{"Site/Site is in another stack"},
		},
		{
			name: "a signer of another account", why: "CloudFront takes edge functions of its own account",
			spoil: func(s awscdk.Stack, p *props) {
				other := awscdk.NewStack(s.Node().Root().(awscdk.App), jsii.String("Theirs"), &awscdk.StackProps{
					Env: &awscdk.Environment{Account: jsii.String("444455556666"), Region: jsii.String("us-east-1")},
				})
				p.Signer = furl.NewEdgeSigner(other, jsii.String("Signer"), nil)
			},
			want: []string{"Theirs/Signer", "another account"},
		},
		{
			name: "a signer of a stack without an account", why: "CDK takes that for another account",
			spoil: func(s awscdk.Stack, p *props) {
				other := awscdk.NewStack(s.Node().Root().(awscdk.App), jsii.String("Theirs"), &awscdk.StackProps{
					Env: &awscdk.Environment{Region: jsii.String("us-east-1")},
				})
				p.Signer = furl.NewEdgeSigner(other, jsii.String("Signer"), nil)
			},
			want: []string{"only one of the two stacks names its account", "the same Account"},
		},
		{
			name: "a signer of another stack's nested stack", why: "the reference would be an Export",
			spoil: func(s awscdk.Stack, p *props) {
				nested := awscdk.NewNestedStack(newStack(s.Node().Root().(awscdk.App), "Other", "us-east-1"),
					jsii.String("Nested"), nil)
				p.Signer = furl.NewEdgeSigner(nested, jsii.String("Signer"), nil)
			},
			want: []string{"nested stack of Other", "top-level stack"},
		},
		{
			name: "an ACL of another stack's nested stack", why: "the reference would be an Export",
			spoil: func(s awscdk.Stack, p *props) {
				nested := awscdk.NewNestedStack(newStack(s.Node().Root().(awscdk.App), "Other", "us-east-1"),
					jsii.String("Nested"), nil)
				p.WebAcl = furl.NewWebAcl(nested, jsii.String("Acl"), nil)
			},
			want: []string{"WebAcl", "nested stack of Other"},
		},
	}
	app := newApp(t)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app = newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			p := &props{Function: newFunction(stack, "Function")}
			row.spoil(stack, p)
			message := refusal(t, func() { furl.NewSecureFunctionUrl(stack, jsii.String("Api"), p) })
			expectText(t, message, append(row.want, `furl.SecureFunctionUrl at "Demo/Api"`)...)
		})
	}
	t.Run("nil props", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		expectText(t, refusal(t, func() { furl.NewSecureFunctionUrl(stack, jsii.String("Api"), nil) }),
			"Function: there is none")
	})
	t.Run("a stack without a region", func(t *testing.T) {
		stack := awscdk.NewStack(newApp(t), jsii.String("Demo"), nil)
		expectText(t, refusal(t, func() { defaultApi(stack) }),
			`furl.SecureFunctionUrl at "Demo/Api"`, "it has no region", `jsii.String("ap-northeast-1")`)
	})
}

func TestBehaviorRefusals(t *testing.T) {
	rows := []struct {
		name, why string
		add       func(*furl.SecureFunctionUrl, awslambda.IFunction)
		want      []string
	}{
		{
			name: "no pattern", why: "it would be the default behaviour",
			add:  func(api *furl.SecureFunctionUrl, fn awslambda.IFunction) { api.AddBehavior("", fn, nil) },
			want: []string{"path pattern is empty"},
		},
		{
			name: "no function", why: "there is nothing behind it",
			add:  func(api *furl.SecureFunctionUrl, _ awslambda.IFunction) { api.AddBehavior("/a", nil, nil) },
			want: []string{"there is none"},
		},
		{
			name: "a long read timeout", why: "CloudFront waits 120 s at most",
			add: func(api *furl.SecureFunctionUrl, fn awslambda.IFunction) {
				api.AddBehavior("/a", fn, &furl.BehaviorProps{ReadTimeout: seconds(200)})
			},
			want: []string{"ReadTimeout", "200 s"},
		},
		{
			name: "a grant to everyone", why: "it would open the URL to every AWS account",
			add: func(api *furl.SecureFunctionUrl, fn awslambda.IFunction) {
				api.AddBehavior("/a", fn, nil).GrantInvokeUrl(awsiam.NewAnyPrincipal())
			},
			want: []string{"GrantInvokeUrl", "everyone with an AWS account"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api, fn := defaultApi(stack), newFunction(stack, "Reports")
			expectText(t, refusal(t, func() { row.add(api, fn) }), append(row.want, "Demo/Api")...)
		})
	}
}

// cfnUrl is the L1 of a construct's Function URL.
func cfnUrl(api *furl.SecureFunctionUrl) awslambda.CfnUrl {
	return api.FunctionUrl().Node().DefaultChild().(awslambda.CfnUrl)
}

// urlOpeners open a Function URL after Furl made it.
var urlOpeners = []struct {
	name, why string
	open      func(awslambda.Function, *furl.SecureFunctionUrl)
	want      []string // nil for a change that the synthesis undoes
}{
	{
		name: "AuthType set on the L1", why: "an escape hatch",
		open: func(_ awslambda.Function, api *furl.SecureFunctionUrl) {
			cfnUrl(api).SetAuthType(jsii.String("NONE"))
		},
		want: []string{"Demo/Api/FunctionUrl: AuthType was changed to NONE", "leave it AWS_IAM"},
	},
	{
		name: "a second URL, open", why: "the function would be open by the other one",
		open: func(fn awslambda.Function, _ *furl.SecureFunctionUrl) {
			fn.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_NONE})
		},
		want: []string{"has another URL, Demo/Function/FunctionUrl/Resource (AuthType NONE)", "AddAlias"},
	},
	{
		name: "a second URL in another stack", why: "it is the same function",
		open: func(fn awslambda.Function, _ *furl.SecureFunctionUrl) {
			other := newStack(fn.Node().Root().(awscdk.App), "Other", "us-east-1")
			awslambda.NewFunctionUrl(other, jsii.String("Url"), &awslambda.FunctionUrlProps{
				Function: fn, AuthType: awslambda.FunctionUrlAuthType_NONE,
			})
		},
		want: []string{"has another URL, Other/Url/Resource (AuthType NONE)"},
	},
	{
		name: "a second construct", why: "a function has one URL",
		open: func(fn awslambda.Function, _ *furl.SecureFunctionUrl) {
			furl.NewSecureFunctionUrl(fn.Stack(), jsii.String("Again"), &furl.SecureFunctionUrlProps{Function: fn})
		},
		want: []string{"has another URL", "AddBehavior"},
	},
	{
		name: "an override", why: "overrides cannot be read, so it is undone",
		open: func(_ awslambda.Function, api *furl.SecureFunctionUrl) {
			cfnUrl(api).AddPropertyOverride(jsii.String("AuthType"), "NONE")
		},
	},
}

// TestNeverNone checks that the synthesis finds each of urlOpeners.
func TestNeverNone(t *testing.T) {
	for _, row := range urlOpeners {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			fn := newFunction(stack, "Function")
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn})
			row.open(fn, api)
			if row.want == nil {
				synth(t, app) // checks every URL's AuthType
				return
			}
			expectText(t, refusal(t, func() { app.Synth(nil) }), row.want...)
		})
	}
}
