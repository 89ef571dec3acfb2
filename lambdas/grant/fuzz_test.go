package main

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// FuzzHandle: for any body and origin the answer is a lease of the function that was named, or a 4xx in JSON.
func FuzzHandle(f *testing.F) {
	for _, body := range []string{
		"", "{}", "null", `{"function":"summarise"}`, `{"function":"translate"}`, `{"function":null}`,
		`{"function":""}`, `{"function":7}`, `{"function":{}}`, `{"function":["summarise"]}`,
		`{"Function":"summarise"}`, `{"function":"summarise","function":"translate"}`,
		`{"function":"\u0073ummarise"}`, `{"function":"\ud800"}`, `{"funktion":"x"}`,
		`{"function":"summarise"}{}`, `{"function":"summarise"`, "\xff", "\ufeff{}", "{}\x00", " {} ", "\u00a0",
		strings.Repeat(`{"a":`, 800), strings.Repeat("[", 4096), `{"function":"` + strings.Repeat("a", 4096) + `"}`,
		"eyJmdW5jdGlvbiI6InN1bW1hcmlzZSJ9",
	} {
		for _, encoded := range []bool{false, true} {
			f.Add(body, encoded, app)
		}
	}
	f.Add("", false, "https://evil.example")
	f.Add("", false, "*")
	f.Add("", false, app+", "+app)
	f.Fuzz(func(t *testing.T, body string, encoded bool, origin string) {
		g := newGrant(t, twoFunctions)
		g.handler.log = slog.New(slog.DiscardHandler) // The fuzzer may make text that looks like a secret.
		r := from(origin, event(body))
		r.IsBase64Encoded = encoded
		response, err := g.handle(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]string
		if err := json.Unmarshal([]byte(response.Body), &fields); err != nil {
			t.Fatalf("%d %s: %v", response.StatusCode, response.Body, err)
		}
		listed := origin == "" || origin == app || origin == "http://localhost:3000"
		switch {
		case response.StatusCode == 200 && listed:
			leased := g.config.functions[nameIn(t, r)]
			if fields["FuncUrl"] != leased.URL || !strings.Contains(*g.asked[0].Policy, `"`+leased.ARN+`"`) {
				t.Errorf("%q leased %s by %s", body, fields["FuncUrl"], *g.asked[0].Policy)
			}
		case response.StatusCode == 400 && listed, response.StatusCode == 403 && !listed:
			if len(g.asked) != 0 || fields["error"] == "" || fields["message"] == "" {
				t.Errorf("%q answered %s, STS was asked %d times", body, response.Body, len(g.asked))
			}
		default:
			t.Errorf("%q from %q answered %d %s", body, origin, response.StatusCode, response.Body)
		}
	})
}

// nameIn reads a body that was taken, less strictly than the handler does.
func nameIn(t *testing.T, r events.APIGatewayProxyRequest) string {
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		body, _ = base64.StdEncoding.DecodeString(r.Body)
	}
	var asked struct{ Function string }
	if err := json.Unmarshal(body, &asked); err != nil || asked.Function == "" {
		t.Fatalf("%q was taken: %v", body, err)
	}
	return asked.Function
}

// FuzzSessionName: for any subject STS takes the name, and it is no e-mail address.
func FuzzSessionName(f *testing.F) {
	for _, subject := range []string{
		"", "a", "ab", "ada", "ada@example.com", "auth0|507f", "arn:aws:iam::111122223333:user/ada", "愛田",
		"sha256-", hashPrefix + hash("ada")[:40], strings.Repeat("a", 64), strings.Repeat("a", 65),
		"ada\n", "\x00", "\xff\xfe", "ａｄａ", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "a=b,c.d+e_f-g",
	} {
		f.Add(subject)
	}
	f.Fuzz(func(t *testing.T, subject string) {
		name := sessionName(subject)
		if !stsName.MatchString(name) || strings.Contains(name, "@") || !utf8.ValidString(name) {
			t.Errorf("%q becomes %q", subject, name)
		}
		if name != subject && name != hashPrefix+hash(subject)[:40] {
			t.Errorf("%q becomes %q, which is neither itself nor its hash", subject, name)
		}
		if name == subject && strings.HasPrefix(subject, hashPrefix) {
			t.Errorf("%q may be the name of another", subject)
		}
	})
}

// stsTagValue matches the values of tags that STS takes (STS API Reference, API_Tag).
var stsTagValue = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,256}$`)

// FuzzSessionTags: for any claim the session has it as its tag, unchanged, and STS takes it. Otherwise there is no
// session.
func FuzzSessionTags(f *testing.F) {
	for _, claim := range []string{
		"", "acme", "ada@example.com", "a,b", "[a b]", "${aws:userid}", "*", "?", "愛", "a\u0301", "\u2028", "\u00a0",
		"\x00", "\xff", strings.Repeat("a", 256), strings.Repeat("a", 257), strings.Repeat("\U00020000", 256),
	} {
		f.Add(claim)
	}
	f.Fuzz(func(t *testing.T, claim string) {
		g := newGrant(t, tagging("cognito", map[string]string{"tenant": "t"}))
		g.handler.log = slog.New(slog.DiscardHandler) // The fuzzer may make text that looks like a secret.
		r := event("")
		r.RequestContext.Authorizer = map[string]any{"claims": map[string]any{"sub": "ada", "t": claim}}
		response, err := g.handle(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		switch taken := stsTagValue.MatchString(claim); {
		case response.StatusCode == 200 && taken:
			if tags := tagsOf(g.asked[0]); len(tags) != 2 || tags["tenant"] != claim {
				t.Errorf("%q became the tags %q", claim, tags)
			}
		case response.StatusCode == 403 && !taken:
			if len(g.asked) != 0 {
				t.Errorf("%q: STS was asked %d times", claim, len(g.asked))
			}
		default:
			t.Errorf("%q answered %d %s", claim, response.StatusCode, response.Body)
		}
	})
}
