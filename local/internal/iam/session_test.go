package iam

import (
	"strings"
	"testing"
)

// TestSessionPolicy checks the permissions of a session. Its role's policies, its session policy and a resource
// policy for one of the two take part (IAM User Guide,
// reference_policies_evaluation-logic_policy-eval-denyallow).
func TestSessionPolicy(t *testing.T) {
	const (
		allow  = `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"*"}`
		silent = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		deny   = `{"Sid":"Stop","Effect":"Deny","Action":"lambda:*","Resource":"*"}`
		root   = `{"AWS":"arn:aws:iam::111122223333:root"}`
	)
	here := func(effect, operator string) string {
		return `{"Effect":"` + effect + `","Action":"*","Resource":"*","Condition":{"` + operator +
			`":{"aws:SourceIp":"203.0.113.7/32"}}}`
	}
	for _, row := range []struct {
		name, why                   string
		role                        string
		identity, session, resource string // statements; "" is no policy
		boundary                    string
		allowed                     bool
		reason                      string
	}{
		{
			name: "both allow", why: "the intersection",
			role: signerARN, identity: allow, session: allow, allowed: true,
		},
		{
			name: "session policy silent", why: "it limits the role",
			role: signerARN, identity: allow, session: silent,
			reason: "no statement of the session policy of " + sessionOf,
		},
		{
			name: "role silent", why: "it grants nothing by itself",
			role: signerARN, identity: silent, session: allow,
			reason: "of the identity policies of role signer",
		},
		{
			name: "another resource", why: "one function only",
			role: signerARN, identity: allow,
			session: `{"Effect":"Allow","Action":"*","Resource":"` + functionARN + `2"}`,
			reason:  "is about another resource",
		},
		{
			name: "session policy denies", why: "a deny wins",
			role: signerARN, identity: allow, session: allow + "," + deny,
			resource: permit(`{"AWS":"`+sessionOf+`"}`, ""),
			reason:   "explicit deny by statement Stop of session",
		},
		{
			name: "role denies", why: "a deny wins",
			role: signerARN, identity: deny, session: allow, resource: permit(`"*"`, ""),
			reason: "explicit deny by statement Stop of inline",
		},
		{
			name: "resource policy denies", why: "a deny wins",
			role: signerARN, identity: allow, session: allow,
			resource: `{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`,
			reason:   "explicit deny",
		},

		{
			name: "from its address", why: "aws:SourceIp",
			role: signerARN, identity: allow, session: here("Allow", "IpAddress"), allowed: true,
		},
		{
			name: "from another address", why: "aws:SourceIp",
			role: signerARN, identity: allow, session: here("Allow", "NotIpAddress"),
			reason: "NotIpAddress aws:SourceIp = 203.0.113.7/32, which does not hold",
		},
		{
			name: "denied from elsewhere", why: "the address is right",
			role: signerARN, identity: allow, session: allow + "," + here("Deny", "NotIpAddress"),
			allowed: true,
		},
		{
			name: "denied from here", why: "the address is the one denied",
			role: signerARN, identity: allow, session: allow + "," + here("Deny", "IpAddress"),
			reason: "explicit deny",
		},

		{
			name: "resource policy for the role", why: "the session policy limits it",
			role: signerARN, session: silent, resource: permit(`{"AWS":"`+signerARN+`"}`, ""),
			reason: "the session policy",
		},
		{
			name: "resource policy for the role, session allows", why: "both allow",
			role: signerARN, session: allow, resource: permit(`{"AWS":"`+signerARN+`"}`, ""),
			allowed: true,
		},
		{
			name: "resource policy for the account", why: "the session policy limits it",
			role: signerARN, identity: allow, session: silent, resource: permit(root, ""),
			reason: "the session policy",
		},
		{
			name: "resource policy for the session", why: "grants to the session itself",
			role: signerARN, session: silent, resource: permit(`{"AWS":"`+sessionOf+`"}`, ""),
			allowed: true, reason: "statement Permit",
		},
		{
			name: "resource policy for another session", why: "of the same role",
			role: signerARN, session: allow, resource: permit(`{"AWS":"`+sessionOf+`2"}`, ""),
			reason: "is for another principal",
		},
		{
			name: "resource policy for everyone", why: "grants to the session itself",
			role: signerARN, session: silent, resource: permit(`"*"`, ""), allowed: true,
			reason: "statement Permit",
		},
		{
			name: "resource policy for everyone, boundary", why: "a boundary does not limit it either",
			role:     signerARN,
			resource: permit(`"*"`, `{"ArnEquals":{"aws:PrincipalArn":"`+signerARN+`"}}`),
			boundary: silent, allowed: true,
		},
		{
			name: "boundary silent, all else allows", why: "three must",
			role: signerARN, identity: allow, session: allow,
			resource: permit(`{"AWS":"`+signerARN+`"}`, ""), boundary: silent,
			reason: "the permissions boundary",
		},

		{
			name: "another account, for the session",
			why:  "the session policy limits what its own account lets out",
			role: foreignRole, identity: allow, session: silent,
			resource: permit(`{"AWS":"arn:aws:sts::444455556666:assumed-role/signer/edge"}`, ""),
			reason:   "the session policy",
		},
		{
			name: "another account, for everyone", why: "it limits there too",
			role: foreignRole, identity: allow, session: silent, resource: permit(`"*"`, ""),
			reason: "the session policy",
		},
		{
			name: "another account, for the session, boundary", why: "so does a boundary",
			role: foreignRole, identity: allow,
			resource: permit(`{"AWS":"arn:aws:sts::444455556666:assumed-role/signer/edge"}`, ""),
			boundary: silent, reason: "the permissions boundary",
		},
		{
			name: "another account, all allow", why: "both sides and the session",
			role: foreignRole, identity: allow, session: allow,
			resource: permit(`{"AWS":"`+foreignRole+`"}`, ""), allowed: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := RoleConfig{
				ARN:   row.role,
				Trust: policy(t, "trust", permit(`{"Service":"lambda.amazonaws.com"}`, "")),
			}
			if row.identity != "" {
				config.Policies = []*Policy{policy(t, "inline", row.identity)}
			}
			if row.boundary != "" {
				config.Boundary = policy(t, "boundary", row.boundary)
			}
			role, err := NewRole(config)
			if err != nil {
				t.Fatal(err)
			}
			identity := &Identity{Role: role, SessionName: "edge"}
			if row.session != "" {
				identity.Policy = policy(t, "session", row.session)
			}
			context := identity.ConditionKeys()
			context["aws:SourceIp"] = []string{"203.0.113.7"}
			var resource *Policy
			if row.resource != "" {
				resource = policy(t, "resource policy", row.resource)
			}
			decision := Evaluate(Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
				Identity: identity, Context: context,
			}, resource)
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q",
					row.why, decision, row.allowed, row.reason)
			}
		})
	}
}
