package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// regions are the two kinds of region that a stack may be in. CloudFront's own resources are in us-east-1, and a stack
// elsewhere has a support stack there.
var regions = []string{"us-east-1", "ap-northeast-1"}

const account = "111122223333"

// newApp makes an app whose synthesis panics on an error of CDK's own template validation.
func newApp(t *testing.T) awscdk.App {
	t.Helper()
	return awscdk.NewApp(&awscdk.AppProps{
		Outdir: jsii.String(t.TempDir()),
		Context: &map[string]any{
			"@aws-cdk/core:validateAgainstDefaultRules": true,
			// The CDK CLI sets this key too. It tells which template a nested stack has.
			"aws:cdk:enable-asset-metadata": true,
			// Without this key CDK warns about references in general, though Furl declares its own weak.
			"@aws-cdk/core:defaultCrossStackReferences": "strong",
		},
	})
}

// newStack makes a stack in a region of the account above.
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

// newTopic gives a stack a resource, since CloudFormation takes no empty stack.
func newTopic(stack awscdk.Stack) {
	awscdk.NewCfnResource(stack, jsii.String("Topic"), &awscdk.CfnResourceProps{Type: jsii.String("AWS::SNS::Topic")})
}

// cloudAssembly is the result of a synthesis. It has all stacks, with support stacks, nested ones and those of Stages.
type cloudAssembly struct {
	dir    string
	stacks map[string]*stack // by stack name, nested stacks by the file name of their template
}

// stack is one stack of an assembly.
type stack struct {
	name, region string
	dependencies []string // artifact ids
	messages     []message
	template     map[string]any
	nestedIn     *stack // the stack with the resource that deploys this one
	nestedAs     string // logical id of that resource
}

// message is an annotation. Its level is info, warning or error.
type message struct{ path, level, text string }

// synth synthesises into the app's folder, which lives as long as the test. It checks what no linter checks, and
// returns the assembly.
func synth(t *testing.T, app awscdk.App) *cloudAssembly {
	t.Helper()
	assembly := readAssembly(t, *app.Synth(nil).Directory())
	for _, violation := range assembly.violations() {
		t.Error(violation)
	}
	return assembly
}

// readAssembly reads an assembly that was synthesised before, for example by the CDK CLI.
func readAssembly(t *testing.T, dir string) *cloudAssembly {
	t.Helper()
	assembly := &cloudAssembly{dir: dir, stacks: map[string]*stack{}}
	assembly.read(t, dir)
	assembly.linkNested()
	return assembly
}

func (a *cloudAssembly) read(t *testing.T, dir string) {
	t.Helper()
	var manifest struct{ Artifacts map[string]artifact }
	readJSON(t, filepath.Join(dir, "manifest.json"), &manifest)
	for id, artifact := range manifest.Artifacts {
		switch artifact.Type {
		case "cdk:cloud-assembly":
			a.read(t, filepath.Join(dir, artifact.Properties.DirectoryName))
		case "aws:cloudformation:stack":
			region := artifact.Environment[strings.LastIndex(artifact.Environment, "/")+1:]
			read := &stack{name: id, region: region, dependencies: artifact.Dependencies}
			if artifact.Properties.StackName != "" {
				read.name = artifact.Properties.StackName
			}
			read.messages = artifact.messages(t, dir)
			readJSON(t, filepath.Join(dir, artifact.Properties.TemplateFile), &read.template)
			a.stacks[read.name] = read
		}
	}
	nested, err := filepath.Glob(filepath.Join(dir, "*.nested.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range nested {
		read := &stack{name: filepath.Base(file)}
		readJSON(t, file, &read.template)
		a.stacks[read.name] = read
	}
}

// artifact is an entry of a manifest, with the fields that are read here.
type artifact struct {
	Type, Environment      string
	Dependencies           []string
	Properties             struct{ TemplateFile, StackName, DirectoryName string }
	AdditionalMetadataFile string
	Metadata               map[string][]struct {
		Type string
		Data any
	}
}

func (a artifact) messages(t *testing.T, dir string) []message {
	t.Helper()
	if a.AdditionalMetadataFile != "" {
		readJSON(t, filepath.Join(dir, a.AdditionalMetadataFile), &a.Metadata)
	}
	var found []message
	for _, path := range slices.Sorted(maps.Keys(a.Metadata)) {
		for _, entry := range a.Metadata[path] {
			level, _ := strings.CutPrefix(entry.Type, "aws:cdk:")
			if text, ok := entry.Data.(string); ok && slices.Contains([]string{"info", "warning", "error"}, level) {
				found = append(found, message{path, level, text})
			}
		}
	}
	return found
}

// linkNested finds each nested stack's parent by the asset path on the parent's resource.
func (a *cloudAssembly) linkNested() {
	for _, parent := range a.stacks {
		for id, resource := range parent.resources("AWS::CloudFormation::Stack") {
			metadata, _ := resource["Metadata"].(map[string]any)
			file, _ := metadata["aws:asset:path"].(string)
			if nested := a.stacks[file]; nested != nil {
				nested.nestedIn, nested.nestedAs = parent, id
			}
		}
	}
}

// homeRegion is the region that a stack's resources are in.
func (s *stack) homeRegion() string {
	for s.nestedIn != nil {
		s = s.nestedIn
	}
	return s.region
}

// resources are those of a type, by logical id.
func (s *stack) resources(resourceType string) map[string]map[string]any {
	found := map[string]map[string]any{}
	all, _ := s.template["Resources"].(map[string]any)
	for id, value := range all {
		if resource := value.(map[string]any); resource["Type"] == resourceType {
			found[id] = resource
		}
	}
	return found
}

// assert offers CDK's assertions over the stack.
func (s *stack) assert() assertions.Template {
	return assertions.Template_FromJSON(&s.template, nil)
}

// has asserts one resource with these properties among others.
func (s *stack) has(t *testing.T, resourceType string, properties map[string]any) {
	t.Helper()
	defer func() {
		t.Helper()
		if r := recover(); r != nil {
			t.Errorf("stack %s: %v", s.name, r)
		}
	}()
	s.assert().HasResourceProperties(jsii.String(resourceType), properties)
}

// only is the one resource of a type, with its logical id.
func (s *stack) only(t *testing.T, resourceType string) (string, map[string]any) {
	t.Helper()
	found := s.resources(resourceType)
	if len(found) != 1 {
		t.Fatalf("stack %s has %d resources of type %s, not 1", s.name, len(found), resourceType)
	}
	for id, resource := range found {
		return id, resource
	}
	panic("unreachable")
}

// stack is the stack of that name, which must be there.
func (a *cloudAssembly) stack(t *testing.T, name string) *stack {
	t.Helper()
	found := a.stacks[name]
	if found == nil {
		t.Fatalf("no stack %s among %q", name, slices.Sorted(maps.Keys(a.stacks)))
	}
	return found
}

// edge is the stack with the us-east-1 part of the named stack, which may be the named stack.
func (a *cloudAssembly) edge(t *testing.T, name, region string) *stack {
	t.Helper()
	if region == "us-east-1" {
		return a.stack(t, name)
	}
	return a.stack(t, name+"-furl-edge-"+region)
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

// refusal is the message that a call panics with. The test fails if the call does not panic.
func refusal(t *testing.T, call func()) (message string) {
	t.Helper()
	defer func() {
		t.Helper()
		message = fmt.Sprint(recover())
		if message == "<nil>" {
			t.Error("was not refused")
		}
	}()
	call()
	return ""
}
