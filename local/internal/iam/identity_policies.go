package iam

import (
	"errors"
	"fmt"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// identityProperties are the properties that roles and users have in common.
type identityProperties struct {
	ManagedPolicyArns   []string
	PermissionsBoundary string
	Policies            []struct {
		PolicyName     string
		PolicyDocument any
	}
}

// readIdentity reads the policies, the boundary and the tags of a role or user.
func (p *attachments) readIdentity(
	config *RoleConfig, resource *assembly.Resource, properties identityProperties, gaps *assembly.Gaps,
) (err error) {
	if config.Policies, err = p.policies(resource, properties, gaps); err != nil {
		return err
	}
	if boundary := properties.PermissionsBoundary; boundary != "" {
		// A boundary only takes away, so an unknown one must not be left out.
		if config.Boundary, err = p.managed(boundary); err != nil {
			return fmt.Errorf("its permissions boundary limits it, and cannot be read: %w", err)
		}
	}
	if config.Tags, err = resource.Tags(); err != nil {
		return err
	}
	if unknown, ok := Unknown(config.Tags); ok {
		gaps.Add(resource.Path, "tags, so a policy that denies by them may deny more on AWS: %s is unknown", unknown)
	}
	return nil
}

// policies returns the identity policies of a role or user: inline ones, those of other resources, and managed ones. A
// managed policy that is not in the assembly is a gap.
func (p *attachments) policies(
	resource *assembly.Resource, properties identityProperties, gaps *assembly.Gaps,
) ([]*Policy, error) {
	name, err := resource.Ref()
	if err != nil {
		return nil, err
	}
	policies, err := p.to(holder{resource.Stack.Account, name, resource.Type == userType})
	if err != nil {
		return nil, err
	}
	for _, inline := range properties.Policies {
		policy, err := ParseNamedPolicy(inline.PolicyName, inline.PolicyDocument)
		if err != nil {
			return nil, err
		}
		policies = append(policies, policy)
	}
	for _, arn := range properties.ManagedPolicyArns {
		policy, err := p.managed(arn)
		switch {
		case errors.Is(err, errNotInAssembly):
			gaps.Add(resource.Path, "policy %s, which grants nothing here, and what it denies is not denied", arn)
		case err != nil:
			return nil, err
		default:
			policies = append(policies, policy)
		}
	}
	return policies, nil
}
