package apigateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"
)

// functionVariable makes the test binary a Lambda function. The functions in these tests are processes of this
// binary.
const functionVariable = "APIGATEWAY_TEST"

func TestMain(m *testing.M) {
	switch os.Getenv(functionVariable) {
	case "integration":
		runtime.Start(integration)
	case "authorizer":
		runtime.Start(authorize)
	default:
		os.Exit(m.Run())
	}
}

// integration answers in the way that the path says. Any other path is answered with the event.
func integration(_ context.Context, text json.RawMessage) (any, error) {
	var event struct {
		Path, Body string
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return nil, err
	}
	switch event.Path {
	case "/answer":
		return json.RawMessage(event.Body), nil
	case "/fail":
		return nil, errors.New("on purpose")
	case "/die":
		os.Exit(3)
	case "/sleep":
		time.Sleep(time.Minute)
	case "/stall":
		return &stalledBody{}, nil
	case "/large":
		return map[string]any{"body": strings.Repeat("x", maxAnswer)}, nil
	}
	return map[string]any{"statusCode": 200, "body": string(text)}, nil
}

// stalledBody is an answer that begins and does not go on.
type stalledBody struct{ begun bool }

func (s *stalledBody) Read(p []byte) (int, error) {
	if s.begun {
		time.Sleep(time.Minute)
		return 0, io.EOF
	}
	s.begun = true
	return copy(p, `{"body":"`), nil
}

// invocations counts the calls of the authorizer. Requests one after another meet the same process.
var invocations int

// authorize is an authorizer that does what the token says. Its context has its event and the number of the
// invocation.
func authorize(_ context.Context, text json.RawMessage) (any, error) {
	invocations++
	var event struct {
		AuthorizationToken    string
		MethodArn             string
		Headers               map[string]string
		QueryStringParameters map[string]string
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return nil, err
	}
	token := event.AuthorizationToken
	if token == "" {
		token = event.Headers["X-Token"] + event.QueryStringParameters["token"]
	}
	token, _, _ = strings.Cut(token, " ") // the rest only makes it another token
	effect, resource := "Allow", event.MethodArn
	switch token {
	case "allow":
	case "everywhere":
		resource = "arn:aws:execute-api:*:*:*/*"
	case "elsewhere":
		resource += "/elsewhere"
	case "deny":
		effect = "Deny"
	case "unauthorized":
		return nil, errors.New("Unauthorized")
	case "die":
		os.Exit(3)
	case "sleep":
		time.Sleep(time.Minute)
	default:
		return nil, fmt.Errorf("unauthorized: no such token")
	}
	return map[string]any{
		"principalId": "user-1",
		"policyDocument": map[string]any{
			"Version":   "2012-10-17",
			"Statement": []any{map[string]any{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}},
		},
		"context": map[string]any{"invocation": invocations, "event": string(text)},
	}, nil
}
