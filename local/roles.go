package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// buildRoles makes every role of the assembly with its trust policy and all its identity policies.
func (c *cloud) buildRoles() error {
	attached, err := c.attachedPolicies()
	if err != nil {
		return err
	}
	for _, resource := range c.assembly.Resources("AWS::IAM::Role") {
		arn, err := resource.Attribute("Arn")
		if err != nil {
			return err
		}
		// A role that cannot be told is an error only where something that runs here has it.
		role, err := c.buildRole(resource, arn, attached)
		if err != nil {
			err = fmt.Errorf("role %s: %w", resource.Path, err)
		}
		c.roles[arn] = roleOrError{role, err}
	}
	return nil
}

// roleOrError is a role, or why it could not be read.
type roleOrError struct {
	role *iam.Role
	err  error
}

// policyAttachments are the policies that resources of their own give to roles.
type policyAttachments struct {
	byRoleName map[string][]*iam.Policy
	byARN      map[string]*iam.Policy // the assembly's managed policies
}

// attachedPolicies reads AWS::IAM::Policy and AWS::IAM::ManagedPolicy, which name the roles that they are for.
func (c *cloud) attachedPolicies() (policyAttachments, error) {
	attached := policyAttachments{byRoleName: map[string][]*iam.Policy{}, byARN: map[string]*iam.Policy{}}
	for _, resource := range c.assembly.Resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") {
		var properties struct {
			PolicyDocument any
			Roles          []string
		}
		if err := decode(resource, &properties); err != nil {
			if c.passOver(resource, err) {
				continue
			}
			return attached, err
		}
		policy, err := parsePolicy(resource.Path, properties.PolicyDocument)
		if err != nil {
			return attached, err
		}
		for _, name := range properties.Roles {
			attached.byRoleName[name] = append(attached.byRoleName[name], policy)
		}
		if resource.Type == "AWS::IAM::ManagedPolicy" {
			arn, err := resource.Ref()
			if err != nil {
				return attached, err
			}
			attached.byARN[arn] = policy
		}
	}
	return attached, nil
}

// passOver says whether a policy that names something unmodelled may be left out, and notes that it is: where it only allows, less
// is allowed here than on AWS, which is safe to tell; one that denies must not go missing.
func (c *cloud) passOver(resource *assembly.Resource, err error) bool {
	var unmodelled *assembly.NoModelError
	text, marshalErr := json.Marshal(resource.Unresolved())
	if !errors.As(err, &unmodelled) || marshalErr != nil || bytes.Contains(text, []byte(`"Deny"`)) {
		return false
	}
	c.notSimulated = append(c.notSimulated, fmt.Sprintf("%s: it grants nothing here, since %v", resource.Path, err))
	return true
}

// buildRole reads an AWS::IAM::Role.
func (c *cloud) buildRole(resource *assembly.Resource, arn string, attached policyAttachments) (*iam.Role, error) {
	var properties struct {
		AssumeRolePolicyDocument any
		ManagedPolicyArns        []string
		PermissionsBoundary      string
		Policies                 []struct {
			PolicyName     string
			PolicyDocument any
		}
	}
	if err := decode(resource, &properties); err != nil {
		return nil, err
	}
	name, err := resource.Ref()
	if err != nil {
		return nil, err
	}
	config := iam.RoleConfig{ARN: arn, Policies: slices.Clone(attached.byRoleName[name])}
	if config.Trust, err = parsePolicy("trust policy", properties.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	for _, inline := range properties.Policies {
		policy, err := parsePolicy(inline.PolicyName, inline.PolicyDocument)
		if err != nil {
			return nil, err
		}
		config.Policies = append(config.Policies, policy)
	}
	for _, managed := range properties.ManagedPolicyArns {
		policy := c.managedPolicy(managed, attached)
		if policy == nil {
			c.notSimulated = append(c.notSimulated, fmt.Sprintf("policy %s of role %s: it grants nothing here", managed, resource.Path))
			continue
		}
		config.Policies = append(config.Policies, policy)
	}
	if properties.PermissionsBoundary != "" {
		// A boundary only takes away, so one that is not known must not be left out.
		if config.Boundary = c.managedPolicy(properties.PermissionsBoundary, attached); config.Boundary == nil {
			return nil, errors.New("its permissions boundary " + properties.PermissionsBoundary + " is not in the assembly, so what the role may do cannot be told")
		}
	}
	return iam.NewRole(config)
}

// managedPolicy finds a managed policy among the assembly's own and those of AWS's that are simulated; nil where it is neither.
func (c *cloud) managedPolicy(arn string, attached policyAttachments) *iam.Policy {
	if policy, ok := attached.byARN[arn]; ok {
		return policy
	}
	policy, _ := iam.ManagedPolicy(arn)
	return policy
}

func parsePolicy(name string, document any) (*iam.Policy, error) {
	policy, err := iam.ParsePolicy(document)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	policy.Name = name
	return policy, nil
}
