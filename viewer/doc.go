// Package viewer gives a Go function behind Furl's distribution what the viewer sent, in the places where the function
// looks for it.
//
// SigV4 takes the Authorization header for itself, and a Function URL answers to its own host name only. So Furl passes
// the viewer's own values on under other names, and this package puts them back:
//
//	Authorization   from x-forwarded-authorization, or the name that the construct was given
//	Host            from x-forwarded-host
//	the address     from cloudfront-viewer-address, in which CloudFront tells the viewer's address and port
//	the URL         from x-forwarded-uri, where the edge signer wrote path and query anew
//
// A function that takes the event calls [Restore]; one that serves net/http by aws-lambda-go's lambdaurl wraps its
// handler in [Handler]:
//
//	lambdaurl.Start(viewer.Handler(mux, viewer.ForwardedAuthorization))
//
// [OriginalURI] gives either of them the URL that the viewer called. A webhook's sender signs that URL, so its
// signature is checked against OriginalURI and not against RawPath and RawQueryString.
//
// A function in Node needs one line for the same, here for the Authorization header. It is empty where the viewer sent none,
// as undefined would become the word "undefined" in a Headers object:
//
//	event.headers.authorization = event.headers["x-forwarded-authorization"] ?? "";
//
// # When it can be trusted
//
// Only where the request came by the distribution. There Furl replaces whatever the viewer sent under these names itself, and
// CloudFront overwrites cloudfront-viewer-address where the behaviour's origin request policy asks for it (CloudFront
// Developer Guide, adding-cloudfront-headers), as Furl's default, AllViewerExceptHostHeader, does. Under a policy of your own
// that forwards this header without asking for it, the address is what the viewer says: synthesis warns of such a policy if
// the app makes it, and cannot look into one that is named by its id.
//
// Where a viewer-request function of your own stands in the place of Furl's, it has to replace x-forwarded-host and, with
// origin access control, the Authorization's header: synthesis prints the lines. On a distribution of your own that has the
// signer by EdgeLambda, x-forwarded-host is what the viewer says until a viewer-request function of yours replaces it.
//
// A principal that may call the Function URL directly, by GrantInvokeUrl or with a lease, writes these headers himself. So
// authorise by the token's signature, as one does anyway, and where there are such principals never by the address or the
// host alone. requestContext.authorizer.iam, which this package leaves as it is, says which role signed: the signer's, where the
// request came by the distribution.
//
// x-forwarded-uri comes from the edge signer, which overwrites a viewer's own. With origin access control nobody writes
// it, and Furl's viewer-request function removes a viewer's own. A viewer-request function of yours has to do the same
// there, or OriginalURI says what the viewer claims.
//
// # Streamed answers without a body
//
// A Function URL with the invoke mode RESPONSE_STREAM can leave an answer without a body open until a timeout, although
// the runtime has sent status, headers and the end (reported in aws/aws-lambda-go#593 and #596,
// aws/aws-lambda-web-adapter#499 and fastify/aws-lambda-fastify#154; AWS does not document it). One byte of a body ends
// it. So Handler writes a line feed where the handler behind lambdaurl wrote nothing. These are answers to HEAD, 204,
// 304, redirects and every other empty answer. HTTP has no body in answers to HEAD, and none with 204 or 304, so there
// the line feed reaches no viewer. Elsewhere the viewer gets it. The answer's Content-Encoding goes, since a line feed
// is no gzip. A function that makes its own [events.LambdaFunctionURLStreamingResponse] has to give it a Body that is
// not empty.
//
// # Why not x-forwarded-for
//
// CloudFront appends the viewer's address to x-forwarded-for (CloudFront Developer Guide,
// RequestAndResponseBehaviorCustomOrigin), but what a Function URL then makes of it AWS does not document. It has been
// seen to hand on the first entry alone, which is what the viewer claims, and if it appends the address of its own
// caller as proxies do, the last entry is CloudFront's. No entry of it is safe to take, so this package takes none.
package viewer
