package cloudfront

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// maxEdgeBody is the limit of "1 MB" for a body that an origin-request function is shown, replaces or generates
// (CloudFront Developer Guide, lambda-at-edge-function-restrictions and cloudfront-limits). AWS does not say
// whether that is 1,000,000 or 1,048,576 bytes. Here the limit is the larger number, so a function must rely on
// inputTruncated.
const maxEdgeBody = 1 << 20

// edgeFunction is the Lambda@Edge function of a behavior on origin-request.
type edgeFunction struct {
	function    *lambda.Function
	name        string // of the function and its version, for messages
	includeBody bool
}

var versionARN = regexp.MustCompile(`:function:([^:]+:[0-9]+)\z`)

// newEdgeFunction finds the behavior's origin-request function. It returns nil where there is none.
func (d *Distribution) newEdgeFunction(associations []lambdaAssociation) (*edgeFunction, error) {
	var edge *edgeFunction
	for _, association := range associations {
		arn := association.LambdaFunctionARN
		match := versionARN.FindStringSubmatch(arn)
		switch {
		case association.EventType != "origin-request":
			return nil, fmt.Errorf("the edge function %s on %s is not simulated: only origin-request is",
				arn, association.EventType)
		case match == nil:
			return nil, fmt.Errorf("the edge function %s is not a numbered version, as Lambda@Edge requires", arn)
		case edge != nil:
			return nil, fmt.Errorf("has two edge functions on %s: AWS takes one", association.EventType)
		case d.config.Functions[arn] == nil:
			return nil, fmt.Errorf("the edge function %s is not in the assembly", arn)
		}
		edge = &edgeFunction{function: d.config.Functions[arn], name: match[1], includeBody: association.IncludeBody}
	}
	return edge, nil
}

// apply runs the function on the request for the origin, and changes the request as the function says. The
// response is nil unless the function generated one.
func (e *edgeFunction) apply(x *exchange, request *originRequest) (*answer, error) {
	sent, body, err := e.describe(x, request)
	if err != nil {
		return nil, err
	}
	event, err := json.Marshal(newEdgeEvent(x, sent))
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
		return e.generatedAnswer(returned)
	}
	return nil, e.change(request, sent, returned)
}

// describe returns the request object of the event, and the body that is shown in it. The object has no data yet.
func (e *edgeFunction) describe(x *exchange, request *originRequest) (sent *edgeRequest, body []byte, err error) {
	sent = &edgeRequest{
		ClientIP: x.client.Addr().String(),
		Method:   request.method,
		URI:      toUTF8(request.uri),
		Headers:  map[string][]edgeHeader{},
		Origin:   &edgeOrigin{Custom: newEdgeCustomOrigin(request.origin)},
	}
	if x.behavior.forwarding.wholeQuery() {
		sent.QueryString = toUTF8(request.query)
	}
	for name, values := range request.header {
		if !disallowedHeader(strings.ToLower(name)) {
			sent.Headers[strings.ToLower(name)] = newEdgeHeaders(name, values)
		}
	}
	if e.includeBody && hasWritableBody(request.method) {
		if body, err = readHead(request, maxEdgeBody+1); err != nil {
			return nil, nil, badRequest("the body ended early: " + err.Error())
		}
		sent.Body = &edgeBody{Action: "read-only", Encoding: "base64", InputTruncated: len(body) > maxEdgeBody}
		body = body[:min(len(body), maxEdgeBody)]
	}
	return sent, body, nil
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

// hasWritableBody reports whether the event shows the body of a request with this method. AWS names "POST, PUT,
// DELETE, and so on" (CloudFront Developer Guide, lambda-generating-http-responses, "Access the request body").
// The page does not say whether OPTIONS is among them, and here it is. Where AWS shows no body of OPTIONS, a
// signer refuses the request.
func hasWritableBody(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}

// invoke runs the function and reads its whole result. Every failure is a 503, be it a throw, a timeout or the end
// of the process.
func (e *edgeFunction) invoke(x *exchange, event []byte) ([]byte, error) {
	response, err := e.function.Invoke(x.r.Context(), event)
	if err == nil {
		defer response.Body.Close()
		result := bytes.NewBuffer(make([]byte, 0, len(event)+bytes.MinRead)) // most results are as long as the event
		if _, err = result.ReadFrom(response.Body); err == nil {
			return result.Bytes(), nil
		}
	}
	if x.r.Context().Err() != nil {
		return nil, x.r.Context().Err()
	}
	return nil, executionError(e, err)
}
