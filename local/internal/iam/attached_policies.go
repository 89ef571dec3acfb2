package iam

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// attachments are the policies that other resources give to roles.
type attachments struct {
	byRoleName map[string][]*Policy
	byARN      map[string]*Policy // the assembly's managed policies
}

// readAttachments reads AWS::IAM::Policy and AWS::IAM::ManagedPolicy, which name the roles that they are for.
func readAttachments(a *assembly.Assembly, gaps *assembly.Gaps) (*attachments, error) {
	attached := &attachments{byRoleName: map[string][]*Policy{}, byARN: map[string]*Policy{}}
	for _, resource := range a.Resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") {
		var properties struct {
			PolicyDocument any
			Roles          []string
		}
		if err := resource.Decode(&properties); err != nil {
			if PassOver(resource, err, gaps) {
				continue
			}
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

// PassOver reports whether a policy that names something unmodelled may be left out, and notes that as a gap. A policy
// that only allows may be left out, since less is allowed here than on AWS then. One that denies may not.
func PassOver(resource *assembly.Resource, err error, gaps *assembly.Gaps) bool {
	var unmodelled *assembly.NoModelError
	text, marshalErr := json.Marshal(resource.Unresolved())
	if !errors.As(err, &unmodelled) || marshalErr != nil || bytes.Contains(text, []byte(`"Deny"`)) {
		return false
	}
	gaps.Add("%s: it grants nothing here, since %v", resource.Path, err)
	return true
}
