package waf_test

import (
	"strings"
	"testing"
)

func TestNotSimulated(t *testing.T) {
	group := object{"ManagedRuleGroupStatement": object{"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet"}}
	ja3 := object{"JA3Fingerprint": object{"FallbackBehavior": "MATCH"}}
	lookahead := on(object{"UriPath": object{}}, "CONTAINS", "x")["ByteMatchStatement"].(object)
	delete(lookahead, "SearchString")
	delete(lookahead, "PositionalConstraint")
	lookahead["RegexString"] = "a(?=b)"
	decoded := on(object{"UriPath": object{}}, "CONTAINS", "x")
	decoded["ByteMatchStatement"].(object)["PreParseTextTransformations"] = []object{}
	acl := newACL(t, webACL(
		object{"Name": "Common", "Priority": 0, "Statement": group, "OverrideAction": object{"None": object{}}},
		object{
			"Name": "Own", "Priority": 1,
			"Statement":      object{"RuleGroupReferenceStatement": object{"Arn": "a"}},
			"OverrideAction": object{"Count": object{}},
		},
		blocking("Geo", 2, object{"GeoMatchStatement": object{"CountryCodes": []string{"XX"}}}),
		blocking("Nested", 3, inverse(either(reference(v4Set), object{"RegexMatchStatement": lookahead}))),
		blocking("Sql", 4, object{"SqliMatchStatement": object{}}),
		blocking("Keys", 5, object{"RateBasedStatement": object{
			"Limit": 10, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": []object{ja3},
		}}),
		blocking("Asn", 6, object{"RateBasedStatement": object{"Limit": 10, "AggregateKeyType": "ASN"}}),
		blocking("Set", 7, reference("arn:none")),
		blocking("Decoded", 8, decoded),
		blocking("Order", 9, on(object{"HeaderOrder": object{"OversizeHandling": "MATCH"}}, "CONTAINS", "x")),
		object{"Name": "Pay", "Priority": 10, "Statement": reference(v4Set), "Action": object{"Monetize": object{}}},
	), &clock{})
	want := []string{
		"WAF rule Common: managed rule group AWS/AWSManagedRulesSQLiRuleSet (the rule is left out)",
		"WAF rule Own: RuleGroupReferenceStatement of a, which is not in the assembly (the rule is left out)",
		"WAF rule Geo: GeoMatchStatement, since --viewer-country is not given (the rule is left out)",
		"WAF rule Nested: RegexMatchStatement, whose pattern Go's RE2 cannot read (error parsing regexp: " +
			"invalid or unsupported Perl syntax: `(?=`) (the rule is left out)",
		"WAF rule Sql: SqliMatchStatement (the rule is left out)",
		"WAF rule Keys: RateBasedStatement with a key of TLS or of a network (the rule is left out)",
		"WAF rule Asn: RateBasedStatement with AggregateKeyType ASN (the rule is left out)",
		"WAF rule Set: IPSetReferenceStatement of arn:none, which is not in the assembly (the rule is left out)",
		"WAF rule Decoded: ByteMatchStatement with PreParseTextTransformations (the rule is left out)",
		"WAF rule Order: ByteMatchStatement on HeaderOrder (the rule is left out)",
		"WAF rule Pay: action Monetize (the rule is left out)",
	}
	if got := strings.Join(acl.NotSimulated(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
	for range 20 {
		if verdict := ask(acl, "203.0.113.1"); !verdict.Allowed {
			t.Fatalf("a rule that is not simulated decides nothing: %+v", verdict)
		}
	}
}
