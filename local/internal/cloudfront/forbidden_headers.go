package cloudfront

import (
	"slices"
	"strconv"
	"strings"
)

// disallowedHeader reports whether a function neither sees nor may add a header, named in lower case (CloudFront
// Developer Guide, edge-function-restrictions-all, "Disallowed headers").
func disallowedHeader(name string) bool {
	return disallowedHeaders[name] || strings.HasPrefix(name, "x-amz-cf-") || strings.HasPrefix(name, "x-edge-")
}

var disallowedHeaders = lowerSet(
	"Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Trailer", "Upgrade", "X-Accel-Buffering", "X-Accel-Charset", "X-Accel-Limit-Rate", "X-Accel-Redirect",
	"X-Amzn-Auth", "X-Amzn-Cf-Billing", "X-Amzn-Cf-Id", "X-Amzn-Cf-Xff", "X-Amzn-Errortype",
	"X-Amzn-Fle-Profile", "X-Amzn-Header-Count", "X-Amzn-Header-Order", "X-Amzn-Lambda-Integration-Tag",
	"X-Amzn-RequestId", "X-Cache", "X-Forwarded-Proto", "X-Real-IP",
	"CloudFront-Viewer-Cert-PEM", "Client-Cert", "Client-Cert-Chain",
)

// checkName returns the fault of a header's name in a result, or "". Names are in lower case
// (lambda-event-structure).
func checkName(name string) string {
	switch {
	case disallowedHeader(strings.ToLower(name)):
		return "the header " + strings.ToLower(name) + " is not allowed"
	case name == "" || strings.Trim(name, tokenCharacters) != "":
		return "the header name " + strconv.Quote(name) + " is not in lower case, or is no header name"
	}
	return ""
}

func checkValue(name, value string) string {
	if slices.ContainsFunc([]byte(value), func(b byte) bool { return b < ' ' && b != '\t' || b == 0x7f }) {
		return "the value of the header " + name + " has a control character in it"
	}
	return ""
}

// tokenCharacters are those of a header's name in lower case (RFC 9110, section 5.6.2).
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
