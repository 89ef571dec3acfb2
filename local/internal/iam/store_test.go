package iam

import (
	"reflect"
	"regexp"
	"sync"
	"testing"
	"time"
)

func TestStore(t *testing.T) {
	role, err := NewRole(RoleConfig{
		ARN: signerARN, Trust: policy(t, "trust", permit(`{"Service":"lambda.amazonaws.com"}`, "")),
	})
	if err != nil {
		t.Fatal(err)
	}
	var store Store
	if _, ok := store.Lookup(""); ok {
		t.Error("an empty store finds an identity")
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			credentials := store.Issue(role, "edge")
			identity, ok := store.Lookup(credentials.AccessKeyID)
			if !ok || identity.Credentials != credentials || identity.Role != role {
				t.Errorf("looked up %+v, %v", identity, ok)
			}
			if !regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`).MatchString(credentials.AccessKeyID) ||
				len(credentials.SecretAccessKey) != 40 || credentials.SessionToken == "" {
				t.Error("the credentials do not have AWS's form")
			}
		})
	}
	group.Wait()
	if len(store.identities) != 20 {
		t.Errorf("%d different key ids, want 20", len(store.identities))
	}
	lasting, _ := store.Lookup(store.Issue(role, "edge").AccessKeyID)
	if lasting.Credentials.CanExpire || lasting.IssuedAt.IsZero() {
		t.Errorf("a function's credentials: can expire %v, issued at %v",
			lasting.Credentials.CanExpire, lasting.IssuedAt)
	}
	identity := Identity{Role: role, SessionName: "edge"}
	if identity.ARN() != sessionOf {
		t.Errorf("session ARN %s, want %s: the role's path is not in it", identity.ARN(), sessionOf)
	}
	if !regexp.MustCompile(`^AROA[A-Z2-7]{17}:edge$`).MatchString(identity.UserID()) {
		t.Errorf("user id %s", identity.UserID())
	}
}

// TestAssume checks that a lookup returns a session as it was made, expired or not.
func TestAssume(t *testing.T) {
	var store Store
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	session := Session{
		Role: trustedBy(t, signerARN, permit(`"*"`, "")), Name: "alice",
		Policy:         policy(t, "session", `{"Effect":"Allow","Action":"*","Resource":"*"}`),
		SourceIdentity: "a7f", Tags: map[string]string{"team": "red"}, IssuedAt: at, Expires: at.Add(time.Minute),
	}
	credentials := store.Assume(session)
	if !credentials.CanExpire || !credentials.Expires.Equal(session.Expires) {
		t.Errorf("can expire %v, at %v", credentials.CanExpire, credentials.Expires)
	}
	found, ok := store.Lookup(credentials.AccessKeyID)
	want := &Identity{
		Role: session.Role, SessionName: "alice", Credentials: credentials, Policy: session.Policy,
		SourceIdentity: "a7f", Tags: session.Tags, IssuedAt: at,
	}
	if !ok || !reflect.DeepEqual(found, want) {
		t.Errorf("found %+v", found)
	}
	if only, ok := store.Credentials(credentials.AccessKeyID); !ok || only != credentials {
		t.Error("the store holds other credentials for the session")
	}
	if _, ok := store.Credentials("ASIAX"); ok {
		t.Error("an unknown key has credentials")
	}
}
