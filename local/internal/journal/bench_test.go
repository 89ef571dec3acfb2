package journal

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkHandler measures a request's line, by a handler that does nothing else.
//
//	go test ./local/internal/journal -run '^$' -bench . -benchmem
func BenchmarkHandler(b *testing.B) {
	decide := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		From(r.Context()).Decide("function Demo/Fn", "")
		w.WriteHeader(http.StatusOK)
	})
	for _, row := range []struct {
		name    string
		handler http.Handler
	}{
		{"none", decide},
		{"text", New(Options{To: io.Discard}).Handler("Demo/Url", decide)},
		{"json", New(Options{To: io.Discard, JSON: true}).Handler("Demo/Url", decide)},
	} {
		b.Run(row.name, func(b *testing.B) {
			request := httptest.NewRequest(http.MethodGet, "/orders/17", nil)
			writer := discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				row.handler.ServeHTTP(writer, request)
			}
		})
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
