package cloudfront_test

import (
	"strings"
	"testing"
)

func TestTargetReachesTheOriginUnchanged(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(nil), nil))
	for _, row := range []struct{ name, why, target, want string }{
		{"root", "the shortest path", "/", "/"},
		{"escapes", "no decoding and encoding on the way", "/a%20b/%E5%A0%B4%2F?x=%20", "/a%20b/%E5%A0%B4%2F?x=%20"},
		{"lower-case escapes", "escapes keep their spelling", "/%e5%a0%b4", "/%e5%a0%b4"},
		{"raw UTF-8", "the wire bytes are kept", "/場?q=場", "/場?q=場"},
		{"marks", "characters that encoders disagree about", "/!'()*;:@&=+$,[]", "/!'()*;:@&=+$,[]"},
		{"query", "order, duplicates, plus and bare keys", "/?b=2&a=1&b=1&c&d=+&e[]=%5B", "/?b=2&a=1&b=1&c&d=+&e[]=%5B"},
		{"broken escapes in the query", "the origin judges them", "/?a=%zz", "/?a=%zz"},
		{"dot segments", "normalised only to choose the behavior", "/a/../b/./c", "/a/../b/./c"},
		{"double slash", "must not become an authority", "//a//b", "//a//b"},
		{"semicolon and second question mark", "only the first ? divides", "/a;b?c?d=/e", "/a;b?c?d=/e"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, "GET", row.target)
			if got := atOrigin(t, response, body).Target; got != row.want {
				t.Errorf("origin saw %s, want %s: %s", got, row.want, row.why)
			}
		})
	}
}

func TestResponse(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(nil), nil))
	response, _ := get(t, address, "GET", "/")
	for name, want := range map[string]string{"X-Cache": "Miss from cloudfront", "Server": "CloudFront", "Content-Type": "application/json"} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if via := response.Header.Get("Via"); !strings.HasSuffix(via, ".cloudfront.net (CloudFront)") {
		t.Errorf("Via: %q", via)
	}
	if response.Header.Get("X-Amz-Cf-Id") == "" {
		t.Error("no X-Amz-Cf-Id")
	}
}
