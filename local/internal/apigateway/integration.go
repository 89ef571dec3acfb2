package apigateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// Lambda limits the payloads of an invocation to these sizes, in bytes. Its errors name both numbers, and the
// error for an event is RequestEntityTooLargeException. API Gateway's limit of 10 MB is higher.
const (
	maxEvent  = 6291456
	maxAnswer = 6291556
)

// integrate invokes the function and passes its answer on.
func (a *API) integrate(w http.ResponseWriter, x *exchange) *refusal {
	function := x.method.Lambda
	if decision := a.invokePermission(x, function, a.permissionARN(x)); !decision.Allowed {
		return &refusal{code: "API_CONFIGURATION_ERROR", message: "Internal server error", reason: decision.Reason}
	}
	event := a.proxyEvent(x)
	if len(event) > maxEvent {
		return &refusal{
			code: "REQUEST_TOO_LARGE", message: "Request Too Long",
			reason: "with this body the function's event is over Lambda's 6 MB",
		}
	}
	ctx, cancel := context.WithTimeout(x.Context(), x.method.Timeout)
	defer cancel()
	result, err := a.answerOf(ctx, x, event)
	switch {
	case err == nil:
		journal.From(x.Context()).Decide("function "+function.Path(), "")
		result.write(w)
		return nil
	case x.Context().Err() != nil:
		panic(http.ErrAbortHandler) // the client is gone
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &refusal{
			code: "INTEGRATION_TIMEOUT", message: "Endpoint request timed out",
			reason: fmt.Sprintf("the function did not answer in %s", x.method.Timeout),
		}
	}
	// An error of the function and an answer of another format are a 502 (set-up-lambda-proxy-integrations). No
	// response type is theirs alone.
	return &refusal{
		code: "DEFAULT_5XX", message: "Internal server error",
		by: "function " + function.Path(), reason: function.Why(err),
	}
}

// answerOf is the function's answer to an event, with its body as it goes on the wire.
func (a *API) answerOf(ctx context.Context, x *exchange, event []byte) (*answer, error) {
	text, err := x.method.Lambda.call(ctx, event)
	if err != nil {
		return nil, err
	}
	result, err := readAnswer(text)
	if err != nil {
		return nil, err
	}
	return result, a.decodeBody(result, x)
}

// call invokes the function and reads its whole answer, unless ctx ends first.
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
