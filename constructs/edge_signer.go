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

// EdgeSignerProps are the settings of an [EdgeSigner]. Nil is all defaults.
type EdgeSignerProps struct {
	// Runtime is the edge function's runtime, Node.js 22 or newer. The signer is written for Node.js 22.
	// Lambda@Edge runs Node.js and Python only (CloudFront Developer Guide, lambda-at-edge-function-restrictions).
	//
	// Default: awslambda.Runtime_NODEJS_22_X().
	Runtime awslambda.Runtime

	// MemorySize of the edge function in MB, 128 to 10,240.
	//
	// Default: 512. Lambda gives CPU by memory, a whole one at 1,769 MB. CloudFront shows an edge function bodies
	// of up to 1 MB. Such an event has 1.4 MB to parse, to decode, to hash and to write back. That took 17 ms of a
	// whole CPU when measured. So it takes 60 ms at 512 MB, but 240 ms at 128 MB.
	MemorySize int

	// AuthorizationHeader is the header in which the viewer's Authorization goes on to the function, since the
	// signature takes its place. Package viewer puts it back. A viewer's own header of that name, or of the default
	// one, never passes. An empty string drops the viewer's Authorization.
	//
	// Default: x-forwarded-authorization.
	AuthorizationHeader *string

	// Logs lets the edge function write its log, in each region where it runs. The log groups begin with
	// /aws/lambda/us-east-1.<function name> (CloudFront Developer Guide, edge-functions-logs). The signer itself
	// writes nothing. So the log has Lambda's own lines only, such as those of a runtime that does not start.
	//
	// Default: false. The role then has no permission at all.
	Logs bool
}

// EdgeSigner is a Lambda@Edge function for origin-request events. It signs each request with SigV4 under its own
// role, so that a Function URL with auth type AWS_IAM lets it in. One signer serves any number of functions,
// behaviours, distributions and stacks. Its role has no invoke permission. Each function's policy lets it in.
type EdgeSigner struct {
	constructs.Construct
	authorizationHeader string
	roleName            string
	function            awslambda.Function
	role                awsiam.Role
}

// edgeMemory is the default of MemorySize.
const edgeMemory = 512

// NewEdgeSigner makes a signer. In a stack outside us-east-1 its resources go into the support stack, whose name is
// "<stack name>-furl-edge-<region>". Other stacks that use the signer then depend on the support stack. It panics
// for a stack without a region, for a runtime other than Node.js 22 or newer, and for a memory size that Lambda
// does not have.
func NewEdgeSigner(scope constructs.Construct, id *string, props *EdgeSignerProps) *EdgeSigner {
	if props == nil {
		props = &EdgeSignerProps{}
	}
	at := siteOf("furl.EdgeSigner", scope, id)
	runtime, memory := edgeSettings(at, scope, props)
	header := authorizationHeaderOf(at, props.AuthorizationHeader, defaultAuthorizationHeader)
	s := &EdgeSigner{}
	constructs.NewConstruct_Override(s, scope, id)
	s.authorizationHeader = header
	s.roleName = uniqueName("furl-edge", s, 64)
	s.function, s.role = edgeFunction{
		folder:      "edge-signer",
		generated:   map[string]string{"config.mjs": fmt.Sprintf("export const authorizationHeader = %q;\n", header)},
		description: "Signs CloudFront's requests to Lambda Function URLs",
		// Functions' policies in other stacks and regions can name the role by it without a reference.
		roleName: &s.roleName, runtime: runtime, memory: memory, logs: props.Logs,
	}.newIn(edgeScope(s))
	return s
}

// EdgeLambda is the entry for EdgeLambdas of a behaviour of your own distribution. It is the signer's numbered
// version, on origin-request, with the body. The behaviour must not forward Host, and must forward all query
// strings. Its origin must be an AWS_IAM Function URL whose function [EdgeSigner.AllowInvoke] was called for.
//
// A viewer's own x-forwarded-host passes, since [SecureFunctionUrl] has the CloudFront Function that replaces it. A
// viewer's accept-encoding passes too. So a URL with RESPONSE_STREAM may send a compressed stream, which was seen
// to end in 502 (aws/aws-lambda-nodejs-runtime-interface-client#96). Let a viewer-request function delete
// accept-encoding there.
func (s *EdgeSigner) EdgeLambda() *awscloudfront.EdgeLambda {
	return edgeLambda(s.function)
}

// AllowInvoke writes the resource policy of a function or an alias. It writes both permissions that a Function URL
// asks for since October 2025 (Lambda Developer Guide, urls-auth), with the signer's role as principal. A second
// call for the same function adds nothing. [SecureFunctionUrl] makes this call for its functions.
//
// It panics where fn is a version, or is in another account. For an imported function whose policy CDK cannot
// write, it adds a warning with the two commands to run.
func (s *EdgeSigner) AllowInvoke(fn awslambda.IFunction) {
	at := site{construct: "furl.EdgeSigner", path: *s.Node().Path()}
	requireFunction(at, fn)
	if theirs, ours := fn.Env().Account, awscdk.Stack_Of(s).Account(); knownToDiffer(theirs, ours) {
		at.refuse("AllowInvoke",
			fmt.Sprintf("%s is in account %s and the signer in %s, and across accounts the signer's role "+
				"would need permissions of its own, which it has not", *fn.Node().Path(), *theirs, *ours),
			"make a signer in the function's account")
	}
	id := "Allow-" + s.roleName
	if fn.Node().TryFindChild(jsii.String(id+urlPermissionSuffix)) != nil {
		return
	}
	s.allow(nil, id, fn)
}

// Function is the edge function, in us-east-1.
func (s *EdgeSigner) Function() awslambda.Function { return s.function }

// Role is the role that the edge function runs as. The functions' policies name it.
func (s *EdgeSigner) Role() awsiam.Role { return s.role }

// allow writes the two permissions into scope, or under the function where scope is nil.
func (s *EdgeSigner) allow(scope constructs.Construct, id string, fn awslambda.IFunction) {
	owner := constructs.IConstruct(fn)
	if scope != nil {
		owner = scope
	}
	if !permitInvokeUrl(scope, id, fn, awsiam.NewArnPrincipal(s.roleArnFor(owner)), callSource{}) {
		warnUnwrittenPolicy(owner, fn, fmt.Sprintf("arn:aws:iam::%s:role/%s", accountOf(s), s.roleName), callSource{})
	}
}

// roleArnFor is the role's ARN as a resource of the consumer's stack has to write it. Lambda refuses a permission
// for a role that does not exist yet. So the consumer's deployment is put after the role's.
func (s *EdgeSigner) roleArnFor(consumer constructs.IConstruct) *string {
	consumerStack, roleStack := topLevelStack(consumer), topLevelStack(s.function)
	if sameConstruct(consumerStack, roleStack) {
		return s.role.RoleArn() // CloudFormation orders the two resources by this reference
	}
	consumerStack.AddStackDependency(roleStack, jsii.String("furl: the function's policy names the edge signer's role"))
	return roleStack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("iam"), Region: jsii.String(""),
		Resource: jsii.String("role"), ResourceName: jsii.String(s.roleName),
	})
}

func edgeSettings(at site, scope constructs.Construct, props *EdgeSignerProps) (awslambda.Runtime, int) {
	requireRegion(at, scope)
	runtime, memory := props.Runtime, props.MemorySize
	if runtime == nil {
		runtime = awslambda.Runtime_NODEJS_22_X()
	}
	var major int
	if _, err := fmt.Sscanf(*runtime.Name(), "nodejs%d.x", &major); err != nil || major < 22 {
		at.refuse("Runtime", *runtime.Name()+" is not Node.js 22 or newer, which the signer is written for",
			"write awslambda.Runtime_NODEJS_22_X(), or leave it out")
	}
	if memory == 0 {
		memory = edgeMemory
	}
	if memory < 128 || memory > 10240 {
		at.refuse("MemorySize", fmt.Sprintf("%d MB is not within Lambda's 128 to 10240", memory),
			"write 512, or leave it out")
	}
	return runtime, memory
}
