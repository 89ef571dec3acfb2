package main

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// functionTag is the tag of every session. Its value is the name of the function.
const functionTag = "furl:function"

// claims read a claim from API Gateway's request context, nil if there is none. API Gateway hands on every claim of a
// token as text (awsdocs/amazon-api-gateway-developer-guide#158). It does so with every value of a Lambda authorizer's
// context (API Gateway Developer Guide, api-gateway-lambda-authorizer-output).
var claims = map[subjectSource]func(c events.APIGatewayProxyRequestContext, name string) any{
	"cognito": func(c events.APIGatewayProxyRequestContext, name string) any {
		all, _ := c.Authorizer["claims"].(map[string]any)
		return all[name]
	},
	"lambda": func(c events.APIGatewayProxyRequestContext, name string) any { return c.Authorizer[name] },
}

// tagValue and maxTagValue are what STS takes as the value of a tag (STS API Reference, API_Tag).
var tagValue = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`)

const maxTagValue = 256 // characters

// sessionTags are the tags that the claims give. One that cannot be set is a refusal, since a policy may allow more to
// a session without it. No answer and no log has the value of a claim.
func (h *handler) sessionTags(c events.APIGatewayProxyRequestContext) (map[string]string, *refusal) {
	tags := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(h.config.sessionTags)) {
		claim := h.config.sessionTags[key]
		value, _ := claims[h.config.subject](c, claim).(string)
		if value == "" {
			return nil, noSessionTag("the authorizer gave no text for the session tag "+key, claim)
		}
		if !tagValue.MatchString(value) || utf8.RuneCountInString(value) > maxTagValue {
			return nil, noSessionTag("the value of the session tag "+key+
				" is not 1 to 256 letters, digits, spaces and _.:/=+-@", claim)
		}
		tags[key] = value
	}
	return tags, nil
}

func noSessionTag(message, claim string) *refusal {
	return &refusal{
		status: http.StatusForbidden, code: "NoSessionTag", message: message, reason: message + ": claim " + claim,
	}
}

// stsTags are the tags of a session as STS takes them, in a fixed order.
func stsTags(function string, tags map[string]string) []types.Tag {
	all := []types.Tag{{Key: aws.String(functionTag), Value: aws.String(function)}}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return all
}
