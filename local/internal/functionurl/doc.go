// Package functionurl serves one Lambda function URL on loopback (Lambda Developer Guide, urls-configuration, urls-auth and
// urls-invocation).
//
// A request meets, in this order: the preflight of the URL's own CORS; Signature Version 4; the policies, for both actions
// that a URL needs; the function, as an event of payload format 2.0 with 6 MB in and out; the CORS headers. Refusals look
// like AWS's.
//
// Where AWS documents nothing, the package does what live captures show: rawPath and rawQueryString stay as on the wire,
// requestContext.http.path is decoded, cookies stand in cookies and in headers. Not simulated: throttling, the bandwidth and
// the 200 MB limit of streamed responses, and X-Amzn-Tls-* headers, since there is no TLS.
package functionurl
