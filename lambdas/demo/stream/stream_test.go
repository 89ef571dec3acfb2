package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// call asks as a Function URL would.
func call(ctx context.Context, t *testing.T, method, query string) *events.LambdaFunctionURLStreamingResponse {
	t.Helper()
	event := &events.LambdaFunctionURLRequest{
		RawPath: "/stream", RawQueryString: query,
		Headers: map[string]string{"cloudfront-viewer-address": "203.0.113.7:46532"},
	}
	event.RequestContext.HTTP.Method = method
	response, err := lambdaurl.Wrap(handler())(ctx, event)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// body is the whole of a response's body.
func body(t *testing.T, response *events.LambdaFunctionURLStreamingResponse) string {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestStream reads each line when the interval before it is over, and not only at the end.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		response := call(t.Context(), t, http.MethodGet, "lines=3&interval=30s")
		headers := response.Headers
		if response.StatusCode != 200 || headers["Content-Type"] != "text/plain; charset=utf-8" ||
			headers["Cache-Control"] != "no-store" {
			t.Errorf("%d %v", response.StatusCode, response.Headers)
		}
		lines := bufio.NewReader(response.Body)
		for _, want := range []struct {
			line string
			at   time.Duration
		}{
			{"line 1 of 3 after 0s\n", 0},
			{"line 2 of 3 after 30s\n", 30 * time.Second},
			{"line 3 of 3 after 1m0s\n", time.Minute},
			{"done after 1m0s, for 203.0.113.7:46532\n", time.Minute},
		} {
			if line, err := lines.ReadString('\n'); line != want.line || err != nil || time.Since(start) != want.at {
				t.Errorf("after %s %q (%v), want %q after %s", time.Since(start), line, err, want.line, want.at)
			}
		}
		if rest, err := io.ReadAll(lines); len(rest) != 0 || err != nil {
			t.Errorf("and then %q, %v", rest, err)
		}
	})
}

func TestStreamAtItsBounds(t *testing.T) {
	for _, row := range []struct {
		name, why, query string
		lines            int
	}{
		{"one line", "no interval after it", "lines=1&interval=50s", 1},
		{"all at once", "no wait at all", "lines=1000&interval=0s", 1000},
		{"the longest interval", "50 s pass CloudFront's 60", "lines=2&interval=50s", 2},
		{"all of the time", "5 s are left", "lines=56&interval=1s", 56},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				response := call(ctx, t, http.MethodGet, row.query)
				if text := body(t, response); response.StatusCode != 200 ||
					strings.Count(text, "\nline ") != row.lines-1 || !strings.Contains(text, "\ndone after ") {
					t.Errorf("%d %.200s (%s)", response.StatusCode, text, row.why)
				}
			})
		})
	}
}

func TestStreamRefuses(t *testing.T) {
	for _, row := range []struct {
		name, why, method, query string
		status                   int
		message                  string // a part of it, as it is sent
	}{
		{name: "nothing", why: "no default", method: "GET", status: 400, message: "lines=5&interval=200ms"},
		{name: "no interval", why: "no default", method: "GET", query: "lines=5", status: 400, message: "0s to 50s"},
		{
			name: "no lines", why: "none is no stream",
			method: "GET", query: "lines=0&interval=1s", status: 400, message: "1 to 1000",
		},
		{
			name: "negative lines", why: "below the bounds",
			method: "GET", query: "lines=-1&interval=1s", status: 400, message: "1 to 1000",
		},
		{
			name: "too many lines", why: "above the bounds",
			method: "GET", query: "lines=1001&interval=0s", status: 400, message: "1 to 1000",
		},
		{
			name: "lines in words", why: "not a number",
			method: "GET", query: "lines=five&interval=1s", status: 400, message: "1 to 1000",
		},
		{
			name: "interval without a unit", why: "seconds? milliseconds?",
			method: "GET", query: "lines=5&interval=200", status: 400, message: "0s to 50s",
		},
		{
			name: "negative interval", why: "below the bounds",
			method: "GET", query: "lines=5&interval=-1s", status: 400, message: "0s to 50s",
		},
		{
			name: "too long an interval", why: "CloudFront would cut the stream",
			method: "GET", query: "lines=2&interval=50001ms", status: 400, message: "0s to 50s",
		},
		{
			name: "too long in all", why: "the function's timeout would end it",
			method: "GET", query: "lines=57&interval=1s", status: 400,
			message: "would take 56s, and there is time for 55s",
		},
		{
			name: "POST", why: "there is nothing to post",
			method: "POST", query: "lines=1&interval=0s", status: 405, message: "use GET",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				response := call(ctx, t, row.method, row.query)
				text := body(t, response)
				var refusal struct{ Error, Message string }
				err := json.Unmarshal([]byte(text), &refusal)
				if response.StatusCode != row.status || err != nil || refusal.Error == "" ||
					!strings.Contains(text, row.message) {
					t.Errorf("%d %s, want %d and %q (%s)", response.StatusCode, text, row.status, row.message, row.why)
				}
				headers := response.Headers
				if headers["Content-Type"] != "application/json" || headers["Cache-Control"] != "no-store" {
					t.Errorf("headers are %v (%s)", headers, row.why)
				}
				if allow := headers["Allow"]; (allow == "GET, HEAD") != (row.status == 405) {
					t.Errorf("allow: %q", allow)
				}
			})
		})
	}
}

// TestStreamHead: a HEAD is answered at once, since there is no body to wait for. The line feed is package viewer's.
func TestStreamHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		response := call(t.Context(), t, http.MethodHead, "lines=2&interval=30s")
		if text := body(t, response); response.StatusCode != 200 || text != "\n" || time.Since(start) != 0 {
			t.Errorf("%d %q after %s", response.StatusCode, text, time.Since(start))
		}
	})
}

// TestStreamEnds: the stream ends when the invocation is called off, and when a write fails.
func TestStreamEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		text := body(t, call(ctx, t, http.MethodGet, "lines=3&interval=30s"))
		if strings.Contains(text, "line 2") || time.Since(start) != time.Second {
			t.Errorf("after %s: %q", time.Since(start), text)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := httptest.NewRequest(http.MethodGet, "/stream?lines=3&interval=30s", nil)
		stream(closedWriter{httptest.NewRecorder()}, r)
		if took := time.Since(start); took != 0 {
			t.Errorf("it went on for %s", took)
		}
	})
}

// closedWriter fails as lambdaurl's writer does when its pipe is closed.
type closedWriter struct{ *httptest.ResponseRecorder }

func (closedWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
