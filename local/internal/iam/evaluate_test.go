package iam

import (
	"encoding/json"
	"strings"
	"testing"
)

const (
	account     = "111122223333"
	foreign     = "444455556666"
	functionARN = "arn:aws:lambda:ap-northeast-1:111122223333:function:orders"
	signerARN   = "arn:aws:iam::111122223333:role/edge/signer"
	sessionOf   = "arn:aws:sts::111122223333:assumed-role/signer/edge"
	foreignRole = "arn:aws:iam::444455556666:role/signer"
)

func TestEvaluate(t *testing.T) {
	allow := `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"*"}`
	tests := []struct {
		name, why          string
		role               string // "" is anonymous
		identity, resource string // statements, comma-separated; "" is no policy
		boundary           string
		allowed            bool
		reason             string // part of it
	}{
		{
			"nothing", "the default is to refuse", signerARN, "", "", "", false,
			"no statement of the resource policy (there is none) or of the identity policies of role signer allows lambda:InvokeFunctionUrl on " + functionARN + " (lambda:FunctionUrlAuthType=AWS_IAM)",
		},
		{"identity only", "same account: either side suffices", signerARN, allow, "", "", true, "allowed by statement #1 of inline"},
		{"resource only, by role", "a role principal grants by itself", signerARN, "", permit(`{"AWS":"`+signerARN+`"}`, ""), "", true, "statement Permit of resource policy"},
		{"resource only, by session", "a session principal grants by itself", signerARN, "", permit(`{"AWS":"`+sessionOf+`"}`, ""), "", true, ""},
		{"resource only, by anyone", "* includes every identity", signerARN, "", permit(`"*"`, ""), "", true, ""},
		{"resource only, by account id", "an account principal delegates to identity policies", signerARN, "", permit(`{"AWS":"111122223333"}`, ""), "", false, "since it names the account"},
		{"resource only, by account root", "the root ARN is the account", signerARN, "", permit(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), "", false, "since it names the account"},
		{"account root and identity", "the delegation taken up", signerARN, allow, permit(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), "", true, ""},
		{"another role", "the principal is compared whole", signerARN, "", permit(`{"AWS":"arn:aws:iam::111122223333:role/signer"}`, ""), "", false, "is for another principal"},
		{"service", "a service is not a role", signerARN, "", permit(`{"Service":"cloudfront.amazonaws.com"}`, ""), "", false, "is for another principal"},
		{
			"condition fails", "a statement needs all of its conditions", signerARN, "", permit(`"*"`, `{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}`), "", false,
			"nearest: statement Permit of resource policy has the condition StringEquals lambda:FunctionUrlAuthType = NONE, which does not hold",
		},
		{
			"deny in the resource policy", "an explicit deny wins over any allow", signerARN, allow,
			permit(`"*"`, "") + `,{"Sid":"Stop","Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"lambda:*","Resource":"*"}`, "", false, "explicit deny by statement Stop of resource policy",
		},
		{"deny in the identity policy", "the same there", signerARN, allow + `,{"Sid":"Stop","Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::b"}`, permit(`"*"`, ""), "", false, "explicit deny by statement Stop of inline"},
		{"deny whose condition fails", "a deny that does not apply denies nothing", signerARN, allow + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, "", "", true, ""},
		{"cross-account, both", "both sides must allow", foreignRole, allow, permit(`{"AWS":"444455556666"}`, ""), "", true, " and statement #1 of inline"},
		{"cross-account, resource only", "the caller's account must let it out", foreignRole, "", permit(`{"AWS":"`+foreignRole+`"}`, ""), "", false, "both they and the resource policy must allow"},
		{"cross-account, identity only", "the owner must let it in", foreignRole, allow, "", "", false, "asks from outside"},
		{"anonymous, by anyone", "* is for the anonymous too", "", "", permit(`"*"`, ""), "", true, ""},
		{"anonymous, by AWS anyone", `{"AWS":"*"} means the same`, "", "", permit(`{"AWS":["*"]}`, ""), "", true, ""},
		{"anonymous, by role", "the anonymous are no role", "", "", permit(`{"AWS":"`+signerARN+`"}`, ""), "", false, "to anyone"},
		{"boundary allows", "boundary and identity must both allow", signerARN, allow, "", allow, true, ""},
		{"boundary silent", "what the boundary does not allow is refused", signerARN, allow, "", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, false, "permissions boundary boundary of role signer"},
		{"boundary silent, by role", "it limits what a role principal grants", signerARN, "", permit(`{"AWS":"`+signerARN+`"}`, ""), `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, false, "permissions boundary"},
		{"boundary silent, by session", "but not what a session principal grants", signerARN, "", permit(`{"AWS":"`+sessionOf+`"}`, ""), `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, true, ""},
		{"boundary denies", "a deny wins there as well", signerARN, allow, permit(`"*"`, ""), `{"Effect":"Deny","Action":"*","Resource":"*"}`, false, "explicit deny"},
		{"other action", "InvokeFunction is another action", signerARN, `{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}`, "", "", false, ""},
		{"action in another case", "actions ignore case", signerARN, `{"Effect":"Allow","Action":"LAMBDA:invokefunction*","Resource":"*"}`, "", "", true, ""},
		{"resource in another case", "ARNs do not", signerARN, `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:function:Orders"}`, "", "", false, "is about another resource"},
		{"the alias is another resource", "an alias has its own ARN", signerARN, `{"Effect":"Allow","Action":"*","Resource":"` + functionARN + `:live"}`, "", "", false, ""},
		{"one wildcard character", "? is one character", signerARN, `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:function:order?"}`, "", "", true, ""},
		{"policy variable", "a variable stands for the request's value", signerARN, `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:${aws:PrincipalAccount}:function:*"}`, "", "", true, ""},
		{"policy variable without value", "an unknown one matches nothing", signerARN, `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*${aws:PrincipalTag/team}*"}`, "", "", false, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
				Context: map[string][]string{"lambda:FunctionUrlAuthType": {"AWS_IAM"}, "aws:PrincipalAccount": {account}, "aws:SecureTransport": {"true"}},
			}
			if test.role != "" {
				config := RoleConfig{ARN: test.role, Trust: policy(t, "trust", permit(`{"Service":"lambda.amazonaws.com"}`, ""))}
				if test.identity != "" {
					config.Policies = []*Policy{policy(t, "inline", test.identity)}
				}
				if test.boundary != "" {
					config.Boundary = policy(t, "boundary", test.boundary)
				}
				role, err := NewRole(config)
				if err != nil {
					t.Fatal(err)
				}
				req.Identity = &Identity{Role: role, SessionName: "edge"}
			}
			var resource *Policy
			if test.resource != "" {
				resource = policy(t, "resource policy", test.resource)
			}
			decision := Evaluate(req, resource)
			if decision.Allowed != test.allowed || !strings.Contains(decision.Reason, test.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q", test.why, decision, test.allowed, test.reason)
			}
		})
	}
}

// permit writes an allowing statement of a resource policy.
func permit(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Sid":"Permit","Effect":"Allow","Principal":` + principal + `,"Action":"lambda:InvokeFunctionUrl","Resource":"` + functionARN + `"` + condition + `}`
}

func policy(t *testing.T, name, statements string) *Policy {
	t.Helper()
	p, err := ParsePolicy(document(t, `{"Version":"2012-10-17","Statement":[`+statements+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	p.Name = name
	return p
}

func document(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
