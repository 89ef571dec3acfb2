package cloudfront_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRefusalsOfEdgeFunctions checks that the log has the code of a refusal that an edge function generates, and
// nothing else of an answer's body.
func TestRefusalsOfEdgeFunctions(t *testing.T) {
	// The origin answers 401 with the request's body.
	origin := newOriginOf(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.Copy(w, r.Body)
	})
	c := withEvents(t, origin, "viewer-request", "origin-request")
	for _, row := range []struct {
		name, why, body string
		target          string // "" for an answer of the function on origin-request
		status          int    // 0 for 401
		code            string // in the log
	}{
		{
			name: "a refusal", why: "it says why", body: `{"error":"InvalidToken","message":"CANARY"}`,
			code: "InvalidToken",
		},
		{
			name: "on viewer-request", why: "it is generated too", body: `{"error":"Closed"}`, code: "Closed",
			target: "/viewer-request/answer",
		},
		{name: "a fault", why: "it is a refusal too", status: 500, body: `{"error":"Broken_2"}`, code: "Broken_2"},
		{
			name: "40 characters", why: "the most", body: `{"error":"` + strings.Repeat("a", 40) + `"}`,
			code: strings.Repeat("a", 40),
		},
		{name: "41 characters", why: "no code is so long", body: `{"error":"` + strings.Repeat("CANARY", 7) + `"}`},
		{name: "a sentence", why: "it may have a viewer's data", body: `{"error":"no CANARY"}`},
		{name: "a line break", why: "it is no code", body: `{"error":"CANARY\n"}`},
		{name: "a digit first", why: "it is no code", body: `{"error":"1CANARY"}`},
		{name: "an object", why: "it is no text", body: `{"error":{"code":"CANARY"}}`},
		{name: "another case", why: "the name is compared whole", body: `{"Error":"CANARY"}`},
		{name: "within", why: "the field is the object's own", body: `{"a":{"error":"CANARY"}}`},
		{name: "an array", why: "it is no object", body: `[{"error":"CANARY"}]`},
		{name: "more behind it", why: "it is no JSON", body: `{"error":"CANARY"} CANARY`},
		{name: "text", why: "it is no JSON", body: "CANARY"},
		{name: "null", why: "it is no object", body: "null"},
		{name: "no refusal", why: "the body is content", status: 200, body: `{"error":"CANARY"}`},
		{name: "an origin's", why: "its body is nobody's to tell", target: "/orders", body: `{"error":"CANARY"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, log := serve(t, c)
			if row.target == "" {
				row.target = "/origin-request/answer"
			}
			if row.status == 0 {
				row.status = http.StatusUnauthorized
			}
			target := fmt.Sprint(row.target, "?", row.status)
			length := fmt.Sprint("Content-Length: ", len(row.body))
			response, body := exchange(t, address, "POST", request("POST", target, row.body, length))
			if response.StatusCode != row.status || body != row.body {
				t.Errorf("%d %s", response.StatusCode, body)
			}
			event := "origin-request"
			if strings.HasPrefix(row.target, "/viewer-request/") {
				event = "viewer-request"
			}
			want := fmt.Sprintf("POST %s %d edge function Demo/Events: on %s", row.target, row.status, event)
			if row.code != "" {
				want += ": " + row.code
			}
			log.await(t, "\n")
			if got := log.String(); got != want+"\n" {
				t.Errorf("the log says %q, want %q (%s)", got, want, row.why)
			}
		})
	}
}
