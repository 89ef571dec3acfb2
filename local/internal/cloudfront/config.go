package cloudfront

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

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
	ErrorCode, ResponseCode number
	ResponsePagePath        string
}

type originConfig struct {
	Id, DomainName, OriginPath string
	OriginAccessControlId      string
	ConnectionAttempts         *number
	ResponseCompletionTimeout  number
	OriginCustomHeaders        []struct{ HeaderName, HeaderValue string }
	CustomOriginConfig         *customOriginConfig
	S3OriginConfig             struct{ OriginAccessIdentity string }
}

type customOriginConfig struct {
	HTTPPort, HTTPSPort                       number
	OriginProtocolPolicy                      string
	OriginSSLProtocols                        []string
	OriginReadTimeout, OriginKeepaliveTimeout number
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

// number is a whole number. A template may also write it as a string, as parameters do.
type number int

// UnmarshalJSON implements [json.Unmarshaler].
func (n *number) UnmarshalJSON(document []byte) error {
	text := strings.Trim(string(document), `"`)
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value != float64(int(value)) {
		return fmt.Errorf("%s is not a whole number", document)
	}
	*n = number(value)
	return nil
}

// or returns the number, or the fallback where the template leaves the number out.
func (n number) or(fallback int) int { return cmp.Or(int(n), fallback) }
