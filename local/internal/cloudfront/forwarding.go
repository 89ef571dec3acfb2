package cloudfront

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// forwarding joins a cache policy and an origin request policy. A part of the viewer's request goes to the origin
// if either policy names it (CloudFront Developer Guide,
// understanding-how-origin-request-policies-and-cache-policies-work-together).
type forwarding struct {
	policies []forwardPolicy
	// cachesOptions is true if responses to OPTIONS are cached. These requests then lose their Authorization
	// header, unless a policy names it.
	cachesOptions bool
}

// newForwarding finds the two policies of a behavior. Each is the template's own or one of AWS's managed policies.
func (d *Distribution) newForwarding(config behaviorConfig) (*forwarding, error) {
	f := &forwarding{cachesOptions: slices.Contains(config.CachedMethods, http.MethodOptions)}
	cache, ok := managedCachePolicies[config.CachePolicyId]
	if own, found := d.config.CachePolicies[config.CachePolicyId]; found {
		var parsed struct{ ParametersInCacheKeyAndForwardedToOrigin forwardPolicy }
		if err := assembly.Decode(own, &parsed); err != nil {
			return nil, fmt.Errorf("cache policy %s: %w", config.CachePolicyId, err)
		}
		cache, ok = parsed.ParametersInCacheKeyAndForwardedToOrigin, true
	}
	if !ok {
		return nil, fmt.Errorf("cache policy %s is neither in the template nor a managed policy known here",
			config.CachePolicyId)
	}
	f.policies = append(f.policies, cache)

	if config.OriginRequestPolicyId == "" {
		return f, nil
	}
	request, ok := managedOriginRequestPolicies[config.OriginRequestPolicyId]
	if own, found := d.config.OriginRequestPolicies[config.OriginRequestPolicyId]; found {
		if err := assembly.Decode(own, &request); err != nil {
			return nil, fmt.Errorf("origin request policy %s: %w", config.OriginRequestPolicyId, err)
		}
		ok = true
	}
	if !ok {
		return nil, fmt.Errorf("origin request policy %s is neither in the template nor a managed policy known here",
			config.OriginRequestPolicyId)
	}
	f.policies = append(f.policies, request)
	return f, nil
}

// header reports whether the policies forward a header of the viewer, named in lower case.
func (f *forwarding) header(name string) bool {
	return slices.ContainsFunc(f.policies, func(p forwardPolicy) bool { return p.HeadersConfig.includes(name) })
}

func (f *forwarding) cookie(name string) bool {
	return slices.ContainsFunc(f.policies, func(p forwardPolicy) bool { return p.CookiesConfig.includes(name) })
}

func (f *forwarding) noCookies() bool {
	forwardsSome := func(p forwardPolicy) bool { return p.CookiesConfig.CookieBehavior != "none" }
	return !slices.ContainsFunc(f.policies, forwardsSome)
}

func (f *forwarding) parameter(name string) bool {
	return slices.ContainsFunc(f.policies, func(p forwardPolicy) bool { return p.QueryStringsConfig.includes(name) })
}

// wholeQuery reports whether one of the policies forwards all query strings. Only then does an edge function see
// the query.
func (f *forwarding) wholeQuery() bool {
	forwardsAll := func(p forwardPolicy) bool { return p.QueryStringsConfig.QueryStringBehavior == "all" }
	return slices.ContainsFunc(f.policies, forwardsAll)
}

// query keeps the forwarded parameters of a raw query string. Their order and spelling do not change.
func (f *forwarding) query(raw string) string {
	if f.wholeQuery() || raw == "" {
		return raw
	}
	var kept []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if f.parameter(name) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// notSimulated names the headers that the policies ask CloudFront to add and that have no value here.
func (f *forwarding) notSimulated() []string {
	all, names := f.addedHeaders()
	if all || slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(simulatedHeaders, n) }) {
		return []string{
			"CloudFront-* request headers other than Forwarded-Proto, Viewer-Http-Version and Viewer-Address",
		}
	}
	return nil
}

// addedHeaders lists the CloudFront-* headers that the policies ask CloudFront to add, in lower case. The result
// all is true if one of them is AllViewerExceptHostHeader, which asks for every header.
func (f *forwarding) addedHeaders() (all bool, names []string) {
	for _, policy := range f.policies {
		all = all || policy.addsCloudFrontHeaders
		if policy.HeadersConfig.HeaderBehavior == "allExcept" {
			continue
		}
		for _, name := range policy.HeadersConfig.Headers {
			if name = strings.ToLower(name); strings.HasPrefix(name, "cloudfront-") {
				names = append(names, name)
			}
		}
	}
	return all, names
}

var simulatedHeaders = []string{
	"cloudfront-forwarded-proto", "cloudfront-viewer-http-version", "cloudfront-viewer-address",
}

// forwardedByDefault are the viewer's headers that reach the origin under any policy (CloudFront Developer Guide,
// RequestAndResponseBehaviorCustomOrigin, table of request headers). The table lists Origin too. The page's
// section on CORS and the CORS-* policies forward Origin by configuration only, so it is missing here.
var forwardedByDefault = lowerSet(
	"Cache-Control", "Content-Length", "Content-MD5", "Content-Type", "Date", "From", "If-Match",
	"If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Max-Forwards", "Pragma", "Range",
	"Request-Range", "Via", "Warning", "X-Forwarded-For",
)

// neverForwarded are the viewer's headers that CloudFront removes or replaces (the same table).
var neverForwarded = lowerSet(
	"Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"TE", "Trailer", "Transfer-Encoding", "Upgrade", "X-Forwarded-Proto", "X-Real-IP",
)

// headers returns the headers of the request to an origin, Host included. An edge function sees them in this
// state. X-Amz-Cf-Id and Connection are still missing.
func (f *forwarding) headers(x *exchange, o origin) http.Header {
	r := x.r
	out := http.Header{}
	for name, values := range r.Header {
		if f.forwards(strings.ToLower(name), r) {
			out[name] = slices.Clone(values)
		}
	}
	f.addCloudFrontHeaders(out, x)
	if cookie := f.cookies(r.Header.Values("Cookie")); cookie != "" {
		out.Set("Cookie", cookie)
	}
	if encoding := f.acceptEncoding(r.Header.Values("Accept-Encoding")); encoding != "" {
		out.Set("Accept-Encoding", encoding)
	}
	out.Set("Host", o.domainName)
	if f.header("host") {
		out.Set("Host", r.Host)
	}
	if !f.header("user-agent") {
		out.Set("User-Agent", "Amazon CloudFront")
	}
	if len(r.TransferEncoding) > 0 {
		out.Set("Transfer-Encoding", strings.Join(r.TransferEncoding, ","))
	}
	out.Set("Via", strings.Join(append(r.Header.Values("Via"), x.via()), ", "))
	out.Set("X-Forwarded-For", strings.Join(append(r.Header.Values("X-Forwarded-For"), x.client.Addr().String()), ","))
	// An origin custom header replaces the viewer's header of that name (CloudFront Developer Guide,
	// add-origin-custom-headers).
	for name := range o.customHeaders {
		out.Del(name)
	}
	return out
}

// forwards reports whether a header of the viewer goes to the origin unchanged.
func (f *forwarding) forwards(name string, r *http.Request) bool {
	switch {
	case neverForwarded[name], name == "cookie",
		strings.HasPrefix(name, "x-edge-"), strings.HasPrefix(name, "x-amz-cf-"):
		return false
	case name == "accept-encoding":
		return f.header(name) && !f.normalizesEncoding()
	case name == "authorization":
		// The header is never removed from methods that are not cached (CloudFront Developer Guide,
		// RequestAndResponseBehaviorCustomOrigin).
		cached := r.Method == http.MethodGet || r.Method == http.MethodHead ||
			r.Method == http.MethodOptions && f.cachesOptions
		return !cached || f.header(name)
	}
	return forwardedByDefault[name] || f.header(name)
}

// addCloudFrontHeaders sets the CloudFront-* headers that have a value here. AWS overwrites the viewer's headers
// of the names that the policies ask for. Here such a header is removed if it has no value, so that none is taken
// for CloudFront's (CloudFront Developer Guide, adding-cloudfront-headers).
func (f *forwarding) addCloudFrontHeaders(out http.Header, x *exchange) {
	all, names := f.addedHeaders()
	if all {
		maps.DeleteFunc(out, func(name string, _ []string) bool {
			return strings.HasPrefix(strings.ToLower(name), "cloudfront-")
		})
		names = simulatedHeaders
	}
	for _, name := range names {
		out.Del(name)
		switch name {
		case "cloudfront-forwarded-proto":
			out.Set(name, "https")
		case "cloudfront-viewer-http-version":
			out.Set(name, strings.TrimPrefix(x.r.Proto, "HTTP/"))
		case "cloudfront-viewer-address":
			out.Set(name, net.JoinHostPort(x.client.Addr().String(), fmt.Sprint(x.client.Port())))
		}
	}
}

// cookies returns the forwarded cookies in one header, sorted by name. A name that starts with "$" is dropped
// (CloudFront Developer Guide, Cookies).
func (f *forwarding) cookies(headers []string) string {
	var kept []string
	for _, header := range headers {
		for cookie := range strings.SplitSeq(header, ";") {
			cookie = strings.TrimSpace(cookie)
			if cookie != "" && !strings.HasPrefix(cookie, "$") && f.cookie(cookieName(cookie)) {
				kept = append(kept, cookie)
			}
		}
	}
	slices.SortStableFunc(kept, func(a, b string) int { return strings.Compare(cookieName(a), cookieName(b)) })
	return strings.Join(kept, "; ")
}

func cookieName(cookie string) string {
	name, _, _ := strings.Cut(cookie, "=")
	return strings.TrimSpace(name)
}

// normalizesEncoding reports whether the cache policy has compressed objects cached. CloudFront then writes
// Accept-Encoding anew. Otherwise Accept-Encoding is a header like any other (CloudFront Developer Guide,
// cache-key-understand-cache-policy).
func (f *forwarding) normalizesEncoding() bool {
	return f.policies[0].EnableAcceptEncodingGzip || f.policies[0].EnableAcceptEncodingBrotli
}

func (f *forwarding) acceptEncoding(headers []string) string {
	if !f.normalizesEncoding() || len(headers) == 0 {
		return ""
	}
	offered := map[string]bool{}
	for encoding := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, _, _ := strings.Cut(encoding, ";")
		offered[strings.ToLower(strings.TrimSpace(name))] = true
	}
	var kept []string
	if offered["br"] && f.policies[0].EnableAcceptEncodingBrotli {
		kept = append(kept, "br")
	}
	if offered["gzip"] && f.policies[0].EnableAcceptEncodingGzip {
		kept = append(kept, "gzip")
	}
	if kept == nil {
		return "identity"
	}
	return strings.Join(kept, ",")
}

func lowerSet(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[strings.ToLower(name)] = true
	}
	return set
}
