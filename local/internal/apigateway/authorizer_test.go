package apigateway

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// guarded makes the API's only method one that an authorizer guards, caching for 5 minutes; change, unless nil, changes that.
func guarded(t *testing.T, kind string, change func(*Config, *Authorizer)) *testAPI {
	t.Helper()
	return start(t, func(config *Config) {
		authorizer := &Authorizer{
			ID: "auth01", Path: "Stack/Authorizer", Type: kind, Lambda: newFunction(t, "authorizer", apiARN+"/authorizers/auth01"),
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
	notAllowed   = `{"message":"User is not authorized to access this resource"}`
	deniedToo    = `{"message":"User is not authorized to access this resource with an explicit deny"}`
)

// TestAuthorizerAnswers: both kinds of authorizers, whatever they answer.
func TestAuthorizerAnswers(t *testing.T) {
	tests := []struct {
		name, why, token string
		status           int
		errorType, body  string
		said             string
	}{
		{"allows", "", "allow", 200, "", "", ""},
		{"allows everything", "", "everywhere", 200, "", "", ""},
		{"denies", "", "deny", 403, "AccessDeniedException", deniedToo, "explicit deny by statement #1 of the authorizer's policyDocument"},
		{"allows something else", "nothing is allowed that is not named", "elsewhere", 403, "AccessDeniedException", notAllowed, "allows execute-api:Invoke on " + apiARN + "/Prod/GET/x"},
		{"Unauthorized", "the one error that is 401", "unauthorized", 401, "UnauthorizedException", unauthorized, "answered Unauthorized"},
		{"another error", "is the authorizer's failure", "nonsense", 500, "AuthorizerConfigurationException", nullMessage, "unauthorized: no such token"},
		{"dies", "is the authorizer's failure", "die", 500, "AuthorizerConfigurationException", nullMessage, "process ended"},
		{"no token", "the authorizer is not asked", "", 401, "UnauthorizedException", unauthorized, "there is no method.request.header.X-Token"},
	}
	for _, kind := range []string{"TOKEN", "REQUEST"} {
		api := guarded(t, kind, nil)
		for _, test := range tests {
			t.Run(kind+" "+test.name, func(t *testing.T) {
				before := len(api.verbose.String())
				var headers []string
				if test.token != "" {
					headers = append(headers, "X-Token: "+test.token)
				}
				response, body := api.send(t, "GET", "/Prod/x", "", headers...)
				if test.status != 200 {
					expectRefusal(t, test.why, response, body, test.status, test.errorType, test.body)
				} else if response.StatusCode != 200 {
					t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.verbose)
				}
				if said := api.verbose.String()[before:]; !strings.Contains(said, test.said) || (said == "") != (test.status == 200) {
					t.Errorf("it does not say %q: %s", test.said, said)
				}
			})
		}
	}
}

// TestTokenEvent: what a TOKEN authorizer gets, and what of its answer the integration sees.
func TestTokenEvent(t *testing.T) {
	api := guarded(t, "TOKEN", nil)
	event := api.seen(t, "POST", "/Prod/a/b/?c=d", "body", "X-Token: allow it", "X-Other: 1")
	authorizer := event["requestContext"].(object)["authorizer"].(object)
	if authorizer["principalId"] != "user-1" || authorizer["asked"] != "1" {
		t.Errorf("the integration sees %v; numbers are strings", authorizer)
	}
	want := `{"authorizationToken":"allow it","methodArn":"` + apiARN + `/Prod/POST/a/b/","type":"TOKEN"}`
	if authorizer["event"] != want {
		t.Errorf("the authorizer got %v, want %s", authorizer["event"], want)
	}
}

// TestRequestEvent: a REQUEST authorizer gets the integration's event without body and authorizer, with its kind and the method's ARN.
func TestRequestEvent(t *testing.T) {
	api := guarded(t, "REQUEST", nil)
	event := api.seen(t, "POST", "/Prod/a/b", "body", "X-Token: allow", "Authorization: AWS4-HMAC-SHA256 of another service")
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

// TestIdentitySources: which requests reach the authorizer at all.
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
		{"header and query", "", "REQUEST", two, "/Prod/x?token=allow", "X-Other: 1", 200},
		{"no header", "every source must be there", "REQUEST", two, "/Prod/x?token=allow", "", 401},
		{"empty header", "an empty source is none", "REQUEST", two, "/Prod/x?token=allow", "X-Other: ", 401},
		{"no query", "every source must be there", "REQUEST", two, "/Prod/x", "X-Other: 1", 401},
		{"empty query", "an empty source is none", "REQUEST", two, "/Prod/x?token=", "X-Other: 1", 401},
		{"query in another case", "names of parameters are exact", "REQUEST", two, "/Prod/x?Token=allow", "X-Other: 1", 401},
		{"no cache", "a REQUEST authorizer is asked whatever is missing", "REQUEST", uncached, "/Prod/x?token=allow", "", 200},
		{"no cache, TOKEN", "there is no token to hand over", "TOKEN", func(_ *Config, a *Authorizer) { a.TTL = 0 }, "/Prod/x", "", 401},
		{"valid", "", "TOKEN", validated, "/Prod/x", "X-Token: allow me", 200},
		{"invalid", "401 without asking", "TOKEN", validated, "/Prod/x", "X-Token: deny me", 401},
		{"valid in part", "the whole token must fit", "TOKEN", validated, "/Prod/x", "X-Token: allow me 2", 401},
		{"valid after something", "the whole token must fit", "TOKEN", validated, "/Prod/x", "X-Token: x allow me", 401},
		{"not for REQUEST", "the expression does not apply", "REQUEST", validated, "/Prod/x", "X-Token: allow", 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := guarded(t, test.kind, test.change)
			var headers []string
			if test.header != "" {
				headers = append(headers, test.header)
			}
			response, body := api.send(t, "GET", test.target, "", headers...)
			if test.status == 401 {
				expectRefusal(t, test.why, response, body, 401, "UnauthorizedException", unauthorized)
			} else if response.StatusCode != test.status {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.verbose)
			}
		})
	}
}

// TestRepeatedToken: of a header that comes twice the last value is the token, as in the event's headers.
func TestRepeatedToken(t *testing.T) {
	api := guarded(t, "TOKEN", nil)
	if response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: deny", "X-Token: allow"); response.StatusCode != 200 {
		t.Error(describe(response, body))
	}
	if response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: allow", "X-Token: deny"); response.StatusCode != 403 {
		t.Error(describe(response, body))
	}
}

// TestAuthorizerPermission: the authorizer's function must let this API invoke it, for this authorizer.
func TestAuthorizerPermission(t *testing.T) {
	for name, sourceARN := range map[string]string{
		"none": "", "of the method": apiARN + "/Prod/GET/x", "of another authorizer": apiARN + "/authorizers/auth02",
		"of another API": strings.Replace(apiARN, apiID, "other", 1) + "/authorizers/auth01",
	} {
		t.Run(name, func(t *testing.T) {
			api := guarded(t, "TOKEN", func(_ *Config, authorizer *Authorizer) { authorizer.Lambda = newFunction(t, "authorizer", sourceARN) })
			response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: allow")
			expectRefusal(t, name, response, body, 500, "AuthorizerConfigurationException", nullMessage)
		})
	}
}

// TestAuthorizerClientGone: nothing is logged for a client that went away while the authorizer was asked.
func TestAuthorizerClientGone(t *testing.T) {
	api := guarded(t, "TOKEN", nil)
	client := &http.Client{Timeout: 300 * time.Millisecond}
	if response, err := client.Do(api.request(t, "GET", "/Prod/x", "", "X-Token: sleep")); err == nil {
		t.Fatalf("answered %d", response.StatusCode)
	}
	if response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: allow"); response.StatusCode != 200 {
		t.Error(describe(response, body))
	}
	if said := api.verbose.String() + api.log.String(); said != "" {
		t.Errorf("it says: %s", said)
	}
}
