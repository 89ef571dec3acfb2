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
	reservedHeader = regexp.MustCompile(`^x-(amz|edge-|accel-|cache$|real-ip$|forwarded-(for|host|port|proto|uri)$)`)
)

// authorizationHeaderOf is the name in lower case, "" to drop the header, or the default where none is asked for.
func authorizationHeaderOf(at site, header *string, fallback string) string {
	if header == nil {
		return fallback
	}
	name := strings.ToLower(*header)
	if name != "" && (!ownHeader.MatchString(name) || reservedHeader.MatchString(name)) {
		at.refuse("AuthorizationHeader", fmt.Sprintf("%q is not the name of a header of your own", *header),
			fmt.Sprintf(`write one that begins with "x-" and is nobody else's, such as %q, or jsii.String("") to drop the viewer's Authorization`, defaultAuthorizationHeader))
	}
	return name
}

// requireSameHeader refuses what a signer was not made for. otherwise is how to have a name of one's own.
func requireSameHeader(at site, header *string, signer *EdgeSigner, alternative string) {
	if name := authorizationHeaderOf(at, header, signer.authorizationHeader); name != signer.authorizationHeader {
		at.refuse("AuthorizationHeader", fmt.Sprintf("it is %q here, and %q of the signer %s, which has one setting for all that it signs", name, signer.authorizationHeader, *signer.Node().Path()),
			"leave it out here and set it where that signer is made; or, for a name of this function's own, "+alternative)
	}
}
