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

// TestSecureFunctionUrlRefusals: each is the default construct with one thing wrong.
func TestSecureFunctionUrlRefusals(t *testing.T) {
	type props = furl.SecureFunctionUrlProps
	seconds := func(n float64) awscdk.Duration { return awscdk.Duration_Seconds(jsii.Number(n)) }
	rows := []struct {
		name, why string
		spoil     func(awscdk.Stack, *props)
		want      []string
	}{
		{"no function", "there is nothing to put on the internet", func(_ awscdk.Stack, p *props) { p.Function = nil }, []string{"Function: there is none", "pass the function"}},
		{"a version", "Lambda gives URLs to functions and aliases", func(s awscdk.Stack, p *props) { p.Function = p.Function.(awslambda.Function).CurrentVersion() }, []string{"is a version", "AddAlias"}},
		{"$LATEST as a version", "the same", func(s awscdk.Stack, p *props) { p.Function = p.Function.LatestVersion() }, []string{"is a version", "or the function itself"}},
		{"a function of another region", "its URL would be made there", func(s awscdk.Stack, p *props) {
			p.Function = newFunction(newStack(s.Node().Root().(awscdk.App), "Far", "eu-west-1"), "Function")
		}, []string{"region eu-west-1", "make this construct in a stack of that region"}},
		{"an imported function of another account", "its URL would be made there", func(s awscdk.Stack, p *props) {
			p.Function = awslambda.Function_FromFunctionArn(s, jsii.String("Theirs"), jsii.String("arn:aws:lambda:us-east-1:444455556666:function:theirs"))
		}, []string{"account 444455556666"}},
		{"read timeout of 0", "CloudFront waits 1 s at least", func(_ awscdk.Stack, p *props) { p.ReadTimeout = seconds(0) }, []string{"ReadTimeout", "0 s", "1 to 120"}},
		{"read timeout of 121", "CloudFront waits 120 s at most", func(_ awscdk.Stack, p *props) { p.ReadTimeout = seconds(121) }, []string{"ReadTimeout", "121 s", "Duration_Seconds(jsii.Number(60))"}},
		{"read timeout of half seconds", "CloudFront counts whole ones", func(_ awscdk.Stack, p *props) { p.ReadTimeout = awscdk.Duration_Millis(jsii.Number(1500)) }, []string{"1.5 s"}},
		{"an unknown read timeout", "CDK's origin compares it", func(s awscdk.Stack, p *props) {
			p.ReadTimeout = awscdk.Duration_Seconds(awscdk.NewCfnParameter(s, jsii.String("Seconds"), &awscdk.CfnParameterProps{Type: jsii.String("Number")}).ValueAsNumber())
		}, []string{"ReadTimeout", "known at deployment only"}},
		{"keep-alive of 0", "the same", func(_ awscdk.Stack, p *props) { p.KeepaliveTimeout = seconds(0) }, []string{"KeepaliveTimeout"}},
		{"keep-alive of 121", "the edge takes 120 s at most", func(_ awscdk.Stack, p *props) { p.KeepaliveTimeout = seconds(121) }, []string{"KeepaliveTimeout", "121 s"}},
		{"every origin with credentials", "any page could call with the viewer's cookies", func(_ awscdk.Stack, p *props) {
			p.Cors = &awslambda.FunctionUrlCorsOptions{AllowedOrigins: jsii.Strings("https://a.example.com", "*"), AllowCredentials: jsii.Bool(true)}
		}, []string{`origin "*"`, "name the origins"}},
		{"OPTIONS in CORS", "Lambda refuses it", func(_ awscdk.Stack, p *props) {
			p.Cors = &awslambda.FunctionUrlCorsOptions{AllowedOrigins: jsii.Strings("*"), AllowedMethods: &[]awslambda.HttpMethod{awslambda.HttpMethod_GET, awslambda.HttpMethod_OPTIONS}}
		}, []string{"Cors.AllowedMethods", "leave OPTIONS out"}},
		{"CORS for nobody", "Lambda refuses it", func(_ awscdk.Stack, p *props) { p.Cors = &awslambda.FunctionUrlCorsOptions{} }, []string{"Cors.AllowedOrigins", "or leave Cors out"}},
		{"AllViewer", "it forwards Host", func(_ awscdk.Stack, p *props) {
			p.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_ALL_VIEWER()
		}, []string{"OriginRequestPolicy: AllViewer forwards", "ALL_VIEWER_EXCEPT_HOST_HEADER"}},
		{"HostHeaderOnly by id", "it forwards Host", func(s awscdk.Stack, p *props) {
			p.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_FromOriginRequestPolicyId(s, jsii.String("P"), jsii.String("bf0718e1-ba1e-49d1-88b1-f726733018ae"))
		}, []string{"HostHeaderOnly"}},
		{"an own policy that forwards Host", "it forwards Host", func(s awscdk.Stack, p *props) {
			p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"), &awscloudfront.OriginRequestPolicyProps{HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_AllowList(jsii.String("X-A"), jsii.String("host"))})
		}, []string{"Demo/P forwards"}},
		{"an own policy that forwards all", "Host is among them", func(s awscdk.Stack, p *props) {
			p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"), &awscloudfront.OriginRequestPolicyProps{HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_All(jsii.String("CloudFront-Viewer-Country"))})
		}, []string{"Demo/P forwards"}},
		{"an own policy that forwards all but another", "Host is among them", func(s awscdk.Stack, p *props) {
			p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"), &awscloudfront.OriginRequestPolicyProps{HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_DenyList(jsii.String("X-A"))})
		}, []string{"Demo/P forwards"}},
		{"an L1 policy that forwards all", "Host is among them", func(s awscdk.Stack, p *props) {
			p.OriginRequestPolicy = awscloudfront.NewCfnOriginRequestPolicy(s, jsii.String("P"), &awscloudfront.CfnOriginRequestPolicyProps{
				OriginRequestPolicyConfig: map[string]any{
					"name": "p", "cookiesConfig": map[string]any{"cookieBehavior": "all"}, "queryStringsConfig": map[string]any{"queryStringBehavior": "all"},
					"headersConfig": map[string]any{"headerBehavior": "allViewer"},
				},
			})
		}, []string{"Demo/P forwards"}},
		{"an own policy that forwards some queries", "the edge sees none of them", func(s awscdk.Stack, p *props) {
			p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("P"), &awscloudfront.OriginRequestPolicyProps{QueryStringBehavior: awscloudfront.OriginRequestQueryStringBehavior_AllowList(jsii.String("page"))})
		}, []string{"OriginRequestPolicy: Demo/P forwards some query strings", "OriginRequestQueryStringBehavior_All()"}},
		{"an own cache key with some queries", "the edge sees none of them", func(s awscdk.Stack, p *props) {
			p.CachePolicy = awscloudfront.NewCachePolicy(s, jsii.String("P"), &awscloudfront.CachePolicyProps{QueryStringBehavior: awscloudfront.CacheQueryStringBehavior_DenyList(jsii.String("utm"))})
		}, []string{"CachePolicy: Demo/P forwards some query strings", "CacheQueryStringBehavior_All()"}},
		{"UseOriginCacheControlHeaders", "its key has Host", func(_ awscdk.Stack, p *props) {
			p.CachePolicy = awscloudfront.CachePolicy_USE_ORIGIN_CACHE_CONTROL_HEADERS()
		}, []string{"CachePolicy: UseOriginCacheControlHeaders has Host", "CACHING_DISABLED"}},
		{"Amplify", "its key has Host", func(_ awscdk.Stack, p *props) { p.CachePolicy = awscloudfront.CachePolicy_AMPLIFY() }, []string{"CachePolicy: Amplify has Host"}},
		{"an own cache key with Host", "what is in the key is forwarded", func(s awscdk.Stack, p *props) {
			p.CachePolicy = awscloudfront.NewCachePolicy(s, jsii.String("P"), &awscloudfront.CachePolicyProps{HeaderBehavior: awscloudfront.CacheHeaderBehavior_AllowList(jsii.String("HOST"))})
		}, []string{"Demo/P has Host"}},
		{"a REGIONAL ACL", "a distribution takes CLOUDFRONT ones", func(_ awscdk.Stack, p *props) {
			p.WebAclArn = jsii.String("arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/473e64fd-f30b-4765-81a0-62ad96dd167a")
		}, []string{"WebAclArn", "global/webacl"}},
		{"an ACL of another region", "CLOUDFRONT ones are in us-east-1", func(_ awscdk.Stack, p *props) {
			p.WebAclArn = jsii.String("arn:aws:wafv2:eu-west-1:111122223333:global/webacl/a/473e64fd-f30b-4765-81a0-62ad96dd167a")
		}, []string{"WebAclArn"}},
		{"the id of a classic ACL", "WAF classic has ended", func(_ awscdk.Stack, p *props) {
			p.WebAclArn = jsii.String("473e64fd-f30b-4765-81a0-62ad96dd167a")
		}, []string{"WebAclArn"}},
		{"two kinds of ACL", "a distribution has one", func(_ awscdk.Stack, p *props) {
			p.WithoutWebAcl, p.WebAclArn = true, jsii.String("arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/473e64fd-f30b-4765-81a0-62ad96dd167a")
		}, []string{"more than one", "set one"}},
		{"a default behaviour of one's own", "it would not be signed", func(_ awscdk.Stack, p *props) {
			p.DistributionProps = &awscloudfront.DistributionProps{DefaultBehavior: &awscloudfront.BehaviorOptions{}}
		}, []string{"DistributionProps.DefaultBehavior", "Signer.EdgeLambda()"}},
		{"an ACL in DistributionProps", "there are fields for it", func(_ awscdk.Stack, p *props) {
			p.DistributionProps = &awscloudfront.DistributionProps{WebAclId: jsii.String("x")}
		}, []string{"DistributionProps.WebAclId", "WebAclArn"}},
		{"a path pattern without a distribution", "the default behaviour has none", func(_ awscdk.Stack, p *props) { p.PathPattern = "/api/*" }, []string{"PathPattern", "AddBehavior"}},
		{"a distribution without a path pattern", "its default behaviour is there already", func(s awscdk.Stack, p *props) { p.Distribution = newSite(s) }, []string{"PathPattern", `"/api/*"`}},
		{"a distribution with an ACL", "the ACL is the distribution's", func(s awscdk.Stack, p *props) {
			p.Distribution, p.PathPattern, p.WithoutWebAcl = newSite(s), "/api/*", true
		}, []string{"a web ACL belongs to a whole distribution"}},
		{"a distribution with DistributionProps", "they would be lost", func(s awscdk.Stack, p *props) {
			p.Distribution, p.PathPattern, p.DistributionProps = newSite(s), "/api/*", &awscloudfront.DistributionProps{}
		}, []string{"DistributionProps", "made elsewhere"}},
		{"a distribution of another stack", "the two stacks would need each other", func(s awscdk.Stack, p *props) {
			p.Distribution, p.PathPattern = newSite(newStack(s.Node().Root().(awscdk.App), "Site", "us-east-1")), "/api/*"
		}, []string{"Site/Site is in another stack"}},
		{"a signer of another account", "CloudFront takes edge functions of its own account", func(s awscdk.Stack, p *props) {
			other := awscdk.NewStack(s.Node().Root().(awscdk.App), jsii.String("Theirs"), &awscdk.StackProps{Env: &awscdk.Environment{Account: jsii.String("444455556666"), Region: jsii.String("us-east-1")}})
			p.Signer = furl.NewEdgeSigner(other, jsii.String("Signer"), nil)
		}, []string{"Theirs/Signer", "another account"}},
		{"a signer of a stack without an account", "CDK takes that for another account", func(s awscdk.Stack, p *props) {
			other := awscdk.NewStack(s.Node().Root().(awscdk.App), jsii.String("Theirs"), &awscdk.StackProps{Env: &awscdk.Environment{Region: jsii.String("us-east-1")}})
			p.Signer = furl.NewEdgeSigner(other, jsii.String("Signer"), nil)
		}, []string{"only one of the two stacks names its account", "the same Account"}},
		{"a signer of another stack's nested stack", "the reference would be an Export", func(s awscdk.Stack, p *props) {
			nested := awscdk.NewNestedStack(newStack(s.Node().Root().(awscdk.App), "Other", "us-east-1"), jsii.String("Nested"), nil)
			p.Signer = furl.NewEdgeSigner(nested, jsii.String("Signer"), nil)
		}, []string{"nested stack of Other", "top-level stack"}},
		{"an ACL of another stack's nested stack", "the reference would be an Export", func(s awscdk.Stack, p *props) {
			nested := awscdk.NewNestedStack(newStack(s.Node().Root().(awscdk.App), "Other", "us-east-1"), jsii.String("Nested"), nil)
			p.WebAcl = furl.NewWebAcl(nested, jsii.String("Acl"), nil)
		}, []string{"WebAcl", "nested stack of Other"}},
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
		expectText(t, refusal(t, func() { furl.NewSecureFunctionUrl(stack, jsii.String("Api"), nil) }), "Function: there is none")
	})
	t.Run("a stack without a region", func(t *testing.T) {
		stack := awscdk.NewStack(newApp(t), jsii.String("Demo"), nil)
		expectText(t, refusal(t, func() { defaultApi(stack) }), `furl.SecureFunctionUrl at "Demo/Api"`, "it has no region", `jsii.String("ap-northeast-1")`)
	})
}

func TestBehaviorRefusals(t *testing.T) {
	rows := []struct {
		name, why string
		add       func(*furl.SecureFunctionUrl, awslambda.IFunction)
		want      []string
	}{
		{"no pattern", "it would be the default behaviour", func(api *furl.SecureFunctionUrl, fn awslambda.IFunction) { api.AddBehavior("", fn, nil) }, []string{"path pattern is empty"}},
		{"no function", "there is nothing behind it", func(api *furl.SecureFunctionUrl, _ awslambda.IFunction) { api.AddBehavior("/a", nil, nil) }, []string{"there is none"}},
		{"a long read timeout", "CloudFront waits 120 s at most", func(api *furl.SecureFunctionUrl, fn awslambda.IFunction) {
			api.AddBehavior("/a", fn, &furl.BehaviorProps{ReadTimeout: awscdk.Duration_Seconds(jsii.Number(200))})
		}, []string{"ReadTimeout", "200 s"}},
		{"a grant to everyone", "it would open the URL to every AWS account", func(api *furl.SecureFunctionUrl, fn awslambda.IFunction) {
			api.AddBehavior("/a", fn, nil).GrantInvokeUrl(awsiam.NewAnyPrincipal())
		}, []string{"GrantInvokeUrl", "everyone with an AWS account"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api, fn := defaultApi(stack), newFunction(stack, "Reports")
			expectText(t, refusal(t, func() { row.add(api, fn) }), append(row.want, "Demo/Api")...)
		})
	}
}

// TestNeverNone: what opens the URL behind our back is found at synthesis.
func TestNeverNone(t *testing.T) {
	cfnUrl := func(api *furl.SecureFunctionUrl) awslambda.CfnUrl {
		return api.FunctionUrl().Node().DefaultChild().(awslambda.CfnUrl)
	}
	rows := []struct {
		name, why string
		open      func(awslambda.Function, *furl.SecureFunctionUrl)
		want      []string // nothing where it is put right
	}{
		{"AuthType set on the L1", "an escape hatch", func(_ awslambda.Function, api *furl.SecureFunctionUrl) { cfnUrl(api).SetAuthType(jsii.String("NONE")) }, []string{"Demo/Api/FunctionUrl: AuthType was changed to NONE", "leave it AWS_IAM"}},
		{"a second URL, open", "the function would be open by the other one", func(fn awslambda.Function, _ *furl.SecureFunctionUrl) {
			fn.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_NONE})
		}, []string{"has another URL, Demo/Function/FunctionUrl/Resource (AuthType NONE)", "AddAlias"}},
		{"a second URL in another stack", "it is the same function", func(fn awslambda.Function, _ *furl.SecureFunctionUrl) {
			other := newStack(fn.Node().Root().(awscdk.App), "Other", "us-east-1")
			awslambda.NewFunctionUrl(other, jsii.String("Url"), &awslambda.FunctionUrlProps{Function: fn, AuthType: awslambda.FunctionUrlAuthType_NONE})
		}, []string{"has another URL, Other/Url/Resource (AuthType NONE)"}},
		{"a second construct", "a function has one URL", func(fn awslambda.Function, _ *furl.SecureFunctionUrl) {
			furl.NewSecureFunctionUrl(fn.Stack(), jsii.String("Again"), &furl.SecureFunctionUrlProps{Function: fn})
		}, []string{"has another URL", "AddBehavior"}},
		{"an override", "overrides cannot be read, so it is undone", func(_ awslambda.Function, api *furl.SecureFunctionUrl) {
			cfnUrl(api).AddPropertyOverride(jsii.String("AuthType"), "NONE")
		}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			fn := newFunction(stack, "Function")
			row.open(fn, furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn}))
			if row.want == nil {
				synth(t, app) // checks every URL's AuthType
				return
			}
			expectText(t, refusal(t, func() { app.Synth(nil) }), row.want...)
		})
	}
}
