package iam

import (
	"strings"
	"testing"
)

// TestPermissionStatement checks whether each permission lets the edge signer do its action. The context is the
// one that a Function URL gives.
func TestPermissionStatement(t *testing.T) {
	type properties = map[string]any
	tests := []struct {
		name, why  string
		properties properties
		allowed    bool
		err        string
	}{
		{
			name: "url action",
			why:  "the first of the two permissions (Lambda Developer Guide, urls-auth)",
			properties: properties{
				"Action": "lambda:InvokeFunctionUrl", "FunctionName": "orders", "Principal": signerARN,
				"FunctionUrlAuthType": "AWS_IAM",
			},
			allowed: true,
		},
		{
			name: "function action", why: "the second of the two permissions",
			properties: properties{
				"Action": "lambda:InvokeFunction", "FunctionName": "orders", "Principal": signerARN,
				"InvokedViaFunctionUrl": true,
			},
			allowed: true,
		},
		{
			name: "other auth type", why: "the condition is enforced",
			properties: properties{
				"Action": "lambda:InvokeFunctionUrl", "Principal": signerARN,
				"FunctionUrlAuthType": "NONE",
			},
		},
		{
			name: "not via url", why: "the condition is enforced",
			properties: properties{
				"Action": "lambda:InvokeFunction", "Principal": signerARN,
				"InvokedViaFunctionUrl": "false",
			},
		},
		{
			name: "source arn", why: "a role brings none",
			properties: properties{
				"Action": "lambda:InvokeFunction", "Principal": signerARN,
				"SourceArn": "arn:aws:s3:::bucket",
			},
		},
		{
			name: "source account", why: "a role brings none",
			properties: properties{"Action": "lambda:InvokeFunction", "Principal": signerARN, "SourceAccount": account},
		},
		{
			name: "organisation", why: "the role is in none",
			properties: properties{"Action": "lambda:InvokeFunction", "Principal": "*", "PrincipalOrgID": "o-1"},
		},
		{
			name: "token", why: "none is sent",
			properties: properties{
				"Action": "lambda:InvokeFunction", "Principal": "alexa-appkit.amazon.com",
				"EventSourceToken": "x",
			},
		},
		{
			name: "service", why: "a role is no service",
			properties: properties{"Action": "lambda:InvokeFunction", "Principal": "cloudfront.amazonaws.com"},
		},
		{
			name: "anyone", why: "with every identity",
			properties: properties{"Action": "lambda:*", "Principal": "*"}, allowed: true,
		},
		{
			name: "account alone", why: "delegates, and the role has no identity policy",
			properties: properties{"Action": "lambda:InvokeFunction", "Principal": account},
		},
		{
			name: "unknown property", why: "never a silent skip",
			properties: properties{"Action": "lambda:InvokeFunction", "Principal": "*", "Qualifier": "live"},
			err:        "property Qualifier of AWS::Lambda::Permission is not simulated",
		},
		{
			name: "property of a wrong type", why: "never a silent skip",
			properties: properties{
				"Action": "lambda:InvokeFunction", "Principal": "*", "SourceAccount": []any{account},
			},
			err: "property SourceAccount of AWS::Lambda::Permission: must be a string",
		},
		{
			name: "property null", why: "as if it were not there",
			properties: properties{"Action": "lambda:InvokeFunction", "Principal": "*", "SourceAccount": nil},
			allowed:    true,
		},
		{
			name: "no principal", why: "AWS refuses it",
			properties: properties{"Action": "lambda:InvokeFunction"}, err: "without Principal",
		},
		{
			name: "no action", why: "AWS refuses it",
			properties: properties{"Principal": "*"}, err: "neither Action",
		},
		{
			name: "auth type on the other action", why: "AWS refuses it",
			properties: properties{
				"Action": "lambda:InvokeFunction", "Principal": "*", "FunctionUrlAuthType": "AWS_IAM",
			},
			err: "only, not lambda:InvokeFunction",
		},
		{
			name: "strange principal", why: "AWS refuses it",
			properties: properties{"Action": "lambda:InvokeFunction", "Principal": "signer"},
			err:        `"signer" is no principal`,
		},
	}
	role, err := NewRole(RoleConfig{
		ARN: signerARN, Trust: policy(t, "trust", permit(`{"Service":"edgelambda.amazonaws.com"}`, "")),
	})
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
				Action: strings.ReplaceAll(action, "*", "InvokeFunction"), Resource: functionARN,
				ResourceAccount: account,
				Identity:        &Identity{Role: role, SessionName: "edge"},
				Context: map[string][]string{
					"lambda:FunctionUrlAuthType": {"AWS_IAM"}, "lambda:InvokedViaFunctionUrl": {"true"},
				},
			}
			decision := Evaluate(req, &Policy{Name: "resource policy", Statements: []*Statement{s}})
			if decision.Allowed != test.allowed {
				t.Errorf("%s: %s", test.why, decision.Reason)
			}
		})
	}
}
