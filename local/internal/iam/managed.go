package iam

import "strings"

// ManagedPolicy returns the AWS managed policy of an ARN, or false if it is not simulated. CDK gives
// AWSLambdaBasicExecutionRole to every function's role, and the next two to functions in a VPC and to REST APIs. The
// last two allow or deny everything.
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
	"service-role/AWSLambdaVPCAccessExecutionRole": map[string]any{
		"Effect": "Allow", "Resource": "*",
		"Action": []any{
			"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "ec2:CreateNetworkInterface",
			"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
			"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
		},
	},
	"service-role/AmazonAPIGatewayPushToCloudWatchLogs": map[string]any{
		"Effect": "Allow", "Resource": "*",
		"Action": []any{
			"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
			"logs:PutLogEvents", "logs:GetLogEvents", "logs:FilterLogEvents",
		},
	},
	"AdministratorAccess": map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"},
	"AWSDenyAll":          map[string]any{"Effect": "Deny", "Action": "*", "Resource": "*"},
}
