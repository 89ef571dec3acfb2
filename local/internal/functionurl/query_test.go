package functionurl

import (
	"strings"
	"testing"
)

// TestQueryCharacters sends each query to a URL without IAM, and signed to one with IAM. Both answers to a bad
// character were seen live, and so were most of the rows (sveltejs/kit#7098, #9057 and #15610).
func TestQueryCharacters(t *testing.T) {
	guarded, open := start(t, nil), start(t, none(t))
	for _, row := range []struct {
		name, why, query string
		bad              string // the character that the reason names, "" for an accepted query
	}{
		{name: "URL as a value", why: "seen to pass", query: "url=https://example.com"},
		{name: "path as a value", why: "seen to pass", query: "a=1&next=/x/y"},
		{name: "time as a value", why: "seen to pass", query: "t=10:30"},
		{name: "tilde", why: "unreserved, and no SigV4 client escapes it", query: "a=~&~=b"},
		{name: "equals sign in a value", why: "documented", query: "token=abc=="},
		{name: "all documented", why: "documented", query: "aZ09._-%20+=aZ09._-%20+&b"},
		{name: "empty pairs", why: "nothing bad in them", query: "&&a=1&"},

		{name: "slash as a name", why: "a form action of SvelteKit", query: "/remove", bad: "/"},
		{name: "slash in a name", why: "a form action of SvelteKit", query: "a=1&/remove=", bad: "/"},
		{name: "URL as a name", why: "as a name the colon is seen first", query: "http://example.com", bad: ":"},
		{name: "brackets in a name", why: "not documented", query: "a[]=1", bad: "["},
		{name: "bracket in a value", why: "not documented", query: "a=1[2", bad: "["},
		{name: "comma", why: "not documented", query: "a=1,2", bad: ","},
		{name: "at sign", why: "not documented", query: "mail=a@b.example", bad: "@"},
		{name: "question mark", why: "not documented", query: "a=b?c=d", bad: "?"},
		{name: "star", why: "not documented", query: "a=*", bad: "*"},
		{name: "semicolon", why: "not documented", query: "a=1;b=2", bad: ";"},
		{name: "good and bad", why: "one is enough", query: "url=https://example.com/{id}", bad: "{"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, u := range []*testURL{open, guarded} {
				before := len(u.log.String())
				r := u.request(t, "GET", "/echo?"+row.query, "")
				if u == guarded {
					sign(t, r, "", u.credentials, clock)
				}
				response, body := do(t, r)
				status, message := 200, ""
				switch {
				case row.bad != "" && u == guarded:
					status, message = 403, `{"Message":"Forbidden. For`
				case row.bad != "":
					status, message = 400, `{"message":"The query string is invalid"}`
				}
				if response.StatusCode != status || !strings.Contains(string(body), message) {
					t.Errorf("%s: %s\n%s", row.why, describe(response, body), u.log)
				}
				reason := "query: the query has an unescaped '" + row.bad + "'"
				if logged := u.log.String()[before:]; row.bad != "" && !strings.Contains(logged, reason) {
					t.Errorf("the log does not say %s but:\n%s", reason, logged)
				}
			}
		})
	}
}
