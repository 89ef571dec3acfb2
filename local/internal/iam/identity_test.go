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
		"aws:PrincipalArn": {signerARN}, "aws:PrincipalAccount": {account},
		"aws:PrincipalType": {"AssumedRole"}, "aws:userid": {role.ID + ":edge"},
		"aws:TokenIssueTime": {"2026-11-22T12:00:00Z"}, "aws:MultiFactorAuthPresent": {"false"},
		"aws:SourceIdentity":    {"alice"},
		"aws:PrincipalTag/team": {"red"}, "aws:PrincipalTag/Stage": {""},
	}
	if got := identity.ConditionKeys(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	identity.SourceIdentity, identity.Tags = "", nil
	if keys := slices.Sorted(maps.Keys(identity.ConditionKeys())); !slices.Equal(keys, []string{
		"aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalType",
		"aws:TokenIssueTime", "aws:userid",
	}) {
		t.Errorf("without source identity and tags there are %v: a key without a value must be absent", keys)
	}
	var nobody *Identity
	anonymous := map[string][]string{
		"aws:PrincipalType": {"Anonymous"}, "aws:PrincipalAccount": {"anonymous"}, "aws:userid": {"anonymous"},
	}
	if got := nobody.ConditionKeys(); !reflect.DeepEqual(got, anonymous) {
		t.Errorf("anonymous: %v", got)
	}
}

// TestSessionTags checks that a policy can ask for a session's tags and source identity. A policy can also revoke
// sessions issued before a time.
func TestSessionTags(t *testing.T) {
	for _, row := range []struct {
		name, why, condition string
		allowed              bool
	}{
		{
			name: "tag", why: "in any case",
			condition: `{"StringEquals":{"aws:principaltag/TEAM":"red"}}`, allowed: true,
		},
		{
			name: "another tag value", why: "the values differ",
			condition: `{"StringEquals":{"aws:PrincipalTag/team":"blue"}}`,
		},
		{
			name: "tag missing", why: "the session does not have it",
			condition: `{"StringEquals":{"aws:PrincipalTag/stage":"x"}}`,
		},
		{
			name: "source identity", why: "the session has one",
			condition: `{"StringLike":{"aws:SourceIdentity":"al*"}}`, allowed: true,
		},
		{
			name: "another source identity", why: "the names differ",
			condition: `{"StringLike":{"aws:SourceIdentity":"bo*"}}`,
		},
		{
			name:      "issued before",
			why:       "how AWS revokes sessions (IAM User Guide, id_roles_use_revoke-sessions)",
			condition: `{"DateLessThan":{"aws:TokenIssueTime":"2026-11-22T12:00:00Z"}}`,
		},
		{
			name: "issued at or after", why: "such sessions stay",
			condition: `{"DateGreaterThanEquals":{"aws:TokenIssueTime":"2026-11-22T12:00:00Z"}}`,
			allowed:   true,
		},
		{
			name: "by the role", why: "aws:PrincipalArn is the role's",
			condition: `{"ArnEquals":{"aws:PrincipalArn":"` + signerARN + `"}}`, allowed: true,
		},
		{
			name: "by the session", why: "aws:PrincipalArn is not the session's",
			condition: `{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::*:assumed-role/*"}}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			identity := &Identity{
				Role: trustedBy(t, signerARN, permit(`"*"`, "")), SessionName: "edge",
				SourceIdentity: "alice", Tags: map[string]string{"team": "red"},
				IssuedAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
			}
			decision := Evaluate(Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
				Identity: identity, Context: identity.ConditionKeys(),
			}, policy(t, "p", permit(`{"AWS":"`+signerARN+`"}`, row.condition)))
			if decision.Allowed != row.allowed {
				t.Errorf("%s: %s", row.why, decision.Reason)
			}
		})
	}
}
