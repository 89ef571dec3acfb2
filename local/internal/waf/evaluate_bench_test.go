package waf_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

// BenchmarkEvaluate asks an ACL as the library's WebAcl makes it, with a rate limit that no client reaches. The
// clock advances by a millisecond a request.
func BenchmarkEvaluate(b *testing.B) {
	c := &clock{now: time.Unix(0, 0)}
	acl := newACL(b, webACL(
		blocking("List", 1, inverse(either(reference(v4Set), reference(v6Set)))),
		common(nil),
		blocking("Rate", 2, rate(2_000_000_000)),
	), c)
	r := httptest.NewRequest("GET", "/orders?id=1", nil)
	r.Header.Set("User-Agent", "benchmark")
	client := netip.MustParseAddr("127.0.0.1")
	b.ReportAllocs()
	for b.Loop() {
		c.now = c.now.Add(time.Millisecond)
		if verdict := acl.Evaluate(r, client); !verdict.Allowed {
			b.Fatalf("%+v", verdict)
		}
	}
}
