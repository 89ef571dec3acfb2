package waf

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// Needs holds what web ACLs take from the rest of furl local.
type Needs struct {
	ViewerAddress netip.Addr // as Config.ViewerAddress
	ViewerCountry string     // as Config.ViewerCountry
}

// ACLs are the web ACLs of an assembly. Each is made once, so that all that share it share its counts of requests.
type ACLs struct {
	needs        Needs
	assembly     *assembly.Assembly
	gaps         *assembly.Gaps
	associations map[string]string // a stage → the ARN of its web ACL; see stageName
	made         map[string]*ACL   // by scope and ARN
}

// countryCode is the form of the codes that GeoMatchStatement takes, ISO 3166's alpha-2.
var countryCode = regexp.MustCompile(`\A([A-Z]{2})?\z`)

// NewACLs reads which web ACLs stand in front of stages of REST APIs. An association with something else, such as a
// load balancer or a stage that is not in the assembly, is a gap.
func NewACLs(a *assembly.Assembly, needs Needs, gaps *assembly.Gaps) (*ACLs, error) {
	if !countryCode.MatchString(needs.ViewerCountry) {
		return nil, fmt.Errorf("%q is not a country: write the two capital letters of ISO 3166, such as DE",
			needs.ViewerCountry)
	}
	acls := &ACLs{
		needs: needs, assembly: a, gaps: gaps, associations: map[string]string{}, made: map[string]*ACL{},
	}
	stages, err := stageNames(a)
	if err != nil {
		return nil, err
	}
	for _, resource := range a.Resources("AWS::WAFv2::WebACLAssociation") {
		var association struct{ ResourceArn, WebACLArn string }
		err := resource.Decode(&association)
		_, stage, isStage := strings.Cut(association.ResourceArn, ":apigateway:")
		name := "web ACL association " + resource.Path
		switch {
		case err != nil:
			gaps.Add(resource.Path, "web ACL association that cannot be read: %v", err)
		case !isStage:
			gaps.Add(resource.Path, "web ACL association with %s", association.ResourceArn)
		case acls.associations[stage] != "":
			return nil, fmt.Errorf("%s: %s has another web ACL, and AWS takes one", name, association.ResourceArn)
		case !slices.Contains(stages, stage):
			gaps.Add(resource.Path, "web ACL in front of the stage %s, which is not in the assembly", stage)
		default:
			acls.associations[stage] = association.WebACLArn
		}
	}
	return acls, nil
}

// At finds the web ACL of a distribution by its ARN. It is nil where the ACL is not in the assembly, which is a gap.
func (a *ACLs) At(arn string) (*ACL, error) { return a.at(arn, CloudFront) }

// Of finds the web ACL in front of a REST API's stage. It is nil where there is none. A web ACL protects resources
// in its region only (AWS WAF Developer Guide, how-aws-waf-works-resources).
func (a *ACLs) Of(region, apiID, stage string) (*ACL, error) {
	arn, ok := a.associations[stageName(region, apiID, stage)]
	if !ok {
		return nil, nil
	}
	acl, err := a.at(arn, Regional)
	if err != nil {
		return nil, err
	}
	if own := strings.Split(arn+":::", ":")[3]; own != region {
		const wrong = "web ACL %s is in %s, and the stage in %s: AWS takes one of the same region"
		return nil, fmt.Errorf(wrong, arn, own, region)
	}
	return acl, nil
}

// at makes the web ACL of an ARN, once. scope is the one that the protected resource takes.
func (a *ACLs) at(arn, scope string) (*ACL, error) {
	key := scope + " " + arn // an ACL of the other scope is refused however often it is asked for
	if acl, ok := a.made[key]; ok {
		return acl, nil
	}
	parts, err := a.byARN("AWS::WAFv2::IPSet", "AWS::WAFv2::RegexPatternSet", "AWS::WAFv2::RuleGroup")
	if err != nil {
		return nil, err
	}
	resource, err := a.resource(arn)
	if err != nil {
		return nil, err
	}
	if resource == nil {
		a.gaps.Add("", "web ACL %s, which is not in the assembly", arn)
		return nil, nil
	}
	properties, err := resource.Properties()
	if err != nil {
		return nil, err
	}
	acl, err := New(Config{
		Path: resource.Path, Scope: scope, ARN: arn, Properties: properties, Parts: parts,
		ViewerAddress: a.needs.ViewerAddress, ViewerCountry: a.needs.ViewerCountry, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("web ACL %s: %w", arn, err)
	}
	a.made[key] = acl
	for _, line := range acl.NotSimulated() {
		a.gaps.Add("", "web ACL: %s", line)
	}
	return acl, nil
}

// resource finds the AWS::WAFv2::WebACL of an ARN, or nil.
func (a *ACLs) resource(arn string) (*assembly.Resource, error) {
	for _, resource := range a.assembly.Resources("AWS::WAFv2::WebACL") {
		candidate, err := resource.Attribute("Arn")
		if err != nil || candidate == arn {
			return resource, err
		}
	}
	return nil, nil
}

// byARN are the resolved properties of the resources of some types.
func (a *ACLs) byARN(resourceTypes ...string) (map[string]map[string]any, error) {
	found := map[string]map[string]any{}
	for _, resource := range a.assembly.Resources(resourceTypes...) {
		arn, err := resource.Attribute("Arn")
		if err != nil {
			return nil, err
		}
		if found[arn], err = resource.Properties(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// stageNames are the stages of the assembly's REST APIs, as stageName has them.
func stageNames(a *assembly.Assembly) ([]string, error) {
	var names []string
	for _, resource := range a.Resources("AWS::ApiGateway::Stage") {
		var stage struct{ RestApiId, StageName string }
		if err := resource.Decode(&stage); err != nil {
			return nil, err
		}
		names = append(names, stageName(resource.Stack.Region, stage.RestApiId, stage.StageName))
	}
	return names, nil
}

// stageName is the part of a stage's ARN after its service.
func stageName(region, apiID, stage string) string {
	return fmt.Sprintf("%s::/restapis/%s/stages/%s", region, apiID, stage)
}
