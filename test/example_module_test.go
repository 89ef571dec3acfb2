package test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// example is the folder of the one other module of this repository.
const example = "examples/mcp"

// goModule has the fields of `go mod edit -json` that are read here.
type goModule struct {
	Go      string
	Require []struct{ Path, Version string }
}

func readModule(t *testing.T, dir string) goModule {
	t.Helper()
	var m goModule
	text, err := output(filepath.Join("..", dir), nil, "go", "mod", "edit", "-json")
	if err == nil {
		err = json.Unmarshal([]byte(text), &m)
	}
	if err != nil || len(m.Require) == 0 {
		t.Fatalf("the go.mod of %q: %v", dir, err)
	}
	return m
}

// TestExampleModule checks that the example has the versions of this module. The Makefile tests the example, and no
// other module is in the repository.
func TestExampleModule(t *testing.T) {
	listed, err := output("..", nil, "git", "ls-files", "--cached", "--others", "--exclude-standard",
		"go.mod", "*/go.mod")
	if err != nil || strings.Join(strings.Fields(listed), " ") != example+"/go.mod go.mod" {
		t.Errorf("the modules are %q (%v), and the Makefile knows two", listed, err)
	}
	if !strings.Contains(read(t, "../Makefile"), "\nEXAMPLE := "+example+"\n") {
		t.Error("the Makefile does not name the example")
	}
	for _, line := range drifted(readModule(t, ""), readModule(t, example)) {
		t.Error(line)
	}
	sums := map[string]string{}
	for line := range strings.Lines(read(t, "../go.sum")) {
		module, sum := cutSum(line)
		sums[module] = sum
	}
	for line := range strings.Lines(read(t, filepath.Join("..", example, "go.sum"))) {
		if module, sum := cutSum(line); sums[module] != "" && sums[module] != sum {
			t.Errorf("the example has another sum of %s", module)
		}
	}
}

// cutSum splits a line of go.sum into the module with its version, and the sum.
func cutSum(line string) (module, sum string) {
	at := strings.LastIndex(line, " ")
	return line[:at], line[at:]
}

// drifted are the requirements of the example that differ from this module's.
func drifted(own, other goModule) (found []string) {
	if own.Go != other.Go {
		found = append(found, fmt.Sprintf("the example is for Go %s, and Furl for %s", other.Go, own.Go))
	}
	versions, shared := map[string]string{}, 0
	for _, r := range own.Require {
		versions[r.Path] = r.Version
	}
	for _, r := range other.Require {
		if want := versions[r.Path]; want == r.Version {
			shared++
		} else if want != "" {
			found = append(found, fmt.Sprintf("the example has %s %s, and Furl %s", r.Path, r.Version, want))
		}
	}
	if shared < 5 {
		found = append(found, fmt.Sprintf("the example shares %d requirements, so nothing is compared", shared))
	}
	return found
}

// TestExampleModuleCanFail checks that TestExampleModule sees a drift.
func TestExampleModuleCanFail(t *testing.T) {
	own, other := readModule(t, ""), readModule(t, example)
	other.Require[0].Version = "v2.270.0"
	if found := drifted(own, other); len(found) != 1 || !strings.Contains(found[0], "v2.270.0") {
		t.Errorf("an older CDK: %q", found)
	}
	other = readModule(t, example)
	other.Go = "1.25.0"
	if found := drifted(own, other); len(found) != 1 {
		t.Errorf("an older Go: %q", found)
	}
	other.Require = other.Require[:1]
	if found := drifted(own, other); len(found) != 2 {
		t.Errorf("nothing to compare: %q", found)
	}
}
