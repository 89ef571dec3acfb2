package awsapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

var invokePath = regexp.MustCompile(`^/2015-03-31/functions/([^/]+)/invocations$`)

// invocation is the answer of Invoke.
type invocation struct {
	payload []byte
	failed  string // "Unhandled" if the function failed
}

// serveInvoke answers Lambda's Invoke, type RequestResponse. What tells it from a call of a Function URL is that
// lambda:InvokedViaFunctionUrl is false here (Lambda Developer Guide, urls-auth).
func (h *Handler) serveInvoke(c *call) (any, *failure) {
	parts := invokePath.FindStringSubmatch(c.URL.Path)
	if parts == nil || c.Method != http.MethodPost {
		return nil, &failure{status: 400, code: "InvalidRequestContentException", message: "furl local has no other operation of Lambda than Invoke"}
	}
	if kind := c.Header.Get("X-Amz-Invocation-Type"); kind != "" && kind != "RequestResponse" {
		return nil, &failure{status: 400, code: "InvalidParameterValueException", message: "invocation type " + quoted(kind) + " is not simulated: use RequestResponse"}
	}
	arn, err := h.functionARN(parts[1], c.URL.Query().Get("Qualifier"), c.region)
	if err != nil {
		return nil, &failure{status: 400, code: "ValidationException", message: err.Error()}
	}
	const action = "lambda:InvokeFunction"
	function := h.config.Functions(arn)
	var policy *iam.Policy
	if function != nil {
		policy = function.Policy
	}
	decision := iam.Evaluate(iam.Request{
		Action: action, Resource: arn, ResourceAccount: h.config.Account, Identity: c.identity,
		Context: h.conditionKeys(c, map[string][]string{"lambda:InvokedViaFunctionUrl": {"false"}}),
	}, policy)
	if !decision.Allowed {
		return nil, &failure{
			status: 403, code: "AccessDeniedException", reason: decision.Reason,
			message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", c.identity.ARN(), action, arn),
		}
	}
	if function == nil {
		return nil, &failure{status: 404, code: "ResourceNotFoundException", message: "Function not found: " + arn}
	}
	return h.invoke(c, function)
}

func (h *Handler) invoke(c *call, function *Function) (any, *failure) {
	event := c.body
	if len(event) == 0 {
		event = []byte("{}")
	}
	if !json.Valid(event) {
		return nil, &failure{status: 400, code: "InvalidRequestContentException", message: "Could not parse request body into json"}
	}
	response, err := function.Invoke(c.Context(), event)
	var reported *lambda.FunctionError
	switch {
	case errors.As(err, &reported):
		payload, _ := json.Marshal(map[string]string{"errorType": reported.Type, "errorMessage": reported.Message})
		return &invocation{payload, "Unhandled"}, nil
	case err != nil:
		payload, _ := json.Marshal(map[string]string{"errorMessage": err.Error()})
		return &invocation{payload, "Unhandled"}, nil
	}
	defer response.Body.Close()
	payload, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, &failure{status: 502, code: "ServiceException", message: "the function's answer broke off"}
	}
	return &invocation{payload: payload}, nil
}

// functionARN is the ARN that a function's name, NAME:QUALIFIER or ARN stands for.
func (h *Handler) functionARN(name, qualifier, region string) (string, error) {
	name, err := url.PathUnescape(name)
	if err != nil {
		return "", fmt.Errorf("function name: %w", err)
	}
	if !strings.HasPrefix(name, "arn:") {
		name = fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, h.config.Account, name)
	}
	if qualifier != "" {
		name += ":" + qualifier
	}
	return name, nil
}

func writeLambda(w http.ResponseWriter, _ string, answer any, failed *failure) {
	w.Header().Set("Content-Type", "application/json")
	if failed != nil {
		w.Header().Set("X-Amzn-Errortype", failed.code)
		text, _ := json.Marshal(map[string]string{"Message": failed.message}) // strings only: cannot fail
		w.WriteHeader(failed.status)
		_, _ = w.Write(text)
		return
	}
	result := answer.(*invocation)
	if result.failed != "" {
		w.Header().Set("X-Amz-Function-Error", result.failed)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(result.payload)
}
