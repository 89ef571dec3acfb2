package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// subjectSource says which authorizer lets requests in, and so where the authenticated subject is.
type subjectSource string

// subjects read the subject from what API Gateway says of a request, "" where it says nothing (API Gateway Developer Guide,
// set-up-lambda-proxy-integrations, input format). Each looks in one place only: a field that this API's authorizer does not set may
// be set by the caller.
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
		return cmp.Or(c.Identity.CognitoIdentityID, c.Identity.UserArn) // users of an identity pool all have one ARN
	},
	"api-key": func(c events.APIGatewayProxyRequestContext) string { return c.Identity.APIKeyID },
}

const hashed = "sha256-"

// plainName is what STS takes as RoleSessionName and SourceIdentity (STS API Reference, AssumeRole), less "@", so that no e-mail
// address gets into CloudTrail.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_+=,.-]{2,64}$`)

// sessionName is the subject where that is a plain name, else its hash. A subject that looks like a hash is hashed too, so that
// nobody can take the name of another.
func sessionName(subject string) string {
	if plainName.MatchString(subject) && !strings.HasPrefix(subject, hashed) {
		return subject
	}
	return hashed + hash(subject)[:40]
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
