package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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

// functionVariable makes the test binary a Lambda function: the function in these tests is this binary, run as a process.
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
		Command: "exec '" + os.Args[0] + "'", Timeout: timeout, Environment: map[string]string{functionVariable: "1"}, Log: io.Discard,
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
		config.Functions = func(arn string) *Function {
			switch arn {
			case orders:
				return &Function{Function: function, Policy: own}
			case orders + ":live":
				return &Function{Function: function}
			}
			return nil
		}
	}
}

const mayInvoke = `{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":["` + orders + `","` + orders + `:live"]}`

func TestInvoke(t *testing.T) {
	a := start(t, setup{caller: mayInvoke, change: withFunction(t, "")})
	client := lambda.NewFromConfig(a.as(a.credentials))
	for _, row := range []struct {
		name, why     string
		function      string
		qualifier     *string
		payload, want string
	}{
		{"name", "", "orders", nil, `{"a":1}`, `{"event":{"a":1}}`},
		{"name with alias", "", "orders:live", nil, `[]`, `{"event":[]}`},
		{"qualifier", "", "orders", aws.String("live"), `1`, `{"event":1}`},
		{"qualifier twice", "they agree", "orders:live", aws.String("live"), `1`, `{"event":1}`},
		{"ARN", "the SDK escapes it in the path", orders, nil, `"日本"`, `{"event":"日本"}`},
		{"ARN with alias", "", orders + ":live", nil, `1`, `{"event":1}`},
		{"partial ARN", "", "111122223333:function:orders", nil, `1`, `{"event":1}`},
		{"no payload", "an empty object", "orders", nil, "", `{"event":{}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			output, err := client.Invoke(t.Context(), &lambda.InvokeInput{
				FunctionName: &row.function, Qualifier: row.qualifier, Payload: []byte(row.payload), InvocationType: types.InvocationTypeRequestResponse, LogType: types.LogTypeNone,
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

// TestInvokeFunctionErrors: the status tells of the call, a header and the payload of the function.
func TestInvokeFunctionErrors(t *testing.T) {
	for _, row := range []struct {
		name, why, payload string
		timeout            time.Duration
		kind, message      string
	}{
		{"fails", "as the runtime reports it", `{"Do":"fail"}`, time.Minute, "errorString", "on purpose"},
		{"dies", "its process ends", `{"Do":"die"}`, time.Minute, "Runtime.ExitError", "ended"},
		{"takes too long", "a second is its timeout", `{"Do":"sleep"}`, time.Second, "Sandbox.Timedout", "timed out after 1s"},
		{"answers too much", "one byte", `{"Do":"large"}`, time.Minute, "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes)."},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t, setup{caller: mayInvoke, change: withTimeout(t, "", row.timeout)})
			output, err := lambda.NewFromConfig(a.as(a.credentials)).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: []byte(row.payload)})
			if err != nil {
				t.Fatal(err)
			}
			var report struct{ ErrorType, ErrorMessage string }
			if err := json.Unmarshal(output.Payload, &report); err != nil {
				t.Fatalf("%v: %.200s", err, output.Payload)
			}
			if output.StatusCode != 200 || aws.ToString(output.FunctionError) != "Unhandled" || report.ErrorType != row.kind || !strings.Contains(report.ErrorMessage, row.message) {
				t.Errorf("%s: %d %s %+v", row.why, output.StatusCode, aws.ToString(output.FunctionError), report)
			}
		})
	}
}

func TestInvokeRefuses(t *testing.T) {
	const (
		any  = `{"Effect":"Allow","Action":"lambda:*","Resource":"*"}`
		none = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		byMe = `{"Effect":"Allow","Principal":{"AWS":"` + callerARN + `"},"Action":"lambda:InvokeFunction","Resource":"` + orders + `"`
	)
	for _, row := range []struct {
		name, why, caller, resource string
		change                      func(*lambda.InvokeInput)
		status                      int
		code, message               string // code "": it is allowed
	}{
		{"no permission", "", none, "", nil, 403, "AccessDeniedException", "is not authorized to perform: lambda:InvokeFunction on resource: " + orders},
		{"by the function's policy", "it suffices", none, byMe + `}`, nil, 200, "", ""},
		{"by the function's policy, alias", "which has another", none, byMe + `}`, func(input *lambda.InvokeInput) { input.Qualifier = aws.String("live") }, 403, "AccessDeniedException", orders + ":live"},
		{"by URL only", "this is not by URL", `{"Effect":"Allow","Action":"lambda:*","Resource":"*","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`, "", nil, 403, "AccessDeniedException", ""},
		{"by URL only, in the function's policy", "this is not by URL", none, byMe + `,"Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`, nil, 403, "AccessDeniedException", ""},
		{"not by URL", "the key is there, and false", `{"Effect":"Allow","Action":"lambda:*","Resource":"*","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"false"}}}`, "", nil, 200, "", ""},
		{"the URL's action", "another one", `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"*"}`, "", nil, 403, "AccessDeniedException", ""},
		{"alias not allowed", "another resource", `{"Effect":"Allow","Action":"lambda:*","Resource":"` + orders + `"}`, "", func(input *lambda.InvokeInput) { input.FunctionName = aws.String("orders:live") }, 403, "AccessDeniedException", orders + ":live"},
		{"unknown, no permission", "who may not call it does not learn that there is none", mayInvoke, "", func(input *lambda.InvokeInput) { input.FunctionName = aws.String("nothing") }, 403, "AccessDeniedException", ":function:nothing"},
		{"unknown", "", any, "", func(input *lambda.InvokeInput) { input.FunctionName = aws.String("nothing") }, 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:nothing"},
		{"unknown alias", "", any, "", func(input *lambda.InvokeInput) { input.Qualifier = aws.String("test") }, 404, "ResourceNotFoundException", "Function not found: " + orders + ":test"},
		{"another account's", "not here", any, "", func(input *lambda.InvokeInput) { input.FunctionName = aws.String("444455556666:function:orders") }, 404, "ResourceNotFoundException", "Function not found"},
		{"another region's", "its endpoint is elsewhere", any, "", func(input *lambda.InvokeInput) {
			input.FunctionName = aws.String("arn:aws:lambda:us-east-1:111122223333:function:orders")
		}, 404, "ResourceNotFoundException", "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')"},
		{"two qualifiers", "which one?", any, "", func(input *lambda.InvokeInput) {
			input.FunctionName, input.Qualifier = aws.String("orders:live"), aws.String("test")
		}, 400, "InvalidParameterValueException", "does not match the specified qualifier"},
		{"no function's name", "malformed", any, "", func(input *lambda.InvokeInput) { input.FunctionName = aws.String("a b") }, 400, "ValidationException", "functionName"},
		{"name escaped twice", "a % is in no name", any, "", func(input *lambda.InvokeInput) { input.FunctionName = aws.String("order%73") }, 400, "ValidationException", "functionName"},
		{"broken JSON", "Lambda parses it", any, "", func(input *lambda.InvokeInput) { input.Payload = []byte(`{"a":`) }, 400, "InvalidRequestContentException", "Could not parse request body into json"},
		{"asynchronous", "not simulated", any, "", func(input *lambda.InvokeInput) { input.InvocationType = types.InvocationTypeEvent }, 400, "InvalidParameterValueException", "X-Amz-Invocation-Type"},
		{"dry run", "not simulated", any, "", func(input *lambda.InvokeInput) { input.InvocationType = types.InvocationTypeDryRun }, 400, "InvalidParameterValueException", "X-Amz-Invocation-Type"},
		{"log tail", "not simulated", any, "", func(input *lambda.InvokeInput) { input.LogType = types.LogTypeTail }, 400, "InvalidParameterValueException", "X-Amz-Log-Type"},
		{"client context", "the function would not see it", any, "", func(input *lambda.InvokeInput) { input.ClientContext = aws.String("e30=") }, 400, "InvalidParameterValueException", "X-Amz-Client-Context"},
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

// TestInvokeByLease: a session that may call a URL may not use the Invoke API.
func TestInvokeByLease(t *testing.T) {
	const byURL = `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"*","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}},` +
		`{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`
	a := start(t, setup{leased: byURL, change: withFunction(t, "")})
	output, err := a.lease(t, func(input *sts.AssumeRoleInput) {
		input.Policy = aws.String(`{"Version":"2012-10-17","Statement":[` + byURL + `]}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = lambda.NewFromConfig(a.as(session(output))).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("orders")})
	a.expectRefusal(t, "InvokedViaFunctionUrl is false", err, 403, "AccessDeniedException", "assumed-role/leased/alice is not authorized to perform: lambda:InvokeFunction")
}

// TestOtherLambdaOperations: what is not simulated says so.
func TestOtherLambdaOperations(t *testing.T) {
	a := start(t, setup{caller: `{"Effect":"Allow","Action":"*","Resource":"*"}`, change: withFunction(t, "")})
	_, err := lambda.NewFromConfig(a.as(a.credentials)).GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("orders")})
	a.expectRefusal(t, "only Invoke", err, 400, "InvalidRequestContentException", "no other operation")
}
