package apigateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

const (
	apiID   = "a1b2c3d4e5"
	awsHost = apiID + ".execute-api.ap-northeast-1.amazonaws.com"
	region  = "ap-northeast-1"
	account = "111122223333"
	apiARN  = "arn:aws:execute-api:" + region + ":" + account + ":" + apiID
)

type object = map[string]any

// testAPI is a REST API that listens on loopback, with real functions behind it.
type testAPI struct {
	address string
	clock   *clock
	log     *record // with details
	store   *iam.Store
}

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// record is a writer that tests read.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// start starts an API whose only method is ANY /{proxy+}, open to everyone. A change, unless nil, alters its
// configuration. The timeout of its function is a minute.
func start(t *testing.T, change func(*Config)) *testAPI {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := &testAPI{
		address: listener.Addr().String(), clock: &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 123e6, time.UTC)},
		log: &record{}, store: &iam.Store{},
	}
	config := Config{
		Path: "Stack/Api", ID: apiID, Host: awsHost, Address: api.address, Region: region, Account: account,
		Stage: "Prod", DeploymentID: "dep123",
		Methods: []Method{proxy(t)}, Credentials: api.store, Now: api.clock.Now,
	}
	if change != nil {
		change(&config)
	}
	handler, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	logged := journal.New(journal.Options{To: api.log, Verbose: true}).Handler(config.Path, handler)
	server := &http.Server{Handler: logged, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return api
}

// proxy is the method ANY /{proxy+}.
func proxy(t *testing.T) Method {
	t.Helper()
	return Method{
		HTTPMethod: "ANY", ResourceID: "res123", ResourcePath: "/{proxy+}", Authorization: "NONE",
		Timeout: 29 * time.Second,
		Lambda:  newFunction(t, "integration", apiARN+"/Prod/*"),
	}
}

// newFunction makes a function of the test binary. API Gateway may invoke it for the source ARN, and may not for "".
func newFunction(t *testing.T, kind, sourceARN string) *Function {
	t.Helper()
	arn := "arn:aws:lambda:" + region + ":" + account + ":function:" + kind
	function, err := lambda.New(lambda.Config{
		Path: "Stack/" + kind, Name: kind, ARN: arn, Runtime: "provided.al2023", Region: region,
		Command: "exec '" + os.Args[0] + "'",
		Timeout: time.Minute, Environment: map[string]string{functionVariable: kind},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := function.Close(); err != nil {
			t.Error(err)
		}
	})
	invoked := &Function{Function: function, ARN: arn}
	if sourceARN != "" {
		statement, err := iam.PermissionStatement(object{
			"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "SourceArn": sourceARN,
		},
			arn)
		if err != nil {
			t.Fatal(err)
		}
		invoked.Policy = &iam.Policy{Name: "resource policy of " + arn, Statements: []*iam.Statement{statement}}
	}
	return invoked
}

// policy parses a policy with the given statements.
func policy(t *testing.T, statements ...any) *iam.Policy {
	t.Helper()
	parsed, err := iam.ParsePolicy(object{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	parsed.Name = "policy of the test"
	return parsed
}

// request makes a request for the API's AWS name. The target goes on the wire byte for byte. Headers are "Name:
// value".
func (a *testAPI) request(t *testing.T, method, target, body string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+a.address+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(target, "?")
	r.URL = &url.URL{Scheme: "http", Host: a.address, Opaque: path, RawQuery: query}
	r.Host = awsHost
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// do sends a request and reads the answer.
func do(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// send makes a request and sends it.
func (a *testAPI) send(t *testing.T, method, target, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	return do(t, a.request(t, method, target, body, headers...))
}

// event sends a request, and returns the event that the integration got and echoed.
func (a *testAPI) event(t *testing.T, method, target, body string, headers ...string) object {
	t.Helper()
	response, text := a.send(t, method, target, body, headers...)
	if response.StatusCode != 200 {
		t.Fatalf("%s\n%s", describe(response, text), a.log)
	}
	return parse(t, text)
}

func parse(t *testing.T, text string) object {
	t.Helper()
	var parsed object
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return parsed
}

// expectRefusal checks status, x-amzn-ErrorType and the body of a refusal.
func expectRefusal(
	t *testing.T, why string, response *http.Response, body string, status int, errorType, wantBody string,
) {
	t.Helper()
	if response.StatusCode != status || response.Header.Get("X-Amzn-Errortype") != errorType || body != wantBody {
		t.Errorf("%s: got %s\nwant %d %s %s", why, describe(response, body), status, errorType, wantBody)
	}
	if response.Header.Get("X-Amzn-Requestid") == "" || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: headers %v", why, response.Header)
	}
}

func describe(response *http.Response, body string) string {
	return fmt.Sprintf("%d %v %s", response.StatusCode, response.Header, body)
}
