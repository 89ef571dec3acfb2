package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// nobody has credentials that furl local did not issue.
var nobody = aws.Credentials{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "x", SessionToken: "y"}

// TestFunctionUrlRefuses calls the Function URL directly, past CloudFront, in ways that must not work. A call by the
// edge signer's role works, so the refusals have the given reasons.
func TestFunctionUrlRefuses(t *testing.T) {
	assembly := copyAssembly(t, demoAssembly(t, "ap-northeast-1", "host"))
	leakEdgeCredentials(t, assembly)
	env := filepath.Join(t.TempDir(), "env")
	local := startLocal(t, assembly, "--run", leakCommand(t, assembly, "Demo", env))
	direct := functionURL(t, local, "FurlDemo/Api/FunctionUrl")
	edgeRole := edgeCredentials(t, local.edge(t))
	if a := get(t, local.edge(t), "/"); a.status != 200 {
		t.Fatalf("through CloudFront: %d %s", a.status, a.body)
	}
	functionRole := environmentCredentials(t, env)
	now := time.Now()
	signed := func(c aws.Credentials, at time.Time) *http.Request {
		return signedGet(t, direct, c, "ap-northeast-1", at)
	}
	t.Run("signed by the edge signer's role", func(t *testing.T) {
		if a := send(t, signed(edgeRole, now)); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	})
	for _, row := range []struct {
		name, why string
		request   *http.Request
	}{
		{"unsigned", "no Authorization", request(t, "GET", direct, "/", nil)},
		{"wrong secret", "a forged signature", signed(withSecret(edgeRole, "wrong"), now)},
		{"unknown key", "credentials of nobody", signed(nobody, now)},
		{"wrong region", "the scope is not the URL's", signedGet(t, direct, edgeRole, "us-east-1", now)},
		{"expired", "six minutes old", signed(edgeRole, now.Add(-6*time.Minute))},
		{"not yet valid", "six minutes ahead", signed(edgeRole, now.Add(6*time.Minute))},
		{"another role", "the function's own role may not call its URL", signed(functionRole, now)},
		{"another path", "signed for / and sent to /echo", sentTo(signed(edgeRole, now), "/echo")},
	} {
		t.Run(row.name, func(t *testing.T) {
			if a := send(t, row.request); a.status != 403 {
				t.Errorf("answered %d, want 403 (%s): %s", a.status, row.why, a.body)
			}
		})
	}
}

// leakEdgeCredentials doctors the edge signer so that GET /credentials answers with its credentials.
func leakEdgeCredentials(t *testing.T, assembly string) {
	t.Helper()
	dir := edgeAsset(t, assembly)
	if err := os.Rename(filepath.Join(dir, "index.mjs"), filepath.Join(dir, "signer.mjs")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "index.mjs"), `
import { handler as sign } from "./signer.mjs";
export const handler = async (event) =>
	event.Records[0].cf.request.uri === "/credentials"
		? { status: "200", body: JSON.stringify(process.env) }
		: sign(event);
`)
}

// edgeCredentials asks a signer doctored by leakEdgeCredentials.
func edgeCredentials(t *testing.T, edge string) aws.Credentials {
	t.Helper()
	a := get(t, edge, "/credentials")
	var env map[string]string
	if err := json.Unmarshal(a.body, &env); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return credentialsOf(t, env)
}

// environmentCredentials reads the credentials in a file that `env` wrote.
func environmentCredentials(t *testing.T, path string) aws.Credentials {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return credentialsOf(t, variables(string(text)))
}

// variables are the variables in the output of `env`.
func variables(text string) map[string]string {
	env := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		env[name] = value
	}
	return env
}

func credentialsOf(t *testing.T, env map[string]string) aws.Credentials {
	t.Helper()
	c := aws.Credentials{
		AccessKeyID: env["AWS_ACCESS_KEY_ID"], SecretAccessKey: env["AWS_SECRET_ACCESS_KEY"],
		SessionToken: env["AWS_SESSION_TOKEN"],
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" || c.SessionToken == "" {
		t.Fatal("no credentials in the environment")
	}
	return c
}

func withSecret(c aws.Credentials, secret string) aws.Credentials {
	c.SecretAccessKey = secret
	return c
}

// signV4 signs a request with this body by AWS's own signer.
func signV4(t *testing.T, r *http.Request, c aws.Credentials, body, service, region string, at time.Time) {
	t.Helper()
	hash := hexSHA256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), c, r, hash, service, region, at); err != nil {
		t.Fatal(err)
	}
}

// signedGet is GET base/, signed by AWS's own signer.
func signedGet(t *testing.T, base string, c aws.Credentials, region string, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	signV4(t, r, c, "", "lambda", region, at)
	return r
}

func sentTo(r *http.Request, path string) *http.Request {
	r.URL.Path = path
	return r
}

// TestEachPermissionCounts removes one of the two permissions, then the other. Neither permission alone lets a request
// in, to either of the functions behind the distribution.
func TestEachPermissionCounts(t *testing.T) {
	for _, action := range []string{"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} {
		t.Run("without "+action, func(t *testing.T) {
			assembly := copyAssembly(t, demoAssembly(t, "ap-northeast-1", "host"))
			removed := 0
			editTemplate(t, filepath.Join(assembly, "FurlDemo.template.json"), func(resources map[string]any) {
				for id, resource := range resources {
					p := properties(resource.(map[string]any))
					if resource.(map[string]any)["Type"] == "AWS::Lambda::Permission" && p["Action"] == action &&
						p["Principal"] != "apigateway.amazonaws.com" {
						delete(resources, id)
						removed++
					}
				}
			})
			if removed != 2 {
				t.Fatalf("the template has %d permissions for %s, want one for each of two functions", removed, action)
			}
			local := startLocal(t, assembly)
			for _, target := range []string{"/", "/stream?lines=1&interval=0s"} {
				if a := get(t, local.edge(t), target); a.status != 403 {
					t.Errorf("%s answered %d, want 403: %s", target, a.status, a.body)
				}
			}
			eventually(t, "what the log says of "+action, func() (string, bool) {
				log := local.log()
				explained := strings.Contains(log, "allows "+action+" on")
				return log, strings.Contains(log, "GET / 403 ") && explained
			})
		})
	}
}

// signerMutations are common faults of signers, each with a request that shows it.
var signerMutations = []struct{ name, file, old, new, method, target, body string }{
	{
		name: "region of the replica, not of the URL", file: "index.mjs",
		old: `host.split(".")[2]`, new: "process.env.AWS_REGION",
		method: "GET", target: "/",
	},
	{
		name: "query not sorted", file: "sigv4.mjs",
		old:    "\t\t.sort()\n",
		method: "GET", target: "/echo?b=2&a=1",
	},
	{
		name: "query sorted by the joined pair", file: "sigv4.mjs",
		old:    `pair.includes("=") ? pair.replace("=", "!") : ` + "`${pair}!`",
		new:    `pair.includes("=") ? pair : ` + "`${pair}=`",
		method: "GET", target: "/echo?a-b=1&a=2",
	},
	{
		name: "hash of the base64 text", file: "index.mjs",
		old: `.update(body.data, "base64")`, new: ".update(body.data)",
		method: "POST", target: "/echo", body: "body",
	},
	{
		name: "path encoded once", file: "sigv4.mjs",
		old: "isPlainPath(path) ? path : path", new: "true ? path : path",
		method: "GET", target: "/echo/a%20b",
	},
}

// TestSignerMutations checks that each mutated signer's request is refused. The sound signer's same request gets
// through. So the enforcement lets requests in, not its absence.
func TestSignerMutations(t *testing.T) {
	demo := demoAssembly(t, "ap-northeast-1", "host")
	sound := startLocal(t, demo)
	for _, row := range signerMutations {
		t.Run(row.name, func(t *testing.T) {
			if a := send(t, request(t, row.method, sound.edge(t), row.target, []byte(row.body))); a.status != 200 {
				t.Fatalf("the sound signer's request answered %d: %s", a.status, a.body)
			}
			assembly := copyAssembly(t, demo)
			replaceOnce(t, filepath.Join(edgeAsset(t, assembly), row.file), row.old, row.new)
			local := startLocal(t, assembly)
			if a := send(t, request(t, row.method, local.edge(t), row.target, []byte(row.body))); a.status != 403 {
				t.Errorf("answered %d, want 403: %s", a.status, a.body)
			}
		})
	}
}

// editTemplate rewrites the resources of a template.
func editTemplate(t *testing.T, path string, edit func(resources map[string]any)) {
	t.Helper()
	var template map[string]any
	if err := json.Unmarshal([]byte(read(t, path)), &template); err != nil {
		t.Fatal(err)
	}
	edit(template["Resources"].(map[string]any))
	text, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(text))
}

// edgeAsset is the folder of the edge signer's code in an assembly.
func edgeAsset(t *testing.T, assembly string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(assembly, "asset.*", "index.mjs"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d assets hold index.mjs, want 1 (%v)", len(found), err)
	}
	return filepath.Dir(found[0])
}

// functionAsset is the folder of a function's code in the demo's assembly. The id is the function's, such as "Demo".
func functionAsset(t *testing.T, assembly, id string) string {
	t.Helper()
	return assetOf(t, assembly, "FurlDemo/"+id)
}

// assetOf is the folder of a function's code. The path is the function's, in a stack at the root of the app.
func assetOf(t *testing.T, assembly, path string) string {
	t.Helper()
	name, _, _ := strings.Cut(path, "/")
	for _, function := range readAssembly(t, assembly).stack(t, name).resources("AWS::Lambda::Function") {
		metadata, _ := function["Metadata"].(map[string]any)
		if metadata["aws:cdk:path"] == path+"/Resource" {
			return filepath.Join(assembly, fmt.Sprint(metadata["aws:asset:path"]))
		}
	}
	t.Fatalf("there is no function %s", path)
	return ""
}

// leakCommand is a --run for a function of the demo, as leakCommandOf.
func leakCommand(t *testing.T, assembly, id, env string) string {
	t.Helper()
	return leakCommandOf(t, assembly, "FurlDemo/"+id, env)
}

// leakCommandOf is a --run for the function at a path. It writes the function's environment to a file, and then runs
// the function's asset.
func leakCommandOf(t *testing.T, assembly, path, env string) string {
	t.Helper()
	return path + "=env > " + env + "; exec " + assetOf(t, assembly, path) + "/bootstrap"
}

// replaceOnce changes the one place in a file where old stands.
func replaceOnce(t *testing.T, path, old, new string) {
	t.Helper()
	text := read(t, path)
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q stands %d times in %s, want once: the mutation needs to follow the code",
			old, n, filepath.Base(path))
	}
	write(t, path, strings.Replace(text, old, new, 1))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(fmt.Errorf("write: %w", err))
	}
}
