package cloudfront

import (
	"encoding/json"
	"net/http"
	"regexp"
)

// onResponse runs the function on a response, and changes the response as the function says. The request of the event
// is the one to the origin in origin-response events, and the viewer's in viewer-response events.
func (e *edgeFunction) onResponse(x *exchange, request *edgeRequest, response *answer) error {
	sent := newEdgeResponse(response)
	event, err := json.Marshal(e.newEdgeEvent(x, request, sent))
	if err != nil {
		return executionError(e, err)
	}
	result, err := e.invoke(x, event)
	if err != nil {
		return err
	}
	var returned edgeResult
	if json.Unmarshal(result, &returned) != nil || returned.Status == nil {
		return validationError(e, "the result is not a response object (status)")
	}
	if e.event == viewerResponseEvent {
		if err := e.checkViewerResponse(response, returned); err != nil {
			return err
		}
	}
	return e.changeResponse(response, sent, returned)
}

// checkViewerResponse refuses what a function on viewer-response may not change. It may not change the status
// (CloudFront Developer Guide, lambda-at-edge-function-restrictions). It may not change the body either, since AWS
// documents that for origin-response events only and Content-Length is read-only. AWS does not document the answer to
// either. Here it is the answer to an invalid result.
func (e *edgeFunction) checkViewerResponse(response *answer, returned edgeResult) error {
	status, err := e.status(returned)
	switch {
	case err != nil:
		return err
	case status != response.status:
		return validationError(e, "a function on viewer-response cannot change the status")
	case returned.Body != nil:
		return validationError(e, "a function on viewer-response cannot change the body")
	}
	return nil
}

// changeResponse applies the response that the function returned. Without a returned body, the response keeps its body
// (CloudFront Developer Guide, lambda-generating-http-responses, "Update HTTP responses in origin response triggers").
func (e *edgeFunction) changeResponse(response *answer, sent *edgeResponse, returned edgeResult) error {
	status, err := e.status(returned)
	if err != nil {
		return err
	}
	length := response.header["Content-Length"]
	if err := e.changeHeaders(response.header, sent.Headers, returned.Headers); err != nil {
		return err
	}
	if response.header["Content-Length"] = length; length == nil { // the body's, whatever the function says
		delete(response.header, "Content-Length")
	}
	response.status = status
	if returned.Body == nil {
		return nil
	}
	response.body, err = e.generatedBody(returned)
	return err
}

// generatedBody is the body that a function returned in a response. It is not nil.
func (e *edgeFunction) generatedBody(returned edgeResult) ([]byte, error) {
	text := ""
	if returned.Body != nil && json.Unmarshal(*returned.Body, &text) != nil {
		return nil, validationError(e, "the body of the response is not a string")
	}
	body, err := decodeBody(text, returned.BodyEncoding, "text")
	if err != nil {
		return nil, validationError(e, "%v", err)
	}
	size := len(body)
	for name, values := range returned.Headers {
		for _, value := range values {
			size += len(name) + len(value.Value)
		}
	}
	if size > e.event.maxBody {
		return nil, validationError(e, "the generated response is larger than %s", e.event.limit)
	}
	return body, nil
}

// generate makes the answer that the function returned in place of a request. The record says the code of a refusal.
func (e *edgeFunction) generate(x *exchange, returned edgeResult) (*answer, error) {
	generated, err := e.generatedAnswer(returned)
	if err != nil {
		return nil, err
	}
	if code := generated.errorCode(); code != "" {
		x.record().Decide(e.by(), "on "+e.event.name+": "+code)
	}
	return generated, nil
}

var errorCode = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)

// errorCode is the "error" of a refusal in JSON, such as InvalidToken. It is "" where there is none, or where it is no
// code. Nothing else of a body may be told, since it may have a viewer's data.
func (a *answer) errorCode() string {
	var body map[string]any
	if a.status < http.StatusBadRequest || json.Unmarshal(a.body, &body) != nil {
		return ""
	}
	code, _ := body["error"].(string)
	return errorCode.FindString(code)
}

// generatedAnswer checks a response that the function returned in place of a request (CloudFront Developer Guide,
// lambda-generating-http-responses).
func (e *edgeFunction) generatedAnswer(returned edgeResult) (*answer, error) {
	status, err := e.status(returned)
	if err != nil {
		return nil, err
	}
	for name, values := range returned.Headers {
		if problem := checkName(name); problem != "" {
			return nil, validationError(e, "%s", problem)
		}
		if name == "transfer-encoding" || name == "via" {
			return nil, validationError(e, "the header %s is read-only", name)
		}
		for _, value := range values {
			if problem := checkValue(name, value.Value); problem != "" {
				return nil, validationError(e, "%s", problem)
			}
		}
	}
	body, err := e.generatedBody(returned)
	if err != nil {
		return nil, err
	}
	if e.event == viewerRequestEvent && status == http.StatusNoContent && len(body) > 0 {
		return nil, validationError(e, "the status 204 has a body")
	}
	return &answer{status: status, header: toHeader(returned.Headers), body: body}, nil
}
