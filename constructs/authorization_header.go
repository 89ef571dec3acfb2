package furl

import (
	"fmt"
	"regexp"
	"strings"
)

const defaultAuthorizationHeader = "x-forwarded-authorization"

// A header of one's own, which neither CloudFront nor an edge function may treat as theirs
// (CloudFront Developer Guide, edge-function-restrictions-all).
var (
	ownHeader      = regexp.MustCompile(`^x-[a-z0-9-]*[a-z0-9]$`)
	reservedHeader = regexp.MustCompile(`^x-(amz|edge-|accel-|cache$|real-ip$|forwarded-(for|host|port|proto)$)`)
)

// authorizationHeaderOf is the name in lower case, "" to drop the header, or the default where none is asked for.
func authorizationHeaderOf(at site, asked *string, unset string) string {
	if asked == nil {
		return unset
	}
	name := strings.ToLower(*asked)
	if name != "" && (!ownHeader.MatchString(name) || reservedHeader.MatchString(name)) {
		at.refuse("AuthorizationHeader", fmt.Sprintf("%q is not the name of a header of your own", *asked),
			fmt.Sprintf(`write one that begins with "x-" and is nobody else's, such as %q, or jsii.String("") to drop the viewer's Authorization`, defaultAuthorizationHeader))
	}
	return name
}

// requireSameHeader refuses what a shared signer was not made for.
func requireSameHeader(at site, asked *string, signer *EdgeSigner) {
	if name := authorizationHeaderOf(at, asked, signer.authorizationHeader); name != signer.authorizationHeader {
		at.refuse("AuthorizationHeader", fmt.Sprintf("it is %q here, and %q of the signer %s, which has one setting for all that it signs", name, signer.authorizationHeader, *signer.Node().Path()),
			"leave it out here and set it where that signer is made (EdgeSignerProps, or the field of the SecureFunctionUrl); for a name of this function's own, make a SecureFunctionUrl for it, with Distribution and PathPattern")
	}
}
