package assembly

import (
	"cmp"
	"fmt"
	"strings"
)

// Resource is one resource of a stack's template.
type Resource struct {
	LogicalID string
	Type      string // such as "AWS::Lambda::Function"
	Stack     *Stack

	// Path is the construct path. A trailing "/Resource" is removed, as it is the id that an L2 construct gives to its
	// resource. A function made with awslambda.NewFunction(stack, "Handler") in the stack "Demo" is "Demo/Handler".
	// The path comes from the template's metadata (aws:cdk:path), which the CDK CLI asks for, else from the manifest's.
	// Where neither has one, the path is the stack's and the logical id.
	Path string

	condition  string
	properties map[string]any
	metadata   map[string]any
	nested     *Stack // of an AWS::CloudFormation::Stack whose template is an asset of the assembly
}

// Properties returns the resource's properties with all functions resolved, as encoding/json would decode them. Values
// that were Refs are strings, also where the property is a number.
func (r *Resource) Properties() (map[string]any, error) {
	e, err := evaluation{stack: r.Stack}.enter(r.String())
	if err != nil {
		return nil, err
	}
	resolved, err := e.resolve(r.properties)
	if err != nil {
		return nil, fmt.Errorf("properties of %s: %w", r, err)
	}
	object, ok := resolved.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("properties of %s: want an object, have %s", r, kind(resolved))
	}
	return object, nil
}

// Ref returns what {"Ref": LogicalID} gives in the resource's stack.
func (r *Resource) Ref() (string, error) {
	return evaluation{stack: r.Stack}.ref(r)
}

// Attribute returns what {"Fn::GetAtt": [LogicalID, name]} gives in the resource's stack. For an attribute that has no
// model it returns a placeholder.
func (r *Resource) Attribute(name string) (string, error) {
	value, err := evaluation{stack: r.Stack}.attribute(r, name)
	if err != nil {
		return "", err
	}
	return text(value)
}

// String names the resource in messages.
func (r *Resource) String() string {
	return fmt.Sprintf("%s (%s %s in stack %s)", r.Path, r.Type, r.LogicalID, r.Stack.Name)
}

// readNested reads the template of a nested stack, if it is an asset of the assembly. A template from elsewhere is not
// read, so its outputs have no model.
func (r *Resource) readNested(paths map[string]string) error {
	parent := r.Stack
	file, _ := r.metadata["aws:asset:path"].(string)
	if file == "" {
		url, err := evaluation{stack: parent}.resolve(r.properties["TemplateURL"])
		if err != nil {
			return err
		}
		text, _ := url.(string)
		var ok bool
		if file, ok = parent.assets.byURL(text); !ok {
			return nil
		}
	}
	scope, ok := nestedScope(r.Path)
	if !ok {
		scope = r.Path
	}
	r.nested = &Stack{
		Name: r.generatedName(128), Path: scope, Region: parent.Region, Account: parent.Account,
		Parent: parent, assembly: parent.assembly, dir: parent.dir, assets: parent.assets, embedder: r,
	}
	return r.nested.readTemplate(file, paths)
}

func byPath(x, y *Resource) int {
	return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.LogicalID, y.LogicalID))
}
