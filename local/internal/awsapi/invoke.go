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
	// functionName is a name, partial ARN or ARN. Each may have a qualifier (Lambda API Reference, API_Invoke,
	// FunctionName).
	functionName = regexp.MustCompile(`^(?:arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:|(\d{12}):function:)?` +
		`([\w-]+)(?::(\$LATEST|[\w-]+))?$`)
)

// invokeHeaders are the optional headers of Invoke, each with its default value. A header without a default has
// "". No other value is simulated.
var invokeHeaders = map[string]string{
	"X-Amz-Invocation-Type": "RequestResponse", "X-Amz-Log-Type": "None", "X-Amz-Client-Context": "",
	"X-Amz-Tenant-Id": "", "X-Amz-Durable-Execution-Name": "",
}

// maxResponse is the largest answer in bytes. The limit is 6 MB (Lambda Developer Guide, gettingstarted-limits),
// and AWS's message for a larger answer names this number.
const maxResponse = 6291556

// invocation is the answer of Invoke.
type invocation struct {
	payload       []byte
	functionError string // "Unhandled" if the function failed
	path, why     string // the function's construct path, and the reason of its failure, for the log
}

// serveInvoke answers Lambda's Invoke, type RequestResponse. The condition key lambda:InvokedViaFunctionUrl is
// false here, and true for a call of a function URL (Lambda Developer Guide, urls-auth).
func (h *Handler) serveInvoke(c *call) (any, *refusal) {
	parts := invokePath.FindStringSubmatch(c.URL.Path)
	if parts == nil || c.Method != http.MethodPost {
		return nil, invalidContent("furl local has no other operation of Lambda than Invoke")
	}
	c.record().Name("lambda:Invoke")
	for header, simulated := range invokeHeaders {
		if value := c.Header.Get(header); value != "" && value != simulated {
			return nil, invalidParameter("furl local does not simulate this value of " + header + ": leave it out")
		}
	}
	arn, refused := h.functionARN(parts[1], c.URL.Query().Get("Qualifier"), c.region)
	if refused != nil {
		return nil, refused
	}
	const action = "lambda:InvokeFunction"
	decision := iam.Evaluate(iam.Request{
		Action: action, Resource: arn, ResourceAccount: h.config.Account, Identity: c.identity,
		Context: h.conditionKeys(c, map[string][]string{"lambda:InvokedViaFunctionUrl": {"false"}}),
	}, h.config.Policy(arn))
	if !decision.Allowed {
		return nil, &refusal{
			status: 403, code: "AccessDeniedException",
			message: notAuthorized(c, action, arn), reason: decision.Reason,
		}
	}
	function, err := h.config.Function(arn)
	if err != nil {
		return nil, &refusal{status: 404, code: "ResourceNotFoundException", message: "Function not found: " + arn}
	}
	return invoke(c, function)
}

// functionARN is the ARN that a request names, with its qualifier.
func (h *Handler) functionARN(name, qualifier, region string) (string, *refusal) {
	parts := functionName.FindStringSubmatch(name)
	if parts == nil {
		return "", &refusal{
			status: 400, code: "ValidationException",
			message: "1 validation error detected: Value at 'functionName' is neither a function's name nor its ARN",
		}
	}
	if parts[1] != "" && parts[1] != region {
		return "", &refusal{
			status: 404, code: "ResourceNotFoundException",
			message: fmt.Sprintf("Functions from '%s' are not reachable in this region ('%s')", parts[1], region),
		}
	}
	if qualifier != "" && parts[5] != "" && qualifier != parts[5] {
		return "", invalidParameter(
			"The derived qualifier from the function name does not match the specified qualifier.")
	}
	arn := fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s",
		region, cmp.Or(parts[2], parts[3], h.config.Account), parts[4])
	if qualifier = cmp.Or(qualifier, parts[5]); qualifier != "" {
		arn += ":" + qualifier
	}
	return arn, nil
}

func invoke(c *call, function *lambda.Function) (any, *refusal) {
	event := c.body
	if len(event) == 0 {
		event = []byte("{}")
	}
	if !json.Valid(event) {
		return nil, invalidContent("Could not parse request body into json")
	}
	payload, err := readPayload(c.Context(), function, event)
	if err != nil {
		return &invocation{
			payload: errorPayload(err), functionError: "Unhandled", path: function.Path(), why: function.Why(err),
		}, nil
	}
	return &invocation{payload: payload, path: function.Path()}, nil
}

func readPayload(ctx context.Context, function *lambda.Function, event []byte) ([]byte, error) {
	response, err := function.Invoke(ctx, event)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	payload, err := io.ReadAll(io.LimitReader(response.Body, maxResponse+1))
	if err == nil && len(payload) > maxResponse {
		const format = "Response payload size exceeded maximum allowed payload size (%d bytes)."
		err = &lambda.FunctionError{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf(format, maxResponse)}
	}
	return payload, err
}

// errorPayload is the payload for a failure of the function, with Lambda's error types.
func errorPayload(err error) []byte {
	failure := &lambda.FunctionError{Type: "Runtime.ExitError", Message: err.Error()}
	if errors.Is(err, lambda.ErrTimeout) {
		failure.Type = "Sandbox.Timedout"
	}
	errors.As(err, &failure)
	// Strings only, so Marshal cannot fail.
	payload, _ := json.Marshal(map[string]string{"errorType": failure.Type, "errorMessage": failure.Message})
	return payload
}

func invalidContent(message string) *refusal {
	return &refusal{status: 400, code: "InvalidRequestContentException", message: message}
}

func invalidParameter(message string) *refusal {
	return &refusal{status: 400, code: "InvalidParameterValueException", message: message}
}

func writeLambda(w http.ResponseWriter, _ string, answer any, refused *refusal) {
	w.Header().Set("Content-Type", "application/json")
	if refused != nil {
		w.Header().Set("X-Amzn-Errortype", refused.code)
		text, _ := json.Marshal(map[string]string{"Message": refused.message}) // strings only, so it cannot fail
		w.WriteHeader(refused.status)
		_, _ = w.Write(text)
		return
	}
	result := answer.(*invocation)
	if result.functionError != "" {
		w.Header().Set("X-Amz-Function-Error", result.functionError)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(result.payload)
}
