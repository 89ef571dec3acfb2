package iam

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	for i := range 20 {
		group.Go(func() {
			credentials := store.Issue(role, fmt.Sprintf("edge%d", i))
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

// TestAdopt: sessions outlive a change of their role, and not the end of it.
func TestAdopt(t *testing.T) {
	before := trustedBy(t, signerARN, permit(`"*"`, ""))
	after := trustedBy(t, signerARN, permit(`"*"`, ""))
	for _, row := range []struct {
		name, why string
		roles     map[string]roleOrError
		want      *Role // nil: the sessions end
	}{
		{
			name: "changed", why: "a change of its policies counts at once",
			roles: map[string]roleOrError{signerARN: {role: after}}, want: after,
		},
		{name: "gone", why: "nobody may act for a role that is gone", roles: map[string]roleOrError{}},
		{
			name: "unreadable", why: "nobody knows what it may do",
			roles: map[string]roleOrError{signerARN: {err: errors.New("unreadable")}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var store Store
			lease := store.Assume(Session{Role: before, Name: "alice", Expires: time.Now().Add(time.Hour)})
			own := store.Issue(before, "function")
			store.Adopt(&Roles{row.roles}, &Users{})
			// A request that began before may make a session of the role as it was.
			late := store.Assume(Session{Role: before, Name: "bob", Expires: time.Now().Add(time.Hour)})
			for _, credentials := range []aws.Credentials{lease, own, late} {
				_, holds := store.Credentials(credentials.AccessKeyID)
				if holds != (row.want != nil) {
					t.Errorf("%s: the credentials hold: %t", row.why, holds)
				}
				identity, ok := store.Lookup(credentials.AccessKeyID)
				if ok != (row.want != nil) || ok && (identity.Role != row.want || identity.Credentials != credentials) {
					t.Errorf("%s: found %v, %+v", row.why, ok, identity)
				}
			}
			if kept := store.Issue(after, "function") == own; kept != (row.want != nil) {
				t.Errorf("%s: the function keeps its credentials: %t", row.why, kept)
			}
		})
	}
}

// TestIssueServiceOnce: a distribution signs with the same credentials after its assembly is read again.
func TestIssueServiceOnce(t *testing.T) {
	var store Store
	first := store.IssueService(Service{Principal: "cloudfront.amazonaws.com", SourceARN: "one"})
	if again := store.IssueService(Service{Principal: "cloudfront.amazonaws.com", SourceARN: "one"}); again != first {
		t.Error("the same distribution has other credentials")
	}
	if other := store.IssueService(Service{Principal: "cloudfront.amazonaws.com", SourceARN: "two"}); other == first {
		t.Error("another distribution has the same credentials")
	}
}
