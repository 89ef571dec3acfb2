package assembly

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLoadDemo(t *testing.T) {
	a := demo(t)
	var stacks []string
	for _, s := range a.allStacks() {
		stacks = append(stacks, s.Path+" "+s.Account+" "+s.Region)
	}
	want := []string{
		"Demo 111122223333 ap-northeast-1",
		"Demo/Nested 111122223333 ap-northeast-1",
		"Demo/Nested/Deep 111122223333 ap-northeast-1",
		"Edge 111122223333 us-east-1",
		"Prod/App 444455556666 us-east-1",
		"Prod/Shared 444455556666 us-east-1",
	}
	if !slices.Equal(stacks, want) {
		t.Errorf("stacks are\n%s, want\n%s", strings.Join(stacks, "\n"), strings.Join(want, "\n"))
	}
	if got := a.Stacks[1].Name; got != "Demo-furl-edge-ap-northeast-1" {
		t.Errorf("the edge stack is called %q, not by its explicit name", got)
	}
	if got := a.Stacks[2].Name; got != "Prod-App" {
		t.Errorf("the stage's stack is called %q", got)
	}
}

var demoFunctions = []string{
	"Demo/Handler", "Demo/Nested/Deep/Handler", "Demo/Nested/Handler", "Edge/Signer", "Prod/App/Handler", "Prod/Shared/Handler",
}

func TestResources(t *testing.T) {
	a := demo(t)
	if got := paths(a.Resources("AWS::Lambda::Function")); !slices.Equal(got, demoFunctions) {
		t.Errorf("functions are %v, want %v", got, demoFunctions)
	}
	policiesAndURLs := a.Resources("AWS::CloudFront::CachePolicy", "AWS::Lambda::Url")
	if got, want := paths(policiesAndURLs), []string{"Demo/CachePolicy", "Demo/Handler/Aliaslive/FunctionUrl"}; !slices.Equal(got, want) {
		t.Errorf("of two types: %v, want %v", got, want)
	}
	if all := a.Resources(); len(all) != 22 || !slices.IsSortedFunc(all, byPath) {
		t.Errorf("%d resources, or not sorted: %v", len(all), paths(all))
	}
}

// Without the CDK CLI (app.Synth in a test, say) templates have no Metadata. The construct paths are then those of the
// manifest, although three functions of one stack and its nested stacks share a logical id, and code is found by its hash.
func TestWithoutTemplateMetadata(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/demo")); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*.template.json", "*/*.template.json"} {
		templates, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range templates {
			removeMetadata(t, file)
		}
	}
	bare, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	full := demo(t)
	if got, want := paths(bare.Resources()), paths(full.Resources()); !slices.Equal(got, want) {
		t.Errorf("paths are\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i, r := range full.Resources("AWS::Lambda::Function") {
		same := bare.Resources("AWS::Lambda::Function")[i]
		want, err1 := r.CodeDir(t.TempDir())
		got, err2 := same.CodeDir(t.TempDir())
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if r.properties["Code"].(map[string]any)["ZipFile"] == nil && filepath.Base(got) != filepath.Base(want) {
			t.Errorf("code of %s is in %s, want %s", r.Path, got, want)
		}
	}
}

func removeMetadata(t *testing.T, file string) {
	t.Helper()
	var template map[string]any
	if err := readJSON(file, &template); err != nil {
		t.Fatal(err)
	}
	for _, resource := range template["Resources"].(map[string]any) {
		delete(resource.(map[string]any), "Metadata")
	}
	data, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPathWithoutAnyMetadata(t *testing.T) {
	s := loadStack(t, `{"Resources": {"Queue4A": {"Type": "AWS::SQS::Queue"}}}`)
	if got := s.Resources[0].Path; got != "Demo/Queue4A" {
		t.Errorf("path is %q, want the stack's path and the logical id", got)
	}
}

func TestLoadErrors(t *testing.T) {
	empty := `{"Resources": {}}`
	tests := []struct {
		name, why string
		files     map[string]string
		want      []string
	}{
		{
			"no manifest", "the usual first mistake: nothing was synthesised",
			nil,
			[]string{"no manifest.json in", "npx cdk synth"},
		},
		{
			"manifest is not JSON", "a synthesis that was interrupted",
			map[string]string{"manifest.json": `{"artifacts"`},
			[]string{"manifest.json", "unexpected end of JSON"},
		},
		{
			"template missing", "a cdk.out that was copied in part",
			map[string]string{"manifest.json": manifestOf(t, map[string]string{"Demo": "aws://1/us-east-1"})},
			[]string{"stack Demo", "Demo.template.json"},
		},
		{
			"template is not JSON", "a template may be YAML, which CDK never writes",
			map[string]string{
				"manifest.json": manifestOf(t, map[string]string{"Demo": "aws://1/us-east-1"}), "Demo.template.json": "Resources:",
			},
			[]string{"stack Demo", "Demo.template.json", "invalid character"},
		},
		{
			"no region", "every address has a region in it, and the answer is one line in the app",
			map[string]string{
				"manifest.json":      manifestOf(t, map[string]string{"Demo": "aws://unknown-account/unknown-region"}),
				"Demo.template.json": empty,
			},
			[]string{"Demo has no region", "Env: &awscdk.Environment{Region"},
		},
		{
			"odd environment", "a manifest of another version must not be half understood",
			map[string]string{"manifest.json": manifestOf(t, map[string]string{"Demo": "somewhere"}), "Demo.template.json": empty},
			[]string{"stack Demo", `environment "somewhere"`},
		},
		{
			"nested assembly missing", "its manifest is asked for in its own folder",
			map[string]string{"manifest.json": `{"artifacts": {"assembly-Prod": {"type": "cdk:cloud-assembly",
				"properties": {"directoryName": "assembly-Prod"}}}}`},
			[]string{"no manifest.json in", "assembly-Prod"},
		},
		{
			"same stack twice", "on AWS the second would replace the first",
			map[string]string{
				"manifest.json": `{"artifacts": {
					"A": {"type": "aws:cloudformation:stack", "environment": "aws://1/us-east-1",
						"properties": {"templateFile": "t.json", "stackName": "Api"}},
					"B": {"type": "aws:cloudformation:stack", "environment": "aws://1/us-east-1",
						"properties": {"templateFile": "t.json", "stackName": "Api"}}}}`,
				"t.json": empty,
			},
			[]string{"A and B are both stack Api in us-east-1"},
		},
		{
			"condition missing", "whether a resource exists must not be guessed",
			map[string]string{
				"manifest.json":      manifestOf(t, map[string]string{"Demo": "aws://1/us-east-1"}),
				"Demo.template.json": `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "IsProd"}}}`,
			},
			[]string{"stack Demo", "condition of Q", "no condition IsProd"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(t, tt.files)
			wantError(t, err, tt.want, tt.why)
		})
	}
}

// wantError checks that the error says all of want.
func wantError(t *testing.T, err error, want []string, why string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q: %s", want, why)
	}
	for _, part := range want {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v (%s)", part, err, why)
		}
	}
}

func paths(resources []*Resource) []string {
	var all []string
	for _, r := range resources {
		all = append(all, r.Path)
	}
	return all
}
