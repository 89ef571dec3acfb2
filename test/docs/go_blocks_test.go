package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// given are the names that fragments of Go share. Each fragment's page introduces them.
const given = `package pages

import (
	"net/http"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	furl "github.com/furl-cdk/furl/constructs"
)

var (
	stack                         awscdk.Stack
	function, challenge           awslambda.Function
	orders, reports, summarise    awslambda.IFunction
	workerRole                    awsiam.IRole
	pool                          awscognito.IUserPool
	web                           awscognito.IUserPoolClient
	acl                           *furl.WebAcl
	api                           *furl.SecureFunctionUrl
	distribution                  interface{ AddPropertyOverride(*string, any) }
	event                         events.LambdaFunctionURLRequest
	cfg                           aws.Config
	grantURL, functionURL, text   string
	distributionURL               string
	addToken                      func(*http.Request) error
	valid                         func(url, body, signature string) bool
)
`

// imported are the packages that fragments name. A fragment that names another one does not compile.
var imported = map[string]string{
	"awscdk":        "github.com/aws/aws-cdk-go/awscdk/v2",
	"awscloudfront": "github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront",
	"awscognito":    "github.com/aws/aws-cdk-go/awscdk/v2/awscognito",
	"awslambda":     "github.com/aws/aws-cdk-go/awscdk/v2/awslambda",
	"awslogs":       "github.com/aws/aws-cdk-go/awscdk/v2/awslogs",
	"awswafv2":      "github.com/aws/aws-cdk-go/awscdk/v2/awswafv2",
	"client":        "github.com/furl-cdk/furl/client",
	"events":        "github.com/aws/aws-lambda-go/events",
	"fmt":           "fmt",
	"furl":          "github.com/furl-cdk/furl/constructs",
	"http":          "net/http",
	"jsii":          "github.com/aws/jsii-runtime-go",
	"lambdaurl":     "github.com/aws/aws-lambda-go/lambdaurl",
	"os":            "os",
	"strings":       "strings",
	"viewer":        "github.com/furl-cdk/furl/viewer",
}

// TestGoBlocks compiles the pages' Go. Blocks with a file's name are one program. Each other block is the body of a
// function.
func TestGoBlocks(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the CDK packages, if the cache does not have them")
	}
	if out, err := compile(t, blocksOf(t, "go")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestGoBlocksCanFail checks that TestGoBlocks can fail, and that it tells the page and line.
func TestGoBlocksCanFail(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the CDK packages, if the cache does not have them")
	}
	for _, row := range []struct{ name, why, file, text, place string }{
		{
			name: "field", why: "it was renamed", place: "docs/page.md:8",
			text: "// A comment.\nfurl.NewEdgeSigner(stack, nil, &furl.EdgeSignerProps{Nothing: 1})\n",
		},
		{name: "package", why: "the page's reader has to guess it", text: "strconv.Itoa(1)\n", place: "docs/page.md:7"},
		{name: "name", why: "nothing makes it", text: "nothing := unknown\n", place: "docs/page.md:7"},
		{
			name: "program", why: "it must stand alone", file: "main.go", place: "docs/page.md:9",
			text: "package main\n\nfunc main() { println(stack) }\n",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := block{page: "docs/page.md", line: 7, language: "go", name: row.file, text: row.text}
			if out, err := compile(t, []block{b}); err == nil || !strings.Contains(out, row.place) {
				t.Errorf("%v, want an error at %s (%s)\n%s", err, row.place, row.why, out)
			}
		})
	}
}

// compile vets blocks as packages of a module that uses this checkout.
func compile(t *testing.T, blocks []block) (string, error) {
	t.Helper()
	dir := consumer(t)
	for _, folder := range []string{"pages", "program"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "pages", "given.go"), given)
	for i, b := range blocks {
		place := fmt.Sprintf("//line %s:%d\n", b.page, b.line)
		if b.name != "" {
			write(t, filepath.Join(dir, "program", b.name), place+b.text)
			continue
		}
		write(t, filepath.Join(dir, "pages", fmt.Sprintf("block%d.go", i)), fragment(t, b, place))
	}
	vet := exec.Command("go", "vet", "./...")
	vet.Dir, vet.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := vet.CombinedOutput()
	return string(out), err
}

// consumer is a module that requires this one, in the same versions of everything.
func consumer(t *testing.T) string {
	t.Helper()
	own, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(own), "\n")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/docs\n"+rest+
		"\nrequire github.com/furl-cdk/furl v0.0.0\n\nreplace github.com/furl-cdk/furl => "+root+"\n")
	write(t, filepath.Join(dir, "go.sum"), string(sums))
	return dir
}

// fragment is a file whose only function has the block as its body. The names that the block declares count as used.
func fragment(t *testing.T, b block, place string) string {
	t.Helper()
	const head = "package p\n\nfunc _() (events.LambdaFunctionURLResponse, error) {\n"
	file, err := parser.ParseFile(token.NewFileSet(), "", head+b.text+"\n}\n", 0)
	if err != nil {
		t.Fatalf("%s:%d: %v", b.page, b.line, err)
	}
	packages, uses := map[string]bool{"events": true}, ""
	ast.Inspect(file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if name, ok := selector.X.(*ast.Ident); ok && imported[name.Name] != "" {
				packages[name.Name] = true
			}
		}
		return true
	})
	for _, statement := range file.Decls[0].(*ast.FuncDecl).Body.List {
		if assign, ok := statement.(*ast.AssignStmt); ok && assign.Tok == token.DEFINE {
			for _, name := range assign.Lhs {
				uses += "\t_ = " + name.(*ast.Ident).Name + "\n"
			}
		}
	}
	imports := ""
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		imports += fmt.Sprintf("import %s %q\n", name, imported[name])
	}
	return "package pages\n\n" + imports + "\nfunc _() (events.LambdaFunctionURLResponse, error) {\n" +
		place + b.text + uses + "\tpanic(0)\n}\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
