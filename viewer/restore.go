package viewer

import (
	"net/netip"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// ForwardedAuthorization is the header that Furl passes the viewer's Authorization on in, unless the construct was given
// another name.
const ForwardedAuthorization = "x-forwarded-authorization"

const (
	forwardedHost = "x-forwarded-host"
	forwardedURI  = "x-forwarded-uri"
	viewerAddress = "cloudfront-viewer-address"
)

// Restore puts the viewer's own values back into a Function URL's event. authorization is the name of the header that has
// the viewer's Authorization, [ForwardedAuthorization] by default; names of headers are in lower case in these events
// (Lambda Developer Guide, urls-invocation).
//
//   - The header authorization becomes what the named header holds, which is removed. Where the viewer sent none, or an empty
//     one, authorization is removed as well: AWS does not document whether Lambda passes the signer's own on.
//   - The header host becomes x-forwarded-host, which is removed; without one host stays. RequestContext.DomainName stays
//     the Function URL's, like the rest of the request context.
//   - RequestContext.HTTP.SourceIP becomes the address in cloudfront-viewer-address, without its port; it stays where that
//     is absent or not an address, and is CloudFront's then.
//
// The package's comment says when these can be trusted.
func Restore(request *events.LambdaFunctionURLRequest, authorization string) {
	headers := request.Headers
	delete(headers, "authorization") // first, so that naming this very header lets nothing of the signer's through
	if value := take(headers, strings.ToLower(authorization)); value != "" {
		headers["authorization"] = value
	}
	if host := take(headers, forwardedHost); host != "" {
		headers["host"] = host
	}
	if address, ok := parseAddress(headers[viewerAddress]); ok {
		request.RequestContext.HTTP.SourceIP = address.Addr().String()
	}
}

// take removes a header and gives its value.
func take(headers map[string]string, name string) string {
	value := headers[name]
	delete(headers, name)
	return value
}

// parseAddress reads an address and a port. CloudFront writes an IPv6 address without brackets, which AWS does not document and
// published events show; with brackets it is taken as well.
func parseAddress(value string) (netip.AddrPort, bool) {
	address, err := netip.ParseAddrPort(value)
	if colon := strings.LastIndexByte(value, ':'); err != nil && colon >= 0 {
		address, err = netip.ParseAddrPort("[" + value[:colon] + "]" + value[colon:])
	}
	return address, err == nil && address.Addr().Zone() == "" // a zone names an interface of some machine
}
