package furl

import (
	"encoding/json"
	"strconv"
	"strings"
)

// unknown begins what stands for a part that only the deployment knows.
const unknown = "{?"

// text is a value as far as the templates tell, the same for two values that are the same. A function without a name
// stands there as {stack/logical id}, and what is known to no template as {?a hash}.
func (ts *templates) text(in *template, value any) string {
	ts.depth++
	defer func() { ts.depth-- }()
	if ts.depth > 100 { // outputs that refer to each other
		return ts.unknown(in, value)
	}
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case map[string]any:
		for name, argument := range value {
			if len(value) == 1 {
				if text, ok := ts.intrinsic(in, name, argument); ok {
					return text
				}
			}
		}
	}
	return ts.unknown(in, value)
}

func (ts *templates) unknown(in *template, value any) string {
	data, _ := json.Marshal(value) // it came from JSON
	return unknown + shortHash(in.file+string(data)) + "}"
}

// intrinsic is the text of an intrinsic function; false where the templates do not tell it.
func (ts *templates) intrinsic(in *template, name string, argument any) (string, bool) {
	list, _ := argument.([]any)
	switch name {
	case "Ref":
		id, _ := argument.(string)
		return ts.ref(in, id)
	case "Fn::GetAtt":
		if dotted, ok := argument.(string); ok {
			id, attribute, _ := strings.Cut(dotted, ".")
			list = []any{id, attribute}
		}
		if len(list) == 2 {
			return ts.attribute(in, ts.text(in, list[0]), ts.text(in, list[1]))
		}
	case "Fn::Sub":
		return ts.sub(in, argument)
	case "Fn::Join":
		if len(list) == 2 {
			if parts, ok := list[1].([]any); ok {
				return strings.Join(ts.texts(in, parts), ts.text(in, list[0])), true
			}
		}
	case "Fn::Select":
		if len(list) == 2 {
			return ts.element(in, ts.text(in, list[0]), list[1])
		}
	case "Fn::ImportValue":
		name := ts.text(in, argument)
		return ts.find(in.account, in.region, func(from *template) (any, bool) {
			value, has := from.exports[name]
			return value, has
		})
	case "Fn::GetStackOutput":
		return ts.stackOutput(in, argument)
	}
	return "", false
}

func (ts *templates) texts(in *template, values []any) []string {
	var all []string
	for _, value := range values {
		all = append(all, ts.text(in, value))
	}
	return all
}

// choices are the values that one may be, both sides of an Fn::If.
func choices(value any) []any {
	if choice, ok := value.(map[string]any); ok && len(choice) == 1 {
		if sides, ok := choice["Fn::If"].([]any); ok && len(sides) == 3 {
			return append(choices(sides[1]), choices(sides[2])...)
		}
	}
	return []any{value}
}

// ref is the value of a Ref. A function and a stage give a name, an alias and a version an ARN.
func (ts *templates) ref(in *template, id string) (string, bool) {
	pseudo := map[string]string{
		"AWS::Region": in.region, "AWS::AccountId": in.account, "AWS::Partition": "aws", "AWS::StackName": in.stackName,
	}
	if known := pseudo[id]; known != "" {
		return known, true
	}
	resource, ok := in.Resources[id]
	if !ok {
		return ts.parameter(in, id)
	}
	function := func() string { return ts.functionArn(in, resource.Properties["FunctionName"]) }
	switch resource.Type {
	case "AWS::Lambda::Function":
		if name := resource.Properties["FunctionName"]; name != nil {
			return ts.text(in, name), true
		}
		return "{" + in.stackName + "/" + id + "}", true
	case "AWS::Lambda::Alias":
		return function() + ":" + ts.text(in, resource.Properties["Name"]), true
	case "AWS::Lambda::Version":
		return function() + ":{" + in.stackName + "/" + id + "}", true
	case "AWS::ApiGateway::RestApi":
		return "{api " + shortHash(in.file+" "+id) + "}", true
	case "AWS::ApiGateway::Stage":
		return ts.text(in, resource.Properties["StageName"]), true
	}
	return "", false
}

// parameter is what the parent gives to a nested stack.
func (ts *templates) parameter(in *template, id string) (string, bool) {
	if in.nestedIn == nil {
		return "", false
	}
	given, _ := in.nestedIn.Resources[in.nestedAs].Properties["Parameters"].(map[string]any)
	value, ok := given[id]
	if !ok {
		return "", false
	}
	return ts.text(in.nestedIn, value), true
}

func (ts *templates) attribute(in *template, id, attribute string) (string, bool) {
	resource := in.Resources[id]
	switch resource.Type + " " + attribute {
	case "AWS::Lambda::Function Arn":
		return ts.functionArn(in, map[string]any{"Ref": id}), true
	case "AWS::Lambda::Alias AliasArn", "AWS::Lambda::Version FunctionArn", "AWS::ApiGateway::RestApi RestApiId":
		return ts.ref(in, id)
	}
	if name, ok := strings.CutPrefix(attribute, "Outputs."); ok {
		for _, nested := range ts.all {
			if nested.nestedIn == in && nested.nestedAs == id {
				return ts.text(nested, nested.Outputs[name].Value), true
			}
		}
	}
	return "", false
}

// functionArn is the whole ARN of what a FunctionName names: by name, by name and alias, by partial or whole ARN
// (Lambda API Reference, AddPermission).
func (ts *templates) functionArn(in *template, functionName any) string {
	text := ts.text(in, functionName)
	if strings.HasPrefix(text, "arn:") || strings.HasPrefix(text, unknown) {
		return text
	}
	region := ts.text(in, map[string]any{"Ref": "AWS::Region"})
	if strings.Contains(text, ":function:") {
		return "arn:aws:lambda:" + region + ":" + text
	}
	return "arn:aws:lambda:" + region + ":" + ts.text(in, map[string]any{"Ref": "AWS::AccountId"}) + ":function:" + text
}

// sub is what Fn::Sub makes of a text, or of a text and a map of values.
func (ts *templates) sub(in *template, argument any) (string, bool) {
	list, ok := argument.([]any)
	if !ok {
		list = []any{argument, nil}
	}
	if len(list) != 2 {
		return "", false
	}
	rest, _ := list[0].(string)
	own, _ := list[1].(map[string]any)
	var made strings.Builder
	for {
		before, after, found := strings.Cut(rest, "${")
		made.WriteString(before)
		name, end, closed := strings.Cut(after, "}")
		if !found || !closed {
			return made.String(), true
		}
		rest = end
		id, attribute, dotted := strings.Cut(name, ".")
		literal, escaped := strings.CutPrefix(name, "!")
		switch given, mapped := own[name]; {
		case escaped:
			made.WriteString("${" + literal + "}")
		case mapped:
			made.WriteString(ts.text(in, given))
		case dotted:
			made.WriteString(ts.text(in, map[string]any{"Fn::GetAtt": []any{id, attribute}}))
		default:
			made.WriteString(ts.text(in, map[string]any{"Ref": name}))
		}
	}
}

// element is one of a list: of a literal one, or of a text that is split.
func (ts *templates) element(in *template, index string, list any) (string, bool) {
	elements, _ := list.([]any)
	parts := ts.texts(in, elements)
	if split, ok := list.(map[string]any); ok {
		if arguments, ok := split["Fn::Split"].([]any); ok && len(arguments) == 2 {
			parts = strings.Split(ts.text(in, arguments[1]), ts.text(in, arguments[0]))
		}
	}
	at, err := strconv.Atoi(index)
	if err != nil || at < 0 || at >= len(parts) || strings.Contains(strings.Join(parts, ""), unknown) {
		return "", false
	}
	return parts[at], true
}

// stackOutput is another stack's output. With a RoleArn, that stack is in the role's account (CloudFormation Template
// Reference, intrinsic-function-reference-getstackoutput).
func (ts *templates) stackOutput(in *template, argument any) (string, bool) {
	asked, _ := argument.(map[string]any)
	account, region := in.account, in.region
	if asked["Region"] != nil {
		region = ts.text(in, asked["Region"])
	}
	if asked["RoleArn"] != nil {
		account = ""
		role := strings.Split(ts.text(in, asked["RoleArn"]), ":")
		if len(role) > 4 && accountId.MatchString(role[4]) {
			account = role[4]
		}
	}
	stack, name := ts.text(in, asked["StackName"]), ts.text(in, asked["OutputName"])
	return ts.find(account, region, func(from *template) (any, bool) {
		out, has := from.Outputs[name]
		return out.Value, has && from.nestedIn == nil && from.stackName == stack
	})
}
