package furl

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// regionsWithoutFunctionUrls are as the Lambda Developer Guide has them (urls-configuration, as of 30 November
// 2026).
var regionsWithoutFunctionUrls = []string{
	"ap-east-2", "ap-south-2", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
	"ca-west-1", "eu-central-2", "eu-south-2", "il-central-1", "me-central-1",
}

// defaultRegions are the regions that every account has. The list is complete, since every region that opened after
// 20 March 2019 is an opt-in region (AWS Account Management Reference Guide, manage-acct-regions).
var defaultRegions = []string{
	"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
	"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
	"us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// warnRegion warns, once a stack, where a Function URL is made in a region without Function URLs. It is no error,
// since AWS adds regions.
func warnRegion(scope constructs.Construct) {
	stack := topLevelStack(scope)
	region := *stack.Region()
	if slices.Contains(regionsWithoutFunctionUrls, region) {
		warn(stack, "furl:region", "Lambda has no Function URLs in %s, as its Developer Guide (urls-configuration) "+
			"said on 30 November 2026, so the deployment fails there. Deploy to another region, or acknowledge "+
			"this warning where the page has since dropped the region.", region)
	}
}

// warnOptIn warns, once a stack, where the stack reads outputs of a stack in another region. It warns only where
// one of the two regions is an opt-in region (CloudFormation Template Reference,
// intrinsic-function-reference-getstackoutput; IAM User Guide, id_credentials_temp_enable-regions).
func warnOptIn(consumer, producer awscdk.Stack) {
	consumerRegion, producerRegion := consumer.Region(), producer.Region()
	if !knownToDiffer(consumerRegion, producerRegion) {
		return
	}
	for _, region := range []string{*consumerRegion, *producerRegion} {
		if !slices.Contains(defaultRegions, region) {
			warn(consumer, "furl:optInRegion", "%s is an opt-in region, and this stack in %s reads outputs of %s in "+
				"%s by Fn::GetStackOutput. That can fail until the account's global STS endpoint gives tokens that "+
				"are valid in all regions (aws iam set-security-token-service-preferences "+
				"--global-endpoint-token-version v2Token). "+
				"The role that CloudFormation deploys with needs cloudformation:DescribeStacks.",
				region, *consumerRegion, *producer.StackName(), *producerRegion)
			return
		}
	}
}
