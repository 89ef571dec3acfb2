package waf_test

import (
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/waf"
)

func labelMatch(scope, key string) object {
	return object{"LabelMatchStatement": object{"Scope": scope, "Key": key}}
}

// labelling is a rule that counts each request and gives it labels.
func labelling(priority int, labels ...string) object {
	var list []object
	for _, label := range labels {
		list = append(list, object{"Name": label})
	}
	return object{
		"Name": "Label", "Priority": priority, "Statement": size(uriPath, "GT", 0), "RuleLabels": list,
		"Action": object{"Count": object{}},
	}
}

// referring is a rule that refers to a group; changes go over its statement.
func referring(priority int, overrideAction string, changes object) object {
	statement := object{"Arn": ruleGroup}
	for name, value := range changes {
		statement[name] = value
	}
	return object{
		"Name": "Own", "Priority": priority, "OverrideAction": object{overrideAction: object{}},
		"Statement": object{"RuleGroupReferenceStatement": statement},
	}
}

const ruleGroup = "arn:aws:wafv2:us-east-1:111122223333:global/rulegroup/testRules/1"

// withGroup is the configuration of an ACL and of a rule group with some rules.
func withGroup(properties object, rules ...object) waf.Config {
	c := config(properties, &clock{})
	c.Parts = map[string]map[string]any{ruleGroup: {"Rules": rules}, v4Set: ipSets[v4Set], v6Set: ipSets[v6Set]}
	return c
}

// TestLabelMatch has AWS's examples (AWS WAF Developer Guide, waf-rule-label-match-examples), and others. The label is
// added by a rule of the web ACL testWebACL or of the rule group testRules, in account 111122223333.
func TestLabelMatch(t *testing.T) {
	const (
		own   = "header:encoding:utf8"
		deep  = "testNS1:testNS2:header:encoding:utf8"
		group = "awswaf:111122223333:rulegroup:testRules:"
	)
	for _, row := range []struct {
		name, why  string
		scope, key string
		label      string
		inGroup    bool
		matches    bool
	}{
		{"local label", "AWS's example", "LABEL", own, own, false, true},
		{"with more namespaces", "AWS's example", "LABEL", own, deep, false, true},
		{"another namespace", "AWS's example", "LABEL", own, "header:encoding2:utf8", false, false},
		{"of a group", "AWS's example: the context is another", "LABEL", own, own, true, false},
		{"of a group, with its prefix", "AWS's example", "LABEL", group + own, own, true, true},
		{"with a prefix and more namespaces", "only the exact label", "LABEL", group + own, deep, true, false},
		{"end of a name", "a part is whole", "LABEL", "utf8", "header:notutf8", false, false},
		{"case", "counts", "LABEL", own, "header:encoding:UTF8", false, false},
		{"local namespace", "AWS's example", "NAMESPACE", "header:encoding:", own, false, true},
		{"without the last colon", "it is the same", "NAMESPACE", "header:encoding", own, false, true},
		{"inner namespace", "it is contiguous", "NAMESPACE", "encoding:", deep, false, true},
		{"namespace of a group", "the context is another", "NAMESPACE", "header:encoding:", own, true, false},
		{"namespace of a group, with its prefix", "as AWS's example", "NAMESPACE", group + "header:", own, true, true},
		{"another namespace of it", "as AWS's example", "NAMESPACE", group + "header:", "query:badstring", true, false},
		{"name as a namespace", "it is none", "NAMESPACE", "utf8:", own, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			rules := []object{labelling(1, row.label), blocking("Match", 2, labelMatch(row.scope, row.key))}
			if row.inGroup {
				rules[0] = referring(1, "None", nil)
			}
			acl, err := waf.New(withGroup(webACL(rules...), labelling(0, row.label)))
			if err != nil {
				t.Fatal(err)
			}
			if verdict := ask(acl, "192.0.2.1"); verdict.Allowed == row.matches {
				t.Errorf("%s: %+v", row.why, verdict)
			}
		})
	}
}

// TestManagedLabels blocks by the label of a rule that only counts, beside a path that may be long.
func TestManagedLabels(t *testing.T) {
	const label = "awswaf:managed:aws:core-rule-set:SizeRestrictions_URIPath"
	acl := newACL(t, webACL(
		common(object{"RuleActionOverrides": []object{override("SizeRestrictions_URIPATH", "Count")}}),
		blocking("Long", 1, both(labelMatch("LABEL", label), inverse(path("STARTS_WITH", "/long/", "NONE")))),
	), &clock{})
	long := strings.Repeat("a", 1100)
	for target, blocked := range map[string]bool{"/x": false, "/" + long: true, "/long/" + long: false} {
		if verdict := (post{target: target}).evaluate(t, acl); verdict.Allowed == blocked {
			t.Errorf("%.10s: %+v", target, verdict)
		}
	}
}

// TestGeoMatch asks with a country, which a rule matches and labels.
func TestGeoMatch(t *testing.T) {
	geo := func(codes ...string) object { return object{"GeoMatchStatement": object{"CountryCodes": codes}} }
	counting := func(statement object) object {
		return object{"Name": "Geo", "Priority": 0, "Statement": statement, "Action": object{"Count": object{}}}
	}
	const region = "awswaf:clientip:geo:region:DE-XX"
	for _, row := range []struct {
		name, why string
		rules     []object
		blocked   bool
	}{
		{"listed", "DE is", []object{blocking("Geo", 0, geo("US", "DE"))}, true},
		{"not listed", "DE is not", []object{blocking("Geo", 0, geo("US"))}, false},
		{"allow list", "DE is not on it", []object{blocking("Geo", 0, inverse(geo("US")))}, true},
		{
			"label without a match", "each request is labelled",
			[]object{counting(geo("US")), blocking("Label", 1, labelMatch("LABEL", "awswaf:clientip:geo:country:DE"))},
			true,
		},
		{
			"label of the region", "it is not known, and AWS writes XX",
			[]object{counting(geo("US")), blocking("Label", 1, labelMatch("LABEL", region))},
			true,
		},
		{
			"label in the same rule", "labels come at its end",
			[]object{blocking("Both", 0, either(geo("US"), labelMatch("NAMESPACE", "awswaf:clientip:geo:")))},
			false,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(webACL(row.rules...), &clock{})
			c.ViewerCountry = "DE"
			acl, err := waf.New(c)
			if err != nil {
				t.Fatal(err)
			}
			if verdict := ask(acl, "127.0.0.1"); verdict.Allowed == row.blocked || acl.NotSimulated() != nil {
				t.Errorf("%s: %+v, %q", row.why, verdict, acl.NotSimulated())
			}
		})
	}
}

// TestLabelsRefused has what AWS WAF refuses (AWS WAF Developer Guide, waf-rule-label-requirements).
func TestLabelsRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		rule      object
		err       string
	}{
		{"character", "AWS takes letters, digits, _, - and :", labelling(1, "a b"), `"a b": write letters`},
		{"namespaces", "five are the most", labelling(1, "1:2:3:4:5:6:name"), "more than 5 namespaces"},
		{"empty part", "each part has a character", labelling(1, "a::b"), "each part has 1 to 128"},
		{"reserved", "AWS WAF uses it", labelling(1, "managed:b"), "reserves the word managed"},
		{"key", "it is a label", blocking("A", 1, labelMatch("LABEL", "a b")), `Key "a b" is not a label`},
		{"scope", "AWS has two", blocking("A", 1, labelMatch("NAME", "a")), `Scope "NAME" is neither`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := waf.New(config(webACL(row.rule), &clock{}))
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: %v, want %q", row.why, err, row.err)
			}
		})
	}
}
