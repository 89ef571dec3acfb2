package cloudfront_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newAnsweringOrigin starts an origin whose response suits the viewer-response functions below. Its path may ask
// for a status.
func newAnsweringOrigin(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1; Path=/; Secure", "c=3", "c=4"}
		w.Header()["X-Many"] = []string{"one", "two"}
		w.Header()["Date"] = []string{"Mon, 23 Nov 2026 12:00:00 GMT"}
		w.Header().Set("X-Removed", "1")
		w.Header().Set("X-Amzn-Requestid", "hidden")
		w.Header().Set("Content-Type", "text/plain")
		if r.URL.Path == "/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, "original")
	}))
	t.Cleanup(server.Close)
	return server
}

func TestViewerResponseEvent(t *testing.T) {
	c := config(newAnsweringOrigin(t), behavior(associations("viewer-response")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	_, body := get(t, address, "GET", "/event?a=1", "X-Own: 1")
	for _, want := range []string{
		`"eventType":"viewer-response"`, `"uri":"/event","querystring":{"a":{"value":"1"}}`, `"x-own":{"value":"1"}`,
		`"statusCode":200,"statusDescription":"OK"`,
		`"x-many":{"value":"one","multiValue":[{"value":"one"},{"value":"two"}]}`,
		`"content-length":{"value":"8"}`,
		`"cookies":{"a":{"value":"1","attributes":"Path=/; Secure"},` +
			`"c":{"value":"3","multiValue":[{"value":"3"},{"value":"4"}]}}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
	for _, hidden := range []string{"set-cookie", "x-amzn-requestid", "original"} {
		if strings.Contains(body, hidden) {
			t.Errorf("%s is shown in %s", hidden, body)
		}
	}
}

func TestViewerResponseChanged(t *testing.T) {
	c := config(newAnsweringOrigin(t), behavior(associations("viewer-response")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	for _, row := range []struct {
		name, why, method, target string
		status                    int
		body, cookies             string
		check                     func(header http.Header) bool
	}{
		{
			name: "left alone", why: "only a header is added",
			method: "GET", target: "/", status: 200, body: "original", cookies: "[a=1; Path=/; Secure c=3 c=4]",
			check: func(h http.Header) bool {
				return h.Get("X-Function-Ran") == "x" && fmt.Sprint(h["X-Many"]) == "[one two]" &&
					h.Get("X-Amzn-Requestid") == "hidden"
			},
		},
		{
			name: "changed", why: "Content-Length is the body's all the same",
			method: "GET", target: "/changed", status: 201, body: "original",
			cookies: "[a=1; Path=/; Secure c=3 c=4 b=2; Secure]",
			check: func(h http.Header) bool {
				return h.Get("X-Added") == "yes" && h["X-Removed"] == nil && h.Get("Content-Length") == "8"
			},
		},
		{
			name: "body replaced", method: "GET", target: "/body", status: 200, body: "replaced",
			cookies: "[a=1; Path=/; Secure c=3 c=4]",
			check:   func(h http.Header) bool { return h.Get("Content-Length") == "8" },
		},
		{
			name: "body removed", why: "by an empty one",
			method: "GET", target: "/no-body", status: 200, cookies: "[a=1; Path=/; Secure c=3 c=4]",
			check: func(h http.Header) bool { return h.Get("Content-Length") == "0" },
		},
		{
			name: "no content", why: "the status has no body",
			method: "GET", target: "/no-content", status: 204, cookies: "[a=1; Path=/; Secure c=3 c=4]",
			check: func(h http.Header) bool { return h["Content-Length"] == nil },
		},
		{
			name: "HEAD", why: "has none either",
			method: "HEAD", target: "/body", status: 200, cookies: "[a=1; Path=/; Secure c=3 c=4]",
			check: func(h http.Header) bool { return h.Get("Content-Length") == "8" },
		},
		{
			name: "error of the origin", why: "the function does not run",
			method: "GET", target: "/missing", status: 404, body: "original",
			cookies: "[a=1; Path=/; Secure c=3 c=4]",
			check:   func(h http.Header) bool { return h["X-Function-Ran"] == nil },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, row.method, row.target)
			cookies := fmt.Sprint(response.Header["Set-Cookie"])
			wrong := response.StatusCode != row.status || body != row.body || cookies != row.cookies ||
				!row.check(response.Header)
			if wrong {
				t.Errorf("%s: %d %q %v", row.why, response.StatusCode, body, response.Header)
			}
		})
	}
}

// TestViewerResponseWithoutContent checks that a status without a body ends its response. The connection stays
// open.
func TestViewerResponseWithoutContent(t *testing.T) {
	c := config(newAnsweringOrigin(t), behavior(associations("viewer-response")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	io.WriteString(connection, request("GET", "/no-content", "")+request("GET", "/changed", ""))
	reader := bufio.NewReader(connection)
	for _, status := range []int{204, 201} {
		response, err := http.ReadResponse(reader, &http.Request{Method: "GET"})
		if err != nil {
			t.Fatal(err)
		}
		if io.Copy(io.Discard, response.Body); response.StatusCode != status {
			t.Errorf("status %d, want %d", response.StatusCode, status)
		}
	}
}

func TestViewerResponseFaults(t *testing.T) {
	c := config(newAnsweringOrigin(t), behavior(associations("viewer-response")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, log := serve(t, c)
	for _, row := range []struct {
		name, target string
		status       int
		reason       string
	}{
		{"nothing", "/nothing", 502, "not an object of the documented structure"},
		{"the request", "/request", 502, "response.statusCode is missing"},
		{"read-only header", "/warning", 502, "warning is read-only"},
		{"throw", "/throw", 503, "on purpose"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, "GET", row.target)
			wrong := response.StatusCode != row.status || strings.Contains(body, "original") ||
				!strings.Contains(log.String(), row.reason)
			if wrong {
				t.Errorf("%d %s\n%s", response.StatusCode, body, log)
			}
		})
	}
}
