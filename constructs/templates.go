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
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
)

// templates are all templates that an app's synthesis wrote, with those of nested stacks and Stages. They have the
// results of aspects, overrides and raw resources, which the constructs do not show.
type templates struct {
	all   []*template
	depth int // of the value that is being read
}

// template is one template that synthesis wrote.
type template struct {
	file, stackName string
	account, region string    // "" where only the deployment knows it
	parent          *template // nil for a top-level stack
	idInParent      string    // the logical id in the parent
	Resources       map[string]resource
	Outputs         map[string]declaredOutput
	exports         map[string]any // values by the names of the exports
	guards          []string       // logical ids of the Lambda permissions that Furl wrote
	associations    []string       // logical ids of the web ACL associations that Furl wrote
	guarded         []guardedBehavior
}

type resource struct {
	Type       string
	Properties map[string]any
	DependsOn  any // a logical id, or a list of them
}

type declaredOutput struct {
	Value  any
	Export struct{ Name any }
}

// guardKey marks Furl's permissions in the construct tree.
const guardKey = "furl:guard"

// readTemplates reads the written templates. CDK leaves nested stacks out of its list, so the construct tree tells
// of these. Their templates lie beside the outermost parent's.
func readTemplates(app constructs.IConstruct, written []*awscdk.PolicyValidationStack) (*templates, error) {
	t, byPath := &templates{}, map[string]*template{}
	for _, stack := range written {
		byPath[*stack.StackConstructPath] = &template{
			file: *stack.TemplatePath, account: valueOf(stack.AccountId), region: valueOf(stack.Region),
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
			found = byPath[*parent.Node().Path()].nestedTemplate(stack)
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
		t.all = append(t.all, found)
	}
	markOurs(tree, byPath)
	t.readExports()
	return t, nil
}

// markOurs notes in each template the resources that Furl wrote there.
func markOurs(tree []constructs.IConstruct, byPath map[string]*template) {
	for _, construct := range tree {
		switch resource := construct.(type) {
		case awslambda.CfnPermission:
			if in := byPath[*resource.Stack().Node().Path()]; in != nil && hasMetadata(resource, guardKey) {
				in.guards = append(in.guards, *resource.Stack().GetLogicalId(resource))
			}
		case awswafv2.CfnWebACLAssociation:
			if in := byPath[*resource.Stack().Node().Path()]; in != nil && hasMetadata(resource, associationKey) {
				in.associations = append(in.associations, *resource.Stack().GetLogicalId(resource))
			}
		case awscloudfront.CfnDistribution:
			if in := byPath[*resource.Stack().Node().Path()]; in != nil {
				in.guarded = append(in.guarded, guardedBehaviors(resource)...)
			}
		}
	}
}

// nestedTemplate is the template of a stack nested in this one.
func (t *template) nestedTemplate(stack awscdk.Stack) *template {
	file := *stack.TemplateFile()
	name, _, _ := strings.Cut(file, ".")
	return &template{
		file: filepath.Join(filepath.Dir(t.file), file), stackName: name, account: t.account, region: t.region,
		parent: t, idInParent: *awscdk.Stack_Of(stack.NestedStackResource()).GetLogicalId(stack.NestedStackResource()),
	}
}

func (t *template) read() error {
	data, err := os.ReadFile(t.file)
	if err != nil {
		return fmt.Errorf("read a template: %w", err)
	}
	var written struct{ Resources, Outputs map[string]json.RawMessage }
	if err := json.Unmarshal(data, &written); err != nil {
		return fmt.Errorf("read the template %s: %w", t.file, err)
	}
	t.Resources, t.Outputs = objects[resource](written.Resources), objects[declaredOutput](written.Outputs)
	return nil
}

// objects are the entries of a section that are objects of one form. A macro's entry is a list, such as
// Fn::ForEach::Topics (CloudFormation User Guide, intrinsic-function-reference-foreach).
func objects[T any](section map[string]json.RawMessage) map[string]T {
	all := map[string]T{}
	for id, data := range section {
		var object T
		if json.Unmarshal(data, &object) == nil {
			all[id] = object
		}
	}
	return all
}

func (t *templates) readExports() {
	for _, in := range t.all {
		in.exports = map[string]any{}
		for _, out := range in.Outputs {
			if out.Export.Name != nil {
				in.exports[t.text(in, out.Export.Name)] = out.Value
			}
		}
	}
}

// find is the text of a value that one template of an account and region has. Only the deployment may know one of
// the two accounts. The value is then known if no second template could have it.
func (t *templates) find(account, region string, value func(*template) (any, bool)) (string, bool) {
	var candidates []string
	for _, in := range t.all {
		value, has := value(in)
		switch {
		case !has || in.region != region:
		case in.account == account:
			return t.text(in, value), true
		case in.account == "" || account == "":
			candidates = append(candidates, t.text(in, value))
		}
	}
	if len(candidates) != 1 {
		return "", false
	}
	return candidates[0], true
}

// ids are the logical ids of a type's resources, sorted.
func (t *template) ids(resourceType string) []string {
	var found []string
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if t.Resources[id].Type == resourceType {
			found = append(found, id)
		}
	}
	return found
}
