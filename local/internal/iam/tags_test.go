package iam

import (
	"net/http/httptest"
	"testing"
	"time"
)

// TestTags checks which tags a policy can ask for: those of the caller's role and session, and those of the resource.
func TestTags(t *testing.T) {
	for _, row := range []struct {
		name, why, action, condition string
		tagged, allowed              bool // tagged: the session has the tag Team=blue
	}{
		{
			name: "tag of the role", why: "the session has it", action: "lambda:InvokeFunction",
			condition: `{"StringEquals":{"aws:PrincipalTag/team":"red"}}`, allowed: true,
		},
		{
			name: "tag of the role, replaced", why: "a session tag wins, whatever its case", tagged: true,
			action: "lambda:InvokeFunction", condition: `{"StringEquals":{"aws:PrincipalTag/team":"red"}}`,
		},
		{
			name: "tag of the session", why: "it replaced the role's", tagged: true,
			action:    "lambda:InvokeFunction",
			condition: `{"StringEquals":{"aws:PrincipalTag/team":"blue"}}`, allowed: true,
		},
		{
			name: "tag of the function", why: "Lambda's actions know it", action: "lambda:InvokeFunctionUrl",
			condition: `{"StringEquals":{"aws:ResourceTag/env":"prod"}}`, allowed: true,
		},
		{
			name: "tag of the function, by IAM's key", why: "that is for roles", action: "lambda:InvokeFunctionUrl",
			condition: `{"StringEquals":{"iam:ResourceTag/env":"prod"}}`,
		},
		{
			name: "tag of the assumed role", why: "it is the resource", action: "sts:AssumeRole",
			condition: `{"StringEquals":{"aws:ResourceTag/team":"red","iam:ResourceTag/team":"red"}}`, allowed: true,
		},
		{
			name: "account of the function", why: "the owner's", action: "lambda:InvokeFunction",
			condition: `{"StringEquals":{"aws:ResourceAccount":"111122223333"}}`, allowed: true,
		},
		{
			name: "account of the assumed role", why: "the owner's", action: "sts:AssumeRole",
			condition: `{"StringEquals":{"aws:ResourceAccount":"111122223333"}}`, allowed: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			statement := `{"Effect":"Allow","Principal":{"AWS":"` + signerARN + `"},` +
				`"Action":"*","Resource":"*","Condition":` + row.condition + `}`
			role, err := NewRole(RoleConfig{
				ARN: signerARN, Trust: policy(t, "trust", statement), Tags: map[string]string{"team": "red"},
			})
			if err != nil {
				t.Fatal(err)
			}
			identity := &Identity{Role: role, SessionName: "edge"}
			if row.tagged {
				identity.Tags = map[string]string{"Team": "blue"}
			}
			request := Request{
				Action: row.action, Resource: functionARN, ResourceAccount: account,
				Identity: identity, Context: identity.ConditionKeys(),
			}
			onFunction := policy(t, "resource policy", statement)
			onFunction.ResourceTags = map[string]string{"env": "prod"}
			decision := Evaluate(request, onFunction)
			if row.action == "sts:AssumeRole" {
				decision = EvaluateTrust(request, role)
			}
			if decision.Allowed != row.allowed {
				t.Errorf("%s: %s", row.why, decision.Reason)
			}
		})
	}
}

// TestTagsForService checks that a service's request knows the tags of the resource, too.
func TestTagsForService(t *testing.T) {
	onFunction := policy(t, "resource policy",
		`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
			"Condition":{"StringEquals":{"aws:ResourceTag/env":"prod"}}}`)
	request := Request{Action: "lambda:InvokeFunction", Resource: functionARN, ResourceAccount: account}
	if decision := EvaluateService(cloudFront, request, onFunction); !decision.Allowed {
		t.Errorf("without tags: %s", decision.Reason)
	}
	onFunction.ResourceTags = map[string]string{"env": "prod"}
	if decision := EvaluateService(cloudFront, request, onFunction); decision.Allowed {
		t.Errorf("with the tag: %s", decision.Reason)
	}
}

// TestKeysOfNobody checks that an anonymous request is not said to come from no AWS service.
func TestKeysOfNobody(t *testing.T) {
	keys := RequestKeys(httptest.NewRequest("GET", "/", nil), "eu-west-1", time.Now(), nil)
	if value, ok := keys["aws:PrincipalIsAWSService"]; ok {
		t.Errorf("aws:PrincipalIsAWSService is %v, and AWS does not set it", value)
	}
}
