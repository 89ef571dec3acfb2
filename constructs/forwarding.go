package furl

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
)

// requireSignable refuses policies under which no request could be signed for the Function URL.
func requireSignable(at site, auth OriginAuth, key, forwarded forwardingPolicy) {
	if key.includesHeader("Host") {
		at.refuse("CachePolicy",
			key.name+" has Host in the cache key, so CloudFront sends the viewer's Host, "+
				"and the Function URL answers 403 to it",
			"write awscloudfront.CachePolicy_CACHING_DISABLED(), or a policy without Host")
	}
	if forwarded.includesHeader("Host") {
		at.refuse("OriginRequestPolicy",
			forwarded.name+" forwards the viewer's Host, and the Function URL answers 403 to it",
			"write awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(), or a policy that leaves Host out")
	}
	if auth != OriginAuth_OAC {
		requireWholeQuery(at, "CachePolicy", key, "CacheQueryStringBehavior")
		requireWholeQuery(at, "OriginRequestPolicy", forwarded, "OriginRequestQueryStringBehavior")
	}
}

// warnForwarding warns of headers that the policies keep from the function. It also warns of a cache that would
// give the answer for one viewer to another.
func warnForwarding(scope constructs.Construct, signing signing, key, forwarded forwardingPolicy) {
	if forwarded.known {
		warnLost(scope, signing, key, forwarded)
	}
	warnViewerAddress(scope, forwarded)
	if !key.noCache {
		warnCacheKey(scope, signing, key, forwarded)
	}
}

// requireWholeQuery refuses a policy under which an edge function would not see the query string. An edge function
// sees it only where all of it is forwarded (CloudFront Developer Guide, edge-function-restrictions-all).
func requireWholeQuery(at site, field string, policy forwardingPolicy, class string) {
	if policy.queries.someOnly() {
		at.refuse(field,
			policy.name+" forwards some query strings only, which an edge function does not see, "+
				"and so cannot pass on for sure",
			"write "+class+"_All(), or None()")
	}
}

// warnLost warns of the headers that Furl passes on and that the policies keep from the function. A header in the
// cache key goes to the origin too (CloudFront Developer Guide, origin-request-understand-origin-request-policy).
func warnLost(scope constructs.Construct, signing signing, key, forwarded forwardingPolicy) {
	authorization := "Authorization"
	hint := " (Authorization in the CachePolicy, if it is not there, since CloudFront takes it there only)"
	if signing.auth.byOac() {
		// The viewer-request function writes it before CloudFront asks the policy.
		authorization, hint = signing.authorizationHeader, ""
	}
	var lost []string
	for _, header := range []struct {
		needed    bool
		name, why string
	}{
		{true, "x-forwarded-host", "the viewer's host"},
		{signing.authorizationHeader != "", authorization, "the viewer's Authorization"},
		{forwarded.headers.behavior != "allExcept", "cloudfront-viewer-address", "the viewer's address"},
		{signing.auth == OriginAuth_OAC, "x-amz-content-sha256", "without it each PUT, POST and PATCH is 403"},
	} {
		if header.needed && !forwarded.includesHeader(header.name) && !key.includesHeader(header.name) {
			lost = append(lost, fmt.Sprintf("%s (%s)", header.name, header.why))
		}
	}
	if lost != nil {
		warn(scope, "furl:forwarding",
			"OriginRequestPolicy keeps from the function: %s. Leave it out, or allow these headers in it%s.",
			strings.Join(lost, ", "), hint)
	}
}

// warnViewerAddress warns of a policy that lets the viewer claim an address. With AWS's own policies CloudFront
// writes the header.
func warnViewerAddress(scope constructs.Construct, forwarded forwardingPolicy) {
	if forwarded.managed || forwarded.headers.behavior != "allExcept" {
		return
	}
	if forwarded.includesHeader("CloudFront-Viewer-Address") {
		warn(scope, "furl:viewerAddress", "OriginRequestPolicy forwards all headers but those that it names, and so "+
			"cloudfront-viewer-address as the viewer writes it, which package viewer takes the viewer's address from. "+
			"Name CloudFront-Viewer-Address too, or leave the policy out: "+
			"AllViewerExceptHostHeader has CloudFront write it.")
	}
}

// warnCacheKey warns of each part of the request that goes to the function and is not in the cache key. It takes a
// policy that cannot be read to have nothing in the key, and to forward everything.
func warnCacheKey(scope constructs.Construct, signing signing, key, forwarded forwardingPolicy) {
	if !forwarded.known {
		all := selection{behavior: "allViewer"}
		forwarded = forwardingPolicy{headers: all, cookies: allValues, queries: allValues}
	}
	authorization := "Authorization"
	if signing.auth.byOac() {
		authorization = signing.authorizationHeader // written at viewer-request, before the key is made
	}
	token := signing.authorizationHeader != "" && forwarded.includesHeader(authorization)
	tokenInKey := key.includesHeader("Authorization") || key.includesHeader(authorization)
	unread := ""
	if !key.known {
		unread = ", as far as can be told of a policy that is named by its id"
	}
	for _, part := range []struct {
		name, instead string
		unkeyed       bool
	}{
		{"Authorization", "Put Authorization into the key", token && !tokenInKey},
		{"cookies", "Put all that are forwarded into the key", !key.cookies.covers(forwarded.cookies)},
		{"query string", "Put all of it into the key", !key.queries.covers(forwarded.queries)},
		{
			"host (x-forwarded-host)", "Put x-forwarded-host into the key",
			forwarded.includesHeader("x-forwarded-host") && !key.includesHeader("x-forwarded-host"),
		},
	} {
		if part.unkeyed {
			warn(scope, "furl:cacheKey", "the viewer's %s: sent to the function and not in the cache key of %s%s, "+
				"so that CloudFront gives the answer for one viewer to others. %s, keep it from the function by an "+
				"OriginRequestPolicy, or write awscloudfront.CachePolicy_CACHING_DISABLED().",
				part.name, key.name, unread, part.instead)
		}
	}
}
