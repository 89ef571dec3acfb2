package iam

import (
	"errors"
	"fmt"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// attachments are the policies that other resources give to roles and users.
type attachments struct {
	byHolder map[holder][]policyOrError
	byARN    map[string]policyOrError // the assembly's managed policies
}

// holder names a role or a user. Another account may have one of the same name.
type holder struct {
	account, name string
	user          bool
}

// policyOrError is a policy, or why it could not be read.
type policyOrError struct {
	policy *Policy
	err    error
}

// readAttachments reads the resources that name the roles and users that their policy is for. A policy that cannot be
// read is an error only for these.
func readAttachments(a *assembly.Assembly) (*attachments, error) {
	attached := &attachments{byHolder: map[holder][]policyOrError{}, byARN: map[string]policyOrError{}}
	for _, resource := range a.Resources(
		"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy",
	) {
		var properties struct {
			PolicyDocument     any
			Roles, Users       []string
			RoleName, UserName string // of an AWS::IAM::RolePolicy and an AWS::IAM::UserPolicy
		}
		if err := resource.Decode(&properties); err != nil {
			return nil, err
		}
		policy, err := ParseNamedPolicy(resource.Path, properties.PolicyDocument)
		read := policyOrError{policy, err}
		var holders []holder
		for _, name := range append(properties.Roles, properties.RoleName) {
			holders = append(holders, holder{account: resource.Stack.Account, name: name})
		}
		for _, name := range append(properties.Users, properties.UserName) {
			holders = append(holders, holder{account: resource.Stack.Account, name: name, user: true})
		}
		for _, h := range holders { // nothing has the name ""
			attached.byHolder[h] = append(attached.byHolder[h], read)
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

// to returns the policies that other resources give to a role or user.
func (p *attachments) to(h holder) ([]*Policy, error) {
	var policies []*Policy
	for _, read := range p.byHolder[h] {
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
