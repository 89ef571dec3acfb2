package main

import (
	"context"
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

// The fields are an interface: clients in the field expect exactly these names.
func TestLeaseFields(t *testing.T) {
	got := newGrant(t).post(event(`{"function":"summarise"}`))
	want := map[string]string{
		"FuncUrl": functionURL, "Region": "eu-west-1", "AccessKeyId": accessKeyID, "SecretAccessKey": secretKey, "SessionToken": token,
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
		{"listed", "is told its own name", listed, map[string][]string{"Origin": {app}}, 200, app},
		{"another listed one", "is told its own name too", listed, map[string][]string{"origin": {"http://localhost:3000"}}, 200, "http://localhost:3000"},
		{"in capitals", "a header's name has no case", listed, map[string][]string{"ORIGIN": {app}}, 200, app},
		{"none", "a program, not a web page", listed, nil, 200, ""},
		{"not listed", "another web page", listed, map[string][]string{"Origin": {"https://evil.example"}}, 403, ""},
		{"not listed, in capitals", "cannot hide by the case of the name", listed, map[string][]string{"oRIGIN": {"https://evil.example"}}, 403, ""},
		{"null", "a sandboxed page", listed, map[string][]string{"Origin": {"null"}}, 403, ""},
		{"longer", "only the whole counts", listed, map[string][]string{"Origin": {app + ".evil.example"}}, 403, ""},
		{"another scheme", "likewise", listed, map[string][]string{"Origin": {"http://app.example.com"}}, 403, ""},
		{"another case", "browsers send hosts in lower case", listed, map[string][]string{"Origin": {"https://APP.example.com"}}, 403, ""},
		{"a star", "no page has that origin", listed, map[string][]string{"Origin": {"*"}}, 403, ""},
		{"two", "the first is listed", listed, map[string][]string{"Origin": {app, "https://evil.example"}}, 403, ""},
		{"two, the other way round", "the last is listed", listed, map[string][]string{"Origin": {"https://evil.example", app}}, 403, ""},
		{"two listed", "no browser does that", listed, map[string][]string{"Origin": {app, app}}, 403, ""},
		{"any origin", "the star itself", anyOrigin, map[string][]string{"Origin": {"https://evil.example"}}, 200, "*"},
		{"any origin, none", "the star too", anyOrigin, nil, 200, "*"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGrant(t, row.config)
			r := event("")
			maps.Copy(r.MultiValueHeaders, row.headers)
			got := g.post(r)
			if got.StatusCode != row.status || (row.status == 403) != (got.code() == "OriginNotAllowed") || len(g.asked) != map[int]int{200: 1, 403: 0}[row.status] {
				t.Errorf("%s: %d %s, STS was asked %d times", row.why, got.StatusCode, got.Body, len(g.asked))
			}
			want := []string{"Cache-Control", "Content-Type", "Vary"} // and never Access-Control-Allow-Credentials
			if row.allowed != "" {
				want = []string{"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Cache-Control", "Content-Type", "Vary"}
			}
			if names := slices.Sorted(maps.Keys(got.Headers)); !slices.Equal(names, want) || got.Headers["Access-Control-Allow-Origin"] != row.allowed {
				t.Errorf("%s: headers %v", row.why, got.Headers)
			}
		})
	}
}

// TestOriginUnderTwoNames: whichever of them comes first, which in a map is by chance, both count.
func TestOriginUnderTwoNames(t *testing.T) {
	for range 50 {
		r := from(app, event(""))
		r.MultiValueHeaders["origin"] = []string{app}
		if got := newGrant(t).post(r); got.StatusCode != 403 || got.code() != "OriginNotAllowed" {
			t.Fatalf("got %d %s", got.StatusCode, got.Body)
		}
	}
}

// TestSingleValueHeaders: API Gateway writes both forms; where only one is there, it counts.
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

// TestRefusalsCanBeRead: a page that is listed may read why it was refused, and after what time it may ask again.
func TestRefusalsCanBeRead(t *testing.T) {
	g := newGrant(t)
	g.assumeRole = func(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
		return nil, errors.New("canary")
	}
	for body, status := range map[string]int{`{"function":"canary"}`: 400, "canary": 400, "": 503} {
		got := g.post(from(app, event(body)))
		if got.StatusCode != status || got.Headers["Access-Control-Allow-Origin"] != app || got.Headers["Access-Control-Expose-Headers"] != "Retry-After" {
			t.Errorf("%q: %d %v", body, got.StatusCode, got.Headers)
		}
		if status == 503 && got.Headers["Retry-After"] != "2" {
			t.Errorf("Retry-After is %q", got.Headers["Retry-After"])
		}
	}
}

// TestLog is every field of the log. That there is no secret in it is checked in all tests, by newGrant.
func TestLog(t *testing.T) {
	const adasHash = "b5fc85e55755f9e0" // printf ada@example.com | sha256sum | cut -c1-16
	for _, row := range []struct {
		name, why string
		request   events.APIGatewayProxyRequest
		want      map[string]any
	}{
		{"granted", "who, what, until when", from(app, event("")), map[string]any{
			"level": "INFO", "msg": "granted", "function": "summarise", "accessKeyId": accessKeyID, "expiration": "2026-01-01T18:19:05Z", "subjectHash": "",
		}},
		{"unknown function", "its name is the client's text", event(`{"function":"canary"}`), map[string]any{
			"level": "WARN", "msg": "refused", "status": 400.0, "error": "UnknownFunction", "reason": "", "subjectHash": "",
		}},
		{"bad body", "none of it", event(`{"canary":1}`), map[string]any{
			"level": "WARN", "msg": "refused", "status": 400.0, "error": "BadRequest", "reason": "", "subjectHash": "",
		}},
		{"another origin", "it is a header of the client's", from("https://evil.example", event("")), map[string]any{
			"level": "WARN", "msg": "refused", "status": 403.0, "error": "OriginNotAllowed", "reason": "",
		}},
		{"no subject", "with where it was looked for", func() events.APIGatewayProxyRequest {
			r := event("")
			delete(r.RequestContext.Authorizer, "principalId")
			return r
		}(), map[string]any{
			"level": "WARN", "msg": "refused", "status": 403.0, "error": "NoSubject", "reason": "no subject where an authorizer of kind lambda puts it",
		}},
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

// TestHalfASession: what STS left out makes no lease.
func TestHalfASession(t *testing.T) {
	empty := ""
	for name, change := range map[string]func(*types.Credentials) *types.Credentials{
		"no credentials":    func(*types.Credentials) *types.Credentials { return nil },
		"no access key id":  func(c *types.Credentials) *types.Credentials { c.AccessKeyId = nil; return c },
		"no secret key":     func(c *types.Credentials) *types.Credentials { c.SecretAccessKey = nil; return c },
		"empty secret key":  func(c *types.Credentials) *types.Credentials { c.SecretAccessKey = &empty; return c },
		"no session token":  func(c *types.Credentials) *types.Credentials { c.SessionToken = nil; return c },
		"empty token":       func(c *types.Credentials) *types.Credentials { c.SessionToken = &empty; return c },
		"no expiration":     func(c *types.Credentials) *types.Credentials { c.Expiration = nil; return c },
		"zero credentials":  func(*types.Credentials) *types.Credentials { return &types.Credentials{Expiration: new(time.Time)} },
		"an empty key's id": func(c *types.Credentials) *types.Credentials { c.AccessKeyId = &empty; return c },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGrant(t)
			g.assumeRole = func(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
				return &sts.AssumeRoleOutput{Credentials: change(credentials())}, nil
			}
			if got := g.post(event("")); got.StatusCode != 503 || got.code() != "Unavailable" || g.logged()["reason"] != "STS answered without credentials" {
				t.Errorf("got %d %s", got.StatusCode, got.Body)
			}
		})
	}
}
