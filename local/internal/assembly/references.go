package assembly

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// refFunction evaluates Ref of a pseudo parameter, a parameter or a resource.
func (e evaluation) refFunction(argument any) (any, error) {
	name, ok := argument.(string)
	if !ok {
		return nil, errors.New("want the name of a resource or parameter")
	}
	if strings.HasPrefix(name, "AWS::") {
		return e.pseudoParameter(name)
	}
	if _, ok := e.stack.template.Parameters[name]; ok {
		return e.parameter(name)
	}
	resource, err := e.resource(name)
	if err != nil {
		return nil, err
	}
	return e.ref(resource)
}

func (e evaluation) pseudoParameter(name string) (any, error) {
	switch name {
	case "AWS::AccountId":
		return e.stack.Account, nil
	case "AWS::Region":
		return e.stack.Region, nil
	case "AWS::Partition":
		return e.stack.partition(), nil
	case "AWS::URLSuffix":
		return e.stack.urlSuffix(), nil
	case "AWS::StackName":
		return e.stack.Name, nil
	case "AWS::StackId":
		return e.stack.id(), nil
	case "AWS::NotificationARNs":
		return []any{}, nil
	case "AWS::NoValue":
		return absent{}, nil
	}
	return nil, fmt.Errorf("no pseudo parameter %s", name)
}

// parameter returns the value that a nested stack's parent gives, else the default. Nothing else gives values.
func (e evaluation) parameter(name string) (any, error) {
	e, err := e.enter(fmt.Sprintf("parameter %s of stack %s", name, e.stack.Name))
	if err != nil {
		return nil, err
	}
	parameter := e.stack.template.Parameters[name]
	value := parameter.Default
	if given, ok := e.given(name); ok {
		return listParameter(parameter.Type, given)
	}
	if e.stack.embedder != nil {
		given, _ := e.stack.embedder.properties["Parameters"].(map[string]any)
		if v, ok := given[name]; ok {
			if value, err = e.in(e.stack.Parent).resolve(v); err != nil {
				return nil, err
			}
		}
	}
	switch ssm, isSSM := strings.CutPrefix(parameter.Type, "AWS::SSM::Parameter::Value<"); {
	case value == nil || value == absent{}:
		value = e.unknown("parameter without a default", e.stack.Name+"."+name)
	case isSSM:
		parameterName, err := text(value)
		if err != nil {
			return nil, err
		}
		stored, err := e.ssmParameter(parameterName, e.stack.Region)
		if err != nil {
			return nil, err
		}
		return listParameter(strings.TrimSuffix(ssm, ">"), stored)
	}
	return listParameter(parameter.Type, value)
}

// listParameter returns the value of a parameter. A parameter of a list type is written with commas.
func listParameter(parameterType string, value any) (any, error) {
	if parameterType != "CommaDelimitedList" && !strings.HasPrefix(parameterType, "List<") {
		return text(value)
	}
	commas, ok := value.(string)
	if !ok {
		return value, nil
	}
	items := strings.Split(commas, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return toList(items), nil
}

// resource returns a resource of the stack. If the resource does not exist, it returns an error.
func (e evaluation) resource(logicalID string) (*Resource, error) {
	resource, ok := e.stack.byID[logicalID]
	if !ok {
		return nil, fmt.Errorf("stack %s has no resource or parameter %s", e.stack.Name, logicalID)
	}
	exists, err := e.holds(resource.condition)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, fmt.Errorf("%s does not exist: its condition %s is false", resource, resource.condition)
	}
	return resource, nil
}

// getAtt evaluates Fn::GetAtt in its two forms, ["Resource", "Attribute"] and "Resource.Attribute".
func (e evaluation) getAtt(argument any) (any, error) {
	var logicalID, attribute string
	switch argument := argument.(type) {
	case string:
		logicalID, attribute, _ = strings.Cut(argument, ".")
	case []any:
		if len(argument) != 2 {
			return nil, errors.New("want the logical id of a resource and an attribute")
		}
		logicalID, _ = argument[0].(string)
		var err error
		if attribute, err = e.resolveText(argument[1]); err != nil {
			return nil, err
		}
	}
	if logicalID == "" || attribute == "" {
		return nil, errors.New("want the logical id of a resource and an attribute")
	}
	resource, err := e.resource(logicalID)
	if err != nil {
		return nil, err
	}
	return e.attribute(resource, attribute)
}

// output returns the value of an output and whether the output exists.
func (e evaluation) output(name string) (value string, exists bool, err error) {
	output, ok := e.stack.template.Outputs[name]
	if !ok {
		return "", false, nil
	}
	if e, err = e.enter(fmt.Sprintf("output %s of stack %s", name, e.stack.Name)); err != nil {
		return "", false, err
	}
	if exists, err = e.holds(output.Condition); err != nil || !exists {
		return "", false, err
	}
	value, err = e.resolveText(output.Value)
	return value, true, err
}

// getStackOutput evaluates Fn::GetStackOutput, which reads an output of another stack, across regions and
// accounts (CloudFormation Template Reference, intrinsic-function-reference-getstackoutput). CDK writes it for
// weak references. The default region is that of the asking stack. The account is that of RoleArn, which
// cross-account references need.
func (e evaluation) getStackOutput(argument any) (any, error) {
	object, _ := argument.(map[string]any)
	stackName, err := e.resolveText(object["StackName"])
	if err != nil {
		return nil, within("StackName", err)
	}
	outputName, err := e.resolveText(object["OutputName"])
	if err != nil {
		return nil, within("OutputName", err)
	}
	region := e.stack.Region
	if given, ok := object["Region"]; ok {
		if region, err = e.resolveText(given); err != nil {
			return nil, within("Region", err)
		}
	}
	account := e.stack.Account
	if given, ok := object["RoleArn"]; ok {
		role, err := e.resolveText(given)
		if err != nil {
			return nil, within("RoleArn", err)
		}
		if parts := strings.Split(role, ":"); len(parts) > 4 { // arn:partition:iam::account:role/name
			account = parts[4]
		}
	}
	producer, err := e.stack.assembly.find(stackName, region, account)
	if err != nil {
		return e.givenOrUnknown("output of a stack that is not in the assembly", stackName+"."+outputName), nil
	}
	value, exists, err := e.in(producer).output(outputName)
	if err == nil && !exists {
		err = fmt.Errorf("stack %s in %s has no output %s", stackName, region, outputName)
	}
	return value, err
}

// find returns the stack of a name in a region and account. If the region has only one stack of the name, the
// account is ignored. One of two stacks may have been synthesised with its account and the other without.
func (a *Assembly) find(name, region, account string) (*Stack, error) {
	var found []*Stack
	for _, stack := range a.allStacks() {
		if stack.Name == name && stack.Region == region {
			found = append(found, stack)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	for _, stack := range found {
		if stack.Account == account {
			return stack, nil
		}
	}
	return nil, fmt.Errorf("the assembly has no stack %s in %s of account %s", name, region, account)
}

// importValue evaluates Fn::ImportValue. It reads an output that a stack of the same account and region exports.
func (e evaluation) importValue(argument any) (any, error) {
	name, err := e.resolveText(argument)
	if err != nil {
		return nil, err
	}
	for _, stack := range e.stack.assembly.allStacks() {
		if stack.Region != e.stack.Region || stack.Account != e.stack.Account {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(stack.template.Outputs)) {
			export := stack.template.Outputs[id].Export.Name
			if export == nil {
				continue
			}
			if exported, err := e.in(stack).resolveText(export); err != nil || exported != name {
				continue // an export whose name cannot be resolved is skipped
			}
			value, exists, err := e.in(stack).output(id)
			if exists || err != nil {
				return value, err
			}
		}
	}
	return e.givenOrUnknown("export of a stack that is not in the assembly", name), nil
}
