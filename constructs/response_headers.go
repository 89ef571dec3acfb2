package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// defaultResponseHeaders is the policy that a stack has for all of its behaviours. An account may have 20
// (CloudFront Developer Guide, cloudfront-limits). The function may override the same headers as with AWS's managed
// SecurityHeadersPolicy.
func defaultResponseHeaders(scope constructs.Construct) awscloudfront.ResponseHeadersPolicy {
	const id = "Policy"
	newIn := func(owner constructs.Construct) awscloudfront.ResponseHeadersPolicy {
		return awscloudfront.NewResponseHeadersPolicy(owner, jsii.String(id), &awscloudfront.ResponseHeadersPolicyProps{
			// These policies are global, and CDK's own name has no region in it. So a second region would collide.
			ResponseHeadersPolicyName: jsii.String(uniqueName("furl", owner, 128)),
			SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
				StrictTransportSecurity: &awscloudfront.ResponseHeadersStrictTransportSecurity{
					AccessControlMaxAge: awscdk.Duration_Days(jsii.Number(365)), Override: jsii.Bool(false),
				},
				ContentTypeOptions: &awscloudfront.ResponseHeadersContentTypeOptions{Override: jsii.Bool(true)},
				ReferrerPolicy: &awscloudfront.ResponseHeadersReferrerPolicy{
					ReferrerPolicy: awscloudfront.HeadersReferrerPolicy_NO_REFERRER, Override: jsii.Bool(false),
				},
			},
		})
	}
	return onceIn(awscdk.Stack_Of(scope), "FurlResponseHeaders", id, newIn)
}
