package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"
)

// newDistribution makes the distribution, with the behaviour as its default one and the web ACL that the props ask for.
func (s *SecureFunctionUrl) newDistribution(
	props *SecureFunctionUrlProps, origin awscloudfront.IOrigin, behavior *awscloudfront.AddBehaviorOptions,
) awscloudfront.Distribution {
	distributionProps := valueOf(props.DistributionProps)
	distributionProps.DefaultBehavior = &awscloudfront.BehaviorOptions{
		Origin:                origin,
		AllowedMethods:        behavior.AllowedMethods,
		CachePolicy:           behavior.CachePolicy,
		EdgeLambdas:           behavior.EdgeLambdas,
		FunctionAssociations:  behavior.FunctionAssociations,
		OriginRequestPolicy:   behavior.OriginRequestPolicy,
		ResponseHeadersPolicy: behavior.ResponseHeadersPolicy,
		ViewerProtocolPolicy:  behavior.ViewerProtocolPolicy,
	}
	distributionProps.ErrorResponses = withoutKeptErrors(distributionProps.ErrorResponses)
	distributionProps.Certificate = certificateFor(s, distributionProps.Certificate)
	switch {
	case props.WithoutWebAcl:
	case props.WebAclArn != nil:
		distributionProps.WebAclId = weakAcrossRegions(s, props.WebAclArn)
	default:
		s.webAcl = props.WebAcl
		if s.webAcl == nil {
			s.webAcl = NewWebAcl(s, jsii.String("WebAcl"), nil)
		}
		distributionProps.WebAclId = s.webAcl.Arn()
	}
	return awscloudfront.NewDistribution(s, jsii.String("Distribution"), &distributionProps)
}
