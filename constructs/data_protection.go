package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
)

// dataProtection has WAF write REDACTED in place of credentials, in sampled requests and in logs. Sampled requests show
// headers to each principal that may read them. A field without keys is protected whole
// (WAF API Reference, API_FieldToProtect). Names are in lower case, as HTTP/2 sends them. AWS does not document whether
// their case matters.
func dataProtection() *awswafv2.CfnWebACL_DataProtectionConfigProperty {
	fields := []*awswafv2.CfnWebACL_FieldToProtectProperty{
		{
			FieldType: jsii.String("SINGLE_HEADER"),
			FieldKeys: jsii.Strings("authorization", "cookie", "x-api-key", "x-amz-security-token"),
		},
		{FieldType: jsii.String("SINGLE_COOKIE")},
	}
	var protections []*awswafv2.CfnWebACL_DataProtectProperty
	for _, field := range fields {
		protections = append(protections, &awswafv2.CfnWebACL_DataProtectProperty{
			Action: jsii.String("SUBSTITUTION"), Field: field,
		})
	}
	return &awswafv2.CfnWebACL_DataProtectionConfigProperty{DataProtections: protections}
}
