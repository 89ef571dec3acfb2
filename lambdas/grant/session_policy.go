package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
)

type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect, Action, Resource string
	Condition                map[string]map[string]string
}

// sessionPolicy narrows a session to the Function URL of one function. It allows both actions that a URL asks for, each
// with the condition that keeps the Invoke API closed (Lambda Developer Guide, urls-auth).
//
// It also narrows the session to an address, unless that is the zero address. The address is written with its mask.
// Without a mask IAM takes /32, which for IPv6 may be read as a whole provider's network (IAM User Guide,
// reference_policies_elements_condition_operators).
func sessionPolicy(functionARN string, address netip.Addr) (string, error) {
	allow := func(action, operator, key, value string) statement {
		condition := map[string]map[string]string{operator: {key: value}}
		if address.IsValid() {
			condition["IpAddress"] = map[string]string{
				"aws:SourceIp": netip.PrefixFrom(address, address.BitLen()).String(),
			}
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
