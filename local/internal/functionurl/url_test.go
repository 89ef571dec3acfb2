package functionurl

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

const (
	awsHost     = "abc123.lambda-url.ap-northeast-1.on.aws"
	region      = "ap-northeast-1"
	account     = "111122223333"
	functionARN = "arn:aws:lambda:ap-northeast-1:111122223333:function:orders"
	signerARN   = "arn:aws:iam::111122223333:role/signer"
)

var clock = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// testURL is a function URL that listens on loopback, with a real function behind it.
type testURL struct {
	address     string
	store       *iam.Store
	credentials aws.Credentials // of the signer
	log         *record         // with details
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

// start starts a URL with IAM auth that lets the signer in. A change, unless nil, alters its configuration.
func start(t *testing.T, change func(*Config)) *testURL {
	t.Helper()
	return startWithTimeout(t, time.Minute, change)
}

func startWithTimeout(t *testing.T, timeout time.Duration, change func(*Config)) *testURL {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	function, err := lambda.New(lambda.Config{
		Path: "Stack/Orders", Name: "orders", ARN: functionARN, Runtime: "provided.al2023", Region: region,
		Command: "exec '" + os.Args[0] + "'", Timeout: timeout, Environment: map[string]string{functionVariable: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	u := &testURL{address: listener.Addr().String(), store: &iam.Store{}, log: &record{}}
	u.credentials = u.store.Issue(role(t, signerARN, ""), "edge")
	config := Config{
		Path: "Stack/Url", Host: awsHost, Address: u.address, Region: region, Account: account,
		FunctionARN: functionARN, AuthType: AuthIAM,
		Function: function, Credentials: u.store, Policy: policy(t, signerARN),
		Now: func() time.Time { return clock },
	}
	if change != nil {
		change(&config)
	}
	handler, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	logged := journal.New(journal.Options{To: u.log, Verbose: true}).Handler(config.Path, handler)
	server := &http.Server{Handler: logged, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
		if err := function.Close(); err != nil {
			t.Error(err)
		}
	})
	return u
}

// none lets anyone call the URL.
func none(t *testing.T) func(*Config) {
	return func(config *Config) {
		config.AuthType = AuthNone
		config.Policy = resourcePolicy(t,
			map[string]any{"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"},
			map[string]any{"Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": true})
	}
}

// role makes a role. Its identity policy allows the action, unless that is "".
func role(t *testing.T, arn, action string) *iam.Role {
	t.Helper()
	parse := func(statement map[string]any) *iam.Policy {
		p, err := iam.ParsePolicy(map[string]any{"Version": "2012-10-17", "Statement": statement})
		if err != nil {
			t.Fatal(err)
		}
		p.Name = "policy of the test"
		return p
	}
	config := iam.RoleConfig{ARN: arn, Trust: parse(map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": map[string]any{"Service": "edgelambda.amazonaws.com"},
	})}
	if action != "" {
		config.Policies = []*iam.Policy{parse(map[string]any{"Effect": "Allow", "Action": action, "Resource": "*"})}
	}
	role, err := iam.NewRole(config)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

// policy is the resource policy that the constructs write for a role.
func policy(t *testing.T, principal string) *iam.Policy {
	return resourcePolicy(t,
		map[string]any{"Action": "lambda:InvokeFunctionUrl", "Principal": principal, "FunctionUrlAuthType": "AWS_IAM"},
		map[string]any{"Action": "lambda:InvokeFunction", "Principal": principal, "InvokedViaFunctionUrl": true})
}

func resourcePolicy(t *testing.T, permissions ...map[string]any) *iam.Policy {
	t.Helper()
	p := &iam.Policy{Name: "the resource policy of function orders"}
	for _, properties := range permissions {
		s, err := iam.PermissionStatement(properties, functionARN)
		if err != nil {
			t.Fatal(err)
		}
		s.Sid = properties["Action"].(string)
		p.Statements = append(p.Statements, s)
	}
	return p
}

// request makes a request for the URL's AWS name, as the distribution's origin sends it.
func (u *testURL) request(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+u.address+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(target, "?")
	r.URL = &url.URL{Scheme: "http", Host: u.address, Opaque: path, RawQuery: query} // on the wire byte for byte
	r.Host = awsHost
	return r
}

// sign signs with the SDK. The signature is over host, date, token and body hash.
func sign(t *testing.T, r *http.Request, body string, credentials aws.Credentials, at time.Time) *http.Request {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	payloadHash := hex.EncodeToString(sum[:])
	clone := &http.Request{
		Method: r.Method, Host: r.Host, URL: &url.URL{Opaque: "//" + r.Host + r.URL.Opaque, RawQuery: r.URL.RawQuery},
		Header: http.Header{"X-Amz-Content-Sha256": {payloadHash}},
	}
	err := v4.NewSigner().SignHTTP(context.Background(), credentials, clone, payloadHash, "lambda", region, at)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range clone.Header {
		r.Header[name] = values
	}
	return r
}

// do sends a request and reads the answer.
func do(t *testing.T, r *http.Request) (*http.Response, []byte) {
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
	return response, body
}
