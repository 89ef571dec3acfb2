package waf_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// jsonBody is a part with changes over a field that inspects all of a JSON body.
func jsonBody(changes object) object {
	properties := object{"MatchPattern": object{"All": object{}}, "MatchScope": "ALL"}
	maps.Copy(properties, changes)
	return object{"JsonBody": properties}
}

// TestJSONBody has AWS's example of a path (AWS WAF Developer Guide, waf-rule-statement-fields-list, "JSON body").
func TestJSONBody(t *testing.T) {
	const example = `{"a":{"c":"d","b":{"e":{"f":"g"}}}}`
	at := func(scope string, paths ...string) object {
		return jsonBody(object{"MatchPattern": object{"IncludedPaths": paths}, "MatchScope": scope})
	}
	fallback := func(behavior string) object { return jsonBody(object{"InvalidFallbackBehavior": behavior}) }
	for _, row := range []struct {
		name, why string
		part      object
		body      string
		texts     []string // that match; none of the others of all rows do
	}{
		{
			"AWS's example", "the key b of the path is not inspected",
			at("ALL", "/a/b"), example,
			[]string{"e", "f", "g"},
		},
		{"its keys", "e and f", at("KEY", "/a/b"), example, []string{"e", "f"}},
		{"its values", "g", at("VALUE", "/a/b"), example, []string{"g"}},
		{"all", "keys and values", jsonBody(nil), example, []string{"a", "b", "c", "d", "e", "f", "g"}},
		{
			"two paths", "indices count from 0",
			at("VALUE", "/0/b", "/1/b"), `[{"b":"d"},{"b":"e"},{"b":"f"}]`,
			[]string{"d", "e"},
		},
		{"escaped path", "as RFC 6901 has it", at("VALUE", "/a~1b~0"), `{"a/b~":"d"}`, []string{"d"}},
		{"longer name", "is another path", at("VALUE", "/a"), `{"ab":"d"}`, nil},
		{
			"literals", "as they are written",
			jsonBody(nil), `[1.50,true,null,"d"]`,
			[]string{"1.50", "true", "null", "d"},
		},
		{"escapes", "are decoded", jsonBody(nil), `["\u0064"]`, []string{"d"}},
		{"no body", "has nothing to inspect", fallback("MATCH"), "", nil},
		{"invalid", "up to the failure", jsonBody(nil), `{"a":"d","b":e`, []string{"a", "b", "d"}},
		{"cut", "is invalid", fallback("NO_MATCH"), `{"a":"d"`, nil},
		{"invalid as text", "is one text", fallback("EVALUATE_AS_STRING"), "d", []string{"d"}},
		{"key that stands twice", "is a failure", jsonBody(nil), `{"a":"d","a":"e"}`, []string{"a", "d"}},
		{"two values", "the second is a failure", fallback("NO_MATCH"), `["d"]["e"]`, nil},
		{"string", "AWS takes an object or an array", jsonBody(nil), `"d"`, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, text := range []string{"a", "b", "c", "d", "e", "f", "g", "1.50", "true", "null"} {
				acl := newACL(t, webACL(blocking("Match", 1, on(row.part, "EXACTLY", text))), &clock{})
				verdict := post{target: "/", body: row.body}.evaluate(t, acl)
				if verdict.Allowed == slices.Contains(row.texts, text) {
					t.Errorf("%s: %s: %+v", row.why, text, verdict)
				}
			}
		})
	}
	acl := newACL(t, webACL(blocking("Match", 1, on(fallback("MATCH"), "EXACTLY", "x"))), &clock{})
	if verdict := (post{target: "/", body: "{"}).evaluate(t, acl); verdict.Allowed {
		t.Errorf("MATCH: %+v", verdict)
	}
	large := jsonBody(object{"OversizeHandling": "MATCH"})
	acl = newACL(t, webACL(blocking("Match", 1, on(large, "EXACTLY", "x"))), &clock{})
	if verdict := (post{target: "/", body: strings.Repeat(" ", 20000)}).evaluate(t, acl); verdict.Allowed {
		t.Errorf("large: %+v", verdict)
	}
}
