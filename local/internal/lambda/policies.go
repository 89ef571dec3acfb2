package lambda

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// Policies are the resource policies of an assembly's functions, versions and aliases, with the tags of the functions.
type Policies struct {
	byARN map[string]*iam.Policy
	// whole are the policies that an AWS::Lambda::ResourcePolicy wrote.
	whole map[string]bool
	tags  map[string]map[string]string // by the ARN of a function
}

// At finds the policy of a function, version or alias. It is nil where there is neither a policy nor a tag.
//
// AWS does not say whether a Deny of a function's own policy that names its aliases holds for them. Here it does. Tags
// are the function's, and the Service Authorization Reference gives them to its versions and aliases, too.
func (p *Policies) At(arn string) *iam.Policy {
	function, qualifier, err := splitARN(arn)
	if err != nil {
		return nil
	}
	at := &iam.Policy{Name: policyName(arn), ResourceTags: p.tags[function]}
	if own := p.byARN[arn]; own != nil {
		at.Name, at.Statements = own.Name, own.Statements
	}
	if unqualified := p.byARN[function]; qualifier != "" && unqualified != nil {
		at.Statements = append(unqualified.Denies(), at.Statements...)
	}
	if len(at.Statements) == 0 && len(at.ResourceTags) == 0 {
		return nil
	}
	return at
}

// ReadPolicies collects the statements of AWS::Lambda::ResourcePolicy and AWS::Lambda::Permission by the ARN of the
// function, version or alias that they are on, and reads the tags of the functions.
func ReadPolicies(a *assembly.Assembly, gaps *assembly.Gaps) (*Policies, error) {
	policies := &Policies{map[string]*iam.Policy{}, map[string]bool{}, map[string]map[string]string{}}
	for _, resource := range a.Resources("AWS::Lambda::ResourcePolicy") {
		if err := policies.addWhole(resource, gaps); err != nil {
			return nil, err
		}
	}
	for _, resource := range a.Resources("AWS::Lambda::Permission") {
		properties, err := resource.Properties()
		if err != nil {
			return nil, err
		}
		if unknown, ok := iam.Unknown(properties); ok {
			gaps.Add(resource.Path, "permission that grants nothing, since it depends on %s", unknown)
			continue
		}
		if err := policies.addPermission(resource, properties, gaps); err != nil {
			return nil, fmt.Errorf("permission %s: %w", resource.Path, err)
		}
	}
	for _, resource := range a.Resources("AWS::Lambda::Function") {
		if err := policies.addTags(resource, gaps); err != nil {
			return nil, err
		}
	}
	return policies, nil
}

// addWhole reads an AWS::Lambda::ResourcePolicy. One that cannot be read refuses everything, since it may deny.
func (p *Policies) addWhole(resource *assembly.Resource, gaps *assembly.Gaps) error {
	var named struct{ ResourceArn string }
	if err := resource.Decode(&named); err != nil {
		return err
	}
	arn := strings.TrimSuffix(named.ResourceArn, ":$LATEST") // which the function's own ARN stands for
	if _, _, err := splitARN(arn); err != nil {
		gaps.Add(resource.Path, "resource policy that denies nothing, since its ResourceArn is unknown: %v", err)
		return nil
	}
	policy, err := readDocument(resource, arn)
	if err != nil {
		gaps.Add(resource.Path, "every call of %s, since its resource policy could not be read: %v", arn, err)
		policy = iam.RefuseAll(policyName(arn), err)
	}
	for _, line := range policy.UnknownKeys() {
		gaps.Add(resource.Path, "%s", line)
	}
	p.byARN[arn], p.whole[arn] = policy, true
	return nil
}

// readDocument reads the PolicyDocument of an AWS::Lambda::ResourcePolicy.
func readDocument(resource *assembly.Resource, arn string) (*iam.Policy, error) {
	var properties struct{ PolicyDocument any }
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	if text, ok := properties.PolicyDocument.(string); ok { // AWS documents it as a JSON string, and takes both
		if err := json.Unmarshal([]byte(text), &properties.PolicyDocument); err != nil {
			return nil, fmt.Errorf("PolicyDocument: %w", err)
		}
	}
	policy, err := iam.ParseNamedPolicy(policyName(arn), properties.PolicyDocument)
	if err != nil {
		return nil, err
	}
	return policy, policy.CheckResourcePolicy()
}

// addPermission reads one AWS::Lambda::Permission. An AWS::Lambda::ResourcePolicy on the same function replaces it if
// it is deployed later (Lambda API Reference, PutResourcePolicy). The order is not known here, so the permission then
// grants nothing.
func (p *Policies) addPermission(
	resource *assembly.Resource, properties map[string]any, gaps *assembly.Gaps,
) error {
	name, _ := properties["FunctionName"].(string)
	arn, err := QualifiedARN(name, "", resource.Stack)
	if err != nil {
		return err
	}
	statement, err := iam.PermissionStatement(properties, arn)
	if err != nil {
		return err
	}
	if p.whole[arn] {
		gaps.Add(resource.Path, "permission that grants nothing, since an AWS::Lambda::ResourcePolicy replaces it")
		return nil
	}
	statement.Sid = resource.Path
	if p.byARN[arn] == nil {
		p.byARN[arn] = &iam.Policy{Name: policyName(arn)}
	}
	p.byARN[arn].Statements = append(p.byARN[arn].Statements, statement)
	return nil
}

// addTags reads the tags of an AWS::Lambda::Function.
func (p *Policies) addTags(resource *assembly.Resource, gaps *assembly.Gaps) error {
	arn, err := resource.Attribute("Arn")
	if err != nil {
		return err
	}
	tags, err := resource.Tags()
	if err != nil {
		gaps.Add(resource.Path, "tags, so a policy that denies by them does not deny here: %v", err)
	}
	if unknown, ok := iam.Unknown(tags); ok {
		gaps.Add(resource.Path, "tags, so a policy that denies by them may deny more on AWS: %s is unknown", unknown)
	}
	p.tags[arn] = tags
	return nil
}

func policyName(arn string) string { return "resource policy of " + arn }
