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

const fourAuthorizers = "furl.CognitoAuthorizer(pool), furl.LambdaAuthorizer(authorizer), furl.IamAuthorizer() " +
	"or furl.ApiKeyAuthorizer(plan)"

// TestCredentialGrantRefusals checks sound grants with one mistake each.
func TestCredentialGrantRefusals(t *testing.T) {
	type props = furl.CredentialGrantProps
	origins := func(list ...string) func(awscdk.Stack, *props) {
		return func(_ awscdk.Stack, p *props) { p.AllowedOrigins = list }
	}
	lasting := func(d awscdk.Duration) func(awscdk.Stack, *props) {
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
		{
			name: "no authorizer", why: "whoever reaches /grant would get credentials",
			spoil: authorizer(furl.GrantAuthorizer{}),
			want:  []string{"Authorizer: there is none", fourAuthorizers},
		},
		{
			name: "no pool", why: "likewise", spoil: authorizer(furl.CognitoAuthorizer(nil)),
			want: []string{"Authorizer: CognitoAuthorizer's pool is nil", fourAuthorizers},
		},
		{
			name: "no Lambda authorizer", why: "likewise",
			spoil: authorizer(furl.LambdaAuthorizer(nil)),
			want:  []string{"LambdaAuthorizer's authorizer is nil"},
		},
		{
			name: "no usage plan", why: "likewise",
			spoil: authorizer(furl.ApiKeyAuthorizer(nil)),
			want:  []string{"ApiKeyAuthorizer's plan is nil"},
		},

		{
			name: "no function", why: "there is nothing to lease",
			spoil: func(_ awscdk.Stack, p *props) { p.Functions = nil },
			want: []string{
				"Functions: there is none to lease", `furl.GrantFunction{{Name: "summarise", Function: fn}}`,
			},
		},
		{
			name: "a nil function", why: "likewise",
			spoil: func(_ awscdk.Stack, p *props) { p.Functions[0].Function = nil },
			want:  []string{"Functions[0]", "Function: there is none"},
		},
		{
			name: "a version", why: "Lambda gives URLs to functions and aliases",
			spoil: func(_ awscdk.Stack, p *props) {
				p.Functions[0].Function = p.Functions[0].Function.(awslambda.Function).CurrentVersion()
			},
			want: []string{"Functions[0]", "is a version", "AddAlias"},
		},
		{
			name: "no name", why: "a request asks by name",
			spoil: func(_ awscdk.Stack, p *props) { p.Functions[0].Name = "" },
			want:  []string{`Functions[0].Name: "" is not 1 to 64`, `such as "summarise"`},
		},
		{
			name: "a name with a space", why: "it stands in tags and outputs",
			spoil: func(_ awscdk.Stack, p *props) { p.Functions[0].Name = "a b" },
			want:  []string{`"a b" is not 1 to 64`},
		},
		{
			name: "a name twice", why: "a request could not say which",
			spoil: func(s awscdk.Stack, p *props) {
				p.Functions = append(p.Functions, furl.GrantFunction{
					Name: "summarise", Function: newFunction(s, "Other"),
				})
			},
			want: []string{`Functions[1].Name: "summarise" is there twice`},
		},
		{
			name: "a function of another region", why: "its URL would be made there",
			spoil: func(s awscdk.Stack, p *props) {
				far := newStack(s.Node().Root().(awscdk.App), "Far", "eu-west-1")
				p.Functions[0].Function = newFunction(far, "Function")
			},
			want: []string{"region eu-west-1", "make this construct in a stack of that region"},
		},
		{
			name: "too many functions", why: "Lambda's environment has 4 KB",
			spoil: func(s awscdk.Stack, p *props) {
				for i := range 20 {
					p.Functions = append(p.Functions, furl.GrantFunction{
						Name: fmt.Sprint("f", i), Function: p.Functions[0].Function,
					})
				}
			},
			want: []string{"Functions, AllowedOrigins and SessionTags", "which has 4096", "two CredentialGrants"},
		},

		{
			name: "no origin", why: "no page could ask", spoil: origins(),
			want: []string{"AllowedOrigins: there is none", "AnyOrigin: true"},
		},
		{
			name: "every origin", why: "said explicitly or not at all", spoil: origins("*"),
			want: []string{`"*" is every origin`, "AnyOrigin: true"},
		},
		{
			name: "every origin and one", why: "which of the two is meant?",
			spoil: func(_ awscdk.Stack, p *props) { p.AnyOrigin = true },
			want:  []string{"AnyOrigin: it is true and AllowedOrigins has entries"},
		},
		{
			name: "101 origins", why: "a Function URL's CORS takes 100",
			spoil: origins(strings.Fields(strings.Repeat("https://a.example.com ", 101))...),
			want:  []string{"there are 101", "takes 100"},
		},
		{
			name: "100 long origins", why: "Lambda's environment has 4 KB",
			spoil: origins(strings.Fields(strings.Repeat("https://"+strings.Repeat("a", 50)+".example.com ", 100))...),
			want:  []string{"Functions, AllowedOrigins and SessionTags"},
		},
		{
			name: "a trailing slash", why: "no browser sends one",
			spoil: origins("https://app.example.com/"),
			want:  notOrigin,
		},
		{
			name: "a path", why: "an origin has none",
			spoil: origins("https://app.example.com/page"),
			want:  notOrigin,
		},
		{name: "no scheme", why: "an origin has one", spoil: origins("app.example.com"), want: notOrigin},
		{
			name: "upper case", why: "browsers send lower case",
			spoil: origins("https://App.example.com"),
			want:  notOrigin,
		},
		{
			name: "the default port", why: "browsers leave it out",
			spoil: origins("https://app.example.com:443"),
			want:  notOrigin,
		},
		{
			name: "plain http", why: "a script on the way could ask",
			spoil: origins("http://app.example.com"),
			want:  append(notOrigin, "http for localhost only"),
		},
		{
			name: "a wildcard host", why: "API Gateway and Lambda compare whole origins",
			spoil: origins("https://*.example.com"),
			want:  notOrigin,
		},
		{name: "null", why: "every sandboxed frame sends it", spoil: origins("null"), want: notOrigin},
		{
			name: "user and password", why: "an origin has none",
			spoil: origins("https://me@app.example.com"),
			want:  notOrigin,
		},
		{
			name: "a quote", why: "it would break out of the gateway's mapping",
			spoil: origins("https://a'.example.com"),
			want:  notOrigin,
		},

		{
			name: "14 minutes", why: "STS gives 15 at least",
			spoil: lasting(awscdk.Duration_Minutes(jsii.Number(14))),
			want:  []string{"SessionDuration: 840 s", "15 to 60 minutes"},
		},
		{
			name: "61 minutes", why: "a Lambda's call is role chaining",
			spoil: lasting(awscdk.Duration_Minutes(jsii.Number(61))),
			want:  []string{"SessionDuration: 3660 s"},
		},
		{
			name: "half a second", why: "STS counts whole ones",
			spoil: lasting(awscdk.Duration_Millis(jsii.Number(900_500))),
			want:  []string{"900.5 s"},
		},
		{
			name: "an unknown duration", why: "it is baked into the environment",
			spoil: func(s awscdk.Stack, p *props) {
				p.SessionDuration = awscdk.Duration_Seconds(awscdk.NewCfnParameter(s, jsii.String("Seconds"),
					&awscdk.CfnParameterProps{Type: jsii.String("Number")}).ValueAsNumber())
			},
			want: []string{"SessionDuration", "known at deployment only"},
		},
		{
			name: "a stage name with a slash", why: "it is a segment of the URL",
			spoil: func(_ awscdk.Stack, p *props) { p.StageName = "v1/x" },
			want:  []string{`StageName: "v1/x"`},
		},
		{
			name: "a private API", why: "no browser on the internet reaches it",
			spoil: func(_ awscdk.Stack, p *props) { p.EndpointType = awsapigateway.EndpointType_PRIVATE },
			want:  []string{"EndpointType", "EndpointType_REGIONAL"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			p := grantProps(stack)
			row.spoil(stack, p)
			expectText(t, refusal(t, func() { newGrant(stack, p) }),
				append(row.want, `furl.CredentialGrant at "Demo/Grant`)...)
		})
	}
	t.Run("nil props", func(t *testing.T) {
		expectText(t, refusal(t, func() { newGrant(newStack(newApp(t), "Demo", "us-east-1"), nil) }),
			"Authorizer: there is none", fourAuthorizers)
	})
	t.Run("an unknown target", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		stack.Node().SetContext(jsii.String("furl:target"), jsii.String("windows"))
		expectText(t, refusal(t, func() { newGrant(stack, grantProps(stack)) }), "furl:target", "windows",
			"furl:target=host")
	})
}

// soundUrlOptions are those of a URL that the pages of a grant can call.
func soundUrlOptions() *awslambda.FunctionUrlOptions {
	return &awslambda.FunctionUrlOptions{
		AuthType: awslambda.FunctionUrlAuthType_AWS_IAM,
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings("https://app.example.com"),
			AllowedHeaders: jsii.Strings("Authorization", "Content-Type", "X-Amz-Content-Sha256", "X-Amz-Date",
				"X-Amz-Security-Token"),
		},
	}
}

// TestGivenUrlRefusals checks URLs that were made elsewhere. Such a URL must take signed calls of the grant's pages,
// and no unsigned call.
func TestGivenUrlRefusals(t *testing.T) {
	rows := []struct {
		name, why string
		make      func(*furl.GrantFunction, *awslambda.FunctionUrlOptions)
		want      []string // nil for a URL that is taken
	}{
		{
			name: "sound", why: "the rows below change one thing",
			make: func(*furl.GrantFunction, *awslambda.FunctionUrlOptions) {},
		},
		{
			name: "every header", why: "these are among them",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
				o.Cors.AllowedHeaders = jsii.Strings("*")
			},
		},
		{
			name: "every origin", why: "this one is among them",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
				o.Cors.AllowedOrigins = jsii.Strings("*")
			},
		},
		{
			name: "NONE", why: "open to everyone",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
				o.AuthType = awslambda.FunctionUrlAuthType_NONE
			},
			want: []string{"AuthType is NONE", "FunctionUrlAuthType_AWS_IAM"},
		},
		{
			name: "no CORS", why: "no page could call it",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) { o.Cors = nil },
			want: []string{"does not allow the origin https://app.example.com", "set it where the URL is made"},
		},
		{
			name: "another origin", why: "the grant's pages could not call it",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
				o.Cors.AllowedOrigins = jsii.Strings("https://other.example.com")
			},
			want: []string{"does not allow the origin https://app.example.com"},
		},
		{
			name: "a header short", why: "a browser could not sign",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
				o.Cors.AllowedHeaders = jsii.Strings("authorization", "content-type", "x-amz-content-sha256",
					"x-amz-date")
			},
			want: []string{"does not allow the header x-amz-security-token", `"x-amz-security-token"`},
		},
		{
			name: "no headers", why: "likewise",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) { o.Cors.AllowedHeaders = nil },
			want: []string{"does not allow the header authorization"},
		},
		{
			name: "every origin with credentials", why: "every page could call with its viewer's cookies",
			make: func(_ *furl.GrantFunction, o *awslambda.FunctionUrlOptions) {
				o.Cors.AllowedOrigins, o.Cors.AllowCredentials = jsii.Strings("*"), jsii.Bool(true)
			},
			want: []string{"AllowCredentials"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			props, options := grantProps(stack), soundUrlOptions()
			row.make(&props.Functions[0], options)
			props.Functions[0].FunctionUrl = props.Functions[0].Function.AddFunctionUrl(options)
			if row.want == nil {
				newGrant(stack, props)
				synth(t, app)
				return
			}
			expectText(t, refusal(t, func() { newGrant(stack, props) }),
				append(row.want, "Functions: summarise: FunctionUrl")...)
		})
	}
	for name, give := range map[string]func(awscdk.Stack, *furl.GrantFunction){
		"the URL of another function": func(s awscdk.Stack, f *furl.GrantFunction) {
			f.FunctionUrl = newFunction(s, "Other").AddFunctionUrl(soundUrlOptions())
		},
		"the function's URL for its alias": func(_ awscdk.Stack, f *furl.GrantFunction) {
			f.FunctionUrl = f.Function.AddFunctionUrl(soundUrlOptions())
			f.Function = f.Function.(awslambda.Function).AddAlias(jsii.String("live"), nil)
		},
		"one alias' URL for another": func(_ awscdk.Stack, f *furl.GrantFunction) {
			fn := f.Function.(awslambda.Function)
			f.FunctionUrl = fn.AddAlias(jsii.String("live"), nil).AddFunctionUrl(soundUrlOptions())
			f.Function = fn.AddAlias(jsii.String("next"), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			props := grantProps(stack)
			give(stack, &props.Functions[0])
			expectText(t, refusal(t, func() { newGrant(stack, props) }), "is not a URL of",
				"pass the URL's own function or alias")
		})
	}
	t.Run("an alias with its URL", func(t *testing.T) {
		app := newApp(t)
		stack := newStack(app, "Demo", "us-east-1")
		props := grantProps(stack)
		alias := props.Functions[0].Function.(awslambda.Function).AddAlias(jsii.String("live"), nil)
		props.Functions[0].Function, props.Functions[0].FunctionUrl = alias, alias.AddFunctionUrl(soundUrlOptions())
		newGrant(stack, props)
		synth(t, app)
	})
}
