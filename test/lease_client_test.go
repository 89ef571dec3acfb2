package test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/jsii-runtime-go"

	goclient "github.com/furl-cdk/furl/client"
	furl "github.com/furl-cdk/furl/constructs"
)

// countingTransport counts the requests that it sends.
type countingTransport struct{ n atomic.Int64 }

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return client.Transport.RoundTrip(r)
}

// provider leases the demo's function through the Go client, and counts its calls of /grant.
func (l *leasing) provider(t *testing.T) (*goclient.GrantProvider, *countingTransport) {
	t.Helper()
	grants := &countingTransport{}
	return &goclient.GrantProvider{
		GrantURL: l.restAPI(t) + "/grant", Function: "demo", HTTPClient: &http.Client{Transport: grants},
		Authorize: func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+l.token)
			return nil
		},
	}, grants
}

// post sends POST through an http.Client. It returns the status and the body of the answer.
func post(t *testing.T, c *http.Client, url, body string) (int, string) {
	t.Helper()
	response, err := c.Post(url, "text/plain; charset=utf-8", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(answer)
}

// TestGoClient leases, signs, calls and renews against the demo. Leases last 4 seconds here.
func TestGoClient(t *testing.T) {
	l := startLeasing(t, demoAssembly(t, "ap-northeast-1", "host"), "--session-duration", "4s")
	subject := l.subject(t)
	provider, grants := l.provider(t)
	functions := &http.Client{Transport: &goclient.Transport{Credentials: provider}}
	lease, err := provider.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < 9*time.Second; time.Sleep(300 * time.Millisecond) {
		status, body := post(t, functions, lease.FunctionURL+"slow?seconds=0&note=a+b", "こんにちは")
		if status != 200 || !strings.Contains(body, "こんにちは") || !strings.Contains(body, "/"+subject) {
			t.Fatalf("after %s: %d %s", time.Since(start), status, body)
		}
	}
	if n := grants.n.Load(); n < 3 || n > 12 {
		t.Errorf("%d leases in 9 s, where each lasts 4", n)
	}
	l.token = "not.a.token"
	refused, _ := l.provider(t)
	if _, err := refused.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("without a token: %v", err)
	}
}

// TestFiveHundredCallers checks that 500 callers at once make one call of /grant. The lease of that call works.
func TestFiveHundredCallers(t *testing.T) {
	l := startLeasing(t, demoAssembly(t, "ap-northeast-1", "host"))
	provider, grants := l.provider(t)
	var group sync.WaitGroup
	for range 500 {
		group.Go(func() {
			if c, err := provider.Retrieve(t.Context()); err != nil || !c.HasKeys() {
				t.Error(err)
			}
		})
	}
	group.Wait()
	lease, err := provider.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	functions := &http.Client{Transport: &goclient.Transport{Credentials: provider}}
	if status, body := post(t, functions, lease.FunctionURL+"slow?seconds=0", "x"); status != 200 {
		t.Errorf("called with it: %d %s", status, body)
	}
	if n := grants.n.Load(); n != 1 {
		t.Errorf("500 callers made %d calls of /grant", n)
	}
}

// TestServerWithRole checks that a server calls the URL with its own role after GrantInvokeUrl. Another role does not
// get in. Both servers are functions here, and answer with their environment.
func TestServerWithRole(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Jobs", "ap-northeast-1")
	const environment = "return { statusCode: 200, body: JSON.stringify(process.env) }"
	worker := awslambda.NewFunction(stack, jsii.String("Worker"), nodeFunction(environment))
	other := awslambda.NewFunction(stack, jsii.String("Other"), nodeFunction(environment))
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function:      awslambda.NewFunction(stack, jsii.String("Job"), nodeFunction("return 'done: ' + event.body")),
		WithoutWebAcl: true,
	})
	api.AddBehavior("/worker", worker, nil)
	api.AddBehavior("/other", other, nil)
	api.GrantInvokeUrl(worker)
	local := startLocal(t, synth(t, app).dir)
	job := functionURL(t, local, "Jobs/Api/FunctionUrl")
	for name, want := range map[string]int{"worker": 200, "other": 403} {
		env := map[string]string{}
		if err := json.Unmarshal(get(t, local.edge(t), "/"+name).body, &env); err != nil {
			t.Fatal(err)
		}
		role := credentials.StaticCredentialsProvider{Value: credentialsOf(t, env)}
		server := &http.Client{Transport: &goclient.Transport{Credentials: role, Region: "ap-northeast-1"}}
		if status, body := post(t, server, job+"/", "report"); status != want || want == 200 && body != "done: report" {
			t.Errorf("%s: %d %s, want %d", name, status, body, want)
		}
	}
}
