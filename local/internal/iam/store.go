package iam

import (
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Store issues credentials and knows the holder of each. The zero value is ready. A Store is safe for
// concurrent use.
type Store struct {
	mu         sync.RWMutex
	identities map[string]*Identity     // by access key id
	services   map[string]issuedService // by access key id
	endless    map[endless]string       // access key ids
	roles      *Roles                   // as they are now; nil before the first Adopt
	users      *Users
}

// endless names a session that does not end, by its role's ARN and its name.
type endless struct{ roleARN, name string }

// Session is the configuration of an [Identity].
type Session struct {
	Role           *Role
	Name           string
	Policy         *Policy // session policy; nil for none
	SourceIdentity string
	Tags           map[string]string
	IssuedAt       time.Time
	Expires        time.Time // zero for never
}

// Issue returns the credentials of a session that lasts as long as the store and its role. A function's execution role
// has such credentials. They are made once for each role's ARN and session name, so a function keeps them when the
// assembly is read again.
func (s *Store) Issue(role *Role, sessionName string) aws.Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := endless{role.ARN, sessionName}
	if identity, ok := s.identities[s.endless[session]]; ok {
		return identity.Credentials
	}
	credentials := s.assume(Session{Role: role, Name: sessionName, IssuedAt: time.Now()})
	if s.endless == nil {
		s.endless = map[endless]string{}
	}
	s.endless[session] = credentials.AccessKeyID
	return credentials
}

// Assume makes credentials for a session.
func (s *Store) Assume(session Session) aws.Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.assume(session)
}

// Adopt makes roles and users those of all sessions and keys, also of such that are made later. Each has the role or
// user of the same ARN. It ends if that is gone or cannot be read.
func (s *Store) Adopt(roles *Roles, users *Users) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles, s.users = roles, users
	for id := range s.identities {
		if _, ok := s.identity(id); !ok {
			delete(s.identities, id)
		}
	}
}

// identity finds the holder of a key, with its role or user as it is now. s.mu must be held.
func (s *Store) identity(accessKeyID string) (*Identity, bool) {
	found, ok := s.identities[accessKeyID]
	if !ok || s.roles == nil {
		return found, ok
	}
	at := s.roles.At
	if found.Role.User {
		at = s.users.withARN
	}
	role, err := at(found.Role.ARN)
	if err != nil {
		return nil, false
	}
	now := *found
	now.Role = role
	return &now, true
}

// assume makes credentials for a session. s.mu must be held.
func (s *Store) assume(session Session) aws.Credentials {
	credentials := newCredentials()
	credentials.CanExpire, credentials.Expires = !session.Expires.IsZero(), session.Expires
	if s.identities == nil {
		s.identities = map[string]*Identity{}
	}
	s.identities[credentials.AccessKeyID] = &Identity{
		Role: session.Role, SessionName: session.Name, Credentials: credentials, Policy: session.Policy,
		SourceIdentity: session.SourceIdentity, Tags: session.Tags, IssuedAt: session.IssuedAt,
	}
	return credentials
}

// Keys makes an access key of a user, which lasts as long as the store and the user. It has no session token.
func (s *Store) Keys(user *Role) aws.Credentials {
	credentials := aws.Credentials{AccessKeyID: "AKIA" + randomID(16), SecretAccessKey: randomBase64(30)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identities == nil {
		s.identities = map[string]*Identity{}
	}
	s.identities[credentials.AccessKeyID] = &Identity{Role: user, Credentials: credentials}
	return credentials
}

// newCredentials makes random temporary credentials. They are an "ASIA…" key id, a secret and a session token.
func newCredentials() aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     "ASIA" + randomID(16),
		SecretAccessKey: randomBase64(30),
		SessionToken:    randomBase64(384), // as long as a real token, with + / and = as in a real one
	}
}

// Credentials returns the credentials of an access key id, an identity's or a service's. They suffice to verify a
// signature.
func (s *Store) Credentials(accessKeyID string) (aws.Credentials, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if identity, ok := s.identity(accessKeyID); ok {
		return identity.Credentials, true
	}
	issued, ok := s.services[accessKeyID]
	return issued.credentials, ok
}

// Lookup finds the identity that an access key id was issued to. The verifier of the signature checks whether it
// has expired.
func (s *Store) Lookup(accessKeyID string) (*Identity, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.identity(accessKeyID)
}

// randomID makes the part of an IAM unique id after its prefix. Its characters are the capitals and digits of
// base 32.
func randomID(length int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := make([]byte, length)
	rand.Read(id) // never fails, since crypto/rand ends the program instead
	for i := range id {
		id[i] = alphabet[id[i]%32]
	}
	return string(id)
}

func randomBase64(bytes int) string {
	random := make([]byte, bytes)
	rand.Read(random)
	return base64.StdEncoding.EncodeToString(random)
}
