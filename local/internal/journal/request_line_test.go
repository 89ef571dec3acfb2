package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// times are the parts of a line that differ from run to run.
var times = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} | (\d|\d\.\d|\d+) ms `)

// lineOf is the text of a request that a handler answers, without times.
func lineOf(t *testing.T, options Options, method, target string, handler http.HandlerFunc) string {
	t.Helper()
	var text bytes.Buffer
	options.To = &text
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Method, request.RequestURI = method, target
	func() {
		defer func() { _ = recover() }()
		New(options).Handler("Demo/Url", handler).ServeHTTP(httptest.NewRecorder(), request)
	}()
	return times.ReplaceAllString(text.String(), "")
}

func TestRequestLine(t *testing.T) {
	decided := func(by, reason string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			From(r.Context()).Decide(by, reason)
			w.WriteHeader(http.StatusForbidden)
		}
	}
	for _, row := range []struct {
		name, why, target string
		handler           http.HandlerFunc
		want              string
	}{
		{
			name: "decided", why: "a reason stands behind who decided", target: "/orders",
			handler: decided("web ACL Demo/Acl", "rate rule Flood"),
			want:    "GET /orders 403 web ACL Demo/Acl: rate rule Flood\n",
		},
		{
			name: "no reason", why: "a function answers for no reason", target: "/",
			handler: decided("function Demo/Fn", ""), want: "GET / 403 function Demo/Fn\n",
		},
		{
			name: "nobody decided", why: "what listens did", target: "/",
			handler: func(http.ResponseWriter, *http.Request) {}, want: "GET / 200 Demo/Url\n",
		},
		{
			name: "query", why: "it may hold tokens", target: "/a?token=secret", handler: decided("x", ""),
			want: "GET /a 403 x\n",
		},
		{
			name: "long path", why: "200 bytes say enough", target: "/" + strings.Repeat("a", 300),
			handler: decided("x", ""), want: "GET /" + strings.Repeat("a", 199) + "… 403 x\n",
		},
		{
			name: "characters of a path", why: "none of them moves the cursor or turns text around",
			target: "/ä\u202e\x1b[2K\xff\r\n", handler: decided("x", ""),
			want: `GET /ä\u202e\x1b[2K\xff\r  403 x` + "\n",
		},
		{
			name: "characters of a reason", why: "an error of a function has any text", target: "/",
			handler: decided("x", "a\n23:59:59.999 GET / 200 1 ms  forged\u2028\x00"),
			want:    `GET / 403 x: a 23:59:59.999 GET / 200 forged\u2028\x00` + "\n",
		},
		{
			name: "informational", why: "the status of the response comes later", target: "/",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusNotFound)
			},
			want: "GET / 404 Demo/Url\n",
		},
		{
			name: "broken off", why: "the client has a part of the body", target: "/",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Write([]byte("x"))
				panic(http.ErrAbortHandler)
			},
			want: "GET / 200 Demo/Url (cut off)\n",
		},
		{
			name: "client gone", why: "no status was sent", target: "/",
			handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			want:    "GET / - Demo/Url (cut off)\n",
		},
		{
			name: "AWS API", why: "the operation says more than the path", target: "/",
			handler: func(_ http.ResponseWriter, r *http.Request) { From(r.Context()).Name("sts:AssumeRole") },
			want:    "GET sts:AssumeRole 200 Demo/Url\n",
		},
		{
			name: "signed and refused", why: "the signature may be the cause", target: "/",
			handler: func(w http.ResponseWriter, r *http.Request) {
				From(r.Context()).SignedBy("the origin access control of Demo/Cdn")
				w.WriteHeader(http.StatusForbidden)
			},
			want: "GET / 403 Demo/Url (signed by the origin access control of Demo/Cdn)\n",
		},
		{
			name: "signed and let in", why: "the signature is no cause", target: "/",
			handler: func(_ http.ResponseWriter, r *http.Request) { From(r.Context()).SignedBy("x") },
			want:    "GET / 200 Demo/Url\n",
		},
		{
			name: "error page", why: "the error decided, and its page does not", target: "/",
			handler: func(_ http.ResponseWriter, r *http.Request) {
				record := From(r.Context())
				record.Decide("function Demo/Fn", "")
				From(record.Aside(r.Context())).Decide("origin www", "")
			},
			want: "GET / 200 function Demo/Fn\n",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := lineOf(t, Options{}, http.MethodGet, row.target, row.handler); got != row.want {
				t.Errorf("%s: %q, want %q", row.why, got, row.want)
			}
		})
	}
}

// TestDetails: with Verbose details stand below the line, and each of their lines is indented.
func TestDetails(t *testing.T) {
	handler := func(_ http.ResponseWriter, r *http.Request) {
		From(r.Context()).Detail("first\nsecond\x1b[2K")
		From(r.Context()).Detail("")
	}
	for verbose, want := range map[bool]string{
		false: "GET / 200 Demo/Url\n",
		true:  "GET / 200 Demo/Url\n  first\n  second\\x1b[2K\n",
	} {
		if got := lineOf(t, Options{Verbose: verbose}, http.MethodGet, "/", handler); got != want {
			t.Errorf("verbose %t: %q, want %q", verbose, got, want)
		}
	}
}

func TestColors(t *testing.T) {
	for status, color := range map[int]string{200: "32", 302: "36", 404: "33", 502: "31"} {
		got := lineOf(t, Options{Color: true}, http.MethodGet, "/", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
		})
		want := fmt.Sprintf("\x1b[%sm%d\x1b[0m", color, status)
		if !strings.Contains(got, want) || strings.Count(got, "\x1b[0m") != 3 {
			t.Errorf("%d: %q, want color %s and three ends", status, got, color)
		}
	}
}

// TestRequestObject compares all fields of a line as JSON.
func TestRequestObject(t *testing.T) {
	var text bytes.Buffer
	log := New(Options{To: &text, JSON: true, Verbose: true})
	handler := log.Handler("Demo/Url", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record := From(r.Context())
		record.Name("sts:AssumeRole")
		record.SignedBy("a signer")
		record.Decide("Function URL Demo/Url", "policy:\n<none>")
		record.Detail("one\ntwo")
		w.WriteHeader(http.StatusForbidden)
	}))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/a?b=c", nil))
	if strings.Count(text.String(), "\n") != 1 || !strings.Contains(text.String(), "<none>") {
		t.Errorf("no single line that people can read: %s", &text)
	}
	var got map[string]any
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, &text)
	}
	when, _ := got["time"].(string)
	if !regexp.MustCompile(`\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z`).MatchString(when) {
		t.Errorf("time %q", when)
	}
	if took, ok := got["durationMs"].(float64); !ok || took < 0 || took > 60_000 {
		t.Errorf("durationMs %v", got["durationMs"])
	}
	delete(got, "time")
	delete(got, "durationMs")
	want := map[string]any{
		"type": "request", "at": "Demo/Url", "method": "POST", "path": "/a", "operation": "sts:AssumeRole",
		"status": 403.0, "by": "Function URL Demo/Url", "reason": "policy:\n<none>", "signedBy": "a signer",
		"details": []any{"one", "two"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestNil: a part that nobody logs works all the same.
func TestNil(t *testing.T) {
	var record *Record
	record.Decide("x", "y")
	record.Name("x")
	record.SignedBy("x")
	record.Detail("x")
	ctx := t.Context()
	if record.Aside(ctx) != ctx || Carry(ctx) != ctx || From(ctx) != nil {
		t.Error("a record came from nowhere")
	}
	var log *Log
	log.Say("x")
	function := log.Function("Demo/Fn")
	function.Line([]byte("x"))
	function.Start("id", "1")
	function.Report(Report{})
	function.Say("x")
}

// TestTarget: the target of a request may be a whole URL, with a password in it.
func TestTarget(t *testing.T) {
	for _, row := range []struct{ name, why, wire, want string }{
		{
			name: "path", why: "a path may have an @", wire: "GET /@ada:secret@example.com/a?b HTTP/1.1",
			want: "/@ada:secret@example.com/a",
		},
		{
			name: "URL", why: "it says more than its path", wire: "GET http://example.com/a?token=secret HTTP/1.1",
			want: "http://example.com/a",
		},
		{
			name: "password", why: "it is a secret", wire: "GET http://ada:secret@example.com/%61?b HTTP/1.1",
			want: "example.com/%61",
		},
		{
			name: "password of a proxy", why: "it is a secret", wire: "CONNECT ada:secret@example.com:443 HTTP/1.1",
			want: "example.com:443",
		},
		{name: "star", why: "there is no path", wire: "OPTIONS * HTTP/1.1", want: "*"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wire := bufio.NewReader(strings.NewReader(row.wire + "\r\nHost: example.com\r\n\r\n"))
			request, err := http.ReadRequest(wire)
			if err != nil {
				t.Fatal(err)
			}
			if got := (&Log{}).newRecord("Demo/Url", request).path; got != row.want {
				t.Errorf("%s: %q, want %q", row.why, got, row.want)
			}
		})
	}
}
