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
	"User-Agent: curl/8", "Accept: */*", "Accept-Encoding: gzip;q=0.9, deflate, br", "Accept-Language: ja",
	"Referer: https://example.com/",
	"Authorization: Bearer x", "Content-Type: text/plain", "Cache-Control: no-cache", "If-None-Match: \"e\"",
	"Range: bytes=0-1", "Origin: https://example.com",
	"X-Custom: 1", "X-Custom: 2", "Cookie: b=2; a=1; $v=0", "X-Forwarded-Proto: http", "X-Real-IP: 192.0.2.1",
	"X-Edge-Foo: 1", "TE: trailers",
	"Expect: 100-continue", "Proxy-Authorization: x", "Connection: keep-alive, X-Hop", "X-Hop: 1",
	"Keep-Alive: timeout=5", "Upgrade: foo",
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
		{
			name: "nothing forwarded", why: "CloudFront sends these headers anyway",
			method: "GET", cache: cachingDisabled,
			want: map[string]string{
				"Host": originDomain, "User-Agent": "Amazon CloudFront", "Accept": "-", "Accept-Encoding": "-",
				"Accept-Language": "-", "Referer": "-",
				"Authorization": "-", "Content-Type": "text/plain", "Cache-Control": "no-cache",
				"If-None-Match": `"e"`, "Range": "bytes=0-1", "Origin": "-",
				"X-Custom": "-", "Cookie": "-", "X-Forwarded-For": "127.0.0.1", "Connection": "Keep-Alive",
				"Cloudfront-Viewer-Country": "-", "query": "",
			},
		},
		{
			name: "AllViewerExceptHostHeader", why: "all but Host",
			method: "GET", cache: cachingDisabled, request: allViewerExceptHostHeader,
			want: map[string]string{
				"Host": originDomain, "User-Agent": "curl/8", "Accept": "*/*",
				"Accept-Encoding": "gzip;q=0.9, deflate, br", "Accept-Language": "ja",
				"Authorization": "Bearer x", "X-Custom": "1|2", "Cookie": "a=1; b=2",
				"Origin": "https://example.com", "query": "b=2&a=1&b=3",
				"Cloudfront-Viewer-Country": "-", "Cloudfront-Forwarded-Proto": "https",
				"Cloudfront-Viewer-Http-Version": "1.1",
			},
		},
		{
			name: "hop-by-hop", why: "never forwarded, whatever the policy",
			method: "GET", cache: cachingDisabled, request: allViewer,
			want: map[string]string{
				"X-Forwarded-Proto": "-", "X-Real-Ip": "-", "X-Edge-Foo": "-", "Te": "-", "Expect": "-",
				"Proxy-Authorization": "-", "X-Hop": "-", "Keep-Alive": "-", "Upgrade": "-",
			},
		},
		{
			name: "AllViewer", why: "Host as well",
			method: "GET", cache: cachingDisabled, request: allViewer,
			want: map[string]string{
				"Host": "d111111abcdef8.cloudfront.net", "Authorization": "Bearer x",
				"Cloudfront-Viewer-Country": "XX", "query": "b=2&a=1&b=3",
			},
		},
		{
			name: "AllViewerAndCloudFrontHeaders", why: "the viewer cannot forge CloudFront's headers",
			method: "GET", cache: cachingDisabled, request: allViewerAndCloudFront,
			want: map[string]string{
				"Host": "d111111abcdef8.cloudfront.net", "Cloudfront-Viewer-Country": "-",
				"Cloudfront-Forwarded-Proto": "https",
			},
		},
		{
			name: "HostHeaderOnly", why: "only Host",
			method: "GET", cache: cachingDisabled, request: hostHeaderOnly,
			want: map[string]string{"Host": "d111111abcdef8.cloudfront.net", "X-Custom": "-", "query": ""},
		},
		{
			name: "CORS-S3Origin", why: "Origin",
			method: "GET", cache: cachingDisabled, request: corsS3Origin,
			want: map[string]string{"Host": originDomain, "Origin": "https://example.com"},
		},
		{
			name: "UserAgentRefererHeaders", why: "both",
			method: "GET", cache: cachingDisabled, request: userAgentReferer,
			want: map[string]string{"User-Agent": "curl/8", "Referer": "https://example.com/"},
		},
		{
			name: "CachingOptimized", why: "normalises Accept-Encoding",
			method: "GET", cache: cachingOptimized,
			want: map[string]string{"Accept-Encoding": "br,gzip", "query": "", "Cookie": "-"},
		},
		{
			name: "CachingOptimized and all viewer headers", why: "a policy cannot undo it",
			method: "GET", cache: cachingOptimized, request: allViewerExceptHostHeader,
			want: map[string]string{"Accept-Encoding": "br,gzip"},
		},
		{
			name:   "UseOriginCacheControlHeaders",
			why:    "Host is in the cache key, so a Function URL gets the wrong host",
			method: "GET", cache: useOriginCacheControl, request: allViewerExceptHostHeader,
			want: map[string]string{
				"Host": "d111111abcdef8.cloudfront.net",
			},
		},
		{
			name: "Authorization of a POST", why: "never removed",
			method: "POST", cache: cachingDisabled, want: map[string]string{"Authorization": "Bearer x"},
		},
		{
			name: "Authorization of OPTIONS", why: "not removed where OPTIONS is not cached",
			method: "OPTIONS", cache: cachingDisabled, want: map[string]string{"Authorization": "Bearer x"},
		},
		{
			name: "own none", why: "the template's own",
			method: "GET", cache: "own:none", request: "none",
			want: map[string]string{"X-Custom": "-", "Cookie": "-", "query": ""},
		},
		{
			name: "own whitelist", why: "names only, header names without case",
			method: "GET", cache: "own:none", request: "whitelist",
			want: map[string]string{"X-Custom": "1|2", "Accept": "-", "Cookie": "a=1", "query": "b=2&b=3"},
		},
		{
			name: "own whitelist as cache policy", why: "parts of the cache key are forwarded",
			method: "GET", cache: "own:whitelist",
			want: map[string]string{"X-Custom": "1|2", "Cookie": "a=1", "query": "b=2&b=3"},
		},
		{
			name: "own allExcept", why: "all but the names",
			method: "GET", cache: "own:none", request: "allExcept",
			want: map[string]string{"X-Custom": "-", "Accept": "*/*", "Cookie": "b=2", "query": "a=1"},
		},
		{
			name: "both", why: "the union of the two",
			method: "GET", cache: "own:whitelist", request: "allExcept",
			want: map[string]string{"X-Custom": "1|2", "Accept": "*/*", "Cookie": "a=1; b=2", "query": "b=2&a=1&b=3"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(origin, behavior(object{
				"CachePolicyId":         strings.TrimPrefix(row.cache, "own:"),
				"OriginRequestPolicyId": row.request,
			}), nil)
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
func policy(
	headers string, headerNames []string,
	cookies string, cookieNames []string,
	query string, queryNames []string,
) object {
	return object{
		"HeadersConfig":      object{"HeaderBehavior": headers, "Headers": headerNames},
		"CookiesConfig":      object{"CookieBehavior": cookies, "Cookies": cookieNames},
		"QueryStringsConfig": object{"QueryStringBehavior": query, "QueryStrings": queryNames},
	}
}

func TestForwardingEdges(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(object{
		"CachePolicyId":         cachingOptimized,
		"CachedMethods":         []string{"GET", "HEAD", "OPTIONS"},
		"OriginRequestPolicyId": "",
	}), nil))
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
