package main

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// The fields are an interface. Clients in the field expect exactly these names.
func TestLeaseFields(t *testing.T) {
	got := newGrant(t).post(event(`{"function":"summarise"}`))
	want := map[string]string{
		"FuncUrl": functionURL, "Region": "eu-west-1",
		"AccessKeyId": accessKeyID, "SecretAccessKey": secretKey, "SessionToken": token,
		"Expiration": "2026-01-01T18:19:05Z", "ServerTime": "2026-01-01T18:04:05Z",
	}
	if got.StatusCode != 200 || !maps.Equal(got.fields, want) {
		t.Errorf("got %d %s", got.StatusCode, got.Body)
	}
}

func TestCors(t *testing.T) {
	anyOrigin := func(s *settings) { s.allowedOrigins = []string{"*"} }
	listed := func(*settings) {}
	for _, row := range []struct {
		name, why string
		config    func(*settings)
		headers   map[string][]string
		status    int
		allowed   string // Access-Control-Allow-Origin
	}{
		{
			name: "listed", why: "is told its own name",
			config: listed, headers: map[string][]string{"Origin": {app}}, status: 200, allowed: app,
		},
		{
			name: "another listed one", why: "is told its own name too",
			config: listed, headers: map[string][]string{"origin": {"http://localhost:3000"}}, status: 200,
			allowed: "http://localhost:3000",
		},
		{
			name: "in capitals", why: "a header's name has no case",
			config: listed, headers: map[string][]string{"ORIGIN": {app}}, status: 200, allowed: app,
		},
		{name: "none", why: "a program, not a web page", config: listed, status: 200},
		{
			name: "not listed", why: "another web page",
			config: listed, headers: map[string][]string{"Origin": {"https://evil.example"}}, status: 403,
		},
		{
			name: "not listed, in capitals", why: "cannot hide by the case of the name",
			config: listed, headers: map[string][]string{"oRIGIN": {"https://evil.example"}}, status: 403,
		},
		{
			name: "null", why: "a sandboxed page",
			config: listed, headers: map[string][]string{"Origin": {"null"}}, status: 403,
		},
		{
			name: "longer", why: "only the whole counts",
			config: listed, headers: map[string][]string{"Origin": {app + ".evil.example"}}, status: 403,
		},
		{
			name: "another scheme", why: "likewise",
			config: listed, headers: map[string][]string{"Origin": {"http://app.example.com"}}, status: 403,
		},
		{
			name: "another case", why: "browsers send hosts in lower case",
			config: listed, headers: map[string][]string{"Origin": {"https://APP.example.com"}}, status: 403,
		},
		{
			name: "a star", why: "no page has that origin",
			config: listed, headers: map[string][]string{"Origin": {"*"}}, status: 403,
		},
		{
			name: "two", why: "the first is listed",
			config: listed, headers: map[string][]string{"Origin": {app, "https://evil.example"}}, status: 403,
		},
		{
			name: "two, the other way round", why: "the last is listed",
			config: listed, headers: map[string][]string{"Origin": {"https://evil.example", app}}, status: 403,
		},
		{
			name: "two listed", why: "no browser does that",
			config: listed, headers: map[string][]string{"Origin": {app, app}}, status: 403,
		},
		{
			name: "any origin", why: "the star itself",
			config: anyOrigin, headers: map[string][]string{"Origin": {"https://evil.example"}}, status: 200,
			allowed: "*",
		},
		{name: "any origin, none", why: "the star too", config: anyOrigin, status: 200, allowed: "*"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGrant(t, row.config)
			r := event("")
			maps.Copy(r.MultiValueHeaders, row.headers)
			got := g.post(r)
			if got.StatusCode != row.status || (row.status == 403) != (got.code() == "OriginNotAllowed") ||
				len(g.asked) != map[int]int{200: 1, 403: 0}[row.status] {
				t.Errorf("%s: %d %s, STS was asked %d times", row.why, got.StatusCode, got.Body, len(g.asked))
			}
			want := []string{"Cache-Control", "Content-Type", "Vary"} // and never Access-Control-Allow-Credentials
			if row.allowed != "" {
				want = append([]string{"Access-Control-Allow-Origin", "Access-Control-Expose-Headers"}, want...)
			}
			if names := slices.Sorted(maps.Keys(got.Headers)); !slices.Equal(names, want) ||
				got.Headers["Access-Control-Allow-Origin"] != row.allowed {
				t.Errorf("%s: headers %v", row.why, got.Headers)
			}
		})
	}
}

// TestOriginUnderTwoNames: both headers count. Either of them may come first, because a map has no order.
func TestOriginUnderTwoNames(t *testing.T) {
	for range 50 {
		r := from(app, event(""))
		r.MultiValueHeaders["origin"] = []string{app}
		if got := newGrant(t).post(r); got.StatusCode != 403 || got.code() != "OriginNotAllowed" {
			t.Fatalf("got %d %s", got.StatusCode, got.Body)
		}
	}
}

// TestSingleValueHeaders: API Gateway writes both forms. If only one is there, it counts.
func TestSingleValueHeaders(t *testing.T) {
	for origin, status := range map[string]int{app: 200, "https://evil.example": 403} {
		r := event("")
		r.MultiValueHeaders, r.Headers = nil, map[string]string{"oRigin": origin}
		if got := newGrant(t).post(r); got.StatusCode != status {
			t.Errorf("%s: %d %s", origin, got.StatusCode, got.Body)
		}
		both := from("https://evil.example", event(""))
		both.Headers = map[string]string{"Origin": app}
		if got := newGrant(t).post(both); got.StatusCode != 403 {
			t.Errorf("the single value hid the others: %d", got.StatusCode)
		}
	}
}

// TestRefusalsCanBeRead: a page of an allowed origin may read why it was refused, and when it may ask again.
func TestRefusalsCanBeRead(t *testing.T) {
	g := newGrant(t)
	g.answering(nil, errors.New("canary"))
	for body, status := range map[string]int{`{"function":"canary"}`: 400, "canary": 400, "": 503} {
		got := g.post(from(app, event(body)))
		if got.StatusCode != status || got.Headers["Access-Control-Allow-Origin"] != app ||
			got.Headers["Access-Control-Expose-Headers"] != "Retry-After" {
			t.Errorf("%q: %d %v", body, got.StatusCode, got.Headers)
		}
		if status == 503 && got.Headers["Retry-After"] != "2" {
			t.Errorf("Retry-After is %q", got.Headers["Retry-After"])
		}
	}
}

// TestLog has every field of the log. newGrant checks in all tests that no secret is in it.
func TestLog(t *testing.T) {
	const adasHash = "b5fc85e55755f9e0" // printf ada@example.com | sha256sum | cut -c1-16
	for _, row := range []struct {
		name, why string
		request   events.APIGatewayProxyRequest
		want      map[string]any
	}{
		{
			name: "granted", why: "who, what, until when",
			request: from(app, event("")),
			want: map[string]any{
				"level": "INFO", "msg": "granted", "function": "summarise", "accessKeyId": accessKeyID,
				"expiration": "2026-01-01T18:19:05Z", "subjectHash": "",
			},
		},
		{
			name: "unknown function", why: "its name is the client's text",
			request: event(`{"function":"canary"}`),
			want: map[string]any{
				"level": "WARN", "msg": "refused", "status": 400.0, "error": "UnknownFunction", "reason": "",
				"subjectHash": "",
			},
		},
		{
			name: "bad body", why: "none of it",
			request: event(`{"canary":1}`),
			want: map[string]any{
				"level": "WARN", "msg": "refused", "status": 400.0, "error": "BadRequest", "reason": "",
				"subjectHash": "",
			},
		},
		{
			name: "another origin", why: "it is a header of the client's",
			request: from("https://evil.example", event("")),
			want: map[string]any{
				"level": "WARN", "msg": "refused", "status": 403.0, "error": "OriginNotAllowed", "reason": "",
			},
		},
		{
			name: "no subject", why: "with where it was looked for",
			request: func() events.APIGatewayProxyRequest {
				r := event("")
				delete(r.RequestContext.Authorizer, "principalId")
				return r
			}(),
			want: map[string]any{
				"level": "WARN", "msg": "refused", "status": 403.0, "error": "NoSubject",
				"reason": "no subject where an authorizer of kind lambda puts it",
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGrant(t)
			if _, ok := row.request.RequestContext.Authorizer["principalId"]; ok {
				row.request.RequestContext.Authorizer["principalId"] = "ada@example.com"
			}
			g.post(row.request)
			got := g.logged()
			delete(got, "time")
			row.want["apiRequestId"], row.want["requestId"] = "extended-id", "invocation-id"
			if _, ok := row.want["subjectHash"]; ok {
				row.want["subjectHash"] = adasHash
			}
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("%s: got %v", row.why, got)
			}
		})
	}
}

// TestHalfASession: credentials that are not complete make no lease.
func TestHalfASession(t *testing.T) {
	empty := ""
	for name, change := range map[string]func(*types.Credentials){
		"no access key id":  func(c *types.Credentials) { c.AccessKeyId = nil },
		"no secret key":     func(c *types.Credentials) { c.SecretAccessKey = nil },
		"empty secret key":  func(c *types.Credentials) { c.SecretAccessKey = &empty },
		"no session token":  func(c *types.Credentials) { c.SessionToken = nil },
		"empty token":       func(c *types.Credentials) { c.SessionToken = &empty },
		"no expiration":     func(c *types.Credentials) { c.Expiration = nil },
		"zero credentials":  func(c *types.Credentials) { *c = types.Credentials{Expiration: new(time.Time)} },
		"an empty key's id": func(c *types.Credentials) { c.AccessKeyId = &empty },
		"no credentials":    nil,
	} {
		t.Run(name, func(t *testing.T) {
			g, output := newGrant(t), &sts.AssumeRoleOutput{}
			if change != nil {
				output.Credentials = credentials()
				change(output.Credentials)
			}
			g.answering(output, nil)
			got := g.post(event(""))
			if got.StatusCode != 503 || got.code() != "Unavailable" ||
				g.logged()["reason"] != "STS answered without credentials" {
				t.Errorf("got %d %s", got.StatusCode, got.Body)
			}
		})
	}
}
