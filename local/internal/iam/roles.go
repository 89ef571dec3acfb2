package iam

import (
	"fmt"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// Roles are the roles of an assembly.
type Roles struct{ byARN map[string]roleOrError }

// roleOrError is a role, or why it could not be read.
type roleOrError struct {
	role *Role
	err  error
}

// At finds a role by its ARN. The error says why the role cannot be known here.
func (r *Roles) At(arn string) (*Role, error) {
	found, ok := r.byARN[arn]
	if !ok {
		return nil, fmt.Errorf("role %s is not in the assembly, so what it may do cannot be told", arn)
	}
	return found.role, found.err
}

// ReadRoles makes every role of the assembly, with its trust policy and all its identity policies. A role that cannot
// be read is a gap, and an error only for who asks for it.
func ReadRoles(a *assembly.Assembly, gaps *assembly.Gaps) (*Roles, error) {
	attached, err := readAttachments(a)
	if err != nil {
		return nil, err
	}
	roles := &Roles{map[string]roleOrError{}}
	for _, resource := range a.Resources("AWS::IAM::Role") {
		arn, err := resource.Attribute("Arn")
		if err != nil {
			return nil, err
		}
		role, err := attached.readRole(resource, arn, gaps)
		if err != nil {
			err = fmt.Errorf("role %s: %w", resource.Path, err)
			gaps.Add(resource.Path, "sessions of a role that could not be read: %v", err)
		}
		roles.byARN[arn] = roleOrError{role, err}
	}
	return roles, nil
}

// readRole reads an AWS::IAM::Role.
func (p *attachments) readRole(resource *assembly.Resource, arn string, gaps *assembly.Gaps) (*Role, error) {
	properties := roleProperties{MaxSessionDuration: 3600}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	config := RoleConfig{ARN: arn, MaxSession: time.Duration(properties.MaxSessionDuration) * time.Second}
	var err error
	if config.Trust, err = ParseNamedPolicy("trust policy", properties.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if err := p.readIdentity(&config, resource, properties.identityProperties, gaps); err != nil {
		return nil, err
	}
	role, err := NewRole(config)
	if err != nil {
		return nil, err
	}
	for _, line := range role.unknownKeys() {
		gaps.Add(resource.Path, "%s", line)
	}
	return role, nil
}

// roleProperties are the properties of an AWS::IAM::Role. Resource.Tags reads its tags.
type roleProperties struct {
	AssumeRolePolicyDocument any
	MaxSessionDuration       int
	identityProperties
}
