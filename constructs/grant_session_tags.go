package furl

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// functionTag is the tag of every lease's session. Its value is the name of the function.
const functionTag = "furl:function"

// tagKey matches the keys that STS takes and every policy can name. STS takes letters of all languages and spaces, too
// (STS API Reference, API_Tag). A policy takes Latin-1 only (IAM User Guide, reference_iam-quotas).
var tagKey = regexp.MustCompile(`^[A-Za-z0-9_.:/=+@-]{1,128}$`)

// checkSessionTags is the value of FURL_SESSION_TAGS. It refuses tags that STS would refuse.
func checkSessionTags(at site, props *CredentialGrantProps) string {
	keys := slices.Sorted(maps.Keys(props.SessionTags))
	if len(keys) == 0 {
		return "{}"
	}
	if !props.Authorizer.hasClaims() {
		at.refuse("SessionTags", "this Authorizer has no claims to take values from",
			"use furl.CognitoAuthorizer(pool) or furl.LambdaAuthorizer(authorizer), or leave SessionTags out")
	}
	for i, key := range keys {
		checkSessionTag(at, key, props.SessionTags[key], keys[:i])
	}
	checkTrustSize(at, keys)
	text, err := json.Marshal(props.SessionTags)
	if err != nil {
		panic(fmt.Errorf("furl: write SessionTags: %w", err)) // strings, so it cannot happen
	}
	return string(text)
}

func checkSessionTag(at site, key, claim string, others []string) {
	const example = "write a key and the name of its claim, such as " +
		`SessionTags: map[string]string{"tenant": "custom:tenant"}`
	field := fmt.Sprintf("SessionTags[%.80q]", key)
	lower := strings.ToLower(key)
	same := func(other string) bool { return strings.ToLower(other) == lower }
	switch {
	case !tagKey.MatchString(key):
		at.refuse(field, "the key is not 1 to 128 letters, digits and _.:/=+-@", example)
	case strings.HasPrefix(lower, "aws:") || strings.HasPrefix(lower, "furl:"):
		at.refuse(field, "keys that begin with aws: or furl: are reserved", example)
	case slices.ContainsFunc(others, same):
		at.refuse(field, "it is there twice, since letter case does not count for STS", "leave one of the two out")
	case claim == "" || *awscdk.Token_IsUnresolved(jsii.String(claim)):
		at.refuse(field, "the name of its claim is empty, or known at deployment only", example)
	}
}

// checkTrustSize refuses keys that do not fit into the leased role's trust policy. IAM takes 2,048 characters without
// white space (IAM User Guide, reference_iam-quotas). STS's limit of 50 tags is never reached.
func checkTrustSize(at site, keys []string) {
	const limit, withoutTags = 2048, 700
	size := withoutTags
	for _, key := range keys {
		size += len(`"",`) + len(key) + len(`"":"false",`) + len(requestTag(key))
	}
	if size > limit {
		at.refuse("SessionTags",
			fmt.Sprintf("they take some %d characters of the leased role's trust policy, which has %d", size, limit),
			"use fewer tags or shorter keys")
	}
}

// requestTag is the condition key of a tag that a caller of STS asks for.
func requestTag(key string) string { return "aws:RequestTag/" + key }

// sessionTagConditions let a session have these tags and no others. Without one of them there is no session. So a
// HandlerCode that is older than SessionTags gets no leases, rather than leases without the tags (IAM User Guide,
// id_session-tags). They are for sts:AssumeRole too, since STS asks for sts:TagSession only if there are tags (EKS User
// Guide, pod-id-role).
func sessionTagConditions(sessionTags map[string]string) *map[string]any {
	keys := append([]string{functionTag}, slices.Sorted(maps.Keys(sessionTags))...)
	present := map[string]any{}
	for _, key := range keys {
		present[requestTag(key)] = "false"
	}
	return &map[string]any{
		"ForAllValues:StringEquals": map[string]any{"aws:TagKeys": jsii.Strings(keys...)},
		"Null":                      present,
	}
}
