package iam

import (
	"regexp"
	"sync"
	"testing"
)

func TestStore(t *testing.T) {
	role, err := NewRole(RoleConfig{ARN: signerARN, Trust: policy(t, "trust", permit(`{"Service":"lambda.amazonaws.com"}`, ""))})
	if err != nil {
		t.Fatal(err)
	}
	var store Store
	if _, ok := store.Lookup(""); ok {
		t.Error("an empty store knows somebody")
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			credentials := store.Issue(role, "edge")
			identity, ok := store.Lookup(credentials.AccessKeyID)
			if !ok || identity.Credentials != credentials || identity.Role != role {
				t.Errorf("looked up %+v, %v", identity, ok)
			}
			if !regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`).MatchString(credentials.AccessKeyID) || len(credentials.SecretAccessKey) != 40 || credentials.SessionToken == "" {
				t.Error("credentials not of AWS's form")
			}
		})
	}
	group.Wait()
	if len(store.identities) != 20 {
		t.Errorf("%d different key ids, want 20", len(store.identities))
	}
	identity := Identity{Role: role, SessionName: "edge"}
	if identity.ARN() != sessionOf {
		t.Errorf("session ARN %s, want %s: the role's path is not in it", identity.ARN(), sessionOf)
	}
	if !regexp.MustCompile(`^AROA[A-Z2-7]{17}:edge$`).MatchString(identity.UserID()) {
		t.Errorf("user id %s", identity.UserID())
	}
}
