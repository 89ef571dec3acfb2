package iam

import (
	"errors"
	"fmt"
	"strconv"
)

// PermissionStatement returns the statement that an AWS::Lambda::Permission adds to the resource policy of a
// function or alias. The properties are those of the resource, resolved. The functionARN is the full ARN of
// FunctionName, with its qualifier if it has one. The caller sets the Sid of the statement. A property that this
// package does not know is an error.
//
// The conditions are those that AddPermission writes (Lambda API Reference, API_AddPermission; Developer Guide,
// urls-auth).
func PermissionStatement(properties map[string]any, functionARN string) (*Statement, error) {
	document := map[string]any{"Effect": "Allow", "Resource": functionARN}
	conditions := map[string]any{}
	for name, value := range properties {
		if value == nil || name == "FunctionName" { // functionARN is the full name
			continue
		}
		text, err := scalarText(value)
		if err != nil {
			return nil, fmt.Errorf("property %s of AWS::Lambda::Permission: %w", name, err)
		}
		condition, isCondition := permissionConditions[name]
		switch {
		case name == "Action":
			document["Action"] = text
		case name == "Principal":
			document["Principal"] = permissionPrincipal(text)
		case isCondition:
			keys, _ := conditions[condition.operator].(map[string]any)
			if keys == nil {
				keys = map[string]any{}
			}
			keys[condition.key] = text
			conditions[condition.operator] = keys
		default:
			return nil, fmt.Errorf("property %s of AWS::Lambda::Permission is not simulated", name)
		}
	}
	if document["Principal"] == nil {
		return nil, errors.New("AWS::Lambda::Permission without Principal")
	}
	if properties["FunctionUrlAuthType"] != nil && document["Action"] != "lambda:InvokeFunctionUrl" {
		return nil, fmt.Errorf("FunctionUrlAuthType is for lambda:InvokeFunctionUrl only, not %v", document["Action"])
	}
	if len(conditions) > 0 {
		document["Condition"] = conditions
	}
	// Lambda takes the values literally, without policy variables.
	return parseStatement(document, false)
}

// permissionConditions holds the condition that each limiting property of a permission becomes.
var permissionConditions = map[string]struct{ operator, key string }{
	"FunctionUrlAuthType":   {"StringEquals", "lambda:FunctionUrlAuthType"},
	"InvokedViaFunctionUrl": {"Bool", "lambda:InvokedViaFunctionUrl"},
	"SourceArn":             {"ArnLike", "aws:SourceArn"},
	"SourceAccount":         {"StringEquals", "aws:SourceAccount"},
	"PrincipalOrgID":        {"StringEquals", "aws:PrincipalOrgID"},
	"EventSourceToken":      {"StringEquals", "lambda:EventSourceToken"},
}

func permissionPrincipal(text string) any {
	switch {
	case text == "*":
		return "*"
	case serviceName.MatchString(text):
		return map[string]any{"Service": text}
	}
	return map[string]any{"AWS": text}
}

// scalarText writes a JSON scalar as IAM compares it.
func scalarText(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case int:
		return strconv.Itoa(v), nil
	case fmt.Stringer: // json.Number
		return v.String(), nil
	}
	return "", fmt.Errorf("must be a string, number or boolean, not %T", value)
}
