package iam

import (
	"strings"
	"testing"
)

// TestPermissionStatement asks of each permission whether it lets the edge signer do its action, with the context that a
// function URL gives.
func TestPermissionStatement(t *testing.T) {
	type properties = map[string]any
	tests := []struct {
		name, why  string
		properties properties
		allowed    bool
		err        string
	}{
		{
			"url action", "the first of the two permissions (Lambda Developer Guide, urls-auth)",
			properties{"Action": "lambda:InvokeFunctionUrl", "FunctionName": "orders", "Principal": signerARN, "FunctionUrlAuthType": "AWS_IAM"},
			true, "",
		},
		{"function action", "the second", properties{"Action": "lambda:InvokeFunction", "FunctionName": "orders", "Principal": signerARN, "InvokedViaFunctionUrl": true}, true, ""},
		{"other auth type", "the condition is enforced", properties{"Action": "lambda:InvokeFunctionUrl", "Principal": signerARN, "FunctionUrlAuthType": "NONE"}, false, ""},
		{"not via url", "the condition is enforced", properties{"Action": "lambda:InvokeFunction", "Principal": signerARN, "InvokedViaFunctionUrl": "false"}, false, ""},
		{"source arn", "a role brings none", properties{"Action": "lambda:InvokeFunction", "Principal": signerARN, "SourceArn": "arn:aws:s3:::bucket"}, false, ""},
		{"source account", "a role brings none", properties{"Action": "lambda:InvokeFunction", "Principal": signerARN, "SourceAccount": account}, false, ""},
		{"organisation", "the role is in none", properties{"Action": "lambda:InvokeFunction", "Principal": "*", "PrincipalOrgID": "o-1"}, false, ""},
		{"token", "none is sent", properties{"Action": "lambda:InvokeFunction", "Principal": "alexa-appkit.amazon.com", "EventSourceToken": "x"}, false, ""},
		{"service", "a role is no service", properties{"Action": "lambda:InvokeFunction", "Principal": "cloudfront.amazonaws.com"}, false, ""},
		{"anyone", "with every identity", properties{"Action": "lambda:*", "Principal": "*"}, true, ""},
		{"account alone", "delegates, and the role has no identity policy", properties{"Action": "lambda:InvokeFunction", "Principal": account}, false, ""},
		{"unknown property", "never a silent skip", properties{"Action": "lambda:InvokeFunction", "Principal": "*", "Qualifier": "live"}, false, "property Qualifier of AWS::Lambda::Permission is not simulated"},
		{"property of a wrong type", "never a silent skip", properties{"Action": "lambda:InvokeFunction", "Principal": "*", "SourceAccount": []any{account}}, false, "property SourceAccount of AWS::Lambda::Permission: must be a string"},
		{"property null", "as if it were not there", properties{"Action": "lambda:InvokeFunction", "Principal": "*", "SourceAccount": nil}, true, ""},
		{"no principal", "AWS refuses it", properties{"Action": "lambda:InvokeFunction"}, false, "without Principal"},
		{"no action", "AWS refuses it", properties{"Principal": "*"}, false, "neither Action"},
		{"auth type on the other action", "AWS refuses it", properties{"Action": "lambda:InvokeFunction", "Principal": "*", "FunctionUrlAuthType": "AWS_IAM"}, false, "only, not with lambda:InvokeFunction"},
		{"strange principal", "AWS refuses it", properties{"Action": "lambda:InvokeFunction", "Principal": "signer"}, false, `"signer" is no principal`},
	}
	role, err := NewRole(RoleConfig{ARN: signerARN, Trust: policy(t, "trust", permit(`{"Service":"edgelambda.amazonaws.com"}`, ""))})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := PermissionStatement(test.properties, functionARN)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%s: got %v, want an error that contains %q", test.why, err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			action, _ := test.properties["Action"].(string)
			req := Request{
				Action: strings.ReplaceAll(action, "*", "InvokeFunction"), Resource: functionARN, ResourceAccount: account,
				Identity: &Identity{Role: role, SessionName: "edge"},
				Context:  map[string][]string{"lambda:FunctionUrlAuthType": {"AWS_IAM"}, "lambda:InvokedViaFunctionUrl": {"true"}},
			}
			if decision := Evaluate(req, &Policy{Name: "resource policy", Statements: []*Statement{s}}); decision.Allowed != test.allowed {
				t.Errorf("%s: %s", test.why, decision.Reason)
			}
		})
	}
}
