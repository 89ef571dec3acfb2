package waf_test

import (
	"io"
	"maps"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// common is a rule with the common rule set; changes go over its statement.
func common(changes object) object {
	statement := object{"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}
	maps.Copy(statement, changes)
	return object{
		"Name": "Common", "Priority": 0, "OverrideAction": object{"None": object{}},
		"Statement": object{"ManagedRuleGroupStatement": statement},
	}
}

// override is a rule's entry in RuleActionOverrides.
func override(name, action string) object {
	return object{"Name": name, "ActionToUse": object{action: object{}}}
}

// post is the POST request of a test. Its header and its body are optional.
type post struct {
	target        string
	header, value string
	body          string
	chunked       bool
}

func (s post) evaluate(t *testing.T, acl *waf.ACL) waf.Verdict {
	t.Helper()
	r := httptest.NewRequest("POST", "/", strings.NewReader(s.body))
	r.RequestURI = s.target
	r.Header.Set("User-Agent", "test")
	if s.header != "" {
		r.Header.Set(s.header, s.value)
	}
	if s.chunked {
		r.ContentLength = -1
	}
	verdict := acl.Evaluate(r, netip.MustParseAddr("192.0.2.1"))
	if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != s.body {
		t.Errorf("%d bytes of the body are left, %v, want all %d", len(rest), err, len(s.body))
	}
	return verdict
}

func TestCommonRules(t *testing.T) {
	of := func(n int) string { return strings.Repeat("a", n) }
	for _, row := range []struct {
		name, why string
		request   post
		rule      string // that blocks, or "" for none
	}{
		{"agent", "any User-Agent will do", post{target: "/"}, ""},
		{"empty agent", "counts as missing", post{target: "/", header: "User-Agent"}, "NoUserAgent_HEADER"},
		{"query", "2,048 bytes pass", post{target: "/?" + of(2048)}, ""},
		{"long query", "one more does not", post{target: "/?" + of(2049)}, "SizeRestrictions_QUERYSTRING"},
		{
			"query with a question mark", "the first one begins it, and the others are part of it",
			post{target: "/?" + of(2040) + "?" + of(7)},
			"",
		},
		{"path", "1,024 bytes pass", post{target: "/" + of(1023)}, ""},
		{"long path", "one more does not", post{target: "/" + of(1024)}, "SizeRestrictions_URIPATH"},
		{
			"escapes", "the path is measured as the client sent it",
			post{target: "/" + strings.Repeat("%41", 342)},
			"SizeRestrictions_URIPATH",
		},
		{"cookies", "10,240 bytes pass", post{target: "/", header: "Cookie", value: of(10240)}, ""},
		{
			"many cookies", "one more does not",
			post{target: "/", header: "Cookie", value: of(10241)},
			"SizeRestrictions_Cookie_HEADER",
		},
		{
			"another large header", "only cookies are measured",
			post{target: "/", header: "X-Large", value: of(10241)},
			"",
		},
		{"body", "8,192 bytes pass", post{target: "/", body: of(8192)}, ""},
		{"large body", "one more does not", post{target: "/", body: of(8193)}, "SizeRestrictions_BODY"},
		{"chunks", "8,192 bytes pass without a length too", post{target: "/", body: of(8192), chunked: true}, ""},
		{
			"large chunks", "one more does not",
			post{target: "/", body: of(8193), chunked: true},
			"SizeRestrictions_BODY",
		},
		{
			"very large chunks", "what was read stays in the body",
			post{target: "/", body: of(1 << 20), chunked: true},
			"SizeRestrictions_BODY",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			verdict := row.request.evaluate(t, newACL(t, webACL(common(nil)), &clock{}))
			want := "default action"
			if row.rule != "" {
				want = row.rule + " of Common"
			}
			if verdict.Rule != want || verdict.Allowed != (row.rule == "") {
				t.Errorf("%s: %+v, want %s", row.why, verdict, want)
			}
		})
	}
}

func TestNoUserAgentAtAll(t *testing.T) {
	acl := newACL(t, webACL(common(nil)), &clock{})
	verdict := acl.Evaluate(httptest.NewRequest("GET", "/", nil), netip.MustParseAddr("192.0.2.1"))
	if verdict.Allowed || verdict.Rule != "NoUserAgent_HEADER of Common" || verdict.Status != 403 {
		t.Errorf("%+v", verdict)
	}
}

// TestOverrides sends a request whose query and path are too long.
func TestOverrides(t *testing.T) {
	const query, path = "SizeRestrictions_QUERYSTRING", "SizeRestrictions_URIPATH"
	overridden := func(overrides ...object) object { return common(object{"RuleActionOverrides": overrides}) }
	counting := overridden(override(query, "Block"))
	counting["OverrideAction"] = object{"Count": object{}}
	custom := override(query, "Block")
	custom["ActionToUse"] = object{"Block": object{"CustomResponse": object{"ResponseCode": 414}}}
	for _, row := range []struct {
		name, why string
		rule      object
		decided   string
		status    int // 0 where the request is allowed
		counted   []string
	}{
		{"none", "both block", common(nil), query + " of Common", 403, nil},
		{
			"count", "the other rules go on blocking", overridden(override(query, "Count")),
			path + " of Common", 403,
			[]string{query + " of Common"},
		},
		{
			"excluded", "the older form of the same", common(object{"ExcludedRules": []object{{"Name": query}}}),
			path + " of Common", 403,
			[]string{query + " of Common"},
		},
		{
			"count both", "nothing blocks",
			overridden(override(query, "Count"), override(path, "Count")),
			"default action", 0,
			[]string{query + " of Common", path + " of Common"},
		},
		{
			"count of the group", "the group ends where it would block, and that is counted", counting,
			"default action", 0,
			[]string{query + " of Common"},
		},
		{
			"misspelt", "AWS passes over a name that the group does not have",
			overridden(override("SizeRestriction_QUERYSTRING", "Count")),
			query + " of Common", 403, nil,
		},
		{
			"allow", "allows past all later rules", overridden(override(query, "Allow")),
			query + " of Common", 0, nil,
		},
		{
			"captcha", "nobody solves one here", overridden(override(query, "Captcha")),
			query + " of Common", 405, nil,
		},
		{
			"challenge", "nobody solves one here either", overridden(override(query, "Challenge")),
			query + " of Common", 202, nil,
		},
		{
			"block with an answer", "a custom response is the rule's", overridden(custom),
			query + " of Common", 414, nil,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			long := "/" + strings.Repeat("p", 2000) + "?" + strings.Repeat("q", 3000)
			verdict := post{target: long}.evaluate(t, newACL(t, webACL(row.rule), &clock{}))
			if verdict.Rule != row.decided || verdict.Allowed != (row.status == 0) || verdict.Status != row.status {
				t.Errorf("%s: %+v, want %d by %s", row.why, verdict, row.status, row.decided)
			}
			if !slices.Equal(verdict.Counted, row.counted) {
				t.Errorf("%s: counted %q, want %q", row.why, verdict.Counted, row.counted)
			}
		})
	}
}

func TestOverrideWithoutAnAction(t *testing.T) {
	rule := common(object{"RuleActionOverrides": []object{{"Name": "SizeRestrictions_BODY", "ActionToUse": object{}}}})
	_, err := waf.New(config(webACL(rule), &clock{}))
	if err == nil || !strings.Contains(err.Error(), "RuleActionOverrides: SizeRestrictions_BODY: names none of") {
		t.Error(err)
	}
}

// everywhere ends the line about a scope-down statement of kind GeoMatchStatement.
const everywhere = "(GeoMatchStatement, since --viewer-country is not given): here the rule applies to every request"

// TestGroupNotSimulated holds the lines that a start prints.
func TestGroupNotSimulated(t *testing.T) {
	const rest = "WAF rule Common: managed rule group AWS/AWSManagedRulesCommonRuleSet" +
		", but for its rules of sizes and of a missing User-Agent"
	geo := object{"GeoMatchStatement": object{"CountryCodes": []string{"XX"}}}
	for _, row := range []struct {
		name, why string
		changes   object
		want      []string
	}{
		{"common rule set", "its other rules are not simulated", nil, []string{rest}},
		{
			"another vendor", "a group of the same name",
			object{"VendorName": "Other"},
			[]string{"WAF rule Common: managed rule group Other/AWSManagedRulesCommonRuleSet (the rule is left out)"},
		},
		{
			"scope-down", "it cannot be read",
			object{"ScopeDownStatement": inverse(geo)},
			[]string{"WAF rule Common: its ScopeDownStatement " + everywhere, rest},
		},
		{
			"captcha", "nobody solves one here",
			object{"RuleActionOverrides": []object{override("SizeRestrictions_BODY", "Captcha")}},
			[]string{rest, "WAF rule SizeRestrictions_BODY of Common: action CAPTCHA: " +
				"each request that it matches is answered with 405, since none can be solved here"},
		},
		{
			"captcha of a rule that is not simulated", "says nothing new",
			object{"RuleActionOverrides": []object{override("GenericLFI_BODY", "Captcha")}},
			[]string{rest},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			acl := newACL(t, webACL(common(row.changes)), &clock{})
			if got := acl.NotSimulated(); !slices.Equal(got, row.want) {
				t.Errorf("%s:\n%q\nwant\n%q", row.why, got, row.want)
			}
		})
	}
}

// TestUnreadableScopeDown checks that a rule applies to every request if its scope-down statement is not
// simulated.
func TestUnreadableScopeDown(t *testing.T) {
	geo := object{"GeoMatchStatement": object{"CountryCodes": []string{"XX"}}}
	acl := newACL(t, webACL(common(object{"ScopeDownStatement": geo})), &clock{})
	if verdict := (post{target: "/?" + strings.Repeat("q", 3000)}).evaluate(t, acl); verdict.Allowed {
		t.Errorf("group: %+v", verdict)
	}
	limit := rate(10)
	limit["RateBasedStatement"].(object)["ScopeDownStatement"] = geo
	acl = newACL(t, webACL(blocking("Rate", 1, limit)), &clock{})
	for i := range 11 {
		if verdict := ask(acl, "192.0.2.1"); verdict.Allowed != (i < 10) {
			t.Errorf("request %d: %+v", i+1, verdict)
		}
	}
	want := []string{"WAF rule Rate: its ScopeDownStatement " + everywhere}
	if got := acl.NotSimulated(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestScope(t *testing.T) {
	regional := webACL()
	regional["Scope"] = "REGIONAL"
	if _, err := waf.New(waf.Config{Scope: waf.Regional, Properties: regional}); err != nil {
		t.Error(err)
	}
	_, err := waf.New(waf.Config{Scope: waf.Regional, Properties: webACL()})
	want := `scope is "CLOUDFRONT", and here AWS takes only a web ACL of scope REGIONAL`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}
