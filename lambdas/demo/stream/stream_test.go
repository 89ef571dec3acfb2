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
		RawPath: "/stream", RawQueryString: query, Headers: map[string]string{"cloudfront-viewer-address": "203.0.113.7:46532"},
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
		if response.StatusCode != 200 || response.Headers["Content-Type"] != "text/plain; charset=utf-8" || response.Headers["Cache-Control"] != "no-store" {
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
				if text := body(t, response); response.StatusCode != 200 || strings.Count(text, "\nline ") != row.lines-1 || !strings.Contains(text, "\ndone after ") {
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
		message                  string // a part of it
	}{
		{"nothing", "no default", "GET", "", 400, "lines=5&interval=200ms"},
		{"no interval", "no default", "GET", "lines=5", 400, "0s to 50s"},
		{"no lines", "none is no stream", "GET", "lines=0&interval=1s", 400, "1 to 1000"},
		{"negative lines", "below the bounds", "GET", "lines=-1&interval=1s", 400, "1 to 1000"},
		{"too many lines", "above the bounds", "GET", "lines=1001&interval=0s", 400, "1 to 1000"},
		{"lines in words", "not a number", "GET", "lines=five&interval=1s", 400, "1 to 1000"},
		{"interval without a unit", "seconds? milliseconds?", "GET", "lines=5&interval=200", 400, "0s to 50s"},
		{"negative interval", "below the bounds", "GET", "lines=5&interval=-1s", 400, "0s to 50s"},
		{"too long an interval", "CloudFront would cut the stream", "GET", "lines=2&interval=50001ms", 400, "0s to 50s"},
		{"too long in all", "the function's timeout would end it", "GET", "lines=57&interval=1s", 400, "would take 56s, and there is time for 55s"},
		{"POST", "there is nothing to post", "POST", "lines=1&interval=0s", 405, "use GET"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				response := call(ctx, t, row.method, row.query)
				text := body(t, response)
				var refusal struct{ Error, Message string }
				err := json.Unmarshal([]byte(text), &refusal)
				if response.StatusCode != row.status || err != nil || refusal.Error == "" || !strings.Contains(refusal.Message, row.message) ||
					response.Headers["Content-Type"] != "application/json" || response.Headers["Cache-Control"] != "no-store" {
					t.Errorf("%d %v %s, want %d and %q (%s)", response.StatusCode, response.Headers, text, row.status, row.message, row.why)
				}
				if allow := response.Headers["Allow"]; (allow == "GET, HEAD") != (row.status == 405) {
					t.Errorf("allow: %q", allow)
				}
			})
		})
	}
}

// TestStreamHead is answered at once: there is no body to wait for. The line feed is package viewer's.
func TestStreamHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		response := call(t.Context(), t, http.MethodHead, "lines=2&interval=30s")
		if text := body(t, response); response.StatusCode != 200 || text != "\n" || time.Since(start) != 0 {
			t.Errorf("%d %q after %s", response.StatusCode, text, time.Since(start))
		}
	})
}

// TestStreamEnds at the deadline, and where nobody takes what it writes.
func TestStreamEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if text := body(t, call(ctx, t, http.MethodGet, "lines=3&interval=30s")); strings.Contains(text, "line 2") || time.Since(start) != time.Second {
			t.Errorf("after %s: %q", time.Since(start), text)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		stream(closedWriter{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/stream?lines=3&interval=30s", nil))
		if took := time.Since(start); took != 0 {
			t.Errorf("it went on for %s", took)
		}
	})
}

// closedWriter is what lambdaurl's writer is when its pipe is closed.
type closedWriter struct{ *httptest.ResponseRecorder }

func (closedWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
