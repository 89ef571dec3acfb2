package cloudfront

import (
	"fmt"
	"net/http"
)

// CloudFront's limits (CloudFront Developer Guide, RequestAndResponseBehaviorCustomOrigin, "Maximum length of a request").
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

// checkSize refuses a request that is too large, whether it came so or was made so on its way to the origin. The limit is one "to and
// from CloudFront"; what the viewer gets for a request that only CloudFront, an edge function or a signature made too large is not
// documented, and is the same here.
func (x *exchange) checkSize(direction string, size int) error {
	if size > maxRequest {
		x.w.Header().Set("Connection", "close")
		return &refusal{
			status: 494, message: "The request headers are too large.",
			reason: fmt.Sprintf("request line and headers %s have %d bytes, the limit is %d", direction, size, maxRequest),
		}
	}
	return nil
}

// requestSize is how long a request line and headers are as HTTP/1.1 writes them.
func requestSize(method, target string, header http.Header) int {
	size := len(method) + len(target) + len("  HTTP/1.1\r\n")
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}
