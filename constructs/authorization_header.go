package furl

import (
	"fmt"
	"regexp"
	"strings"
)

const defaultAuthorizationHeader = "x-forwarded-authorization"

// ownHeader is the form of your own headers. reservedHeader is a name that CloudFront or an edge function may treat
// as theirs (CloudFront Developer Guide, edge-function-restrictions-all).
var (
	ownHeader      = regexp.MustCompile(`^x-[a-z0-9-]*[a-z0-9]$`)
	reservedHeader = regexp.MustCompile(
		`^x-(amz|furl-|edge-|accel-|cache$|real-ip$|forwarded-(for|host|port|proto|uri)$)`)
)

// authorizationHeaderOf is the name in lower case, or "" to drop the header. It is the fallback where the header is
// nil.
func authorizationHeaderOf(at site, header *string, fallback string) string {
	if header == nil {
		return fallback
	}
	name := strings.ToLower(*header)
	if name != "" && (!ownHeader.MatchString(name) || reservedHeader.MatchString(name)) {
		at.refuse("AuthorizationHeader", fmt.Sprintf("%q is not the name of a header of your own", *header),
			fmt.Sprintf(`write one that begins with "x-" and is nobody else's, such as %q, `+
				`or jsii.String("") to drop the viewer's Authorization`, defaultAuthorizationHeader))
	}
	return name
}

// requireSameHeader refuses a header that the signer was not made for. The alternative says how this function could
// have such a header.
func requireSameHeader(at site, header *string, signer *EdgeSigner, alternative string) {
	if name := authorizationHeaderOf(at, header, signer.authorizationHeader); name != signer.authorizationHeader {
		at.refuse("AuthorizationHeader",
			fmt.Sprintf("it is %q here, and %q of the signer %s, which has one setting for all its requests",
				name, signer.authorizationHeader, *signer.Node().Path()),
			"leave it out here and set it where that signer is made, "+
				"or, to have this name for one function, "+alternative)
	}
}
