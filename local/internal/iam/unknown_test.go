package iam

import (
	"encoding/json"
	"testing"
)

// TestUnknownValues: with an unknown value a statement never allows more than on AWS, and never denies less.
func TestUnknownValues(t *testing.T) {
	const unknown = "furl-unknown-Demo-Db-Arn"
	for _, row := range []struct {
		name, why, statement string
		allowed              bool // lambda:InvokeFunction on the function orders, which another policy allows too
		alone                bool // the same without the other policy
	}{
		{
			name: "allow, resource", why: "the unknown one is another",
			statement: `{"Effect": "Allow", "Action": "lambda:*", "Resource": "` + unknown + `"}`, allowed: true,
		},
		{
			name: "allow, one of two resources", why: "the other one counts",
			statement: `{"Effect": "Allow", "Action": "lambda:*", "Resource": ["` + unknown + `", "*"]}`,
			allowed:   true, alone: true,
		},
		{
			name: "allow, condition", why: "it may not hold",
			statement: `{"Effect": "Allow", "Action": "lambda:*", "Resource": "*",
				"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "` + unknown + `"}}}`,
			allowed: true,
		},
		{
			name: "allow, NotResource", why: "the unknown one may be this",
			statement: `{"Effect": "Allow", "Action": "lambda:*", "NotResource": "` + unknown + `"}`, allowed: true,
		},
		{
			name: "allow, NotAction", why: "the unknown one may be this",
			statement: `{"Effect": "Allow", "NotAction": "` + unknown + `:x", "Resource": "*"}`, allowed: true,
		},
		{
			name: "deny, resource", why: "it may be this",
			statement: `{"Effect": "Deny", "Action": "lambda:*", "Resource": "` + unknown + `"}`,
		},
		{
			name: "deny, resource, another action", why: "the known part does not apply",
			statement: `{"Effect": "Deny", "Action": "s3:*", "Resource": "` + unknown + `"}`, allowed: true,
		},
		{
			name: "deny, condition", why: "it may hold",
			statement: `{"Effect": "Deny", "Action": "*", "Resource": "*",
				"Condition": {"StringEquals": {"aws:PrincipalAccount": "` + unknown + `"}}}`,
		},
		{
			name: "deny, one of two conditions", why: "the known one does not hold",
			statement: `{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {
				"aws:PrincipalAccount": "` + unknown + `", "aws:RequestedRegion": "nowhere"}}}`,
			allowed: true,
		},
		{
			name: "deny, NotResource", why: "the unknown one may be another",
			statement: `{"Effect": "Deny", "Action": "*", "NotResource": "` + unknown + `"}`,
		},
		{
			name: "deny, NotAction", why: "the unknown one may be another",
			statement: `{"Effect": "Deny", "NotAction": "` + unknown + `:x", "Resource": "*"}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var statement any
			if err := json.Unmarshal([]byte(row.statement), &statement); err != nil {
				t.Fatal(err)
			}
			policy, err := ParsePolicy(map[string]any{"Version": "2012-10-17", "Statement": statement})
			if err != nil {
				t.Fatal(err)
			}
			everything, _ := ManagedPolicy("arn:aws:iam::aws:policy/AdministratorAccess")
			request := Request{
				Action: "lambda:InvokeFunction", Resource: "arn:aws:lambda:eu-west-1:111122223333:function:orders",
				Context: map[string][]string{
					"aws:PrincipalAccount": {"111122223333"}, "aws:RequestedRegion": {"eu-west-1"},
				},
			}
			both := &Policy{Statements: append(everything.Statements, policy.Statements...)}
			if got := EvaluateStatements(request, both).Allowed; got != row.allowed {
				t.Errorf("%s: beside another policy allowed is %t, want %t", row.why, got, row.allowed)
			}
			if got := EvaluateStatements(request, policy).Allowed; got != row.alone {
				t.Errorf("%s: alone allowed is %t, want %t", row.why, got, row.alone)
			}
		})
	}
}
