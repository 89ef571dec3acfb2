package functionurl

import (
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
		name, why, path, response string // response is what the function returns
		status                    int
		header                    http.Header // part of it
		body                      string
		verbose                   string
	}{
		{
			"format 2.0", "all of it", "/response", `{"statusCode":418,"headers":{"Content-Type":"text/plain","x-own":"a, b"},"cookies":["a=1; Path=/","b=2"],"body":"tea"}`, 418,
			http.Header{"Content-Type": {"text/plain"}, "X-Own": {"a, b"}, "Set-Cookie": {"a=1; Path=/", "b=2"}, "Content-Length": {"3"}},
			"tea", "",
		},
		{"status as text", "AWS takes it", "/response", `{"statusCode":"201","body":"x"}`, 201, http.Header{"Content-Type": {"application/json"}}, "x", ""},
		{"base64", "decoded", "/response", `{"statusCode":200,"body":"AP8=","isBase64Encoded":true}`, 200, nil, "\x00\xff", ""},
		{"scalar headers", "as text", "/response", `{"statusCode":200,"headers":{"x-number":1000000,"x-bool":true,"x-null":null}}`, 200, http.Header{"X-Number": {"1000000"}, "X-Bool": {"true"}, "X-Null": nil}, "", ""},
		{
			"headers of the service", "renamed", "/response", `{"statusCode":200,"headers":{"content-length":"99","date":"today"},"body":"x"}`, 200,
			http.Header{"Content-Length": {"1"}, "X-Amzn-Remapped-Content-Length": {"99"}, "X-Amzn-Remapped-Date": {"today"}},
			"x", "",
		},
		{"no status", "inferred", "/response", `{"hello":"world"}`, 200, http.Header{"Content-Type": {"application/json"}}, `{"hello":"world"}`, ""},
		{"list", "inferred", "/response", `["hello",3,true]`, 200, http.Header{"Content-Type": {"application/json"}}, `["hello",3,true]`, ""},
		{"string", "its text", "/response", `"hello"`, 200, http.Header{"Content-Type": {"application/json"}}, `hello`, ""},
		{"null", "inferred", "/response", `null`, 200, http.Header{"Content-Type": {"application/json"}}, `null`, ""},
		{"no content", "no body, no length", "/response", `{"statusCode":204,"body":"x"}`, 204, http.Header{"Content-Length": nil}, "", ""},
		{"prelude", "buffered, since the URL is", "/stream", "", 201, http.Header{"Content-Type": {"text/event-stream"}, "Set-Cookie": {"a=1", "b=2"}, "Content-Length": {"7"}}, "one two", ""},

		{"not JSON", "no response", "/text", `hello`, 502, nil, "Internal Server Error", "response: the function's response is not JSON"},
		{"status out of range", "no response", "/response", `{"statusCode":100}`, 502, nil, "Internal Server Error", "status code 100"},
		{"status of another kind", "no response", "/response", `{"statusCode":true}`, 502, nil, "Internal Server Error", "not of format 2.0"},
		{"header of another kind", "no response", "/response", `{"statusCode":200,"headers":{"x":["a"]}}`, 502, nil, "Internal Server Error", `a header "x" that is not a string`},
		{"not base64", "no response", "/response", `{"statusCode":200,"body":"%","isBase64Encoded":true}`, 502, nil, "Internal Server Error", "not base64"},
		{"too large", "6 MB", "/large", "", 502, nil, "Internal Server Error", "exceeded maximum allowed payload size (6291556 bytes)"},
		{"function error", "AWS tells nothing of it", "/fail", "", 502, http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {"InternalServerErrorException"}}, "Internal Server Error", "function: the function reported"},
		{"death", "the process ended", "/die", "", 502, nil, "Internal Server Error", "function: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(u.verbose.String())
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
			if verbose := u.verbose.String()[before:]; !strings.Contains(verbose, test.verbose) || (verbose == "") != (test.verbose == "") {
				t.Errorf("--verbose does not say %q but:\n%s", test.verbose, verbose)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	u := startWithTimeout(t, 100*time.Millisecond, none(t))
	response, body := do(t, u.request(t, "GET", "/sleep", ""))
	if response.StatusCode != 502 || !strings.Contains(u.verbose.String(), "function: Stack/Orders: the function timed out") {
		t.Errorf("%s\n%s", describe(response, body), u.verbose)
	}
}

func TestAnswerToHead(t *testing.T) {
	u := start(t, none(t))
	response, body := do(t, u.request(t, "HEAD", "/echo", ""))
	if response.StatusCode != 200 || len(body) != 0 || response.ContentLength < 100 {
		t.Errorf("a HEAD is answered by the headers of the GET: %s", describe(response, body))
	}
}

// TestStream checks that the first part of a streamed response arrives while the function still waits to write the second.
func TestStream(t *testing.T) {
	response, rest, err := streamGated(t, "/stream")
	if rest != "two" || err != nil {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	if response.StatusCode != 201 || response.Header.Get("X-Own") != "1" || len(response.Header["Set-Cookie"]) != 2 || response.ContentLength != -1 {
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
	r := u.request(t, "POST", "/response", `{"statusCode":418,"body":"tea"}`)
	r.Header.Set("Content-Type", "text/plain")
	response, body := do(t, r)
	if response.StatusCode != 200 || string(body) != `{"statusCode":418,"body":"tea"}` || response.Header.Get("Content-Type") != "application/json" {
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
