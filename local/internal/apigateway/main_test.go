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

// functionVariable makes the test binary a Lambda function: the functions in these tests are this binary, run as a process.
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

// integration answers by path: with the event, with the request's body as its raw answer, or in the way the path says.
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
		return &stalling{}, nil
	case "/large":
		return map[string]any{"body": strings.Repeat("x", maxAnswer)}, nil
	}
	return map[string]any{"statusCode": 200, "body": string(text)}, nil
}

// stalling is an answer that begins and does not go on.
type stalling struct{ begun bool }

func (s *stalling) Read(p []byte) (int, error) {
	if s.begun {
		time.Sleep(time.Minute)
		return 0, io.EOF
	}
	s.begun = true
	return copy(p, `{"body":"`), nil
}

// asked counts the invocations of the authorizer: requests one after another meet the same process.
var asked int

// authorize is an authorizer that does what the token says, and tells in its context what it was given, as how many invocations.
func authorize(_ context.Context, text json.RawMessage) (any, error) {
	asked++
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
	token, _, _ = strings.Cut(token, " ") // what follows only makes it another token
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
			"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}},
		},
		"context": map[string]any{"asked": asked, "event": string(text)},
	}, nil
}
