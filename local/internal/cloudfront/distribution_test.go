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

func TestRefusedByCloudFront(t *testing.T) {
	address, log := serve(t, config(newOrigin(t), behavior(object{"AllowedMethods": []string{"GET", "HEAD", "POST"}}), nil))
	for _, row := range []struct {
		name, why, method, raw string
		status                 int
		reason                 string
	}{
		{"method", "not in AllowedMethods", "DELETE", request("DELETE", "/x", ""), 403, "cache behavior default (*) does not allow DELETE"},
		{"GET with a body", "CloudFront takes none", "GET", request("GET", "/x", "abc", "Content-Length: 3"), 403, "a GET request with a body"},
		{"GET with a chunked body", "nor this way", "GET", request("GET", "/x", "3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), 403, "a GET request with a body"},
		{"long URL", "8,192 bytes are the limit", "GET", request("GET", "/"+strings.Repeat("x", 8192), ""), 414, "the URL has 8193 bytes"},
		{"large headers", "32,768 bytes with the request line", "GET", request("GET", "/x", "", "X-Large: "+strings.Repeat("x", 32768)), 494, "the limit is 32768"},
		{"asterisk", "not a path", "POST", request("POST", "*", ""), 400, "the request target is not a path"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := exchange(t, address, row.method, row.raw)
			if response.StatusCode != row.status || !strings.Contains(body, "The request could not be satisfied") {
				t.Fatalf("%s: %d %s", row.why, response.StatusCode, body)
			}
			if s, x := response.Header.Get("Server"), response.Header.Get("X-Cache"); s != "CloudFront" || x != "Error from cloudfront" {
				t.Errorf("Server %q, X-Cache %q", s, x)
			}
			if wanted := row.status == 414 || row.status == 494; response.Close != wanted {
				t.Errorf("connection closed: %v; it is after a request that was too long", response.Close)
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
	acl, err := waf.New(waf.CloudFront, object{
		"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Allow": object{}},
		"CustomResponseBodies": object{"slow": object{"ContentType": "APPLICATION_JSON", "Content": `{"error":"slow down"}`}},
		"Rules": []object{{
			"Name": "RateLimit", "Priority": 1, "Statement": object{"RateBasedStatement": object{"Limit": 10, "AggregateKeyType": "IP"}},
			"Action": object{"Block": object{"CustomResponse": object{"ResponseCode": 429, "CustomResponseBodyKey": "slow", "ResponseHeaders": []object{{"Name": "retry-after", "Value": "300"}}}}},
		}},
	}, nil, func() time.Time { return time.Unix(0, 0) })
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
			t.Fatalf("request %d: %d %s, want %d: the web ACL judges before the behavior does", i, response.StatusCode, body, want)
		}
		if i == 10 && (body != `{"error":"slow down"}` || response.Header.Get("Retry-After") != "300" || response.Header.Get("Content-Type") != "application/json") {
			t.Errorf("custom response: %v %s", response.Header, body)
		}
	}
	if !strings.Contains(log.String(), "DELETE /secret: 429: blocked by the web ACL: RateLimit") || strings.Contains(log.String(), "token") {
		t.Errorf("log: %s", log)
	}
}

func TestWebACLBlockHasCloudFrontsPage(t *testing.T) {
	properties := object{"Name": "Acl", "Scope": "CLOUDFRONT", "DefaultAction": object{"Block": object{}}}
	acl, err := waf.New(waf.CloudFront, properties, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c := config(newOrigin(t), behavior(nil), nil)
	c.WebACL = acl
	address, _ := serve(t, c)
	response, body := get(t, address, "GET", "/")
	if response.StatusCode != 403 || response.Header.Get("Server") != "CloudFront" || !strings.Contains(body, "Request blocked.") {
		t.Errorf("%d %v %s", response.StatusCode, response.Header, body)
	}
}

// TestWebACLCounts: what the web ACL counts goes on, and is told to who asks for it.
func TestWebACLCounts(t *testing.T) {
	acl, err := waf.New(waf.CloudFront, object{
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
	}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, why, method, target, body string
		header                          []string
		status                          int
		verbose, log                    string
	}{
		{
			name: "nothing", why: "no line for a request that no rule matches", method: "GET", target: "/a",
			header: []string{"User-Agent: test"}, status: 200,
		},
		{
			name: "counted", why: "the whole body arrives, and one line has neither query nor body",
			method: "POST", target: "/b?token=secret",
			body: strings.Repeat("s", 9000), header: []string{"User-Agent: test", "Content-Length: 9000"}, status: 200,
			verbose: "POST /b: counted by the web ACL: SizeRestrictions_BODY of Common",
		},
		{
			name: "counted in chunks", why: "as much of it as was judged arrives too", method: "POST", target: "/c",
			body: "1f40\r\n" + strings.Repeat("s", 8000) + "\r\n" +
				"3e8\r\n" + strings.Repeat("s", 1000) + "\r\n0\r\n\r\n",
			header: []string{"User-Agent: test", "Transfer-Encoding: chunked"}, status: 200,
			verbose: "POST /c: counted by the web ACL: SizeRestrictions_BODY of Common",
		},
		{
			name: "blocked", why: "the other rules block", method: "GET", target: "/d", status: 403,
			log: "GET /d: 403: blocked by the web ACL: NoUserAgent_HEADER of Common",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(newOrigin(t), behavior(nil), nil)
			verbose := &logged{}
			c.WebACL, c.Verbose = acl, verbose
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
			for got, want := range map[*logged]string{verbose: row.verbose, log: row.log} {
				if want != "" {
					want = "cloudfront Demo/Api/Distribution: " + want + "\n"
				}
				if got.String() != want {
					t.Errorf("%s: %q, want %q", row.why, got, want)
				}
			}
		})
	}
}

func TestBehaviorByPath(t *testing.T) {
	patterns := []string{"/images/*.jpg", "images/*", "/Exact", "/a?c", "/a/b*", "/a*"}
	var behaviors []object
	for _, pattern := range patterns {
		behaviors = append(behaviors, behavior(object{"PathPattern": pattern, "AllowedMethods": []string{"GET", "HEAD"}}))
	}
	address, log := serve(t, config(newOrigin(t), behavior(object{"AllowedMethods": []string{"GET", "HEAD"}}), object{"CacheBehaviors": behaviors}))
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
		"CustomErrorResponses": []object{
			{"ErrorCode": 404, "ErrorCachingMinTTL": 0},
			{"ErrorCode": 403, "ResponseCode": "200", "ResponsePagePath": "/index.html"},
		},
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
		"cache", "compression", "CustomErrorResponses: status 403 is passed on as it is", "GeoRestriction",
		"web ACL arn:acl", "origin " + originDomain, "CloudFront-* request headers",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in:\n%s", want, all)
		}
	}
	if strings.Contains(all, "404") {
		t.Errorf("a time in the cache without a page changes nothing here:\n%s", all)
	}
}

func TestRefusedAtStart(t *testing.T) {
	edge := func(eventType, arn string) object {
		return object{"LambdaFunctionAssociations": []object{{"EventType": eventType, "LambdaFunctionARN": arn}}}
	}
	for _, row := range []struct {
		name, why    string
		changes, all object
		want         string
	}{
		{"cache policy", "an id that nothing is known about", object{"CachePolicyId": "unknown"}, nil, "cache policy unknown is neither"},
		{"no cache policy", "and no legacy settings", object{"CachePolicyId": ""}, nil, "has no CachePolicyId"},
		{"origin request policy", "an id that nothing is known about", object{"OriginRequestPolicyId": "unknown"}, nil, "origin request policy unknown is neither"},
		{"response headers policy", "an id that nothing is known about", object{"ResponseHeadersPolicyId": "unknown"}, nil, "response headers policy unknown is neither"},
		{"legacy", "ForwardedValues has other rules", object{"ForwardedValues": object{"QueryString": true}}, nil, "ForwardedValues is not simulated"},
		{"viewer-request", "the request path needs it", edge("viewer-request", edgeARN), nil, "on viewer-request is not simulated"},
		{"origin-response", "the request path needs it", edge("origin-response", edgeARN), nil, "on origin-response is not simulated"},
		{"unqualified", "Lambda@Edge takes numbered versions only", edge("origin-request", strings.TrimSuffix(edgeARN, ":7")), nil, "not a numbered version"},
		{"latest", "$LATEST is refused by AWS", edge("origin-request", strings.TrimSuffix(edgeARN, "7")+"$LATEST"), nil, "not a numbered version"},
		{"unknown function", "not in the assembly", edge("origin-request", edgeARN), nil, "is not in the assembly"},
		{"signed URLs", "would let everyone in", object{"TrustedKeyGroups": []string{"k"}}, nil, "signed URLs and cookies"},
		{"origin", "an id without an origin", object{"TargetOriginId": "group"}, nil, `TargetOriginId "group"`},
		{"no attempt", "AWS takes 1 to 3", nil, withReadTimeout(60, 0), "ConnectionAttempts is 0: AWS takes 1, 2 or 3"},
		{"four attempts", "AWS takes 1 to 3", nil, withReadTimeout(60, "4"), "ConnectionAttempts is 4"},
		{
			"completion", "before the read timeout",
			nil, withCompletionTimeout(60, 59), "ResponseCompletionTimeout is 59 s: AWS takes no less",
		},
		{"number", "not a number", nil, object{"Origins": []object{{"Id": "origin", "DomainName": originDomain, "CustomOriginConfig": object{"OriginReadTimeout": "soon"}}}}, "is not a whole number"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := cloudfront.New(config(newOrigin(t), behavior(row.changes), row.all))
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), "distribution Demo/Api/Distribution: ") {
				t.Errorf("%s: %v, want %q", row.why, err, row.want)
			}
		})
	}
}
