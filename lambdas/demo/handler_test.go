package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// event returns a request in payload format 2.0, as the edge signer's would arrive.
func event(method, path, query string) request {
	r := request{
		Version: "2.0", RawPath: path, RawQueryString: query,
		Headers: map[string]string{
			"host":                 "abc.lambda-url.eu-west-1.on.aws",
			"authorization":        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/…, Signature=f00dfeed",
			"x-amz-security-token": "the-session-token",
			"x-amz-date":           "20260102T030405Z",
		},
		QueryStringParameters: map[string]string{},
	}
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		r.QueryStringParameters[name] = value
	}
	r.RequestContext.HTTP = events.LambdaFunctionURLRequestContextHTTPDescription{
		Method: method, Path: path, SourceIP: "192.0.2.7",
	}
	r.RequestContext.Authorizer = &events.LambdaFunctionURLRequestContextAuthorizerDescription{
		IAM: &events.LambdaFunctionURLRequestContextAuthorizerIAMDescription{
			AccountID: "111122223333",
			UserARN:   "arn:aws:sts::111122223333:assumed-role/edge-signer-role/us-east-1.edge",
		},
	}
	return r
}

func TestHandleRoutes(t *testing.T) {
	for _, test := range []struct {
		name, why           string
		method, path, query string
		status              int
		contentType, body   string // The body is a part of the answer's.
	}{
		{
			name: "page", why: "the front page greets",
			method: "GET", path: "/", status: 200, contentType: "text/html; charset=utf-8",
			body: "<h1>Hello from Lambda!</h1>",
		},
		{
			name: "page, HEAD", why: "HEAD is GET without the body, which HTTP leaves out",
			method: "HEAD", path: "/", status: 200, contentType: "text/html; charset=utf-8",
		},
		{
			name: "page, POST", why: "only GET has a page",
			method: "POST", path: "/", status: 405, contentType: "application/json", body: `"MethodNotAllowed"`,
		},
		{
			name: "echo below", why: "everything under /echo/ is echoed",
			method: "PUT", path: "/echo/a/b", status: 200, contentType: "application/json",
			body: `"rawPath":"/echo/a/b"`,
		},
		{
			name: "echo's namesake", why: "/echoes is not under /echo",
			method: "GET", path: "/echoes", status: 404, contentType: "application/json", body: `"NotFound"`,
		},
		{
			name: "unknown", why: "the rest is 404 in JSON",
			method: "DELETE", path: "/nothing", status: 404, contentType: "application/json",
			body: `"NotFound"`,
		},
		{
			name: "status", why: "the status asked for",
			method: "GET", path: "/status/418", status: 418, contentType: "text/plain; charset=utf-8",
			body: "418 I'm a teapot",
		},
		{
			name: "status without a name", why: "any number in range is answered",
			method: "GET", path: "/status/599", status: 599, contentType: "text/plain; charset=utf-8",
			body: "599",
		},
		{
			name: "status without content", why: "204 has no body and no type",
			method: "GET", path: "/status/204", status: 204,
		},
		{
			name: "status too low", why: "1xx is no final status",
			method: "GET", path: "/status/199", status: 400, contentType: "application/json",
			body: `"BadStatus"`,
		},
		{
			name: "status too high", why: "6xx does not exist",
			method: "GET", path: "/status/600", status: 400, contentType: "application/json",
			body: `"BadStatus"`,
		},
		{
			name: "status in words", why: "not a number",
			method: "GET", path: "/status/teapot", status: 400, contentType: "application/json",
			body: `"BadStatus"`,
		},
		{
			name: "slow, no seconds", why: "no default: a typing error must not cost 40 s",
			method: "GET", path: "/slow", status: 400, contentType: "application/json", body: "from 0 to 55",
		},
		{
			name: "slow, negative", why: "below the bounds",
			method: "GET", path: "/slow", query: "seconds=-1", status: 400, contentType: "application/json",
			body: `"BadSeconds"`,
		},
		{
			name: "slow, too long", why: "the function's timeout would end it",
			method: "GET", path: "/slow", query: "seconds=56", status: 400, contentType: "application/json",
			body: `"BadSeconds"`,
		},
		{
			name: "slow, two values", why: "Lambda joins repeated names by commas",
			method: "GET", path: "/slow", query: "seconds=1,2", status: 400, contentType: "application/json",
			body: `"BadSeconds"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := handle(t.Context(), event(test.method, test.path, test.query))
			if err != nil {
				t.Fatal(err)
			}
			if got.StatusCode != test.status || got.Headers["content-type"] != test.contentType ||
				!strings.Contains(got.Body, test.body) {
				t.Errorf("%s: got %d %q\n%s", test.why, got.StatusCode, got.Headers["content-type"], got.Body)
			}
			if got.Headers["cache-control"] != "no-store" {
				t.Errorf("cache-control is %q", got.Headers["cache-control"])
			}
		})
	}
}

func TestEcho(t *testing.T) {
	binary := string([]byte{0, 0xff, 0x80, '\n'})
	for _, test := range []struct {
		name, why, method, body string
		base64, whole           bool
	}{
		{"text", "a text body arrives as it is", "POST", "héllo <b>", false, true},
		{"binary", "a binary body arrives in base64", "PATCH", binary, true, true},
		{"empty", "no body is an empty body", "GET", "", false, true},
		{"HEAD", "its hash header is of the JSON that GET would show", "HEAD", "", false, true},
		{"64 KB", "the longest that is echoed whole", "PUT", strings.Repeat("x", 64<<10), true, true},
		{"64 KB and one", "only its hash is answered", "PUT", strings.Repeat("x", 64<<10+1), true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := event(test.method, "/echo", "a=1&a=%2B&b")
			r.Cookies = []string{"session=1", "theme=dark"}
			r.Body, r.IsBase64Encoded = test.body, test.base64
			if test.base64 {
				r.Body = base64.StdEncoding.EncodeToString([]byte(test.body))
			}
			got, err := handle(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			var echo struct {
				Method, RawPath, RawQuery, BodySha256 string
				Headers                               map[string]string
				Cookies                               []string
				BodyBase64                            *string
			}
			if err := json.Unmarshal([]byte(got.Body), &echo); err != nil {
				t.Fatal(err)
			}
			if echo.Method != test.method || echo.RawPath != "/echo" || echo.RawQuery != "a=1&a=%2B&b" {
				t.Errorf("request line: %+v", echo)
			}
			if !slices.Equal(echo.Cookies, r.Cookies) || echo.Headers["x-amz-date"] != "20260102T030405Z" {
				t.Errorf("cookies %v, headers %v", echo.Cookies, echo.Headers)
			}
			if echo.BodySha256 != hexSum(test.body) {
				t.Errorf("bodySha256 is %s", echo.BodySha256)
			}
			if got, want := got.Headers["x-echo-sha256"], hexSum(got.Body); got != want {
				t.Errorf("x-echo-sha256 is %s, the answer's hash %s", got, want)
			}
			if (echo.BodyBase64 != nil) != test.whole {
				t.Fatalf("%s: bodyBase64 there: %t", test.why, echo.BodyBase64 != nil)
			}
			if test.whole && *echo.BodyBase64 != base64.StdEncoding.EncodeToString([]byte(test.body)) {
				t.Errorf("%s: bodyBase64 is %s", test.why, *echo.BodyBase64)
			}
		})
	}
}

// The fields are an interface. Clients and tests expect exactly these names.
func TestEchoFieldNames(t *testing.T) {
	got, err := handle(t.Context(), event("GET", "/echo", ""))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(got.Body), &fields); err != nil {
		t.Fatal(err)
	}
	want := []string{"bodyBase64", "bodySha256", "cookies", "headers", "method", "rawPath", "rawQuery"}
	if names := slices.Sorted(maps.Keys(fields)); !slices.Equal(names, want) {
		t.Errorf("fields are %v", names)
	}
	if cookies, isList := fields["cookies"].([]any); !isList || len(cookies) != 0 {
		t.Errorf("no cookies are %v, want an empty list", fields["cookies"])
	}
}

// A function that shows the edge signer's session token would hand out the right to call it.
func TestSecretsStayHidden(t *testing.T) {
	for _, path := range []string{"/", "/echo", "/echo/x"} {
		r := event("GET", path, "")
		r.Headers["X-Amz-Security-Token"] = "in-any-case"
		got, err := handle(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"the-session-token", "in-any-case", "f00dfeed", "AKIDEXAMPLE", "111122223333"} {
			if strings.Contains(got.Body, secret) {
				t.Errorf("%s shows %q:\n%s", path, secret, got.Body)
			}
		}
		if !strings.Contains(got.Body, "(hidden)") {
			t.Errorf("%s does not say that something is hidden", path)
		}
	}
}

func TestPageEscapesAndNamesTheSigner(t *testing.T) {
	r := event("GET", "/", "q=<script>alert(1)</script>")
	r.Headers["user-agent"] = `"><img src=x onerror=alert(1)>`
	got, err := handle(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.Body, "<script") || strings.Contains(got.Body, "<img") {
		t.Errorf("markup of the request is in the page:\n%s", got.Body)
	}
	for _, part := range []string{"role edge-signer-role", "192.0.2.7", "&lt;script&gt;", `name="viewport"`} {
		if !strings.Contains(got.Body, part) {
			t.Errorf("the page has no %q", part)
		}
	}
	r.RequestContext.Authorizer = nil
	if got, _ = handle(t.Context(), r); !strings.Contains(got.Body, "<dd>nobody</dd>") {
		t.Error("an unsigned request is shown as signed")
	}
}

func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		got, err := handle(t.Context(), event("GET", "/slow", "seconds=40"))
		if err != nil || got.StatusCode != 200 || got.Body != "Hello from Lambda!" {
			t.Errorf("got %d %q, %v", got.StatusCode, got.Body, err)
		}
		if took := time.Since(start); took != 40*time.Second {
			t.Errorf("it took %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
		defer cancel()
		if got, err := handle(ctx, event("GET", "/slow", "seconds=895")); err != nil || got.StatusCode != 200 {
			t.Errorf("a function with 15 minutes: %d %s, %v", got.StatusCode, got.Body, err)
		}
		if got, err := handle(ctx, event("GET", "/slow", "seconds=10")); err != nil || got.StatusCode != 400 {
			t.Errorf("with 5 seconds left: %d %s, %v", got.StatusCode, got.Body, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := handle(ctx, event("GET", "/slow", "seconds=55")); !errors.Is(err, context.Canceled) {
			t.Errorf("ended in the middle: %v", err)
		}
	})
}

func TestEchoRefusesABrokenEvent(t *testing.T) {
	r := event("POST", "/echo", "")
	r.Body, r.IsBase64Encoded = "not base64!", true
	if _, err := handle(t.Context(), r); err == nil {
		t.Error("a body that is not base64 was taken")
	}
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
