package apigateway

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// proxyEventGolden is the event of one request, with the request's ids masked. Its form is that of the developer
// guide (set-up-lambda-proxy-integrations) and of events recorded on AWS (localstack,
// tests/aws/services/apigateway/test_apigateway_lambda.snapshot.json).
const proxyEventGolden = `{
  "body": "こんにちは",
  "headers": {
    "Accept": "*/*",
    "Content-Type": "text/plain; charset=utf-8",
    "Host": "a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com",
    "User-Agent": "test/1",
    "X-Forwarded-For": "192.0.2.7, 127.0.0.1",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
    "X-Twice": "two"
  },
  "httpMethod": "POST",
  "isBase64Encoded": false,
  "multiValueHeaders": {
    "Accept": [
      "*/*"
    ],
    "Content-Type": [
      "text/plain; charset=utf-8"
    ],
    "Host": [
      "a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com"
    ],
    "User-Agent": [
      "test/1"
    ],
    "X-Forwarded-For": [
      "192.0.2.7, 127.0.0.1"
    ],
    "X-Forwarded-Port": [
      "443"
    ],
    "X-Forwarded-Proto": [
      "https"
    ],
    "X-Twice": [
      "one",
      "two"
    ]
  },
  "multiValueQueryStringParameters": {
    "bare": [
      ""
    ],
    "mail": [
      "a+b@example.com"
    ],
    "plus": [
      "a b"
    ],
    "price": [
      "10",
      "20"
    ]
  },
  "path": "/a/b",
  "pathParameters": {
    "proxy": "a/b"
  },
  "queryStringParameters": {
    "bare": "",
    "mail": "a+b@example.com",
    "plus": "a b",
    "price": "20"
  },
  "requestContext": {
    "accountId": "111122223333",
    "apiId": "a1b2c3d4e5",
    "deploymentId": "dep123",
    "domainName": "a1b2c3d4e5.execute-api.ap-northeast-1.amazonaws.com",
    "domainPrefix": "a1b2c3d4e5",
    "extendedRequestId": "EXTENDED",
    "httpMethod": "POST",
    "identity": {
      "accessKey": null,
      "accountId": null,
      "caller": null,
      "cognitoAuthenticationProvider": null,
      "cognitoAuthenticationType": null,
      "cognitoIdentityId": null,
      "cognitoIdentityPoolId": null,
      "principalOrgId": null,
      "sourceIp": "127.0.0.1",
      "user": null,
      "userAgent": "test/1",
      "userArn": null
    },
    "path": "/Prod/a/b",
    "protocol": "HTTP/1.1",
    "requestId": "ID",
    "requestTime": "22/Nov/2026:12:00:00 +0000",
    "requestTimeEpoch": 1795348800123,
    "resourceId": "res123",
    "resourcePath": "/{proxy+}",
    "stage": "Prod"
  },
  "resource": "/{proxy+}",
  "stageVariables": {
    "colour": "blue"
  }
}`

func TestProxyEvent(t *testing.T) {
	api := start(t, func(config *Config) { config.StageVariables = map[string]string{"colour": "blue"} })
	response, body := api.send(t, "POST", "/Prod/a/b?price=10&price=20&mail=a%2Bb@example.com&plus=a+b&bare", "こんにちは",
		"Accept: */*", "Accept-Encoding: ", "Content-Type: text/plain; charset=utf-8", "User-Agent: test/1",
		"X-Forwarded-For: 192.0.2.7", "X-Twice: one", "X-Twice: two", "Connection: keep-alive", "Max-Forwards: 3",
		"Te: trailers", "Content-MD5: eA==", "Www-Authenticate: x", "Server: x", "Proxy-Authenticate: x")
	event := parse(t, body)
	delete(event["headers"].(object), "Accept-Encoding") // of Go's transport, empty
	delete(event["multiValueHeaders"].(object), "Accept-Encoding")
	context := event["requestContext"].(object)
	if context["requestId"] != response.Header.Get("X-Amzn-Requestid") ||
		context["extendedRequestId"] != response.Header.Get("X-Amz-Apigw-Id") {
		t.Errorf("the ids are not those of the answer, %v: %v, %v", response.Header, context["requestId"],
			context["extendedRequestId"])
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if !uuid.MatchString(fmt.Sprint(context["requestId"])) {
		t.Errorf("%v is no UUID", context["requestId"])
	}
	context["requestId"], context["extendedRequestId"] = "ID", "EXTENDED"
	if got := indented(t, event); got != proxyEventGolden {
		t.Errorf("got %s", got)
	}
}

func TestProxyEventOfNothing(t *testing.T) {
	api := start(t, func(config *Config) { config.Methods[0].ResourcePath = "/plain" })
	event := api.event(t, "GET", "/Prod/plain", "")
	for _, field := range []string{
		"body", "pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables",
	} {
		if value, there := event[field]; !there || value != nil {
			t.Errorf("%s is %v, want null", field, value)
		}
	}
	if _, there := event["requestContext"].(object)["authorizer"]; there {
		t.Error("there is an authorizer, though nothing authorized")
	}
}

// TestProxyEventAuthorization checks that the function does not see a signature, but sees another Authorization
// header.
func TestProxyEventAuthorization(t *testing.T) {
	api := start(t, nil)
	for value, want := range map[string]any{"Bearer abc": "Bearer abc", "AWS4-HMAC-SHA256 Credential=x": nil} {
		event := api.event(t, "GET", "/Prod/x", "", "Authorization: "+value)
		_, multiple := event["multiValueHeaders"].(object)["Authorization"]
		if got := event["headers"].(object)["Authorization"]; got != want || multiple != (want != nil) {
			t.Errorf("%s: %v, %v", value, got, multiple)
		}
	}
}

func TestBody(t *testing.T) {
	png := "\x89PNG\xff"
	tests := []struct {
		name, why   string
		types       []string
		contentType string
		body, want  string
		base64      bool
	}{
		{name: "text", why: "no binary type is set", contentType: "text/plain", body: "größe", want: "größe"},
		{
			name: "not UTF-8", why: "is taken for text all the same",
			contentType: "image/png", body: png, want: "\uFFFDPNG\uFFFD",
		},
		{
			name: "binary type", why: "it is sent as base64",
			types: []string{"image/png"}, contentType: "image/png", body: png, want: "iVBOR/8=", base64: true,
		},
		{
			name: "parameters and case", why: "are no part of the type",
			types: []string{"image/png"}, contentType: "Image/PNG; x=1", body: png, want: "iVBOR/8=", base64: true,
		},
		{
			name: "another type", why: "is text",
			types: []string{"image/png"}, contentType: "application/json", body: "{}", want: "{}",
		},
		{
			name: "every type", why: "*/* is every type",
			types: []string{"*/*"}, contentType: "application/json", body: "{}", want: "e30=", base64: true,
		},
		{
			name: "every type, none given", why: "*/* is a missing type, too",
			types: []string{"*/*"}, body: "{}", want: "e30=", base64: true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := start(t, func(config *Config) { config.BinaryMediaTypes = test.types })
			event := api.event(t, "POST", "/Prod/x", test.body, "Content-Type: "+test.contentType)
			if event["body"] != test.want || event["isBase64Encoded"] != test.base64 {
				t.Errorf("%s: body %q, base64 %v", test.why, event["body"], event["isBase64Encoded"])
			}
		})
	}
}

func TestRequestSize(t *testing.T) {
	api := start(t, func(config *Config) {
		// Neither of these gateway responses changes the answer to a body over 10 MB.
		config.GatewayResponses = map[string]GatewayResponse{
			"DEFAULT_4XX": {StatusCode: 418}, "REQUEST_TOO_LARGE": {StatusCode: 419, Template: "x"},
		}
	})
	tests := []struct {
		name, why string
		size      int
		body      string
	}{
		{"over 10 MB", "API Gateway's limit", 10485761, `{"message":"HTTP content length exceeded 10485760 bytes."}`},
		{"over 6 MB", "Lambda's limit, with the rest of the event", 6291456, `{"message":"Request Too Long"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := api.send(t, "POST", "/Prod/x", strings.Repeat("x", test.size))
			expectRefusal(t, test.why, response, body, 413, "RequestTooLargeException", test.body)
		})
	}
	response, body := api.send(t, "POST", "/Prod/answer", `{"statusCode":200}`+strings.Repeat(" ", 6_000_000))
	if response.StatusCode != 200 {
		t.Errorf("6,000,000 bytes fit: %d %.200s", response.StatusCode, body)
	}
}

func indented(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
