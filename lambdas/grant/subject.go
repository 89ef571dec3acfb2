package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// subjectSource says which authorizer lets requests in. The place of the authenticated subject depends on it.
type subjectSource string

// subjects read the subject from API Gateway's request context, "" if it has none (API Gateway Developer Guide,
// set-up-lambda-proxy-integrations, input format). Each reads one field only. The caller may set a field that this
// API's authorizer does not set.
var subjects = map[subjectSource]func(events.APIGatewayProxyRequestContext) string{
	"cognito": func(c events.APIGatewayProxyRequestContext) string {
		claims, _ := c.Authorizer["claims"].(map[string]any)
		sub, _ := claims["sub"].(string)
		return sub
	},
	"lambda": func(c events.APIGatewayProxyRequestContext) string {
		principal, _ := c.Authorizer["principalId"].(string)
		return principal
	},
	"iam": func(c events.APIGatewayProxyRequestContext) string {
		if c.Identity.UserArn == "" {
			return ""
		}
		return cmp.Or(c.Identity.CognitoIdentityID, c.Identity.UserArn) // All users of an identity pool have one ARN.
	},
	"api-key": func(c events.APIGatewayProxyRequestContext) string { return c.Identity.APIKeyID },
}

const hashPrefix = "sha256-"

// plainName matches names that STS takes as RoleSessionName and SourceIdentity (STS API Reference, AssumeRole). It
// excludes "@", so that no e-mail address gets into CloudTrail.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_+=,.-]{2,64}$`)

// sessionName is the subject if that is a plain name, otherwise its hash. A subject that looks like a hash is hashed
// too, so that nobody can take another user's name.
func sessionName(subject string) string {
	if plainName.MatchString(subject) && !strings.HasPrefix(subject, hashPrefix) {
		return subject
	}
	return hashPrefix + hash(subject)[:40]
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
