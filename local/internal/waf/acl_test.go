package waf_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/waf"
)

type object = map[string]any

const (
	v4Set = "arn:aws:wafv2:us-east-1:111122223333:global/ipset/v4/1"
	v6Set = "arn:aws:wafv2:us-east-1:111122223333:global/ipset/v6/2"
)

var ipSets = map[string]map[string]any{
	v4Set: {"IPAddressVersion": "IPV4", "Addresses": []string{"203.0.113.0/24", "127.0.0.1/32"}},
	v6Set: {"IPAddressVersion": "IPV6", "Addresses": []string{"2001:db8::/32"}},
}

func reference(arn string) object { return object{"IPSetReferenceStatement": object{"Arn": arn}} }
func either(s ...object) object   { return object{"OrStatement": object{"Statements": s}} }
func both(s ...object) object     { return object{"AndStatement": object{"Statements": s}} }
func inverse(s object) object     { return object{"NotStatement": object{"Statement": s}} }
func rate(limit any) object {
	return object{"RateBasedStatement": object{"Limit": limit, "AggregateKeyType": "IP"}}
}

func blocking(name string, priority any, statement object) object {
	return object{"Name": name, "Priority": priority, "Statement": statement, "Action": object{"Block": object{}}}
}

func webACL(rules ...object) object {
	return object{"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Allow": object{}}, "Rules": rules}
}

// clock is a clock that tests set.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newACL(t *testing.T, properties object, c *clock) *waf.ACL {
	t.Helper()
	acl, err := waf.New(waf.CloudFront, properties, ipSets, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

func ask(acl *waf.ACL, client string) waf.Verdict {
	return acl.Evaluate(httptest.NewRequest("GET", "/", nil), netip.MustParseAddr(client))
}

func TestAddresses(t *testing.T) {
	listed := either(reference(v4Set), reference(v6Set))
	for _, row := range []struct {
		name, why string
		statement object
		client    string
		allowed   bool
	}{
		{"v4 inside", "the block list covers it", listed, "203.0.113.7", false},
		{"v4 outside", "the next network is not covered", listed, "203.0.114.7", true},
		{"v6 inside", "the other family's set is asked too", listed, "2001:db8::1", false},
		{"v6 outside", "not covered", listed, "2001:db9::1", true},
		{"mapped v4", "a v4 address as a dual-stack socket reports it", listed, "::ffff:203.0.113.7", false},
		{"not listed", "an allow list blocks what is not listed", inverse(listed), "192.0.2.1", false},
		{"listed", "an allow list passes a listed address", inverse(listed), "2001:db8::1", true},
		{"and", "both must match", both(reference(v4Set), inverse(reference(v6Set))), "127.0.0.1", false},
		{"and, one missing", "one does not match", both(reference(v4Set), reference(v6Set)), "127.0.0.1", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			acl := newACL(t, webACL(blocking("Rule", 0, row.statement)), &clock{})
			verdict := ask(acl, row.client)
			if verdict.Allowed != row.allowed {
				t.Errorf("%s: %+v", row.why, verdict)
			}
			if want := map[bool]string{true: "default action", false: "Rule"}[row.allowed]; verdict.Rule != want {
				t.Errorf("decided by %s, want %s", verdict.Rule, want)
			}
		})
	}
}

func TestRate(t *testing.T) {
	c := &clock{now: time.Unix(0, 0)}
	acl := newACL(t, webACL(blocking("Rate", "3", rate("10"))), c)
	for _, step := range []struct {
		name, why string
		at        time.Duration
		client    string
		requests  int
		allowed   int
	}{
		{"up to the limit", "ten pass", 0, "192.0.2.1", 10, 10},
		{"over the limit", "the eleventh does not pass", time.Second, "192.0.2.1", 1, 0},
		{"another address", "each has its own count", time.Second, "192.0.2.2", 10, 10},
		{"just inside the window", "the first ten still count", 5*time.Minute - time.Nanosecond, "192.0.2.1", 1, 0},
		{"after the window", "two blocked requests still count, so eight pass", 5 * time.Minute, "192.0.2.1", 9, 8},
		{"much later", "none of these requests counts any more", time.Hour, "192.0.2.1", 11, 10},
	} {
		c.now = time.Unix(0, 0).Add(step.at)
		allowed := 0
		for range step.requests {
			if ask(acl, step.client).Allowed {
				allowed++
			}
		}
		if allowed != step.allowed {
			t.Errorf("%s: %d of %d passed, want %d: %s", step.name, allowed, step.requests, step.allowed, step.why)
		}
	}
}

func TestRateWindowAndScope(t *testing.T) {
	c := &clock{now: time.Unix(0, 0)}
	acl := newACL(t, webACL(blocking("Rate", 1, object{"RateBasedStatement": object{
		"Limit": 10, "EvaluationWindowSec": 60, "AggregateKeyType": "IP", "ScopeDownStatement": reference(v4Set),
	}})), c)
	for range 20 {
		if !ask(acl, "192.0.2.1").Allowed {
			t.Fatal("an address outside of the scope-down statement is not counted")
		}
	}
	for range 10 {
		ask(acl, "203.0.113.1")
	}
	if ask(acl, "203.0.113.1").Allowed {
		t.Error("an address inside the scope-down statement is counted")
	}
	c.now = c.now.Add(time.Minute)
	if !ask(acl, "203.0.113.1").Allowed {
		t.Error("the window is 60 s")
	}
}

func TestListedAddressMeetsTheRateRule(t *testing.T) {
	acl := newACL(t, webACL(
		blocking("Rate", 2, rate(10)), // on purpose not in the order of priority
		blocking("AllowList", 1, inverse(either(reference(v4Set), reference(v6Set)))),
	), &clock{})
	for i := range 11 {
		verdict := ask(acl, "127.0.0.1")
		if verdict.Allowed != (i < 10) {
			t.Fatalf("request %d of a listed address: %+v", i+1, verdict)
		}
	}
	if verdict := ask(acl, "192.0.2.1"); verdict.Allowed || verdict.Rule != "AllowList" {
		t.Errorf("an address that is not listed: %+v", verdict)
	}
}

func TestBlockedBeforeIsNotCounted(t *testing.T) {
	c := &clock{}
	acl := newACL(t, webACL(
		object{
			"Name": "List", "Priority": 1, "Statement": reference(v4Set),
			"Action": object{"Block": object{"CustomResponse": object{"ResponseCode": "451"}}},
		},
		object{"Name": "Count", "Priority": 2, "Statement": rate(10), "Action": object{"Count": object{}}},
		object{"Name": "Allow", "Priority": 3, "Statement": reference(v6Set), "Action": object{"Allow": object{}}},
		blocking("Rate", 4, rate(10)),
	), c)
	for range 20 {
		if verdict := ask(acl, "203.0.113.1"); verdict.Rule != "List" || verdict.Status != 451 {
			t.Fatalf("%+v", verdict)
		}
		if verdict := ask(acl, "2001:db8::1"); !verdict.Allowed || verdict.Rule != "Allow" {
			t.Fatalf("Allow ends the evaluation, so later rules are not met: %+v", verdict)
		}
	}
	for i := range 11 {
		if verdict := ask(acl, "192.0.2.1"); verdict.Allowed != (i < 10) || verdict.Rule == "Count" {
			t.Fatalf("Count decides nothing, the rule behind it does: %+v", verdict)
		}
	}
}

func TestDefaultActionBlock(t *testing.T) {
	properties := webACL()
	properties["DefaultAction"] = object{"Block": object{"CustomResponse": object{
		"ResponseCode": 404, "CustomResponseBodyKey": "gone",
		"ResponseHeaders": []object{{"Name": "x-a", "Value": "1"}},
	}}}
	properties["CustomResponseBodies"] = object{"gone": object{"ContentType": "TEXT_PLAIN", "Content": "not here"}}
	verdict := ask(newACL(t, properties, &clock{}), "192.0.2.1")
	want := "{Allowed:false Rule:default action Counted:[] " +
		"Status:404 Header:map[X-A:[1]] ContentType:text/plain Body:not here}"
	if got := fmt.Sprintf("%+v", verdict); got != want {
		t.Error(got)
	}
	properties["DefaultAction"] = object{"Block": object{}}
	verdict = ask(newACL(t, properties, &clock{}), "192.0.2.1")
	if verdict.Status != http.StatusForbidden || verdict.ContentType != "" {
		t.Errorf("%+v", verdict)
	}
}

func TestNotSimulated(t *testing.T) {
	group := object{"ManagedRuleGroupStatement": object{"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet"}}
	acl := newACL(t, webACL(
		object{"Name": "Common", "Priority": 0, "Statement": group, "OverrideAction": object{"None": object{}}},
		object{
			"Name": "Own", "Priority": 1,
			"Statement":      object{"RuleGroupReferenceStatement": object{"Arn": "a"}},
			"OverrideAction": object{"Count": object{}},
		},
		blocking("Geo", 2, object{"GeoMatchStatement": object{"CountryCodes": []string{"XX"}}}),
		blocking("Nested", 3, inverse(either(reference(v4Set), object{"RegexMatchStatement": object{}}))),
		blocking("Forwarded", 4, object{"IPSetReferenceStatement": object{
			"Arn": v4Set, "IPSetForwardedIPConfig": object{"HeaderName": "x"},
		}}),
		blocking("Keys", 5, object{"RateBasedStatement": object{"Limit": 10, "AggregateKeyType": "CUSTOM_KEYS"}}),
		object{"Name": "Captcha", "Priority": 6, "Statement": reference(v4Set), "Action": object{"Captcha": object{}}},
		object{
			"Name": "Insert", "Priority": 7, "Statement": reference(v4Set),
			"Action": object{"Count": object{"CustomRequestHandling": object{}}},
		},
	), &clock{})
	want := []string{
		"WAF rule Common: managed rule group AWS/AWSManagedRulesSQLiRuleSet",
		"WAF rule Own: RuleGroupReferenceStatement",
		"WAF rule Geo: GeoMatchStatement",
		"WAF rule Nested: RegexMatchStatement",
		"WAF rule Forwarded: IPSetReferenceStatement with IPSetForwardedIPConfig",
		"WAF rule Keys: RateBasedStatement with AggregateKeyType CUSTOM_KEYS",
		"WAF rule Captcha: action CAPTCHA or Challenge",
		"WAF rule Insert: the request headers that it inserts",
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
			properties: webACL(blocking("A", 1, rate(10)), blocking("B", "1", rate(10))),
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
			properties: webACL(blocking("A", 1, rate(9))), want: "Limit 9 is under",
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
			name: "unknown IP set", why: "the reference must lead somewhere",
			properties: webACL(blocking("A", 1, reference("arn:none"))), want: "no IP set arn:none",
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
			_, err := waf.New(waf.CloudFront, row.properties, sets, time.Now)
			const prefix = "web ACL Acl: "
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), prefix) {
				t.Errorf("%s: %v, want %q", row.why, err, row.want)
			}
		})
	}
}

func TestConcurrentRequestsAreCountedExactly(t *testing.T) {
	acl := newACL(t, webACL(blocking("Rate", 1, rate(100))), &clock{})
	var mu sync.Mutex
	var group sync.WaitGroup
	allowed := 0
	for range 250 {
		group.Go(func() {
			if ask(acl, "192.0.2.1").Allowed {
				mu.Lock()
				allowed++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if allowed != 100 {
		t.Errorf("%d passed, want 100", allowed)
	}
}
