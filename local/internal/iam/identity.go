package iam

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Identity is a session of a role, or a user, with the credentials that it signs with. A user has no session, so only
// Role and Credentials are set.
type Identity struct {
	Role        *Role
	SessionName string
	Credentials aws.Credentials

	Policy         *Policy           // session policy, intersected with the role's policies; nil for none
	SourceIdentity string            // "" for none; role chaining keeps it
	Tags           map[string]string // session tags
	IssuedAt       time.Time
}

// ConditionKeys returns the global condition keys about the caller. The value of aws:PrincipalArn is the role's
// ARN, not the session's. No identity has MFA here. A nil identity is anonymous (IAM User Guide,
// reference_policies_condition-keys and reference_policies_variables).
func (i *Identity) ConditionKeys() map[string][]string {
	if i == nil {
		return map[string][]string{
			"aws:PrincipalType": {"Anonymous"}, "aws:PrincipalAccount": {"anonymous"}, "aws:userid": {"anonymous"},
		}
	}
	keys := map[string][]string{
		"aws:PrincipalArn":           {i.Role.ARN},
		"aws:PrincipalAccount":       {i.Role.Account},
		"aws:PrincipalType":          {"AssumedRole"},
		"aws:userid":                 {i.UserID()},
		"aws:TokenIssueTime":         {i.IssuedAt.UTC().Format(time.RFC3339)},
		"aws:MultiFactorAuthPresent": {"false"},
	}
	if i.Role.User { // a user's keys are long-term ones, of no session
		keys["aws:PrincipalType"], keys["aws:username"] = []string{"User"}, []string{i.Role.Name}
		delete(keys, "aws:TokenIssueTime")
		delete(keys, "aws:MultiFactorAuthPresent")
	}
	if i.SourceIdentity != "" {
		keys["aws:SourceIdentity"] = []string{i.SourceIdentity}
	}
	for name, value := range i.principalTags() {
		keys["aws:PrincipalTag/"+name] = []string{value}
	}
	return keys
}

// principalTags returns the tags of the role and of the session. A session tag replaces a tag of the role whose key
// is the same without regard to case (IAM User Guide, id_session-tags).
func (i *Identity) principalTags() map[string]string {
	tags := map[string]string{}
	maps.Copy(tags, i.Role.Tags)
	for name := range i.Tags {
		maps.DeleteFunc(tags, func(other, _ string) bool { return strings.EqualFold(name, other) })
	}
	maps.Copy(tags, i.Tags)
	return tags
}

// ARN returns the assumed-role ARN of the session, arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION. It leaves out
// the role's path (IAM User Guide, reference_identifiers). A user has its own ARN.
func (i *Identity) ARN() string {
	if i.Role.User {
		return i.Role.ARN
	}
	partition := strings.Split(i.Role.ARN, ":")[1]
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition, i.Role.Account, i.Role.Name, i.SessionName)
}

// UserID returns the role's unique id and the session's name, "AROA…:SESSION". A user has its unique id alone.
func (i *Identity) UserID() string {
	if i.Role.User {
		return i.Role.ID
	}
	return i.Role.ID + ":" + i.SessionName
}
