package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// regions are the two ways that everything is synthesised: beside CloudFront's own resources, and apart from them.
var regions = []string{"us-east-1", "ap-northeast-1"}

const account = "111122223333"

// template is one synthesised template, as JSON decodes it.
type template map[string]any

// resource is one resource of a template.
type resource struct {
	Type       string
	Properties map[string]any
	DependsOn  []any
	Metadata   map[string]any
	Raw        map[string]any
}

// cloudAssembly is what a synthesis left: all templates, those of support stacks and nested stacks too.
type cloudAssembly struct {
	Dir string
	// Templates by stack name; a nested stack's by its template's file name.
	Templates map[string]template
	// Stacks by stack name, without nested ones.
	Stacks map[string]stackManifest
}

// stackManifest is one stack in the assembly's manifest.
type stackManifest struct {
	ArtifactID   string
	Environment  string // aws://<account>/<region>
	Dependencies []string
	Messages     []message
}

// message is an annotation of a stack.
type message struct{ Path, Level, Text string }

func (s stackManifest) region() string {
	return s.Environment[strings.LastIndex(s.Environment, "/")+1:]
}

// newApp makes an app whose synthesis fails on errors of CDK's own template validation.
func newApp(t *testing.T) awscdk.App {
	t.Helper()
	return awscdk.NewApp(&awscdk.AppProps{
		Outdir: jsii.String(t.TempDir()),
		Context: &map[string]any{
			"@aws-cdk/core:validateAgainstDefaultRules": true,
		},
	})
}

func newStack(scope constructs.Construct, id, region string) awscdk.Stack {
	return awscdk.NewStack(scope, jsii.String(id), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
	})
}

func newFunction(scope constructs.Construct, id string) awslambda.Function {
	return awslambda.NewFunction(scope, jsii.String(id), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async () => ({ statusCode: 200 })")),
	})
}

// synth synthesises into the app's folder, which lives as long as the test, and reads back all that was written.
func synth(t *testing.T, app awscdk.App) *cloudAssembly {
	t.Helper()
	return readAssembly(t, *app.Synth(nil).Directory())
}

func readAssembly(t *testing.T, dir string) *cloudAssembly {
	t.Helper()
	assembly := &cloudAssembly{Dir: dir, Templates: map[string]template{}, Stacks: map[string]stackManifest{}}
	assembly.read(t, dir)
	return assembly
}

func (a *cloudAssembly) read(t *testing.T, dir string) {
	t.Helper()
	var manifest struct {
		Artifacts map[string]struct {
			Type         string
			Environment  string
			Dependencies []string
			Properties   struct{ TemplateFile, StackName, DirectoryName string }
			Metadata     map[string][]struct {
				Type string
				Data any
			}
			AdditionalMetadataFile string
		}
	}
	readJSON(t, filepath.Join(dir, "manifest.json"), &manifest)
	for id, artifact := range manifest.Artifacts {
		switch artifact.Type {
		case "cdk:cloud-assembly":
			a.read(t, filepath.Join(dir, artifact.Properties.DirectoryName))
		case "aws:cloudformation:stack":
			name := artifact.Properties.StackName
			if name == "" {
				name = id
			}
			stack := stackManifest{ArtifactID: id, Environment: artifact.Environment, Dependencies: artifact.Dependencies}
			metadata := artifact.Metadata
			if file := artifact.AdditionalMetadataFile; file != "" {
				readJSON(t, filepath.Join(dir, file), &metadata)
			}
			for path, entries := range metadata {
				for _, entry := range entries {
					if level, ok := strings.CutPrefix(entry.Type, "aws:cdk:"); ok && level != "logicalId" && level != "asset" {
						text, _ := entry.Data.(string)
						stack.Messages = append(stack.Messages, message{path, level, text})
					}
				}
			}
			sort.Slice(stack.Messages, func(i, j int) bool { return stack.Messages[i].Path < stack.Messages[j].Path })
			a.Stacks[name] = stack
			var read template
			readJSON(t, filepath.Join(dir, artifact.Properties.TemplateFile), &read)
			a.Templates[name] = read
		}
	}
	nested, err := filepath.Glob(filepath.Join(dir, "*.nested.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range nested {
		var read template
		readJSON(t, file, &read)
		a.Templates[filepath.Base(file)] = read
	}
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// resources of a type in a template, by logical id; all where the type is empty.
func (t template) resources(resourceType string) map[string]resource {
	found := map[string]resource{}
	all, _ := t["Resources"].(map[string]any)
	for id, value := range all {
		raw := value.(map[string]any)
		if resourceType != "" && raw["Type"] != resourceType {
			continue
		}
		r := resource{Raw: raw}
		r.Type, _ = raw["Type"].(string)
		r.Properties, _ = raw["Properties"].(map[string]any)
		r.DependsOn, _ = raw["DependsOn"].([]any)
		r.Metadata, _ = raw["Metadata"].(map[string]any)
		found[id] = r
	}
	return found
}
