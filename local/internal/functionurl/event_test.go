package functionurl

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestEvent compares a whole event. Its form is that of a live capture of July 2026 (github.com/hotsock/voker,
// vokerhttp/testdata/functionurl-request.json). The authorizer's part follows the example in the Lambda Developer
// Guide (urls-invocation). The signature is not in it, as in live events of AWS_IAM. The rest is this machine's.
func TestEvent(t *testing.T) {
	u := start(t, nil)
	const (
		body  = `{"unicode":"λ"}`
		query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com&literalPlus=a+b&encodedPlus=a%2Bb&empty=&bare"
	)
	r := u.request(t, "POST", "/capture/space%20value?"+query, body)
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"curl/8.7.1"}, "X-Probe": {"first", "second"},
		"Cookie": {"session=abc123; theme=dark"}, "X-Forwarded-For": {"203.0.113.9"}, "Accept-Encoding": {"gzip"},
		"Te": {"trailers"}, "Keep-Alive": {"timeout=5"}, // of the connection: not for the function
	}
	sign(t, r, body, u.credentials, clock)
	response, got := do(t, r)
	if response.StatusCode != 200 {
		t.Fatalf("%s\n%s", describe(response, got), u.log)
	}
	identity, _ := u.store.Lookup(u.credentials.AccessKeyID)
	want := `{
		"version": "2.0", "routeKey": "$default", "rawPath": "/capture/space%20value",
		"rawQueryString": "QUERY",
		"cookies": ["session=abc123", "theme=dark"],
		"headers": {
			"accept-encoding": "gzip", "content-length": "16",
			"content-type": "application/json", "cookie": "session=abc123; theme=dark",
			"host": "abc123.lambda-url.ap-northeast-1.on.aws", "user-agent": "curl/8.7.1",
			"x-amz-content-sha256": "HASH", "x-amz-date": "20261122T120000Z", "x-amz-security-token": "TOKEN",
			"x-amzn-trace-id": "TRACE", "x-forwarded-for": "203.0.113.9", "x-forwarded-port": "443",
			"x-forwarded-proto": "https", "x-probe": "first,second"
		},
		"queryStringParameters": {"repeat": "one,two", "redirect": "https://example.com", "literalPlus": "a b", "encodedPlus": "a+b", "empty": "", "bare": ""},
		"requestContext": {
			"accountId": "111122223333", "apiId": "abc123",
			"authorizer": {"iam": {
				"accessKey": "KEY", "accountId": "111122223333", "callerId": "ID:edge",
				"cognitoIdentity": null, "principalOrgId": null,
				"userArn": "arn:aws:sts::111122223333:assumed-role/signer/edge", "userId": "ID:edge"
			}},
			"domainName": "abc123.lambda-url.ap-northeast-1.on.aws", "domainPrefix": "abc123",
			"http": {
				"method": "POST", "path": "/capture/space value", "protocol": "HTTP/1.1",
				"sourceIp": "127.0.0.1", "userAgent": "curl/8.7.1"
			},
			"requestId": "REQUEST", "routeKey": "$default", "stage": "$default",
			"time": "22/Nov/2026:12:00:00 +0000", "timeEpoch": 1795348800000
		},
		"body": "{\"unicode\":\"λ\"}", "isBase64Encoded": false
	}`
	trace := regexp.MustCompile(`Root=1-[0-9a-f]{8}-[0-9a-f]{24}`).FindString(string(got))
	want = strings.NewReplacer(
		"QUERY", query, "HASH", r.Header.Get("X-Amz-Content-Sha256"),
		"TOKEN", u.credentials.SessionToken, "TRACE", trace, "KEY", u.credentials.AccessKeyID,
		"ID:edge", identity.Role.ID+":edge", "REQUEST", response.Header.Get("X-Amzn-Requestid"),
	).Replace(want)
	var gotValue, wantValue any
	if json.Unmarshal(got, &gotValue) != nil || json.Unmarshal([]byte(want), &wantValue) != nil {
		t.Fatal("not JSON")
	}
	if !reflect.DeepEqual(gotValue, wantValue) {
		t.Errorf("got\n%s\nwant\n%s", compact(t, got), compact(t, []byte(want)))
	}
}

// TestEventOfNone checks that the event leaves out the fields that a request does not have.
func TestEventOfNone(t *testing.T) {
	u := start(t, none(t))
	r := u.request(t, "GET", "/echo", "")
	r.Header.Set("Authorization", "Bearer x")
	_, got := do(t, r)
	var event map[string]any
	if err := json.Unmarshal(got, &event); err != nil {
		t.Fatal(err)
	}
	for _, absent := range []string{"body", "cookies", "queryStringParameters", "pathParameters"} {
		if _, ok := event[absent]; ok {
			t.Errorf("%s is there", absent)
		}
	}
	if headers := event["headers"].(map[string]any); headers["authorization"] != "Bearer x" {
		t.Error("a URL without IAM takes the caller's own Authorization away")
	}
	context := event["requestContext"].(map[string]any)
	if _, ok := context["authorizer"]; ok || context["accountId"] != "anonymous" || event["isBase64Encoded"] != false {
		t.Errorf("an anonymous event: %s", got)
	}
}

func TestEventBody(t *testing.T) {
	u := start(t, none(t))
	tests := []struct {
		name, why, contentType, body, want string
		base64                             bool
	}{
		{"text", "text/*", "text/plain; charset=utf-8", "hello", "hello", false},
		{"json", "named", "application/json", `{}`, `{}`, false},
		{"xml", "named", "Application/XML", `<a/>`, `<a/>`, false},
		{"javascript", "named", "application/javascript", `1`, `1`, false},
		{"json suffix", "not named", "application/problem+json", `{}`, "e30=", true},
		{"form", "not named", "application/x-www-form-urlencoded", "a=1", "YT0x", true},
		{"none", "no type is no text", "", "hello", "aGVsbG8=", true},
		{"binary", "bytes are kept", "application/octet-stream", "\x00\xff", "AP8=", true},
		{"text that is none", "bytes are kept", "text/plain", "\xff", "/w==", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := u.request(t, "POST", "/echo", test.body)
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			_, got := do(t, r)
			var event event
			if err := json.Unmarshal(got, &event); err != nil {
				t.Fatal(err)
			}
			if event.Body != test.want || event.IsBase64Encoded != test.base64 {
				t.Errorf("%s: body %q, base64 %v, want %q, %v", test.why, event.Body, event.IsBase64Encoded,
					test.want, test.base64)
			}
		})
	}
}

// TestEventSize checks the limit of 6 MB for the event. A binary body counts as base64.
func TestEventSize(t *testing.T) {
	u := start(t, none(t))
	tests := []struct {
		name, why, contentType string
		size, status           int
	}{
		{"5.9 MB of text", "fits", "text/plain", 6_200_000, 200},
		{"6 MB of text", "the rest of the event does not fit", "text/plain", maxRequestSize, 413},
		{"over 6 MB", "not even read to its end", "text/plain", maxRequestSize + 1, 413},
		{"4.5 MB of bytes", "reaches the function, which echoes no JSON", "application/octet-stream", 4_500_000, 502},
		{"5 MB of bytes", "4/3 of it do not fit", "application/octet-stream", 5_000_000, 413},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := u.request(t, "POST", "/response", `{"statusCode":200}`+strings.Repeat(" ", test.size-18))
			r.Header.Set("Content-Type", test.contentType)
			response, body := do(t, r)
			if response.StatusCode != test.status {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), u.log)
			}
		})
	}
	guarded := start(t, nil)
	response, body := do(t, guarded.request(t, "POST", "/echo", strings.Repeat(" ", maxRequestSize+1)))
	if response.StatusCode != 413 {
		t.Errorf("a body cut off is not verified but refused: %s", describe(response, body))
	}
}
