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
			name: "nothing", why: "the default is to refuse",
			role: signerARN,
			reason: "no statement of the resource policy (there is none) or of the identity policies of role " +
				"signer allows lambda:InvokeFunctionUrl on " +
				functionARN + " (lambda:FunctionUrlAuthType=AWS_IAM)",
		},
		{
			name: "identity only", why: "same account: either side suffices",
			role: signerARN, identity: allow, allowed: true,
			reason: "allowed by statement #1 of inline",
		},
		{
			name: "resource only, by role", why: "a role principal grants by itself",
			role: signerARN, resource: permit(`{"AWS":"`+signerARN+`"}`, ""), allowed: true,
			reason: "statement Permit of resource policy",
		},
		{
			name: "resource only, by session", why: "a session principal grants by itself",
			role: signerARN, resource: permit(`{"AWS":"`+sessionOf+`"}`, ""), allowed: true,
		},
		{
			name: "resource only, by anyone", why: "* includes every identity",
			role: signerARN, resource: permit(`"*"`, ""), allowed: true,
		},
		{
			name: "resource only, by account id",
			why:  "an account principal delegates to identity policies",
			role: signerARN, resource: permit(`{"AWS":"111122223333"}`, ""),
			reason: "since it names the account",
		},
		{
			name: "resource only, by account root", why: "the root ARN is the account",
			role: signerARN, resource: permit(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""),
			reason: "since it names the account",
		},
		{
			name: "account root and identity", why: "the delegation taken up",
			role: signerARN, identity: allow,
			resource: permit(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), allowed: true,
		},
		{
			name: "another role", why: "the principal is compared whole",
			role: signerARN, resource: permit(`{"AWS":"arn:aws:iam::111122223333:role/signer"}`, ""),
			reason: "is for another principal",
		},
		{
			name: "service", why: "a service is not a role",
			role: signerARN, resource: permit(`{"Service":"cloudfront.amazonaws.com"}`, ""),
			reason: "is for another principal",
		},
		{
			name: "condition fails", why: "a statement needs all of its conditions",
			role:     signerARN,
			resource: permit(`"*"`, `{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}`),
			reason: "nearest: statement Permit of resource policy has the condition StringEquals " +
				"lambda:FunctionUrlAuthType = NONE, which does not hold",
		},
		{
			name: "deny in the resource policy", why: "an explicit deny wins over any allow",
			role: signerARN, identity: allow,
			resource: permit(`"*"`, "") +
				`,{"Sid":"Stop","Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"lambda:*","Resource":"*"}`,
			reason: "explicit deny by statement Stop of resource policy",
		},
		{
			name: "deny in the identity policy", why: "an explicit deny wins there too",
			role:     signerARN,
			identity: allow + `,{"Sid":"Stop","Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::b"}`,
			resource: permit(`"*"`, ""), reason: "explicit deny by statement Stop of inline",
		},
		{
			name: "deny whose condition fails", why: "a deny that does not apply denies nothing",
			role: signerARN,
			identity: allow +
				`,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
			allowed: true,
		},
		{
			name: "cross-account, both", why: "both sides must allow",
			role: foreignRole, identity: allow, resource: permit(`{"AWS":"444455556666"}`, ""),
			allowed: true, reason: " and statement #1 of inline",
		},
		{
			name: "cross-account, resource only", why: "the caller's account must let it out",
			role: foreignRole, resource: permit(`{"AWS":"`+foreignRole+`"}`, ""),
			reason: "they and the resource policy must both allow",
		},
		{
			name: "cross-account, identity only", why: "the owner must let it in",
			role: foreignRole, identity: allow, reason: "asks from outside",
		},
		{
			name: "anonymous, by anyone", why: "* is for the anonymous too",
			resource: permit(`"*"`, ""), allowed: true,
		},
		{
			name: "anonymous, by AWS anyone", why: `{"AWS":"*"} means the same`,
			resource: permit(`{"AWS":["*"]}`, ""), allowed: true,
		},
		{
			name: "anonymous, by role", why: "the anonymous are no role",
			resource: permit(`{"AWS":"`+signerARN+`"}`, ""), reason: "to anyone",
		},
		{
			name: "boundary allows", why: "boundary and identity must both allow",
			role: signerARN, identity: allow, boundary: allow, allowed: true,
		},
		{
			name: "boundary silent", why: "what the boundary does not allow is refused",
			role: signerARN, identity: allow,
			boundary: `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`,
			reason:   "permissions boundary boundary of role signer",
		},
		{
			name: "boundary silent, by role", why: "it limits what a role principal grants",
			role: signerARN, resource: permit(`{"AWS":"`+signerARN+`"}`, ""),
			boundary: `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`,
			reason:   "permissions boundary",
		},
		{
			name: "boundary silent, by session", why: "it does not limit what a session principal grants",
			role: signerARN, resource: permit(`{"AWS":"`+sessionOf+`"}`, ""),
			boundary: `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, allowed: true,
		},
		{
			name: "boundary denies", why: "a deny wins there as well",
			role: signerARN, identity: allow, resource: permit(`"*"`, ""),
			boundary: `{"Effect":"Deny","Action":"*","Resource":"*"}`, reason: "explicit deny",
		},
		{
			name: "other action", why: "InvokeFunction is another action",
			role:     signerARN,
			identity: `{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}`,
		},
		{
			name: "action in another case", why: "actions ignore case",
			role:     signerARN,
			identity: `{"Effect":"Allow","Action":"LAMBDA:invokefunction*","Resource":"*"}`,
			allowed:  true,
		},
		{
			name: "resource in another case", why: "ARNs do not ignore case",
			role:     signerARN,
			identity: `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:function:Orders"}`,
			reason:   "is about another resource",
		},
		{
			name: "the alias is another resource", why: "an alias has its own ARN",
			role:     signerARN,
			identity: `{"Effect":"Allow","Action":"*","Resource":"` + functionARN + `:live"}`,
		},
		{
			name: "one wildcard character", why: "? is one character",
			role:     signerARN,
			identity: `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:function:order?"}`,
			allowed:  true,
		},
		{
			name: "policy variable", why: "a variable stands for the request's value",
			role:     signerARN,
			identity: `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:*:function:${aws:PrincipalTag/fn}"}`,
			allowed:  true,
		},
		{
			name: "deny on any value that is disputed", why: "ForAnyValue with IfExists and no value denies",
			role: signerARN,
			identity: allow + `,{"Effect":"Deny","Action":"*","Resource":"*",` +
				`"Condition":{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"team"}}}`,
			reason: "explicit deny",
		},
		{
			name: "policy variable without value", why: "a variable without value matches nothing",
			role:     signerARN,
			identity: `{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*${aws:PrincipalTag/team}*"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
				Context: map[string][]string{
					"lambda:FunctionUrlAuthType": {"AWS_IAM"}, "aws:PrincipalAccount": {account},
					"aws:PrincipalTag/fn": {"orders"},
					"aws:SecureTransport": {"true"},
				},
			}
			if test.role != "" {
				config := RoleConfig{
					ARN:   test.role,
					Trust: policy(t, "trust", permit(`{"Service":"lambda.amazonaws.com"}`, "")),
				}
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
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q",
					test.why, decision, test.allowed, test.reason)
			}
		})
	}
}

// permit writes an allowing statement of a resource policy.
func permit(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Sid":"Permit","Effect":"Allow","Principal":` + principal +
		`,"Action":"lambda:InvokeFunctionUrl","Resource":"` + functionARN + `"` + condition + `}`
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
