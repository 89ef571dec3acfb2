package test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// requestAuthorizer is a REQUEST authorizer with these identity sources.
func requestAuthorizer(stack awscdk.Stack, sources ...*string) furl.GrantAuthorizer {
	return furl.LambdaAuthorizer(awsapigateway.NewRequestAuthorizer(stack, jsii.String("Authorizer"),
		&awsapigateway.RequestAuthorizerProps{Handler: newFunction(stack, "Check"), IdentitySources: &sources}))
}

func headerSource(name string) *string { return awsapigateway.IdentitySource_Header(jsii.String(name)) }

// TestGrantHeaders checks which headers pages may send, besides those of every grant. The preflight of /grant and the
// CORS of the URL have the same ones.
func TestGrantHeaders(t *testing.T) {
	rows := []struct {
		name, why string
		set       func(awscdk.Stack, *furl.CredentialGrantProps)
		further   []string
	}{
		{name: "none", why: "the default", set: func(awscdk.Stack, *furl.CredentialGrantProps) {}},
		{
			name: "listed", why: "as they are written",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.AllowedHeaders = []string{"X-Correlation-Id", "baggage", "sentry-trace"}
			},
			further: []string{"X-Correlation-Id", "baggage", "sentry-trace"},
		},
		{
			name: "allowed anyway", why: "not twice, in any letter case",
			set: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.AllowedHeaders = []string{"Content-Type", "X-Amz-User-Agent", "baggage"}
			},
			further: []string{"baggage"},
		},
		{
			name: "a request authorizer's", why: "a page could not be let in without them",
			set: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				p.Authorizer = requestAuthorizer(s, headerSource("X-Session"), headerSource("Authorization"),
					awsapigateway.IdentitySource_QueryString(jsii.String("tenant")),
					awsapigateway.IdentitySource_Context(jsii.String("identity.sourceIp")), headerSource("X-Tenant"))
				p.AllowedHeaders = []string{"x-session", "baggage"}
			},
			further: []string{"X-Session", "X-Tenant", "baggage"},
		},
		{
			name: "a token authorizer's", why: "likewise",
			set: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				p.Authorizer = furl.LambdaAuthorizer(awsapigateway.NewTokenAuthorizer(s, jsii.String("Authorizer"),
					&awsapigateway.TokenAuthorizerProps{
						Handler: newFunction(s, "Check"), IdentitySource: headerSource("X-Token"),
					}))
			},
			further: []string{"X-Token"},
		},
		{
			name: "no identity source", why: "an authorizer without a cache needs none",
			set: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				p.Authorizer = furl.LambdaAuthorizer(awsapigateway.NewRequestAuthorizer(s, jsii.String("Authorizer"),
					&awsapigateway.RequestAuthorizerProps{
						Handler: newFunction(s, "Check"), IdentitySources: &[]*string{},
						ResultsCacheTtl: awscdk.Duration_Seconds(jsii.Number(0)),
					}))
			},
		},
		{
			name: "a cookie", why: "no page can set it",
			set: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				p.Authorizer = requestAuthorizer(s, headerSource("Cookie"))
			},
		},
		{
			name: "an unknown source", why: "known at deployment only",
			set: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				name := awscdk.NewCfnParameter(s, jsii.String("Name"), nil).ValueAsString()
				p.Authorizer = requestAuthorizer(s, headerSource(*name), headerSource("X-Session"))
			},
			further: []string{"X-Session"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			props := grantProps(stack)
			row.set(stack, props)
			newGrant(stack, props)
			main := synth(t, app).stack(t, "Demo")
			atUrl := slices.Clone(urlHeaders)
			for _, name := range row.further {
				atUrl = append(atUrl, name)
			}
			main.has(t, "AWS::Lambda::Url", map[string]any{"Cors": map[string]any{"AllowHeaders": atUrl}})
			atGrant := append(strings.Fields("x-api-key authorization content-type x-amz-content-sha256 x-amz-date "+
				"x-amz-security-token x-amz-user-agent"), row.further...)
			if got := preflightHeaders(main); got != "'"+strings.Join(atGrant, ",")+"'" {
				t.Errorf("%s: the preflight of /grant allows %s, want %q", row.why, got, atGrant)
			}
		})
	}
}

// preflightHeaders are the headers that the preflight of /grant allows, as API Gateway's mapping has them.
func preflightHeaders(main *stack) string {
	for _, method := range main.resources("AWS::ApiGateway::Method") {
		integration, _ := properties(method)["Integration"].(map[string]any)
		responses, _ := integration["IntegrationResponses"].([]any)
		for _, response := range responses {
			parameters := response.(map[string]any)["ResponseParameters"].(map[string]any)
			return parameters["method.response.header.Access-Control-Allow-Headers"].(string)
		}
	}
	return ""
}

// TestGrantHeaderRefusals checks names that CORS could not allow.
func TestGrantHeaderRefusals(t *testing.T) {
	const notName = "is not the name of a header"
	var many []string
	for i := range 94 {
		many = append(many, fmt.Sprint("x-", i))
	}
	rows := []struct {
		name, why string
		headers   []string
		want      []string // nil for headers that are taken
	}{
		{name: "100 in all", why: "as many as a Function URL takes", headers: many[:93]},
		{
			name: "101 in all", why: "one more than a Function URL takes", headers: many,
			want: []string{"AllowedHeaders: with those of every grant there are 101", "takes 100", "list fewer"},
		},
		{name: "1,024 characters", why: "the longest", headers: []string{strings.Repeat("x", 1024)}},
		{
			name: "1,025 characters", why: "longer than a Function URL takes",
			headers: []string{strings.Repeat("x", 1025)}, want: []string{"AllowedHeaders[0]", notName},
		},
		{name: "every sign", why: "that a name may have", headers: []string{"x!#$%&+-.^_`|~9"}},
		{
			name: "a star", why: "every header", headers: []string{"baggage", "*"},
			want: []string{`AllowedHeaders[1]: "*" is every header`, `[]string{"x-correlation-id"}`},
		},
		{name: "part of a star", why: "no pattern", headers: []string{"x-*"}, want: []string{`"x-*" ` + notName}},
		{name: "empty", why: "no name", headers: []string{""}, want: []string{`"" ` + notName}},
		{name: "two in one", why: "a list of lists", headers: []string{"a,b"}, want: []string{`"a,b" ` + notName}},
		{name: "a space", why: "no name", headers: []string{"a b"}, want: []string{notName}},
		{name: "a colon", why: "a whole line", headers: []string{"x-a: 1"}, want: []string{notName}},
		{
			name: "a quote", why: "it would end the list in API Gateway's mapping",
			headers: []string{"x'"}, want: []string{notName},
		},
		{name: "two lines", why: "no name", headers: []string{"x-a\n"}, want: []string{notName}},
		{name: "Japanese", why: "no name", headers: []string{"x-愛"}, want: []string{notName}},
		{
			name: "twice", why: "which of the two is meant?", headers: []string{"baggage", "x-a", "Baggage"},
			want: []string{"AllowedHeaders[2]: Baggage is there twice", "letter case does not count"},
		},
		{
			name: "a cookie", why: "no page can set it", headers: []string{"Cookie"},
			want: []string{"AllowedHeaders[0]: no browser lets a page set Cookie", "leave it out"},
		},
		{name: "Sec-", why: "likewise", headers: []string{"Sec-Fetch-Site"}, want: []string{"no browser lets"}},
		{name: "Proxy-", why: "likewise", headers: []string{"proxy-authorization"}, want: []string{"no browser lets"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			p := grantProps(stack)
			p.AllowedHeaders = row.headers
			if row.want == nil {
				newGrant(stack, p)
				return
			}
			expectText(t, refusal(t, func() { newGrant(stack, p) }),
				append(row.want, `furl.CredentialGrant at "Demo/Grant`)...)
		})
	}
	t.Run("an unknown name", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		p := grantProps(stack)
		p.AllowedHeaders = []string{*awscdk.NewCfnParameter(stack, jsii.String("Name"), nil).ValueAsString()}
		expectText(t, refusal(t, func() { newGrant(stack, p) }), "AllowedHeaders[0]", notName)
	})
}

// TestGivenUrlKeepsItsHeaders checks that AllowedHeaders do not change the CORS of a URL that was made elsewhere, and
// do not refuse it.
func TestGivenUrlKeepsItsHeaders(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	props := grantProps(stack)
	props.Functions[0].FunctionUrl = props.Functions[0].Function.AddFunctionUrl(soundUrlOptions())
	props.AllowedHeaders = []string{"baggage"}
	newGrant(stack, props)
	main := synth(t, app).stack(t, "Demo")
	main.has(t, "AWS::Lambda::Url", map[string]any{"Cors": map[string]any{"AllowHeaders": []any{
		"Authorization", "Content-Type", "X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token",
	}}})
	if got := preflightHeaders(main); !strings.HasSuffix(got, ",baggage'") {
		t.Errorf("the preflight of /grant allows %s", got)
	}
}
