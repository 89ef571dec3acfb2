package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// edgeTimeout leaves ample room for a few milliseconds: edge functions make no network calls here. CloudFront's limit is 30 s.
const edgeTimeout = 5

// edgeFunction is a Lambda@Edge function to be.
type edgeFunction struct {
	folder      string            // of its sources in lambdas.EdgeFunctions
	generated   map[string]string // modules that are written in place of the folder's, by name
	description string
	roleName    *string // nil: CloudFormation's choice
	runtime     awslambda.Runtime
	memory      int // MB
}

// newIn makes the role and the function. The version of it may be referred to from other stacks and regions.
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
			// A version that CloudFront still has replicas of cannot be deleted, and that takes hours after the last
			// association is gone (CloudFront Developer Guide, lambda-edge-delete-replicas).
			CurrentVersionOptions: &awslambda.VersionOptions{RemovalPolicy: awscdk.RemovalPolicy_RETAIN},
		})
	})
	awscdk.CrossStackReferences_Of(function.CurrentVersion()).Produce(awscdk.ReferenceStrength_WEAK)
	return function, role
}

func (e edgeFunction) newRole(scope constructs.Construct) awsiam.Role {
	logGroups := awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		// Replicas log in the region where they run (CloudFront Developer Guide, edge-functions-logs).
		Service: jsii.String("logs"), Region: jsii.String("*"), Resource: jsii.String("log-group"),
		ResourceName: jsii.String("/aws/lambda/*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
	return awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		RoleName:    e.roleName,
		Description: jsii.String("Furl's edge function: " + e.description),
		// Both, or CloudFront refuses the association (CloudFront Developer Guide, lambda-edge-permissions).
		AssumedBy: awsiam.NewCompositePrincipal(
			awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
			awsiam.NewServicePrincipal(jsii.String("edgelambda.amazonaws.com"), nil)),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"Logs": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Actions:   jsii.Strings("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
				Resources: &[]*string{logGroups},
			})},
		})},
	})
}

// edgeLambda is what a behaviour takes: the numbered version, on origin-request, with the body.
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
	edge := stack
	if *stack.Region() != edgeRegion {
		edge = supportStack(stack)
	}
	return onceIn(edge, "FurlBodyHash", "Function", func(owner constructs.Construct) awslambda.Function {
		function, _ := edgeFunction{
			folder: "body-hash", description: "Sets the SHA-256 of the body, for origin access control to sign",
			runtime: awslambda.Runtime_NODEJS_22_X(), memory: edgeMemory,
		}.newIn(owner)
		return function
	})
}
