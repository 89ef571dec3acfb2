package test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestNodeAdapter runs the function in Node.js of docs/getting-started.md behind each way to sign. Hono's adapter makes
// the URL of the event, and its check against cross-site requests compares the URL with Origin. The function under
// /plain has the same code without restore.
func TestNodeAdapter(t *testing.T) {
	guide := read(t, filepath.Join("..", "docs", "getting-started.md"))
	_, guide, _ = strings.Cut(guide, "\n### In Node.js\n")
	guide, _, _ = strings.Cut(guide, "\n### ")
	var code string
	for _, block := range regexp.MustCompile("(?s)\n```js\n(.*?)```").FindAllStringSubmatch(guide, -1) {
		code += block[1]
	}
	restored := honoFolder(t, code)
	plain := honoFolder(t, strings.ReplaceAll(code, "answer(restore(event)", "answer((event)"))
	app := newApp(t)
	stack := newStack(app, "Adapter", "ap-northeast-1")
	newFunction := func(id, folder string) awslambda.Function {
		return awslambda.NewFunction(stack, jsii.String(id), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"),
			Code: awslambda.Code_FromAsset(jsii.String(folder), nil),
		})
	}
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction("Plain", plain), WithoutWebAcl: true,
	})
	ways := map[string]furl.OriginAuth{}
	for _, auth := range originAuths {
		path := "/" + strings.ToLower(strings.ReplaceAll(string(auth), "_", "-"))
		ways[path] = auth
		api.AddBehavior(path+"/orders", newFunction(string(auth), restored), &furl.BehaviorProps{OriginAuth: auth})
	}
	edge := startLocal(t, synth(t, app).dir).edge(t)
	for path, auth := range ways {
		t.Run(string(auth), func(t *testing.T) { testForms(t, edge, path+"/orders", auth) })
	}
	t.Run("without restore", func(t *testing.T) {
		a := sendForm(t, edge, "/plain/orders", furl.OriginAuth_EDGE_SIGNER, formHeaders(edge, edge))
		if a.status != 403 {
			t.Errorf("a form has %d %s, so the rows above would hold without restore too", a.status, a.body)
		}
	})
}

// honoFolder is a function's code with the package hono beside it.
func honoFolder(t *testing.T, code string) string {
	t.Helper()
	dir := t.TempDir()
	code = strings.ReplaceAll(code, `app.post("/orders"`, `app.post("/:way/orders"`)
	write(t, filepath.Join(dir, "index.mjs"), code)
	hono := filepath.Join(dir, "node_modules", "hono")
	if err := os.CopyFS(hono, os.DirFS(filepath.Join("..", "node_modules", "hono"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func testForms(t *testing.T, edge, path string, auth furl.OriginAuth) {
	for _, row := range []struct {
		name, why string
		headers   map[string]string
		status    int
		body      string
	}{
		{
			name: "own page", why: "Origin and the viewer's Host agree", headers: formHeaders(edge, edge),
			status: 200, body: "ordered by nobody\n",
		},
		{
			name: "foreign page", why: "the check still refuses it", headers: formHeaders(edge, "http://evil.example"),
			status: 403,
		},
		{
			name: "foreign page that claims the host", why: "Furl overwrites a viewer's own x-forwarded-host",
			headers: with(formHeaders(edge, "http://evil.example"), "X-Forwarded-Host", "evil.example"), status: 403,
		},
		{
			name: "Authorization", why: "the signature had its place",
			headers: with(formHeaders(edge, edge), "Authorization", "Bearer ada"),
			status:  200, body: "ordered by Bearer ada\n",
		},
		{
			name: "x-forwarded-authorization of the viewer", why: "it is not the viewer's Authorization",
			headers: with(formHeaders(edge, edge), "X-Forwarded-Authorization", "Bearer eve"),
			status:  200, body: "ordered by nobody\n",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := sendForm(t, edge, path, auth, row.headers)
			if a.status != row.status || row.body != "" && string(a.body) != row.body {
				t.Errorf("%d %q, want %d %q (%s)", a.status, a.body, row.status, row.body, row.why)
			}
		})
	}
}

// formHeaders are those of a form of the page. Adapters write https, and furl local serves http.
func formHeaders(edge, page string) map[string]string {
	return map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Origin": strings.Replace(page, "http:", "https:", 1),
	}
}

func with(headers map[string]string, name, value string) map[string]string {
	headers[name] = value
	return headers
}

func sendForm(t *testing.T, edge, path string, auth furl.OriginAuth, headers map[string]string) answer {
	t.Helper()
	body := []byte("count=1")
	r := request(t, http.MethodPost, edge, path, body)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	if auth == furl.OriginAuth_OAC {
		r.Header.Set("X-Amz-Content-Sha256", hexSHA256(body))
	}
	return send(t, r)
}
