// Package functionurl serves one Lambda function URL on loopback (Lambda Developer Guide, urls-configuration,
// urls-auth and urls-invocation).
//
// A request goes through these steps in order. The URL's CORS configuration answers a preflight. The signature
// (Signature Version 4) is verified. The policies must allow both actions that a URL needs. The function gets an
// event of payload format 2.0, and both event and response have up to 6 MB. CORS headers are added to the
// response. Refusals look like AWS's.
//
// Where AWS documents nothing, the package follows live captures. The fields rawPath and rawQueryString stay as
// on the wire, and requestContext.http.path is decoded. Cookies stand both in cookies and in headers.
//
// Throttling is not simulated, nor are the bandwidth and the 200 MB limit of streamed responses. There are no
// X-Amzn-Tls-* headers, since there is no TLS.
package functionurl
