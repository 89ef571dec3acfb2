package cloudfront

import (
	"slices"
	"strings"
)

// forwardPolicy is the common part of a cache policy and an origin request policy, under CloudFormation's names.
// In a cache policy this part is ParametersInCacheKeyAndForwardedToOrigin.
type forwardPolicy struct {
	HeadersConfig              headersConfig
	CookiesConfig              cookiesConfig
	QueryStringsConfig         queryStringsConfig
	EnableAcceptEncodingGzip   bool
	EnableAcceptEncodingBrotli bool

	// addsCloudFrontHeaders is true for AllViewerExceptHostHeader only.
	addsCloudFrontHeaders bool
}

type headersConfig struct {
	HeaderBehavior string // none, whitelist, allExcept, allViewer, allViewerAndWhitelistCloudFront
	Headers        []string
}

func (c headersConfig) includes(name string) bool {
	named := slices.ContainsFunc(c.Headers, func(header string) bool { return strings.EqualFold(header, name) })
	switch c.HeaderBehavior {
	case "allViewer", "allViewerAndWhitelistCloudFront":
		return true
	case "allExcept":
		return !named
	case "whitelist":
		return named
	}
	return false
}

type cookiesConfig struct {
	CookieBehavior string // none, whitelist, allExcept, all
	Cookies        []string
}

func (c cookiesConfig) includes(name string) bool { return selected(c.CookieBehavior, c.Cookies, name) }

type queryStringsConfig struct {
	QueryStringBehavior string // none, whitelist, allExcept, all
	QueryStrings        []string
}

func (c queryStringsConfig) includes(name string) bool {
	return selected(c.QueryStringBehavior, c.QueryStrings, name)
}

func selected(behavior string, names []string, name string) bool {
	switch behavior {
	case "all":
		return true
	case "allExcept":
		return !slices.Contains(names, name)
	case "whitelist":
		return slices.Contains(names, name)
	}
	return false
}

// managedCachePolicies are AWS's managed cache policies by id (CloudFront Developer Guide,
// using-managed-cache-policies).
var managedCachePolicies = map[string]forwardPolicy{
	// CachingDisabled
	"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": whitelist(nil, "none", "none"),
	// CachingOptimized
	"658327ea-f89d-4fab-a63d-7e88639e58f6": withEncodings(whitelist(nil, "none", "none")),
	// CachingOptimizedForUncompressedObjects
	"b2884449-e4de-46a7-ac36-70bc7f1ddd6d": whitelist(nil, "none", "none"),
	// UseOriginCacheControlHeaders
	"83da9c7e-98b4-4e11-a168-04f0df8e2c65": withEncodings(whitelist(overrideHeaders, "all", "none")),
	// UseOriginCacheControlHeaders-QueryStrings
	"4cc15a8a-d715-48a4-82b8-cc0b614638fe": withEncodings(whitelist(overrideHeaders, "all", "all")),
	// Amplify
	"2e54312d-136d-493c-8eb9-b001f22f67d2": withEncodings(
		whitelist([]string{"Authorization", "CloudFront-Viewer-Country", "Host"}, "all", "all")),
	// Elemental-MediaPackage
	"08627262-05a9-4f76-9ded-b50ca2e3a84f": {
		HeadersConfig:            headersConfig{"whitelist", []string{"Origin"}},
		CookiesConfig:            cookiesConfig{CookieBehavior: "none"},
		QueryStringsConfig:       queryStringsConfig{"whitelist", []string{"aws.manifestfilter", "start", "end", "m"}},
		EnableAcceptEncodingGzip: true,
	},
}

var overrideHeaders = []string{
	"Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
}

// managedOriginRequestPolicies are AWS's managed origin request policies by id (CloudFront Developer Guide,
// using-managed-origin-request-policies).
var managedOriginRequestPolicies = map[string]forwardPolicy{
	// AllViewer
	"216adef6-5c7f-47e4-b989-5492eafa07d3": allViewer("allViewer"),
	// AllViewerAndCloudFrontHeaders-2022-06
	"33f36d7e-f396-46d9-90e0-52428a34d9dc": allViewer(
		"allViewerAndWhitelistCloudFront",
		"CloudFront-Forwarded-Proto", "CloudFront-Is-Android-Viewer", "CloudFront-Is-Desktop-Viewer",
		"CloudFront-Is-IOS-Viewer", "CloudFront-Is-Mobile-Viewer", "CloudFront-Is-SmartTV-Viewer",
		"CloudFront-Is-Tablet-Viewer", "CloudFront-Viewer-Address", "CloudFront-Viewer-ASN",
		"CloudFront-Viewer-City", "CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Name",
		"CloudFront-Viewer-Country-Region", "CloudFront-Viewer-Country-Region-Name",
		"CloudFront-Viewer-Http-Version", "CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude",
		"CloudFront-Viewer-Metro-Code", "CloudFront-Viewer-Postal-Code", "CloudFront-Viewer-Time-Zone",
		"CloudFront-Viewer-TLS",
	),
	// AllViewerExceptHostHeader
	"b689b0a8-53d0-40ab-baf2-68738e2966ac": withCloudFrontHeaders(allViewer("allExcept", "Host")),
	// CORS-CustomOrigin
	"59781a5b-3903-41f3-afcb-af62929ccde1": whitelist([]string{"Origin"}, "none", "none"),
	// CORS-S3Origin
	"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": whitelist(preflightHeaders, "none", "none"),
	// Elemental-MediaTailor-PersonalizedManifests
	"775133bc-15f2-49f9-abea-afb2e0bf67d2": whitelist(
		append([]string{"User-Agent", "X-Forwarded-For"}, preflightHeaders...), "none", "all"),
	// HostHeaderOnly
	"bf0718e1-ba1e-49d1-88b1-f726733018ae": whitelist([]string{"Host"}, "none", "none"),
	// UserAgentRefererHeaders
	"acba4595-bd28-49b8-b9fe-13317c0390fa": whitelist([]string{"User-Agent", "Referer"}, "none", "none"),
}

var preflightHeaders = []string{"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"}

func whitelist(headers []string, cookies, queryStrings string) forwardPolicy {
	return forwardPolicy{
		HeadersConfig:      headersConfig{"whitelist", headers},
		CookiesConfig:      cookiesConfig{CookieBehavior: cookies},
		QueryStringsConfig: queryStringsConfig{QueryStringBehavior: queryStrings},
	}
}

func withEncodings(policy forwardPolicy) forwardPolicy {
	policy.EnableAcceptEncodingGzip, policy.EnableAcceptEncodingBrotli = true, true
	return policy
}

func allViewer(behavior string, headers ...string) forwardPolicy {
	policy := whitelist(headers, "all", "all")
	policy.HeadersConfig.HeaderBehavior = behavior
	return policy
}

func withCloudFrontHeaders(policy forwardPolicy) forwardPolicy {
	policy.addsCloudFrontHeaders = true
	return policy
}
