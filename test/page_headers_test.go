package test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/furl-cdk/furl/client/browser"
	furl "github.com/furl-cdk/furl/constructs"
)

// tracing are the headers that a page's tracing adds to all of its requests.
var tracing = map[string]string{
	"x-correlation-id": "c-1", "baggage": "release=7",
	"sentry-trace": "12345678901234567890123456789012-1234567890123456",
}

// pageCase is a lease and a call of a page, with headers of the page's own. It is for headers.mjs.
type pageCase struct {
	Grant        string            `json:"-"` // construct path of the grant's API
	GrantUrl     string            `json:"grantUrl"`
	GrantHeaders map[string]string `json:"grantHeaders"`
	CallHeaders  map[string]string `json:"callHeaders,omitempty"`
}

// TestPageHeaders checks in Chromium which headers a page may send to /grant and to the leased URL. The browser asks
// both before it sends, and sends nothing that they do not allow.
func TestPageHeaders(t *testing.T) {
	chromium := chromiumPath(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/furl.mjs" { // all others are an empty page
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(browser.Module)
		}
	}))
	defer site.Close()
	local := startLocal(t, pageHeadersAssembly(t, site.URL))
	session := map[string]string{"X-Session": "ada"}
	token := map[string]string{"Authorization": "Bearer ada"}
	with := func(headers, more map[string]string) map[string]string {
		all := maps.Clone(headers)
		maps.Copy(all, more)
		return all
	}
	rows := []struct {
		name, why string
		page      pageCase
		want      []string // parts of the answer
	}{
		{
			name: "tracing", why: "listed in AllowedHeaders",
			page: pageCase{Grant: "Listed", GrantHeaders: with(token, tracing), CallHeaders: tracing},
			want: []string{"200 ", `"x-correlation-id":"c-1"`, `"baggage":"release=7"`, `"sentry-trace":"1234`},
		},
		{
			name: "tracing at /grant", why: "not listed",
			page: pageCase{Grant: "Session", GrantHeaders: with(session, tracing)}, want: []string{"GrantUnreachable"},
		},
		{
			name: "tracing at the URL", why: "not listed",
			page: pageCase{Grant: "Session", GrantHeaders: session, CallHeaders: tracing},
			want: []string{"FunctionUnreachable"},
		},
		{
			name: "X-Session", why: "the identity source of a request authorizer",
			page: pageCase{Grant: "Session", GrantHeaders: session}, want: []string{"200 ", `"caller":"ada"`},
		},
		{
			name: "X-Session at the URL", why: "a page may add it to all of its requests",
			page: pageCase{Grant: "Session", GrantHeaders: session, CallHeaders: session},
			want: []string{"200 ", `"x-session":"ada"`},
		},
		{
			name: "X-Session elsewhere", why: "no identity source there",
			page: pageCase{Grant: "Listed", GrantHeaders: with(token, session)}, want: []string{"GrantUnreachable"},
		},
	}
	var cases []pageCase
	for _, row := range rows {
		row.page.GrantUrl = local.restAPIOf(t, "Pages/"+row.page.Grant+"/Api") + "/grant"
		cases = append(cases, row.page)
	}
	var answers []string
	out := runInBrowser(t, nil, "headers.mjs", chromium, site.URL, jsonText(t, cases))
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(rows) {
		t.Fatalf("headers.mjs printed %s", out)
	}
	for i, row := range rows {
		for _, part := range row.want {
			if !strings.Contains(answers[i], part) {
				t.Errorf("%s, %s: %s, want %q", row.name, row.why, answers[i], part)
			}
		}
	}
}

// pageHeadersAssembly has two grants for the pages of an origin. "Listed" has AllowedHeaders and a token authorizer.
// "Session" has a request authorizer by the header X-Session.
func pageHeadersAssembly(t *testing.T, origin string) string {
	t.Helper()
	app, stack := hostStack(t, "Pages")
	check := awslambda.NewFunction(stack, jsii.String("Check"), nodeFunction(`return {
		principalId: event.authorizationToken?.slice(7) ?? event.headers["X-Session"],
		policyDocument: { Version: "2012-10-17", Statement: [
			{ Effect: "Allow", Action: "execute-api:Invoke", Resource: event.methodArn },
		] },
	}`))
	grant := func(id string, authorizer awsapigateway.IAuthorizer, headers ...string) {
		echo := awslambda.NewFunction(stack, jsii.String(id+"Function"), nodeFunction(`return JSON.stringify({
			...event.headers, caller: event.requestContext.authorizer.iam.userArn.split("/").at(-1),
		})`))
		furl.NewCredentialGrant(stack, jsii.String(id), &furl.CredentialGrantProps{
			Authorizer:     furl.LambdaAuthorizer(authorizer),
			Functions:      []furl.GrantFunction{{Name: "echo", Function: echo}},
			AllowedOrigins: []string{origin}, AllowedHeaders: headers,
		})
	}
	grant("Listed", awsapigateway.NewTokenAuthorizer(stack, jsii.String("Token"),
		&awsapigateway.TokenAuthorizerProps{Handler: check}), "X-Correlation-Id", "baggage", "sentry-trace")
	grant("Session", awsapigateway.NewRequestAuthorizer(stack, jsii.String("Request"),
		&awsapigateway.RequestAuthorizerProps{
			Handler: check, IdentitySources: &[]*string{headerSource("X-Session")},
			ResultsCacheTtl: awscdk.Duration_Seconds(jsii.Number(0)),
		}))
	return synth(t, app).dir
}

func jsonText(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
