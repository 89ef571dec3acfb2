package viewer

import (
	"cmp"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// OriginalURI is the URL that the viewer called, https://<host><path and query>. The sender of a webhook signs this
// URL. The event has the path and query that the edge signer made of it. It can be called before [Restore] and after.
//
//   - The host is x-forwarded-host. Without that header it is the header host, which Restore may have written.
//     Otherwise that is the Function URL's host, which is right for a principal that called the Function URL. The
//     answer has the wrong host if a distribution does not pass x-forwarded-host on.
//   - The path and query are x-forwarded-uri, which the edge signer writes. They are RawPath and RawQueryString if that
//     header is absent or not a path. Origin access control leaves those as the viewer sent them.
//
// The answer differs from the viewer's URL in these cases:
//
//   - Raw characters other than visible ASCII are percent-encoded in x-forwarded-uri.
//   - A lone "?" at the end of a URL is lost.
//   - A distribution with a DefaultRootObject has that object in the place of "/" (CloudFront Developer Guide,
//     DefaultRootObject).
//   - Your viewer-request function has rewritten the path or the query.
//   - Your origin request policy forwards no query, or a part of it.
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
	if !strings.HasPrefix(uri, "/") { // "@example.com" would become the host
		uri = request.RawPath
		if request.RawQueryString != "" {
			uri += "?" + request.RawQueryString
		}
	}
	return "https://" + host + uri
}
