package cloudfront_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	cachingOptimized       = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	useOriginCacheControl  = "83da9c7e-98b4-4e11-a168-04f0df8e2c65"
	allViewer              = "216adef6-5c7f-47e4-b989-5492eafa07d3"
	allViewerAndCloudFront = "33f36d7e-f396-46d9-90e0-52428a34d9dc"
	hostHeaderOnly         = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
	corsS3Origin           = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"
	userAgentReferer       = "acba4595-bd28-49b8-b9fe-13317c0390fa"
)

// viewerHeaders are the headers of every request of TestForwarding.
var viewerHeaders = []string{
	"User-Agent: curl/8", "Accept: */*", "Accept-Encoding: gzip;q=0.9, deflate, br", "Accept-Language: ja", "Referer: https://example.com/",
	"Authorization: Bearer x", "Content-Type: text/plain", "Cache-Control: no-cache", "If-None-Match: \"e\"", "Range: bytes=0-1", "Origin: https://example.com",
	"X-Custom: 1", "X-Custom: 2", "Cookie: b=2; a=1; $v=0", "X-Forwarded-Proto: http", "X-Real-IP: 192.0.2.1", "X-Edge-Foo: 1", "TE: trailers",
	"Expect: 100-continue", "Proxy-Authorization: x", "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Upgrade: foo",
	"CloudFront-Viewer-Country: XX", "CloudFront-Forwarded-Proto: http",
}

func TestForwarding(t *testing.T) {
	origin := newOrigin(t)
	own := map[string]map[string]any{
		"none":      policy("none", nil, "none", nil, "none", nil),
		"whitelist": policy("whitelist", []string{"x-custom"}, "whitelist", []string{"a"}, "whitelist", []string{"b"}),
		"allExcept": policy("allExcept", []string{"x-custom"}, "allExcept", []string{"a"}, "allExcept", []string{"b"}),
	}
	for _, row := range []struct {
		name, why, method, cache, request string
		want                              map[string]string // "-" for absent, repeated values joined by "|"
	}{
		{"nothing forwarded", "what CloudFront sends by itself", "GET", cachingDisabled, "", map[string]string{
			"Host": originDomain, "User-Agent": "Amazon CloudFront", "Accept": "-", "Accept-Encoding": "-", "Accept-Language": "-", "Referer": "-",
			"Authorization": "-", "Content-Type": "text/plain", "Cache-Control": "no-cache", "If-None-Match": `"e"`, "Range": "bytes=0-1", "Origin": "-",
			"X-Custom": "-", "Cookie": "-", "X-Forwarded-For": "127.0.0.1", "Connection": "Keep-Alive", "Cloudfront-Viewer-Country": "-", "query": "",
		}},
		{"AllViewerExceptHostHeader", "all but Host", "GET", cachingDisabled, allViewerExceptHostHeader, map[string]string{
			"Host": originDomain, "User-Agent": "curl/8", "Accept": "*/*", "Accept-Encoding": "gzip;q=0.9, deflate, br", "Accept-Language": "ja",
			"Authorization": "Bearer x", "X-Custom": "1|2", "Cookie": "a=1; b=2", "Origin": "https://example.com", "query": "b=2&a=1&b=3",
			"Cloudfront-Viewer-Country": "-", "Cloudfront-Forwarded-Proto": "https", "Cloudfront-Viewer-Http-Version": "1.1",
		}},
		{"hop-by-hop", "never forwarded, whatever the policy", "GET", cachingDisabled, allViewer, map[string]string{
			"X-Forwarded-Proto": "-", "X-Real-Ip": "-", "X-Edge-Foo": "-", "Te": "-", "Expect": "-", "Proxy-Authorization": "-", "X-Hop": "-", "Keep-Alive": "-", "Upgrade": "-",
		}},
		{"AllViewer", "Host as well", "GET", cachingDisabled, allViewer, map[string]string{
			"Host": "d111111abcdef8.cloudfront.net", "Authorization": "Bearer x", "Cloudfront-Viewer-Country": "XX", "query": "b=2&a=1&b=3",
		}},
		{"AllViewerAndCloudFrontHeaders", "the viewer cannot forge what CloudFront adds", "GET", cachingDisabled, allViewerAndCloudFront, map[string]string{
			"Host": "d111111abcdef8.cloudfront.net", "Cloudfront-Viewer-Country": "-", "Cloudfront-Forwarded-Proto": "https",
		}},
		{"HostHeaderOnly", "only Host", "GET", cachingDisabled, hostHeaderOnly, map[string]string{"Host": "d111111abcdef8.cloudfront.net", "X-Custom": "-", "query": ""}},
		{"CORS-S3Origin", "Origin", "GET", cachingDisabled, corsS3Origin, map[string]string{"Host": originDomain, "Origin": "https://example.com"}},
		{"UserAgentRefererHeaders", "both", "GET", cachingDisabled, userAgentReferer, map[string]string{"User-Agent": "curl/8", "Referer": "https://example.com/"}},
		{"CachingOptimized", "normalises Accept-Encoding", "GET", cachingOptimized, "", map[string]string{"Accept-Encoding": "br,gzip", "query": "", "Cookie": "-"}},
		{"CachingOptimized and all viewer headers", "a policy cannot undo it", "GET", cachingOptimized, allViewerExceptHostHeader, map[string]string{"Accept-Encoding": "br,gzip"}},
		{"UseOriginCacheControlHeaders", "Host is in the cache key, so it is forwarded: the trap with function URLs", "GET", useOriginCacheControl, allViewerExceptHostHeader, map[string]string{
			"Host": "d111111abcdef8.cloudfront.net",
		}},
		{"Authorization of a POST", "never removed", "POST", cachingDisabled, "", map[string]string{"Authorization": "Bearer x"}},
		{"Authorization of OPTIONS", "not removed where OPTIONS is not cached", "OPTIONS", cachingDisabled, "", map[string]string{"Authorization": "Bearer x"}},
		{"own none", "the template's own", "GET", "own:none", "none", map[string]string{"X-Custom": "-", "Cookie": "-", "query": ""}},
		{"own whitelist", "names only, header names without case", "GET", "own:none", "whitelist", map[string]string{"X-Custom": "1|2", "Accept": "-", "Cookie": "a=1", "query": "b=2&b=3"}},
		{"own whitelist as cache policy", "what is in the key is forwarded", "GET", "own:whitelist", "", map[string]string{"X-Custom": "1|2", "Cookie": "a=1", "query": "b=2&b=3"}},
		{"own allExcept", "all but the names", "GET", "own:none", "allExcept", map[string]string{"X-Custom": "-", "Accept": "*/*", "Cookie": "b=2", "query": "a=1"}},
		{"both", "the union of the two", "GET", "own:whitelist", "allExcept", map[string]string{"X-Custom": "1|2", "Accept": "*/*", "Cookie": "a=1; b=2", "query": "b=2&a=1&b=3"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(origin, behavior(object{"CachePolicyId": strings.TrimPrefix(row.cache, "own:"), "OriginRequestPolicyId": row.request}), nil)
			c.OriginRequestPolicies = own
			c.CachePolicies = map[string]map[string]any{}
			for id, properties := range own {
				c.CachePolicies[id] = object{"Name": id, "ParametersInCacheKeyAndForwardedToOrigin": properties}
			}
			address, _ := serve(t, c)
			response, body := get(t, address, row.method, "/x?b=2&a=1&b=3", viewerHeaders...)
			s := atOrigin(t, response, body)
			for name, want := range row.want {
				got := strings.Join(s.Header[name], "|")
				switch {
				case name == "Host":
					got = s.Host
				case name == "query":
					_, got, _ = strings.Cut(s.Target, "?")
				case s.Header[name] == nil:
					got = "-"
				}
				if got != want {
					t.Errorf("%s: %s is %q, want %q", row.why, name, got, want)
				}
			}
		})
	}
}

// policy is the common part of the template's own policies.
func policy(headers string, headerNames []string, cookies string, cookieNames []string, query string, queryNames []string) object {
	return object{
		"HeadersConfig":      object{"HeaderBehavior": headers, "Headers": headerNames},
		"CookiesConfig":      object{"CookieBehavior": cookies, "Cookies": cookieNames},
		"QueryStringsConfig": object{"QueryStringBehavior": query, "QueryStrings": queryNames},
	}
}

func TestForwardingEdges(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(object{"CachePolicyId": cachingOptimized, "CachedMethods": []string{"GET", "HEAD", "OPTIONS"}, "OriginRequestPolicyId": ""}), nil))
	response, body := get(t, address, "OPTIONS", "/", "Authorization: x", "Accept-Encoding: deflate")
	s := atOrigin(t, response, body)
	if s.Header["Authorization"] != nil {
		t.Error("Authorization is removed from OPTIONS where its responses are cached")
	}
	if got := fmt.Sprint(s.Header["Accept-Encoding"]); got != "[identity]" {
		t.Errorf("Accept-Encoding %s: neither gzip nor br offered becomes identity", got)
	}
	response, body = get(t, address, "GET", "/")
	if s := atOrigin(t, response, body); s.Header["Accept-Encoding"] != nil {
		t.Errorf("Accept-Encoding %v: none offered, none sent", s.Header["Accept-Encoding"])
	}
}
