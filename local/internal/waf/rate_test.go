package waf_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/waf"
)

// keyed is a rate of 10 requests for each combination of keys; changes go over the statement.
func keyed(keys []object, changes object) object {
	statement := object{"Limit": 10, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": keys}
	for name, value := range changes {
		statement[name] = value
	}
	return object{"RateBasedStatement": statement}
}

// named is a custom key with a name and a transformation.
func named(kind, name string) object {
	return object{kind: object{"Name": name, "TextTransformations": inOrder([]string{"LOWERCASE"})}}
}

// TestAggregateKeys sends ten requests, and then one that is blocked if it counts with them.
func TestAggregateKeys(t *testing.T) {
	method, ip := object{"HTTPMethod": object{}}, object{"IP": object{}}
	forwardedFor := func(fallback string) object {
		return object{"HeaderName": "X-Forwarded-For", "FallbackBehavior": fallback}
	}
	forwardedRate := func(fallback string) object {
		return keyed(nil, object{"AggregateKeyType": "FORWARDED_IP", "ForwardedIPConfig": forwardedFor(fallback)})
	}
	tenant := func(value string) askOf { return askOf{header: http.Header{"X-Tenant": {value}}} }
	cookie := func(value string) askOf { return askOf{header: http.Header{"Cookie": {value}}} }
	posts := path("STARTS_WITH", "/posts", "NONE")
	for _, row := range []struct {
		name, why   string
		statement   object
		ten, eleven askOf
		blocked     bool
	}{
		{
			"header", "the value is the same",
			keyed([]object{named("Header", "x-tenant")}, nil), tenant("a"), tenant("A"), true,
		},
		{
			"another value", "counts apart",
			keyed([]object{named("Header", "x-tenant")}, nil), tenant("a"), tenant("b"), false,
		},
		{"no header", "is not counted", keyed([]object{named("Header", "x-tenant")}, nil), askOf{}, askOf{}, false},
		{"empty header", "is there", keyed([]object{named("Header", "x-tenant")}, nil), tenant(""), tenant(""), true},
		{
			"cookie", "of the name",
			keyed([]object{named("Cookie", "s")}, nil), cookie("s=1; t=2"), cookie("t=3; s=1"), true,
		},
		{
			"another cookie", "the name differs",
			keyed([]object{named("Cookie", "s")}, nil), cookie("t=1"), cookie("t=1"), false,
		},
		{
			"argument", "of the name", keyed([]object{named("QueryArgument", "City")}, nil),
			askOf{target: "/?city=x&a=1"},
			askOf{target: "/?a=2&CITY=X"},
			true,
		},
		{
			"query string", "the whole of it", keyed([]object{named("QueryString", "")}, nil),
			askOf{target: "/?a=1"},
			askOf{target: "/?a=2"},
			false,
		},
		{"no query string", "is not counted", keyed([]object{named("QueryString", "")}, nil), askOf{}, askOf{}, false},
		{
			"path", "without the query", keyed([]object{named("UriPath", "")}, nil),
			askOf{target: "/a?1"},
			askOf{target: "/A?2"},
			true,
		},
		{"method", "GET is GET", keyed([]object{method}, nil), askOf{}, askOf{client: "192.0.2.9"}, true},
		{"another method", "counts apart", keyed([]object{method}, nil), askOf{}, askOf{method: "POST"}, false},
		{
			"method and address", "AWS's example",
			keyed([]object{ip, method}, nil),
			askOf{},
			askOf{client: "192.0.2.9"},
			false,
		},
		{
			"values that join alike", "are two pairs",
			keyed([]object{named("Header", "x-a"), named("Header", "x-b")}, nil),
			askOf{header: http.Header{"X-A": {"ab"}, "X-B": {"c"}}},
			askOf{header: http.Header{"X-A": {"a"}, "X-B": {"bc"}}},
			false,
		},
		{
			"label", "both requests have it",
			keyed([]object{{"LabelNamespace": object{"Namespace": "kind:"}}}, nil),
			askOf{target: "/posts"},
			askOf{target: "/posts/1"},
			true,
		},
		{
			"no label", "is not counted",
			keyed([]object{{"LabelNamespace": object{"Namespace": "kind:"}}}, nil),
			askOf{target: "/"},
			askOf{target: "/"},
			false,
		},
		{
			"forwarded", "the first address",
			forwardedRate("MATCH"), forwarded("10.0.0.1, 10.0.0.2"), forwarded("10.0.0.1"), true,
		},
		{
			"another forwarded", "counts apart",
			forwardedRate("MATCH"), forwarded("10.0.0.1"), forwarded("10.0.0.2"), false,
		},
		{"malformed", "they count together", forwardedRate("MATCH"), forwarded("x"), forwarded("y"), true},
		{"malformed, no match", "they do not count", forwardedRate("NO_MATCH"), forwarded("x"), forwarded("x"), false},
		{"not forwarded", "the rule does not apply", forwardedRate("MATCH"), askOf{}, askOf{}, false},
		{
			"forwarded and method", "both keys count",
			keyed([]object{{"ForwardedIP": object{}}, method}, object{"ForwardedIPConfig": forwardedFor("MATCH")}),
			forwarded("10.0.0.1"), forwarded("10.0.0.1"), true,
		},
		{
			"constant", "all that are in the scope count together",
			keyed(nil, object{"AggregateKeyType": "CONSTANT", "ScopeDownStatement": posts}),
			askOf{target: "/posts"},
			askOf{target: "/posts/1", client: "192.0.2.9"},
			true,
		},
		{
			"out of the scope", "is not counted",
			keyed(nil, object{"AggregateKeyType": "CONSTANT", "ScopeDownStatement": posts}),
			askOf{target: "/posts"},
			askOf{target: "/"},
			false,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			label := labelling(0, "kind:posts")
			label["Statement"] = posts
			acl := newACL(t, webACL(label, blocking("Rate", 1, row.statement)), &clock{})
			for i := range 10 {
				if verdict := row.ten.evaluate(acl); !verdict.Allowed {
					t.Fatalf("request %d: %+v", i+1, verdict)
				}
			}
			if verdict := row.eleven.evaluate(acl); verdict.Allowed == row.blocked {
				t.Errorf("%s: %+v", row.why, verdict)
			}
		})
	}
}

func TestAggregateKeysRefused(t *testing.T) {
	ip := object{"IP": object{}}
	for _, row := range []struct {
		name, why string
		statement object
		err       string
	}{
		{"no key", "one is the least", keyed(nil, nil), "CustomKeys has 0 keys"},
		{"six keys", "five are the most", keyed([]object{ip, ip, ip, ip, ip, ip}, nil), "CustomKeys has 6 keys"},
		{"address alone", "AWS has a type for it", keyed([]object{ip}, nil), "an address needs another key"},
		{
			"constant without a scope", "it must have one",
			keyed(nil, object{"AggregateKeyType": "CONSTANT"}), "CONSTANT takes a ScopeDownStatement",
		},
		{
			"forwarded without a header", "it must have one",
			keyed(nil, object{"AggregateKeyType": "FORWARDED_IP"}), "ForwardedIPConfig has no HeaderName",
		},
		{
			"fallback", "AWS has two",
			keyed(nil, object{"AggregateKeyType": "FORWARDED_IP", "ForwardedIPConfig": object{"HeaderName": "a"}}),
			`FallbackBehavior "" is neither`,
		},
		{"position", "AWS has three", forwardedSet("SECOND", "MATCH"), `Position "SECOND" is none of`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := waf.New(config(webACL(blocking("Rate", 1, row.statement)), &clock{}))
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: %v, want %q", row.why, err, row.err)
			}
		})
	}
}

// TestLargeRate counts under a limit whose requests share spans. The last one of the window still counts.
func TestLargeRate(t *testing.T) {
	const limit = 5000
	c := &clock{now: time.Unix(0, 0)}
	acl := newACL(t, webACL(blocking("Rate", 1, rate(limit))), c)
	for i := range limit {
		c.now = c.now.Add(50 * time.Millisecond) // 250 s for all
		if !ask(acl, "192.0.2.1").Allowed {
			t.Fatalf("request %d is blocked", i+1)
		}
	}
	if ask(acl, "192.0.2.1").Allowed {
		t.Error("the request over the limit passes")
	}
	c.now = time.Unix(0, 0).Add(300*time.Second + 49*time.Millisecond)
	if ask(acl, "192.0.2.1").Allowed {
		t.Error("a request passes before the first one leaves the window")
	}
	// Six requests share the first span, and the two blocked ones count too.
	c.now = time.Unix(0, 0).Add(300*time.Second + 300*time.Millisecond)
	passed := 0
	for range 20 {
		if ask(acl, "192.0.2.1").Allowed {
			passed++
		}
	}
	if passed != 4 {
		t.Errorf("%d requests pass after the first span, want 4", passed)
	}
}

// TestMemoryOfARate sends many requests, and looks at the memory that they leave.
func TestMemoryOfARate(t *testing.T) {
	for _, row := range []struct {
		name, why string
		limit     int
		requests  int
		clients   int
		after     time.Duration // of the last request
		most      int64
	}{
		{"AWS's largest limit", "requests share spans", 2_000_000_000, 1_000_000, 1, 0, 128 << 10},
		{"blocked client", "old requests decide nothing", 10, 1_000_000, 1, 0, 128 << 10},
		{"clients that went away", "they are forgotten after a window", 10, 100_000, 100_000, time.Hour, 8 << 20},
	} {
		t.Run(row.name, func(t *testing.T) {
			if testing.Short() && row.clients == 1 {
				row.requests /= 10
			}
			c := &clock{now: time.Unix(0, 0)}
			acl := newACL(t, webACL(blocking("Rate", 1, rate(row.limit))), c)
			r := httptest.NewRequest("GET", "/", nil)
			grown := growth(func() {
				for i := range row.requests {
					client := i % row.clients
					c.now = c.now.Add(200 * time.Microsecond)
					acl.Evaluate(r, netip.AddrFrom4([4]byte{10, byte(client >> 16), byte(client >> 8), byte(client)}))
				}
				c.now = c.now.Add(row.after)
				acl.Evaluate(r, netip.MustParseAddr("192.0.2.1"))
			})
			runtime.KeepAlive(acl)
			t.Logf("%d bytes", grown)
			if grown > row.most {
				t.Errorf("%s: %d bytes, want %d at most", row.why, grown, row.most)
			}
		})
	}
}

// growth is how many bytes of heap stay after f.
func growth(f func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}
