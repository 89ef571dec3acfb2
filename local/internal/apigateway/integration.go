package apigateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Lambda's limits on the payloads of an invocation: the size that its error names for an event (RequestEntityTooLargeException) and the
// one for an answer. They are below API Gateway's 10 MB.
const (
	maxEvent  = 6291456
	maxAnswer = 6291556
)

// integrate invokes the function and answers what it answers.
func (a *API) integrate(w http.ResponseWriter, x *exchange) *refusal {
	function := x.method.Lambda
	if decision := a.permitted(function, a.arn(x)); !decision.Allowed {
		return &refusal{kind: "API_CONFIGURATION_ERROR", message: "Internal server error", reason: decision.Reason}
	}
	event := a.proxyEvent(x)
	if len(event) > maxEvent {
		return &refusal{kind: "REQUEST_TOO_LARGE", message: "Request Too Long", reason: "with this body the function's event is over Lambda's 6 MB"}
	}
	ctx, cancel := context.WithTimeout(x.Context(), x.method.Timeout)
	defer cancel()
	text, err := function.call(ctx, event)
	if err == nil {
		var result *answer
		if result, err = readAnswer(text); err == nil {
			if err = a.decodeBody(result, x); err == nil {
				result.write(w)
				return nil
			}
		}
	}
	switch {
	case x.Context().Err() != nil:
		panic(http.ErrAbortHandler) // the client is gone
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		reason := fmt.Sprintf("the function did not answer in %s", x.method.Timeout)
		return &refusal{kind: "INTEGRATION_TIMEOUT", message: "Endpoint request timed out", reason: reason}
	}
	// 502 for an error of the function and for an answer of another format (set-up-lambda-proxy-integrations); no gateway response of its own.
	return &refusal{kind: "DEFAULT_5XX", message: "Internal server error", reason: err.Error()}
}

// call invokes the function and reads its whole answer, unless ctx ends before.
func (f *Function) call(ctx context.Context, event []byte) ([]byte, error) {
	response, err := f.Invoke(ctx, event)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = response.Body.Close() })()
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read the function's answer: %w", err)
	}
	if len(text) > maxAnswer {
		return nil, fmt.Errorf("the function's answer is over Lambda's %d bytes", maxAnswer)
	}
	return text, nil
}
