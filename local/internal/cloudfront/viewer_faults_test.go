package cloudfront_test

import (
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

func TestViewerRequestFaults(t *testing.T) {
	c := config(newOrigin(t), behavior(associations("viewer-request")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, log := serve(t, c)
	for _, row := range []struct {
		name, why, target string
		status            int
		reason            string
	}{
		{name: "method", why: "read-only", target: "/method", status: 502, reason: "request.method is read-only"},
		{
			name: "no method", why: "the structure must be the same",
			target: "/no-method", status: 502, reason: "neither a request",
		},
		{
			name: "relative uri", target: "/uri-without-slash", status: 502,
			reason: "request.uri does not begin with a slash",
		},
		{name: "space in the uri", target: "/uri-with-space", status: 502, reason: "request.uri has a space"},
		{
			name: "space in the query", target: "/query-with-space", status: 502,
			reason: "request.querystring has a space",
		},
		{name: "list as query", target: "/query-list", status: 502, reason: "request.querystring is neither"},
		{
			name: "too long", why: "8,192 with the query",
			target: "/query-too-long", status: 502, reason: "longer than 8192",
		},
		{
			name: "forbidden header", why: "disallowed for every edge function",
			target: "/forbidden", status: 502, reason: "x-edge-anything is not allowed",
		},
		{
			name: "upper case", why: "names are in lower case",
			target: "/upper-case", status: 502, reason: "not in lower case",
		},
		{name: "host", why: "read-only", target: "/host", status: 502, reason: "host is read-only"},
		{
			name: "via", why: "read-only, so it may not be added",
			target: "/via", status: 502, reason: "via is read-only",
		},
		{
			name: "headers gone", why: "and with them the read-only ones",
			target: "/no-headers", status: 502, reason: "host is read-only",
		},
		{
			name: "cookie as header", why: "it would be there twice",
			target: "/cookie-header", status: 502, reason: "cookie belongs in the field cookies",
		},
		{
			name: "line break", why: "would become another header",
			target: "/line-break", status: 502, reason: "control character",
		},
		{
			name: "line break in a cookie", target: "/cookie-line-break", status: 502,
			reason: "request.cookies: the value of the header cookie has a control character",
		},
		{
			name: "number", why: "values are strings",
			target: "/number", status: 502, reason: "not an object of the documented structure",
		},
		{name: "no value", target: "/no-value", status: 502, reason: "not an object of the documented structure"},
		{name: "null", target: "/null", status: 502, reason: "not an object of the documented structure"},
		{name: "nothing", target: "/nothing", status: 502, reason: "not an object of the documented structure"},
		{name: "text", target: "/text", status: 502, reason: "not an object of the documented structure"},
		{
			name: "status as text", why: "a number, other than in Lambda@Edge",
			target: "/status-text", status: 502, reason: "not an object of the documented structure",
		},
		{name: "status too small", target: "/status-small", status: 502, reason: "response.statusCode"},
		{name: "body not base64", target: "/body-base64", status: 502, reason: "not valid base64"},
		{name: "unknown encoding", target: "/body-encoding", status: 502, reason: "neither text nor base64"},
		{name: "number as body", target: "/body-number", status: 502, reason: "response.body is neither"},
		{
			name: "forbidden response header", target: "/response-forbidden", status: 502,
			reason: "connection is not allowed",
		},
		{
			name: "via in the response", why: "read-only",
			target: "/response-via", status: 502, reason: "via is read-only",
		},
		{
			name: "set-cookie as header", target: "/response-set-cookie", status: 502,
			reason: "set-cookie belongs in the field cookies",
		},
		{name: "line break in Set-Cookie", target: "/response-cookie", status: 502, reason: "response.cookies"},
		{name: "throw", target: "/throw", status: 503, reason: "on purpose"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, "GET", row.target+"?token=secret", "X-Secret: secret", "Cookie: a=secret")
			cache := map[int]string{
				502: "FunctionValidationError from cloudfront",
				503: "FunctionExecutionError from cloudfront",
			}[row.status]
			wrong := response.StatusCode != row.status || response.Header.Get("X-Cache") != cache ||
				!strings.Contains(body, "The CloudFront function")
			if wrong {
				t.Fatalf("%s: %d %s %s", row.why, response.StatusCode, response.Header.Get("X-Cache"), body)
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			last := lines[len(lines)-1]
			const by = "CloudFront Function Demo/Host: on viewer-request"
			if !strings.Contains(last, row.reason) || !strings.Contains(last, by) {
				t.Errorf("the log does not say %q: %s", row.reason, last)
			}
		})
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log has what a viewer sent:\n%s", log)
	}
}

func TestEndlessViewerFunction(t *testing.T) {
	c := config(newOrigin(t), behavior(associations("viewer-request")), nil)
	c.ViewerFunctions = viewerFunctions(t, `function handler(event) { for (;;) {} }`)
	address, log := serve(t, c)
	response, body := get(t, address, "GET", "/")
	if response.StatusCode != 503 || !strings.Contains(log.String(), lambda.ErrTimeout.Error()) {
		t.Errorf("%d %s\n%s", response.StatusCode, body, log)
	}
}
