package assembly

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// call evaluates one intrinsic function (CloudFormation Template Reference, intrinsic-function-reference).
func (e evaluation) call(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		return e.refFunction(argument)
	case "Fn::GetAtt":
		return e.getAtt(argument)
	case "Fn::ImportValue":
		return e.importValue(argument)
	case "Fn::GetStackOutput":
		return e.getStackOutput(argument)
	case "Fn::If":
		return e.ifFunction(argument)
	case "Fn::Join":
		return e.join(argument)
	case "Fn::Split":
		return e.split(argument)
	case "Fn::Select":
		return e.selectFunction(argument)
	case "Fn::Sub":
		return e.sub(argument)
	case "Fn::FindInMap":
		return e.findInMap(argument)
	case "Fn::Base64":
		plain, err := e.resolveText(argument)
		return base64.StdEncoding.EncodeToString([]byte(plain)), err
	case "Fn::GetAZs":
		region, err := e.resolveText(argument)
		region = cmp.Or(region, e.stack.Region)
		return toList([]string{region + "a", region + "b", region + "c"}), err
	}
	return e.unknown("value of "+name, e.stack.Name+" "+name), nil
}

// arguments returns a function's list of arguments, which must have from least to most elements.
func arguments(argument any, least, most int) ([]any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) < least || len(list) > most {
		return nil, fmt.Errorf("want a list of %d to %d arguments", least, most)
	}
	return list, nil
}

func (e evaluation) join(argument any) (any, error) {
	list, err := arguments(argument, 2, 2)
	if err != nil {
		return nil, err
	}
	delimiter, err := e.resolveText(list[0])
	if err != nil {
		return nil, err
	}
	parts, err := e.resolveTexts(list[1])
	if err != nil {
		return nil, err
	}
	return e.dynamicReferences(strings.Join(parts, delimiter)) // CDK writes these in parts
}

func (e evaluation) split(argument any) (any, error) {
	list, err := arguments(argument, 2, 2)
	if err != nil {
		return nil, err
	}
	delimiter, err := e.resolveText(list[0])
	if err != nil {
		return nil, err
	}
	source, err := e.resolveText(list[1])
	return toList(strings.Split(source, delimiter)), err
}

func (e evaluation) selectFunction(argument any) (any, error) {
	list, err := arguments(argument, 2, 2)
	if err != nil {
		return nil, err
	}
	position, err := e.resolveText(list[0])
	if err != nil {
		return nil, err
	}
	index, err := strconv.Atoi(position)
	if err != nil {
		return nil, fmt.Errorf("index %q is not a number", position)
	}
	resolved, err := e.resolve(list[1])
	if err != nil {
		return nil, err
	}
	items, ok := resolved.([]any)
	if !ok {
		return nil, fmt.Errorf("want a list, have %s", kind(resolved))
	}
	if holder, ok := unknownList(items); ok {
		return holder, nil
	}
	if index < 0 || index >= len(items) {
		return nil, fmt.Errorf("no element %d in a list of %d", index, len(items))
	}
	return items[index], nil
}

// unknownList returns the placeholder in a list that was made of an unknown text. Nobody knows its other elements.
func unknownList(items []any) (string, bool) {
	for _, item := range items {
		itemText, _ := item.(string)
		if holder, ok := Placeholder(itemText); ok {
			return holder, true
		}
	}
	return "", false
}

// variable matches ${Name}, ${Resource.Attribute}, ${!Literal}, and ${Var} of the function's map.
var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

func (e evaluation) sub(argument any) (any, error) {
	variables := map[string]any{}
	pattern, ok := argument.(string)
	if !ok {
		list, err := arguments(argument, 2, 2)
		if err != nil {
			return nil, errors.New("want a string, or a list of a string and an object")
		}
		var isMap bool
		pattern, ok = list[0].(string)
		variables, isMap = list[1].(map[string]any)
		if !ok || !isMap {
			return nil, errors.New("want a string, or a list of a string and an object")
		}
	}
	var firstErr error
	result := variable.ReplaceAllStringFunc(pattern, func(match string) string {
		name := strings.TrimSpace(match[2 : len(match)-1])
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		value, err := e.substitute(name, variables)
		if err != nil && firstErr == nil {
			firstErr = fmt.Errorf("%s: %w", match, err)
		}
		return value
	})
	if firstErr != nil {
		return nil, firstErr
	}
	return e.dynamicReferences(result)
}

func (e evaluation) substitute(name string, variables map[string]any) (string, error) {
	if value, ok := variables[name]; ok {
		return e.resolveText(value)
	}
	if strings.Contains(name, ".") {
		return e.resolveText(map[string]any{"Fn::GetAtt": name})
	}
	return e.resolveText(map[string]any{"Ref": name})
}

func (e evaluation) findInMap(argument any) (any, error) {
	list, err := arguments(argument, 3, 4) // the fourth, {"DefaultValue": …}, belongs to AWS::LanguageExtensions
	if err != nil {
		return nil, err
	}
	keys, err := e.resolveTexts(list[:3])
	if err != nil {
		return nil, err
	}
	if value, ok := e.stack.template.Mappings[keys[0]][keys[1]][keys[2]]; ok {
		return value, nil
	}
	if len(list) == 4 {
		if fallback, ok := list[3].(map[string]any); ok {
			return e.resolve(fallback["DefaultValue"])
		}
	}
	return nil, fmt.Errorf("no %s in the mappings of stack %s", strings.Join(keys, "."), e.stack.Name)
}

func toList(texts []string) []any {
	list := make([]any, len(texts))
	for i, t := range texts {
		list[i] = t
	}
	return list
}
