package test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// aclRules synthesises a web ACL in us-east-1 and gives its rules, and the sets by logical id.
func aclRules(t *testing.T, props *furl.WebAclProps) ([]map[string]any, map[string]map[string]any, *stack) {
	t.Helper()
	app := newApp(t)
	furl.NewWebAcl(newStack(app, "Demo", "us-east-1"), jsii.String("Acl"), props)
	main := synth(t, app).stack(t, "Demo")
	_, acl := main.only(t, "AWS::WAFv2::WebACL")
	var rules []map[string]any
	for _, rule := range properties(acl)["Rules"].([]any) {
		rules = append(rules, rule.(map[string]any))
	}
	return rules, main.resources("AWS::WAFv2::IPSet"), main
}

func ruleNames(rules []map[string]any) []string {
	var names []string
	for _, rule := range rules {
		names = append(names, fmt.Sprint(rule["Name"]))
	}
	return names
}

func TestWebAclDefaults(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", region)
			newTopic(stack)
			acl := furl.NewWebAcl(stack, jsii.String("Acl"), nil)
			if acl.CfnWebAcl() == nil || !*awscdk.Token_IsUnresolved(acl.Arn()) {
				t.Error("an accessor gives nothing")
			}
			edge := synth(t, app).edge(t, "Demo", region)
			_, resource := edge.only(t, "AWS::WAFv2::WebACL")
			if name := properties(resource)["Name"]; name != nil {
				t.Errorf("with a name, %v, the ACL could not be replaced", name)
			}
			edge.has(t, "AWS::WAFv2::WebACL", map[string]any{
				"Scope": "CLOUDFRONT", "DefaultAction": map[string]any{"Allow": map[string]any{}},
				"Rules": []any{
					map[string]any{"Name": "RatePerAddress", "Action": map[string]any{"Block": map[string]any{}}, "Statement": map[string]any{
						"RateBasedStatement": map[string]any{"Limit": 2000, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"},
					}},
					map[string]any{"Name": "AWSManagedRulesKnownBadInputsRuleSet", "OverrideAction": map[string]any{"None": map[string]any{}}},
					map[string]any{"Name": "AWSManagedRulesAmazonIpReputationList"},
					map[string]any{"Name": "AWSManagedRulesCommonRuleSet", "Statement": map[string]any{"ManagedRuleGroupStatement": map[string]any{
						"RuleActionOverrides": []any{map[string]any{"Name": "SizeRestrictions_BODY", "ActionToUse": map[string]any{"Count": map[string]any{}}}},
					}}},
				},
			})
		})
	}
}

// TestWebAclLists: what is not listed is blocked, and nothing is ever allowed, so that a listed address meets the rest.
func TestWebAclLists(t *testing.T) {
	rules, sets, main := aclRules(t, &furl.WebAclProps{
		AllowedCidrs: []string{"203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32", "203.0.113.0/24"},
		BlockedCidrs: []string{"203.0.113.66/32", "2001:db8:bad::/48"},
		RateLimit:    10,
	})
	if names := ruleNames(rules); !slices.Equal(names[:3], []string{"NotOnAllowList", "OnBlockList", "RatePerAddress"}) || len(names) != 6 {
		t.Errorf("the order is %q", names)
	}
	for i, rule := range rules {
		if action, _ := rule["Action"].(map[string]any); action["Allow"] != nil {
			t.Errorf("rule %v allows, which ends the evaluation", rule["Name"])
		}
		if rule["Priority"] != float64(i) {
			t.Errorf("rule %v has priority %v, not %d", rule["Name"], rule["Priority"], i)
		}
	}
	statement := rules[0]["Statement"].(map[string]any)["NotStatement"].(map[string]any)["Statement"].(map[string]any)["OrStatement"].(map[string]any)
	if len(statement["Statements"].([]any)) != 2 {
		t.Errorf("the allow list is not both families: %v", statement)
	}
	addresses := map[string]string{}
	for _, set := range sets {
		p := properties(set)
		addresses[fmt.Sprint(p["IPAddressVersion"], p["Addresses"])] = fmt.Sprint(p["Scope"])
	}
	for _, want := range []string{"IPV4[198.51.100.7/32 203.0.113.0/24]", "IPV6[2001:db8::/32]", "IPV4[203.0.113.66/32]", "IPV6[2001:db8:bad::/48]"} {
		if addresses[want] != "CLOUDFRONT" {
			t.Errorf("no IP set %s of scope CLOUDFRONT among %v", want, addresses)
		}
	}
	if used := capacity(rules); used >= 1500 || used < 900 {
		t.Errorf("%d capacity units, not the groups' 925 and a few more: from 1,500 on they cost extra", used)
	}
	if len(main.messages) != 0 {
		t.Errorf("a warning for lists of both families: %v", main.messages)
	}
}

// capacity is what rules take of an ACL's (WAF Developer Guide, aws-waf-capacity-units and aws-managed-rule-groups-list).
func capacity(rules []map[string]any) int {
	used := 0
	groups := map[any]int{"AWSManagedRulesCommonRuleSet": 700, "AWSManagedRulesKnownBadInputsRuleSet": 200, "AWSManagedRulesAmazonIpReputationList": 25}
	walk(map[string]any{"Rules": rulesAny(rules)}, func(node map[string]any) {
		if group, ok := node["ManagedRuleGroupStatement"].(map[string]any); ok {
			used += groups[group["Name"]]
		}
		if node["IPSetReferenceStatement"] != nil {
			used++
		}
		if node["RateBasedStatement"] != nil {
			used += 2
		}
	})
	return used
}

func rulesAny(rules []map[string]any) []any {
	var list []any
	for _, rule := range rules {
		list = append(list, rule)
	}
	return list
}

func TestWebAclOneFamily(t *testing.T) {
	rows := []struct {
		name  string
		props furl.WebAclProps
		want  []string
	}{
		{"allow list without IPv6", furl.WebAclProps{AllowedCidrs: []string{"203.0.113.0/24"}}, []string{"AllowedCidrs lists no IPv6 address", "locks out every IPv6 viewer"}},
		{"allow list without IPv4", furl.WebAclProps{AllowedCidrs: []string{"2001:db8::/32"}}, []string{"AllowedCidrs lists no IPv4 address"}},
		{"block list without IPv6", furl.WebAclProps{BlockedCidrs: []string{"203.0.113.0/24"}}, []string{"BlockedCidrs lists no IPv6 address", "lets every IPv6 viewer in"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, sets, main := aclRules(t, &row.props)
			if len(sets) != 1 || len(main.messages) != 1 || main.messages[0].level != "warning" {
				t.Fatalf("%d sets, messages %v", len(sets), main.messages)
			}
			expectText(t, main.messages[0].text, row.want...)
		})
	}
}

func TestWebAclGroups(t *testing.T) {
	rules, _, _ := aclRules(t, &furl.WebAclProps{ManagedRuleGroups: []furl.ManagedRuleGroup{{Name: "AWSManagedRulesSQLiRuleSet", CountRules: []string{"SQLi_BODY"}}}})
	if names := ruleNames(rules); !slices.Equal(names, []string{"RatePerAddress", "AWSManagedRulesSQLiRuleSet"}) {
		t.Errorf("rules %q", names)
	}
	rules, _, _ = aclRules(t, &furl.WebAclProps{ManagedRuleGroups: []furl.ManagedRuleGroup{}})
	if names := ruleNames(rules); !slices.Equal(names, []string{"RatePerAddress"}) {
		t.Errorf("an empty list is none, but the rules are %q", names)
	}
}

func TestWebAclRefusals(t *testing.T) {
	many := make([]string, 10_001)
	for i := range many {
		many[i] = fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)
	}
	rows := []struct {
		name, why string
		props     furl.WebAclProps
		want      []string
	}{
		{"no CIDR", "WAF takes blocks only", furl.WebAclProps{AllowedCidrs: []string{"203.0.113.7"}}, []string{`AllowedCidrs: "203.0.113.7" is not a CIDR block`, `"203.0.113.7/32"`}},
		{"a bad CIDR", "WAF would refuse it", furl.WebAclProps{BlockedCidrs: []string{"203.0.113.0/33"}}, []string{"BlockedCidrs", "203.0.113.0/33"}},
		{"every IPv4 address", "WAF takes no /0", furl.WebAclProps{AllowedCidrs: []string{"0.0.0.0/0"}}, []string{"every address", "leave the list out"}},
		{"every IPv6 address", "WAF takes no /0", furl.WebAclProps{AllowedCidrs: []string{"::/0"}}, []string{"every address"}},
		{"host bits", "which of the two is meant is unclear", furl.WebAclProps{AllowedCidrs: []string{"203.0.113.7/24"}}, []string{`"203.0.113.0/24" for the block`, `"203.0.113.7/32" for the address`}},
		{"IPv4 written as IPv6", "it would match nobody", furl.WebAclProps{AllowedCidrs: []string{"::ffff:203.0.113.0/120"}}, []string{"IPv6 notation"}},
		{"a token", "its family is unknown", furl.WebAclProps{AllowedCidrs: []string{*awscdk.Fn_Ref(jsii.String("Cidr"))}}, []string{"known at deployment only"}},
		{"too many", "an IP set holds 10,000", furl.WebAclProps{BlockedCidrs: many}, []string{"10001 blocks", "join them"}},
		{"a low rate", "WAF counts from 10", furl.WebAclProps{RateLimit: 9}, []string{"RateLimit: 9", "write 10 or more"}},
		{"a negative rate", "WAF counts from 10", furl.WebAclProps{RateLimit: -1}, []string{"RateLimit: -1"}},
		{"an unknown group", "WAF would refuse it", furl.WebAclProps{ManagedRuleGroups: []furl.ManagedRuleGroup{{Name: "AWSManagedRulesBotControlRuleSet"}}}, []string{"AWSManagedRulesBotControlRuleSet", "AWSManagedRulesSQLiRuleSet", "WebAclArn"}},
		{"a group twice", "WAF takes a name once", furl.WebAclProps{ManagedRuleGroups: []furl.ManagedRuleGroup{{Name: "AWSManagedRulesSQLiRuleSet"}, {Name: "AWSManagedRulesSQLiRuleSet"}}}, []string{"twice"}},
		{"too many groups", "over 1,500 units an ACL costs extra", furl.WebAclProps{ManagedRuleGroups: groupsNamed("CommonRuleSet KnownBadInputsRuleSet SQLiRuleSet LinuxRuleSet WindowsRuleSet")}, []string{"1500 capacity units", "leave one out"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			message := refusal(t, func() { furl.NewWebAcl(stack, jsii.String("Acl"), &row.props) })
			expectText(t, message, append(row.want, `furl.WebAcl at "Demo/Acl"`)...)
		})
	}
	t.Run("a stack without a region", func(t *testing.T) {
		stack := awscdk.NewStack(newApp(t), jsii.String("Demo"), nil)
		expectText(t, refusal(t, func() { furl.NewWebAcl(stack, jsii.String("Acl"), nil) }), "it has no region")
	})
}

func groupsNamed(names string) []furl.ManagedRuleGroup {
	var groups []furl.ManagedRuleGroup
	for _, name := range strings.Fields(names) {
		groups = append(groups, furl.ManagedRuleGroup{Name: "AWSManagedRules" + name})
	}
	return groups
}
