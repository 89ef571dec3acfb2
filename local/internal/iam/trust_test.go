package iam

import (
	"strings"
	"testing"
)

const leasedARN = "arn:aws:iam::111122223333:role/leased"

// TestEvaluateTrust checks who may assume a role. The trust policy must allow, unlike most resource policies.
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
		{
			name: "the role", why: "its ARN suffices",
			caller: signerARN, trust: trusts(`{"AWS":"` + signerARN + `"}`), identity: silent,
			action: "sts:AssumeRole", message: "statement Trust", allowed: true,
		},
		{
			name: "the account, and the caller's policy", why: "the delegation taken up",
			caller: signerARN, trust: trusts(root), identity: allow, action: "sts:AssumeRole",
			message: "statement #1 of inline", allowed: true,
		},
		{
			name: "the account alone", why: "it delegates",
			caller: signerARN, trust: trusts(root), identity: silent, action: "sts:AssumeRole",
			message: "since it names the account",
		},
		{
			name: "a service", why: "the caller is none",
			caller: signerARN, trust: trusts(`{"Service":"lambda.amazonaws.com"}`), identity: allow,
			action: "sts:AssumeRole", message: "no statement of the trust policy of role leased",
		},
		{
			name: "a federation", why: "the caller is none",
			caller: signerARN, trust: trusts(`{"Federated":"accounts.google.com"}`), identity: allow,
			action: "sts:AssumeRole", message: "the trust policy",
		},
		{
			name: "nobody that asks", why: "the caller's policy does not suffice",
			caller: signerARN, trust: trusts(`{"AWS":"arn:aws:iam::111122223333:role/other"}`),
			identity: allow, action: "sts:AssumeRole", message: "is for another principal",
		},
		{
			name: "everyone", why: "the caller included",
			caller: signerARN, trust: trusts(`"*"`), identity: silent, action: "sts:AssumeRole",
			message: "statement Trust", allowed: true,
		},
		{
			name: "another action", why: "each is asked for",
			caller: signerARN, trust: trusts(`{"AWS":"` + signerARN + `"}`), identity: silent,
			action:  "sts:TagSession",
			message: "no statement of the trust policy of role leased allows sts:TagSession",
		},
		{
			name: "trust denies", why: "a deny wins",
			caller: signerARN,
			trust: trusts(`"*"`) + `,{"Sid":"Stop","Effect":"Deny","Principal":{"AWS":"` + signerARN +
				`"},"Action":"sts:*"}`,
			identity: allow, action: "sts:AssumeRole",
			message: "explicit deny by statement Stop of trust",
		},
		{
			name: "caller denied", why: "a deny wins",
			caller: signerARN, trust: trusts(`"*"`),
			identity: `{"Effect":"Deny","Action":"*","Resource":"*"}`, action: "sts:AssumeRole",
			message: "explicit deny",
		},
		{
			name: "another role as resource", why: "the caller's policy is about that",
			caller: signerARN, trust: trusts(root),
			identity: `{"Effect":"Allow","Action":"*","Resource":"` + leasedARN + `2"}`,
			action:   "sts:AssumeRole", message: "is about another resource",
		},
		{
			name: "session policy silent", why: "it limits the caller's session",
			caller: signerARN, trust: trusts(`{"AWS":"` + signerARN + `"}`), identity: allow,
			session: silent, action: "sts:AssumeRole", message: "the session policy",
		},
		{
			name: "another account, both", why: "both sides must allow",
			caller: foreignRole, trust: trusts(`{"AWS":"` + foreignRole + `"}`), identity: allow,
			action: "sts:AssumeRole", allowed: true,
		},
		{
			name: "another account, trust alone", why: "both sides must allow",
			caller: foreignRole, trust: trusts(`{"AWS":"` + foreignRole + `"}`), identity: silent,
			action: "sts:AssumeRole",
		},
		{
			name: "another account, everyone", why: "both sides must allow",
			caller: foreignRole, trust: trusts(`"*"`), identity: silent, action: "sts:AssumeRole",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			leased := trustedBy(t, leasedARN, row.trust)
			caller, err := NewRole(RoleConfig{
				ARN: row.caller, Trust: policy(t, "trust", permit(`"*"`, "")),
				Policies: []*Policy{policy(t, "inline", row.identity)},
			})
			if err != nil {
				t.Fatal(err)
			}
			identity := &Identity{Role: caller, SessionName: "edge"}
			if row.session != "" {
				identity.Policy = policy(t, "session", row.session)
			}
			decision := EvaluateTrust(Request{Action: row.action, Identity: identity}, leased)
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.message) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q",
					row.why, decision, row.allowed, row.message)
			}
		})
	}
}

// TestReasonWithoutExternalID checks that the reason hides the external id. People may take it for a password.
func TestReasonWithoutExternalID(t *testing.T) {
	leased := trustedBy(t, leasedARN, `{"Effect":"Allow","Principal":"*","Action":"sts:TagSession"}`)
	decision := EvaluateTrust(Request{
		Action: "sts:AssumeRole", Identity: &Identity{Role: leased, SessionName: "edge"},
		Context: map[string][]string{"sts:ExternalId": {"pass"}, "sts:RoleSessionName": {"alice"}},
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
