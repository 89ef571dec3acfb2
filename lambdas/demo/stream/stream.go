package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	maxLines = 1000

	// maxInterval is under 60 s. Furl's distribution waits so long between two packets by default.
	maxInterval = 50 * time.Second

	// deadlineMargin is the time that is left to the deadline, which is the function's timeout.
	deadlineMargin = 5 * time.Second
)

// stream writes numbered lines, each with the time since the start. It does not flush, because lambdaurl writes into a
// pipe. net/http sends every chunk to the Runtime API at once. test/streaming_test.go shows it.
//
// A viewer that goes away does not end the stream. aws-lambda-go tells a function its deadline, and nothing of the
// viewer. So the number of lines is bounded.
func stream(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "use GET")
		return
	}
	lines, interval, message := parameters(r)
	if message != "" {
		refuse(w, http.StatusBadRequest, "BadParameters", message)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	start := time.Now()
	for n := 1; n <= lines; n++ {
		if n > 1 {
			select {
			case <-time.After(interval):
			case <-r.Context().Done():
				return
			}
		}
		if _, err := fmt.Fprintf(w, "line %d of %d after %s\n", n, lines, since(start)); err != nil {
			return
		}
	}
	fmt.Fprintf(w, "done after %s, for %s\n", since(start), r.RemoteAddr)
}

func since(start time.Time) time.Duration { return time.Since(start).Round(time.Millisecond) }

// parameters reads ?lines= and ?interval=. If they make no sense, the message says what to write. They have no default,
// because a typing error must not cost minutes.
func parameters(r *http.Request) (lines int, interval time.Duration, message string) {
	query := r.URL.Query()
	lines, err := strconv.Atoi(query.Get("lines"))
	if err != nil || lines < 1 || lines > maxLines {
		return 0, 0, fmt.Sprintf("write ?lines=5&interval=200ms with from 1 to %d lines", maxLines)
	}
	interval, err = time.ParseDuration(query.Get("interval"))
	if err != nil || interval < 0 || interval > maxInterval {
		return 0, 0, fmt.Sprintf("write ?lines=5&interval=200ms with an interval from 0s to %s", maxInterval)
	}
	if deadline, ok := r.Context().Deadline(); ok {
		duration := time.Duration(lines-1) * interval
		available := max(0, time.Until(deadline)-deadlineMargin).Round(time.Second)
		if duration > available {
			return 0, 0, fmt.Sprintf("this would take %s, and there is time for %s: "+
				"ask for fewer lines or a shorter interval", duration, available)
		}
	}
	return lines, interval, ""
}

func refuse(w http.ResponseWriter, status int, name, message string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // it is shown to people
	_ = encoder.Encode(map[string]string{"error": name, "message": message})
}
