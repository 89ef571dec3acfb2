package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/furl-cdk/furl/local/internal/iam"
	local "github.com/furl-cdk/furl/local/internal/lambda"
)

// functionVariable makes the test binary a Lambda function. The function in these tests is a process of this binary.
const functionVariable = "AWSAPI_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(functionVariable) != "" {
		runtime.Start(handle)
		return
	}
	os.Exit(m.Run())
}

// handle answers with its event, or in the way that the event says.
func handle(_ context.Context, event json.RawMessage) (any, error) {
	var request struct{ Do string }
	_ = json.Unmarshal(event, &request) // an event that is no object is answered as any other
	switch request.Do {
	case "fail":
		return nil, errors.New("on purpose")
	case "die":
		os.Exit(3)
	case "sleep":
		time.Sleep(time.Minute)
	case "large":
		return strings.Repeat("x", maxResponse-1), nil // and two quotes
	}
	return map[string]any{"event": event}, nil
}

const orders = "arn:aws:lambda:eu-west-1:111122223333:function:orders"

// withFunction gives the APIs the function, and as its alias "live".
func withFunction(t *testing.T, resourcePolicy string) func(*Config) {
	t.Helper()
	return withTimeout(t, resourcePolicy, time.Minute)
}

func withTimeout(t *testing.T, resourcePolicy string, timeout time.Duration) func(*Config) {
	t.Helper()
	function, err := local.New(local.Config{
		Path: "Stack/Orders", Name: "orders", ARN: orders, Runtime: "provided.al2023", Region: region,
		Command: "exec '" + os.Args[0] + "'", Timeout: timeout, Environment: map[string]string{functionVariable: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := function.Close(); err != nil {
			t.Error(err)
		}
	})
	var own *iam.Policy
	if resourcePolicy != "" {
		own = policy(t, "resource policy", resourcePolicy)
	}
	return func(config *Config) {
		config.Function = func(arn string) (*local.Function, error) {
			if arn != orders && arn != orders+":live" {
				return nil, errors.New("there is no such function")
			}
			return function, nil
		}
		config.Policy = func(arn string) *iam.Policy {
			if arn != orders {
				return nil
			}
			return own
		}
	}
}

const mayInvoke = `{"Effect":"Allow","Action":"lambda:InvokeFunction",` +
	`"Resource":["` + orders + `","` + orders + `:live"]}`

func TestInvoke(t *testing.T) {
	a := start(t, setup{caller: mayInvoke, change: withFunction(t, "")})
	client := lambda.NewFromConfig(a.as(a.credentials))
	for _, row := range []struct {
		name, why     string
		function      string
		qualifier     *string
		payload, want string
	}{
		{"name", "the function itself", "orders", nil, `{"a":1}`, `{"event":{"a":1}}`},
		{"name with alias", "after a colon", "orders:live", nil, `[]`, `{"event":[]}`},
		{"qualifier", "the alias beside the name", "orders", aws.String("live"), `1`, `{"event":1}`},
		{"qualifier twice", "they agree", "orders:live", aws.String("live"), `1`, `{"event":1}`},
		{"ARN", "the SDK escapes it in the path", orders, nil, `"日本"`, `{"event":"日本"}`},
		{"ARN with alias", "after a colon", orders + ":live", nil, `1`, `{"event":1}`},
		{"partial ARN", "account and name", "111122223333:function:orders", nil, `1`, `{"event":1}`},
		{"no payload", "an empty object", "orders", nil, "", `{"event":{}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			output, err := client.Invoke(t.Context(), &lambda.InvokeInput{
				FunctionName: &row.function, Qualifier: row.qualifier, Payload: []byte(row.payload),
				InvocationType: types.InvocationTypeRequestResponse, LogType: types.LogTypeNone,
			})
			if err != nil {
				t.Fatalf("%s: %v\n%s", row.why, err, a.log)
			}
			if output.StatusCode != 200 || output.FunctionError != nil || string(output.Payload) != row.want {
				t.Errorf("%s: %d %s %s", row.why, output.StatusCode, aws.ToString(output.FunctionError), output.Payload)
			}
		})
	}
}

// TestInvokeFunctionErrors checks that a failure of the function shows in a header and in the payload. The status
// tells of the call only.
func TestInvokeFunctionErrors(t *testing.T) {
	for _, row := range []struct {
		name, why, payload string
		timeout            time.Duration
		kind, message      string
	}{
		{
			name: "fails", why: "as the runtime reports it",
			payload: `{"Do":"fail"}`, timeout: time.Minute, kind: "errorString", message: "on purpose",
		},
		{
			name: "dies", why: "its process ends",
			payload: `{"Do":"die"}`, timeout: time.Minute, kind: "Runtime.ExitError", message: "ended",
		},
		{
			name: "takes too long", why: "a second is its timeout",
			payload: `{"Do":"sleep"}`, timeout: time.Second, kind: "Sandbox.Timedout", message: "timed out after 1s",
		},
		{
			name: "answers too much", why: "one byte",
			payload: `{"Do":"large"}`, timeout: time.Minute, kind: "Function.ResponseSizeTooLarge",
			message: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t, setup{caller: mayInvoke, change: withTimeout(t, "", row.timeout)})
			output, err := lambda.NewFromConfig(a.as(a.credentials)).Invoke(t.Context(), &lambda.InvokeInput{
				FunctionName: aws.String("orders"), Payload: []byte(row.payload),
			})
			if err != nil {
				t.Fatal(err)
			}
			var report struct{ ErrorType, ErrorMessage string }
			if err := json.Unmarshal(output.Payload, &report); err != nil {
				t.Fatalf("%v: %.200s", err, output.Payload)
			}
			status, functionError := output.StatusCode, aws.ToString(output.FunctionError)
			if status != 200 || functionError != "Unhandled" ||
				report.ErrorType != row.kind || !strings.Contains(report.ErrorMessage, row.message) {
				t.Errorf("%s: %d %s %+v", row.why, status, functionError, report)
			}
		})
	}
}

func TestInvokeRefuses(t *testing.T) {
	const (
		any  = `{"Effect":"Allow","Action":"lambda:*","Resource":"*"}`
		none = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		byMe = `{"Effect":"Allow","Principal":{"AWS":"` + callerARN + `"},` +
			`"Action":"lambda:InvokeFunction","Resource":"` + orders + `"`
		byURL    = `,"Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`
		notByURL = `,"Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"false"}}}`
	)
	for _, row := range []struct {
		name, why, caller, resource string
		change                      func(*lambda.InvokeInput)
		status                      int
		code, message               string // code "" if it is allowed
	}{
		{
			name: "no permission", why: "neither policy allows it",
			caller: none, status: 403, code: "AccessDeniedException",
			message: "is not authorized to perform: lambda:InvokeFunction on resource: " + orders,
		},
		{name: "by the function's policy", why: "it suffices", caller: none, resource: byMe + `}`, status: 200},
		{
			name: "by the function's policy, alias", why: "which has another",
			caller: none, resource: byMe + `}`,
			change: func(input *lambda.InvokeInput) { input.Qualifier = aws.String("live") }, status: 403,
			code: "AccessDeniedException", message: orders + ":live",
		},
		{
			name: "by URL only", why: "this is not by URL",
			caller: `{"Effect":"Allow","Action":"lambda:*","Resource":"*"` + byURL,
			status: 403, code: "AccessDeniedException",
		},
		{
			name: "by URL only, in the function's policy", why: "this is not by URL",
			caller: none, resource: byMe + byURL, status: 403, code: "AccessDeniedException",
		},
		{
			name: "not by URL", why: "the key is there, and false",
			caller: `{"Effect":"Allow","Action":"lambda:*","Resource":"*"` + notByURL, status: 200,
		},
		{
			name: "the URL's action", why: "another one",
			caller: `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"*"}`, status: 403,
			code: "AccessDeniedException",
		},
		{
			name: "alias not allowed", why: "another resource",
			caller: `{"Effect":"Allow","Action":"lambda:*","Resource":"` + orders + `"}`,
			change: func(input *lambda.InvokeInput) { input.FunctionName = aws.String("orders:live") }, status: 403,
			code: "AccessDeniedException", message: orders + ":live",
		},
		{
			name: "unknown, no permission", why: "a caller that may not call it does not learn that there is none",
			caller: mayInvoke, change: func(input *lambda.InvokeInput) { input.FunctionName = aws.String("nothing") },
			status: 403, code: "AccessDeniedException", message: ":function:nothing",
		},
		{
			name: "unknown", why: "a caller that may call it learns that there is none",
			caller: any, change: func(input *lambda.InvokeInput) { input.FunctionName = aws.String("nothing") },
			status: 404, code: "ResourceNotFoundException",
			message: "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:nothing",
		},
		{
			name: "unknown alias", why: "the function has another one",
			caller: any, change: func(input *lambda.InvokeInput) { input.Qualifier = aws.String("test") },
			status: 404, code: "ResourceNotFoundException", message: "Function not found: " + orders + ":test",
		},
		{
			name: "another account's", why: "not here",
			caller: any,
			change: func(input *lambda.InvokeInput) { input.FunctionName = aws.String("444455556666:function:orders") },
			status: 404, code: "ResourceNotFoundException", message: "Function not found",
		},
		{
			name: "another region's", why: "its endpoint is elsewhere",
			caller: any,
			change: func(input *lambda.InvokeInput) {
				input.FunctionName = aws.String("arn:aws:lambda:us-east-1:111122223333:function:orders")
			},
			status: 404, code: "ResourceNotFoundException",
			message: "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
		},
		{
			name: "two qualifiers", why: "which one?",
			caller: any,
			change: func(input *lambda.InvokeInput) {
				input.FunctionName, input.Qualifier = aws.String("orders:live"), aws.String("test")
			},
			status: 400, code: "InvalidParameterValueException", message: "does not match the specified qualifier",
		},
		{
			name: "no function's name", why: "malformed",
			caller: any, change: func(input *lambda.InvokeInput) { input.FunctionName = aws.String("a b") },
			status: 400, code: "ValidationException", message: "functionName",
		},
		{
			name: "name escaped twice", why: "a % is in no name",
			caller: any, change: func(input *lambda.InvokeInput) { input.FunctionName = aws.String("order%73") },
			status: 400, code: "ValidationException", message: "functionName",
		},
		{
			name: "broken JSON", why: "Lambda parses it",
			caller: any, change: func(input *lambda.InvokeInput) { input.Payload = []byte(`{"a":`) }, status: 400,
			code: "InvalidRequestContentException", message: "Could not parse request body into json",
		},
		{
			name: "asynchronous", why: "not simulated",
			caller: any, change: func(input *lambda.InvokeInput) { input.InvocationType = types.InvocationTypeEvent },
			status: 400, code: "InvalidParameterValueException", message: "X-Amz-Invocation-Type",
		},
		{
			name: "dry run", why: "not simulated",
			caller: any,
			change: func(input *lambda.InvokeInput) { input.InvocationType = types.InvocationTypeDryRun },
			status: 400, code: "InvalidParameterValueException", message: "X-Amz-Invocation-Type",
		},
		{
			name: "log tail", why: "not simulated",
			caller: any, change: func(input *lambda.InvokeInput) { input.LogType = types.LogTypeTail }, status: 400,
			code: "InvalidParameterValueException", message: "X-Amz-Log-Type",
		},
		{
			name: "client context", why: "the function would not see it",
			caller: any, change: func(input *lambda.InvokeInput) { input.ClientContext = aws.String("e30=") },
			status: 400, code: "InvalidParameterValueException", message: "X-Amz-Client-Context",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t, setup{caller: row.caller, change: withFunction(t, row.resource)})
			input := &lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: []byte("{}")}
			if row.change != nil {
				row.change(input)
			}
			_, err := lambda.NewFromConfig(a.as(a.credentials)).Invoke(t.Context(), input)
			if row.code == "" {
				if err != nil {
					t.Errorf("%s: %v\n%s", row.why, err, a.log)
				}
				return
			}
			a.expectRefusal(t, row.why, err, row.status, row.code, row.message)
		})
	}
}

// TestInvokeByLease checks that a session that may call a URL may not use the Invoke API.
func TestInvokeByLease(t *testing.T) {
	const byURL = `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"*",` +
		`"Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}},` +
		`{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*",` +
		`"Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`
	a := start(t, setup{leased: byURL, change: withFunction(t, "")})
	output, err := a.lease(t, func(input *sts.AssumeRoleInput) {
		input.Policy = aws.String(`{"Version":"2012-10-17","Statement":[` + byURL + `]}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	client := lambda.NewFromConfig(a.as(session(output)))
	_, err = client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("orders")})
	a.expectRefusal(t, "InvokedViaFunctionUrl is false", err, 403, "AccessDeniedException",
		"assumed-role/leased/alice is not authorized to perform: lambda:InvokeFunction")
}

// TestOtherLambdaOperations checks that the error for another operation says what is simulated.
func TestOtherLambdaOperations(t *testing.T) {
	a := start(t, setup{caller: `{"Effect":"Allow","Action":"*","Resource":"*"}`, change: withFunction(t, "")})
	client := lambda.NewFromConfig(a.as(a.credentials))
	_, err := client.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("orders")})
	a.expectRefusal(t, "only Invoke", err, 400, "InvalidRequestContentException", "no other operation")
}
