package iam

import (
	"strings"
	"testing"
)

const leasedARN = "arn:aws:iam::111122223333:role/leased"

// TestEvaluateTrust asks who may assume a role. Other than with most resource policies, the trust policy must allow.
func TestEvaluateTrust(t *testing.T) {
	const (
		allow  = `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + leasedARN + `"}`
		silent = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		root   = `{"AWS":"arn:aws:iam::111122223333:root"}`
	)
	trusts := func(principal string) string {
		return `{"Sid":"Trust","Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}`
	}
	for _, row := range []struct {
		name, why                string
		caller, trust, identity  string
		session, action, message string
		allowed                  bool
	}{
		{"the role", "its ARN suffices", signerARN, trusts(`{"AWS":"` + signerARN + `"}`), silent, "", "sts:AssumeRole", "statement Trust", true},
		{"the account, and the caller's policy", "the delegation taken up", signerARN, trusts(root), allow, "", "sts:AssumeRole", "statement #1 of inline", true},
		{"the account alone", "it delegates", signerARN, trusts(root), silent, "", "sts:AssumeRole", "since it names the account", false},
		{"a service", "the caller is none", signerARN, trusts(`{"Service":"lambda.amazonaws.com"}`), allow, "", "sts:AssumeRole", "no statement of the trust policy of role leased", false},
		{"a federation", "the caller is none", signerARN, trusts(`{"Federated":"accounts.google.com"}`), allow, "", "sts:AssumeRole", "the trust policy", false},
		{"nobody that asks", "the caller's policy does not suffice", signerARN, trusts(`{"AWS":"arn:aws:iam::111122223333:role/other"}`), allow, "", "sts:AssumeRole", "is for another principal", false},
		{"everyone", "the caller included", signerARN, trusts(`"*"`), silent, "", "sts:AssumeRole", "statement Trust", true},
		{"another action", "each is asked for", signerARN, trusts(`{"AWS":"` + signerARN + `"}`), silent, "", "sts:TagSession", "no statement of the trust policy of role leased allows sts:TagSession", false},
		{"trust denies", "a deny wins", signerARN, trusts(`"*"`) + `,{"Sid":"Stop","Effect":"Deny","Principal":{"AWS":"` + signerARN + `"},"Action":"sts:*"}`, allow, "", "sts:AssumeRole", "explicit deny by statement Stop of trust", false},
		{"caller denied", "a deny wins", signerARN, trusts(`"*"`), `{"Effect":"Deny","Action":"*","Resource":"*"}`, "", "sts:AssumeRole", "explicit deny", false},
		{"another role as resource", "the caller's policy is about that", signerARN, trusts(root), `{"Effect":"Allow","Action":"*","Resource":"` + leasedARN + `2"}`, "", "sts:AssumeRole", "is about another resource", false},
		{"session policy silent", "it limits the caller's session", signerARN, trusts(`{"AWS":"` + signerARN + `"}`), allow, silent, "sts:AssumeRole", "the session policy", false},
		{"another account, both", "both sides must allow", foreignRole, trusts(`{"AWS":"` + foreignRole + `"}`), allow, "", "sts:AssumeRole", "", true},
		{"another account, trust alone", "both sides must allow", foreignRole, trusts(`{"AWS":"` + foreignRole + `"}`), silent, "", "sts:AssumeRole", "", false},
		{"another account, everyone", "both sides must allow", foreignRole, trusts(`"*"`), silent, "", "sts:AssumeRole", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			leased := trustedBy(t, leasedARN, row.trust)
			caller, err := NewRole(RoleConfig{ARN: row.caller, Trust: policy(t, "trust", permit(`"*"`, "")), Policies: []*Policy{policy(t, "inline", row.identity)}})
			if err != nil {
				t.Fatal(err)
			}
			identity := &Identity{Role: caller, SessionName: "edge"}
			if row.session != "" {
				identity.Policy = policy(t, "session", row.session)
			}
			decision := EvaluateTrust(Request{Action: row.action, Identity: identity}, leased)
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.message) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q", row.why, decision, row.allowed, row.message)
			}
		})
	}
}

// TestReasonWithoutExternalID: people take it for a password.
func TestReasonWithoutExternalID(t *testing.T) {
	leased := trustedBy(t, leasedARN, `{"Effect":"Allow","Principal":"*","Action":"sts:TagSession"}`)
	decision := EvaluateTrust(Request{
		Action: "sts:AssumeRole", Identity: &Identity{Role: leased, SessionName: "edge"}, Context: map[string][]string{"sts:ExternalId": {"pass"}, "sts:RoleSessionName": {"alice"}},
	}, leased)
	if strings.Contains(decision.Reason, "pass") || !strings.Contains(decision.Reason, "sts:RoleSessionName=alice") {
		t.Error(decision.Reason)
	}
}

func trustedBy(t *testing.T, arn, statements string) *Role {
	t.Helper()
	role, err := NewRole(RoleConfig{ARN: arn, Trust: policy(t, "trust", statements)})
	if err != nil {
		t.Fatal(err)
	}
	return role
}
