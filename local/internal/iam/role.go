package iam

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Role is an IAM role with the policies that bound it. An IAM user is one too, with User set. Nobody assumes it.
type Role struct {
	ARN, Name, ID, Account string        // ID is the unique id, "AROA…", or "AIDA…" of a user
	MaxSession             time.Duration // the longest session that AssumeRole gives
	Tags                   map[string]string
	User                   bool

	trust            *Policy // nil for a user
	identityPolicies []*Policy
	boundary         *Policy
}

// RoleConfig is the configuration of a role or user.
type RoleConfig struct {
	ARN        string
	Trust      *Policy       // AssumeRolePolicyDocument
	Policies   []*Policy     // inline, attached and managed ones
	Boundary   *Policy       // permissions boundary; nil for none
	MaxSession time.Duration // MaxSessionDuration
	Tags       map[string]string
}

// NewRole makes a role, whose unique id is made from its ARN. It refuses policies of the wrong kind. A trust policy
// names principals. An identity policy or a boundary names resources and no principals.
func NewRole(config RoleConfig) (*Role, error) {
	parts := roleARN.FindStringSubmatch(config.ARN)
	if parts == nil {
		return nil, fmt.Errorf("%q is not the ARN of a role", config.ARN)
	}
	if config.Trust == nil {
		return nil, fmt.Errorf("role %s: no trust policy", config.ARN)
	}
	for _, s := range config.Trust.Statements {
		if s.principals == nil {
			return nil, fmt.Errorf("role %s: trust policy, statement %s: no Principal", config.ARN, s.Sid)
		}
	}
	if err := config.checkPolicies(); err != nil {
		return nil, fmt.Errorf("role %s: %w", config.ARN, err)
	}
	trust := *config.Trust
	trust.ResourceTags = config.Tags
	return &Role{
		ARN: config.ARN, Name: parts[2], ID: stableID("AROA", config.ARN), Account: parts[1],
		MaxSession: config.MaxSession, Tags: config.Tags,
		trust: &trust, identityPolicies: config.Policies, boundary: config.Boundary,
	}, nil
}

// NewUser makes a user, whose unique id is made from its ARN. It has no Trust and no MaxSession.
// NewUser refuses policies of the wrong kind.
func NewUser(config RoleConfig) (*Role, error) {
	parts := userARN.FindStringSubmatch(config.ARN)
	if parts == nil || parts[1] == "" {
		return nil, fmt.Errorf("%q is not the ARN of a user", config.ARN)
	}
	if err := config.checkPolicies(); err != nil {
		return nil, fmt.Errorf("user %s: %w", config.ARN, err)
	}
	return &Role{
		ARN: config.ARN, Name: config.ARN[strings.LastIndex(config.ARN, "/")+1:], ID: stableID("AIDA", config.ARN),
		Account: parts[1], Tags: config.Tags, User: true,
		identityPolicies: config.Policies, boundary: config.Boundary,
	}, nil
}

// checkPolicies refuses policies that are none of an identity.
func (c RoleConfig) checkPolicies() error {
	for _, policy := range append([]*Policy{c.Boundary}, c.Policies...) {
		if policy == nil {
			continue
		}
		if err := policy.CheckIdentityPolicy(); err != nil {
			return err
		}
	}
	return nil
}

// kind is what messages call it.
func (r *Role) kind() string {
	if r.User {
		return "user"
	}
	return "role"
}

// CheckIdentityPolicy refuses a policy that cannot be an identity, boundary or session policy. These policies
// name resources and no principals.
func (p *Policy) CheckIdentityPolicy() error {
	for _, s := range p.Statements {
		err := error(nil)
		if s.principals != nil {
			err = errors.New("an identity policy takes no Principal")
		} else if !s.resources.given {
			err = errors.New("no Resource")
		}
		if err != nil {
			return fmt.Errorf("%s, statement %s: %w", p.Name, s.Sid, err)
		}
	}
	return nil
}

// stableID makes a unique id in AWS's form. It is the same in every run, and when the assembly is read again.
func stableID(prefix, arn string) string {
	hash := sha256.Sum256([]byte(arn))
	return prefix + base32.StdEncoding.EncodeToString(hash[:])[:17]
}
