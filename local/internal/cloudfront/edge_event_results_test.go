package cloudfront_test

import (
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// TestEdgeResultsRefused checks the results that CloudFront does not accept, on each event.
func TestEdgeResultsRefused(t *testing.T) {
	address, log := serve(t, withEvents(t, newAnsweringOrigin(t), allEvents...))
	post := "Content-Length: 0"
	for _, row := range []struct{ target, why, want string }{
		{target: "/viewer-request/host", why: "Host is read-only here", want: "the header host is read-only"},
		{target: "/viewer-request/origin", why: "the event has no origin", want: "cannot choose the origin"},
		{target: "/viewer-request/no-content", why: "lambda-generating-http-responses", want: "status 204 has a body"},
		{target: "/viewer-request/too-large", why: "40 KB", want: "generated response is larger than 40 KB"},
		{target: "/viewer-request/body-too-large", why: "40 KB", want: "replaced body is larger than 40 KB"},
		{target: "/origin-request/encoding", why: "it is read-only here", want: "accept-encoding is read-only"},
		{target: "/origin-response/request", why: "the result is a response", want: "not a response object"},
		{target: "/origin-response/nothing", why: "the result is a response", want: "not a response object"},
		{target: "/origin-response/status-number", why: "the status is a string", want: "status is not a string"},
		{target: "/origin-response/status-range", why: "200 to 599", want: `status "600" is not one from 200`},
		{target: "/origin-response/body-object", why: "the body is a string", want: "is not a string"},
		{target: "/origin-response/body-too-large", why: "1 MB", want: "larger than 1 MB"},
		{target: "/origin-response/via", why: "read-only", want: "the header via is read-only"},
		{target: "/origin-response/forbidden", why: "disallowed", want: "the header x-cache is not allowed"},
		{target: "/origin-response/line-break", why: "would be another header", want: "has a control character"},
		{target: "/viewer-response/status", why: "the status is fixed", want: "cannot change the status"},
		{target: "/viewer-response/body", why: "Content-Length is read-only", want: "cannot change the body"},
		{target: "/viewer-response/warning", why: "read-only", want: "the header warning is read-only"},
		{target: "/viewer-response/encoding", why: "read-only", want: "the header content-encoding is read-only"},
		{target: "/viewer-response/length", why: "read-only", want: "the header content-length is read-only"},
	} {
		t.Run(row.target, func(t *testing.T) {
			response, body := exchange(t, address, "POST", request("POST", row.target, "", post))
			if response.StatusCode != 502 || response.Header.Get("X-Cache") != "LambdaValidationError from cloudfront" {
				t.Errorf("%d %s %s: %s", response.StatusCode, response.Header.Get("X-Cache"), body, row.why)
			}
			if !strings.Contains(log.String(), row.want) {
				t.Errorf("%q is missing in the log: %s", row.want, log)
			}
		})
	}
	for _, event := range allEvents {
		if response, _ := get(t, address, "GET", "/"+event+"/throw"); response.StatusCode != 503 {
			t.Errorf("a throw on %s: %d", event, response.StatusCode)
		}
	}
}

// TestEdgeResultsTaken checks results that look like refused ones.
func TestEdgeResultsTaken(t *testing.T) {
	address, _ := serve(t, withEvents(t, newAnsweringOrigin(t), allEvents...))
	for _, row := range []struct {
		target, why string
		status      int
	}{
		{target: "/viewer-request/no-content-empty", why: "an empty body is none", status: 204},
		{target: "/viewer-request/encoding", why: "Accept-Encoding is writable here", status: 200},
		{target: "/origin-request/host", why: "Host is writable here", status: 200},
		{target: "/origin-request/too-large", why: "40 KB is no limit here", status: 200},
		{target: "/origin-response/warning", why: "Warning is writable here", status: 200},
		{target: "/origin-response/encoding", why: "Content-Encoding is writable here", status: 200},
		{target: "/origin-response/length", why: "the body's length is sent nevertheless", status: 200},
		{target: "/viewer-response/change-header", why: "other headers are writable", status: 200},
	} {
		t.Run(row.target, func(t *testing.T) {
			if response, body := get(t, address, "GET", row.target); response.StatusCode != row.status {
				t.Errorf("%d %s, want %d: %s", response.StatusCode, body, row.status, row.why)
			}
		})
	}
}

func TestEdgeAssociationsRefused(t *testing.T) {
	with := func(eventType string, changes object) object {
		association := object{"EventType": eventType, "LambdaFunctionARN": edgeARN}
		for name, value := range changes {
			association[name] = value
		}
		return association
	}
	for _, row := range []struct {
		name, why string
		lambda    []object
		functions object
		want      string
	}{
		{
			name: "unknown event", why: "there are four", lambda: []object{with("viewer", nil)},
			want: "is on viewer, which is no event of Lambda@Edge",
		},
		{
			name: "two on one event", why: "AWS takes one",
			lambda: []object{with("origin-response", nil), with("origin-response", nil)},
			want:   "two edge functions on origin-response",
		},
		{
			name: "body of a response", why: "only request events have a body",
			lambda: []object{with("origin-response", object{"IncludeBody": true})}, want: "IncludeBody",
		},
		{
			name: "both kinds", why: "AWS takes one kind on viewer events",
			lambda: []object{with("viewer-request", nil)}, functions: associations("viewer-request"),
			want: "has a CloudFront Function and an edge function on viewer events",
		},
		{
			name: "both kinds, crosswise", why: "AWS takes one kind on viewer events",
			lambda: []object{with("viewer-response", nil)}, functions: associations("viewer-request"),
			want: "has a CloudFront Function and an edge function on viewer events",
		},
		{
			name: "both kinds on different sides", why: "AWS takes them",
			lambda: []object{with("origin-response", nil)}, functions: associations("viewer-request"),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := withEvents(t, newOrigin(t))
			c.ViewerFunctions = map[string]*lambda.Function{viewerARN: c.Functions[edgeARN]}
			changes := object{"LambdaFunctionAssociations": row.lambda}
			for name, value := range row.functions {
				changes[name] = value
			}
			c.Distribution["DefaultCacheBehavior"] = behavior(changes)
			_, err := cloudfront.New(c)
			if (err != nil) != (row.want != "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q: %s", err, row.want, row.why)
			}
		})
	}
}
