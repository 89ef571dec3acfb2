package viewer

import (
	"net/netip"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// ForwardedAuthorization is the header in which Furl passes the viewer's Authorization on. The construct can be given
// another name.
const ForwardedAuthorization = "x-forwarded-authorization"

const (
	forwardedHost = "x-forwarded-host"
	forwardedURI  = "x-forwarded-uri"
	viewerAddress = "cloudfront-viewer-address"
)

// Restore puts the viewer's own values back into a Function URL's event. authorization is the name of the header that
// has the viewer's Authorization, [ForwardedAuthorization] by default. Header names are in lower case in these events
// (Lambda Developer Guide, urls-invocation).
//
//   - The header authorization gets the value of the named header, which is removed. Without a value authorization is
//     removed as well. AWS does not document whether Lambda passes the signer's own on.
//   - The header host gets the value of x-forwarded-host, which is removed. Without a value host stays.
//     RequestContext.DomainName stays the Function URL's, like the rest of the request context.
//   - RequestContext.HTTP.SourceIP gets the address in cloudfront-viewer-address, without its port. It stays
//     CloudFront's if that header is absent or not an address.
//
// The package's comment says when these can be trusted.
func Restore(request *events.LambdaFunctionURLRequest, authorization string) {
	headers := request.Headers
	// This comes first. Otherwise the signer's value would stay if this very header were named.
	delete(headers, "authorization")
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

// take removes a header and returns its value.
func take(headers map[string]string, name string) string {
	value := headers[name]
	delete(headers, name)
	return value
}

// parseAddress reads an address and a port. An IPv6 address may stand in brackets or not. CloudFront writes it without
// them, which AWS does not document and published events show.
func parseAddress(value string) (netip.AddrPort, bool) {
	address, err := netip.ParseAddrPort(value)
	if colon := strings.LastIndexByte(value, ':'); err != nil && colon >= 0 {
		address, err = netip.ParseAddrPort("[" + value[:colon] + "]" + value[colon:])
	}
	return address, err == nil && address.Addr().Zone() == "" // a zone names an interface of some machine
}
