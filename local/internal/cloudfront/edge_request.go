package cloudfront

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// onViewerRequest runs the function on the viewer's request, and changes the request as the function says. The answer
// is nil unless the function generated one.
func (e *edgeFunction) onViewerRequest(x *exchange) (*answer, error) {
	request := x.viewerRequest()
	body := request.body
	generated, err := e.onRequest(x, request)
	if err != nil || generated != nil {
		return generated, err
	}
	x.path, x.query = request.uri, request.query
	if body != request.body {
		x.r.Body = io.NopCloser(request.body)
	}
	if request.replaced {
		x.r.ContentLength, x.r.TransferEncoding = request.contentLength, nil
		request.header.Set("Content-Length", fmt.Sprint(request.contentLength))
	}
	request.header.Del("Host")
	request.header.Del("Transfer-Encoding")
	x.r.Header = request.header
	return nil, nil
}

// viewerRequest is the viewer's request in the form that functions get. CloudFront's own headers come later
// (CloudFront Developer Guide, lambda-at-edge-function-restrictions, "CloudFront headers").
func (x *exchange) viewerRequest() *originRequest {
	request := &originRequest{
		method: x.r.Method, uri: x.path, query: x.query, header: x.r.Header.Clone(),
		body: x.r.Body, contentLength: x.r.ContentLength,
	}
	request.header.Set("Host", x.r.Host)
	if len(x.r.TransferEncoding) > 0 {
		request.header.Set("Transfer-Encoding", strings.Join(x.r.TransferEncoding, ","))
	}
	return request
}

// onRequest runs the function on a request, and changes the request as the function says. The answer is nil unless
// the function generated one.
func (e *edgeFunction) onRequest(x *exchange, request *originRequest) (*answer, error) {
	x.record().Decide(e.by(), "on "+e.event.name)
	sent := e.describe(x, request)
	var body []byte
	if e.includeBody {
		var err error
		if body, err = readHead(request, int64(e.event.maxBody)+1); err != nil {
			return nil, badRequest("the body ended early: " + err.Error())
		}
		sent.Body = &edgeBody{Action: "read-only", Encoding: "base64", InputTruncated: len(body) > e.event.maxBody}
		body = body[:min(len(body), e.event.maxBody)]
	}
	event, err := json.Marshal(e.newEdgeEvent(x, sent, nil))
	if err != nil {
		return nil, executionError(e, err)
	}
	var shown shownBody
	if len(body) > 0 {
		event = shown.putInto(event, body)
	}
	result, err := e.invoke(x, event)
	if err != nil {
		return nil, err
	}
	result, unchanged := shown.takeFrom(result)
	var returned edgeResult
	if err := json.Unmarshal(result, &returned); err != nil {
		return nil, validationError(e, "the result is not a request or response object")
	}
	if unchanged {
		returned.unchangedData = string(shown)
	}
	if returned.Status != nil {
		return e.generate(x, returned)
	}
	return nil, e.change(request, sent, returned)
}

// describe returns the request object of an event, without a body. An event at the origin has the query string only if
// all of it goes to the origin (CloudFront Developer Guide, edge-function-restrictions-all, "Query strings").
func (e *edgeFunction) describe(x *exchange, request *originRequest) *edgeRequest {
	sent := &edgeRequest{
		ClientIP: x.client.Addr().String(),
		Method:   request.method,
		URI:      toUTF8(request.uri),
		Headers:  newEdgeHeaderMap(request.header),
	}
	if e.event.atOrigin {
		sent.Origin = newEdgeOrigin(request.origin)
	}
	if !e.event.atOrigin || x.behavior.forwarding.wholeQuery() {
		sent.QueryString = toUTF8(request.query)
	}
	return sent
}

// readHead reads the first bytes of the request's body, up to a limit. The request keeps its whole body.
func readHead(request *originRequest, limit int64) ([]byte, error) {
	var head bytes.Buffer
	if size := request.contentLength; size > 0 {
		head.Grow(int(min(size, limit)) + bytes.MinRead) // ReadFrom wants room for a last read
	}
	_, err := head.ReadFrom(io.LimitReader(request.body, limit))
	request.body = io.MultiReader(bytes.NewReader(head.Bytes()), request.body)
	return head.Bytes(), err
}

// hasWritableBody reports whether a function may replace the body of a request with this method. AWS names "POST, PUT,
// DELETE, and so on" (CloudFront Developer Guide, lambda-generating-http-responses, "Access the request body").
// The page does not say whether OPTIONS is among them, and here it is.
//
// The event of any other method has a body object too, with empty data, where the association includes the body. AWS
// does not document this. A published signer reads it for every method, and works on AWS.
func hasWritableBody(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}
