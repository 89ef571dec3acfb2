package assembly

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Stack is one CloudFormation stack.
type Stack struct {
	Name   string // as deployed; for a nested stack, a generated name in CloudFormation's form
	Path   string // construct path, such as "Demo" or "Prod/Api", within an app
	Region string
	// AnyRegion says that the app gives no region. Region is then AWS_REGION, AWS_DEFAULT_REGION or DefaultRegion, as
	// the CDK CLI would deploy it (AWS SDKs and Tools Reference Guide, feature-region).
	AnyRegion bool
	Account   string // DefaultAccount where the app gives none

	// Parent is the stack that contains this nested stack. It is nil for a stack that is not nested.
	Parent *Stack
	// Nested are the existing stacks nested directly in this stack, ordered by construct path.
	Nested []*Stack
	// Resources are the resources whose condition is not false, sorted by construct path.
	Resources []*Resource

	assembly *Assembly
	dir      string // the assembly directory that paths in the template are relative to
	assets   assetFiles
	tags     map[string]string // of a stack that is not nested
	template template
	byID     map[string]*Resource // all resources of the template, also those that do not exist
	embedder *Resource            // the AWS::CloudFormation::Stack resource in the parent
}

// Output is one output of a stack.
type Output struct {
	Name        string // its logical id
	Description string
	Value       string
}

// template is the evaluated part of a CloudFormation template. Rules are not evaluated, since they test the
// bootstrap version.
type template struct {
	Parameters map[string]struct {
		Type    string
		Default any
	}
	Mappings   map[string]map[string]map[string]any
	Conditions map[string]any
	Resources  map[string]struct {
		Type       string
		Condition  string
		Properties map[string]any
		Metadata   map[string]any
	}
	Outputs map[string]struct {
		Description string
		Condition   string
		Value       any
		Export      struct{ Name any }
	}
}

// ResolvedOutputs returns the stack's outputs in order of their names. An output whose condition is false does
// not exist. If some outputs cannot be resolved, it returns the others and the joined errors.
func (s *Stack) ResolvedOutputs() ([]Output, error) {
	var outputs []Output
	var failures []error
	for _, name := range slices.Sorted(maps.Keys(s.template.Outputs)) {
		value, exists, err := evaluation{stack: s}.output(name)
		switch {
		case err != nil:
			failures = append(failures, fmt.Errorf("output %s of stack %s: %w", name, s.Name, err))
		case exists:
			outputs = append(outputs, Output{
				Name: name, Description: s.template.Outputs[name].Description, Value: value,
			})
		}
	}
	return outputs, errors.Join(failures...)
}

// readTemplate reads the template of the stack and the templates of the stacks nested in it. The paths are those
// of the top-level stack's elements, from constructPaths.
func (s *Stack) readTemplate(file string, paths map[string]string) error {
	if err := readJSON(fromDir(s.dir, file), &s.template); err != nil {
		return err
	}
	s.byID = map[string]*Resource{}
	ownPaths := s.ownPaths(paths)
	for id, r := range s.template.Resources {
		resource := &Resource{
			LogicalID: id, Type: r.Type, Stack: s,
			condition: r.Condition, properties: r.Properties, metadata: r.Metadata,
		}
		cliPath, _ := r.Metadata["aws:cdk:path"].(string)
		resource.Path = strings.TrimSuffix(cmp.Or(cliPath, ownPaths[id], s.Path+"/"+id), "/Resource")
		s.byID[id] = resource
	}
	for _, id := range slices.Sorted(maps.Keys(s.byID)) {
		if resource := s.byID[id]; resource.Type == "AWS::CloudFormation::Stack" {
			if err := resource.readNested(paths); err != nil {
				return fmt.Errorf("nested stack %s: %w", resource.Path, err)
			}
		}
	}
	return nil
}

// ownPaths returns the construct paths of the elements of this stack's template, by logical id. They are below
// the stack's construct path and not below that of a nested stack. The construct X/Y of a nested stack has its
// resource at X/Y.NestedStack/Y.NestedStackResource.
func (s *Stack) ownPaths(paths map[string]string) map[string]string {
	var nested []string
	for path := range paths {
		if scope, ok := nestedScope(path); ok && strings.HasPrefix(scope, s.Path+"/") {
			nested = append(nested, scope+"/")
		}
	}
	pathByID := map[string]string{}
	for path, id := range paths {
		inNested := slices.ContainsFunc(nested, func(scope string) bool { return strings.HasPrefix(path, scope) })
		if strings.HasPrefix(path, s.Path+"/") && !inNested {
			pathByID[id] = path
		}
	}
	return pathByID
}

// nestedScope returns the construct path of the nested stack whose resource is at resourcePath.
func nestedScope(resourcePath string) (string, bool) {
	scope, ok := strings.CutSuffix(path.Dir(resourcePath), ".NestedStack")
	return scope, ok && strings.HasSuffix(resourcePath, ".NestedStackResource")
}

// listResources fills Resources and Nested with the resources and stacks that exist under the stack's conditions.
func (s *Stack) listResources() error {
	for _, resource := range s.byID {
		exists, err := evaluation{stack: s}.holds(resource.condition)
		if err != nil {
			return fmt.Errorf("stack %s: condition of %s: %w", s.Name, resource.LogicalID, err)
		}
		if !exists {
			continue
		}
		s.Resources = append(s.Resources, resource)
		if resource.nested != nil {
			s.Nested = append(s.Nested, resource.nested)
			if err := resource.nested.listResources(); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(s.Resources, byPath)
	slices.SortFunc(s.Nested, func(x, y *Stack) int { return cmp.Compare(x.Path, y.Path) })
	return nil
}

// id returns the ARN of the stack. Its last part is a UUID on AWS.
func (s *Stack) id() string {
	return s.arn("cloudformation", "stack/"+s.Name+"/"+uuid(s.Account, s.Region, s.Name))
}

// arn returns a regional ARN of the stack's account.
func (s *Stack) arn(service, resource string) string {
	return strings.Join([]string{"arn", s.partition(), service, s.Region, s.Account, resource}, ":")
}

// globalARN returns an ARN of the stack's account in a service without regions.
func (s *Stack) globalARN(service, resource string) string {
	return strings.Join([]string{"arn", s.partition(), service, "", s.Account, resource}, ":")
}

func (s *Stack) partition() string {
	switch {
	case strings.HasPrefix(s.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.Region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func (s *Stack) urlSuffix() string {
	if s.partition() == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
