package iam

import (
	"github.com/furl-cdk/furl/local/internal/assembly"
)

// attachments are the policies that other resources give to roles.
type attachments struct {
	byRoleName map[string][]*Policy
	byARN      map[string]*Policy // the assembly's managed policies
}

// readAttachments reads AWS::IAM::Policy and AWS::IAM::ManagedPolicy, which name the roles that they are for.
func readAttachments(a *assembly.Assembly) (*attachments, error) {
	attached := &attachments{byRoleName: map[string][]*Policy{}, byARN: map[string]*Policy{}}
	for _, resource := range a.Resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") {
		var properties struct {
			PolicyDocument any
			Roles          []string
		}
		if err := resource.Decode(&properties); err != nil {
			return nil, err
		}
		policy, err := ParseNamedPolicy(resource.Path, properties.PolicyDocument)
		if err != nil {
			return nil, err
		}
		for _, name := range properties.Roles {
			attached.byRoleName[name] = append(attached.byRoleName[name], policy)
		}
		if resource.Type == "AWS::IAM::ManagedPolicy" {
			arn, err := resource.Ref()
			if err != nil {
				return nil, err
			}
			attached.byARN[arn] = policy
		}
	}
	return attached, nil
}

// managed finds a managed policy among the assembly's and those of AWS's that are simulated. It is nil for any other.
func (p *attachments) managed(arn string) *Policy {
	if policy, ok := p.byARN[arn]; ok {
		return policy
	}
	policy, _ := ManagedPolicy(arn)
	return policy
}
