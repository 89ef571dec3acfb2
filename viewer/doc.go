// Package viewer gives a Go function behind Furl's distribution the viewer's own request. Authorization, host, address
// and URL stand where the function looks for them.
//
// SigV4 takes the Authorization header for itself, and a Function URL answers to its own host name only. So Furl passes
// the viewer's values on under other names. This package puts them back:
//
//	Authorization   from x-forwarded-authorization, or the name that the construct was given
//	Host            from x-forwarded-host
//	the address     from cloudfront-viewer-address, which has the viewer's address and port
//	the URL         from x-forwarded-uri, where the edge signer wrote path and query anew
//
// A function that takes the event calls [Restore]. A function that serves net/http by aws-lambda-go's lambdaurl wraps
// its handler in [Handler]:
//
//	lambdaurl.Start(viewer.Handler(mux, viewer.ForwardedAuthorization))
//
// [OriginalURI] gives either of them the URL that the viewer called. A webhook's sender signs that URL, so its
// signature is checked against OriginalURI and not against RawPath and RawQueryString.
//
// A function in Node.js has lines for the same to paste, in docs/getting-started.md.
//
// # When it can be trusted
//
// These values can be trusted only if the request came by the distribution. There Furl replaces headers of these names
// that the viewer sent. CloudFront overwrites cloudfront-viewer-address if the behaviour's origin request policy asks
// for it (CloudFront Developer Guide, adding-cloudfront-headers). Furl's default policy, AllViewerExceptHostHeader,
// does. Another policy may forward this header without asking for it. Then the viewer writes the address. Synthesis
// warns of such a policy if the app makes it. It cannot look into a policy that is named by its id.
//
// Your viewer-request function may stand in the place of Furl's. It has to replace x-forwarded-host then. With origin
// access control it has to replace the Authorization's header too. Synthesis prints the lines. A distribution that you
// gave the signer by EdgeLambda has no such function at first. Until you add one, the viewer writes x-forwarded-host.
//
// A principal that may call the Function URL directly writes these headers itself. GrantInvokeUrl and leases make such
// principals. So authorise by the token's signature. Where there are such principals, never authorise by the address or
// the host alone. The field requestContext.authorizer.iam says which role signed. It is the signer's role if the
// request came by the distribution. This package leaves the field as it is.
//
// The edge signer writes x-forwarded-uri, and overwrites a viewer's own. With origin access control nobody writes it,
// and Furl's viewer-request function removes a viewer's own. Your viewer-request function has to remove it there too,
// or the viewer writes the answer of OriginalURI.
//
// # Who calls
//
// Where the edge signer verifies tokens, [Claims] gives the claims of the verified one. [Authenticated] puts them into
// the context of a net/http request. Both compare requestContext.authorizer.iam with the signer's role, and refuse the
// request of any other principal.
//
// # Streamed answers without a body
//
// A Function URL with the invoke mode RESPONSE_STREAM can leave an answer without a body open until a timeout, although
// the runtime has sent status, headers and the end. AWS does not document this. It was reported in
// aws/aws-lambda-go#593 and #596, aws/aws-lambda-web-adapter#499 and fastify/aws-lambda-fastify#154. One byte of a body
// ends the answer.
//
// So Handler writes a line feed if the handler behind lambdaurl wrote nothing. These are answers to HEAD, 204, 304,
// redirects and every other empty answer. HTTP has no body in answers to HEAD, and none with 204 or 304, so there the
// line feed reaches no viewer. In the other answers the viewer gets it. The answer's Content-Encoding goes, since a
// line feed is no gzip.
//
// A function that makes its own [events.LambdaFunctionURLStreamingResponse] has to give it a Body that is not empty.
//
// # Why not x-forwarded-for
//
// CloudFront appends the viewer's address to x-forwarded-for (CloudFront Developer Guide,
// RequestAndResponseBehaviorCustomOrigin). AWS does not document how a Function URL changes this header. It was seen to
// hand on the first entry alone, which the viewer can write. If it appends its caller's address, as proxies do, the
// last entry is CloudFront's. No entry is safe, so this package takes none.
package viewer
