package main

import (
	"encoding/json"
	"fmt"
)

type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect, Action, Resource string
	Condition                map[string]map[string]string
}

// sessionPolicy narrows a session to the Function URL of one function: both actions that a URL asks for, each with the condition that
// keeps the Invoke API closed (Lambda Developer Guide, urls-auth). sourceIP "" does not bind it to an address.
func sessionPolicy(functionARN, sourceIP string) (string, error) {
	allow := func(action, operator, key, value string) statement {
		condition := map[string]map[string]string{operator: {key: value}}
		if sourceIP != "" {
			condition["IpAddress"] = map[string]string{"aws:SourceIp": sourceIP}
		}
		return statement{Effect: "Allow", Action: action, Resource: functionARN, Condition: condition}
	}
	text, err := json.Marshal(policy{Version: "2012-10-17", Statement: []statement{
		allow("lambda:InvokeFunctionUrl", "StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM"),
		allow("lambda:InvokeFunction", "Bool", "lambda:InvokedViaFunctionUrl", "true"),
	}})
	if err != nil {
		return "", fmt.Errorf("write the session policy: %w", err)
	}
	return string(text), nil
}
