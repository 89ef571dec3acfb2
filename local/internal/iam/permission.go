package iam

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// PermissionStatement is the statement that an AWS::Lambda::Permission adds to the resource policy of a function or alias.
// properties are the resource's, resolved; functionARN is the ARN that FunctionName stands for, with its qualifier if it has
// one. The caller gives the statement its Sid. A property that this package does not know is an error.
//
// The conditions are those that AddPermission writes (Lambda API Reference, API_AddPermission; Developer Guide, urls-auth).
func PermissionStatement(properties map[string]any, functionARN string) (*Statement, error) {
	document := map[string]any{"Effect": "Allow", "Resource": functionARN}
	conditions := map[string]any{}
	condition := func(operator, key string, value any) {
		keys, _ := conditions[operator].(map[string]any)
		if keys == nil {
			keys = map[string]any{}
			conditions[operator] = keys
		}
		keys[key] = value
	}
	for name, value := range properties {
		if value == nil {
			continue
		}
		text := scalar(value)
		switch name {
		case "FunctionName": // functionARN says it in full
		case "Action":
			document["Action"] = text
		case "Principal":
			document["Principal"] = permissionPrincipal(text)
		case "FunctionUrlAuthType":
			condition("StringEquals", "lambda:FunctionUrlAuthType", text)
		case "InvokedViaFunctionUrl":
			condition("Bool", "lambda:InvokedViaFunctionUrl", text)
		case "SourceArn":
			condition("ArnLike", "aws:SourceArn", text)
		case "SourceAccount":
			condition("StringEquals", "aws:SourceAccount", text)
		case "PrincipalOrgID":
			condition("StringEquals", "aws:PrincipalOrgID", text)
		case "EventSourceToken":
			condition("StringEquals", "lambda:EventSourceToken", text)
		default:
			return nil, fmt.Errorf("property %s of AWS::Lambda::Permission is not simulated", name)
		}
	}
	if document["Principal"] == nil {
		return nil, errors.New("AWS::Lambda::Permission without Principal")
	}
	action, _ := document["Action"].(string)
	if properties["FunctionUrlAuthType"] != nil && !strings.EqualFold(action, "lambda:InvokeFunctionUrl") {
		return nil, fmt.Errorf("FunctionUrlAuthType goes with the action lambda:InvokeFunctionUrl only, not with %s", action)
	}
	if len(conditions) > 0 {
		document["Condition"] = conditions
	}
	// Lambda takes the values as they are: there are no policy variables in them.
	return parseStatement(document, false)
}

func permissionPrincipal(text string) any {
	switch {
	case text == "*":
		return "*"
	case service.MatchString(text):
		return map[string]any{"Service": text}
	}
	return map[string]any{"AWS": text}
}

// scalar writes a JSON scalar as IAM compares it; "" for anything else.
func scalar(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	case fmt.Stringer: // json.Number
		return v.String()
	}
	return ""
}
