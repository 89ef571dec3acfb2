package iam

import "strings"

// ManagedPolicy returns the AWS managed policy of an ARN, or false if it is not simulated. Of AWS's many it knows those that
// matter here: CDK gives the first to every function's role, and the other two decide everything.
func ManagedPolicy(arn string) (*Policy, bool) {
	_, name, ok := strings.Cut(arn, ":iam::aws:policy/")
	statement := managed[name]
	if !ok || statement == nil {
		return nil, false
	}
	policy, err := ParsePolicy(map[string]any{"Version": "2012-10-17", "Statement": statement})
	if err != nil {
		panic("managed policy " + name + ": " + err.Error()) // our own table, which the test reads whole
	}
	policy.Name = "managed policy " + name
	return policy, true
}

// managed holds the statements as the AWS Managed Policy Reference Guide lists them.
var managed = map[string]any{
	"service-role/AWSLambdaBasicExecutionRole": map[string]any{
		"Effect": "Allow", "Resource": "*",
		"Action": []any{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"},
	},
	"AdministratorAccess": map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"},
	"AWSDenyAll":          map[string]any{"Effect": "Deny", "Action": "*", "Resource": "*"},
}
