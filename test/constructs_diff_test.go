package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestChangedSigner synthesises the demo app twice, with the signer's sources changed in between, and compares the
// templates: only what belongs to the edge function's code may differ, so that an update deploys that and nothing else.
// (Go's -overlay puts the changed file in the place of the embedded one.)
func TestChangedSigner(t *testing.T) {
	dir := t.TempDir()
	source, err := filepath.Abs(filepath.Join("..", "lambdas", "edge-signer", "index.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(dir, "index.mjs")
	if err := os.WriteFile(changed, append(text, "// changed\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	before, after := filepath.Join(dir, "before"), filepath.Join(dir, "after")
	buildApp(t, before)
	buildApp(t, after, "-overlay", overlayFile)

	var last string
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			last = filepath.Join(dir, region)
			was, is := runApp(t, before, region, last), runApp(t, after, region, t.TempDir())
			edge := was.edge(t, "FurlDemo", region).name
			differences := templateDifferences(was, is)
			for _, difference := range differences {
				if !belongsToSigner(difference, edge) {
					t.Errorf("changed as well: %s", difference)
				}
			}
			// The code, the version that goes and the one that comes, and the association; elsewhere also the output that goes
			// and the one that comes.
			want := 4
			if region != "us-east-1" {
				want = 6
			}
			if len(differences) != want {
				t.Errorf("%d differences, not %d:\n%s", len(differences), want, strings.Join(differences, "\n"))
			}
		})
	}
	t.Run("can fail", func(t *testing.T) {
		was, is := readAssembly(t, last), readAssembly(t, last)
		if found := templateDifferences(was, is); len(found) != 0 {
			t.Fatalf("the same assembly differs: %q", found)
		}
		for _, role := range is.stack(t, "FurlDemo").resources("AWS::IAM::Role") {
			properties(role)["Description"] = "changed"
		}
		found := templateDifferences(was, is)
		if len(found) == 0 || belongsToSigner(found[0], "FurlDemo") {
			t.Errorf("a changed role is not seen: %q", found)
		}
	})
}

var signersOwn = regexp.MustCompile(`^(EDGE /Resources/[A-Za-z0-9-]*Signer[A-Za-z0-9]*/Properties/Code/S3Key|` +
	`EDGE /Resources/[A-Za-z0-9-]*SignerFunctionCurrentVersion[0-9A-Fa-f]+|` +
	`EDGE /Outputs/[A-Za-z0-9]*SignerFunctionCurrentVersion[0-9A-Fa-f]+|` +
	`MAIN /Resources/[A-Za-z0-9]+/Properties/DistributionConfig/DefaultCacheBehavior/LambdaFunctionAssociations/0/LambdaFunctionARN/(Ref|Fn::GetStackOutput/OutputName))$`)

func belongsToSigner(difference, edge string) bool {
	stack, path, _ := strings.Cut(difference, " ")
	return stack == edge && signersOwn.MatchString("EDGE "+path) || stack == "FurlDemo" && signersOwn.MatchString("MAIN "+path)
}

func buildApp(t *testing.T, binary string, args ...string) {
	t.Helper()
	command := exec.Command("go", append(append([]string{"build"}, args...), "-o", binary, ".")...)
	command.Dir = ".."
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, out)
	}
}

func runApp(t *testing.T, binary, region, out string) *cloudAssembly {
	t.Helper()
	command := exec.Command(binary)
	command.Dir = ".."
	command.Env = append(os.Environ(), "CDK_OUTDIR="+out, "CDK_DEFAULT_REGION="+region, "CDK_DEFAULT_ACCOUNT="+account)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("the app for %s: %v\n%s", region, err, text)
	}
	return readAssembly(t, out)
}

// templateDifferences are the paths, after the stack's name, at which two assemblies' templates differ.
func templateDifferences(was, is *cloudAssembly) []string {
	var differences []string
	names := maps.Clone(was.stacks)
	maps.Copy(names, is.stacks)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was.stacks[name] == nil || is.stacks[name] == nil {
			differences = append(differences, name+" (only in one)")
			continue
		}
		differences = append(differences, valueDifferences(name+" ", was.stacks[name].template, is.stacks[name].template)...)
	}
	return differences
}

func valueDifferences(path string, was, is any) []string {
	var differences []string
	switch a := was.(type) {
	case map[string]any:
		b, ok := is.(map[string]any)
		if !ok {
			return []string{path}
		}
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if _, both := a[key]; !both || b[key] == nil {
				differences = append(differences, path+"/"+key)
				continue
			}
			differences = append(differences, valueDifferences(path+"/"+key, a[key], b[key])...)
		}
	case []any:
		b, ok := is.([]any)
		if !ok || len(a) != len(b) {
			return []string{path}
		}
		for i := range a {
			differences = append(differences, valueDifferences(fmt.Sprintf("%s/%d", path, i), a[i], b[i])...)
		}
	default:
		if !reflect.DeepEqual(was, is) {
			return []string{path}
		}
	}
	return differences
}
