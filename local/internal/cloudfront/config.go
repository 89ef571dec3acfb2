package cloudfront

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The types below are the part of AWS::CloudFront::Distribution that is read here, under CloudFormation's names
// (CloudFormation Template Reference, aws-properties-cloudfront-distribution-distributionconfig).

type distributionConfig struct {
	Enabled              *bool
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

// customErrorResponse gives a status of the origin a time in the cache, and a page or a status of its own.
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

// name is how messages call a behavior.
func (c behaviorConfig) name() string {
	if c.PathPattern == "" {
		return "default (*)"
	}
	return c.PathPattern
}

// number is a whole number that a template may also write as a string, as parameters do.
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

// or is the number, or the default where the template leaves it out.
func (n number) or(unset int) int {
	if n == 0 {
		return unset
	}
	return int(n)
}
