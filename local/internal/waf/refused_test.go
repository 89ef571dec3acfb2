package waf_test

import (
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/waf"
)

func TestRefusedAtStart(t *testing.T) {
	changed := func(key string, value any) object {
		properties := webACL()
		properties[key] = value
		return properties
	}
	for _, row := range []struct {
		name, why  string
		properties object
		want       string
	}{
		{
			name: "priority", why: "AWS refuses two rules of one priority",
			properties: webACL(blocking("A", 1, rate(10)), blocking("B", 1, rate(10))),
			want:       "rules A and B share priority 1",
		},
		{
			name: "no action", why: "an own rule has an Action",
			properties: webACL(object{"Name": "A", "Priority": 1, "Statement": rate(10)}),
			want:       "rule A: has no Action",
		},
		{
			name: "empty action", why: "an Action names one action",
			properties: webACL(object{"Name": "A", "Priority": 1, "Statement": rate(10), "Action": object{}}),
			want:       "rule A: has no Action",
		},
		{
			name: "group with an action", why: "groups have an OverrideAction",
			properties: webACL(blocking("A", 1, object{"ManagedRuleGroupStatement": object{}})),
			want:       "takes an OverrideAction",
		},
		{
			name: "rate that allows", why: "not possible on AWS",
			properties: webACL(object{
				"Name": "A", "Priority": 1, "Statement": rate(10), "Action": object{"Allow": object{}},
			}),
			want: "cannot have the action Allow",
		},
		{
			name: "low rate", why: "10 is the least",
			properties: webACL(blocking("A", 1, rate(9))), want: "Limit 9 is not between 10 and 2000000000",
		},
		{
			name: "high rate", why: "two billion is the most",
			properties: webACL(blocking("A", 1, rate(2_000_000_001))), want: "Limit 2000000001 is not between",
		},
		{
			name: "window", why: "four are possible",
			properties: webACL(blocking("A", 1, object{"RateBasedStatement": object{
				"Limit": 10, "AggregateKeyType": "IP", "EvaluationWindowSec": 61,
			}})),
			want: "EvaluationWindowSec 61",
		},
		{
			name: "nested rate", why: "a rate-based statement stands alone",
			properties: webACL(blocking("A", 1, inverse(rate(10)))), want: "stands alone",
		},
		{
			name: "/0", why: "AWS WAF does not take it",
			properties: webACL(blocking("A", 1, reference("zero"))), want: "every block but /0",
		},
		{
			name: "family", why: "one family in a set",
			properties: webACL(blocking("A", 1, reference("mixed"))),
			want:       "a set holds one family only",
		},
		{
			name: "bad block", why: "not a CIDR",
			properties: webACL(blocking("A", 1, reference("bad"))), want: "203.0.113.0",
		},
		{
			name: "two kinds", why: "a statement has one kind",
			properties: webACL(blocking("A", 1, object{"NotStatement": object{}, "GeoMatchStatement": object{}})),
			want:       "exactly one kind",
		},
		{
			name: "one in or", why: "Or takes two and more",
			properties: webACL(blocking("A", 1, either(reference(v4Set)))), want: "at least two",
		},
		{
			name: "body", why: "a custom body must exist",
			properties: webACL(object{
				"Name": "A", "Priority": 1, "Statement": rate(10),
				"Action": object{"Block": object{"CustomResponse": object{
					"ResponseCode": 403, "CustomResponseBodyKey": "x",
				}}},
			}),
			want: `no CustomResponseBodies entry "x"`,
		},
		{
			name: "status", why: "a custom response has a status",
			properties: webACL(object{
				"Name": "A", "Priority": 1, "Statement": rate(10),
				"Action": object{"Block": object{"CustomResponse": object{"ResponseCode": 99}}},
			}),
			want: "ResponseCode 99",
		},
		{
			name: "group with an empty action", why: "AWS takes None or Count",
			properties: webACL(object{
				"Name": "A", "Priority": 1, "Statement": object{"ManagedRuleGroupStatement": object{}},
				"OverrideAction": object{},
			}),
			want: "takes an OverrideAction",
		},
		{
			name: "nested group", why: "a group stands alone",
			properties: webACL(blocking("A", 1, inverse(object{"ManagedRuleGroupStatement": object{}}))),
			want:       "cannot be nested",
		},
		{
			name: "scope", why: "CloudFront takes no regional ACL",
			properties: changed("Scope", "REGIONAL"), want: `scope is "REGIONAL"`,
		},
		{
			name: "default action", why: "there must be one",
			properties: changed("DefaultAction", object{}), want: "DefaultAction is neither",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			sets := map[string]map[string]any{
				v4Set:   ipSets[v4Set],
				"zero":  {"IPAddressVersion": "IPV4", "Addresses": []string{"0.0.0.0/0"}},
				"mixed": {"IPAddressVersion": "IPV6", "Addresses": []string{"203.0.113.0/24"}},
				"bad":   {"IPAddressVersion": "IPV4", "Addresses": []string{"203.0.113.0"}},
			}
			_, err := waf.New(waf.Config{
				Scope: waf.CloudFront, Properties: row.properties, Parts: sets, Now: time.Now,
			})
			const prefix = "web ACL Acl: "
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), prefix) {
				t.Errorf("%s: %v, want %q", row.why, err, row.want)
			}
		})
	}
}
