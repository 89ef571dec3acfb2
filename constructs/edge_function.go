package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// edgeTimeout is in seconds. Furl's edge functions take a few milliseconds. The authorizer also waits for an issuer's
// keys, for 2 s at most. CloudFront's limit is 30 s.
const edgeTimeout = 5

// edgeFunction has the settings of a Lambda@Edge function that is not made yet.
type edgeFunction struct {
	folder      string            // of its sources in lambdas.EdgeFunctions
	generated   map[string]string // modules that are written in place of the folder's, by name
	description string
	roleName    *string // nil for CloudFormation's choice
	runtime     awslambda.Runtime
	memory      int // MB
	logs        bool
}

// newIn makes the role and the function. Other stacks and regions may refer to the function's version.
func (e edgeFunction) newIn(scope constructs.Construct) (function awslambda.Function, role awsiam.Role) {
	role = e.newRole(scope)
	withEdgeCode(scope, e.folder, e.generated, func(code awslambda.Code) {
		function = awslambda.NewFunction(scope, jsii.String("Function"), &awslambda.FunctionProps{
			Description: jsii.String(e.description),
			Runtime:     e.runtime,
			Handler:     jsii.String("index.handler"),
			Code:        code,
			Role:        role,
			MemorySize:  jsii.Number(e.memory),
			Timeout:     awscdk.Duration_Seconds(jsii.Number(edgeTimeout)),
			// A version cannot be deleted while CloudFront still has replicas of it. That takes hours after the
			// last association is gone (CloudFront Developer Guide, lambda-edge-delete-replicas).
			CurrentVersionOptions: &awslambda.VersionOptions{RemovalPolicy: awscdk.RemovalPolicy_RETAIN},
		})
	})
	awscdk.CrossStackReferences_Of(function.CurrentVersion()).Produce(awscdk.ReferenceStrength_WEAK)
	if e.logs {
		permitLogs(scope, function, role)
	}
	return function, role
}

// permitLogs writes the role's policy as a separate resource. The policy needs the function's name, which is
// CloudFormation's choice, and the function needs the role.
func permitLogs(scope constructs.Construct, function awslambda.Function, role awsiam.Role) {
	logGroups := awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		// A replica logs in the region where it runs, under the name of the function's own region (CloudFront Developer
		// Guide, edge-functions-logs).
		Service: jsii.String("logs"), Region: jsii.String("*"), Resource: jsii.String("log-group"),
		ResourceName: jsii.String(fmt.Sprintf("/aws/lambda/%s.%s*", edgeRegion, *function.FunctionName())),
		ArnFormat:    awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	awsiam.NewPolicy(scope, jsii.String("Logs"), &awsiam.PolicyProps{
		Roles: &[]awsiam.IRole{role},
		Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions:   jsii.Strings("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
			Resources: &[]*string{logGroups},
		})},
	})
}

func (e edgeFunction) newRole(scope constructs.Construct) awsiam.Role {
	return awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		RoleName:    e.roleName,
		Description: jsii.String("Furl's edge function: " + e.description),
		// CloudFront refuses the association unless both may assume the role (CloudFront Developer Guide,
		// lambda-edge-permissions).
		AssumedBy: awsiam.NewCompositePrincipal(
			awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
			awsiam.NewServicePrincipal(jsii.String("edgelambda.amazonaws.com"), nil)),
	})
}

// edgeLambda is the entry for a behaviour. It has the numbered version, on origin-request, with the body.
func edgeLambda(function awslambda.Function) *awscloudfront.EdgeLambda {
	return &awscloudfront.EdgeLambda{
		EventType:       awscloudfront.LambdaEdgeEventType_ORIGIN_REQUEST,
		FunctionVersion: function.CurrentVersion(),
		IncludeBody:     jsii.Bool(true),
	}
}

// bodyHash is the edge function that a top-level stack has for OriginAuth_OAC_WITH_BODY_HASH.
func bodyHash(scope constructs.Construct) awslambda.Function {
	stack := topLevelStack(scope)
	edgeStack := stack
	if *stack.Region() != edgeRegion {
		edgeStack = supportStack(stack)
	}
	return onceIn(edgeStack, "FurlBodyHash", "Function", func(owner constructs.Construct) awslambda.Function {
		function, _ := edgeFunction{
			folder: "body-hash", description: "Sets the SHA-256 of the body, for origin access control to sign",
			runtime: awslambda.Runtime_NODEJS_22_X(), memory: edgeMemory,
		}.newIn(owner)
		return function
	})
}
