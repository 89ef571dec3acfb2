package iam

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Identity is a session of a role, with the credentials that it signs with.
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
// reference_policies_condition-keys).
func (i *Identity) ConditionKeys() map[string][]string {
	if i == nil {
		return map[string][]string{"aws:PrincipalType": {"Anonymous"}}
	}
	keys := map[string][]string{
		"aws:PrincipalArn":           {i.Role.ARN},
		"aws:PrincipalAccount":       {i.Role.Account},
		"aws:PrincipalType":          {"AssumedRole"},
		"aws:userid":                 {i.UserID()},
		"aws:TokenIssueTime":         {i.IssuedAt.UTC().Format(time.RFC3339)},
		"aws:MultiFactorAuthPresent": {"false"},
	}
	if i.SourceIdentity != "" {
		keys["aws:SourceIdentity"] = []string{i.SourceIdentity}
	}
	for name, value := range i.Tags {
		keys["aws:PrincipalTag/"+name] = []string{value}
	}
	return keys
}

// ARN returns the assumed-role ARN of the session, arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION. It leaves out
// the role's path (IAM User Guide, reference_identifiers).
func (i *Identity) ARN() string {
	partition := strings.Split(i.Role.ARN, ":")[1]
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition, i.Role.Account, i.Role.Name, i.SessionName)
}

// UserID returns the role's unique id and the session's name, "AROA…:SESSION".
func (i *Identity) UserID() string {
	return i.Role.ID + ":" + i.SessionName
}
