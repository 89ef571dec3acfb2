package test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestDefaultAndStrictAclLocally checks requests that the default ACL counts and Strict blocks. furl local has some of
// the rules.
func TestDefaultAndStrictAclLocally(t *testing.T) {
	app := newApp(t)
	for id, props := range map[string]*furl.WebAclProps{"Default": nil, "Strict": {Strict: true}} {
		stack := newStack(app, id, "ap-northeast-1")
		function := awslambda.NewFunction(stack, jsii.String("Function"), nodeFunction("return 'hello'"))
		furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
			Function: function, WebAcl: furl.NewWebAcl(stack, jsii.String("Acl"), props),
		})
	}
	local := startLocal(t, synth(t, app).dir)
	edges := map[string]string{}
	for _, distribution := range local.Distributions {
		stack, _, _ := strings.Cut(distribution.ID, "/")
		edges[stack] = distribution.URL
	}
	plain := func(target string) func(*testing.T, string) *http.Request {
		return func(t *testing.T, edge string) *http.Request { return request(t, http.MethodGet, edge, target, nil) }
	}
	for _, row := range []struct {
		name, why string
		request   func(*testing.T, string) *http.Request
		byDefault int
		strict    int
		counted   string // by the default ACL
	}{
		{name: "a plain request", why: "nothing to see", request: plain("/"), byDefault: 200, strict: 200},
		{
			name: "no user agent", why: "a webhook or a cron job",
			byDefault: 200, strict: 403, counted: "NoUserAgent_HEADER",
			request: func(t *testing.T, edge string) *http.Request {
				r := request(t, http.MethodGet, edge, "/", nil)
				r.Header["User-Agent"] = nil // net/http then sends none
				return r
			},
		},
		{
			name: "3,000 bytes of query", why: "a long filter",
			byDefault: 200, strict: 403, counted: "SizeRestrictions_QUERYSTRING",
			request: plain("/?q=" + strings.Repeat("a", 2998)),
		},
		{
			name: "11 KB of cookies", why: "many tools set one",
			byDefault: 200, strict: 403, counted: "SizeRestrictions_Cookie_HEADER",
			request: func(t *testing.T, edge string) *http.Request {
				return withHeader(request(t, http.MethodGet, edge, "/", nil), "Cookie",
					"a="+strings.Repeat("b", 11_000))
			},
		},
		{
			name: "a body of 9,000 bytes", why: "Strict counts it too",
			byDefault: 200, strict: 200, counted: "SizeRestrictions_BODY",
			request: func(t *testing.T, edge string) *http.Request {
				return request(t, http.MethodPost, edge, "/", bytes.Repeat([]byte("a"), 9000))
			},
		},
		{
			name: "1,100 bytes of path", why: "no client needs it", byDefault: 403, strict: 403,
			request: plain("/" + strings.Repeat("a", 1100)),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(local.log())
			if a := send(t, row.request(t, edges["Default"])); a.status != row.byDefault {
				t.Errorf("by default: %d %s, want %d (%s)", a.status, a.body, row.byDefault, row.why)
			}
			newLog := func() string { return local.log()[before:] }
			if row.counted != "" {
				waitFor(t, "the counted rule", func() bool {
					return strings.Contains(newLog(), ": rule "+row.counted+" of AWSManagedRulesCommonRuleSet\n")
				})
			} else {
				status := fmt.Sprintf(" %d ", row.byDefault)
				waitFor(t, "the request", func() bool { return strings.Contains(newLog(), status) })
				if strings.Contains(newLog(), "counted by web ACL Default") {
					t.Errorf("--verbose says %q, want nothing counted", newLog())
				}
			}
			if a := send(t, row.request(t, edges["Strict"])); a.status != row.strict {
				t.Errorf("with Strict: %d %s, want %d (%s)", a.status, a.body, row.strict, row.why)
			}
		})
	}
}

// waitFor waits up to 20 s for a text of furl local, which may come after the answer.
func waitFor(t *testing.T, what string, told func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !told(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("furl local did not tell of %s within 20 s", what)
		}
	}
}

// TestExceptPathsLocally checks that a group's exception is for its paths only. A disguise of another path does not
// help.
func TestExceptPathsLocally(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Acl", "us-east-1")
	function := awslambda.NewFunction(stack, jsii.String("Function"), nodeFunction("return 'hello'"))
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: function, OriginAuth: furl.OriginAuth_OAC,
		WebAcl: furl.NewWebAcl(stack, jsii.String("Acl"), &furl.WebAclProps{ManagedRuleGroups: []furl.ManagedRuleGroup{
			{Name: "AWSManagedRulesKnownBadInputsRuleSet"},
			{Name: "AWSManagedRulesCommonRuleSet", ExceptPaths: []string{"/webhooks/*", "/upload"}},
		}}),
	})
	edge := startLocal(t, synth(t, app).dir).edge(t)
	query := "?q=" + strings.Repeat("a", 3000)
	for path, want := range map[string]int{
		"/webhooks/x": 200, "/upload": 200, "/%77ebhooks/x": 200,
		"/": 403, "/webhooks": 403, "/upload/x": 403, "/uploads": 403,
		"/webhooks/../admin": 403, "/webhooks/%2e%2e/admin": 403, "/webhooks%2f..%2fadmin": 403,
	} {
		if a := get(t, edge, path+query); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
}

// TestAttemptsLocally checks that a slow function runs once by default. It runs three times if the user asks for that.
func TestAttemptsLocally(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Slow", "ap-northeast-1")
	slow := func(id string) awslambda.Function {
		props := nodeFunction("console.log('called " + id + "');" +
			"await new Promise((resolve) => setTimeout(resolve, 1900));")
		return awslambda.NewFunction(stack, jsii.String(id), props)
	}
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: slow("Once"), WithoutWebAcl: true, ReadTimeout: seconds(1),
	})
	api.AddBehavior("/thrice", slow("Thrice"), &furl.BehaviorProps{ReadTimeout: seconds(1), ConnectionAttempts: 3})
	local := startLocal(t, synth(t, app).dir)
	for _, row := range []struct {
		method, path, called string
		want                 int
	}{
		{http.MethodGet, "/once", "called Once", 1},
		{http.MethodPost, "/thrice", "called Thrice", 1},
		{http.MethodGet, "/thrice", "called Thrice", 4}, // with the call of the POST
	} {
		if a := send(t, request(t, row.method, local.edge(t), row.path, nil)); a.status != http.StatusGatewayTimeout {
			t.Errorf("%s %s: %d, want 504", row.method, row.path, a.status)
		}
		// furl local tells of the call of a starting function after the answer.
		waitFor(t, row.called, func() bool { return strings.Count(local.log(), row.called) >= row.want })
		got := strings.Count(local.log(), row.called)
		if got != row.want {
			t.Errorf("%s %s: the function was called %d times by now, want %d", row.method, row.path, got, row.want)
		}
	}
}

// TestGrantRateLocally checks that an address that asks too often is blocked before the authorizer. A page can read the
// answer.
func TestGrantRateLocally(t *testing.T) {
	app, stack := hostStack(t, "Rate")
	function := awslambda.NewFunction(stack, jsii.String("Function"), nodeFunction("return 'hello'"))
	furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
		Authorizer: furl.IamAuthorizer(), Functions: []furl.GrantFunction{{Name: "one", Function: function}},
		AnyOrigin: true, RateLimit: 10,
	})
	api := startLocal(t, synth(t, app).dir).restAPIOf(t, "Rate/Grant/Api")
	var last answer
	for n := range 11 {
		r := request(t, http.MethodPost, strings.TrimSuffix(api, "/"), "/Prod/grant", nil)
		last = send(t, withHeader(r, "Origin", "https://app.example.com"))
		if n < 10 && !strings.Contains(string(last.body), "MISSING_AUTHENTICATION_TOKEN") {
			t.Fatalf("request %d: %d %s, want the authorizer's refusal", n+1, last.status, last.body)
		}
	}
	expectText(t, string(last.body), `"error":"WAF_FILTERED"`)
	if last.status != http.StatusForbidden || last.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the 11th: %d %v", last.status, last.header)
	}
}
