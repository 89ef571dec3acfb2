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
	"216adef6-5c7f-47e4-b989-5492eafa07d3": "AllViewer",
	"33f36d7e-f396-46d9-90e0-52428a34d9dc": "AllViewerAndCloudFrontHeaders-2022-06",
	"bf0718e1-ba1e-49d1-88b1-f726733018ae": "HostHeaderOnly",
}

// checkForwarding refuses policies under which no request could be signed for the Function URL. An edge function on the way
// must see the whole query string.
func checkForwarding(at site, edge bool, cache interfacesawscloudfront.ICachePolicyRef, origin interfacesawscloudfront.IOriginRequestPolicyRef) {
	if cache != nil {
		id := cache.CachePolicyRef().CachePolicyId
		name, config := managedWithHost[*id], map[string]any(nil)
		if policy, ok := cfnOf(cache, id).(awscloudfront.CfnCachePolicy); ok {
			config = resolvedConfig(policy, policy.CachePolicyConfig(), "parametersInCacheKeyAndForwardedToOrigin")
		}
		if forwardsHost(config) {
			name = *cache.Node().Path()
		}
		if name != "" {
			at.refuse("CachePolicy", fmt.Sprintf("%s has Host in the cache key, so CloudFront sends the viewer's Host, and the Function URL answers 403 to it", name),
				"write awscloudfront.CachePolicy_CACHING_DISABLED(), or a policy without Host")
		}
		if edge && forwardsSomeQueries(config) {
			at.refuse("CachePolicy", fmt.Sprintf("%s forwards some query strings only, which an edge function does not see, so that they cannot be signed", *cache.Node().Path()),
				"write CacheQueryStringBehavior_All(), or None()")
		}
	}
	if origin != nil {
		id := origin.OriginRequestPolicyRef().OriginRequestPolicyId
		name, config := managedWithHost[*id], map[string]any(nil)
		if policy, ok := cfnOf(origin, id).(awscloudfront.CfnOriginRequestPolicy); ok {
			config = resolvedConfig(policy, policy.OriginRequestPolicyConfig())
		}
		if forwardsHost(config) {
			name = *origin.Node().Path()
		}
		if name != "" {
			at.refuse("OriginRequestPolicy", fmt.Sprintf("%s forwards the viewer's Host, and the Function URL answers 403 to it", name),
				"write awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(), or a policy that leaves Host out")
		}
		if edge && forwardsSomeQueries(config) {
			at.refuse("OriginRequestPolicy", fmt.Sprintf("%s forwards some query strings only, which an edge function does not see, so that they cannot be signed", *origin.Node().Path()),
				"write OriginRequestQueryStringBehavior_All(), or None()")
		}
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

func forwardsHost(config map[string]any) bool {
	resolved, _ := config["headersConfig"].(map[string]any)
	behavior, _ := resolved["headerBehavior"].(string)
	listed := slices.ContainsFunc(headerNames(resolved["headers"]), func(name string) bool { return strings.EqualFold(name, "Host") })
	switch behavior {
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
