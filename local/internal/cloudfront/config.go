package cloudfront

import "encoding/json"

// The types below hold the parts of AWS::CloudFront::Distribution that this package reads. Their names are
// CloudFormation's (CloudFormation Template Reference, aws-properties-cloudfront-distribution-distributionconfig).

type distributionConfig struct {
	Enabled              *bool
	Aliases              []string
	Origins              []originConfig
	DefaultCacheBehavior behaviorConfig
	CacheBehaviors       []behaviorConfig
	DefaultRootObject    string
	CustomErrorResponses []customErrorResponse
	WebACLId             string
	Restrictions         struct {
		GeoRestriction struct{ RestrictionType string }
	}
}

// customErrorResponse gives the status of an error a time in the cache. It may also replace the error's page and
// status.
type customErrorResponse struct {
	ErrorCode, ResponseCode int
	ResponsePagePath        string
}

type originConfig struct {
	Id, DomainName, OriginPath string
	OriginAccessControlId      string
	ConnectionAttempts         *int
	ResponseCompletionTimeout  int
	OriginCustomHeaders        []struct{ HeaderName, HeaderValue string }
	CustomOriginConfig         *customOriginConfig
	S3OriginConfig             struct{ OriginAccessIdentity string }
}

type customOriginConfig struct {
	HTTPPort, HTTPSPort                       int
	OriginProtocolPolicy                      string
	OriginSSLProtocols                        []string
	OriginReadTimeout, OriginKeepaliveTimeout int
}

type behaviorConfig struct {
	PathPattern, TargetOriginId                                   string
	AllowedMethods, CachedMethods                                 []string
	CachePolicyId, OriginRequestPolicyId, ResponseHeadersPolicyId string
	Compress                                                      bool
	LambdaFunctionAssociations                                    []lambdaAssociation
	FunctionAssociations                                          []functionAssociation
	ForwardedValues                                               json.RawMessage
	TrustedKeyGroups, TrustedSigners                              []string
	FieldLevelEncryptionId                                        string
}

type lambdaAssociation struct {
	EventType, LambdaFunctionARN string
	IncludeBody                  bool
}

type functionAssociation struct{ EventType, FunctionARN string }

// name is the behavior's name in messages.
func (c behaviorConfig) name() string {
	if c.PathPattern == "" {
		return "default (*)"
	}
	return c.PathPattern
}
