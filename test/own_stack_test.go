package test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// nodeFunction is a function whose handler has this body. The body may use event.
func nodeFunction(code string) *awslambda.FunctionProps {
	return &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"),
		Code: awslambda.Code_FromInline(jsii.String("exports.handler = async (event) => {\n" + code + "\n};")),
	}
}

// TestSignedForAnotherFunction has two functions, each with its own signer. The role that may call one function may not
// call the other.
func TestSignedForAnotherFunction(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Two", "eu-west-1")
	for _, name := range []string{"One", "Other"} {
		function := awslambda.NewFunction(stack, jsii.String(name+"Function"),
			nodeFunction(fmt.Sprintf("return %q", name)))
		furl.NewSecureFunctionUrl(stack, jsii.String(name), &furl.SecureFunctionUrlProps{
			Function: function, WithoutWebAcl: true,
		})
	}
	assembly := copyAssembly(t, synth(t, app).dir)
	leakEdgeCredentials(t, assembly)
	local := startLocal(t, assembly)
	if len(local.Distributions) != 2 || len(local.FunctionURLs) != 2 {
		t.Fatalf("%d distributions and %d function URLs, want 2 of each", len(local.Distributions),
			len(local.FunctionURLs))
	}
	for i, distribution := range local.Distributions {
		credentials := edgeCredentials(t, distribution.URL)
		for j, functionURL := range local.FunctionURLs {
			want := http.StatusForbidden
			if i == j {
				want = http.StatusOK
			}
			if a := send(t, signedGet(t, functionURL.URL, credentials, "eu-west-1", time.Now())); a.status != want {
				t.Errorf("the role of %s at %s: %d, want %d: %s",
					distribution.ID, functionURL.ID, a.status, want, a.body)
			}
		}
	}
}

// TestBehaviors has an alias, a second function and a streaming one behind one distribution and one signer. The URL
// answers the preflight of CORS.
func TestBehaviors(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Many", "ap-northeast-1")
	orders := nodeFunction("return { statusCode: 200, body: 'orders ' + event.rawPath }")
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function:      awslambda.NewFunction(stack, jsii.String("Orders"), orders).AddAlias(jsii.String("live"), nil),
		WithoutWebAcl: true,
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings("https://app.example.com"),
			AllowedMethods: &[]awslambda.HttpMethod{awslambda.HttpMethod_POST},
		},
	})
	reports := nodeFunction("return 'reports ' + event.rawPath")
	api.AddBehavior("/reports/*", awslambda.NewFunction(stack, jsii.String("Reports"), reports), nil)
	stream := nodeFunction("")
	stream.Code = awslambda.Code_FromInline(jsii.String(streamingHandler))
	api.AddBehavior("/stream", awslambda.NewFunction(stack, jsii.String("Stream"), stream), &furl.BehaviorProps{
		InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM,
	})
	local := startLocal(t, synth(t, app).dir)
	edge := local.edge(t)
	expectBehaviors(t, edge)
	expectPreflights(t, edge, functionURL(t, local, "Many/Api/FunctionUrl"))
	r := request(t, http.MethodGet, edge, "/x", nil)
	r.Header.Set("Origin", "https://app.example.com")
	if a := send(t, r); a.status != 200 || a.allowOrigin() != "https://app.example.com" {
		t.Errorf("with an Origin: %d, %v", a.status, a.header)
	}
}

const streamingHandler = `exports.handler = awslambda.streamifyResponse(async (event, out) => {
		out = awslambda.HttpResponseStream.from(out, { statusCode: 201, headers: { "x-streamed": "yes" } });
		out.write("one ");
		await new Promise((resolve) => setTimeout(resolve, 200));
		out.end("two");
	});`

// expectBehaviors wants the answers of the three functions of TestBehaviors.
func expectBehaviors(t *testing.T, edge string) {
	t.Helper()
	if a := get(t, edge, "/x"); a.status != 200 || string(a.body) != "orders /x" {
		t.Errorf("the alias answered %d %s", a.status, a.body)
	}
	if a := get(t, edge, "/reports/x"); a.status != 200 || string(a.body) != "reports /reports/x" {
		t.Errorf("the second function answered %d %s", a.status, a.body)
	}
	a := get(t, edge, "/stream")
	if a.status != 201 || string(a.body) != "one two" || a.header.Get("X-Streamed") != "yes" {
		t.Errorf("the stream answered %d %s, %v", a.status, a.body, a.header)
	}
}

// expectPreflights wants the Function URL's answers to preflights, through CloudFront and directly.
func expectPreflights(t *testing.T, edge, direct string) {
	t.Helper()
	for _, row := range []struct{ name, why, origin, allowed string }{
		{"preflight", "answered by the URL, unsigned", "https://app.example.com", "https://app.example.com"},
		{"preflight of another origin", "answered without leave", "https://example.com", ""},
	} {
		for _, base := range []string{edge, direct} {
			r := request(t, http.MethodOptions, base, "/x", nil)
			r.Header.Set("Origin", row.origin)
			r.Header.Set("Access-Control-Request-Method", "POST")
			if a := send(t, r); a.status != 200 || a.allowOrigin() != row.allowed || len(a.body) != 0 {
				t.Errorf("%s at %s: %d %s, %v (%s)", row.name, base, a.status, a.body, a.header, row.why)
			}
		}
	}
}

func functionURL(t *testing.T, local *running, id string) string {
	t.Helper()
	for _, u := range local.FunctionURLs {
		if u.ID == id {
			return u.URL
		}
	}
	t.Fatalf("no function URL %s in %+v", id, local.FunctionURLs)
	return ""
}

// TestAllowListMeetsRateRule checks that an address on the allow list still meets the rate rule. An address that is not
// listed is blocked.
func TestAllowListMeetsRateRule(t *testing.T) {
	serve := func(t *testing.T, acl furl.WebAclProps) string {
		app := newApp(t)
		stack := newStack(app, "Acl", "ap-northeast-1")
		function := awslambda.NewFunction(stack, jsii.String("Function"), nodeFunction("return 'hello'"))
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function: function, WebAcl: furl.NewWebAcl(stack, jsii.String("Acl"), &acl),
		})
		return startLocal(t, synth(t, app).dir).edge(t)
	}
	t.Run("listed", func(t *testing.T) {
		edge := serve(t, furl.WebAclProps{AllowedCidrs: []string{"127.0.0.0/8", "::1/128"}, RateLimit: 10})
		for n := range 10 {
			if a := get(t, edge, "/"); a.status != 200 {
				t.Fatalf("request %d answered %d: %s", n+1, a.status, a.body)
			}
		}
		if a := get(t, edge, "/"); a.status != 403 || a.header.Get("Server") != "CloudFront" {
			t.Errorf("request 11 answered %d from %q, want 403 from CloudFront", a.status, a.header.Get("Server"))
		}
	})
	t.Run("not listed", func(t *testing.T) {
		edge := serve(t, furl.WebAclProps{AllowedCidrs: []string{"203.0.113.0/24", "2001:db8::/32"}})
		if a := get(t, edge, "/"); a.status != 403 || a.header.Get("Server") != "CloudFront" {
			t.Errorf("answered %d from %q, want 403 from CloudFront", a.status, a.header.Get("Server"))
		}
	})
	t.Run("on the block list", func(t *testing.T) {
		edge := serve(t, furl.WebAclProps{BlockedCidrs: []string{"127.0.0.1/32", "::1/128"}})
		if a := get(t, edge, "/"); a.status != 403 || a.header.Get("Server") != "CloudFront" {
			t.Errorf("answered %d from %q, want 403 from CloudFront", a.status, a.header.Get("Server"))
		}
	})
}

// TestKilledFunction kills the demo function's process while it serves a request. That request gets 502, and the next
// one 200.
func TestKilledFunction(t *testing.T) {
	assembly := demoAssembly(t, "ap-northeast-1", "host")
	pidFile := filepath.Join(t.TempDir(), "pid")
	local := startLocal(t, assembly, "--run",
		"FurlDemo/Demo=echo $$ >> "+pidFile+"; exec "+functionAsset(t, assembly, "Demo")+"/bootstrap")
	slow := sending(t, request(t, http.MethodGet, local.edge(t), "/slow?seconds=30", nil))
	pid := eventually(t, "the function's process", func() (int, bool) {
		text, _ := os.ReadFile(pidFile)
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		return pid, err == nil
	})
	time.Sleep(500 * time.Millisecond) // gives the process time to take the request
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if a := slow(); a.status != 502 {
		t.Errorf("the request in flight answered %d, want 502: %s", a.status, a.body)
	}
	if a := get(t, local.edge(t), "/"); a.status != 200 {
		t.Errorf("the next request answered %d, want 200: %s", a.status, a.body)
	}
}

// TestNothingIsLeftBehind stops furl local by a signal while a request is in flight. No process that it started may be
// left.
func TestNothingIsLeftBehind(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			assembly := demoAssembly(t, "ap-northeast-1", "host")
			pidFile := filepath.Join(t.TempDir(), "pid")
			local := startLocal(t, assembly, "--run",
				"FurlDemo/Demo=echo $$ >> "+pidFile+"; exec "+functionAsset(t, assembly, "Demo")+"/bootstrap")
			get(t, local.edge(t), "/")
			inFlight := request(t, http.MethodGet, local.edge(t), "/slow?seconds=30", nil)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				exchange(inFlight) // may fail
			}()
			children := eventually(t, "the edge signer and the function", func() (map[int]string, bool) {
				children := processesUnder(t, local.command.Process.Pid)
				return children, len(children) >= 2
			})
			local.command.Process.Signal(signal)
			<-local.exited
			<-ended
			if code := local.command.ProcessState.ExitCode(); code != 0 {
				t.Errorf("exit status %d, want 0", code)
			}
			for pid, name := range children {
				if alive := syscall.Kill(pid, 0) == nil; alive {
					t.Errorf("process %d (%s) is still there", pid, name)
				}
			}
		})
	}
}

var psLine = regexp.MustCompile(`^\s*(\d+)\s+(\d+)\s+(.*)$`)

// processesUnder are the descendants of a process, with their command lines.
func processesUnder(t *testing.T, ancestor int) map[int]string {
	t.Helper()
	list, err := output(".", nil, "ps", "-A", "-o", "pid=,ppid=,args=")
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]string{}
	for grew := true; grew; {
		grew = false
		for line := range strings.Lines(list) {
			match := psLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
			if match == nil {
				continue
			}
			pid, _ := strconv.Atoi(match[1])
			parent, _ := strconv.Atoi(match[2])
			if _, child := found[parent]; (child || parent == ancestor) && found[pid] == "" {
				found[pid], grew = match[3], true
			}
		}
	}
	return found
}

// eventually waits up to 20 s for another process, until get returns true.
func eventually[T any](t *testing.T, what string, get func() (T, bool)) T {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if value, ok := get(); ok {
			return value
		}
	}
	t.Fatalf("%s did not come up within 20 s", what)
	panic("not reached")
}
