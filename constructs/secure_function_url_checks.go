package furl

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
)

// checkSecureFunctionUrl refuses settings that contradict each other, or that would fail at deployment only.
// newBehavior checks the settings that a behaviour has too.
func checkSecureFunctionUrl(at site, scope constructs.Construct, props *SecureFunctionUrlProps) {
	requireFunction(at, props.Function)
	requireRegion(at, scope)
	if props.Signer != nil {
		if originAuthOf(at, props.OriginAuth, OriginAuth_EDGE_SIGNER).byOac() {
			at.refuse("Signer",
				"it is set, and with OriginAuth "+string(props.OriginAuth)+" CloudFront's origin access control signs",
				"leave one of the two out")
		}
		requireReach(at, "Signer", props.Signer, props.Signer.function, scope)
	}
	if props.Distribution != nil {
		checkExistingDistribution(at, scope, props)
		return
	}
	if props.PathPattern != "" {
		at.refuse("PathPattern", "there is no Distribution to add a behaviour to",
			"set Distribution too, or leave PathPattern out and call AddBehavior for further functions")
	}
	checkWebAcl(at, scope, props)
	checkDistributionProps(at, props.DistributionProps)
}

func checkDistributionProps(at site, props *awscloudfront.DistributionProps) {
	if props == nil {
		return
	}
	if props.DefaultBehavior != nil {
		at.refuse("DistributionProps.DefaultBehavior",
			"it is made from the other fields, so that every request is signed",
			"use CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy, ReadTimeout and KeepaliveTimeout, "+
				"or Signer.EdgeLambda() with Signer.AllowInvoke(fn) on a distribution of your own")
	}
	if props.WebAclId != nil {
		at.refuse("DistributionProps.WebAclId", "the web ACL has fields of its own",
			"write WebAclArn: jsii.String(…), or WebAcl")
	}
	if len(valueOf(props.DomainNames)) > 0 && props.Certificate == nil {
		at.refuse("DistributionProps.DomainNames", "CloudFront takes domain names only with a certificate for them",
			"set DistributionProps.Certificate to one in us-east-1 (an override cannot be read), "+
				"or leave DomainNames out")
	}
}

func checkExistingDistribution(at site, scope constructs.Construct, props *SecureFunctionUrlProps) {
	if props.WebAcl != nil || props.WebAclArn != nil || props.WithoutWebAcl {
		at.refuse("WebAcl, WebAclArn, WithoutWebAcl",
			"a web ACL belongs to a whole distribution, and this one is made elsewhere",
			"leave them out and set the distribution's own WebAclId, to acl.Arn() for instance")
	}
	if props.DistributionProps != nil {
		at.refuse("DistributionProps", "the distribution is made elsewhere",
			"leave it out and set these where the distribution is made")
	}
	if props.PathPattern == "" {
		at.refuse("PathPattern", "it is needed to add a behaviour to a distribution", `write PathPattern: "/api/*"`)
	}
	if !sameConstruct(awscdk.Stack_Of(props.Distribution), awscdk.Stack_Of(scope)) {
		at.refuse("Distribution",
			fmt.Sprintf("%s is in another stack, and would need this one while this one needs it",
				*props.Distribution.Node().Path()),
			"make this construct in the distribution's stack, "+
				"or use Signer.EdgeLambda() with Signer.AllowInvoke(fn) there")
	}
}

// webAclArn is an ACL of scope CLOUDFRONT, as AWS WAF writes it. A classic ACL has an id and no ARN.
var webAclArn = regexp.MustCompile(
	`^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9-]+$`)

func checkWebAcl(at site, scope constructs.Construct, props *SecureFunctionUrlProps) {
	if severalSet(props.WebAcl != nil, props.WebAclArn != nil, props.WithoutWebAcl) {
		at.refuse("WebAcl, WebAclArn, WithoutWebAcl", "more than one of them is set",
			"set one, or none for a new web ACL with defaults")
	}
	if props.WebAcl != nil {
		requireReach(at, "WebAcl", props.WebAcl, props.WebAcl.acl, scope)
	}
	if arn := props.WebAclArn; arn != nil && !*awscdk.Token_IsUnresolved(arn) && !webAclArn.MatchString(*arn) {
		at.refuse("WebAclArn",
			fmt.Sprintf("%q is not a web ACL of scope CLOUDFRONT, the only one that a distribution takes", *arn),
			"write an ARN of the form arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>")
	}
}

// severalSet reports whether more than one of some fields is set.
func severalSet(fields ...bool) bool {
	count := 0
	for _, set := range fields {
		if set {
			count++
		}
	}
	return count > 1
}
