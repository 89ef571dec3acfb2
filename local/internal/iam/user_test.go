package iam

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

const adaARN = "arn:aws:iam::111122223333:user/team/ada"

// ada makes a user with identity policies of these statements, and a boundary unless it is "".
func ada(t *testing.T, statements, boundary string) *Identity {
	t.Helper()
	config := RoleConfig{ARN: adaARN, Tags: map[string]string{"team": "red"}}
	if statements != "" {
		config.Policies = []*Policy{policy(t, "ada's", statements)}
	}
	if boundary != "" {
		config.Boundary = policy(t, "boundary", boundary)
	}
	user, err := NewUser(config)
	if err != nil {
		t.Fatal(err)
	}
	var store Store
	keys := store.Keys(user)
	if !strings.HasPrefix(keys.AccessKeyID, "AKIA") || keys.SessionToken != "" || keys.CanExpire {
		t.Errorf("a user's keys are temporary: %s", keys.AccessKeyID)
	}
	identity, ok := store.Lookup(keys.AccessKeyID)
	if !ok {
		t.Fatal("the store does not know the keys")
	}
	return identity
}

// TestUser: a user has the keys of IAM's table, without those of a session (IAM User Guide,
// reference_policies_variables).
func TestUser(t *testing.T) {
	identity := ada(t, "", "")
	want := map[string][]string{
		"aws:PrincipalArn": {adaARN}, "aws:PrincipalAccount": {account}, "aws:PrincipalType": {"User"},
		"aws:userid": {identity.Role.ID}, "aws:username": {"ada"}, "aws:PrincipalTag/team": {"red"},
	}
	if got := identity.ConditionKeys(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if identity.ARN() != adaARN || !strings.HasPrefix(identity.UserID(), "AIDA") {
		t.Errorf("the user is %s, %s", identity.ARN(), identity.UserID())
	}
	for _, arn := range []string{signerARN, "arn:aws:sts::111122223333:federated-user/ada", "ada"} {
		if _, err := NewUser(RoleConfig{ARN: arn}); err == nil {
			t.Errorf("%s is a user", arn)
		}
	}
	_, err := NewUser(RoleConfig{ARN: adaARN, Policies: []*Policy{policy(t, "p", permit(`"*"`, ""))}})
	if err == nil || !strings.Contains(err.Error(), "takes no Principal") {
		t.Errorf("a policy with a principal: %v", err)
	}
}

// TestEvaluateUser: the resource policy may name a user as it may name a session.
func TestEvaluateUser(t *testing.T) {
	const all, nothing = `{"Effect":"Allow","Action":"*","Resource":"*"}`,
		`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	for _, row := range []struct {
		name, why, identity, boundary, resource string
		allowed                                 bool
		reason                                  string
	}{
		{name: "by its own policies", why: "within the account", identity: all, allowed: true},
		{name: "nobody allows", why: "the default", reason: "the identity policies of user ada"},
		{name: "named", why: "by its ARN", resource: permit(`{"AWS":"`+adaARN+`"}`, ""), allowed: true},
		{
			name: "another user", why: "it has another name",
			resource: permit(`{"AWS":"arn:aws:iam::111122223333:user/ada"}`, ""),
		},
		{name: "the account", why: "the user's policies decide", resource: permit(`{"AWS":"111122223333"}`, "")},
		{
			name: "denied", why: "a deny wins", identity: all,
			resource: strings.Replace(permit(`{"AWS":"`+adaARN+`"}`, ""), "Allow", "Deny", 1),
		},
		{
			name: "outside the boundary", why: "its own policies are limited", identity: all, boundary: nothing,
			reason: "the permissions boundary boundary of user ada",
		},
		{
			name: "named, outside the boundary", why: "a grant to the user's ARN is not limited", boundary: nothing,
			resource: permit(`{"AWS":"`+adaARN+`"}`, ""), allowed: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var resource *Policy
			if row.resource != "" {
				resource = policy(t, "resource policy", row.resource)
			}
			decision := Evaluate(Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
				Identity: ada(t, row.identity, row.boundary),
			}, resource)
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: %v %s, want %v", row.why, decision.Allowed, decision.Reason, row.allowed)
			}
		})
	}
}

// TestAdoptUsers: the keys of a user outlive a change of the user, and not its end. A role of the same name is no user.
func TestAdoptUsers(t *testing.T) {
	before, after := ada(t, "", "").Role, ada(t, `{"Effect":"Allow","Action":"*","Resource":"*"}`, "").Role
	for _, row := range []struct {
		name, why string
		user      roleOrError
		want      *Role // nil: the keys end
	}{
		{name: "changed", why: "its keys are the developer's", user: roleOrError{role: after}, want: after},
		{name: "gone", why: "nobody may act for it", user: roleOrError{err: errors.New("gone")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var store Store
			keys := store.Keys(before)
			roles := &Roles{map[string]roleOrError{adaARN: {role: before}}}
			store.Adopt(roles, &Users{map[string]roleOrError{"Demo/Ada": row.user}})
			identity, ok := store.Lookup(keys.AccessKeyID)
			if ok != (row.want != nil) || ok && identity.Role != row.want {
				t.Errorf("%s: found %v, %+v", row.why, ok, identity)
			}
		})
	}
	if before.ID != after.ID {
		t.Errorf("the user is %s, and then %s", before.ID, after.ID)
	}
}
