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

// functionVariable makes the test binary a Lambda function. The functions in these tests are processes of this
// binary.
const functionVariable = "FUNCTION_URL_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(functionVariable) != "" {
		runtime.Start(function)
		return
	}
	os.Exit(m.Run())
}

// function answers in the way that the path says. Any other path is answered with the event.
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
			StatusCode: 201, Headers: map[string]string{"Content-Type": "text/event-stream", "X-Own": "1"},
			Cookies: []string{"a=1", "b=2"},
			Body:    &chunks{texts: []string{"one ", "two"}, port: request.RawQueryString},
		}, nil
	case "/stream-dies":
		return &events.LambdaFunctionURLStreamingResponse{
			Body: &chunks{texts: []string{"one "}, port: request.RawQueryString, dies: true},
		}, nil
	}
	return map[string]any{
		"statusCode": 200, "headers": map[string]string{"content-type": "application/json"}, "body": string(event),
	}, nil
}

// chunks is a body that comes bit by bit. After the first text it waits until a port answers, if it has one.
type chunks struct {
	texts []string
	port  string // on loopback, "" for no wait
	dies  bool   // at the end
	sent  int    // texts
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.sent == 1 && c.port != "" {
		response, err := http.Get("http://127.0.0.1:" + c.port)
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
