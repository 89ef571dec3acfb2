package furl

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
)

// forwardingPolicy has the parts of a request that a cache policy has in its key, or that an origin request policy
// forwards.
type forwardingPolicy struct {
	name    string // AWS's own name or the construct path, for messages
	known   bool   // false for a policy that is named by its id and is not AWS's own
	managed bool   // by AWS
	noCache bool   // whether a cache policy keeps nothing
	headers selection
	cookies selection
	queries selection
}

// selection is some of a request's headers, cookies or query strings. Its behavior is none, whitelist, allExcept or
// all. Headers also have allViewer and allViewerAndWhitelistCloudFront.
type selection struct {
	behavior string
	names    []string
}

// includes reports whether a header, cookie or query string is selected. Header names are compared without case,
// other names with case.
func (s selection) includes(name string, equal func(a, b string) bool) bool {
	named := slices.ContainsFunc(s.names, func(other string) bool { return equal(name, other) })
	switch s.behavior {
	case "all", "allViewer", "allViewerAndWhitelistCloudFront":
		return true
	case "allExcept":
		return !named
	}
	return named
}

// covers reports whether all cookies or query strings that the other selection may have are in this one.
func (s selection) covers(other selection) bool {
	switch {
	case s.behavior == "all":
		return true
	case other.behavior == "all":
		return s.behavior == "allExcept" && len(s.names) == 0
	case other.behavior == "allExcept":
		missing := func(name string) bool { return !slices.Contains(other.names, name) }
		return s.behavior == "allExcept" && !slices.ContainsFunc(s.names, missing)
	}
	missing := func(name string) bool { return !s.includes(name, equalCase) }
	return !slices.ContainsFunc(other.names, missing)
}

// someOnly reports whether requests may have cookies or query strings that are not selected beside some that are.
func (s selection) someOnly() bool { return s.behavior == "whitelist" || s.behavior == "allExcept" }

func equalCase(a, b string) bool { return a == b }

func (p forwardingPolicy) includesHeader(name string) bool {
	return p.headers.includes(name, strings.EqualFold)
}

// managedCachePolicies are AWS's, by id (CloudFront Developer Guide, using-managed-cache-policies).
var managedCachePolicies = map[string]forwardingPolicy{
	"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": {name: "CachingDisabled", noCache: true},
	"658327ea-f89d-4fab-a63d-7e88639e58f6": {name: "CachingOptimized"},
	"b2884449-e4de-46a7-ac36-70bc7f1ddd6d": {name: "CachingOptimizedForUncompressedObjects"},
	"08627262-05a9-4f76-9ded-b50ca2e3a84f": {
		name: "Elemental-MediaPackage", headers: whitelist("Origin"),
		queries: whitelist("aws.manifestfilter", "start", "end", "m"),
	},
	"83da9c7e-98b4-4e11-a168-04f0df8e2c65": {
		name: "UseOriginCacheControlHeaders", headers: methodOverrides, cookies: allValues,
	},
	"4cc15a8a-d715-48a4-82b8-cc0b614638fe": {
		name: "UseOriginCacheControlHeaders-QueryStrings", headers: methodOverrides,
		cookies: allValues, queries: allValues,
	},
	"2e54312d-136d-493c-8eb9-b001f22f67d2": {
		name: "Amplify", headers: whitelist("Authorization", "CloudFront-Viewer-Country", "Host"),
		cookies: allValues, queries: allValues,
	},
}

// managedOriginRequestPolicies are AWS's, by id (CloudFront Developer Guide, using-managed-origin-request-policies).
var managedOriginRequestPolicies = map[string]forwardingPolicy{
	"216adef6-5c7f-47e4-b989-5492eafa07d3": {
		name: "AllViewer", headers: selection{behavior: "allViewer"}, cookies: allValues, queries: allValues,
	},
	allViewerExceptHostHeader: {
		name: "AllViewerExceptHostHeader", headers: selection{"allExcept", []string{"Host"}},
		cookies: allValues, queries: allValues,
	},
	"33f36d7e-f396-46d9-90e0-52428a34d9dc": {
		name:    "AllViewerAndCloudFrontHeaders-2022-06",
		headers: selection{behavior: "allViewerAndWhitelistCloudFront"},
		cookies: allValues, queries: allValues,
	},
	"59781a5b-3903-41f3-afcb-af62929ccde1": {name: "CORS-CustomOrigin", headers: whitelist("Origin")},
	"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": {
		name:    "CORS-S3Origin",
		headers: whitelist("Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"),
	},
	"775133bc-15f2-49f9-abea-afb2e0bf67d2": {
		name: "Elemental-MediaTailor-PersonalizedManifests", queries: allValues,
		headers: whitelist(
			"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method",
			"User-Agent", "X-Forwarded-For"),
	},
	"bf0718e1-ba1e-49d1-88b1-f726733018ae": {name: "HostHeaderOnly", headers: whitelist("Host")},
	"acba4595-bd28-49b8-b9fe-13317c0390fa": {
		name: "UserAgentRefererHeaders", headers: whitelist("User-Agent", "Referer"),
	},
}

const allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

var (
	allValues       = selection{behavior: "all"}
	methodOverrides = whitelist("Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
)

func whitelist(names ...string) selection { return selection{"whitelist", names} }

// cachePolicyOf reads a cache policy of AWS's or of the app's. Nil is the default, CachingDisabled.
func cachePolicyOf(policy interfacesawscloudfront.ICachePolicyRef) forwardingPolicy {
	if policy == nil {
		policy = awscloudfront.CachePolicy_CACHING_DISABLED()
	}
	id := policy.CachePolicyRef().CachePolicyId
	cfn, ok := cfnOf(policy, id).(awscloudfront.CfnCachePolicy)
	if !ok {
		return managedPolicy(managedCachePolicies, id)
	}
	config := resolvedConfig(cfn, cfn.CachePolicyConfig())
	key, _ := config["parametersInCacheKeyAndForwardedToOrigin"].(map[string]any)
	result := readPolicy(*policy.Node().Path(), key)
	result.noCache = config["maxTtl"] == float64(0)
	return result
}

// originRequestPolicyOf reads an origin request policy of AWS's or of the app's. Nil is the default,
// AllViewerExceptHostHeader.
func originRequestPolicyOf(policy interfacesawscloudfront.IOriginRequestPolicyRef) forwardingPolicy {
	if policy == nil {
		policy = awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER()
	}
	id := policy.OriginRequestPolicyRef().OriginRequestPolicyId
	cfn, ok := cfnOf(policy, id).(awscloudfront.CfnOriginRequestPolicy)
	if !ok {
		return managedPolicy(managedOriginRequestPolicies, id)
	}
	return readPolicy(*policy.Node().Path(), resolvedConfig(cfn, cfn.OriginRequestPolicyConfig()))
}

func managedPolicy(managed map[string]forwardingPolicy, id *string) forwardingPolicy {
	policy, known := managed[*id]
	if !known {
		return forwardingPolicy{name: describe(id, "a policy that only the deployment knows")}
	}
	policy.known, policy.managed = true, true
	return policy
}

func readPolicy(name string, config map[string]any) forwardingPolicy {
	read := func(group, behavior, names string) selection {
		part, _ := config[group].(map[string]any)
		text, _ := part[behavior].(string)
		return selection{text, stringsOf(part[names])}
	}
	return forwardingPolicy{
		name: name, known: true,
		headers: read("headersConfig", "headerBehavior", "headers"),
		cookies: read("cookiesConfig", "cookieBehavior", "cookies"),
		queries: read("queryStringsConfig", "queryStringBehavior", "queryStrings"),
	}
}

// cfnOf is the L1 of a policy that the app makes. The id of such a policy is a token. It is nil for a policy that
// the app only names.
func cfnOf(policy constructs.IConstruct, id *string) any {
	if !*awscdk.Token_IsUnresolved(id) {
		return nil // a managed policy is no construct and has no node
	}
	if child := policy.Node().DefaultChild(); child != nil {
		return child
	}
	return policy
}

// resolvedConfig is an L1's configuration as a map. Before it is resolved it may be a struct, a map or a token.
func resolvedConfig(element awscdk.CfnElement, config any) map[string]any {
	resolved, _ := element.Stack().Resolve(config).(map[string]any)
	return resolved
}

func stringsOf(list any) []string {
	var texts []string
	items, _ := list.([]any)
	for _, item := range items {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
