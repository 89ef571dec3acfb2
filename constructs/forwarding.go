package furl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
)

// A policy that forwards the viewer's Host, or has it in the cache key, makes CloudFront send it to the Function URL, which
// answers 403 to a host that is not its own. These are the managed ones
// (CloudFront Developer Guide, using-managed-cache-policies and using-managed-origin-request-policies).
var managedWithHost = map[string]string{
	"83da9c7e-98b4-4e11-a168-04f0df8e2c65": "UseOriginCacheControlHeaders",
	"4cc15a8a-d715-48a4-82b8-cc0b614638fe": "UseOriginCacheControlHeaders-QueryStrings",
	"2e54312d-136d-493c-8eb9-b001f22f67d2": "Amplify",
	"216adef6-5c7f-47e4-b989-5492eafa07d3": "AllViewer",
	"33f36d7e-f396-46d9-90e0-52428a34d9dc": "AllViewerAndCloudFrontHeaders-2022-06",
	"bf0718e1-ba1e-49d1-88b1-f726733018ae": "HostHeaderOnly",
}

// The managed ones that forward a few headers, none of which Furl needs.
var managedWithFewHeaders = []string{
	"59781a5b-3903-41f3-afcb-af62929ccde1", // CORS-CustomOrigin
	"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", // CORS-S3Origin
	"775133bc-15f2-49f9-abea-afb2e0bf67d2", // Elemental-MediaTailor-PersonalizedManifests
	"acba4595-bd28-49b8-b9fe-13317c0390fa", // UserAgentRefererHeaders
}

// checkForwarding refuses policies under which no request could be signed for the Function URL, and warns of what else they
// keep from the function. An edge function on the way must see the whole query string.
func checkForwarding(at site, scope constructs.Construct, signing signing, cache interfacesawscloudfront.ICachePolicyRef, origin interfacesawscloudfront.IOriginRequestPolicyRef) {
	edge := signing.auth != OriginAuth_OAC
	var inKey map[string]any
	if cache != nil {
		id := cache.CachePolicyRef().CachePolicyId
		name, config := managedWithHost[*id], map[string]any(nil)
		if policy, ok := cfnOf(cache, id).(awscloudfront.CfnCachePolicy); ok {
			config = resolvedConfig(policy, policy.CachePolicyConfig(), "parametersInCacheKeyAndForwardedToOrigin")
		}
		inKey = config
		if forwards(config, "Host") {
			name = *cache.Node().Path()
		}
		if name != "" {
			at.refuse("CachePolicy", fmt.Sprintf("%s has Host in the cache key, so CloudFront sends the viewer's Host, and the Function URL answers 403 to it", name),
				"write awscloudfront.CachePolicy_CACHING_DISABLED(), or a policy without Host")
		}
		if edge && forwardsSomeQueries(config) {
			at.refuse("CachePolicy", fmt.Sprintf("%s forwards some query strings only, which an edge function does not see, and so cannot pass on for sure", *cache.Node().Path()),
				"write CacheQueryStringBehavior_All(), or None()")
		}
	}
	if origin != nil {
		id := origin.OriginRequestPolicyRef().OriginRequestPolicyId
		name, config := managedWithHost[*id], map[string]any(nil)
		if policy, ok := cfnOf(origin, id).(awscloudfront.CfnOriginRequestPolicy); ok {
			config = resolvedConfig(policy, policy.OriginRequestPolicyConfig())
		}
		if forwards(config, "Host") {
			name = *origin.Node().Path()
		}
		if name != "" {
			at.refuse("OriginRequestPolicy", fmt.Sprintf("%s forwards the viewer's Host, and the Function URL answers 403 to it", name),
				"write awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(), or a policy that leaves Host out")
		}
		if edge && forwardsSomeQueries(config) {
			at.refuse("OriginRequestPolicy", fmt.Sprintf("%s forwards some query strings only, which an edge function does not see, and so cannot pass on for sure", *origin.Node().Path()),
				"write OriginRequestQueryStringBehavior_All(), or None()")
		}
		if config != nil || slices.Contains(managedWithFewHeaders, *id) {
			warnForwarding(scope, signing, inKey, config)
		}
	}
}

// warnForwarding says what an origin request policy keeps from the function, and what it lets the viewer claim. What is in
// the cache key goes to the origin too (CloudFront Developer Guide, origin-request-understand-origin-request-policy).
func warnForwarding(scope constructs.Construct, signing signing, inKey, config map[string]any) {
	headers, _ := config["headersConfig"].(map[string]any)
	allBut := headers["headerBehavior"] == "allExcept"
	authorization, hint := "Authorization", " (Authorization in the CachePolicy, if it is not there: CloudFront takes it there only)"
	if signing.auth.byOac() {
		authorization, hint = signing.authorizationHeader, "" // written before CloudFront asks the policy, at viewer-request
	}
	var lost []string
	for _, header := range []struct {
		needed    bool
		name, why string
	}{
		{true, "x-forwarded-host", "the viewer's host"},
		{signing.authorizationHeader != "", authorization, "the viewer's Authorization"},
		{!allBut, "cloudfront-viewer-address", "the viewer's address"},
		{signing.auth == OriginAuth_OAC, "x-amz-content-sha256", "without it each PUT, POST and PATCH is 403"},
	} {
		if header.needed && !forwards(config, header.name) && !forwards(inKey, header.name) {
			lost = append(lost, fmt.Sprintf("%s (%s)", header.name, header.why))
		}
	}
	if lost != nil {
		warn(scope, "furl:forwarding", "OriginRequestPolicy keeps from the function: %s. Leave it out, or allow these headers in it%s.",
			strings.Join(lost, ", "), hint)
	}
	if allBut && forwards(config, "CloudFront-Viewer-Address") {
		warn(scope, "furl:viewerAddress", "OriginRequestPolicy forwards all headers but those that it names, and so cloudfront-viewer-address as the viewer writes it, which package viewer takes the viewer's address from. Name CloudFront-Viewer-Address too, or leave the policy out: AllViewerExceptHostHeader has CloudFront write it.")
	}
}

// cfnOf is the L1 of a policy that the app makes, whose id is therefore a token; nil of one that it only names.
func cfnOf(policy constructs.IConstruct, id *string) any {
	if !*awscdk.Token_IsUnresolved(id) {
		return nil // a managed policy is no construct: even its node cannot be asked for
	}
	if child := policy.Node().DefaultChild(); child != nil {
		return child
	}
	return policy
}

// resolvedConfig is an L1's configuration, which may be a struct, a map or a token: resolved, it is a map.
func resolvedConfig(policy awscdk.CfnElement, config any, path ...string) map[string]any {
	resolved, _ := policy.Stack().Resolve(config).(map[string]any)
	for _, key := range path {
		resolved, _ = resolved[key].(map[string]any)
	}
	return resolved
}

// forwardsSomeQueries: an edge function sees the query string only where all of it is forwarded
// (CloudFront Developer Guide, edge-function-restrictions-all).
func forwardsSomeQueries(config map[string]any) bool {
	queries, _ := config["queryStringsConfig"].(map[string]any)
	return queries["queryStringBehavior"] == "whitelist" || queries["queryStringBehavior"] == "allExcept"
}

// forwards: a policy has the viewer's header go to the origin.
func forwards(config map[string]any, header string) bool {
	resolved, _ := config["headersConfig"].(map[string]any)
	listed := slices.ContainsFunc(headerNames(resolved["headers"]), func(name string) bool { return strings.EqualFold(name, header) })
	switch resolved["headerBehavior"] {
	case "allViewer", "allViewerAndWhitelistCloudFront":
		return true
	case "allExcept":
		return !listed
	default:
		return listed
	}
}

func headerNames(list any) []string {
	var names []string
	items, _ := list.([]any)
	for _, item := range items {
		if name, ok := item.(string); ok {
			names = append(names, name)
		}
	}
	return names
}
