package furl

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newWebAcl puts a web ACL in front of the stage. The stage's throttle counts requests before the authorizer
// refuses them, and does not tell clients apart. AWS WAF judges before the authorizer too, and tells clients apart
// by address (API Gateway Developer Guide, apigateway-control-access-aws-waf). API Gateway answers for the ACL with
// the gateway response WAF_FILTERED. That response falls back to DEFAULT_4XX, so a page can read it (API Gateway
// Developer Guide, supported-gateway-response-types).
func (g *CredentialGrant) newWebAcl(props *CredentialGrantProps, settings grantSettings) {
	if props.WithoutWebAcl {
		return
	}
	arn := props.WebAclArn
	if arn == nil {
		g.webAcl = grantWebAcl(g, settings.rateLimit)
		arn = g.webAcl.AttrArn()
	}
	const id = "WebAclAssociation"
	association := awswafv2.NewCfnWebACLAssociation(g, jsii.String(id), &awswafv2.CfnWebACLAssociationProps{
		// The ARN refers to the stage, so CloudFormation makes the stage first.
		ResourceArn: g.api.DeploymentStage().StageArn(), WebAclArn: arn,
	})
	association.Node().AddMetadata(jsii.String(associationKey), true, nil)
	validateAtSynthesis(g)
}

// grantWebAcl is the ACL that a stack's grants share where they have the same limit. It is REGIONAL for an
// edge-optimized API too, and sees the client's own address there (AWS re:Post, AR5xIMzCMiSUqyMKCy2qDv9Q).
func grantWebAcl(scope constructs.Construct, limit int) awswafv2.CfnWebACL {
	const id = "WebAcl"
	ownerId := fmt.Sprintf("FurlGrantWebAcl-%d", limit)
	return onceIn(awscdk.Stack_Of(scope), ownerId, id, func(owner constructs.Construct) awswafv2.CfnWebACL {
		rules := &ruleList{}
		rules.addRate(limit)
		return awswafv2.NewCfnWebACL(owner, jsii.String(id), &awswafv2.CfnWebACLProps{
			// It has no Name. With a name, an ACL that has to be replaced would collide with itself.
			Description: jsii.String("In front of POST /grant"),
			Scope:       jsii.String("REGIONAL"),
			DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{
				Allow: &awswafv2.CfnWebACL_AllowActionProperty{},
			},
			Rules:                rules.rules,
			DataProtectionConfig: dataProtection(),
			VisibilityConfig:     visibility(grantMetric(owner)),
		})
	})
}

// grantMetric names an ACL's metric. The name must differ from those of other ACLs in the account and region, and
// has 128 characters at most (WAF API Reference, VisibilityConfig). The region is not part of it, since a grant's
// stack may have none.
func grantMetric(owner constructs.IConstruct) string {
	name, suffix := "furl-grant-"+*topLevelStack(owner).StackName(), "-"+shortHash(*owner.Node().Path())
	return name[:min(len(name), 128-len(suffix))] + suffix
}

// regionalWebAclArn is an ACL of scope REGIONAL, as AWS WAF writes it, with its region and its account.
var regionalWebAclArn = regexp.MustCompile(
	`^arn:aws[a-z-]*:wafv2:([a-z0-9-]+):([0-9]{12}):regional/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9-]+$`)

// checkGrantWebAcl refuses contradictions, and an ACL that a stage does not take. It gives the limit of a new ACL.
func checkGrantWebAcl(at site, scope constructs.Construct, props *CredentialGrantProps) int {
	if severalSet(props.RateLimit != 0, props.WebAclArn != nil, props.WithoutWebAcl) {
		at.refuse("RateLimit, WebAclArn, WithoutWebAcl", "more than one of them is set",
			"set one, or none for a new web ACL with a limit of 1000")
	}
	checkRegionalWebAclArn(at, awscdk.Stack_Of(scope), props.WebAclArn)
	return rateLimit(at, cmp.Or(props.RateLimit, 1000))
}

func checkRegionalWebAclArn(at site, stack awscdk.Stack, arn *string) {
	if arn == nil {
		return
	}
	if *awscdk.Token_IsUnresolved(arn) {
		if isCloudFrontAcl(arn) {
			at.refuse("WebAclArn", "it is a web ACL of scope CLOUDFRONT, and an API takes scope REGIONAL only",
				"pass one of scope REGIONAL, or leave it out for a new one")
		}
		return
	}
	parts := regionalWebAclArn.FindStringSubmatch(*arn)
	if parts == nil {
		at.refuse("WebAclArn", fmt.Sprintf("%q is not a web ACL of scope REGIONAL, as an API takes them", *arn),
			"write an ARN of the form arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>")
	}
	for _, place := range []struct {
		name, is string
		stack    *string
	}{{"region", parts[1], stack.Region()}, {"account", parts[2], stack.Account()}} {
		if !*awscdk.Token_IsUnresolved(place.stack) && place.is != *place.stack {
			at.refuse("WebAclArn",
				fmt.Sprintf("it is in %s %s and the stack in %s", place.name, place.is, *place.stack),
				"pass a web ACL of the stack's own "+place.name)
		}
	}
}

// isCloudFrontAcl reports whether a token is the ARN of an ACL of this app with scope CLOUDFRONT, such as [WebAcl.Arn].
func isCloudFrontAcl(arn *string) bool {
	token := awscdk.Tokenization_Reverse(arn, &awscdk.ReverseOptions{FailConcat: jsii.Bool(false)})
	reference, ok := token.(awscdk.Reference)
	if !ok {
		return false
	}
	acl, ok := reference.Target().(awswafv2.CfnWebACL)
	return ok && *acl.Scope() == "CLOUDFRONT"
}

// associationKey marks Furl's associations in the construct tree.
const associationKey = "furl:association"

// secondAcls finds other associations of a web ACL with a stage that has one by Furl. A stage has one ACL. So the
// one that is deployed last would take the other's place without a word (WAF API Reference, AssociateWebACL).
func (t *templates) secondAcls() []*awscdk.PolicyViolation {
	const resourceType = "AWS::WAFv2::WebACLAssociation"
	ours := map[string]place{} // by stage
	for _, in := range t.all {
		for _, id := range in.associations {
			for _, stage := range t.stages(place{in, id}) {
				ours[stage] = place{in, id}
			}
		}
	}
	var found []*awscdk.PolicyViolation
	for _, in := range t.all {
		for _, id := range in.ids(resourceType) {
			other := place{in, id}
			for _, stage := range t.stages(other) {
				if own, ok := ours[stage]; ok && own != other {
					found = append(found, violation("secondWebAcl", severityFatal,
						"The CredentialGrant's stage has another web ACL by this association, and can have one only.",
						"Pass that ACL as WebAclArn and remove the association, or write WithoutWebAcl: true.",
						other, own))
				}
			}
		}
	}
	return found
}

// stages are the stages of REST APIs that an association may be for, each as its API and its name.
func (t *templates) stages(association place) []string {
	var all []string
	for _, arn := range choices(association.in.Resources[association.id].Properties["ResourceArn"]) {
		if _, stage, ok := strings.Cut(t.text(association.in, arn), "::/restapis/"); ok {
			all = append(all, stage)
		}
	}
	return all
}
