package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/waf"
)

const (
	webACLType      = "AWS::WAFv2::WebACL"
	associationType = "AWS::WAFv2::WebACLAssociation"
)

// webACL makes the web ACL of an ARN, once, so that all that share it share its counts of requests. scope is the one
// that the protected resource takes. The result is nil where the ACL is not in the assembly, which is listed.
func (c *cloud) webACL(arn, scope string) (*waf.ACL, error) {
	key := scope + " " + arn // an ACL of the other scope is refused however often it is asked for
	if acl, ok := c.webACLs[key]; ok {
		return acl, nil
	}
	ipSets, err := c.byARN("AWS::WAFv2::IPSet")
	if err != nil {
		return nil, err
	}
	acls, err := c.byARN(webACLType)
	if err != nil {
		return nil, err
	}
	properties, ok := acls[arn]
	if !ok {
		c.notSimulated = append(c.notSimulated, "web ACL "+arn+", which is not in the assembly")
		return nil, nil
	}
	acl, err := waf.New(scope, properties, ipSets, time.Now)
	if err != nil {
		return nil, fmt.Errorf("web ACL %s: %w", arn, err)
	}
	c.webACLs[key] = acl
	for _, line := range acl.NotSimulated() {
		c.notSimulated = append(c.notSimulated, "web ACL: "+line)
	}
	return acl, nil
}

// byARN are the resolved properties of a type's resources.
func (c *cloud) byARN(resourceType string) (map[string]map[string]any, error) {
	found := map[string]map[string]any{}
	for _, resource := range c.assembly.Resources(resourceType) {
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

// stageACLs are the ARNs of the web ACLs in front of stages of REST APIs. The key is the part of a stage's ARN after
// its service. An association with something else, such as a load balancer, is listed.
func (c *cloud) stageACLs() (map[string]string, error) {
	found := map[string]string{}
	for _, resource := range c.assembly.Resources(associationType) {
		var association struct{ ResourceArn, WebACLArn string }
		err := decode(resource, &association)
		_, stage, isStage := strings.Cut(association.ResourceArn, ":apigateway:")
		name := "web ACL association " + resource.Path
		switch {
		case err != nil:
			c.notSimulated = append(c.notSimulated, name+": "+err.Error())
		case !isStage:
			c.notSimulated = append(c.notSimulated, name+" with "+association.ResourceArn)
		case found[stage] != "":
			return nil, fmt.Errorf("%s: %s has another web ACL, and AWS takes one", name, association.ResourceArn)
		default:
			found[stage] = association.WebACLArn
		}
	}
	return found, nil
}

// readWebACL finds the web ACL in front of the API's stage. It protects resources of its own region only (AWS WAF
// Developer Guide, how-aws-waf-works-resources).
func (a *restAPI) readWebACL() (err error) {
	stage := fmt.Sprintf("%s::/restapis/%s/stages/%s", a.config.Region, a.id, a.config.Stage)
	arn, ok := a.stageWebACLs[stage]
	if !ok {
		return nil
	}
	delete(a.stageWebACLs, stage)
	if a.config.WebACL, err = a.webACL(arn, waf.Regional); err != nil {
		return err
	}
	if region := strings.Split(arn+":::", ":")[3]; region != a.config.Region {
		const wrong = "web ACL %s is in %s, and the stage in %s: AWS takes one of the same region"
		return fmt.Errorf(wrong, arn, region, a.config.Region)
	}
	return nil
}

// listOtherStages lists the associations with stages that are not in the assembly, once each API has taken its own.
func (c *cloud) listOtherStages() {
	for _, stage := range slices.Sorted(maps.Keys(c.stageWebACLs)) {
		c.notSimulated = append(c.notSimulated, "web ACL in front of the stage "+stage+", which is not in the assembly")
	}
}
