package furl

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"
)

// keptErrors are the statuses that CloudFront keeps for 10 s, even against the origin's cache-control. AWS does not
// document whether the cache policy CachingDisabled exempts them (CloudFront Developer Guide, HTTPStatusCodes).
var keptErrors = []int{404, 414, 500, 501, 502, 503, 504}

// withoutKeptErrors adds a TTL of 0 for each of these statuses that has no entry yet.
func withoutKeptErrors(given *[]*awscloudfront.ErrorResponse) *[]*awscloudfront.ErrorResponse {
	var all []*awscloudfront.ErrorResponse
	if given != nil {
		all = append(all, *given...)
	}
	for _, status := range keptErrors {
		has := func(response *awscloudfront.ErrorResponse) bool {
			return response != nil && int(valueOf(response.HttpStatus)) == status // CDK refuses a missing status
		}
		if !slices.ContainsFunc(all, has) {
			all = append(all, &awscloudfront.ErrorResponse{HttpStatus: jsii.Number(status), Ttl: durationOf(0)})
		}
	}
	return &all
}
