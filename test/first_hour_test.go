package test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFirstHour is a newcomer's first hour. README's files are pasted into a module of their own, README's commands are
// run there, and README's calls must have the answers that README shows. Furl itself comes from this checkout.
func TestFirstHour(t *testing.T) {
	if testing.Short() {
		t.Skip("links the CDK packages once for each row")
	}
	_, use, _ := strings.Cut(read(t, filepath.Join("..", "README.md")), "\n## Use it\n")
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
				write(t, placeFor(t, dir, name), pasted(t, use, name))
			}
			replaceFurl(t, dir)
			for _, command := range regexp.MustCompile(`(?m)^    ((?:go mod|npx) .*)$`).FindAllStringSubmatch(use, -1) {
				runAsNewcomer(t, dir, row.vendored, command[1])
			}
			expectClean(t, filepath.Join(dir, "cdk.out"))
			local := startLocal(t, filepath.Join(dir, "cdk.out"))
			edge, unsigned := local.edge(t), functionURL(t, local, "Orders/Api/FunctionUrl")
			if a := get(t, edge, "/"); a.status != 200 {
				t.Errorf("through CloudFront %d, want 200: %s", a.status, a.body)
			}
			if a := get(t, unsigned, "/"); a.status != 403 {
				t.Errorf("around CloudFront %d, want 403: %s", a.status, a.body)
			}
			expectCalls(t, use, map[string]string{"http://127.0.0.1:8080": edge, "http://127.0.0.1:41234": unsigned})
		})
	}
}

// newcomersFolder is a folder "orders" with the pinned CDK CLI, and what `cdk init` writes where that is asked for.
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
	if cdkInit { // refused in a folder that has something
		command := []string{"init", "app", "--language", "go", "--generate-only"}
		if _, err := output(dir, nil, filepath.Join(tools, ".bin", "cdk"), command...); err != nil {
			t.Fatal(err)
		}
	}
	// The go command does not follow it.
	if err := os.Symlink(tools, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// placeFor is the path to paste a file of README's to. Where `cdk init` made a Go program, main.go takes its place.
func placeFor(t *testing.T, dir, name string) string {
	t.Helper()
	if program := filepath.Join(dir, "orders.go"); name == "main.go" {
		if _, err := os.Stat(program); err == nil {
			return program
		}
	}
	return filepath.Join(dir, name)
}

// pasted is the text of README's code block that follows the file's name.
func pasted(t *testing.T, readme, name string) string {
	t.Helper()
	pattern := "(?ms)^`" + regexp.QuoteMeta(name) + "`.*?^```\\w*\n(.*?)^```$"
	block := regexp.MustCompile(pattern).FindStringSubmatch(readme)
	if block == nil {
		t.Fatalf("README has no block for %s", name)
	}
	return block[1]
}

// replaceFurl has the module take Furl from this checkout, since it is not published.
func replaceFurl(t *testing.T, dir string) {
	t.Helper()
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "go.mod")
	write(t, file, read(t, file)+"\nreplace github.com/furl-cdk/furl => "+repository+"\n")
}

// runAsNewcomer runs a command of README's for somebody who has no AWS configuration. A module to be vendored is
// vendored before it is synthesised, and compiled as TestConsumer compiles, for the build cache to have the CDK.
func runAsNewcomer(t *testing.T, dir string, vendored bool, command string) {
	t.Helper()
	env := append(noAWS("eu-west-1"), "GOFLAGS=", "GOWORK=off")
	if vendored && strings.HasPrefix(command, "npx ") {
		if _, err := output(dir, env, "go", "mod", "vendor"); err != nil {
			t.Fatal(err)
		}
		env = append(env, "GOFLAGS=-mod=vendor -trimpath")
	}
	if _, err := output(dir, env, "bash", "-c", command); err != nil {
		t.Fatal(err)
	}
}

// expectClean reads what CDK has to say of an app: no error of its validation, and no warning.
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

// expectCalls makes README's calls, at the addresses that stand for README's. Each answer must be the line below the
// call, of which README leaves out what follows "…".
func expectCalls(t *testing.T, readme string, addresses map[string]string) {
	t.Helper()
	calls := regexp.MustCompile(`(?m)^    \$ (curl .*)\n    (.*)$`).FindAllStringSubmatch(readme, -1)
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
