package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// worker is the command of a function. It writes the address of its Runtime API into a file, and waits for another
// file. Then it takes events and answers them.
const worker = `cd "$FILES"; api=http://$AWS_LAMBDA_RUNTIME_API name=$AWS_LAMBDA_FUNCTION_NAME
echo "$api" >"$name.new"; mv "$name.new" "$name"
while [ ! -e go ]; do sleep 0.1; done
while curl -sS -D "$name.header" -o /dev/null "$api/2018-06-01/runtime/invocation/next"; do
	id=$(tr -d '\r' <"$name.header" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
	curl -sS -d '"by the function"' "$api/2018-06-01/runtime/invocation/$id/response" >/dev/null
done`

// waysToTheRuntimeAPI are the ways of a page to a Runtime API. The script rebinding.mjs has one attack for each. A
// page under a rebound name can read the event and answer it. The other pages can only take it away.
var waysToTheRuntimeAPI = []string{"name", "fetch", "image", "navigation"}

// attacked has the addresses that pages attack.
type attacked struct {
	Distribution string            `json:"distribution"`
	RuntimeAPIs  map[string]string `json:"runtimeAPIs"` // by way
}

// TestPagesOfOthers checks that pages in Chromium cannot read a distribution or take a function's event. One page has
// another origin, and one has a name that leads to this machine. Each attack is made twice. The second time, a proxy
// hides the page from furl local. These attacks must succeed, or the test would show nothing.
func TestPagesOfOthers(t *testing.T) {
	chromium, files := chromiumPath(t), t.TempDir()
	local := startLocal(t, pagesAssembly(t, files), "--run", "Pages/Worker-*="+worker)
	waiting := map[string]func() answer{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/targets" { // all others are an empty page
			json.NewEncoder(w).Encode(startWorkers(t, local, files, waiting))
		}
	}))
	defer site.Close()
	var seen map[string]map[string]string
	if out := runInBrowser(t, nil, "rebinding.mjs", chromium, site.URL); json.Unmarshal(out, &seen) != nil {
		t.Fatalf("rebinding.mjs printed %s", out)
	}
	write(t, filepath.Join(files, "go"), "")
	expectReads(t, seen)
	expectFates(t, waiting)
	for _, way := range waysToTheRuntimeAPI {
		if !strings.Contains(local.log(), "Pages/Worker-guarded-"+way+": its Runtime API refused a request with ") {
			t.Errorf("the Runtime API refused nothing by %s, so nothing was tried", way)
		}
	}
}

// expectReads checks the texts that the pages could read, by side and attack.
func expectReads(t *testing.T, seen map[string]map[string]string) {
	t.Helper()
	for _, row := range []struct{ side, attack, why, want string }{
		{"guarded", "distributionByName", "Host is no name of it", "403 ERROR"},
		{"guarded", "distributionByFetch", "the browser withholds it", "TypeError: Failed to fetch"},
		{"guarded", "eventByName", "Host is not its address", "a foreign Host header"},
		{"open", "distributionByName", "furl local sees its address", "a secret"},
		{"open", "distributionByFetch", "the proxy allows every origin", "a secret"},
		{"open", "eventByName", "the page has a user's token", "a token"},
	} {
		got := seen[row.side][row.attack]
		leaked := row.side == "guarded" && (strings.Contains(got, "a secret") || strings.Contains(got, "a token"))
		if leaked || !strings.Contains(got, row.want) {
			t.Errorf("%s, %s: a page read %q, want %q (%s)", row.side, row.attack, got, row.want, row.why)
		}
	}
}

// startWorkers sends each function a request with a token, and keeps its answer for later. It returns the addresses to
// attack when all functions run. They must ask for an event within 30 s.
func startWorkers(t *testing.T, local *running, files string, waiting map[string]func() answer) map[string]attacked {
	t.Helper()
	targets := map[string]attacked{
		"guarded": {Distribution: local.edge(t), RuntimeAPIs: map[string]string{}},
		"open":    {Distribution: hidingProxy(t, local.edge(t)), RuntimeAPIs: map[string]string{}},
	}
	for side, target := range targets {
		for _, way := range waysToTheRuntimeAPI {
			url := functionURL(t, local, "Pages/Worker-"+side+"-"+way+"/FunctionUrl")
			r := withHeader(request(t, http.MethodGet, url, "/", nil), "Authorization", "a token")
			waiting[side+" "+way] = sending(t, r)
		}
		for _, way := range waysToTheRuntimeAPI {
			target.RuntimeAPIs[way] = written(t, filepath.Join(files, side+"-"+way))
			if side == "open" {
				target.RuntimeAPIs[way] = hidingProxy(t, target.RuntimeAPIs[way])
			}
		}
	}
	return targets
}

// expectFates checks the answers to the requests whose events the pages tried to take.
func expectFates(t *testing.T, waiting map[string]func() answer) {
	t.Helper()
	for name, answered := range waiting {
		status, body := 200, "by the function"
		switch {
		case name == "open name":
			body = "by the page"
		case strings.HasPrefix(name, "open"):
			status, body = 502, "" // its function never saw the event
		}
		if a := answered(); a.status != status || !a.has(body) {
			t.Errorf("%s: the request got %d %s, want %d %s", name, a.status, a.body, status, body)
		}
	}
}

// hidingProxy takes the checks against pages out. It makes a page's requests look like those of a program of this
// machine, and lets pages of every origin read the answers.
func hidingProxy(t *testing.T, address string) string {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target) // and Host
			for name := range r.Out.Header {
				if name == "Origin" || strings.HasPrefix(name, "Sec-Fetch-") {
					r.Out.Header.Del(name)
				}
			}
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Set("Access-Control-Allow-Origin", "*")
			return nil
		},
	})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// written waits for a file and returns its line.
func written(t *testing.T, file string) string {
	for start := time.Now(); time.Since(start) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	t.Errorf("no process wrote %s", file)
	return ""
}

// pagesAssembly is a stack with a distribution that has a secret, and with a function for each attack on a Runtime API.
func pagesAssembly(t *testing.T, files string) string {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Pages", "ap-northeast-1")
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function:      awslambda.NewFunction(stack, jsii.String("Function"), nodeFunction("return 'a secret'")),
		WithoutWebAcl: true,
	})
	for _, side := range []string{"guarded", "open"} {
		for _, way := range waysToTheRuntimeAPI {
			props := nodeFunction("")
			props.FunctionName = jsii.String(side + "-" + way)
			props.Environment = &map[string]*string{"FILES": jsii.String(files)}
			props.Timeout = awscdk.Duration_Minutes(jsii.Number(1))
			function := awslambda.NewFunction(stack, jsii.String("Worker-"+side+"-"+way), props)
			function.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_NONE})
		}
	}
	return *app.Synth(nil).Directory() // a rule of the house is against URLs without authorization
}
