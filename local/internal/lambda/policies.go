package lambda

import (
	"fmt"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// Policies are the resource policies of an assembly's functions and aliases.
type Policies struct{ byARN map[string]*iam.Policy }

// At finds the policy of a function or alias. It is nil where there is none.
func (p *Policies) At(arn string) *iam.Policy { return p.byARN[arn] }

// ReadPolicies collects the statements of AWS::Lambda::Permission by the ARN of the function or alias that they are on.
func ReadPolicies(a *assembly.Assembly, gaps *assembly.Gaps) (*Policies, error) {
	policies := &Policies{map[string]*iam.Policy{}}
	for _, resource := range a.Resources("AWS::Lambda::Permission") {
		properties, err := resource.Properties()
		if err != nil {
			return nil, err
		}
		if unknown, ok := iam.Unknown(properties); ok {
			gaps.Add("%s: it grants nothing here, since it depends on %s", resource.Path, unknown)
			continue
		}
		if err := policies.add(resource, properties); err != nil {
			return nil, fmt.Errorf("permission %s: %w", resource.Path, err)
		}
	}
	return policies, nil
}

// add reads one AWS::Lambda::Permission.
func (p *Policies) add(resource *assembly.Resource, properties map[string]any) error {
	name, _ := properties["FunctionName"].(string)
	arn, err := QualifiedARN(name, "", resource.Stack)
	if err != nil {
		return err
	}
	statement, err := iam.PermissionStatement(properties, arn)
	if err != nil {
		return err
	}
	statement.Sid = resource.Path
	if p.byARN[arn] == nil {
		p.byARN[arn] = &iam.Policy{Name: "resource policy of " + arn}
	}
	p.byARN[arn].Statements = append(p.byARN[arn].Statements, statement)
	return nil
}
