package iam

import (
	"errors"
	"fmt"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// attachments are the policies that other resources give to roles.
type attachments struct {
	byRole map[roleName][]policyOrError
	byARN  map[string]policyOrError // the assembly's managed policies
}

// roleName names a role. Another account may have a role of the same name.
type roleName struct{ account, name string }

// policyOrError is a policy, or why it could not be read.
type policyOrError struct {
	policy *Policy
	err    error
}

// readAttachments reads the resources that name the roles that their policy is for. A policy that cannot be read is an
// error only for these roles.
func readAttachments(a *assembly.Assembly) (*attachments, error) {
	attached := &attachments{byRole: map[roleName][]policyOrError{}, byARN: map[string]policyOrError{}}
	for _, resource := range a.Resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy") {
		var properties struct {
			PolicyDocument any
			Roles          []string
			RoleName       string // of an AWS::IAM::RolePolicy
		}
		if err := resource.Decode(&properties); err != nil {
			return nil, err
		}
		policy, err := ParseNamedPolicy(resource.Path, properties.PolicyDocument)
		read := policyOrError{policy, err}
		roles := properties.Roles
		if resource.Type == "AWS::IAM::RolePolicy" {
			roles = []string{properties.RoleName}
		}
		for _, name := range roles {
			key := roleName{resource.Stack.Account, name}
			attached.byRole[key] = append(attached.byRole[key], read)
		}
		if resource.Type == "AWS::IAM::ManagedPolicy" {
			arn, err := resource.Ref()
			if err != nil {
				return nil, err
			}
			attached.byARN[arn] = read
		}
	}
	return attached, nil
}

// to returns the policies that other resources give to a role.
func (p *attachments) to(role roleName) ([]*Policy, error) {
	var policies []*Policy
	for _, read := range p.byRole[role] {
		if read.err != nil {
			return nil, read.err
		}
		policies = append(policies, read.policy)
	}
	return policies, nil
}

// errNotInAssembly says that a managed policy is neither in the assembly nor one of AWS's that are simulated.
var errNotInAssembly = errors.New("it is not in the assembly")

// managed finds a managed policy among the assembly's and those of AWS's that are simulated.
func (p *attachments) managed(arn string) (*Policy, error) {
	if read, ok := p.byARN[arn]; ok {
		return read.policy, read.err
	}
	if policy, ok := ManagedPolicy(arn); ok {
		return policy, nil
	}
	return nil, fmt.Errorf("policy %s: %w", arn, errNotInAssembly)
}
