package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFirstHour is a newcomer's first hour. README's files are pasted into a new module, and README's commands run
// there. README's calls must have the answers that README shows. The test of docs/getting-started.md holds the app to
// its snapshots. Furl comes from this checkout.
func TestFirstHour(t *testing.T) {
	if testing.Short() {
		t.Skip("links the CDK packages once for each row")
	}
	readme := read(t, filepath.Join("..", "README.md"))
	_, use, _ := strings.Cut(readme, "\n## Use it\n")
	use, _, _ = strings.Cut(use, "\n## ")
	rows := []struct {
		name, why string
		pasted    []string
		cdkInit   bool
		vendored  bool
	}{
		{
			name: "three files, vendored", why: "they are a whole app; the signer's source comes from vendor",
			pasted: []string{"main.go", "go.mod", "cdk.json"}, vendored: true,
		},
		{
			name: "cdk init", why: "its go.mod asks for an older CDK and Go, and its cdk.json sets every feature flag",
			pasted: []string{"main.go"}, cdkInit: true,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			dir := newcomersFolder(t, row.cdkInit)
			for _, name := range row.pasted {
				write(t, placeFor(t, dir, name), codeBlock(t, use, name))
			}
			replaceFurl(t, dir)
			local := runAsNewcomer(t, dir, row.vendored, use)
			expectClean(t, filepath.Join(dir, "cdk.out"))
			edge, unsigned := local.edge(t), functionURL(t, local, "Orders/Api/FunctionUrl")
			if a := get(t, edge, "/"); a.status != 200 {
				t.Errorf("through CloudFront %d, want 200: %s", a.status, a.body)
			}
			if a := get(t, unsigned, "/"); a.status != 403 {
				t.Errorf("around CloudFront %d, want 403: %s", a.status, a.body)
			}
			expectCalls(t, readme, map[string]string{"http://127.0.0.1:8080": edge, "http://127.0.0.1:26029": unsigned})
			if row.vendored {
				expectSnapshots(t, dir)
			}
		})
	}
}

// newcomersFolder is a folder "orders" with the pinned CDK CLI. With cdkInit it has the files of `cdk init` too.
func newcomersFolder(t *testing.T, cdkInit bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "orders")
	tools, err := filepath.Abs(filepath.Join("..", "node_modules"))
	if err == nil {
		err = os.Mkdir(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	if cdkInit { // cdk init wants an empty folder
		command := []string{"init", "app", "--language", "go", "--generate-only"}
		if _, err := output(dir, nil, filepath.Join(tools, ".bin", "cdk"), command...); err != nil {
			t.Fatal(err)
		}
	}
	// The go command does not follow this link.
	if err := os.Symlink(tools, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// placeFor is the path for a file of README's. main.go takes the place of the Go program of `cdk init`.
func placeFor(t *testing.T, dir, name string) string {
	t.Helper()
	if program := filepath.Join(dir, "orders.go"); name == "main.go" {
		if _, err := os.Stat(program); err == nil {
			return program
		}
	}
	return filepath.Join(dir, name)
}

// codeBlock is the text of README's code block that follows the file's name.
func codeBlock(t *testing.T, readme, name string) string {
	t.Helper()
	pattern := "(?ms)^`" + regexp.QuoteMeta(name) + "`.*?^```\\w*\n(.*?)^```$"
	block := regexp.MustCompile(pattern).FindStringSubmatch(readme)
	if block == nil {
		t.Fatalf("README has no block for %s", name)
	}
	return block[1]
}

// replaceFurl makes the module take Furl from this checkout, since Furl is not published.
func replaceFurl(t *testing.T, dir string) {
	t.Helper()
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "go.mod")
	write(t, file, read(t, file)+"\nreplace github.com/furl-cdk/furl => "+repository+"\n")
}

// vendoredFlags are those of TestConsumer, so that the build cache has the CDK.
const vendoredFlags = "GOFLAGS=-mod=vendor -trimpath"

// runAsNewcomer runs the commands of README's "Use it" without an AWS configuration. The last one is furl local. The
// module is vendored before the synthesis where vendored is true.
func runAsNewcomer(t *testing.T, dir string, vendored bool, use string) *running {
	t.Helper()
	env := append(noAWS("eu-west-1"), "GOFLAGS=", "GOWORK=off")
	block := regexp.MustCompile("(?s)\n```sh\n(.*?)```").FindStringSubmatch(use)
	if block == nil {
		t.Fatal("README's \"Use it\" has no commands")
	}
	commands := strings.Split(strings.TrimSpace(block[1]), "\n")
	last := strings.Fields(commands[len(commands)-1])
	for _, command := range commands[:len(commands)-1] {
		if vendored && strings.HasPrefix(command, "npx ") {
			if _, err := output(dir, env, "go", "mod", "vendor"); err != nil {
				t.Fatal(err)
			}
			env = append(env, vendoredFlags)
		}
		with := env
		if strings.HasPrefix(command, "go get ") {
			with = append(slices.Clip(env), "GOSUMDB=off", "GOPROXY="+proxyOfFurl(t))
		}
		if _, err := output(dir, with, "bash", "-c", command); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := output(dir, env, "go", "tool", "furl", "version"); err != nil { // compiles it
		t.Fatal(err)
	}
	local := exec.Command(last[0], last[1:]...)
	local.Dir, local.Env = dir, append(os.Environ(), env...)
	return start(t, local)
}

// proxyOfFurl is a module proxy that lists a version of Furl. go get asks for the newest one, though the module has a
// replacement. Everything else comes from this machine's cache.
func proxyOfFurl(t *testing.T) string {
	t.Helper()
	proxy := t.TempDir()
	versions := filepath.Join(proxy, "github.com", "furl-cdk", "furl", "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(versions, "list"), "v0.0.1\n")
	write(t, filepath.Join(versions, "v0.0.1.info"), `{"Version":"v0.0.1"}`)
	cache, err := output("..", nil, "go", "env", "GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + proxy + ",file://" + filepath.Join(strings.TrimSpace(cache), "cache", "download")
}

// expectClean wants an assembly without violations and without warnings.
func expectClean(t *testing.T, dir string) {
	t.Helper()
	assembly := readAssembly(t, dir)
	for _, violation := range assembly.violations() {
		t.Error(violation)
	}
	for _, stack := range assembly.stacks {
		for _, message := range stack.messages {
			if message.level != "info" {
				t.Errorf("%s at %s: %s", message.level, message.path, message.text)
			}
		}
	}
}

// expectSnapshots runs the test of docs/getting-started.md on README's app. It writes a snapshot of each stack, which
// the app then has. A change of the app is a failure that shows the difference.
func expectSnapshots(t *testing.T, dir string) {
	t.Helper()
	guide := read(t, filepath.Join("..", "docs", "getting-started.md"))
	write(t, filepath.Join(dir, "main_test.go"), codeBlock(t, guide, "main_test.go"))
	env := append(noAWS("eu-west-1"), vendoredFlags, "GOWORK=off")
	for _, arg := range []string{"-update", "-count=1"} {
		if _, err := output(dir, env, "go", "test", arg); err != nil {
			t.Fatalf("go test %s: %v", arg, err)
		}
	}
	for _, stack := range []string{"Orders", "Orders-furl-edge-ap-northeast-1"} {
		read(t, filepath.Join(dir, "testdata", stack+".json"))
	}
	program := filepath.Join(dir, "main.go")
	write(t, program, strings.Replace(read(t, program), "Hello, ", "Goodbye, ", 1))
	_, err := output(dir, env, "go", "test")
	if err == nil || !regexp.MustCompile(`\n *\+ *"ZipFile": .*Goodbye, `).MatchString(err.Error()) {
		t.Errorf("a changed app must fail with the difference: %v", err)
	}
}

// expectCalls makes README's calls, with README's addresses replaced. Each answer must be the line below the call. A
// line that ends in "…" is the beginning of the answer.
func expectCalls(t *testing.T, readme string, addresses map[string]string) {
	t.Helper()
	calls := regexp.MustCompile(`(?m)^\$ (curl .*)\n(.*)$`).FindAllStringSubmatch(readme, -1)
	if len(calls) != len(addresses) {
		t.Fatalf("README has %d calls with an answer, want %d", len(calls), len(addresses))
	}
	for _, call := range calls {
		command, want := call[1], call[2]
		for address, actual := range addresses {
			command = strings.ReplaceAll(command, address, actual)
		}
		got, err := output(".", nil, "bash", "-c", command)
		if err != nil {
			t.Fatal(err)
		}
		start, cut := strings.CutSuffix(want, "…")
		if cut && !strings.HasPrefix(got, start) || !cut && got != want+"\n" {
			t.Errorf("%s printed %q, want %q", command, got, want)
		}
	}
}
