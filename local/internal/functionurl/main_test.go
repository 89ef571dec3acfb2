package functionurl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	runtime "github.com/aws/aws-lambda-go/lambda"
)

// functionVariable makes the test binary a Lambda function: the functions in these tests are this binary, run as a process.
const functionVariable = "FUNCTION_URL_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(functionVariable) != "" {
		runtime.Start(function)
		return
	}
	os.Exit(m.Run())
}

// function answers by path: with the event, with the request's body as its raw response, or in the way the path says.
func function(_ context.Context, event json.RawMessage) (any, error) {
	var request events.LambdaFunctionURLRequest
	if err := json.Unmarshal(event, &request); err != nil {
		return nil, err
	}
	switch request.RawPath {
	case "/response":
		return json.RawMessage(request.Body), nil
	case "/text":
		return strings.NewReader(request.Body), nil
	case "/fail":
		return nil, errors.New("on purpose")
	case "/die":
		os.Exit(3)
	case "/sleep":
		time.Sleep(time.Minute)
	case "/large":
		return map[string]any{"statusCode": 200, "body": strings.Repeat("x", maxResponseSize)}, nil
	case "/stream":
		return &events.LambdaFunctionURLStreamingResponse{
			StatusCode: 201, Headers: map[string]string{"Content-Type": "text/event-stream", "X-Own": "1"}, Cookies: []string{"a=1", "b=2"},
			Body: &chunks{texts: []string{"one ", "two"}, wait: request.RawQueryString},
		}, nil
	case "/stream-dies":
		return &events.LambdaFunctionURLStreamingResponse{Body: &chunks{texts: []string{"one "}, wait: request.RawQueryString, dies: true}}, nil
	}
	return map[string]any{"statusCode": 200, "headers": map[string]string{"content-type": "application/json"}, "body": string(event)}, nil
}

// chunks is a body that comes bit by bit; after the first it waits, if so told, until the address it is given answers.
type chunks struct {
	texts []string
	wait  string
	dies  bool
	sent  int
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.sent == 1 && c.wait != "" {
		response, err := http.Get("http://127.0.0.1:" + c.wait)
		if err != nil {
			return 0, err
		}
		if err := response.Body.Close(); err != nil {
			return 0, err
		}
	}
	if c.sent == len(c.texts) {
		if c.dies {
			os.Exit(3)
		}
		return 0, io.EOF
	}
	c.sent++
	return copy(p, c.texts[c.sent-1]), nil
}

// compact makes JSON comparable.
func compact(t *testing.T, text []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out.String()
}

func describe(response *http.Response, body []byte) string {
	return fmt.Sprintf("%d %v %s", response.StatusCode, response.Header, body)
}
