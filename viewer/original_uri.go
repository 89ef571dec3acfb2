package viewer

import (
	"cmp"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// OriginalURI is the URL that the viewer called, https://<host><path and query>. The sender of a webhook signs this
// URL, where the event has the path and query that the edge signer made of it. It can be asked before [Restore] and
// after.
//
//   - The host is x-forwarded-host. Without that header it is the header host, which Restore may have written. That is
//     the Function URL's own host otherwise, which is right for a principal that called the Function URL itself. Where
//     a distribution does not pass x-forwarded-host on, the wrong host in the answer says so.
//   - The path and query are x-forwarded-uri, which the edge signer writes. Without that header, or where its value is
//     not a path, they are RawPath and RawQueryString. Origin access control leaves those as the viewer sent them.
//
// The answer differs from the viewer's URL in these cases:
//
//   - Raw characters other than visible ASCII are percent-encoded in x-forwarded-uri.
//   - A lone "?" at the end of a URL is lost.
//   - A distribution with a DefaultRootObject has that object in the place of "/" (CloudFront Developer Guide,
//     DefaultRootObject).
//   - A viewer-request function of your own has rewritten the path or the query.
//   - An origin request policy of your own forwards no query, or a part of it.
//
// A handler behind lambdaurl has the event in its request's context, with or without [Handler]:
//
//	event, _ := lambdaurl.RequestFromContext(r.Context())
//	uri := viewer.OriginalURI(event)
//
// The package's comment says when these can be trusted.
func OriginalURI(request *events.LambdaFunctionURLRequest) string {
	host := cmp.Or(request.Headers[forwardedHost], request.Headers["host"], request.RequestContext.DomainName)
	uri := request.Headers[forwardedURI]
	if !strings.HasPrefix(uri, "/") { // or "@example.com" would be the host
		uri = request.RawPath
		if request.RawQueryString != "" {
			uri += "?" + request.RawQueryString
		}
	}
	return "https://" + host + uri
}
