package iam

import "strings"

// ManagedPolicy returns the AWS managed policy of an ARN, or false if it is not simulated. CDK gives
// AWSLambdaBasicExecutionRole to every function's role. The other two allow or deny everything.
func ManagedPolicy(arn string) (*Policy, bool) {
	_, name, ok := strings.Cut(arn, ":iam::aws:policy/")
	statement := managedStatements[name]
	if !ok || statement == nil {
		return nil, false
	}
	policy, err := ParsePolicy(map[string]any{"Version": "2012-10-17", "Statement": statement})
	if err != nil {
		panic("managed policy " + name + ": " + err.Error()) // a mistake in the table below, which a test reads whole
	}
	policy.Name = "managed policy " + name
	return policy, true
}

// managedStatements holds the statement of each policy, as the AWS Managed Policy Reference Guide lists it.
var managedStatements = map[string]any{
	"service-role/AWSLambdaBasicExecutionRole": map[string]any{
		"Effect": "Allow", "Resource": "*",
		"Action": []any{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"},
	},
	"AdministratorAccess": map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"},
	"AWSDenyAll":          map[string]any{"Effect": "Deny", "Action": "*", "Resource": "*"},
}
