package waf_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// TestRuleGroup asks an address that the group's first rule counts and its second blocks.
func TestRuleGroup(t *testing.T) {
	counts := object{"Name": "Count", "Priority": 1, "Statement": reference(v4Set), "Action": object{"Count": object{}}}
	blocks := blocking("Block", 2, reference(v4Set))
	allows := object{"Name": "Allow", "Priority": 3, "Statement": reference(v6Set), "Action": object{"Allow": object{}}}
	overridden := func(name, action string) object {
		return object{"RuleActionOverrides": []object{override(name, action)}}
	}
	for _, row := range []struct {
		name, why string
		rule      object
		client    string
		decided   string
		allowed   bool
		counted   []string
	}{
		{
			"blocks", "a rule of the group decides", referring(1, "None", nil), "203.0.113.1",
			"Block of Own", false,
			[]string{"Count of Own"},
		},
		{
			"allows", "the web ACL's later rules are not met", referring(1, "None", nil), "2001:db8::1",
			"Allow of Own", true, nil,
		},
		{
			"nothing matches", "the web ACL's next rule decides", referring(1, "None", nil), "192.0.2.1",
			"Last", false, nil,
		},
		{
			"counted", "the result counts, and the web ACL goes on", referring(1, "Count", nil), "203.0.113.1",
			"Last", false,
			[]string{"Count of Own", "Block of Own"},
		},
		{
			"overridden", "the rule counts", referring(1, "None", overridden("Block", "Count")), "203.0.113.1",
			"Last", false,
			[]string{"Count of Own", "Block of Own"},
		},
		{
			"excluded", "the older form",
			referring(1, "None", object{"ExcludedRules": []object{{"Name": "Block"}}}), "203.0.113.1",
			"Last", false,
			[]string{"Count of Own", "Block of Own"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			last := blocking("Last", 2, size(uriPath, "GT", 0))
			acl, err := waf.New(withGroup(webACL(row.rule, last), allows, blocks, counts))
			if err != nil {
				t.Fatal(err)
			}
			verdict := ask(acl, row.client)
			decided := verdict.Rule == row.decided && verdict.Allowed == row.allowed
			if !decided || !slices.Equal(verdict.Counted, row.counted) {
				t.Errorf("%s: %+v", row.why, verdict)
			}
			if acl.NotSimulated() != nil {
				t.Errorf("not simulated: %q", acl.NotSimulated())
			}
		})
	}
}

// TestRuleGroupOfItsOwn checks a group's custom response, rate and gaps.
func TestRuleGroupOfItsOwn(t *testing.T) {
	answer := object{"ResponseCode": 429, "CustomResponseBodyKey": "slow"}
	c := withGroup(webACL(referring(1, "None", nil)),
		object{
			"Name": "Rate", "Priority": 1, "Statement": rate(10),
			"Action": object{"Block": object{"CustomResponse": answer}},
		},
		blocking("Sql", 2, object{"SqliMatchStatement": object{}}),
	)
	c.Parts[ruleGroup]["CustomResponseBodies"] = object{
		"slow": object{"ContentType": "TEXT_PLAIN", "Content": "slow down"},
	}
	acl, err := waf.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 11 {
		verdict := ask(acl, "192.0.2.1")
		if verdict.Allowed != (i < 10) || i == 10 && (verdict.Status != 429 || verdict.Body != "slow down") {
			t.Errorf("request %d: %+v", i+1, verdict)
		}
	}
	want := "WAF rule Sql of Own: SqliMatchStatement (the rule is left out)"
	if got := acl.NotSimulated(); !slices.Equal(got, []string{want}) {
		t.Errorf("%q", got)
	}
}

func TestRuleGroupRefused(t *testing.T) {
	misspelt := object{"RuleActionOverrides": []object{override("Blok", "Count")}}
	for _, row := range []struct {
		name, why string
		rule      object
		inGroup   object
		err       string
	}{
		{
			"override", "AWS takes only names of the group's rules", referring(1, "None", misspelt),
			blocking("Block", 1, reference(v4Set)), "rule Own: RuleActionOverrides: the rule group has no rule Blok",
		},
		{
			"no action", "a rule has one", referring(1, "None", nil),
			object{"Name": "Block", "Priority": 1, "Statement": reference(v4Set)},
			"rule Own: rule Block of Own: has no Action",
		},
		{
			"group in a group", "AWS takes none", referring(1, "None", nil),
			object{
				"Name": "In", "Priority": 1, "OverrideAction": object{"None": object{}},
				"Statement": object{"ManagedRuleGroupStatement": object{}},
			},
			"rule In of Own: a ManagedRuleGroupStatement cannot be in a rule group",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := waf.New(withGroup(webACL(row.rule), row.inGroup))
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: %v, want %q", row.why, err, row.err)
			}
		})
	}
}

// TestKnownBadInputs checks the one rule of that group that AWS documents exactly.
func TestKnownBadInputs(t *testing.T) {
	acl := newACL(t, webACL(common(object{"Name": "AWSManagedRulesKnownBadInputsRuleSet"})), &clock{})
	want := "WAF rule Common: managed rule group AWS/AWSManagedRulesKnownBadInputsRuleSet, but for PROPFIND_METHOD"
	if got := acl.NotSimulated(); !slices.Equal(got, []string{want}) {
		t.Errorf("%q", got)
	}
	for method, allowed := range map[string]bool{"PROPFIND": false, "GET": true, "propfind": true} {
		if verdict := (askOf{method: method}).evaluate(acl); verdict.Allowed != allowed {
			t.Errorf("%s: %+v", method, verdict)
		}
	}
}
