package furl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/constructs-go/constructs/v10"
)

// headerName matches the names of headers (RFC 9110, section 5.6.2). It leaves out the quote, which would end the list
// in API Gateway's mapping, and the star.
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&+.^_`|~-]+$")

// maxCorsHeaders and maxCorsHeader are the limits of AllowHeaders (Lambda API Reference, API_Cors).
const maxCorsHeaders, maxCorsHeader = 100, 1024

// checkHeaders are the headers that the grant's pages may send, besides those of every grant. It refuses names that
// CORS could not allow.
func checkHeaders(at site, props *CredentialGrantProps) []string {
	const example = `write names such as AllowedHeaders: []string{"x-correlation-id"}`
	for i, name := range props.AllowedHeaders {
		field := fmt.Sprintf("AllowedHeaders[%d]", i)
		same := func(other string) bool { return strings.EqualFold(name, other) }
		switch {
		case name == "*":
			at.refuse(field, `"*" is every header`, example)
		case !headerName.MatchString(name) || len(name) > maxCorsHeader:
			at.refuse(field, fmt.Sprintf("%.80q is not the name of a header", name), example)
		case neverFromPages(name):
			at.refuse(field, fmt.Sprintf("no browser lets a page set %s", name), "leave it out")
		case slices.ContainsFunc(props.AllowedHeaders[:i], same):
			at.refuse(field, fmt.Sprintf("%s is there twice, since letter case does not count", name),
				"leave one of the two out")
		}
	}
	headers := mergeHeaders(props.Authorizer.headers, props.AllowedHeaders)
	if all := len(mergeHeaders(urlHeaders, headers)); all > maxCorsHeaders {
		at.refuse("AllowedHeaders",
			fmt.Sprintf("with those of every grant there are %d, and the CORS of a Function URL takes %d",
				all, maxCorsHeaders),
			"list fewer")
	}
	return headers
}

// forbiddenHeaders are the headers that a page cannot set (Fetch standard, forbidden request-header).
var forbiddenHeaders = strings.Fields(`accept-charset accept-encoding access-control-request-headers
	access-control-request-method connection content-length cookie cookie2 date dnt expect host keep-alive origin
	referer set-cookie te trailer transfer-encoding upgrade via`)

// neverFromPages reports whether browsers keep pages from setting a header. CORS then changes nothing.
func neverFromPages(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(forbiddenHeaders, name) || strings.HasPrefix(name, "proxy-") ||
		strings.HasPrefix(name, "sec-")
}

// identityHeaders are the headers among the identity sources of a Lambda authorizer (API Gateway API Reference,
// API_Authorizer, identitySource). A source that only the deployment knows is passed over.
func identityHeaders(authorizer awsapigateway.IAuthorizer) []string {
	construct, ok := authorizer.(constructs.IConstruct)
	if !ok {
		return nil
	}
	resource, ok := construct.Node().DefaultChild().(awsapigateway.CfnAuthorizer)
	if !ok {
		return nil
	}
	var headers []string
	for source := range strings.SplitSeq(valueOf(resource.IdentitySource()), ",") {
		name, isHeader := strings.CutPrefix(strings.TrimSpace(source), "method.request.header.")
		if isHeader && headerName.MatchString(name) && !neverFromPages(name) {
			headers = append(headers, name)
		}
	}
	return headers
}

// mergeHeaders joins lists of headers. A name that is there already, in any letter case, is left out.
func mergeHeaders(lists ...[]string) []string {
	var merged []string
	for _, name := range slices.Concat(lists...) {
		same := func(other string) bool { return strings.EqualFold(name, other) }
		if !slices.ContainsFunc(merged, same) {
			merged = append(merged, name)
		}
	}
	return merged
}
