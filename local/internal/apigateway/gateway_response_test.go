package apigateway

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGatewayResponses meets three refusals under different gateway responses. They are the 403 of an unknown
// path, and the authorizer's 401 and 500.
func TestGatewayResponses(t *testing.T) {
	const template = `{"error":"$context.error.responseType","message":$context.error.messageString}`
	cors := map[string]string{
		"gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
		"gatewayresponse.header.X-Literal":                   "'it's \"x\"'",
	}
	const noPath, noToken, broken = "/Prod/", "/Prod/x", "/Prod/y"
	tests := []struct {
		name, why string
		responses map[string]GatewayResponse
		target    string
		status    int
		header    string // X-Literal, which comes with Access-Control-Allow-Origin
		body      string
	}{
		{name: "none", why: "API Gateway's own answer", target: noPath, status: 403, body: missingToken},
		{
			name: "of its own", why: "all of it",
			responses: map[string]GatewayResponse{
				"MISSING_AUTHENTICATION_TOKEN": {404, cors, `{"message":"Not Found"}`},
			},
			target: noPath, status: 404, header: `it's "x"`, body: `{"message":"Not Found"}`,
		},
		{
			name: "status only", why: "the rest stays",
			responses: map[string]GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {StatusCode: 404}}, target: noPath,
			status: 404, body: missingToken,
		},
		{
			name: "headers only", why: "the rest stays",
			responses: map[string]GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {Parameters: cors}}, target: noPath,
			status: 403, header: `it's "x"`, body: missingToken,
		},
		{
			name: "of another type", why: "it does not apply",
			responses: map[string]GatewayResponse{"ACCESS_DENIED": {404, cors, template}}, target: noPath,
			status: 403, body: missingToken,
		},
		{
			name: "default", why: "of a 4xx",
			responses: map[string]GatewayResponse{"DEFAULT_4XX": {0, cors, template}}, target: noPath, status: 403,
			header: `it's "x"`,
			body:   `{"error":"MISSING_AUTHENTICATION_TOKEN","message":"Missing Authentication Token"}`,
		},
		{
			name: "default with a status", why: "changes that of all others",
			responses: map[string]GatewayResponse{"DEFAULT_4XX": {StatusCode: 418}}, target: noPath, status: 418,
			body: missingToken,
		},
		{
			name: "both", why: "its own is not mixed with the default",
			responses: map[string]GatewayResponse{
				"DEFAULT_4XX": {418, cors, template}, "MISSING_AUTHENTICATION_TOKEN": {},
			},
			target: noPath, status: 403, body: missingToken,
		},
		{
			name: "default of the other class", why: "a 403 is no 5xx",
			responses: map[string]GatewayResponse{"DEFAULT_5XX": {0, cors, template}}, target: noPath, status: 403,
			body: missingToken,
		},
		{
			name: "default of 401", why: "a 401 is a 4xx",
			responses: map[string]GatewayResponse{"DEFAULT_4XX": {0, cors, template}}, target: noToken, status: 401,
			header: `it's "x"`, body: `{"error":"UNAUTHORIZED","message":"Unauthorized"}`,
		},
		{
			name: "default of a 5xx", why: "of the authorizer's failure",
			responses: map[string]GatewayResponse{"DEFAULT_5XX": {503, cors, template}}, target: broken, status: 503,
			header: `it's "x"`, body: `{"error":"AUTHORIZER_FAILURE","message":null}`,
		},
		{
			name: "4xx for a 5xx", why: "a 500 is no 4xx",
			responses: map[string]GatewayResponse{"DEFAULT_4XX": {418, cors, template}}, target: broken, status: 500,
			body: nullMessage,
		},
		{
			name: "types that never occur", why: "are declared in vain",
			responses: map[string]GatewayResponse{
				"QUOTA_EXCEEDED": {0, cors, template}, "WAF_FILTERED": {}, "UNSUPPORTED_MEDIA_TYPE": {},
			},
			target: noPath, status: 403, body: missingToken,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := guardedAPI(t, "TOKEN", func(config *Config, _ *Authorizer) {
				config.GatewayResponses = test.responses
			})
			headers := []string{"Origin: https://app.example.com"}
			if test.target == broken {
				headers = append(headers, "X-Token: nonsense")
			}
			response, body := api.send(t, "GET", test.target, "", headers...)
			if response.StatusCode != test.status || body != test.body ||
				response.Header.Get("X-Literal") != test.header {
				t.Errorf("%s: %s", test.why, describe(response, body))
			}
			if origin := response.Header.Get("Access-Control-Allow-Origin"); origin != "" != (test.header != "") || origin != "" && origin != "https://app.example.com" {
				t.Errorf("Access-Control-Allow-Origin is %q", origin)
			}
		})
	}
}

// TestGatewayResponseWithoutOrigin checks that a mapped header is left out if the request does not have its source.
func TestGatewayResponseWithoutOrigin(t *testing.T) {
	api := start(t, func(config *Config) {
		config.GatewayResponses = map[string]GatewayResponse{"DEFAULT_4XX": {Parameters: map[string]string{
			"gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
			"gatewayresponse.header.Content-Type":                "'text/plain'",
		}}}
	})
	response, body := api.send(t, "GET", "/Prod/", "")
	_, there := response.Header["Access-Control-Allow-Origin"]
	if there || response.Header.Get("Content-Type") != "text/plain" {
		t.Error(describe(response, body))
	}
}

// TestGatewayResponseOfOurOwn checks that a part that is not simulated stays a 501 and says so. It has the
// headers that let a page read it.
func TestGatewayResponseOfOurOwn(t *testing.T) {
	api := start(t, func(config *Config) {
		config.GatewayResponses = map[string]GatewayResponse{
			"DEFAULT_5XX": {200, map[string]string{"gatewayresponse.header.X": "'y'"}, `$context.error.message`},
		}
	})
	response, body := api.send(t, "GET", "/Prod/x", "", "X-Http-Method-Override: PUT")
	if response.StatusCode != 501 || response.Header.Get("X") != "y" || !strings.Contains(body, "Override") {
		t.Error(describe(response, body))
	}
}

// TestGatewayResponseVariables checks that a message is valid JSON in every place of a template.
func TestGatewayResponseVariables(t *testing.T) {
	api := start(t, func(config *Config) {
		config.Methods[0].Authorization = "AWS_IAM"
		config.GatewayResponses = map[string]GatewayResponse{
			"DEFAULT_4XX": {
				Template: `{"a":"$context.error.message.","b":$context.error.messageString,` +
					`"c":"$context.error.responseType","d":"$context.requestId"}`,
			},
		}
	})
	// The message quotes the client's header.
	response, body := api.send(t, "GET", "/Prod/x", "",
		`Authorization: AWS4-HMAC-SHA256 Credential=A/20261122/a"b\<c>/execute-api/aws4_request, `+
			`SignedHeaders=host, Signature=x`,
		"X-Amz-Date: 20261122T120000Z")
	want := object{
		"a": `Credential should be scoped to a valid region, not 'a"b\<c>'..`,
		"b": `Credential should be scoped to a valid region, not 'a"b\<c>'.`,
		"c": "INVALID_SIGNATURE", "d": response.Header.Get("X-Amzn-Requestid"),
	}
	if got := parse(t, body); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !strings.Contains(body, `<c>`) {
		t.Errorf("more is escaped than JSON asks for: %s", body)
	}
}

// TestResponseTypes checks that New takes AWS's response types, and no other.
func TestResponseTypes(t *testing.T) {
	// The list is AWS's (API Gateway API Reference, API_GatewayResponse).
	types := strings.Fields(`DEFAULT_4XX DEFAULT_5XX RESOURCE_NOT_FOUND UNAUTHORIZED INVALID_API_KEY ACCESS_DENIED
		AUTHORIZER_FAILURE AUTHORIZER_CONFIGURATION_ERROR INVALID_SIGNATURE EXPIRED_TOKEN MISSING_AUTHENTICATION_TOKEN
		INTEGRATION_FAILURE INTEGRATION_TIMEOUT API_CONFIGURATION_ERROR UNSUPPORTED_MEDIA_TYPE BAD_REQUEST_PARAMETERS
		BAD_REQUEST_BODY REQUEST_TOO_LARGE THROTTLED QUOTA_EXCEEDED WAF_FILTERED`)
	slices.Sort(types)
	if got := slices.Sorted(maps.Keys(responseTypes)); !slices.Equal(got, types) {
		t.Errorf("got %v, want %v", got, types)
	}
	// These are their documented statuses (supported-gateway-response-types).
	for status, of := range map[int]string{
		400: "BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS", 401: "UNAUTHORIZED", 404: "RESOURCE_NOT_FOUND",
		413: "REQUEST_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE",
		403: "ACCESS_DENIED EXPIRED_TOKEN INVALID_API_KEY INVALID_SIGNATURE MISSING_AUTHENTICATION_TOKEN WAF_FILTERED",
		429: "QUOTA_EXCEEDED THROTTLED",
		500: "API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE",
		504: "INTEGRATION_FAILURE INTEGRATION_TIMEOUT",
	} {
		for _, kind := range strings.Fields(of) {
			if responseTypes[kind].status != status {
				t.Errorf("%s is %d, want %d", kind, responseTypes[kind].status, status)
			}
		}
	}
}

// TestTell checks the lines of a refusal and of a failure of a function. The query, headers and body are never told.
func TestTell(t *testing.T) {
	api := start(t, nil)
	api.send(t, "POST", "/Prod/?secret=1", "", "X-Secret: secret")
	api.send(t, "POST", "/Prod/answer?secret=1", `"secret"`, "X-Secret: secret")
	want := regexp.MustCompile(`\A\S+ POST /Prod/ 403 \S+ ms  REST API Stack/Api: MISSING_AUTHENTICATION_TOKEN: .*\n` +
		`\S+ POST /Prod/answer 502 \S+ ms  function Stack/integration: ` + errAnswer.Error() + `\n\z`)
	if log := api.log.String(); !want.MatchString(log) {
		t.Errorf("it says %q, want %q", log, want)
	}
}

// TestTellHiddenFailure checks that a failure is told even if a gateway response changes its status.
func TestTellHiddenFailure(t *testing.T) {
	api := start(t, func(config *Config) {
		config.Methods[0].Timeout = 100 * time.Millisecond
		config.GatewayResponses = map[string]GatewayResponse{"INTEGRATION_TIMEOUT": {StatusCode: 202}}
	})
	response, body := api.send(t, "GET", "/Prod/sleep", "")
	const reason = " ms  REST API Stack/Api: INTEGRATION_TIMEOUT: the function did not answer in 100ms\n"
	if log := api.log.String(); response.StatusCode != 202 || !strings.HasSuffix(log, reason) {
		t.Errorf("%s\n%s", describe(response, body), log)
	}
}
