package apigateway

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
	"time"
)

// guardedAPI is an API with an authorizer that caches for 5 minutes. A change, unless nil, alters its configuration.
func guardedAPI(t *testing.T, kind string, change func(*Config, *Authorizer)) *testAPI {
	t.Helper()
	return start(t, func(config *Config) {
		authorizer := &Authorizer{
			ID: "auth01", Path: "Stack/Authorizer", Type: kind,
			Lambda:   newFunction(t, "authorizer", apiARN+"/authorizers/auth01"),
			Identity: []string{"method.request.header.X-Token"}, TTL: 5 * time.Minute,
		}
		config.Methods[0].Authorization, config.Methods[0].Authorizer = "CUSTOM", authorizer
		if change != nil {
			change(config, authorizer)
		}
	})
}

const (
	unauthorized = `{"message":"Unauthorized"}`
	nullMessage  = `{"message":null}`
	implicitDeny = `{"message":"User is not authorized to access this resource"}`
	explicitDeny = `{"message":"User is not authorized to access this resource with an explicit deny"}`
)

// TestAuthorizerAnswers checks each answer of an authorizer, for both kinds of authorizers.
func TestAuthorizerAnswers(t *testing.T) {
	tests := []struct {
		name, why, token string
		status           int
		errorType, body  string
		reason           string
	}{
		{name: "allows", why: "the ARN of this method", token: "allow", status: 200},
		{name: "allows everything", why: "every ARN", token: "everywhere", status: 200},
		{
			name: "denies", why: "a denial wins",
			token: "deny", status: 403, errorType: "AccessDeniedException", body: explicitDeny,
			reason: "explicit deny by statement #1 of the authorizer's policyDocument",
		},
		{
			name: "allows something else", why: "nothing is allowed that is not named",
			token: "elsewhere", status: 403, errorType: "AccessDeniedException", body: implicitDeny,
			reason: "allows execute-api:Invoke on " + apiARN + "/Prod/GET/x",
		},
		{
			name: "Unauthorized", why: "the one error that is 401",
			token: "unauthorized", status: 401, errorType: "UnauthorizedException", body: unauthorized,
			reason: "answered Unauthorized",
		},
		{
			name: "another error", why: "is the authorizer's failure",
			token: "nonsense", status: 500, errorType: "AuthorizerConfigurationException", body: nullMessage,
			reason: "unauthorized: no such token",
		},
		{
			name: "dies", why: "is the authorizer's failure",
			token: "die", status: 500, errorType: "AuthorizerConfigurationException", body: nullMessage,
			reason: "process ended",
		},
		{
			name: "no token", why: "the authorizer is not asked",
			status: 401, errorType: "UnauthorizedException", body: unauthorized,
			reason: "there is no method.request.header.X-Token",
		},
	}
	for _, kind := range []string{"TOKEN", "REQUEST"} {
		api := guardedAPI(t, kind, nil)
		for _, test := range tests {
			t.Run(kind+" "+test.name, func(t *testing.T) {
				before := len(api.log.String())
				var headers []string
				if test.token != "" {
					headers = append(headers, "X-Token: "+test.token)
				}
				response, body := api.send(t, "GET", "/Prod/x", "", headers...)
				if test.status != 200 {
					expectRefusal(t, test.why, response, body, test.status, test.errorType, test.body)
				} else if response.StatusCode != 200 {
					t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.log)
				}
				log := api.log.String()[before:]
				if !strings.Contains(log, cmp.Or(test.reason, " ms  function Stack/integration\n")) {
					t.Errorf("it does not say %q: %s", test.reason, log)
				}
			})
		}
	}
}

// TestTokenEvent checks the event of a TOKEN authorizer, and the part of its answer that the integration sees.
func TestTokenEvent(t *testing.T) {
	api := guardedAPI(t, "TOKEN", nil)
	event := api.event(t, "POST", "/Prod/a/b/?c=d", "body", "X-Token: allow it", "X-Other: 1")
	authorizer := event["requestContext"].(object)["authorizer"].(object)
	if authorizer["principalId"] != "user-1" || authorizer["invocation"] != "1" {
		t.Errorf("the integration sees %v; numbers are strings", authorizer)
	}
	want := `{"authorizationToken":"allow it","methodArn":"` + apiARN + `/Prod/POST/a/b/","type":"TOKEN"}`
	if authorizer["event"] != want {
		t.Errorf("the authorizer got %v, want %s", authorizer["event"], want)
	}
}

// TestRequestEvent checks that a REQUEST authorizer gets the integration's event without body and authorizer. It
// also gets its type and the method's ARN.
func TestRequestEvent(t *testing.T) {
	api := guardedAPI(t, "REQUEST", nil)
	event := api.event(t, "POST", "/Prod/a/b", "body", "X-Token: allow",
		"Authorization: AWS4-HMAC-SHA256 of another service")
	context := event["requestContext"].(object)
	got := parse(t, context["authorizer"].(object)["event"].(string))
	if got["type"] != "REQUEST" || got["methodArn"] != apiARN+"/Prod/POST/a/b" {
		t.Errorf("type %v, methodArn %v", got["type"], got["methodArn"])
	}
	if got["headers"].(object)["Authorization"] == nil {
		t.Error("it does not see the Authorization header, by which it may judge")
	}
	for _, field := range []string{"queryStringParameters", "multiValueQueryStringParameters", "stageVariables"} {
		if value, isMap := got[field].(object); !isMap || len(value) != 0 {
			t.Errorf("%s is %v, want an empty map", field, got[field])
		}
		event[field] = got[field] // null for the integration
	}
	delete(context, "authorizer")
	for _, field := range []string{"headers", "multiValueHeaders"} {
		delete(got[field].(object), "Authorization")
	}
	delete(got, "type")
	delete(got, "methodArn")
	delete(event, "body")
	delete(event, "isBase64Encoded")
	if indented(t, got) != indented(t, event) {
		t.Errorf("the authorizer got %s, the integration %s", indented(t, got), indented(t, event))
	}
}

// TestIdentitySources checks which requests reach the authorizer at all.
func TestIdentitySources(t *testing.T) {
	two := func(config *Config, authorizer *Authorizer) {
		authorizer.Identity = []string{"method.request.header.X-Other", "method.request.querystring.token"}
	}
	uncached := func(config *Config, authorizer *Authorizer) { two(config, authorizer); authorizer.TTL = 0 }
	validated := func(_ *Config, authorizer *Authorizer) { authorizer.Validation = "allow [a-z]+" }
	tests := []struct {
		name, why, kind string
		change          func(*Config, *Authorizer)
		target, header  string
		status          int
	}{
		{
			name: "header and query", why: "both sources are there",
			kind: "REQUEST", change: two, target: "/Prod/x?token=allow", header: "X-Other: 1", status: 200,
		},
		{
			name: "no header", why: "every source must be there",
			kind: "REQUEST", change: two, target: "/Prod/x?token=allow", status: 401,
		},
		{
			name: "empty header", why: "an empty source is none",
			kind: "REQUEST", change: two, target: "/Prod/x?token=allow", header: "X-Other: ", status: 401,
		},
		{
			name: "no query", why: "every source must be there",
			kind: "REQUEST", change: two, target: "/Prod/x", header: "X-Other: 1", status: 401,
		},
		{
			name: "empty query", why: "an empty source is none",
			kind: "REQUEST", change: two, target: "/Prod/x?token=", header: "X-Other: 1", status: 401,
		},
		{
			name: "query in another case", why: "names of parameters are exact",
			kind: "REQUEST", change: two, target: "/Prod/x?Token=allow", header: "X-Other: 1", status: 401,
		},
		{
			name: "no cache", why: "a REQUEST authorizer is asked whatever is missing",
			kind: "REQUEST", change: uncached, target: "/Prod/x?token=allow", status: 200,
		},
		{
			name: "no cache, TOKEN", why: "there is no token to hand over",
			kind: "TOKEN", change: func(_ *Config, a *Authorizer) { a.TTL = 0 }, target: "/Prod/x", status: 401,
		},
		{
			name: "valid", why: "the token fits the expression",
			kind: "TOKEN", change: validated, target: "/Prod/x", header: "X-Token: allow me", status: 200,
		},
		{
			name: "invalid", why: "401 without asking",
			kind: "TOKEN", change: validated, target: "/Prod/x", header: "X-Token: deny me", status: 401,
		},
		{
			name: "valid in part", why: "the whole token must fit",
			kind: "TOKEN", change: validated, target: "/Prod/x", header: "X-Token: allow me 2", status: 401,
		},
		{
			name: "valid after something", why: "the whole token must fit",
			kind: "TOKEN", change: validated, target: "/Prod/x", header: "X-Token: x allow me", status: 401,
		},
		{
			name: "not for REQUEST", why: "the expression does not apply",
			kind: "REQUEST", change: validated, target: "/Prod/x", header: "X-Token: allow", status: 200,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := guardedAPI(t, test.kind, test.change)
			var headers []string
			if test.header != "" {
				headers = append(headers, test.header)
			}
			response, body := api.send(t, "GET", test.target, "", headers...)
			if test.status == 401 {
				expectRefusal(t, test.why, response, body, 401, "UnauthorizedException", unauthorized)
			} else if response.StatusCode != test.status {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.log)
			}
		})
	}
}

// TestRepeatedToken checks that the last value of a repeated header is the token, as in the event's headers.
func TestRepeatedToken(t *testing.T) {
	api := guardedAPI(t, "TOKEN", nil)
	response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: deny", "X-Token: allow")
	if response.StatusCode != 200 {
		t.Error(describe(response, body))
	}
	response, body = api.send(t, "GET", "/Prod/x", "", "X-Token: allow", "X-Token: deny")
	if response.StatusCode != 403 {
		t.Error(describe(response, body))
	}
}

// TestAuthorizerPermission checks that the authorizer's function must let this API invoke it, for this authorizer.
func TestAuthorizerPermission(t *testing.T) {
	for name, sourceARN := range map[string]string{
		"none": "", "of the method": apiARN + "/Prod/GET/x", "of another authorizer": apiARN + "/authorizers/auth02",
		"of another API": strings.Replace(apiARN, apiID, "other", 1) + "/authorizers/auth01",
	} {
		t.Run(name, func(t *testing.T) {
			api := guardedAPI(t, "TOKEN", func(_ *Config, authorizer *Authorizer) {
				authorizer.Lambda = newFunction(t, "authorizer", sourceARN)
			})
			response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: allow")
			expectRefusal(t, name, response, body, 500, "AuthorizerConfigurationException", nullMessage)
		})
	}
}

// TestAuthorizerClientGone checks the line of a client that went away while the authorizer ran.
func TestAuthorizerClientGone(t *testing.T) {
	api := guardedAPI(t, "TOKEN", nil)
	client := &http.Client{Timeout: 300 * time.Millisecond}
	if response, err := client.Do(api.request(t, "GET", "/Prod/x", "", "X-Token: sleep")); err == nil {
		t.Fatalf("answered %d", response.StatusCode)
	}
	if response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: allow"); response.StatusCode != 200 {
		t.Error(describe(response, body))
	}
	if log := api.log.String(); !goneThenAnswered.MatchString(log) {
		t.Errorf("it says: %s", log)
	}
}
