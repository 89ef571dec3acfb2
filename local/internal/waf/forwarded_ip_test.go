package waf_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// askOf is a request of a test, a GET of / unless it says otherwise.
type askOf struct {
	method, target string
	client         string
	header         http.Header
}

func (s askOf) evaluate(acl *waf.ACL) waf.Verdict {
	r := httptest.NewRequest("GET", "/", nil)
	if s.method != "" {
		r.Method = s.method
	}
	if s.target != "" {
		r.RequestURI = s.target
	}
	if s.client == "" {
		s.client = "192.0.2.1"
	}
	for name, values := range s.header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	return acl.Evaluate(r, netip.MustParseAddr(s.client))
}

// forwarded is a request with an X-Forwarded-For.
func forwarded(values ...string) askOf { return askOf{header: http.Header{"X-Forwarded-For": values}} }

// forwardedSet asks whether an address of the header is in v4Set.
func forwardedSet(position, fallback string) object {
	return object{"IPSetReferenceStatement": object{"Arn": v4Set, "IPSetForwardedIPConfig": object{
		"HeaderName": "X-Forwarded-For", "Position": position, "FallbackBehavior": fallback,
	}}}
}

// TestForwardedIPSet has requests with 203.0.113.7, which is in the set.
func TestForwardedIPSet(t *testing.T) {
	const in, out = "203.0.113.7", "10.1.1.1"
	ten := strings.Repeat(", "+out, 10)
	for _, row := range []struct {
		name, why string
		statement object
		request   askOf
		matches   bool
	}{
		{
			"first", "the client's address is in the set",
			forwardedSet("FIRST", "NO_MATCH"), forwarded(in + ", " + out), true,
		},
		{
			"not first", "a proxy's address does not count",
			forwardedSet("FIRST", "NO_MATCH"), forwarded(out + "," + in), false,
		},
		{"last", "the last proxy's is", forwardedSet("LAST", "NO_MATCH"), forwarded(out + "," + in), true},
		{"any", "one is enough", forwardedSet("ANY", "NO_MATCH"), forwarded(out + "," + in + "," + out), true},
		{"any of ten", "the last ten count", forwardedSet("ANY", "NO_MATCH"), forwarded(in + ten), false},
		{"second header", "continues the first", forwardedSet("LAST", "NO_MATCH"), forwarded(out, in), true},
		{"malformed", "MATCH says so", forwardedSet("FIRST", "MATCH"), forwarded("unknown, " + in), true},
		{
			"malformed, no match", "NO_MATCH says so",
			forwardedSet("FIRST", "NO_MATCH"), forwarded("unknown, " + in), false,
		},
		{"no header", "the rule does not apply", forwardedSet("FIRST", "MATCH"), askOf{}, false},
		{"no header, inverted", "the rule does not apply", inverse(forwardedSet("FIRST", "MATCH")), askOf{}, false},
		{"inverted", "the address is not in the set", inverse(forwardedSet("FIRST", "MATCH")), forwarded(out), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			acl := newACL(t, webACL(blocking("Set", 1, row.statement)), &clock{})
			if verdict := row.request.evaluate(acl); verdict.Allowed == row.matches {
				t.Errorf("%s: %+v", row.why, verdict)
			}
		})
	}
}

// TestHeaderOfAnUnreadableScope checks that a header which only an unreadable scope-down statement needs is not
// required, since the rule then applies to every request.
func TestHeaderOfAnUnreadableScope(t *testing.T) {
	limit := rate(10)
	limit["RateBasedStatement"].(object)["ScopeDownStatement"] = both(
		forwardedSet("FIRST", "MATCH"), object{"SqliMatchStatement": object{}},
	)
	acl := newACL(t, webACL(blocking("Rate", 1, limit)), &clock{})
	for i := range 11 {
		if verdict := ask(acl, "192.0.2.1"); verdict.Allowed != (i < 10) {
			t.Errorf("request %d: %+v", i+1, verdict)
		}
	}
}
