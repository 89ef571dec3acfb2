package functionurl

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestAnswer(t *testing.T) {
	u := start(t, none(t))
	tests := []struct {
		name, why, path, response string // the function returns the response
		status                    int
		header                    http.Header // some headers of the answer
		body                      string
		logged                    string
	}{
		{
			name: "format 2.0", why: "all of it",
			path: "/response",
			response: `{"statusCode":418,"headers":{"Content-Type":"text/plain","x-own":"a, b"},` +
				`"cookies":["a=1; Path=/","b=2"],"body":"tea"}`,
			status: 418,
			header: http.Header{
				"Content-Type": {"text/plain"}, "X-Own": {"a, b"}, "Set-Cookie": {"a=1; Path=/", "b=2"},
				"Content-Length": {"3"},
			},
			body: "tea",
		},
		{
			name: "status as text", why: "AWS takes it",
			path: "/response", response: `{"statusCode":"201","body":"x"}`, status: 201,
			header: http.Header{"Content-Type": {"application/json"}}, body: "x",
		},
		{
			name: "base64", why: "decoded",
			path: "/response", response: `{"statusCode":200,"body":"AP8=","isBase64Encoded":true}`, status: 200,
			body: "\x00\xff",
		},
		{
			name: "scalar headers", why: "as text",
			path:     "/response",
			response: `{"statusCode":200,"headers":{"x-number":1000000,"x-bool":true,"x-null":null}}`, status: 200,
			header: http.Header{"X-Number": {"1000000"}, "X-Bool": {"true"}, "X-Null": nil},
		},
		{
			name: "headers of the service", why: "renamed",
			path:     "/response",
			response: `{"statusCode":200,"headers":{"content-length":"99","date":"today","SERVER":"mine"},"body":"x"}`,
			status:   200,
			header: http.Header{
				"Content-Length": {"1"}, "X-Amzn-Remapped-Content-Length": {"99"}, "X-Amzn-Remapped-Date": {"today"},
				"Server": nil, "X-Amzn-Remapped-Server": {"mine"},
			},
			body: "x",
		},
		{
			name: "challenge", why: "renamed, whatever its case, so no browser asks for a password",
			path:     "/response",
			response: `{"statusCode":401,"headers":{"WWW-Authenticate":"Bearer realm=\"a\""}}`, status: 401,
			header: http.Header{
				"Www-Authenticate": nil, "X-Amzn-Remapped-Www-Authenticate": {`Bearer realm="a"`},
			},
		},
		{
			name: "challenge of a proxy", why: "nobody saw it renamed",
			path:     "/response",
			response: `{"statusCode":407,"headers":{"proxy-authenticate":"Basic"}}`, status: 407,
			header: http.Header{"Proxy-Authenticate": {"Basic"}},
		},
		{
			name: "header value with a tab and é", why: "HTTP carries both",
			path:     "/response",
			response: `{"statusCode":200,"headers":{"x-own":"a\tb é","x!#$%&'*+.^_|~-9":"x"}}`, status: 200,
			header: http.Header{"X-Own": {"a\tb é"}, "X!#$%&'*+.^_|~-9": {"x"}},
		},
		{
			name: "no status", why: "inferred",
			path: "/response", response: `{"hello":"world"}`, status: 200,
			header: http.Header{"Content-Type": {"application/json"}}, body: `{"hello":"world"}`,
		},
		{
			name: "list", why: "inferred",
			path: "/response", response: `["hello",3,true]`, status: 200,
			header: http.Header{"Content-Type": {"application/json"}}, body: `["hello",3,true]`,
		},
		{
			name: "string", why: "its text",
			path: "/response", response: `"hello"`, status: 200,
			header: http.Header{"Content-Type": {"application/json"}}, body: `hello`,
		},
		{
			name: "null", why: "inferred",
			path: "/response", response: `null`, status: 200,
			header: http.Header{"Content-Type": {"application/json"}}, body: `null`,
		},
		{
			name: "no content", why: "no body, no length",
			path: "/response", response: `{"statusCode":204,"body":"x"}`, status: 204,
			header: http.Header{"Content-Length": nil},
		},
		{
			name: "prelude", why: "buffered, since the URL is",
			path: "/stream", status: 201,
			header: http.Header{
				"Content-Type": {"text/event-stream"}, "Set-Cookie": {"a=1", "b=2"}, "Content-Length": {"7"},
			},
			body: "one two",
		},

		{
			name: "not JSON", why: "no response",
			path: "/text", response: `hello`, status: 502, body: "Internal Server Error",
			logged: "function Stack/Orders: the function's response is not JSON",
		},
		{
			name: "status out of range", why: "no response",
			path: "/response", response: `{"statusCode":100}`, status: 502, body: "Internal Server Error",
			logged: "status code 100",
		},
		{
			name: "status of another kind", why: "no response",
			path: "/response", response: `{"statusCode":true}`, status: 502, body: "Internal Server Error",
			logged: "not of format 2.0",
		},
		{
			name: "header of another kind", why: "no response",
			path: "/response", response: `{"statusCode":200,"headers":{"x":["a"]}}`, status: 502,
			body: "Internal Server Error", logged: `a header "x" that is not a string`,
		},
		{
			name: "header name with a space", why: "HTTP cannot carry it",
			path: "/response", response: `{"statusCode":200,"headers":{"x a":"b"}}`, status: 502,
			body: "Internal Server Error", logged: `a header "x a", and HTTP allows no such name`,
		},
		{
			name: "header name with a newline", why: "another header would come with it",
			path: "/response", response: `{"statusCode":200,"headers":{"x\nset-cookie":"b"}}`, status: 502,
			body: "Internal Server Error", logged: `a header "x\nset-cookie", and HTTP allows no such name`,
		},
		{
			name: "empty header name", why: "HTTP cannot carry it",
			path: "/response", response: `{"statusCode":200,"headers":{"":"b"}}`, status: 502,
			body: "Internal Server Error", logged: `a header "", and HTTP allows no such name`,
		},
		{
			name: "header value with a newline", why: "another header would come with it",
			path: "/response", response: `{"statusCode":200,"headers":{"x-own":"secret\r\nset-cookie: b"}}`,
			status: 502, body: "Internal Server Error",
			logged: `a header "x-own" with a control character in its value`,
		},
		{
			name: "header value with NUL", why: "HTTP cannot carry it",
			path: "/response", response: `{"statusCode":200,"headers":{"x-own":"a\u0000"}}`, status: 502,
			body: "Internal Server Error", logged: `a header "x-own" with a control character in its value`,
		},
		{
			name: "cookie with a newline", why: "another header would come with it",
			path: "/response", response: `{"statusCode":200,"cookies":["a=1","secret\nx: y"]}`, status: 502,
			body: "Internal Server Error", logged: `a header "Set-Cookie" with a control character in its value`,
		},
		{
			name: "not base64", why: "no response",
			path: "/response", response: `{"statusCode":200,"body":"%","isBase64Encoded":true}`, status: 502,
			body: "Internal Server Error", logged: "not base64",
		},
		{
			name: "too large", why: "6 MB",
			path: "/large", status: 502, body: "Internal Server Error",
			logged: "exceeded maximum allowed payload size (6291556 bytes)",
		},
		{
			name: "function error", why: "AWS tells nothing of it",
			path: "/fail", status: 502,
			header: http.Header{
				"Content-Type": {"application/json"}, "X-Amzn-Errortype": {"InternalServerErrorException"},
			},
			body: "Internal Server Error", logged: "function Stack/Orders: the function reported",
		},
		{
			name: "death", why: "the process ended",
			path: "/die", status: 502, body: "Internal Server Error",
			logged: "function Stack/Orders: the function's process ended: exit status 3",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(u.log.String())
			r := u.request(t, "POST", test.path, test.response)
			r.Header.Set("Content-Type", "text/plain")
			response, body := do(t, r)
			if response.StatusCode != test.status || string(body) != test.body {
				t.Errorf("%s: %s", test.why, describe(response, body))
			}
			for name, values := range test.header {
				if got := response.Header[name]; !reflect.DeepEqual(got, values) {
					t.Errorf("%s: %s %q, want %q", test.why, name, got, values)
				}
			}
			logged := u.log.String()[before:]
			want := cmp.Or(test.logged, " ms  function Stack/Orders\n")
			if !strings.Contains(logged, want) || strings.Count(logged, "\n") != 1 {
				t.Errorf("the log does not say %q but:\n%s", want, logged)
			}
			if strings.Contains(logged, "secret") {
				t.Errorf("the log tells a value:\n%s", logged)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	u := startWithTimeout(t, 100*time.Millisecond, none(t))
	response, body := do(t, u.request(t, "GET", "/sleep", ""))
	const reason = "function Stack/Orders: the function timed out"
	if response.StatusCode != 502 || !strings.Contains(u.log.String(), reason) {
		t.Errorf("%s\n%s", describe(response, body), u.log)
	}
}

func TestAnswerToHead(t *testing.T) {
	u := start(t, none(t))
	response, body := do(t, u.request(t, "HEAD", "/echo", ""))
	if response.StatusCode != 200 || len(body) != 0 || response.ContentLength < 100 {
		t.Errorf("a HEAD is answered by the headers of the GET: %s", describe(response, body))
	}
}

// TestStream checks that the first part of a streamed response arrives while the function still waits to write
// the second.
func TestStream(t *testing.T) {
	response, rest, err := streamGated(t, "/stream")
	if rest != "two" || err != nil {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	if response.StatusCode != 201 || response.ContentLength != -1 ||
		response.Header.Get("X-Own") != "1" || len(response.Header["Set-Cookie"]) != 2 {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
}

// TestStreamDies checks that a response that ends too early is not taken for a whole one.
func TestStreamDies(t *testing.T) {
	if _, rest, err := streamGated(t, "/stream-dies"); rest != "" || err == nil {
		t.Errorf("the rest is %q, %v", rest, err)
	}
}

// streamGated reads the first part of a streamed response, and only then lets the function go on.
func streamGated(t *testing.T, path string) (response *http.Response, rest string, err error) {
	t.Helper()
	u := start(t, func(config *Config) { none(t)(config); config.InvokeMode = ModeStream })
	gate, err := net.Listen("tcp", "127.0.0.1:0") // the function goes on once this answers
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
	t.Cleanup(func() { _ = server.Close(); _ = gate.Close() })
	_, port, _ := net.SplitHostPort(gate.Addr().String())
	response, err = http.DefaultTransport.RoundTrip(u.request(t, "GET", path+"?"+port, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	part := make([]byte, len("one "))
	if _, err := io.ReadFull(response.Body, part); string(part) != "one " || err != nil {
		t.Fatalf("the first part is %q, %v", part, err)
	}
	go func() { _ = server.Serve(gate) }()
	text, err := io.ReadAll(response.Body)
	return response, string(text), err
}

// TestStreamOfBuffered checks that a streaming URL does not look into a response without prelude, as seen on AWS.
func TestStreamOfBuffered(t *testing.T) {
	u := start(t, func(config *Config) { none(t)(config); config.InvokeMode = ModeStream })
	const tea = `{"statusCode":418,"body":"tea"}`
	r := u.request(t, "POST", "/response", tea)
	r.Header.Set("Content-Type", "text/plain")
	response, body := do(t, r)
	contentType := response.Header.Get("Content-Type")
	if response.StatusCode != 200 || string(body) != tea || contentType != "application/json" {
		t.Error(describe(response, body))
	}
}

// TestDeathIsOfOneRequest kills the function and expects the next request to be answered.
func TestDeathIsOfOneRequest(t *testing.T) {
	u := start(t, none(t))
	for i, want := range []int{200, 502, 200} {
		path := []string{"/echo", "/die", "/echo"}[i]
		if response, body := do(t, u.request(t, "GET", path, "")); response.StatusCode != want {
			t.Errorf("%s: %s", fmt.Sprint(i, " ", path), describe(response, body))
		}
	}
}
