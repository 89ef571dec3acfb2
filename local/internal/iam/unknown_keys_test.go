package iam

import (
	"slices"
	"strings"
	"testing"
)

// TestUnknownKeys checks that a key without a value here is told where its absence lets a request pass.
func TestUnknownKeys(t *testing.T) {
	for _, row := range []struct {
		name, why, statement string
		keys                 []string
	}{
		{
			name: "deny", why: "it does not apply here",
			statement: `"Effect":"Deny","Action":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`,
			keys:      []string{"aws:PrincipalOrgID"},
		},
		{
			name: "deny, negated", why: "it applies here",
			statement: `"Effect":"Deny","Action":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`,
		},
		{
			name: "allow", why: "it does not apply here",
			statement: `"Effect":"Allow","Action":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`,
		},
		{
			name: "allow, if it exists", why: "it applies here",
			statement: `"Effect":"Allow","Action":"*","Condition":{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}}`,
			keys:      []string{"aws:SourceVpc"},
		},
		{
			name: "allow, all values", why: "it applies here",
			statement: `"Effect":"Allow","Action":"*",
				"Condition":{"ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o/*"}}`,
			keys: []string{"aws:PrincipalOrgPaths"},
		},
		{
			name: "allow, null", why: "it applies here",
			statement: `"Effect":"Allow","Action":"*","Condition":{"Null":{"aws:SourceVpce":"true"}}`,
			keys:      []string{"aws:SourceVpce"},
		},
		{
			name: "known key", why: "absent on AWS as well",
			statement: `"Effect":"Deny","Action":"*","Condition":{"StringEquals":{"AWS:username":"u"}}`,
		},
		{
			name: "tag", why: "tags of roles are read",
			statement: `"Effect":"Deny","Action":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"x"}}`,
		},
		{
			name: "tag of a function", why: "Lambda's actions have it",
			statement: `"Effect":"Deny","Action":"lambda:*","Condition":{"StringEquals":{"aws:ResourceTag/team":"x"}}`,
		},
		{
			name: "tag of a secret", why: "it is read",
			statement: `"Effect":"Deny","Action":"secretsmanager:*",
				"Condition":{"StringEquals":{"aws:ResourceTag/team":"x"}}`,
		},
		{
			name: "tag of CloudFormation's", why: "it is not made up",
			statement: `"Effect":"Deny","Action":"lambda:*",
				"Condition":{"StringEquals":{"aws:ResourceTag/aws:cloudformation:stack-name":"x"}}`,
			keys: []string{"aws:ResourceTag/aws:cloudformation:stack-name"},
		},
		{
			name: "another service", why: "nobody asks here",
			statement: `"Effect":"Deny","Action":"s3:*","Condition":{"StringEquals":{"s3:prefix":"x"}}`,
		},
		{
			name: "variable in a condition", why: "the condition does not hold here",
			statement: `"Effect":"Deny","Action":"*",
				"Condition":{"StringEquals":{"aws:SourceIp":"${aws:VpcSourceIp}"}}`,
			keys: []string{"aws:VpcSourceIp"},
		},
		{
			name: "variable in a condition, negated", why: "the condition holds here",
			statement: `"Effect":"Deny","Action":"*",
				"Condition":{"StringNotEquals":{"aws:SourceIp":"${aws:VpcSourceIp}"}}`,
		},
		{
			name: "variable in the resource", why: "the statement is about nothing here",
			statement: `"Effect":"Deny","Action":"*","Resource":"arn:aws:lambda:*:*:function:${lambda:FunctionArn}"`,
			keys:      []string{"lambda:FunctionArn"},
		},
		{
			name: "escape", why: "it is a character",
			statement: `"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::${*}"`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			statement := row.statement
			if !strings.Contains(statement, "Resource\":\"") {
				statement += `,"Resource":"*"`
			}
			if got := policy(t, "p", "{"+statement+"}").Statements[0].unknownKeys(); !slices.Equal(got, row.keys) {
				t.Errorf("%s: got %v, want %v", row.why, got, row.keys)
			}
		})
	}
}

// TestConditionsOnLambda checks that conditions of a trust policy that nobody asks are told.
func TestConditionsOnLambda(t *testing.T) {
	const condition = `,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}`
	trust := func(service, condition string) string {
		return `{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"` + condition + `}`
	}
	for _, row := range []struct {
		name, why, trust string
		lines            int
	}{
		{name: "none", why: "nothing to ask", trust: trust("lambda.amazonaws.com", "")},
		{
			name: "on Lambda", why: "its request is not simulated",
			trust: trust("lambda.amazonaws.com", condition), lines: 1,
		},
		{name: "on another service", why: "nobody asks for it", trust: trust("ec2.amazonaws.com", condition)},
	} {
		t.Run(row.name, func(t *testing.T) {
			if lines := trustedBy(t, leasedARN, row.trust).unknownKeys(); len(lines) != row.lines {
				t.Errorf("%s: got %q, want %d lines", row.why, lines, row.lines)
			}
		})
	}
}
