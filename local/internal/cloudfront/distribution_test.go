package cloudfront_test

import (
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/waf"
)

func TestTargetReachesTheOriginUnchanged(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(nil), nil))
	for _, row := range []struct{ name, why, target, want string }{
		{name: "root", why: "the shortest path", target: "/", want: "/"},
		{
			name: "escapes", why: "no decoding and encoding on the way",
			target: "/a%20b/%E5%A0%B4%2F?x=%20", want: "/a%20b/%E5%A0%B4%2F?x=%20",
		},
		{name: "lower-case escapes", why: "escapes keep their spelling", target: "/%e5%a0%b4", want: "/%e5%a0%b4"},
		{name: "raw UTF-8", why: "the wire bytes are kept", target: "/場?q=場", want: "/場?q=場"},
		{
			name: "marks", why: "characters that encoders disagree about",
			target: "/!'()*;:@&=+$,[]", want: "/!'()*;:@&=+$,[]",
		},
		{
			name: "query", why: "order, duplicates, plus and bare keys",
			target: "/?b=2&a=1&b=1&c&d=+&e[]=%5B", want: "/?b=2&a=1&b=1&c&d=+&e[]=%5B",
		},
		{name: "broken escapes in the query", why: "the origin judges them", target: "/?a=%zz", want: "/?a=%zz"},
		{
			name: "dot segments", why: "normalised only to choose the behavior",
			target: "/a/../b/./c", want: "/a/../b/./c",
		},
		{name: "double slash", why: "must not become an authority", target: "//a//b", want: "//a//b"},
		{
			name: "semicolon and second question mark", why: "only the first ? divides",
			target: "/a;b?c?d=/e", want: "/a;b?c?d=/e",
		},
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
	for name, want := range map[string]string{
		"X-Cache":      "Miss from cloudfront",
		"Server":       "CloudFront",
		"Content-Type": "application/json",
	} {
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

func TestRefusedByCloudFront(t *testing.T) {
	address, log := serve(t, config(newOrigin(t), behavior(object{
		"AllowedMethods": []string{"GET", "HEAD", "POST"},
	}), nil))
	for _, row := range []struct {
		name, why, method, raw string
		status                 int
		reason                 string
	}{
		{
			name: "method", why: "not in AllowedMethods",
			method: "DELETE", raw: request("DELETE", "/x", ""), status: 403,
			reason: "cache behavior default (*) does not allow DELETE",
		},
		{
			name: "GET with a body", why: "CloudFront takes none",
			method: "GET", raw: request("GET", "/x", "abc", "Content-Length: 3"), status: 403,
			reason: "a GET request with a body",
		},
		{
			name: "GET with a chunked body", why: "nor this way",
			method: "GET", raw: request("GET", "/x", "3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
			status: 403, reason: "a GET request with a body",
		},
		{
			name: "long URL", why: "8,192 bytes are the limit",
			method: "GET", raw: request("GET", "/"+strings.Repeat("x", 8192), ""), status: 414,
			reason: "the URL has 8193 bytes",
		},
		{
			name: "large headers", why: "32,768 bytes with the request line",
			method: "GET", raw: request("GET", "/x", "", "X-Large: "+strings.Repeat("x", 32768)), status: 494,
			reason: "the limit is 32768",
		},
		{
			name: "asterisk", why: "not a path",
			method: "POST", raw: request("POST", "*", ""), status: 400, reason: "the request target is not a path",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := exchange(t, address, row.method, row.raw)
			if response.StatusCode != row.status || !strings.Contains(body, "The request could not be satisfied") {
				t.Fatalf("%s: %d %s", row.why, response.StatusCode, body)
			}
			s, x := response.Header.Get("Server"), response.Header.Get("X-Cache")
			if s != "CloudFront" || x != "Error from cloudfront" {
				t.Errorf("Server %q, X-Cache %q", s, x)
			}
			if wanted := row.status == 414 || row.status == 494; response.Close != wanted {
				t.Errorf("connection closed: %v, want it closed after a request that was too long", response.Close)
			}
			if !strings.Contains(log.String(), row.reason) {
				t.Errorf("the log does not say %q:\n%s", row.reason, log)
			}
		})
	}
	for _, row := range []struct{ name, raw string }{
		{"URL at the limit", request("GET", "/"+strings.Repeat("x", 8191), "")},
		{"headers under the limit", request("GET", "/x", "", "X-Large: "+strings.Repeat("x", 32000))},
	} {
		t.Run(row.name, func(t *testing.T) {
			if response, body := exchange(t, address, "GET", row.raw); response.StatusCode != 200 {
				t.Errorf("%d %s", response.StatusCode, body)
			}
		})
	}
}

func TestMethodsPass(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(nil), nil))
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"} {
		response, body := get(t, address, method, "/x")
		if method == "HEAD" {
			if response.StatusCode != 200 || body != "" || response.ContentLength <= 0 {
				t.Errorf("HEAD: %d %q %d", response.StatusCode, body, response.ContentLength)
			}
			continue
		}
		if s := atOrigin(t, response, body); s.Method != method {
			t.Errorf("%s: origin saw %s", method, s.Method)
		}
	}
}

func TestWebACLComesFirst(t *testing.T) {
	still := func() time.Time { return time.Unix(0, 0) }
	acl, err := waf.New(waf.Config{Path: "Demo/Acl", Scope: waf.CloudFront, Now: still, Properties: object{
		"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Allow": object{}},
		"CustomResponseBodies": object{
			"slow": object{"ContentType": "APPLICATION_JSON", "Content": `{"error":"slow down"}`},
		},
		"Rules": []object{{
			"Name": "RateLimit", "Priority": 1,
			"Statement": object{"RateBasedStatement": object{"Limit": 10, "AggregateKeyType": "IP"}},
			"Action": object{
				"Block": object{
					"CustomResponse": object{
						"ResponseCode":          429,
						"CustomResponseBodyKey": "slow",
						"ResponseHeaders":       []object{{"Name": "retry-after", "Value": "300"}},
					},
				},
			},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := config(newOrigin(t), behavior(object{"AllowedMethods": []string{"GET", "HEAD"}}), nil)
	c.WebACL = acl
	address, log := serve(t, c)
	for i := range 11 {
		want := 403 // the method is refused by the behavior
		if i == 10 {
			want = 429
		}
		response, body := get(t, address, "DELETE", "/secret?token=secret")
		if response.StatusCode != want {
			t.Fatalf("request %d: %d %s, want %d, since the web ACL judges before the behavior does", i,
				response.StatusCode, body, want)
		}
		wrong := body != `{"error":"slow down"}` || response.Header.Get("Retry-After") != "300" ||
			response.Header.Get("Content-Type") != "application/json"
		if i == 10 && wrong {
			t.Errorf("custom response: %v %s", response.Header, body)
		}
	}
	wrongLog := !strings.Contains(log.String(), "DELETE /secret 429 web ACL Demo/Acl: rate rule RateLimit\n") ||
		strings.Contains(log.String(), "token")
	if wrongLog {
		t.Errorf("log: %s", log)
	}
}

func TestWebACLBlockHasCloudFrontsPage(t *testing.T) {
	properties := object{"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Block": object{}}}
	acl, err := waf.New(waf.Config{Path: "Demo/Acl", Scope: waf.CloudFront, Properties: properties, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	c := config(newOrigin(t), behavior(nil), nil)
	c.WebACL = acl
	address, _ := serve(t, c)
	response, body := get(t, address, "GET", "/")
	wrong := response.StatusCode != 403 || response.Header.Get("Server") != "CloudFront" ||
		!strings.Contains(body, "Request blocked.")
	if wrong {
		t.Errorf("%d %v %s", response.StatusCode, response.Header, body)
	}
}

// TestWebACLCounts checks that a counted request goes on. Verbose gets a line about it.
func TestWebACLCounts(t *testing.T) {
	acl, err := waf.New(waf.Config{Path: "Demo/Acl", Scope: waf.CloudFront, Now: time.Now, Properties: object{
		"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Allow": object{}},
		"Rules": []object{{
			"Name": "Common", "Priority": 1, "OverrideAction": object{"None": object{}},
			"Statement": object{"ManagedRuleGroupStatement": object{
				"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet",
				"RuleActionOverrides": []object{
					{"Name": "SizeRestrictions_BODY", "ActionToUse": object{"Count": object{}}},
				},
			}},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, why, method, target, body string
		header                          []string
		status                          int
		log                             string
	}{
		{
			name: "nothing", why: "no rule matches", method: "GET", target: "/a",
			header: []string{"User-Agent: test"}, status: 200, log: "GET /a 200 Demo/Api/Distribution\n",
		},
		{
			name: "counted", why: "the whole body arrives, and one line has neither query nor body",
			method: "POST", target: "/b?token=secret",
			body: strings.Repeat("s", 9000), header: []string{"User-Agent: test", "Content-Length: 9000"}, status: 200,
			log: "POST /b 200 Demo/Api/Distribution\n" +
				"  counted by web ACL Demo/Acl: rule SizeRestrictions_BODY of Common\n",
		},
		{
			name: "counted in chunks", why: "the judged part of the body arrives too", method: "POST", target: "/c",
			body: "1f40\r\n" + strings.Repeat("s", 8000) + "\r\n" +
				"3e8\r\n" + strings.Repeat("s", 1000) + "\r\n0\r\n\r\n",
			header: []string{"User-Agent: test", "Transfer-Encoding: chunked"}, status: 200,
			log: "POST /c 200 Demo/Api/Distribution\n" +
				"  counted by web ACL Demo/Acl: rule SizeRestrictions_BODY of Common\n",
		},
		{
			name: "blocked", why: "the other rules block", method: "GET", target: "/d", status: 403,
			log: "GET /d 403 web ACL Demo/Acl: rule NoUserAgent_HEADER of Common\n",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(newOrigin(t), behavior(nil), nil)
			c.WebACL = acl
			address, log := serve(t, c)
			response, body := exchange(t, address, row.method, request(row.method, row.target, row.body, row.header...))
			if response.StatusCode != row.status {
				t.Fatalf("%s: %d %s", row.why, response.StatusCode, body)
			}
			if row.body != "" {
				if s := atOrigin(t, response, body); s.BodyBytes != 9000 {
					t.Errorf("%s: %d bytes arrived", row.why, s.BodyBytes)
				}
			}
			log.await(t, "\n")
			if log.String() != row.log {
				t.Errorf("%s: %q, want %q", row.why, log, row.log)
			}
		})
	}
}

func TestBehaviorByPath(t *testing.T) {
	patterns := []string{"/images/*.jpg", "images/*", "/Exact", "/a?c", "/a/b*", "/a*"}
	var behaviors []object
	for _, pattern := range patterns {
		behaviors = append(behaviors, behavior(object{
			"PathPattern":    pattern,
			"AllowedMethods": []string{"GET", "HEAD"},
		}))
	}
	address, log := serve(t, config(newOrigin(t), behavior(object{"AllowedMethods": []string{
		"GET", "HEAD",
	}}), object{"CacheBehaviors": behaviors}))
	for i, row := range []struct{ name, why, target, want string }{
		{"first of two", "the order decides", "/images/x/y.jpg", "/images/*.jpg"},
		{"second of two", "an asterisk covers slashes", "/images/x/y.gif", "images/*"},
		{"exact", "a pattern without wildcards", "/Exact", "/Exact"},
		{"case", "upper and lower case differ", "/exact", "default (*)"},
		{"not a prefix", "the whole path is compared", "/Exact/", "default (*)"},
		{"one character", "a question mark is exactly one", "/abc", "/a?c"},
		{"query", "the query is not part of the path", "/images/x.gif?y.jpg", "images/*"},
		{"normalised", "the AWS page's own example", "/a/b/..?c=1", "/a*"},
		{"unnormalised twin", "the AWS page's own example", "/a/b?c=1", "/a/b*"},
		{"double slash", "removed for the choice", "//images//x.jpg", "/images/*.jpg"},
		{"escaped letter", "an escape of an unreserved character is that character", "/%69mages/x.gif", "images/*"},
		{"default", "nothing else matches", "/other", "default (*)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			get(t, address, "DELETE", row.target) // refused, so that the log names the behavior
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if len(lines) != i+1 || !strings.Contains(lines[i], "cache behavior "+row.want+" does not allow") {
				t.Errorf("%s: want %s, log says %s", row.why, row.want, lines[len(lines)-1])
			}
		})
	}
}

func TestDefaultRootObject(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(nil), object{"DefaultRootObject": "index.html"}))
	response, body := get(t, address, "GET", "/")
	if got := atOrigin(t, response, body).Target; got != "/index.html" {
		t.Errorf("origin saw %s", got)
	}
}

func TestNotSimulated(t *testing.T) {
	c := config(newOrigin(t), behavior(object{"Compress": true}), object{
		"WebACLId":     "arn:acl",
		"Restrictions": object{"GeoRestriction": object{"RestrictionType": "whitelist"}},
	})
	c.Origins = nil
	distribution, err := cloudfront.New(c)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(distribution.NotSimulated(), "\n")
	for _, want := range []string{
		"cache", "compression", "GeoRestriction", "web ACL arn:acl, which is not in the assembly",
		"origin " + originDomain, "CloudFront-* request headers",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in:\n%s", want, all)
		}
	}
}

func TestRefusedAtStart(t *testing.T) {
	edge := func(arn string) object {
		return object{"LambdaFunctionAssociations": []object{{"EventType": "origin-request", "LambdaFunctionARN": arn}}}
	}
	for _, row := range []struct {
		name, why    string
		changes, all object
		want         string
	}{
		{
			name: "cache policy", why: "an id that nothing is known about",
			changes: object{"CachePolicyId": "unknown"}, want: "cache policy unknown is neither",
		},
		{
			name: "no cache policy", why: "and no legacy settings",
			changes: object{"CachePolicyId": ""}, want: "has no CachePolicyId",
		},
		{
			name: "origin request policy", why: "an id that nothing is known about",
			changes: object{"OriginRequestPolicyId": "unknown"}, want: "origin request policy unknown is neither",
		},
		{
			name: "response headers policy", why: "an id that nothing is known about",
			changes: object{"ResponseHeadersPolicyId": "unknown"},
			want:    "response headers policy unknown is neither",
		},
		{
			name: "legacy", why: "ForwardedValues has other rules",
			changes: object{"ForwardedValues": object{"QueryString": true}},
			want:    "ForwardedValues is not simulated",
		},
		{
			name: "unqualified", why: "Lambda@Edge takes numbered versions only",
			changes: edge(strings.TrimSuffix(edgeARN, ":7")), want: "not a numbered version",
		},
		{
			name: "latest", why: "$LATEST is refused by AWS",
			changes: edge(strings.TrimSuffix(edgeARN, "7") + "$LATEST"),
			want:    "not a numbered version",
		},
		{
			name: "unknown function", why: "not in the assembly",
			changes: edge(edgeARN), want: "is not in the assembly",
		},
		{
			name: "signed URLs", why: "would let everyone in",
			changes: object{"TrustedKeyGroups": []string{"k"}}, want: "signed URLs and cookies",
		},
		{
			name: "origin", why: "an id without an origin",
			changes: object{"TargetOriginId": "group"}, want: `TargetOriginId "group"`,
		},
		{
			name: "no attempt", why: "AWS takes 1 to 3",
			all: withReadTimeout(60, 0), want: "ConnectionAttempts is 0: AWS takes 1, 2 or 3",
		},
		{
			name: "four attempts", why: "AWS takes 1 to 3",
			all: withReadTimeout(60, 4), want: "ConnectionAttempts is 4",
		},
		{
			name: "completion", why: "before the read timeout",
			all: withCompletionTimeout(60, 59), want: "ResponseCompletionTimeout is 59 s: AWS takes no less",
		},
		{
			name: "number", why: "not a number",
			all: object{
				"Origins": []object{
					{
						"Id":                 "origin",
						"DomainName":         originDomain,
						"CustomOriginConfig": object{"OriginReadTimeout": "soon"},
					},
				},
			},
			want: "OriginReadTimeout of type int",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := cloudfront.New(config(newOrigin(t), behavior(row.changes), row.all))
			wrong := err == nil || !strings.Contains(err.Error(), row.want) ||
				!strings.HasPrefix(err.Error(), "distribution Demo/Api/Distribution: ")
			if wrong {
				t.Errorf("%s: %v, want %q", row.why, err, row.want)
			}
		})
	}
}
