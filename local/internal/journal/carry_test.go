package journal

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCarry sends a viewer's request on to another part, over a connection that is used again and again.
func TestCarry(t *testing.T) {
	for _, row := range []struct {
		name, why string
		carry     bool
		want      string
	}{
		{
			name: "carried", why: "the viewer's line tells of the other part", carry: true,
			want: "GET /out 200 function\n",
		},
		{name: "not carried", why: "each has a line", want: "GET /in 200 function\nGET /out 200 Outer\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			log, text := newTestLog()
			inner := serveLogged(t, log, "Inner", func(_ http.ResponseWriter, r *http.Request) {
				From(r.Context()).Decide("function", "")
				if value := r.Context().Value(viewerKey{}); (value == "viewer") != row.carry {
					t.Errorf("%s: the viewer's value is %v", row.why, value)
				}
				if len(r.Header) != 2 { // User-Agent and Accept-Encoding
					t.Errorf("something is added to the request: %v", r.Header)
				}
			})
			outer := serveLogged(t, log, "Outer", func(_ http.ResponseWriter, r *http.Request) {
				ctx := context.WithValue(r.Context(), viewerKey{}, "viewer")
				if row.carry {
					ctx = Carry(ctx)
				}
				ask(t, ctx, inner+"/in")
			})
			for range 3 {
				ask(t, t.Context(), outer+"/out")
			}
			want := strings.Repeat(row.want, 3)
			for start := time.Now(); text() != want; time.Sleep(time.Millisecond) {
				if time.Since(start) > 10*time.Second {
					t.Fatalf("%s: %q, want %q", row.why, text(), want)
				}
			}
		})
	}
}

// viewerKey is the key of a value that a viewer's request has.
type viewerKey struct{}

// TestStaleRecord: a request that never arrived leaves its record behind. The next one on an address has its own line.
func TestStaleRecord(t *testing.T) {
	log, text := newTestLog()
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	stale := log.newRecord("Outer", request)
	log.carried.Store(connectionOf(request), stale.Within(t.Context()))
	stale.write(http.StatusOK, true)
	log.Handler("Inner", http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), request)
	if want := "GET / 200 Outer\nGET / 404 Inner\n"; text() != want {
		t.Errorf("%q, want %q", text(), want)
	}
}

// newTestLog makes a log, and a function that returns its text without times.
func newTestLog() (*Log, func() string) {
	var mu sync.Mutex
	var text bytes.Buffer
	log := New(Options{To: writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	})})
	return log, func() string {
		mu.Lock()
		defer mu.Unlock()
		return times.ReplaceAllString(text.String(), "")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// serveLogged serves a handler on loopback, and returns its URL.
func serveLogged(t *testing.T, log *Log, at string, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(log.Handler(at, handler))
	t.Cleanup(server.Close)
	return server.URL
}

// ask sends a GET request and reads the answer.
func ask(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Error(err)
	}
}

// TestFlush: a handler that streams reaches the connection.
func TestFlush(t *testing.T) {
	log, _ := newTestLog()
	server := serveLogged(t, log, "Demo/Url", func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	ask(t, t.Context(), server)
}
