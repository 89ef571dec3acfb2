package journal

import (
	"net/http"
	"time"
)

// Handler writes a line for each request that next answers. The construct path is that of what listens. A request that
// another part of furl sends for a viewer's request has no line. It fills in the viewer's.
func (l *Log) Handler(at string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if viewer := l.take(r); viewer != nil {
			next.ServeHTTP(w, r.WithContext(inner{r.Context(), viewer}))
			return
		}
		record, answered, whole := l.newRecord(at, r), &answer{ResponseWriter: w}, false
		defer func() { record.write(answered.status, whole) }() // of a handler that panics, too
		next.ServeHTTP(answered, r.WithContext(record.Within(r.Context())))
		whole = true
	})
}

// answer remembers the status of a response.
type answer struct {
	http.ResponseWriter
	status int // 0: not sent
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 { // an informational status comes before the response
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap leads [http.ResponseController] to the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// write writes the line. The answer is not whole if the handler broke it off.
func (r *Record) write(status int, whole bool) {
	took := time.Since(r.started)
	if status == 0 && whole {
		status = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written = true
	if r.log.options.JSON {
		r.log.writeJSON(r.object(status, took, whole))
		return
	}
	_ = r.log.write(r.text(status, took, whole))
}
