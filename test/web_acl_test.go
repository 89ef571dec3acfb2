package test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// aclRules synthesises a web ACL in us-east-1. It returns the rules, the IP sets by logical id, and the stack.
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
					map[string]any{
						"Name": "RatePerAddress", "Action": map[string]any{"Block": map[string]any{}},
						"Statement": map[string]any{"RateBasedStatement": map[string]any{
							"Limit": 2000, "EvaluationWindowSec": 300, "AggregateKeyType": "IP",
						}},
					},
					map[string]any{"Name": "AWSManagedRulesKnownBadInputsRuleSet", "OverrideAction": noOverride},
					map[string]any{"Name": "AWSManagedRulesAmazonIpReputationList", "OverrideAction": noOverride},
					map[string]any{"Name": "AWSManagedRulesCommonRuleSet", "OverrideAction": noOverride},
				},
			})
			if limit := properties(resource)["AssociationConfig"]; limit != nil {
				t.Errorf("a body limit that nobody asked for: %v", limit)
			}
			if len(edge.messages) != 0 {
				t.Errorf("the default warns: %v", edge.messages)
			}
		})
	}
}

// noOverride keeps the actions of a group's rules.
var noOverride = map[string]any{"None": map[string]any{}}

// TestWebAclDataProtection checks that sampled requests and logs show no credentials with any rules.
func TestWebAclDataProtection(t *testing.T) {
	rows := []struct {
		name, why string
		props     *furl.WebAclProps
	}{
		{"default", "most have it", nil},
		{"strict", "samples show blocked requests too", &furl.WebAclProps{Strict: true}},
		{"no groups", "the rate rule has samples", &furl.WebAclProps{ManagedRuleGroups: []furl.ManagedRuleGroup{}}},
	}
	want := []any{
		map[string]any{"Action": "SUBSTITUTION", "Field": map[string]any{
			"FieldType": "SINGLE_HEADER",
			"FieldKeys": []any{"authorization", "cookie", "x-api-key", "x-amz-security-token"},
		}},
		map[string]any{"Action": "SUBSTITUTION", "Field": map[string]any{"FieldType": "SINGLE_COOKIE"}},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				_, acl := webAclIn(t, region, row.props)
				got := properties(acl)["DataProtectionConfig"]
				if !reflect.DeepEqual(got, map[string]any{"DataProtections": want}) {
					t.Errorf("%v", got)
				}
			})
		}
	}
}

func TestWebAclBodyInspection(t *testing.T) {
	for limit, want := range map[int]string{0: "", 16: "", 32: "KB_32", 48: "KB_48", 64: "KB_64"} {
		for _, region := range regions {
			t.Run(fmt.Sprintf("%d KB %s", limit, region), func(t *testing.T) {
				_, acl := webAclIn(t, region, &furl.WebAclProps{BodyInspectionLimit: limit})
				got := properties(acl)["AssociationConfig"]
				if want == "" && got == nil {
					return
				}
				cloudFront := map[string]any{"DefaultSizeInspectionLimit": want}
				wanted := map[string]any{"RequestBody": map[string]any{"CLOUDFRONT": cloudFront}}
				if !reflect.DeepEqual(got, wanted) {
					t.Errorf("%v, not %v", got, wanted)
				}
			})
		}
	}
}

// webAclIn synthesises a web ACL for a stack in a region. It returns the ACL and the stack that has it.
func webAclIn(t *testing.T, region string, props *furl.WebAclProps) (*stack, map[string]any) {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Demo", region)
	newTopic(stack)
	furl.NewWebAcl(stack, jsii.String("Acl"), props)
	edge := synth(t, app).edge(t, "Demo", region)
	_, acl := edge.only(t, "AWS::WAFv2::WebACL")
	return edge, acl
}

// TestWebAclLists checks that an address that is not listed is blocked. No rule allows, so a listed address meets the
// other rules.
func TestWebAclLists(t *testing.T) {
	rules, sets, main := aclRules(t, &furl.WebAclProps{
		AllowedCidrs: []string{"203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32", "203.0.113.0/24"},
		BlockedCidrs: []string{"203.0.113.66/32", "2001:db8:bad::/48"},
		RateLimit:    10,
	})
	first := []string{"NotOnAllowList", "OnBlockList", "RatePerAddress"}
	if names := ruleNames(rules); !slices.Equal(names[:3], first) || len(names) != 6 {
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
	listed := inside(rules[0], "Statement", "NotStatement", "Statement", "OrStatement")
	if len(listed["Statements"].([]any)) != 2 {
		t.Errorf("the allow list is not both families: %v", listed)
	}
	addresses := map[string]string{}
	for _, set := range sets {
		p := properties(set)
		addresses[fmt.Sprint(p["IPAddressVersion"], p["Addresses"])] = fmt.Sprint(p["Scope"])
	}
	for _, want := range []string{
		"IPV4[198.51.100.7/32 203.0.113.0/24]", "IPV6[2001:db8::/32]",
		"IPV4[203.0.113.66/32]", "IPV6[2001:db8:bad::/48]",
	} {
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

// capacity is the number of capacity units of the rules (WAF Developer Guide, aws-waf-capacity-units,
// aws-managed-rule-groups-list and waf-rule-statement-type-string-match).
func capacity(rules []map[string]any) int {
	used := 0
	groups := map[any]int{
		"AWSManagedRulesCommonRuleSet": 700, "AWSManagedRulesKnownBadInputsRuleSet": 200,
		"AWSManagedRulesAmazonIpReputationList": 25,
	}
	walk(map[string]any{"Rules": rulesAny(rules)}, func(node map[string]any) {
		if group, ok := node["ManagedRuleGroupStatement"].(map[string]any); ok {
			used += groups[group["Name"]]
		}
		if match, ok := node["ByteMatchStatement"].(map[string]any); ok {
			used += 2 + 10*len(match["TextTransformations"].([]any))
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

// inside is the object of a template below these keys, or nil.
func inside(node map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		node, _ = node[key].(map[string]any)
	}
	return node
}

func TestWebAclOneFamily(t *testing.T) {
	rows := []struct {
		name  string
		props furl.WebAclProps
		want  []string
	}{
		{
			name:  "allow list without IPv6",
			props: furl.WebAclProps{AllowedCidrs: []string{"203.0.113.0/24"}},
			want:  []string{"AllowedCidrs lists no IPv6 address", "locks out every IPv6 viewer"},
		},
		{
			name:  "allow list without IPv4",
			props: furl.WebAclProps{AllowedCidrs: []string{"2001:db8::/32"}},
			want:  []string{"AllowedCidrs lists no IPv4 address"},
		},
		{
			name:  "block list without IPv6",
			props: furl.WebAclProps{BlockedCidrs: []string{"203.0.113.0/24"}},
			want:  []string{"BlockedCidrs lists no IPv6 address", "lets every IPv6 viewer in"},
		},
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
	rules, _, _ := aclRules(t, &furl.WebAclProps{ManagedRuleGroups: groupsNamed("SQLiRuleSet")})
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
	allowed := func(cidrs ...string) furl.WebAclProps { return furl.WebAclProps{AllowedCidrs: cidrs} }
	blocked := func(cidrs ...string) furl.WebAclProps { return furl.WebAclProps{BlockedCidrs: cidrs} }
	groups := func(names string) furl.WebAclProps { return furl.WebAclProps{ManagedRuleGroups: groupsNamed(names)} }
	rows := []struct {
		name, why string
		props     furl.WebAclProps
		want      []string
	}{
		{
			name: "no CIDR", why: "WAF takes blocks only", props: allowed("203.0.113.7"),
			want: []string{`AllowedCidrs: "203.0.113.7" is not a CIDR block`, `"203.0.113.7/32"`},
		},
		{
			name: "a bad CIDR", why: "WAF would refuse it", props: blocked("203.0.113.0/33"),
			want: []string{"BlockedCidrs", "203.0.113.0/33"},
		},
		{
			name: "every IPv4 address", why: "WAF takes no /0", props: allowed("0.0.0.0/0"),
			want: []string{"every address", "leave the list out"},
		},
		{name: "every IPv6 address", why: "WAF takes no /0", props: allowed("::/0"), want: []string{"every address"}},
		{
			name: "host bits", why: "which of the two is meant is unclear", props: allowed("203.0.113.7/24"),
			want: []string{`"203.0.113.0/24" for the block`, `"203.0.113.7/32" for the address`},
		},
		{
			name: "IPv4 written as IPv6", why: "it would match nobody", props: allowed("::ffff:203.0.113.0/120"),
			want: []string{"IPv6 notation"},
		},
		{
			name: "a token", why: "its family is unknown", props: allowed(*awscdk.Fn_Ref(jsii.String("Cidr"))),
			want: []string{"known at deployment only"},
		},
		{
			name: "too many", why: "an IP set holds 10,000", props: blocked(many...),
			want: []string{"10001 blocks", "join them"},
		},
		{
			name: "a low rate", why: "WAF counts from 10", props: furl.WebAclProps{RateLimit: 9},
			want: []string{"RateLimit: 9", "write 10 or more"},
		},
		{
			name: "a negative rate", why: "WAF counts from 10", props: furl.WebAclProps{RateLimit: -1},
			want: []string{"RateLimit: -1"},
		},
		{
			name: "an unknown group", why: "WAF would refuse it", props: groups("BotControlRuleSet"),
			want: []string{"AWSManagedRulesBotControlRuleSet", "AWSManagedRulesSQLiRuleSet", "WebAclArn"},
		},
		{
			name: "a group twice", why: "WAF takes a name once", props: groups("SQLiRuleSet SQLiRuleSet"),
			want: []string{"twice"},
		},
		{
			name: "too many groups", why: "over 1,500 units an ACL costs extra",
			props: groups("CommonRuleSet KnownBadInputsRuleSet SQLiRuleSet LinuxRuleSet WindowsRuleSet"),
			want:  []string{"1500 capacity units", "leave one out"},
		},
		{
			name: "a body limit in bytes", why: "WAF has four limits, in KB",
			props: furl.WebAclProps{BodyInspectionLimit: 65_536},
			want:  []string{"BodyInspectionLimit", "65536 KB", "16, 32, 48 or 64"},
		},
		{
			name: "a body limit between two", why: "WAF has four limits",
			props: furl.WebAclProps{BodyInspectionLimit: 33}, want: []string{"33 KB"},
		},
		{
			name: "a negative body limit", why: "WAF has four limits",
			props: furl.WebAclProps{BodyInspectionLimit: -16}, want: []string{"-16 KB"},
		},
		{
			name: "strict beside groups", why: "it could mean no group of them",
			props: furl.WebAclProps{Strict: true, ManagedRuleGroups: groupsNamed("KnownBadInputsRuleSet")},
			want:  []string{"Strict", "leave Strict out", "CountRules"},
		},
		{
			name: "strict beside an empty list", why: "there is nothing to be strict with",
			props: furl.WebAclProps{Strict: true, ManagedRuleGroups: []furl.ManagedRuleGroup{}},
			want:  []string{"Strict"},
		},
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
