package test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// demoRegions are the two kinds of region, and a region that accounts opt in to.
var demoRegions = append(slices.Clone(regions), "ap-east-1")

// TestDemoSynthesises synthesises the demo by the CDK CLI. CDK's validation finds no error, and synth's checks hold.
func TestDemoSynthesises(t *testing.T) {
	for _, region := range demoRegions {
		t.Run(region, func(t *testing.T) {
			dir := demoAssembly(t, region, "")
			assembly := readAssembly(t, dir)
			for _, line := range assembly.violations() {
				t.Error(line)
			}
			expectNoExports(t, assembly)
			stacks := 1
			if region != "us-east-1" {
				stacks = 2
			}
			if len(assembly.stacks) != stacks {
				t.Errorf("%d stacks, want %d", len(assembly.stacks), stacks)
			}
		})
	}
}

// TestDemoSaysItsTarget checks that a template with functions for this machine says that it cannot be deployed.
func TestDemoSaysItsTarget(t *testing.T) {
	for target, says := range map[string]bool{"": false, "host": true} {
		dir := demoAssembly(t, "ap-northeast-1", target)
		template := read(t, filepath.Join(dir, "FurlDemo.template.json"))
		if strings.Contains(template, "not deployable") != says {
			t.Errorf("target %q: the template says that it is not deployable: %t, want %t", target, !says, says)
		}
	}
}

// templates are the paths of an assembly's templates.
func templates(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestGoldenDemo holds the demo's stacks as the CDK CLI writes them.
func TestGoldenDemo(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			checkGolden(t, "demo."+region, readAssembly(t, demoAssembly(t, region, "")))
		})
	}
}

// TestDemoBuildsReproducibly checks that the same sources give the same assets in each synthesis, since no asset knows
// its region. So a second deployment changes nothing.
func TestDemoBuildsReproducibly(t *testing.T) {
	assets := map[string][]string{} // by region
	for _, region := range demoRegions {
		found, err := filepath.Glob(filepath.Join(demoAssembly(t, region, ""), "asset.*"))
		if err != nil || len(found) != 4 {
			t.Fatalf("assets %q (%v), want the edge signer, the demo function (leased too), the streaming one "+
				"and the grant function", found, err)
		}
		for _, path := range found {
			assets[region] = append(assets[region], filepath.Base(path))
		}
		if first := assets[demoRegions[0]]; !slices.Equal(first, assets[region]) {
			t.Errorf("assets %q for %s, and %q for %s", first, demoRegions[0], assets[region], region)
		}
	}
}

// TestChangedSignerDiff changes the signer and asks `cdk diff` for the changes. They are the edge function's code, its
// version, the output and reference with its ARN, and the distribution's association. Nothing else may change.
func TestChangedSignerDiff(t *testing.T) {
	source, err := filepath.Abs("../lambdas/edge-signer/index.mjs")
	if err != nil {
		t.Fatal(err)
	}
	changed, overlay := filepath.Join(t.TempDir(), "index.mjs"), filepath.Join(t.TempDir(), "overlay.json")
	write(t, changed, read(t, source)+"\n// changed\n")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, overlay, string(replace))
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			before, after := demoAssembly(t, region, ""), t.TempDir()
			synthesise(t, after, region, "--app", "go run -overlay "+overlay+" .")
			for _, template := range templates(t, before) {
				stack := strings.TrimSuffix(filepath.Base(template), ".template.json")
				found := changes(t, after, template, stack)
				if want := changesOfSigner(stack, region); !slices.Equal(found, want) {
					t.Errorf("cdk diff of %s shows %q, want %q", stack, found, want)
				}
			}
		})
	}
}

// changesOfSigner are the changes of the demo's stack in a region when the signer's code changes, sorted.
func changesOfSigner(stack, region string) []string {
	code := []string{
		"[-] AWS::Lambda::Version CurrentVersion", "[+] AWS::Lambda::Version CurrentVersion",
		"[~] AWS::Lambda::Function Function", "[~] Code", "[~] .S3Key", "[~] Metadata", "[~] .aws:asset:path",
	}
	association := []string{
		"[~] AWS::CloudFront::Distribution Distribution", "[~] DistributionConfig",
		"[~] .DefaultCacheBehavior", "[~] .CacheBehaviors", "[~] .LambdaFunctionAssociations",
	}
	want := append(code, association...)
	switch {
	case strings.Contains(stack, "-furl-edge-"):
		want = append(code, "[-] Output", "[+] Output")
	case region != "us-east-1":
		want = association
	}
	slices.Sort(want)
	return want
}

// synthesise synthesises the demo by the CDK CLI into a folder.
func synthesise(t *testing.T, dir, region string, args ...string) {
	t.Helper()
	if _, err := cdk(region, append([]string{"synth", "-q", "-o", dir}, args...)...); err != nil {
		t.Fatal(err)
	}
}

var (
	changedResource = regexp.MustCompile(`(?m)^(\[[-+~]\]) (Output|AWS::\S+)(?: (\S+))?`)
	changedProperty = regexp.MustCompile(`(?m)^[ │├└─]+\[~\] ([\w.:]+?):?$`)
)

// changes are the resources and properties that `cdk diff` names, sorted. A resource is "[~] TYPE
// LAST-PART-OF-THE-PATH", and a property is "[~] NAME".
func changes(t *testing.T, after, template, stack string) []string {
	t.Helper()
	diff, err := cdk("us-east-1", "diff", "--ci", "--no-color", "--exclusively",
		"--app", after, "--template", template, stack)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, match := range changedResource.FindAllStringSubmatch(diff, -1) {
		line := match[1] + " " + match[2]
		if match[2] != "Output" {
			line += " " + match[3][strings.LastIndex(match[3], "/")+1:]
		}
		found = append(found, line)
	}
	for _, match := range changedProperty.FindAllStringSubmatch(diff, -1) {
		found = append(found, "[~] "+match[1])
	}
	slices.Sort(found)
	return found
}

// TestTwoRegionsShareNoName checks the names of one app in several regions. Each region has its resources in us-east-1,
// and role names are global.
func TestTwoRegionsShareNoName(t *testing.T) {
	seen := map[string]string{}
	for _, region := range demoRegions {
		dir := demoAssembly(t, region, "")
		names := regexp.MustCompile(`"RoleName": "([^"]+)"`)
		for _, template := range templates(t, dir) {
			found := []string{filepath.Base(template)}
			for _, match := range names.FindAllStringSubmatch(read(t, template), -1) {
				found = append(found, "role "+match[1])
			}
			if strings.HasPrefix(found[0], "FurlDemo.") && region != "us-east-1" {
				found = found[1:] // the stack in the app's region may have the same name everywhere
			}
			for _, name := range found {
				if seen[name] != "" {
					t.Errorf("%s is in %s and in %s", name, seen[name], region)
				}
				seen[name] = region
			}
		}
	}
	if len(seen) < 6 {
		t.Errorf("found %d names, want a role and a stack for each of three regions: %v", len(seen), seen)
	}
}
