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
	"Demo/Handler", "Demo/Nested/Deep/Handler", "Demo/Nested/Handler", "Edge/Signer", "Prod/App/Handler",
	"Prod/Shared/Handler",
}

func TestResources(t *testing.T) {
	a := demo(t)
	if got := paths(a.Resources("AWS::Lambda::Function")); !slices.Equal(got, demoFunctions) {
		t.Errorf("functions are %v, want %v", got, demoFunctions)
	}
	policiesAndURLs := a.Resources("AWS::CloudFront::CachePolicy", "AWS::Lambda::Url")
	want := []string{"Demo/CachePolicy", "Demo/Handler/Aliaslive/FunctionUrl"}
	if got := paths(policiesAndURLs); !slices.Equal(got, want) {
		t.Errorf("of two types: %v, want %v", got, want)
	}
	if all := a.Resources(); len(all) != 22 || !slices.IsSortedFunc(all, byPath) {
		t.Errorf("%d resources, or not sorted: %v", len(all), paths(all))
	}
}

// TestWithoutTemplateMetadata reads templates without Metadata, as an app writes them without the CDK CLI (by
// app.Synth in a test, for example). The construct paths are then those of the manifest. Three functions of one
// stack and its nested stacks share a logical id. Code is found by its hash.
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
	bare, err := Load(dir, nil)
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
			name: "no manifest", why: "people forget to synthesise first",
			want: []string{"no manifest.json in", "npx cdk synth"},
		},
		{
			name: "newer manifest",
			why:  "what it says may mean something else",
			files: map[string]string{
				"manifest.json": `{"version": "56.0.0", "minCliVersion": "2.9999.0", "artifacts": {}}`,
			},
			want: []string{"version 56.0.0", "CDK CLI 2.9999.0 or newer", "knows version 55.x", "update furl"},
		},
		{
			name:  "manifest without a version",
			why:   "no CDK wrote it",
			files: map[string]string{"manifest.json": `{"artifacts": {}}`},
			want:  []string{`the version "", which is none`},
		},
		{
			name: "manifest is not JSON", why: "a synthesis that was interrupted",
			files: map[string]string{"manifest.json": `{"artifacts"`},
			want:  []string{"manifest.json", "unexpected end of JSON"},
		},
		{
			name: "template missing", why: "a cdk.out that was copied in part",
			files: map[string]string{"manifest.json": manifestOf(t, map[string]string{"Demo": "aws://1/us-east-1"})},
			want:  []string{"stack Demo", "Demo.template.json"},
		},
		{
			name: "template is not JSON", why: "a template may be YAML, which CDK never writes",
			files: map[string]string{
				"manifest.json": manifestOf(t, map[string]string{"Demo": "aws://1/us-east-1"}), "Demo.template.json": "Resources:",
			},
			want: []string{"stack Demo", "Demo.template.json", "invalid character"},
		},
		{
			name: "odd environment", why: "a manifest of another version must not be half understood",
			files: map[string]string{
				"manifest.json":      manifestOf(t, map[string]string{"Demo": "somewhere"}),
				"Demo.template.json": empty,
			},
			want: []string{"stack Demo", `environment "somewhere"`},
		},
		{
			name: "nested assembly missing", why: "its manifest is asked for in its own folder",
			files: map[string]string{"manifest.json": `{"version": "54.0.0", "artifacts": {
				"assembly-Prod": {"type": "cdk:cloud-assembly",
				"properties": {"directoryName": "assembly-Prod"}}}}`},
			want: []string{"no manifest.json in", "assembly-Prod"},
		},
		{
			name: "same stack twice", why: "on AWS the second would replace the first",
			files: map[string]string{
				"manifest.json": `{"version": "54.0.0", "artifacts": {
					"A": {"type": "aws:cloudformation:stack", "environment": "aws://1/us-east-1",
						"properties": {"templateFile": "t.json", "stackName": "Api"}},
					"B": {"type": "aws:cloudformation:stack", "environment": "aws://1/us-east-1",
						"properties": {"templateFile": "t.json", "stackName": "Api"}}}}`,
				"t.json": empty,
			},
			want: []string{"A and B are both stack Api in us-east-1"},
		},
		{
			name: "condition missing", why: "whether a resource exists must not be guessed",
			files: map[string]string{
				"manifest.json":      manifestOf(t, map[string]string{"Demo": "aws://1/us-east-1"}),
				"Demo.template.json": `{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "IsProd"}}}`,
			},
			want: []string{"stack Demo", "condition of Q", "no condition IsProd"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(t, tt.files)
			wantError(t, err, tt.want, tt.why)
		})
	}
}

// wantError checks that the error contains each string of want.
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

// TestStackWithoutRegion: the CDK CLI deploys it to the region of its environment.
func TestStackWithoutRegion(t *testing.T) {
	for _, row := range []struct {
		name, why, region, fallback, want string
	}{
		{name: "AWS_REGION", why: "it comes first", region: "eu-west-1", fallback: "eu-north-1", want: "eu-west-1"},
		{name: "AWS_DEFAULT_REGION", why: "it comes second", fallback: "eu-north-1", want: "eu-north-1"},
		{name: "neither", why: "the CLI's own default", want: "us-east-1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("AWS_REGION", row.region)
			t.Setenv("AWS_DEFAULT_REGION", row.fallback)
			stacks := loadStacks(t, map[string]string{"Demo": "aws://unknown-account/unknown-region"},
				map[string]string{"Demo": `{"Outputs": {"Region": {"Value": {"Ref": "AWS::Region"}}}}`})
			outputs, err := stacks[0].ResolvedOutputs()
			if err != nil || outputs[0].Value != row.want || !stacks[0].AnyRegion {
				t.Errorf("%s: %v, %v, %t, want %s", row.why, outputs, err, stacks[0].AnyRegion, row.want)
			}
		})
	}
}
