package iam

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestConditionKeys(t *testing.T) {
	role := trustedBy(t, signerARN, permit(`"*"`, ""))
	identity := &Identity{
		Role: role, SessionName: "edge", SourceIdentity: "alice", Tags: map[string]string{"team": "red", "Stage": ""},
		IssuedAt: time.Date(2026, 11, 22, 13, 0, 0, 5, time.FixedZone("", 3600)),
	}
	want := map[string][]string{
		"aws:PrincipalArn": {signerARN}, "aws:PrincipalAccount": {account}, "aws:PrincipalType": {"AssumedRole"}, "aws:userid": {role.ID + ":edge"},
		"aws:TokenIssueTime": {"2026-11-22T12:00:00Z"}, "aws:MultiFactorAuthPresent": {"false"}, "aws:SourceIdentity": {"alice"},
		"aws:PrincipalTag/team": {"red"}, "aws:PrincipalTag/Stage": {""},
	}
	if got := identity.ConditionKeys(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	identity.SourceIdentity, identity.Tags = "", nil
	if keys := slices.Sorted(maps.Keys(identity.ConditionKeys())); !slices.Equal(keys, []string{
		"aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalType", "aws:TokenIssueTime", "aws:userid",
	}) {
		t.Errorf("without source identity and tags there are %v: a key without a value must be absent", keys)
	}
	var nobody *Identity
	if got := nobody.ConditionKeys(); !reflect.DeepEqual(got, map[string][]string{"aws:PrincipalType": {"Anonymous"}}) {
		t.Errorf("anonymous: %v", got)
	}
}

// TestSessionTags: a policy can ask for a session's tags and source identity, and revoke what was issued before a time.
func TestSessionTags(t *testing.T) {
	for _, row := range []struct {
		name, why, condition string
		allowed              bool
	}{
		{"tag", "in any case", `{"StringEquals":{"aws:principaltag/TEAM":"red"}}`, true},
		{"another tag value", "", `{"StringEquals":{"aws:PrincipalTag/team":"blue"}}`, false},
		{"tag missing", "", `{"StringEquals":{"aws:PrincipalTag/stage":"x"}}`, false},
		{"source identity", "", `{"StringLike":{"aws:SourceIdentity":"al*"}}`, true},
		{"another source identity", "", `{"StringLike":{"aws:SourceIdentity":"bo*"}}`, false},
		{"issued before", "how AWS revokes sessions (IAM User Guide, id_roles_use_revoke-sessions)", `{"DateLessThan":{"aws:TokenIssueTime":"2026-11-22T12:00:00Z"}}`, false},
		{"issued at or after", "", `{"DateGreaterThanEquals":{"aws:TokenIssueTime":"2026-11-22T12:00:00Z"}}`, true},
		{"by the role", "aws:PrincipalArn is the role's", `{"ArnEquals":{"aws:PrincipalArn":"` + signerARN + `"}}`, true},
		{"by the session", "and not the session's", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::*:assumed-role/*"}}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			identity := &Identity{
				Role: trustedBy(t, signerARN, permit(`"*"`, "")), SessionName: "edge", SourceIdentity: "alice", Tags: map[string]string{"team": "red"},
				IssuedAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
			}
			decision := Evaluate(Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account, Identity: identity, Context: identity.ConditionKeys(),
			}, policy(t, "p", permit(`{"AWS":"`+signerARN+`"}`, row.condition)))
			if decision.Allowed != row.allowed {
				t.Errorf("%s: %s", row.why, decision.Reason)
			}
		})
	}
}
