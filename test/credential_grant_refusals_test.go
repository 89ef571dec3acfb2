package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

const fourAuthorizers = "furl.CognitoAuthorizer(pool), furl.LambdaAuthorizer(authorizer), furl.IamAuthorizer() or furl.ApiKeyAuthorizer(plan)"

// TestCredentialGrantRefusals: each is a sound grant with one thing wrong.
func TestCredentialGrantRefusals(t *testing.T) {
	type props = furl.CredentialGrantProps
	origins := func(list ...string) func(awscdk.Stack, *props) {
		return func(_ awscdk.Stack, p *props) { p.AllowedOrigins = list }
	}
	lasts := func(d awscdk.Duration) func(awscdk.Stack, *props) {
		return func(_ awscdk.Stack, p *props) { p.SessionDuration = d }
	}
	authorizer := func(a furl.GrantAuthorizer) func(awscdk.Stack, *props) {
		return func(_ awscdk.Stack, p *props) { p.Authorizer = a }
	}
	notOrigin := []string{"AllowedOrigins", "is not an origin as browsers send it"}
	rows := []struct {
		name, why string
		spoil     func(awscdk.Stack, *props)
		want      []string
	}{
		{"no authorizer", "whoever reaches /grant would get credentials", authorizer(furl.GrantAuthorizer{}), []string{"Authorizer: there is none", fourAuthorizers}},
		{"no pool", "likewise", authorizer(furl.CognitoAuthorizer(nil)), []string{"Authorizer: CognitoAuthorizer's pool is nil", fourAuthorizers}},
		{"no Lambda authorizer", "likewise", authorizer(furl.LambdaAuthorizer(nil)), []string{"LambdaAuthorizer's authorizer is nil"}},
		{"no usage plan", "likewise", authorizer(furl.ApiKeyAuthorizer(nil)), []string{"ApiKeyAuthorizer's plan is nil"}},

		{"no function", "there is nothing to lease", func(_ awscdk.Stack, p *props) { p.Functions = nil }, []string{"Functions: there is none to lease", `furl.GrantFunction{{Name: "summarise", Function: fn}}`}},
		{"a nil function", "likewise", func(_ awscdk.Stack, p *props) { p.Functions[0].Function = nil }, []string{"Functions[0]", "Function: there is none"}},
		{"a version", "Lambda gives URLs to functions and aliases", func(_ awscdk.Stack, p *props) {
			p.Functions[0].Function = p.Functions[0].Function.(awslambda.Function).CurrentVersion()
		}, []string{"Functions[0]", "is a version", "AddAlias"}},
		{"no name", "a request asks by name", func(_ awscdk.Stack, p *props) { p.Functions[0].Name = "" }, []string{`Functions[0].Name: "" is not 1 to 64`, `such as "summarise"`}},
		{"a name with a space", "it stands in tags and outputs", func(_ awscdk.Stack, p *props) { p.Functions[0].Name = "a b" }, []string{`"a b" is not 1 to 64`}},
		{"a name twice", "a request could not say which", func(s awscdk.Stack, p *props) {
			p.Functions = append(p.Functions, furl.GrantFunction{Name: "summarise", Function: newFunction(s, "Other")})
		}, []string{`Functions[1].Name: "summarise" is there twice`}},
		{"a function of another region", "its URL would be made there", func(s awscdk.Stack, p *props) {
			p.Functions[0].Function = newFunction(newStack(s.Node().Root().(awscdk.App), "Far", "eu-west-1"), "Function")
		}, []string{"region eu-west-1", "make this construct in a stack of that region"}},
		{"too many functions", "Lambda's environment has 4 KB", func(s awscdk.Stack, p *props) {
			for i := range 20 {
				p.Functions = append(p.Functions, furl.GrantFunction{Name: fmt.Sprint("f", i), Function: p.Functions[0].Function})
			}
		}, []string{"Functions and AllowedOrigins", "which has 4096", "two CredentialGrants"}},

		{"no origin", "no page could ask", origins(), []string{"AllowedOrigins: there is none", "AnyOrigin: true"}},
		{"every origin", "said explicitly or not at all", origins("*"), []string{`"*" is every origin`, "AnyOrigin: true"}},
		{"every origin and one", "which of the two is meant?", func(_ awscdk.Stack, p *props) { p.AnyOrigin = true }, []string{"AnyOrigin: it is true and AllowedOrigins has entries"}},
		{"101 origins", "a Function URL's CORS takes 100", origins(strings.Fields(strings.Repeat("https://a.example.com ", 101))...), []string{"there are 101", "takes 100"}},
		{"100 long origins", "Lambda's environment has 4 KB", origins(strings.Fields(strings.Repeat("https://"+strings.Repeat("a", 50)+".example.com ", 100))...), []string{"Functions and AllowedOrigins"}},
		{"a trailing slash", "no browser sends one", origins("https://app.example.com/"), notOrigin},
		{"a path", "an origin has none", origins("https://app.example.com/page"), notOrigin},
		{"no scheme", "an origin has one", origins("app.example.com"), notOrigin},
		{"upper case", "browsers send lower case", origins("https://App.example.com"), notOrigin},
		{"the default port", "browsers leave it out", origins("https://app.example.com:443"), notOrigin},
		{"plain http", "a script on the way could ask", origins("http://app.example.com"), append(notOrigin, "http for localhost only")},
		{"a wildcard host", "API Gateway and Lambda compare whole origins", origins("https://*.example.com"), notOrigin},
		{"null", "every sandboxed frame sends it", origins("null"), notOrigin},
		{"user and password", "an origin has none", origins("https://me@app.example.com"), notOrigin},
		{"a quote", "it would break out of the gateway's mapping", origins("https://a'.example.com"), notOrigin},

		{"14 minutes", "STS gives 15 at least", lasts(awscdk.Duration_Minutes(jsii.Number(14))), []string{"SessionDuration: 840 s", "15 to 60 minutes"}},
		{"61 minutes", "a Lambda's call is role chaining", lasts(awscdk.Duration_Minutes(jsii.Number(61))), []string{"SessionDuration: 3660 s"}},
		{"half a second", "STS counts whole ones", lasts(awscdk.Duration_Millis(jsii.Number(900_500))), []string{"900.5 s"}},
		{"an unknown duration", "it is baked into the environment", func(s awscdk.Stack, p *props) {
			p.SessionDuration = awscdk.Duration_Seconds(awscdk.NewCfnParameter(s, jsii.String("Seconds"), &awscdk.CfnParameterProps{Type: jsii.String("Number")}).ValueAsNumber())
		}, []string{"SessionDuration", "known at deployment only"}},
		{"a stage name with a slash", "it is a segment of the URL", func(_ awscdk.Stack, p *props) { p.StageName = "v1/x" }, []string{`StageName: "v1/x"`}},
		{"a private API", "no browser on the internet reaches it", func(_ awscdk.Stack, p *props) { p.EndpointType = awsapigateway.EndpointType_PRIVATE }, []string{"EndpointType", "EndpointType_REGIONAL"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			p := grantProps(stack)
			row.spoil(stack, p)
			expectText(t, refusal(t, func() { newGrant(stack, p) }), append(row.want, `furl.CredentialGrant at "Demo/Grant`)...)
		})
	}
	t.Run("nil props", func(t *testing.T) {
		expectText(t, refusal(t, func() { newGrant(newStack(newApp(t), "Demo", "us-east-1"), nil) }), "Authorizer: there is none", fourAuthorizers)
	})
	t.Run("an unknown target", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		stack.Node().SetContext(jsii.String("furl:target"), jsii.String("windows"))
		expectText(t, refusal(t, func() { newGrant(stack, grantProps(stack)) }), "furl:target", "windows", "furl:target=host")
	})
}

// TestGivenUrlRefusals: a URL that was made elsewhere must let the grant's pages sign, and nobody in unsigned.
func TestGivenUrlRefusals(t *testing.T) {
	type cors = awslambda.FunctionUrlCorsOptions
	sound := func() *awslambda.FunctionUrlOptions {
		return &awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_AWS_IAM, Cors: &cors{
			AllowedOrigins: jsii.Strings("https://app.example.com"), AllowedHeaders: jsii.Strings("Authorization", "Content-Type", "X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token"),
		}}
	}
	rows := []struct {
		name, why string
		make      func(*furl.GrantFunction, *awslambda.FunctionUrlOptions)
		want      []string // nil: taken
	}{
		{"sound", "the rows below change one thing", func(*furl.GrantFunction, *awslambda.FunctionUrlOptions) {}, nil},
		{"every header", "these are among them", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
			o.Cors.AllowedHeaders = jsii.Strings("*")
		}, nil},
		{"every origin", "this one is among them", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
			o.Cors.AllowedOrigins = jsii.Strings("*")
		}, nil},
		{"NONE", "open to everyone", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
			o.AuthType = awslambda.FunctionUrlAuthType_NONE
		}, []string{"AuthType is NONE", "FunctionUrlAuthType_AWS_IAM"}},
		{"no CORS", "no page could call it", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) { o.Cors = nil }, []string{"does not allow the origin https://app.example.com", "set it where the URL is made"}},
		{"another origin", "the grant's pages could not call it", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
			o.Cors.AllowedOrigins = jsii.Strings("https://other.example.com")
		}, []string{"does not allow the origin https://app.example.com"}},
		{"a header short", "a browser could not sign", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
			o.Cors.AllowedHeaders = jsii.Strings("authorization", "content-type", "x-amz-content-sha256", "x-amz-date")
		}, []string{"does not allow the header x-amz-security-token", `"x-amz-security-token"`}},
		{"no headers", "likewise", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) { o.Cors.AllowedHeaders = nil }, []string{"does not allow the header authorization"}},
		{"every origin with credentials", "every page could call with its viewer's cookies", func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
			o.Cors.AllowedOrigins, o.Cors.AllowCredentials = jsii.Strings("*"), jsii.Bool(true)
		}, []string{"AllowCredentials"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			props, options := grantProps(stack), sound()
			row.make(&props.Functions[0], options)
			props.Functions[0].FunctionUrl = props.Functions[0].Function.AddFunctionUrl(options)
			if row.want == nil {
				newGrant(stack, props)
				synth(t, app)
				return
			}
			expectText(t, refusal(t, func() { newGrant(stack, props) }), append(row.want, "Functions: summarise: FunctionUrl")...)
		})
	}
	for name, give := range map[string]func(awscdk.Stack, *furl.GrantFunction){
		"the URL of another function": func(s awscdk.Stack, f *furl.GrantFunction) {
			f.FunctionUrl = newFunction(s, "Other").AddFunctionUrl(sound())
		},
		"the function's URL for its alias": func(_ awscdk.Stack, f *furl.GrantFunction) {
			f.FunctionUrl = f.Function.AddFunctionUrl(sound())
			f.Function = f.Function.(awslambda.Function).AddAlias(jsii.String("live"), nil)
		},
		"one alias' URL for another": func(_ awscdk.Stack, f *furl.GrantFunction) {
			fn := f.Function.(awslambda.Function)
			f.FunctionUrl, f.Function = fn.AddAlias(jsii.String("live"), nil).AddFunctionUrl(sound()), fn.AddAlias(jsii.String("next"), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			props := grantProps(stack)
			give(stack, &props.Functions[0])
			expectText(t, refusal(t, func() { newGrant(stack, props) }), "is not a URL of", "pass the URL's own function or alias")
		})
	}
	t.Run("an alias with its URL", func(t *testing.T) {
		app := newApp(t)
		stack := newStack(app, "Demo", "us-east-1")
		props := grantProps(stack)
		alias := props.Functions[0].Function.(awslambda.Function).AddAlias(jsii.String("live"), nil)
		props.Functions[0].Function, props.Functions[0].FunctionUrl = alias, alias.AddFunctionUrl(sound())
		newGrant(stack, props)
		synth(t, app)
	})
}
