package apigateway

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGatewayResponses asks for refusals of three kinds under different gateway responses: a 403 for a path that is not there, a 401 of the
// authorizer, and a 500 of the authorizer.
func TestGatewayResponses(t *testing.T) {
	const template = `{"error":"$context.error.responseType","message":$context.error.messageString}`
	cors := map[string]string{
		"gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin", "gatewayresponse.header.X-Literal": "'it's \"x\"'",
	}
	const noPath, noToken, broken = "/Prod/", "/Prod/x", "/Prod/y"
	tests := []struct {
		name, why string
		responses map[string]GatewayResponse
		target    string
		status    int
		header    string // X-Literal; Access-Control-Allow-Origin goes with it
		body      string
	}{
		{"none", "", nil, noPath, 403, "", missingToken},
		{"of its own", "", map[string]GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {404, cors, `{"message":"Not Found"}`}}, noPath, 404, `it's "x"`, `{"message":"Not Found"}`},
		{"status only", "the rest stays", map[string]GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {StatusCode: 404}}, noPath, 404, "", missingToken},
		{"headers only", "the rest stays", map[string]GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {Parameters: cors}}, noPath, 403, `it's "x"`, missingToken},
		{"of another type", "", map[string]GatewayResponse{"ACCESS_DENIED": {404, cors, template}}, noPath, 403, "", missingToken},
		{"default", "of a 4xx", map[string]GatewayResponse{"DEFAULT_4XX": {0, cors, template}}, noPath, 403, `it's "x"`, `{"error":"MISSING_AUTHENTICATION_TOKEN","message":"Missing Authentication Token"}`},
		{"default with a status", "changes that of all others", map[string]GatewayResponse{"DEFAULT_4XX": {StatusCode: 418}}, noPath, 418, "", missingToken},
		{"both", "its own is not mixed with the default", map[string]GatewayResponse{"DEFAULT_4XX": {418, cors, template}, "MISSING_AUTHENTICATION_TOKEN": {}}, noPath, 403, "", missingToken},
		{"default of the other class", "", map[string]GatewayResponse{"DEFAULT_5XX": {0, cors, template}}, noPath, 403, "", missingToken},
		{"default of 401", "", map[string]GatewayResponse{"DEFAULT_4XX": {0, cors, template}}, noToken, 401, `it's "x"`, `{"error":"UNAUTHORIZED","message":"Unauthorized"}`},
		{"default of a 5xx", "", map[string]GatewayResponse{"DEFAULT_5XX": {503, cors, template}}, broken, 503, `it's "x"`, `{"error":"AUTHORIZER_FAILURE","message":null}`},
		{"4xx for a 5xx", "", map[string]GatewayResponse{"DEFAULT_4XX": {418, cors, template}}, broken, 500, "", nullMessage},
		{"types that never occur", "are declared in vain", map[string]GatewayResponse{"QUOTA_EXCEEDED": {0, cors, template}, "WAF_FILTERED": {}, "UNSUPPORTED_MEDIA_TYPE": {}}, noPath, 403, "", missingToken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := guarded(t, "TOKEN", func(config *Config, _ *Authorizer) { config.GatewayResponses = test.responses })
			headers := []string{"Origin: https://app.example.com"}
			if test.target == broken {
				headers = append(headers, "X-Token: nonsense")
			}
			response, body := api.send(t, "GET", test.target, "", headers...)
			if response.StatusCode != test.status || body != test.body || response.Header.Get("X-Literal") != test.header {
				t.Errorf("%s: %s", test.why, describe(response, body))
			}
			if origin := response.Header.Get("Access-Control-Allow-Origin"); origin != "" != (test.header != "") || origin != "" && origin != "https://app.example.com" {
				t.Errorf("Access-Control-Allow-Origin is %q", origin)
			}
		})
	}
}

// TestGatewayResponseWithoutOrigin: a header that is mapped from one that the request does not have is left out.
func TestGatewayResponseWithoutOrigin(t *testing.T) {
	api := start(t, func(config *Config) {
		config.GatewayResponses = map[string]GatewayResponse{"DEFAULT_4XX": {Parameters: map[string]string{
			"gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin", "gatewayresponse.header.Content-Type": "'text/plain'",
		}}}
	})
	response, body := api.send(t, "GET", "/Prod/", "")
	if _, there := response.Header["Access-Control-Allow-Origin"]; there || response.Header.Get("Content-Type") != "text/plain" {
		t.Error(describe(response, body))
	}
}

// TestGatewayResponseOfOurOwn: what is not simulated stays a 501 and says so, with the headers that let a page read it.
func TestGatewayResponseOfOurOwn(t *testing.T) {
	api := start(t, func(config *Config) {
		config.Methods[0].Authorization = "COGNITO_USER_POOLS"
		config.GatewayResponses = map[string]GatewayResponse{"DEFAULT_5XX": {200, map[string]string{"gatewayresponse.header.X": "'y'"}, `$context.error.message`}}
	})
	response, body := api.send(t, "GET", "/Prod/x", "")
	if response.StatusCode != 501 || response.Header.Get("X") != "y" || !strings.Contains(body, "Cognito") {
		t.Error(describe(response, body))
	}
}

// TestGatewayResponseVariables: a message is valid JSON wherever a template may have it.
func TestGatewayResponseVariables(t *testing.T) {
	api := start(t, func(config *Config) {
		config.Methods[0].Authorization = "AWS_IAM"
		config.GatewayResponses = map[string]GatewayResponse{
			"DEFAULT_4XX": {Template: `{"a":"$context.error.message.","b":$context.error.messageString,"c":"$context.error.responseType","d":"$context.requestId"}`},
		}
	})
	// The message quotes what the client sent.
	response, body := api.send(t, "GET", "/Prod/x", "", `Authorization: AWS4-HMAC-SHA256 Credential=A/20261122/a"b\<c>/execute-api/aws4_request, SignedHeaders=host, Signature=x`, "X-Amz-Date: 20261122T120000Z")
	want := object{
		"a": `Credential should be scoped to a valid region, not 'a"b\<c>'..`, "b": `Credential should be scoped to a valid region, not 'a"b\<c>'.`,
		"c": "INVALID_SIGNATURE", "d": response.Header.Get("X-Amzn-Requestid"),
	}
	if got := parse(t, body); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !strings.Contains(body, `<c>`) {
		t.Errorf("more is escaped than JSON asks for: %s", body)
	}
}

// TestKinds: New takes the types that AWS has, and no other.
func TestKinds(t *testing.T) {
	// API Gateway API Reference, API_GatewayResponse.
	types := strings.Fields(`DEFAULT_4XX DEFAULT_5XX RESOURCE_NOT_FOUND UNAUTHORIZED INVALID_API_KEY ACCESS_DENIED AUTHORIZER_FAILURE
		AUTHORIZER_CONFIGURATION_ERROR INVALID_SIGNATURE EXPIRED_TOKEN MISSING_AUTHENTICATION_TOKEN INTEGRATION_FAILURE INTEGRATION_TIMEOUT
		API_CONFIGURATION_ERROR UNSUPPORTED_MEDIA_TYPE BAD_REQUEST_PARAMETERS BAD_REQUEST_BODY REQUEST_TOO_LARGE THROTTLED QUOTA_EXCEEDED WAF_FILTERED`)
	slices.Sort(types)
	if got := slices.Sorted(maps.Keys(responseTypes)); !slices.Equal(got, types) {
		t.Errorf("got %v, want %v", got, types)
	}
	// Their documented statuses (supported-gateway-response-types).
	for status, of := range map[int]string{
		400: "BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS", 401: "UNAUTHORIZED", 404: "RESOURCE_NOT_FOUND", 413: "REQUEST_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE",
		403: "ACCESS_DENIED EXPIRED_TOKEN INVALID_API_KEY INVALID_SIGNATURE MISSING_AUTHENTICATION_TOKEN WAF_FILTERED", 429: "QUOTA_EXCEEDED THROTTLED",
		500: "API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE", 504: "INTEGRATION_FAILURE INTEGRATION_TIMEOUT",
	} {
		for _, kind := range strings.Fields(of) {
			if responseTypes[kind].status != status {
				t.Errorf("%s is %d, want %d", kind, responseTypes[kind].status, status)
			}
		}
	}
}

// TestTell: without --verbose, failures of functions are told, and refusals are not; the query, headers and body never are.
func TestTell(t *testing.T) {
	api := start(t, func(config *Config) { config.Verbose = nil })
	api.send(t, "POST", "/Prod/?secret=1", "", "X-Secret: secret")
	if said := api.log.String(); said != "" {
		t.Errorf("a refusal is told: %s", said)
	}
	api.send(t, "POST", "/Prod/answer?secret=1", `"secret"`, "X-Secret: secret")
	want := "Stack/Api: 502 DEFAULT_5XX to POST /Prod/answer\n  " + errAnswer.Error() + "\n"
	if said := api.log.String(); said != want {
		t.Errorf("it says %q, want %q", said, want)
	}
}

// TestTellWhatIsHidden: a failure is told though a gateway response makes something else of its status.
func TestTellWhatIsHidden(t *testing.T) {
	api := start(t, func(config *Config) {
		config.Verbose, config.Methods[0].Timeout = nil, 100*time.Millisecond
		config.GatewayResponses = map[string]GatewayResponse{"INTEGRATION_TIMEOUT": {StatusCode: 202}}
	})
	response, body := api.send(t, "GET", "/Prod/sleep", "")
	if said := api.log.String(); response.StatusCode != 202 || !strings.HasPrefix(said, "Stack/Api: 202 INTEGRATION_TIMEOUT to GET /Prod/sleep\n") {
		t.Errorf("%s\n%s", describe(response, body), said)
	}
}
