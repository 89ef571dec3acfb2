package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// layers are the packages of furl local from the ground up. A package imports only packages of the layers below.
var layers = [][]string{
	{"assembly", "control", "journal", "sigv4", "watch"},
	{"iam", "waf"},
	{"lambda"},
	{"cognito"},
	{"apigateway", "awsapi", "cloudfront", "cloudfrontjs", "functionurl"},
	{"local"},
}

// TestImportOrder holds the packages to their layers, and docs/architecture.md to the graph that `go list` gives.
func TestImportOrder(t *testing.T) {
	imports := listImports(t)
	known := slices.Concat(layers...)
	for _, name := range known {
		if _, ok := imports[name]; !ok {
			t.Errorf("layers have the package %s, and there is none", name)
		}
	}
	for name, imported := range imports {
		if !slices.Contains(known, name) {
			t.Errorf("package %s is in no layer: give it one", name)
		}
		for _, other := range imported {
			if layerOf(other) >= layerOf(name) && !(name == "cloudfront" && other == "cloudfrontjs") {
				t.Errorf("package %s imports %s, which is not below it", name, other)
			}
		}
	}
	graph := drawGraph(imports)
	t.Logf("the import graph:\n%s", graph)
	document, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "\n```text\n"+graph+"```\n") {
		t.Errorf("docs/architecture.md, \"Packages of furl local\", has another graph than this one:\n%s", graph)
	}
}

// layerOf is the number of a package's layer, counted from the ground.
func layerOf(name string) int {
	return slices.IndexFunc(layers, func(layer []string) bool { return slices.Contains(layer, name) })
}

// listImports gives each package of furl local the packages of furl local that it imports. Tests do not count.
func listImports(t *testing.T) map[string][]string {
	t.Helper()
	const module = "github.com/furl-cdk/furl/local"
	output, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	imports := map[string][]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var listed struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return imports
		} else if err != nil {
			t.Fatal(err)
		}
		var own []string
		for _, imported := range listed.Imports {
			if strings.HasPrefix(imported, module) {
				own = append(own, path.Base(imported))
			}
		}
		imports[path.Base(listed.ImportPath)] = own
	}
}

// drawGraph draws a line for each package, from the top down.
func drawGraph(imports map[string][]string) string {
	var graph strings.Builder
	for _, layer := range slices.Backward(layers) {
		for _, name := range layer {
			line := name
			if len(imports[name]) > 0 {
				line = fmt.Sprintf("%-12s → %s", name, strings.Join(imports[name], ", "))
			}
			fmt.Fprintln(&graph, line)
		}
	}
	return graph.String()
}
