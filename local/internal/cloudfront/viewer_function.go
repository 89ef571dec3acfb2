package cloudfront

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// viewerFunctions are the CloudFront Functions of a behavior. A field is nil where there is none.
type viewerFunctions struct{ request, response *viewerFunction }

// viewerFunction is a CloudFront Function of the runtime cloudfront-js-2.0. Package cloudfrontjs makes its
// function.
type viewerFunction struct {
	function  *lambda.Function
	eventType string
}

func (d *Distribution) newViewerFunctions(associations []functionAssociation) (functions viewerFunctions, err error) {
	for _, association := range associations {
		slot := &functions.request
		switch association.EventType {
		case "viewer-request":
		case "viewer-response":
			slot = &functions.response
		default:
			return functions, fmt.Errorf(
				"the CloudFront Function %s is on %s: AWS takes viewer-request and viewer-response",
				association.FunctionARN, association.EventType,
			)
		}
		if *slot != nil {
			return functions, fmt.Errorf("has two CloudFront Functions on %s: AWS takes one", association.EventType)
		}
		function := d.config.ViewerFunctions[association.FunctionARN]
		if function == nil {
			return functions, fmt.Errorf("the CloudFront Function %s is not in the assembly", association.FunctionARN)
		}
		*slot = &viewerFunction{function: function, eventType: association.EventType}
	}
	return functions, nil
}

// onRequest runs the function on the viewer's request, and changes the request as the function says. The answer is
// nil unless the function generated one.
func (v *viewerFunction) onRequest(x *exchange) (*answer, error) {
	sent := newViewerRequest(x)
	returned, err := v.run(x, sent, nil)
	if err != nil {
		return nil, err
	}
	if returned.Result.StatusCode != nil {
		return v.generatedAnswer(returned)
	}
	return nil, v.changeRequest(x, sent, returned)
}

// onResponse runs the function on a response to the viewer, and changes the response as the function says.
func (v *viewerFunction) onResponse(x *exchange, response *answer) error {
	sent := newViewerResponse(response.status, response.header)
	returned, err := v.run(x, newViewerRequest(x), sent)
	if err != nil {
		return err
	}
	return v.changeResponse(response, sent, returned)
}

// run invokes the function. Every failure is a 503. A result that is not an object of the documented structure is
// a 502.
func (v *viewerFunction) run(x *exchange, request *viewerRequest, response *viewerResponse) (*viewerResult, error) {
	event := viewerEvent{Version: "1.0", Request: request, Response: response}
	event.Context.DistributionDomainName, event.Context.DistributionID = x.d.config.DomainName, x.d.config.ID
	event.Context.EventType, event.Context.RequestID = v.eventType, x.id
	event.Viewer.IP = x.client.Addr().String()
	document, err := json.Marshal(map[string]any{"requestId": x.id, "event": event})
	if err != nil {
		return nil, v.executionError(err)
	}
	answered, err := v.function.Invoke(x.r.Context(), document)
	if err == nil {
		defer answered.Body.Close()
		document, err = io.ReadAll(answered.Body)
	}
	switch {
	case x.r.Context().Err() != nil:
		return nil, x.r.Context().Err()
	case err != nil:
		return nil, v.executionError(err)
	}
	var returned viewerResult
	if json.Unmarshal(document, &returned) != nil || returned.Result == nil {
		return nil, v.validationError("it is not an object of the documented structure")
	}
	return &returned, nil
}

// by names the function as one that decides.
func (v *viewerFunction) by() string { return "CloudFront Function " + v.function.Path() }

// executionError is the 503 for a function that failed (CloudFront Developer Guide, http-503-service-unavailable,
// "CloudFront Function execution error").
func (v *viewerFunction) executionError(err error) *refusal {
	return &refusal{
		status: http.StatusServiceUnavailable, code: "FunctionExecutionError",
		message: "The CloudFront function associated with the CloudFront distribution is invalid or could not run.",
		by:      v.by(), reason: "on " + v.eventType + ": " + v.function.Why(err),
	}
}

// validationError is the 502 for a result that CloudFront does not accept (CloudFront Developer Guide,
// edge-function-restrictions-all). AWS does not document X-Cache for this case. The value here is the name of
// CloudFront's metric.
func (v *viewerFunction) validationError(format string, arguments ...any) *refusal {
	reason := fmt.Sprintf(format, arguments...)
	return &refusal{
		status: http.StatusBadGateway, code: "FunctionValidationError",
		message: "The CloudFront function returned an invalid value: " + reason + ".",
		by:      v.by(), reason: "on " + v.eventType + " it returned an invalid value: " + reason,
	}
}
