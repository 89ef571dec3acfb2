package iam

import (
	"errors"
	"fmt"
	"slices"
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
			gaps.Add("sessions of a role that could not be read: %v", err)
		}
		roles.byARN[arn] = roleOrError{role, err}
	}
	return roles, nil
}

// readRole reads an AWS::IAM::Role.
func (p *attachments) readRole(resource *assembly.Resource, arn string, gaps *assembly.Gaps) (*Role, error) {
	properties := struct {
		AssumeRolePolicyDocument any
		ManagedPolicyArns        []string
		MaxSessionDuration       int
		PermissionsBoundary      string
		Policies                 []struct {
			PolicyName     string
			PolicyDocument any
		}
	}{MaxSessionDuration: 3600}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	name, err := resource.Ref()
	if err != nil {
		return nil, err
	}
	config := RoleConfig{
		ARN: arn, Policies: slices.Clone(p.byRoleName[name]),
		MaxSession: time.Duration(properties.MaxSessionDuration) * time.Second,
	}
	if config.Trust, err = ParseNamedPolicy("trust policy", properties.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	for _, inline := range properties.Policies {
		policy, err := ParseNamedPolicy(inline.PolicyName, inline.PolicyDocument)
		if err != nil {
			return nil, err
		}
		config.Policies = append(config.Policies, policy)
	}
	for _, managed := range properties.ManagedPolicyArns {
		if policy := p.managed(managed); policy != nil {
			config.Policies = append(config.Policies, policy)
		} else {
			gaps.Add("policy %s of role %s: it grants nothing here", managed, resource.Path)
		}
	}
	if boundary := properties.PermissionsBoundary; boundary != "" {
		// A boundary only takes away, so an unknown one must not be left out.
		if config.Boundary = p.managed(boundary); config.Boundary == nil {
			return nil, errors.New("its permissions boundary " + boundary +
				" is not in the assembly, so what the role may do cannot be told")
		}
	}
	return NewRole(config)
}
