package test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport lists the folders of this module that a folder's packages may import (docs/architecture.md). Test files may
// import more. Nothing imports test.
var mayImport = map[string][]string{
	"":           {"constructs"},
	"cmd":        {"local"},
	"constructs": {"lambdas"},
	"lambdas":    {"lambdas"},
	"client":     {"client"},
	"viewer":     {},
	"local":      {"local"},
	"test":       {"constructs", "lambdas", "local", "cmd", "client", "viewer"},
	"examples":   {"viewer"},
}

const module = "github.com/furl-cdk/furl"

// exceptions are single imports beside mayImport. The demo imports what its users would. Its page runs the browser
// module, and its functions find the viewer's headers and claims with package viewer. The example's app is apart from
// its server, which stays without the CDK.
var exceptions = map[string][]string{
	module + "/lambdas/demo":        {module + "/client/browser", module + "/viewer"},
	module + "/lambdas/demo/stream": {module + "/viewer"},
	module + "/" + example:          {module + "/constructs"},
}

// goPackage has the fields of `go list -json` that are read here.
type goPackage struct {
	ImportPath string
	Imports    []string
}

// forbiddenImports are the imports that break the house's rules.
func forbiddenImports(packages []goPackage) []string {
	var found []string
	for _, p := range packages {
		from := folder(p.ImportPath)
		allowed, known := mayImport[from]
		mayLoadCDK := slices.Contains([]string{"", "constructs", "test"}, from) || p.ImportPath == module+"/"+example
		for _, imported := range p.Imports {
			within := imported == module || strings.HasPrefix(imported, module+"/")
			cdk := strings.HasPrefix(imported, "github.com/aws/aws-cdk-go/") ||
				strings.HasPrefix(imported, "github.com/aws/jsii-runtime-go")
			switch {
			case !known:
				found = append(found, p.ImportPath+" is in no folder of the house")
			case within && !slices.Contains(allowed, folder(imported)) &&
				!slices.Contains(exceptions[p.ImportPath], imported),
				cdk && !mayLoadCDK:
				found = append(found, p.ImportPath+" imports "+imported)
			}
		}
	}
	return found
}

// folder is the top folder of a package of this module.
func folder(importPath string) string {
	top, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/"), "/")
	return top
}

// packagesIn are the packages of the module in a folder of the repository.
func packagesIn(t *testing.T, dir string, atLeast int) []goPackage {
	t.Helper()
	out, err := output(filepath.Join("..", dir), nil, "go", "list", "-json=ImportPath,Imports", "./...")
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < atLeast {
		t.Fatalf("go list found %d packages in %q, so this test would see nothing", len(packages), dir)
	}
	return packages
}

func TestWhoImportsWhom(t *testing.T) {
	packages := append(packagesIn(t, "", 8), packagesIn(t, example, 2)...)
	for _, line := range forbiddenImports(packages) {
		t.Error(line)
	}
	makefile, err := os.ReadFile(filepath.Join("..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for top := range mayImport {
		if top == "examples" {
			continue // another module, which TestExampleModule holds to the Makefile
		}
		if !isTested(string(makefile), top) {
			t.Errorf("the Makefile lists no packages of %q, so make test leaves them out", top)
		}
	}
}

// isTested reports whether the folder is in one of the two lists of packages that make vets and tests.
func isTested(makefile, top string) bool {
	for line := range strings.Lines(makefile) {
		name, list, _ := strings.Cut(line, " := ")
		if !strings.HasSuffix(name, "_PACKAGES") {
			continue
		}
		for _, pattern := range strings.Fields(list) {
			if strings.Trim(strings.TrimSuffix(pattern, "..."), "./") == top {
				return true
			}
		}
	}
	return false
}

func TestWhoImportsWhomCanFail(t *testing.T) {
	for _, row := range []struct{ name, from, imports string }{
		{"local reads only the assembly", module + "/local/internal/waf", module + "/constructs"},
		{"lambdas stand alone", module + "/lambdas/demo", module + "/local"},
		{"viewer stands alone", module + "/viewer", module + "/client"},
		{"viewer is for the functions of users and of the demo", module + "/lambdas/grant", module + "/viewer"},
		{"constructs do not need viewer", module + "/constructs", module + "/viewer"},
		{"the example's server has no CDK", module + "/" + example + "/server", "github.com/aws/aws-cdk-go/awscdk/v2"},
		{"the example's server has no constructs", module + "/" + example + "/server", module + "/constructs"},
		{"the example takes what is exported", module + "/" + example, module + "/lambdas"},
		{"nothing imports test", module + "/constructs", module + "/test"},
		{"CDK stays where it is compiled anyway", module + "/local", "github.com/aws/aws-cdk-go/awscdk/v2"},
		{"a new folder has its place", module + "/utils", "fmt"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if found := forbiddenImports([]goPackage{{row.from, []string{row.imports}}}); len(found) != 1 {
				t.Errorf("%s imports %s: found %q", row.from, row.imports, found)
			}
		})
	}
	if isTested("CDK_PACKAGES := . ./test\nOTHER_PACKAGES := ./local/...\n", "viewer") {
		t.Error("a folder that the Makefile does not list counts as tested")
	}
}
