package main

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func TestFunctionName(t *testing.T) {
	one, two := func(*settings) {}, twoFunctions
	for _, row := range []struct {
		name, why string
		config    func(*settings)
		body      string
		code      string // "" for a lease
		function  string
	}{
		{"by name", "as the contract has it", one, `{"function":"summarise"}`, "", "summarise"},
		{"the other one", "not the first of the list", two, `{"function":"translate"}`, "", "translate"},
		{"empty", "the only one is the default", one, "", "", "summarise"},
		{"white space", "is an empty body", one, " \r\n\t", "", "summarise"},
		{"empty object", "the same", one, " {} ", "", "summarise"},
		{"null for a name", "is none", one, `{"function":null}`, "", "summarise"},
		{"the longest", "4 KB", one, "{}" + strings.Repeat(" ", maxBodyBytes-2), "", "summarise"},
		{"none of two", "nothing is guessed", two, "{}", "BadRequest", ""},
		{"empty, of two", "likewise", two, "", "BadRequest", ""},
		{"unknown", "not leased", one, `{"function":"canary"}`, "UnknownFunction", ""},
		{"another case", "names have one", one, `{"function":"Summarise"}`, "UnknownFunction", ""},
		{"no name", "not that of a function", one, `{"function":""}`, "UnknownFunction", ""},
		{"a space too many", "not trimmed", one, `{"function":"summarise "}`, "UnknownFunction", ""},
		{"half a surrogate pair", "no name has U+FFFD", one, `{"function":"\ud800"}`, "UnknownFunction", ""},
		{"one byte too long", "more than 4 KB", one, "{}" + strings.Repeat(" ", maxBodyBytes-1), "BadRequest", ""},
		{"10 MB", "all that API Gateway takes", one, strings.Repeat("canary", 10<<20/6), "BadRequest", ""},
		{"a form", "not JSON", one, "function=canary", "BadRequest", ""},
		{"half a document", "cut off", one, `{"function":"summarise"`, "BadRequest", ""},
		{"a string", "no object", one, `"canary"`, "BadRequest", ""},
		{"an array", "no object", one, `[{"function":"summarise"}]`, "BadRequest", ""},
		{"null", "no object", one, "null", "BadRequest", ""},
		{"a number for a name", "wrong type", one, `{"function":7}`, "BadRequest", ""},
		{"an object for a name", "wrong type", one, `{"function":{"canary":1}}`, "BadRequest", ""},
		{"unknown field", "a typing error is not passed over", one, `{"funktion":"canary"}`, "BadRequest", ""},
		{"a field more", "likewise", one, `{"function":"summarise","canary":1}`, "BadRequest", ""},
		{"two documents", "the second would be lost", one, `{"function":"summarise"}{"canary":1}`, "BadRequest", ""},
		{"rubbish after", "likewise", one, `{"function":"summarise"}canary`, "BadRequest", ""},
		{"deep nesting", "no stack overflows", one, strings.Repeat(`{"a":`, maxBodyBytes/5), "BadRequest", ""},
		{"invalid UTF-8", "not text", one, "{\"function\":\"canary\xff\"}", "BadRequest", ""},
		{"a byte order mark", "not JSON (RFC 8259, section 8.1)", one, "\ufeff{}", "BadRequest", ""},
	} {
		for _, encoded := range []bool{false, true} {
			t.Run(row.name+map[bool]string{true: " in base64"}[encoded], func(t *testing.T) {
				g := newGrant(t, row.config)
				r := event(row.body)
				if encoded {
					r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(row.body)), true
				}
				got := g.post(r)
				if row.code != "" {
					if got.StatusCode != 400 || got.code() != row.code || len(g.asked) != 0 {
						t.Errorf("%s: %d %s, STS was asked %d times", row.why, got.StatusCode, got.Body, len(g.asked))
					}
					return
				}
				leased := g.config.functions[row.function]
				if got.StatusCode != 200 || got.fields["FuncUrl"] != leased.URL {
					t.Fatalf("%s: %d %s", row.why, got.StatusCode, got.Body)
				}
				if policy := *g.asked[0].Policy; !strings.Contains(policy, `"`+leased.ARN+`"`) {
					t.Errorf("%s: the session is for another function: %s", row.why, policy)
				}
			})
		}
	}
}

func TestBodyThatIsNotBase64(t *testing.T) {
	r := event("{}")
	r.IsBase64Encoded = true
	if got := newGrant(t).post(r); got.StatusCode != 400 || got.code() != "BadRequest" {
		t.Errorf("got %d %s", got.StatusCode, got.Body)
	}
}

// TestSubjectIsReadFromOnePlace: each kind of authorizer sets one field. A subject in another field does not count.
func TestSubjectIsReadFromOnePlace(t *testing.T) {
	type context = events.APIGatewayProxyRequestContext
	places := map[subjectSource]func(*context, string){
		"cognito": func(c *context, subject string) {
			c.Authorizer["claims"] = map[string]any{"sub": subject, "email": "ada@example.com"}
		},
		"lambda":  func(c *context, subject string) { c.Authorizer["principalId"] = subject },
		"iam":     func(c *context, subject string) { c.Identity.UserArn = subject },
		"api-key": func(c *context, subject string) { c.Identity.APIKeyID = subject },
	}
	for kind, put := range places {
		t.Run(string(kind), func(t *testing.T) {
			configured := func(s *settings) { s.subject = kind }
			g, r := newGrant(t, configured), event("")
			delete(r.RequestContext.Authorizer, "principalId")
			for other, forge := range places {
				if other != kind {
					forge(&r.RequestContext, "mallory")
				}
			}
			// The caller may write these.
			r.MultiValueHeaders["principalId"], r.MultiValueHeaders["sub"] = []string{"mallory"}, []string{"mallory"}
			r.RequestContext.Authorizer["sub"], r.RequestContext.Authorizer["username"] = "mallory", "mallory"
			r.RequestContext.Identity.User, r.RequestContext.Identity.Caller = "mallory", "mallory"
			r.RequestContext.Identity.AccessKey = "mallory"
			if kind != "iam" {
				r.RequestContext.Identity.CognitoIdentityID = "mallory"
			}
			if got := g.post(r); got.StatusCode != 403 || got.code() != "NoSubject" || len(g.asked) != 0 {
				t.Fatalf("a subject in another place: %d %s", got.StatusCode, got.Body)
			}
			put(&r.RequestContext, "the-right-one")
			g = newGrant(t, configured)
			if got := g.post(r); got.StatusCode != 200 || *g.asked[0].RoleSessionName != "the-right-one" ||
				*g.asked[0].SourceIdentity != "the-right-one" {
				t.Errorf("got %d %s", got.StatusCode, got.Body)
			}
			put(&r.RequestContext, "")
			if got := newGrant(t, configured).post(r); got.StatusCode != 403 || got.code() != "NoSubject" {
				t.Errorf("an empty subject: %d %s", got.StatusCode, got.Body)
			}
		})
	}
}

// TestIdentityPool: users with an identity pool's credentials have one ARN. Their ids tell them apart.
func TestIdentityPool(t *testing.T) {
	names := map[string]bool{}
	for _, id := range []string{
		"eu-west-1:11111111-2222-3333-4444-555555555555",
		"eu-west-1:66666666-7777-8888-9999-000000000000",
		"",
	} {
		g, r := newGrant(t, func(s *settings) { s.subject = "iam" }), event("")
		r.RequestContext.Identity.UserArn = "arn:aws:sts::111122223333:assumed-role/Pool/CognitoIdentityCredentials"
		r.RequestContext.Identity.CognitoIdentityID = id
		if got := g.post(r); got.StatusCode != 200 {
			t.Fatalf("got %d %s", got.StatusCode, got.Body)
		}
		names[*g.asked[0].RoleSessionName] = true
	}
	if len(names) != 3 {
		t.Errorf("names %v", names)
	}
	g, r := newGrant(t, func(s *settings) { s.subject = "iam" }), event("")
	r.RequestContext.Identity.CognitoIdentityID = "eu-west-1:11111111-2222-3333-4444-555555555555"
	if got := g.post(r); got.StatusCode != 403 {
		t.Errorf("an id without an ARN, so without a signature: %d %s", got.StatusCode, got.Body)
	}
}

// TestSubjectOfAnotherType: only a string is a subject.
func TestSubjectOfAnotherType(t *testing.T) {
	for kind, authorizer := range map[subjectSource]map[string]any{
		"cognito": {"claims": `{"sub":"ada"}`},
		"lambda":  {"principalId": map[string]any{"sub": "ada"}},
		"iam":     nil,
		"api-key": nil,
	} {
		numbers := map[string]any{"claims": map[string]any{"sub": 7}, "principalId": 7}
		for _, authorizer := range []map[string]any{authorizer, numbers, nil} {
			r := event("")
			r.RequestContext.Authorizer = authorizer
			got := newGrant(t, func(s *settings) { s.subject = kind }).post(r)
			if got.StatusCode != 403 || got.code() != "NoSubject" {
				t.Errorf("%s with %v: %d %s", kind, authorizer, got.StatusCode, got.Body)
			}
		}
	}
}

func TestSourceIP(t *testing.T) {
	for _, row := range []struct {
		name, why, address string
		bound              bool
		want               string // aws:SourceIp of the session policy, "" for none
		status             int
	}{
		{"IPv4", "one address", "203.0.113.7", true, "203.0.113.7/32", 200},
		{"IPv6", "one address, with a mask of its own", "2001:db8::7", true, "2001:db8::7/128", 200},
		{"IPv6, written out", "in one form", "2001:0DB8:0000:0000:0000:0000:0000:0007", true, "2001:db8::7/128", 200},
		{"not bound", "the default", "203.0.113.7", false, "", 200},
		{"none, not bound", "is not even read", "", false, "", 200},
		{"none", "a lease for every address is not what was ordered", "", true, "", 403},
		{"no address", "likewise", "canary", true, "", 403},
		{"two addresses", "as X-Forwarded-For has them", "203.0.113.7, 203.0.113.8", true, "", 403},
		{"a network", "is more than one address", "203.0.113.0/24", true, "", 403},
		{"a port", "not an address", "203.0.113.7:443", true, "", 403},
		{"a zone", "an interface of this machine's", "fe80::1%eth0", true, "", 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGrant(t, func(s *settings) { s.bindToSourceIP = row.bound })
			r := event("")
			r.RequestContext.Identity.SourceIP = row.address
			for _, name := range []string{
				"X-Forwarded-For", "x-forwarded-for", "X-Real-IP", "Forwarded", "True-Client-IP",
			} {
				r.MultiValueHeaders[name] = []string{"192.0.2.66"} // the caller's text
			}
			got := g.post(r)
			if got.StatusCode != row.status || (row.status == 403) != (got.code() == "NoSourceIp") {
				t.Fatalf("%s: %d %s", row.why, got.StatusCode, got.Body)
			}
			if row.status != 200 {
				return
			}
			policy := *g.asked[0].Policy
			if row.want == "" && strings.Contains(policy, "SourceIp") {
				t.Errorf("%s: %s", row.why, policy)
			}
			if times := strings.Count(policy, `{"aws:SourceIp":"`+row.want+`"}`); row.want != "" && times != 2 {
				t.Errorf("%s: %s is %d times in %s", row.why, row.want, times, policy)
			}
		})
	}
}
