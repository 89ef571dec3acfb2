package furl

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
)

// templates are all that an app's synthesis wrote, nested stacks and Stages among them. They have what aspects,
// overrides and raw resources left, which the constructs do not show.
type templates struct {
	all     []*template
	exports map[string]output // by region and name
	depth   int               // of the value that is being read
}

// template is one written template.
type template struct {
	file, stackName string
	account, region string    // "" where only the deployment knows it
	nestedIn        *template // nil for a stack that is deployed by itself
	nestedAs        string    // the logical id there
	Resources       map[string]resource
	Outputs         map[string]struct {
		Value  any
		Export struct{ Name any }
	}
	guards []string // logical ids of the Lambda permissions that Furl wrote
}

type resource struct {
	Type       string
	Properties map[string]any
}

// output is a value with the template that it is to be read in.
type output struct {
	in    *template
	value any
}

// guardKey marks the permissions of ours in the construct tree.
const guardKey = "furl:guard"

// readTemplates reads what was written. CDK leaves nested stacks out of its list, so the construct tree tells of these:
// their templates lie beside the outermost parent's.
func readTemplates(app constructs.IConstruct, written []*awscdk.PolicyValidationStack) (*templates, error) {
	read, byPath := &templates{exports: map[string]output{}}, map[string]*template{}
	for _, stack := range written {
		byPath[*stack.StackConstructPath] = &template{
			file: *stack.TemplatePath, account: value(stack.AccountId), region: value(stack.Region),
		}
	}
	tree := *app.Node().FindAll(constructs.ConstructOrder_PREORDER) // parents before their nested stacks
	for _, construct := range tree {
		stack, ok := construct.(awscdk.Stack)
		if !ok {
			continue
		}
		found := byPath[*stack.Node().Path()]
		if parent := stack.NestedStackParent(); parent != nil && byPath[*parent.Node().Path()] != nil {
			found = byPath[*parent.Node().Path()].nest(stack)
			byPath[*stack.Node().Path()] = found
		} else if found != nil {
			found.stackName = *stack.StackName()
		}
		if found == nil {
			continue // of no template that is written
		}
		if err := found.read(); err != nil {
			return nil, err
		}
		read.all = append(read.all, found)
	}
	for _, construct := range tree {
		if permission, ok := construct.(awslambda.CfnPermission); ok && hasMetadata(permission, guardKey) {
			stack := awscdk.Stack_Of(permission)
			if in := byPath[*stack.Node().Path()]; in != nil {
				in.guards = append(in.guards, *stack.GetLogicalId(permission))
			}
		}
	}
	read.readExports()
	return read, nil
}

// nest is the template of a stack nested in this one.
func (t *template) nest(stack awscdk.Stack) *template {
	file := *stack.TemplateFile()
	name, _, _ := strings.Cut(file, ".")
	return &template{
		file: filepath.Join(filepath.Dir(t.file), file), stackName: name, account: t.account, region: t.region,
		nestedIn: t, nestedAs: *awscdk.Stack_Of(stack.NestedStackResource()).GetLogicalId(stack.NestedStackResource()),
	}
}

func (t *template) read() error {
	data, err := os.ReadFile(t.file)
	if err != nil {
		return fmt.Errorf("read a template: %w", err)
	}
	if err := json.Unmarshal(data, t); err != nil {
		return fmt.Errorf("read the template %s: %w", t.file, err)
	}
	return nil
}

func (ts *templates) readExports() {
	for _, in := range ts.all {
		for _, out := range in.Outputs {
			if out.Export.Name != nil {
				ts.exports[in.region+" "+ts.text(in, out.Export.Name)] = output{in, out.Value}
			}
		}
	}
}

// ids are the resources of a type, sorted.
func (t *template) ids(resourceType string) []string {
	var found []string
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if t.Resources[id].Type == resourceType {
			found = append(found, id)
		}
	}
	return found
}
