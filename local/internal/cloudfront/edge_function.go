package cloudfront

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// edgeFunctions are the Lambda@Edge functions of a behavior, one for each event. A field is nil where there is none.
type edgeFunctions struct {
	viewerRequest, originRequest, originResponse, viewerResponse *edgeFunction
}

// edgeFunction is a Lambda@Edge function on one event.
type edgeFunction struct {
	event       *edgeEventType
	function    *lambda.Function
	includeBody bool
}

// of returns the field of an event, or nil if the name is no event's.
func (f *edgeFunctions) of(eventType string) (field **edgeFunction, event *edgeEventType) {
	switch eventType {
	case viewerRequestEvent.name:
		return &f.viewerRequest, viewerRequestEvent
	case originRequestEvent.name:
		return &f.originRequest, originRequestEvent
	case originResponseEvent.name:
		return &f.originResponse, originResponseEvent
	case viewerResponseEvent.name:
		return &f.viewerResponse, viewerResponseEvent
	}
	return nil, nil
}

var versionARN = regexp.MustCompile(`:function:[^:]+:[0-9]+\z`)

// newEdgeFunctions finds the behavior's Lambda@Edge functions. It refuses them on viewer events beside CloudFront
// Functions, even if one is on the request and the other on the response (CloudFront Developer Guide,
// edge-function-restrictions-all).
func (d *Distribution) newEdgeFunctions(
	associations []lambdaAssociation, viewer viewerFunctions,
) (functions edgeFunctions, err error) {
	for _, association := range associations {
		arn := association.LambdaFunctionARN
		field, event := functions.of(association.EventType)
		switch {
		case field == nil:
			return functions, fmt.Errorf("the edge function %s is on %s, which is no event of Lambda@Edge",
				arn, association.EventType)
		case !versionARN.MatchString(arn):
			return functions, fmt.Errorf("the edge function %s is not a numbered version, as Lambda@Edge requires", arn)
		case *field != nil:
			return functions, fmt.Errorf("has two edge functions on %s: AWS takes one", event.name)
		case association.IncludeBody && !event.isRequest:
			const message = "the edge function %s is on %s with IncludeBody: only request events have a body"
			return functions, fmt.Errorf(message, arn, event.name)
		case d.config.Functions[arn] == nil:
			return functions, fmt.Errorf("the edge function %s is not in the assembly", arn)
		}
		*field = &edgeFunction{
			event: event, function: d.config.Functions[arn], includeBody: association.IncludeBody,
		}
	}
	if viewer != (viewerFunctions{}) && (functions.viewerRequest != nil || functions.viewerResponse != nil) {
		err = errors.New("has a CloudFront Function and an edge function on viewer events: AWS takes one kind")
	}
	return functions, err
}

// by names the function as one that decides.
func (e *edgeFunction) by() string { return "edge function " + e.function.Path() }

// spareResult is the room in bytes for headers that a function adds to the event's request. Most results need no more.
const spareResult = 8 << 10

// invoke runs the function and reads its whole result. Every failure is a 503, be it a throw, a timeout or the end
// of the process.
func (e *edgeFunction) invoke(x *exchange, event []byte) ([]byte, error) {
	response, err := e.function.Invoke(x.r.Context(), event)
	if err == nil {
		defer response.Body.Close()
		result := bytes.NewBuffer(make([]byte, 0, len(event)+spareResult))
		if _, err = result.ReadFrom(response.Body); err == nil {
			return result.Bytes(), nil
		}
	}
	if x.r.Context().Err() != nil {
		return nil, x.r.Context().Err()
	}
	return nil, executionError(e, err)
}
