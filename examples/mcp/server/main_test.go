package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

var config = settings{
	origin: "https://mcp.example.com", scope: "https://mcp.example.com/mcp/use",
	issuer:     "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example",
	login:      "https://mcp-example-com.auth.eu-west-1.amazoncognito.com",
	signerRole: "arn:aws:iam::111122223333:role/signer",
}

// signed is an event that the edge signer sends for a token with these claims.
func signed(method, path, claims, body string) *events.LambdaFunctionURLRequest {
	event := &events.LambdaFunctionURLRequest{RawPath: path, Body: body, Headers: map[string]string{
		"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-host": "mcp.example.com",
		"content-type": "application/json", "accept": "application/json, text/event-stream",
		"x-furl-verified":           config.issuer,
		"x-forwarded-authorization": "Bearer e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".e30",
	}}
	event.RequestContext.HTTP.Method = method
	event.RequestContext.Authorizer = &events.LambdaFunctionURLRequestContextAuthorizerDescription{
		IAM: &events.LambdaFunctionURLRequestContextAuthorizerIAMDescription{
			UserARN: "arn:aws:sts::111122223333:assumed-role/signer/edge",
		},
	}
	return event
}

// toolCall is the body of a call of a tool.
func toolCall(tool, arguments string) string {
	const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`
	return fmt.Sprintf(body, tool, arguments)
}

// answered is the answer to an event, with its whole body.
func answered(t *testing.T, event *events.LambdaFunctionURLRequest) (status int, body string) {
	t.Helper()
	response, err := lambdaurl.Wrap(newHandler(config))(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// ada has the first claims of a token.
const ada = `{"iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example","sub":"ada","client_id":"web"`

// TestCaller checks whose requests reach the tools, and that the tools know the caller.
func TestCaller(t *testing.T) {
	for _, row := range []struct {
		name, why, claims string
		header            map[string]string
		unsigned          bool
		status            int
	}{
		{name: "no audience", why: "the client asked for no resource", claims: ada + "}", status: 200},
		{
			name: "this resource", why: "the client asked for it",
			claims: ada + `,"aud":"https://mcp.example.com/mcp"}`, status: 200,
		},
		{
			name: "this resource among others", why: "aud may be a list",
			claims: ada + `,"aud":["x","https://mcp.example.com/mcp"]}`, status: 200,
		},
		{
			name: "another resource", why: "that server has got the token, and may send it here",
			claims: ada + `,"aud":"https://mcp.example.com/other"}`, status: 403,
		},
		{name: "other resources", why: "aud may be a list", claims: ada + `,"aud":["x"]}`, status: 403},
		{name: "an audience that is no text", why: "it names nothing", claims: ada + `,"aud":null}`, status: 403},
		{
			name: "another issuer", why: "another distribution may take its tokens",
			claims: `{"iss":"https://login.example.com","sub":"ada","client_id":"web"}`, status: 403,
		},
		{name: "no issuer", why: "it is nobody's token", claims: `{"sub":"ada","client_id":"web"}`, status: 403},
		{
			name: "not by the signer", why: "the token is the sender's word",
			claims: ada + "}", unsigned: true, status: 403,
		},
		{
			name: "its own page", why: "the viewer's host is the page's", claims: ada + "}", status: 200,
			header: map[string]string{"origin": "https://mcp.example.com"},
		},
		{
			name: "a page of another origin", why: "the specification wants it refused", claims: ada + "}", status: 403,
			header: map[string]string{"origin": "https://evil.example"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			event := signed("POST", "/mcp", row.claims, toolCall("whoami", "{}"))
			maps.Copy(event.Headers, row.header)
			if row.unsigned {
				event.RequestContext.Authorizer = nil
			}
			status, body := answered(t, event)
			knows := strings.Contains(body, `"structuredContent":{"clientId":"web","sub":"ada"}`)
			if status != row.status || knows != (row.status == 200) {
				t.Errorf("%d %s, want %d (%s)", status, body, row.status, row.why)
			}
		})
	}
}

// TestNobody checks a token without a user, such as one of client credentials.
func TestNobody(t *testing.T) {
	machine := strings.Replace(ada, `"sub":"ada",`, "", 1) + "}"
	status, body := answered(t, signed("POST", "/mcp", machine, toolCall("whoami", "{}")))
	if status != 200 || !strings.Contains(body, `"isError":true`) || !strings.Contains(body, "names no user") {
		t.Errorf("%d %s", status, body)
	}
}

// byHandler is an HTTP client of the server's own handler, without a token.
var byHandler = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	newHandler(config).ServeHTTP(recorder, r)
	return recorder.Result(), nil
})}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestDiscovery checks that the SDK's strict client finds the login, from both paths of the metadata.
func TestDiscovery(t *testing.T) {
	const wellKnown = "https://mcp.example.com/.well-known/"
	for _, path := range []string{"oauth-protected-resource/mcp", "oauth-protected-resource"} {
		metadata, err := oauthex.GetProtectedResourceMetadata(t.Context(), wellKnown+path,
			"https://mcp.example.com/mcp", byHandler)
		if err != nil {
			t.Fatal(err)
		}
		if len(metadata.AuthorizationServers) != 1 || len(metadata.ScopesSupported) != 1 ||
			metadata.ScopesSupported[0] != config.scope {
			t.Errorf("%s: %+v", path, metadata)
		}
		login, err := oauthex.GetAuthServerMeta(t.Context(), wellKnown+"oauth-authorization-server",
			metadata.AuthorizationServers[0], byHandler)
		if err != nil || login == nil {
			t.Fatalf("%s: %v %v", path, login, err)
		}
		const endpoints = "https://mcp-example-com.auth.eu-west-1.amazoncognito.com/oauth2/"
		if login.AuthorizationEndpoint != endpoints+"authorize" || login.TokenEndpoint != endpoints+"token" {
			t.Errorf("%s: %+v", path, login)
		}
	}
}

// TestWithoutSessions checks the methods that only servers with sessions have.
func TestWithoutSessions(t *testing.T) {
	for _, method := range []string{"GET", "DELETE", "OPTIONS"} {
		if status, body := answered(t, signed(method, "/mcp", ada+"}", "")); status != 405 {
			t.Errorf("%s: %d %s", method, status, body)
		}
	}
}
