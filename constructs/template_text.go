package furl

import (
	"encoding/json"
	"strconv"
	"strings"
)

// unknownMark begins the text of a part that only the deployment knows.
const unknownMark = "{?"

// text is a value as far as the templates tell. Two values that are the same have the same text. A function without
// a name is written {stack/logical id}. A part that no template knows is written {?a hash}.
func (t *templates) text(in *template, value any) string {
	t.depth++
	defer func() { t.depth-- }()
	if t.depth > 100 { // outputs that refer to each other
		return t.unknownText(in, value)
	}
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case map[string]any:
		for name, argument := range value {
			if len(value) == 1 {
				if text, ok := t.intrinsic(in, name, argument); ok {
					return text
				}
			}
		}
	}
	return t.unknownText(in, value)
}

func (t *templates) unknownText(in *template, value any) string {
	data, _ := json.Marshal(value) // it came from JSON
	return unknownMark + shortHash(in.file+string(data)) + "}"
}

// intrinsic is the text of an intrinsic function. It is false where the templates do not tell it.
func (t *templates) intrinsic(in *template, name string, argument any) (string, bool) {
	list, _ := argument.([]any)
	switch name {
	case "Ref":
		id, _ := argument.(string)
		return t.ref(in, id)
	case "Fn::GetAtt":
		if dotted, ok := argument.(string); ok {
			id, attribute, _ := strings.Cut(dotted, ".")
			list = []any{id, attribute}
		}
		if len(list) == 2 {
			return t.attribute(in, t.text(in, list[0]), t.text(in, list[1]))
		}
	case "Fn::Sub":
		return t.sub(in, argument)
	case "Fn::Join":
		if len(list) == 2 {
			if parts, ok := list[1].([]any); ok {
				return strings.Join(t.texts(in, parts), t.text(in, list[0])), true
			}
		}
	case "Fn::Select":
		if len(list) == 2 {
			return t.element(in, t.text(in, list[0]), list[1])
		}
	case "Fn::ImportValue":
		name := t.text(in, argument)
		return t.find(in.account, in.region, func(from *template) (any, bool) {
			value, has := from.exports[name]
			return value, has
		})
	case "Fn::GetStackOutput":
		return t.stackOutput(in, argument)
	}
	return "", false
}

func (t *templates) texts(in *template, values []any) []string {
	var all []string
	for _, value := range values {
		all = append(all, t.text(in, value))
	}
	return all
}

// choices are the values that one value may be, with both sides of an Fn::If.
func choices(value any) []any {
	if choice, ok := value.(map[string]any); ok && len(choice) == 1 {
		if sides, ok := choice["Fn::If"].([]any); ok && len(sides) == 3 {
			return append(choices(sides[1]), choices(sides[2])...)
		}
	}
	return []any{value}
}

// ref is the value of a Ref. A function and a stage give a name. An alias and a version give an ARN.
func (t *templates) ref(in *template, id string) (string, bool) {
	pseudo := map[string]string{
		"AWS::Region": in.region, "AWS::AccountId": in.account, "AWS::Partition": "aws", "AWS::StackName": in.stackName,
	}
	if known := pseudo[id]; known != "" {
		return known, true
	}
	resource, ok := in.Resources[id]
	if !ok {
		return t.parameter(in, id)
	}
	function := func() string { return t.functionArn(in, resource.Properties["FunctionName"]) }
	switch resource.Type {
	case "AWS::Lambda::Function":
		if name := resource.Properties["FunctionName"]; name != nil {
			return t.text(in, name), true
		}
		return "{" + in.stackName + "/" + id + "}", true
	case "AWS::Lambda::Alias":
		return function() + ":" + t.text(in, resource.Properties["Name"]), true
	case "AWS::Lambda::Version":
		return function() + ":{" + in.stackName + "/" + id + "}", true
	case "AWS::ApiGateway::RestApi":
		return "{api " + shortHash(in.file+" "+id) + "}", true
	case "AWS::ApiGateway::Stage":
		return t.text(in, resource.Properties["StageName"]), true
	}
	return "", false
}

// parameter is the value that the parent gives to a nested stack.
func (t *templates) parameter(in *template, id string) (string, bool) {
	if in.parent == nil {
		return "", false
	}
	given, _ := in.parent.Resources[in.idInParent].Properties["Parameters"].(map[string]any)
	value, ok := given[id]
	if !ok {
		return "", false
	}
	return t.text(in.parent, value), true
}

func (t *templates) attribute(in *template, id, attribute string) (string, bool) {
	resource := in.Resources[id]
	switch resource.Type + " " + attribute {
	case "AWS::Lambda::Function Arn":
		return t.functionArn(in, map[string]any{"Ref": id}), true
	case "AWS::Lambda::Alias AliasArn", "AWS::Lambda::Version FunctionArn", "AWS::ApiGateway::RestApi RestApiId":
		return t.ref(in, id)
	}
	if name, ok := strings.CutPrefix(attribute, "Outputs."); ok {
		for _, nested := range t.all {
			if nested.parent == in && nested.idInParent == id {
				return t.text(nested, nested.Outputs[name].Value), true
			}
		}
	}
	return "", false
}

// functionArn is the whole ARN of the function that a FunctionName names. The name may be a name, a name with an
// alias, a partial ARN or a whole ARN (Lambda API Reference, AddPermission).
func (t *templates) functionArn(in *template, functionName any) string {
	text := t.text(in, functionName)
	if strings.HasPrefix(text, "arn:") || strings.HasPrefix(text, unknownMark) {
		return text
	}
	region := t.text(in, map[string]any{"Ref": "AWS::Region"})
	if strings.Contains(text, ":function:") {
		return "arn:aws:lambda:" + region + ":" + text
	}
	account := t.text(in, map[string]any{"Ref": "AWS::AccountId"})
	return "arn:aws:lambda:" + region + ":" + account + ":function:" + text
}

// sub is the text that Fn::Sub makes of a text, or of a text and a map of values.
func (t *templates) sub(in *template, argument any) (string, bool) {
	list, ok := argument.([]any)
	if !ok {
		list = []any{argument, nil}
	}
	if len(list) != 2 {
		return "", false
	}
	rest, _ := list[0].(string)
	variables, _ := list[1].(map[string]any)
	var text strings.Builder
	for {
		before, after, found := strings.Cut(rest, "${")
		text.WriteString(before)
		name, end, closed := strings.Cut(after, "}")
		if !found || !closed {
			return text.String(), true
		}
		rest = end
		id, attribute, dotted := strings.Cut(name, ".")
		literal, escaped := strings.CutPrefix(name, "!")
		switch variable, mapped := variables[name]; {
		case escaped:
			text.WriteString("${" + literal + "}")
		case mapped:
			text.WriteString(t.text(in, variable))
		case dotted:
			text.WriteString(t.text(in, map[string]any{"Fn::GetAtt": []any{id, attribute}}))
		default:
			text.WriteString(t.text(in, map[string]any{"Ref": name}))
		}
	}
}

// element is one element of a literal list, or of a text that is split.
func (t *templates) element(in *template, index string, list any) (string, bool) {
	elements, _ := list.([]any)
	parts := t.texts(in, elements)
	if split, ok := list.(map[string]any); ok {
		if arguments, ok := split["Fn::Split"].([]any); ok && len(arguments) == 2 {
			parts = strings.Split(t.text(in, arguments[1]), t.text(in, arguments[0]))
		}
	}
	at, err := strconv.Atoi(index)
	if err != nil || at < 0 || at >= len(parts) || strings.Contains(strings.Join(parts, ""), unknownMark) {
		return "", false
	}
	return parts[at], true
}

// stackOutput is another stack's output. With a RoleArn, that stack is in the role's account (CloudFormation Template
// Reference, intrinsic-function-reference-getstackoutput).
func (t *templates) stackOutput(in *template, argument any) (string, bool) {
	output, _ := argument.(map[string]any)
	account, region := in.account, in.region
	if output["Region"] != nil {
		region = t.text(in, output["Region"])
	}
	if output["RoleArn"] != nil {
		account = ""
		role := strings.Split(t.text(in, output["RoleArn"]), ":")
		if len(role) > 4 && accountId.MatchString(role[4]) {
			account = role[4]
		}
	}
	stack, name := t.text(in, output["StackName"]), t.text(in, output["OutputName"])
	return t.find(account, region, func(from *template) (any, bool) {
		out, has := from.Outputs[name]
		return out.Value, has && from.parent == nil && from.stackName == stack
	})
}
