package cloudfront_test

import (
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

func TestViewerRequestFaults(t *testing.T) {
	c := config(newOrigin(t), behavior(associated("viewer-request")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, log := serve(t, c)
	for _, row := range []struct {
		name, why, target string
		status            int
		reason            string
	}{
		{"method", "read-only", "/method", 502, "request.method is read-only"},
		{"no method", "the structure must be the same", "/no-method", 502, "neither a request"},
		{"relative uri", "", "/uri-without-slash", 502, "request.uri does not begin with a slash"},
		{"space in the uri", "", "/uri-with-space", 502, "request.uri has a space"},
		{"space in the query", "", "/query-with-space", 502, "request.querystring has a space"},
		{"list as query", "", "/query-list", 502, "request.querystring is neither"},
		{"too long", "8,192 with the query", "/query-too-long", 502, "longer than 8192"},
		{"forbidden header", "disallowed for every edge function", "/forbidden", 502, "x-edge-anything is not allowed"},
		{"upper case", "names are in lower case", "/upper-case", 502, "not in lower case"},
		{"host", "read-only", "/host", 502, "host is read-only"},
		{"via", "read-only, so it may not be added", "/via", 502, "via is read-only"},
		{"headers gone", "and with them the read-only ones", "/no-headers", 502, "host is read-only"},
		{"cookie as header", "it would be there twice", "/cookie-header", 502, "cookie has a field of its own"},
		{"line break", "would be a header of its own", "/line-break", 502, "control character"},
		{"line break in a cookie", "", "/cookie-line-break", 502, "request.cookies: the value of the header cookie has a control character"},
		{"number", "values are strings", "/number", 502, "not an object of the documented structure"},
		{"no value", "", "/no-value", 502, "not an object of the documented structure"},
		{"null", "", "/null", 502, "not an object of the documented structure"},
		{"nothing", "", "/nothing", 502, "not an object of the documented structure"},
		{"text", "", "/text", 502, "not an object of the documented structure"},
		{"status as text", "a number, other than in Lambda@Edge", "/status-text", 502, "not an object of the documented structure"},
		{"status too small", "", "/status-small", 502, "response.statusCode"},
		{"body not base64", "", "/body-base64", 502, "not valid base64"},
		{"unknown encoding", "", "/body-encoding", 502, "neither text nor base64"},
		{"number as body", "", "/body-number", 502, "response.body is neither"},
		{"forbidden response header", "", "/response-forbidden", 502, "connection is not allowed"},
		{"via in the response", "read-only", "/response-via", 502, "via is read-only"},
		{"set-cookie as header", "", "/response-set-cookie", 502, "set-cookie has a field of its own"},
		{"line break in Set-Cookie", "", "/response-cookie", 502, "response.cookies"},
		{"throw", "", "/throw", 503, "on purpose"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, "GET", row.target+"?token=secret", "X-Secret: secret", "Cookie: a=secret")
			cache := map[int]string{502: "FunctionValidationError from cloudfront", 503: "FunctionExecutionError from cloudfront"}[row.status]
			if response.StatusCode != row.status || response.Header.Get("X-Cache") != cache || !strings.Contains(body, "The CloudFront function") {
				t.Fatalf("%s: %d %s %s", row.why, response.StatusCode, response.Header.Get("X-Cache"), body)
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if last := lines[len(lines)-1]; !strings.Contains(last, row.reason) || !strings.Contains(last, viewerARN+" on viewer-request") {
				t.Errorf("the log does not say %q: %s", row.reason, last)
			}
		})
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log has what a viewer sent:\n%s", log)
	}
}

func TestEndlessViewerFunction(t *testing.T) {
	c := config(newOrigin(t), behavior(associated("viewer-request")), nil)
	c.ViewerFunctions = viewerFunctions(t, `function handler(event) { for (;;) {} }`)
	address, log := serve(t, c)
	if response, body := get(t, address, "GET", "/"); response.StatusCode != 503 || !strings.Contains(log.String(), lambda.ErrTimeout.Error()) {
		t.Errorf("%d %s\n%s", response.StatusCode, body, log)
	}
}
