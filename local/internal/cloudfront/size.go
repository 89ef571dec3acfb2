package cloudfront

import (
	"fmt"
	"net/http"
)

// CloudFront's limits in bytes (CloudFront Developer Guide, RequestAndResponseBehaviorCustomOrigin, "Maximum
// length of a request").
const (
	maxURL     = 8192
	maxRequest = 32768
)

func (x *exchange) checkURL() error {
	if len(x.r.RequestURI) > maxURL {
		x.w.Header().Set("Connection", "close")
		return &refusal{
			status: http.StatusRequestURITooLong, message: "The request URL is too long.",
			reason: fmt.Sprintf("the URL has %d bytes, the limit is %d", len(x.r.RequestURI), maxURL),
		}
	}
	return nil
}

// checkSize refuses a request that is too large, either from the viewer or on its way to the origin. AWS names one
// limit "to and from CloudFront". It does not document the answer to a request that CloudFront, an edge function
// or a signature made too large. Here both answers are the same.
func (x *exchange) checkSize(direction string, size int) error {
	if size > maxRequest {
		x.w.Header().Set("Connection", "close")
		return &refusal{
			status: 494, message: "The request headers are too large.",
			reason: fmt.Sprintf("request line and headers %s have %d bytes, the limit is %d",
				direction, size, maxRequest),
		}
	}
	return nil
}

// requestSize is the size in bytes of a request line and headers in HTTP/1.1.
func requestSize(method, target string, header http.Header) int {
	size := len(method) + len(target) + len("  HTTP/1.1\r\n")
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}
