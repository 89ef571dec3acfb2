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
	associations map[string]association // by stage; see stageName
	made         map[string]*ACL        // by scope and ARN
}

// association puts a web ACL in front of a stage.
type association struct{ path, acl string } // a construct path and an ARN

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
		needs: needs, assembly: a, gaps: gaps, associations: map[string]association{}, made: map[string]*ACL{},
	}
	stages, err := stageNames(a)
	if err != nil {
		return nil, err
	}
	for _, resource := range a.Resources("AWS::WAFv2::WebACLAssociation") {
		var properties struct{ ResourceArn, WebACLArn string }
		err := resource.Decode(&properties)
		_, stage, isStage := strings.Cut(properties.ResourceArn, ":apigateway:")
		name := "web ACL association " + resource.Path
		switch {
		case err != nil:
			gaps.Add(resource.Path, "web ACL association that cannot be read: %v", err)
		case !isStage:
			gaps.Add(resource.Path, "web ACL association with %s", properties.ResourceArn)
		case acls.associations[stage].acl != "":
			return nil, fmt.Errorf("%s: %s has another web ACL, and AWS takes one", name, properties.ResourceArn)
		case !slices.Contains(stages, stage):
			gaps.Add(resource.Path, "web ACL in front of the stage %s, which is not in the assembly", stage)
		default:
			acls.associations[stage] = association{resource.Path, properties.WebACLArn}
		}
	}
	return acls, nil
}

// At finds the web ACL of a distribution by its ARN. It is nil where the ACL is not in the assembly.
func (a *ACLs) At(arn string) (*ACL, error) { return a.at(arn, CloudFront) }

// Of finds the web ACL in front of a REST API's stage. It is nil where there is none. It is also nil where the ACL is
// not in the assembly, which is a gap. A web ACL protects resources in its region only (AWS WAF Developer Guide,
// how-aws-waf-works-resources).
func (a *ACLs) Of(region, apiID, stage string) (*ACL, error) {
	by, ok := a.associations[stageName(region, apiID, stage)]
	if !ok {
		return nil, nil
	}
	acl, err := a.at(by.acl, Regional)
	if err != nil {
		return nil, err
	}
	if own := strings.Split(by.acl+":::", ":")[3]; own != region {
		const wrong = "web ACL %s is in %s, and the stage in %s: AWS takes one of the same region"
		return nil, fmt.Errorf(wrong, by.acl, own, region)
	}
	if acl == nil {
		a.gaps.Add(by.path, "web ACL %s, which is not in the assembly", by.acl)
	}
	return acl, nil
}

// at makes the web ACL of an ARN, once. scope is the one that the protected resource takes.
func (a *ACLs) at(arn, scope string) (*ACL, error) {
	key := scope + " " + arn // an ACL of the other scope is refused however often it is asked for
	if acl, ok := a.made[key]; ok {
		return acl, nil
	}
	resource, err := a.resource(arn)
	if err != nil || resource == nil {
		return nil, err
	}
	properties, err := resource.Properties()
	if err != nil {
		return nil, err
	}
	parts, err := a.parts()
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
		a.gaps.Add(resource.Path, "%s", line)
	}
	return acl, nil
}

// resource finds a web ACL by its ARN. It is nil where the assembly has none of it.
func (a *ACLs) resource(arn string) (*assembly.Resource, error) {
	for _, resource := range a.assembly.Resources("AWS::WAFv2::WebACL") {
		own, err := resource.Attribute("Arn")
		if err != nil {
			return nil, err
		}
		if own == arn {
			return resource, nil
		}
	}
	return nil, nil
}

// parts are the resolved properties of what web ACLs refer to, by ARN.
func (a *ACLs) parts() (map[string]map[string]any, error) {
	found := map[string]map[string]any{}
	types := []string{"AWS::WAFv2::IPSet", "AWS::WAFv2::RegexPatternSet", "AWS::WAFv2::RuleGroup"}
	for _, resource := range a.assembly.Resources(types...) {
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
