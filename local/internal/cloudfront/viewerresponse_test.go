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

// answering is an origin with a response as the viewer-response functions below expect it; its path may ask for a status.
func answering(t *testing.T) *httptest.Server {
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
	c := config(answering(t), behavior(associated("viewer-response")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	_, body := get(t, address, "GET", "/event?a=1", "X-Own: 1")
	for _, want := range []string{
		`"eventType":"viewer-response"`, `"uri":"/event","querystring":{"a":{"value":"1"}}`, `"x-own":{"value":"1"}`,
		`"statusCode":200,"statusDescription":"OK"`, `"x-many":{"value":"one","multiValue":[{"value":"one"},{"value":"two"}]}`, `"content-length":{"value":"8"}`,
		`"cookies":{"a":{"value":"1","attributes":"Path=/; Secure"},"c":{"value":"3","multiValue":[{"value":"3"},{"value":"4"}]}}`,
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
	c := config(answering(t), behavior(associated("viewer-response")), nil)
	c.ViewerFunctions = viewerFunctions(t, "")
	address, _ := serve(t, c)
	for _, row := range []struct {
		name, why, method, target string
		status                    int
		body, cookies             string
		check                     func(header http.Header) bool
	}{
		{"left alone", "only a header is added", "GET", "/", 200, "original", "[a=1; Path=/; Secure c=3 c=4]", func(h http.Header) bool {
			return h.Get("X-Function-Ran") == "x" && fmt.Sprint(h["X-Many"]) == "[one two]" && h.Get("X-Amzn-Requestid") == "hidden"
		}},
		{"changed", "Content-Length is the body's all the same", "GET", "/changed", 201, "original", "[a=1; Path=/; Secure c=3 c=4 b=2; Secure]", func(h http.Header) bool {
			return h.Get("X-Added") == "yes" && h["X-Removed"] == nil && h.Get("Content-Length") == "8"
		}},
		{"body replaced", "", "GET", "/body", 200, "replaced", "[a=1; Path=/; Secure c=3 c=4]", func(h http.Header) bool { return h.Get("Content-Length") == "8" }},
		{"body removed", "by an empty one", "GET", "/no-body", 200, "", "[a=1; Path=/; Secure c=3 c=4]", func(h http.Header) bool { return h.Get("Content-Length") == "0" }},
		{"no content", "the status has no body", "GET", "/no-content", 204, "", "[a=1; Path=/; Secure c=3 c=4]", func(h http.Header) bool { return h["Content-Length"] == nil }},
		{"HEAD", "has none either", "HEAD", "/body", 200, "", "[a=1; Path=/; Secure c=3 c=4]", func(h http.Header) bool { return h.Get("Content-Length") == "8" }},
		{"error of the origin", "the function does not run", "GET", "/missing", 404, "original", "[a=1; Path=/; Secure c=3 c=4]", func(h http.Header) bool { return h["X-Function-Ran"] == nil }},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, row.method, row.target)
			if cookies := fmt.Sprint(response.Header["Set-Cookie"]); response.StatusCode != row.status || body != row.body || cookies != row.cookies || !row.check(response.Header) {
				t.Errorf("%s: %d %q %v", row.why, response.StatusCode, body, response.Header)
			}
		})
	}
}

// TestViewerResponseWithoutContent: a status that has no body ends its response, and the connection lives on.
func TestViewerResponseWithoutContent(t *testing.T) {
	c := config(answering(t), behavior(associated("viewer-response")), nil)
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
	c := config(answering(t), behavior(associated("viewer-response")), nil)
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
			if response.StatusCode != row.status || strings.Contains(body, "original") || !strings.Contains(log.String(), row.reason) {
				t.Errorf("%d %s\n%s", response.StatusCode, body, log)
			}
		})
	}
}
