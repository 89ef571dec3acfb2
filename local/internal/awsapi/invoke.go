package awsapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

var (
	invokePath = regexp.MustCompile(`^/2015-03-31/functions/([^/]+)/invocations$`)
	// functionName is a name, partial ARN or ARN, each with a qualifier or without (Lambda API Reference, API_Invoke, FunctionName).
	functionName = regexp.MustCompile(`^(?:arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:|(\d{12}):function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$`)
)

// invokeHeaders are what else Invoke takes, and of each the value that changes nothing; "" where there is none.
var invokeHeaders = map[string]string{
	"X-Amz-Invocation-Type": "RequestResponse", "X-Amz-Log-Type": "None", "X-Amz-Client-Context": "", "X-Amz-Tenant-Id": "", "X-Amz-Durable-Execution-Name": "",
}

// maxResponse is the largest answer in bytes (Lambda Developer Guide, gettingstarted-limits: 6 MB, and the message that AWS has
// for more of it).
const maxResponse = 6291556

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
	for header, simulated := range invokeHeaders {
		if value := c.Header.Get(header); value != "" && value != simulated {
			return nil, invalidParameter("furl local does not simulate this value of " + header + ": leave it out")
		}
	}
	arn, failed := h.functionARN(parts[1], c.URL.Query().Get("Qualifier"), c.region)
	if failed != nil {
		return nil, failed
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
	return invoke(c, function)
}

// functionARN is the ARN, with its qualifier, that a request names.
func (h *Handler) functionARN(name, qualifier, region string) (string, *failure) {
	parts := functionName.FindStringSubmatch(name)
	if parts == nil {
		return "", &failure{status: 400, code: "ValidationException", message: "1 validation error detected: Value at 'functionName' is neither a function's name nor its ARN"}
	}
	if parts[1] != "" && parts[1] != region {
		message := fmt.Sprintf("Functions from '%s' are not reachable in this region ('%s')", parts[1], region)
		return "", &failure{status: 404, code: "ResourceNotFoundException", message: message}
	}
	if qualifier != "" && parts[5] != "" && qualifier != parts[5] {
		return "", invalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
	}
	arn := fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, cmp.Or(parts[2], parts[3], h.config.Account), parts[4])
	if qualifier = cmp.Or(qualifier, parts[5]); qualifier != "" {
		arn += ":" + qualifier
	}
	return arn, nil
}

func invoke(c *call, function *Function) (any, *failure) {
	event := c.body
	if len(event) == 0 {
		event = []byte("{}")
	}
	if !json.Valid(event) {
		return nil, &failure{status: 400, code: "InvalidRequestContentException", message: "Could not parse request body into json"}
	}
	payload, err := answerOf(c.Context(), function, event)
	if err != nil {
		return &invocation{report(err), "Unhandled"}, nil
	}
	return &invocation{payload: payload}, nil
}

func answerOf(ctx context.Context, function *Function, event []byte) ([]byte, error) {
	response, err := function.Invoke(ctx, event)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	payload, err := io.ReadAll(io.LimitReader(response.Body, maxResponse+1))
	if err == nil && len(payload) > maxResponse {
		message := fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse)
		err = &lambda.FunctionError{Type: "Function.ResponseSizeTooLarge", Message: message}
	}
	return payload, err
}

// report is the payload that tells of a function's failure, with Lambda's error types.
func report(err error) []byte {
	failed := &lambda.FunctionError{Type: "Runtime.ExitError", Message: err.Error()}
	if errors.Is(err, lambda.ErrTimeout) {
		failed.Type = "Sandbox.Timedout"
	}
	errors.As(err, &failed)
	payload, _ := json.Marshal(map[string]string{"errorType": failed.Type, "errorMessage": failed.Message}) // strings only: cannot fail
	return payload
}

func invalidParameter(message string) *failure {
	return &failure{status: 400, code: "InvalidParameterValueException", message: message}
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
