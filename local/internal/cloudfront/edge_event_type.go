package cloudfront

// edgeEventType holds what differs between the four events of Lambda@Edge.
type edgeEventType struct {
	name string
	// readOnly are the headers that a function sees but may not add, change or remove (CloudFront Developer Guide,
	// edge-function-restrictions-all, "Read-only headers").
	readOnly []string
	// maxBody is the size in bytes of the largest body that a function is shown, replaces or generates (CloudFront
	// Developer Guide, lambda-at-edge-function-restrictions and lambda-generating-http-responses). AWS does not say
	// whether "1 MB" is 1,000,000 or 1,048,576 bytes. Here the limit is the larger number, so a function must rely on
	// inputTruncated. The same holds for "40 KB".
	maxBody int
	limit   string // maxBody in AWS's words
	// isRequest is true of the events whose function returns a request, or a response in its place.
	isRequest bool
	// atOrigin is true of the events that show the request to the origin.
	atOrigin bool
}

var (
	viewerRequestEvent = &edgeEventType{
		name: "viewer-request", readOnly: readOnlyInViewerRequest, maxBody: 40 << 10, limit: "40 KB", isRequest: true,
	}
	originRequestEvent = &edgeEventType{
		name: "origin-request", maxBody: 1 << 20, limit: "1 MB", isRequest: true, atOrigin: true,
		readOnly: []string{
			"accept-encoding", "cdn-loop", "content-length", "if-modified-since", "if-none-match", "if-range",
			"if-unmodified-since", "transfer-encoding", "via",
		},
	}
	originResponseEvent = &edgeEventType{
		name: "origin-response", readOnly: []string{"transfer-encoding", "via"}, maxBody: 1 << 20, limit: "1 MB",
		atOrigin: true,
	}
	viewerResponseEvent = &edgeEventType{
		name: "viewer-response",
		readOnly: append(
			[]string{"content-encoding", "content-length", "transfer-encoding"}, readOnlyInViewerResponse...,
		),
	}
)
