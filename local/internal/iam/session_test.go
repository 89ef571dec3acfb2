package iam

import (
	"strings"
	"testing"
)

// TestSessionPolicy asks what a session may do: its role's policies, and its session policy, and a resource policy that names one
// or the other (IAM User Guide, reference_policies_evaluation-logic_policy-eval-denyallow).
func TestSessionPolicy(t *testing.T) {
	const (
		allow  = `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"*"}`
		silent = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		deny   = `{"Sid":"Stop","Effect":"Deny","Action":"lambda:*","Resource":"*"}`
		root   = `{"AWS":"arn:aws:iam::111122223333:root"}`
	)
	here := func(effect, operator string) string {
		return `{"Effect":"` + effect + `","Action":"*","Resource":"*","Condition":{"` + operator + `":{"aws:SourceIp":"203.0.113.7/32"}}}`
	}
	for _, row := range []struct {
		name, why                   string
		role                        string
		identity, session, resource string // statements; "" is no policy
		boundary                    string
		allowed                     bool
		reason                      string
	}{
		{"both allow", "the intersection", signerARN, allow, allow, "", "", true, ""},
		{"session policy silent", "it limits the role", signerARN, allow, silent, "", "", false, "no statement of the session policy of " + sessionOf},
		{"role silent", "it grants nothing by itself", signerARN, silent, allow, "", "", false, "of the identity policies of role signer"},
		{"another resource", "one function only", signerARN, allow, `{"Effect":"Allow","Action":"*","Resource":"` + functionARN + `2"}`, "", "", false, "is about another resource"},
		{"session policy denies", "a deny wins", signerARN, allow, allow + "," + deny, permit(`{"AWS":"`+sessionOf+`"}`, ""), "", false, "explicit deny by statement Stop of session"},
		{"role denies", "a deny wins", signerARN, deny, allow, permit(`"*"`, ""), "", false, "explicit deny by statement Stop of inline"},
		{"resource policy denies", "a deny wins", signerARN, allow, allow, `{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`, "", false, "explicit deny"},

		{"from its address", "aws:SourceIp", signerARN, allow, here("Allow", "IpAddress"), "", "", true, ""},
		{"from another address", "aws:SourceIp", signerARN, allow, here("Allow", "NotIpAddress"), "", "", false, "NotIpAddress aws:SourceIp = 203.0.113.7/32, which does not hold"},
		{"denied from elsewhere", "the address is right", signerARN, allow, allow + "," + here("Deny", "NotIpAddress"), "", "", true, ""},
		{"denied from here", "the address is the one denied", signerARN, allow, allow + "," + here("Deny", "IpAddress"), "", "", false, "explicit deny"},

		{"resource policy for the role", "the session policy limits it", signerARN, "", silent, permit(`{"AWS":"`+signerARN+`"}`, ""), "", false, "the session policy"},
		{"resource policy for the role, session allows", "both allow", signerARN, "", allow, permit(`{"AWS":"`+signerARN+`"}`, ""), "", true, ""},
		{"resource policy for the account", "the session policy limits it", signerARN, allow, silent, permit(root, ""), "", false, "the session policy"},
		{"resource policy for the session", "grants to the session itself", signerARN, "", silent, permit(`{"AWS":"`+sessionOf+`"}`, ""), "", true, "statement Permit"},
		{"resource policy for another session", "of the same role", signerARN, "", allow, permit(`{"AWS":"`+sessionOf+`2"}`, ""), "", false, "is for another principal"},
		{"resource policy for everyone", "grants to the session itself", signerARN, "", silent, permit(`"*"`, ""), "", true, "statement Permit"},
		{"resource policy for everyone, boundary", "nor does a boundary limit it", signerARN, "", "", permit(`"*"`, `{"ArnEquals":{"aws:PrincipalArn":"`+signerARN+`"}}`), silent, true, ""},
		{"boundary silent, all else allows", "three must", signerARN, allow, allow, permit(`{"AWS":"`+signerARN+`"}`, ""), silent, false, "the permissions boundary"},

		{"another account, for the session", "the session policy limits what its own account lets out", foreignRole, allow, silent, permit(`{"AWS":"arn:aws:sts::444455556666:assumed-role/signer/edge"}`, ""), "", false, "the session policy"},
		{"another account, for everyone", "it limits there too", foreignRole, allow, silent, permit(`"*"`, ""), "", false, "the session policy"},
		{"another account, for the session, boundary", "so does a boundary", foreignRole, allow, "", permit(`{"AWS":"arn:aws:sts::444455556666:assumed-role/signer/edge"}`, ""), silent, false, "the permissions boundary"},
		{"another account, all allow", "both sides and the session", foreignRole, allow, allow, permit(`{"AWS":"`+foreignRole+`"}`, ""), "", true, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := RoleConfig{ARN: row.role, Trust: policy(t, "trust", permit(`{"Service":"lambda.amazonaws.com"}`, ""))}
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
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account, Identity: identity, Context: context,
			}, resource)
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q", row.why, decision, row.allowed, row.reason)
			}
		})
	}
}
