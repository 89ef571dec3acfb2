package waf_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

// TestInsertedHeaders has AWS's example of two rules (AWS WAF Developer Guide, customizing-the-incoming-request).
func TestInsertedHeaders(t *testing.T) {
	insert := func(name, value string) object {
		return object{"CustomRequestHandling": object{"InsertHeaders": []object{{"Name": name, "Value": value}}}}
	}
	every := size(uriPath, "GT", 0)
	for _, row := range []struct {
		name, why string
		last      object
		want      string
	}{
		{"both", "RuleA counts, so RuleB inserts too", insert("RuleBHeader", "b"), "a b"},
		{"same name", "the last rule's stays", insert("RuleAHeader", "b"), "b "},
	} {
		acl := newACL(t, webACL(
			object{
				"Name": "RuleA", "Priority": 1, "Statement": every,
				"Action": object{"Count": insert("RuleAHeader", "a")},
			},
			object{"Name": "RuleB", "Priority": 2, "Statement": every, "Action": object{"Allow": row.last}},
		), &clock{})
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Amzn-Waf-RuleAHeader", "the client's")
		verdict := acl.Evaluate(r, netip.MustParseAddr("192.0.2.1"))
		got := r.Header.Get("x-amzn-waf-RuleAHeader") + " " + r.Header.Get("x-amzn-waf-RuleBHeader")
		if got != row.want || !verdict.Allowed {
			t.Errorf("%s: %s: %q, %+v", row.name, row.why, got, verdict)
		}
	}
	properties := webACL()
	properties["DefaultAction"] = object{"Allow": insert("fruit", "watermelon")}
	r := httptest.NewRequest("GET", "/", nil)
	newACL(t, properties, &clock{}).Evaluate(r, netip.MustParseAddr("192.0.2.1"))
	if got := r.Header.Get("x-amzn-waf-fruit"); got != "watermelon" {
		t.Errorf("default action: %q", got)
	}
}
