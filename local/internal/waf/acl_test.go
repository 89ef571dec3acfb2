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

func blocking(name string, priority int, statement object) object {
	return object{"Name": name, "Priority": priority, "Statement": statement, "Action": object{"Block": object{}}}
}

func webACL(rules ...object) object {
	return object{"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Allow": object{}}, "Rules": rules}
}

// clock is a clock that tests set.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// config is that of an ACL in front of a distribution.
func config(properties object, c *clock) waf.Config {
	const arn = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/testWebACL/1"
	return waf.Config{Scope: waf.CloudFront, ARN: arn, Properties: properties, Parts: ipSets, Now: c.Now}
}

func newACL(t testing.TB, properties object, c *clock) *waf.ACL {
	t.Helper()
	acl, err := waf.New(config(properties, c))
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
	acl := newACL(t, webACL(blocking("Rate", 3, rate("10"))), c)
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
			"Action": object{"Block": object{"CustomResponse": object{"ResponseCode": 451}}},
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
	want := "{Allowed:false Rule:default action RateBased:false Counted:[] " +
		"Status:404 Header:map[X-A:[1]] ContentType:text/plain Body:not here}"
	if got := fmt.Sprintf("%+v", verdict); got != want || verdict.Why() != "default action" {
		t.Error(got)
	}
	properties["DefaultAction"] = object{"Block": object{}}
	verdict = ask(newACL(t, properties, &clock{}), "192.0.2.1")
	if verdict.Status != http.StatusForbidden || verdict.ContentType != "" {
		t.Errorf("%+v", verdict)
	}
}

// TestNoToken checks the answers of CAPTCHA and Challenge, which are AWS's to a request without a token.
func TestNoToken(t *testing.T) {
	for _, row := range []struct {
		name, why, header string
		status            int
	}{
		{"Captcha", "405, for a browser to show a puzzle", "captcha", 405},
		{"Challenge", "202, for a browser to run a script", "challenge", 202},
	} {
		acl := newACL(t, webACL(object{
			"Name": "Token", "Priority": 6, "Statement": reference(v4Set), "Action": object{row.name: object{}},
		}), &clock{})
		verdict := ask(acl, "203.0.113.1")
		if verdict.Allowed || verdict.Status != row.status || verdict.Header.Get("x-amzn-waf-action") != row.header {
			t.Errorf("%s is answered with %s: %+v", row.name, row.why, verdict)
		}
		if verdict := ask(acl, "192.0.2.1"); !verdict.Allowed {
			t.Errorf("%s of another request: %+v", row.name, verdict)
		}
		line := fmt.Sprintf("each request that it matches is answered with %d, since none can be solved", row.status)
		if got := acl.NotSimulated(); len(got) != 1 || !strings.Contains(got[0], line) {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}

// TestViewerAddress checks that an address stands for the clients on loopback, and for no others.
func TestViewerAddress(t *testing.T) {
	c := config(webACL(blocking("AllowList", 1, inverse(reference(v4Set)))), &clock{})
	c.ViewerAddress = netip.MustParseAddr("203.0.113.9")
	c.Parts = map[string]map[string]any{
		v4Set: {"IPAddressVersion": "IPV4", "Addresses": []string{"203.0.113.0/24"}},
	}
	acl, err := waf.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, why, client string
		allowed           bool
	}{
		{"loopback", "counts as 203.0.113.9, which is listed", "127.0.0.1", true},
		{"loopback of IPv6", "counts as it too", "::1", true},
		{"mapped loopback", "as a dual-stack socket reports it", "::ffff:127.0.0.1", true},
		{"another address", "is itself", "192.0.2.1", false},
	} {
		if verdict := ask(acl, row.client); verdict.Allowed != row.allowed {
			t.Errorf("%s %s: %+v", row.name, row.why, verdict)
		}
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
