package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

const (
	urlAction    = "lambda:InvokeFunctionUrl"
	invokeAction = "lambda:InvokeFunction"

	urlPermissionSuffix    = "Url"
	invokePermissionSuffix = "Function"
)

// permitInvokeUrl adds to the policy of a function or an alias the two statements that a Function URL asks for: the first
// tied to auth type AWS_IAM, the second to calls that come by a URL, so that the Invoke API stays closed
// (Lambda Developer Guide, urls-auth). The two resources are put into scope, or under the function where that is nil.
// A source ARN, where there is one, is what the principal must call for.
// It reports false where CDK cannot write the policy, as of a function imported from who knows which account.
func permitInvokeUrl(scope constructs.Construct, id string, fn awslambda.IFunction, principal awsiam.IPrincipal, sourceArn *string) bool {
	fn.AddPermission(jsii.String(id+urlPermissionSuffix), &awslambda.Permission{
		Scope: scope, Principal: principal, SourceArn: sourceArn, Action: jsii.String(urlAction), FunctionUrlAuthType: awslambda.FunctionUrlAuthType_AWS_IAM,
	})
	fn.AddPermission(jsii.String(id+invokePermissionSuffix), &awslambda.Permission{
		Scope: scope, Principal: principal, SourceArn: sourceArn, Action: jsii.String(invokeAction), InvokedViaFunctionUrl: jsii.Bool(true),
	})
	node := fn.Node()
	if scope != nil {
		node = scope.Node()
	}
	return node.TryFindChild(jsii.String(id+urlPermissionSuffix)) != nil
}

// warnUnwrittenPolicy says what CDK could not write and how to write it by hand. It is a warning, since the statements may
// well be there already.
func warnUnwrittenPolicy(construct constructs.IConstruct, fn awslambda.IFunction, principal string, sourceArn *string) {
	target := fmt.Sprintf("--function-name '%s'", describe(fn.FunctionArn(), "the function's ARN"))
	if alias, ok := fn.(awslambda.IAlias); ok {
		target = fmt.Sprintf("--function-name '%s' --qualifier '%s'", describe(alias.Version().Lambda().FunctionArn(), "the function's ARN"), *alias.AliasName())
	}
	hash := shortHash(principal) // a policy's statement ids are unique
	command := "aws lambda add-permission --region " + *awscdk.Stack_Of(construct).Region() + " " + target + " --principal '" + principal + "'"
	if sourceArn != nil {
		command += " --source-arn '" + describe(sourceArn, "the distribution's ARN") + "'"
	}
	warn(construct, "furl:functionPolicy", "%s is imported and its policy cannot be written here, so every request is answered 403 until its policy allows %s (with auth type AWS_IAM) and %s (by Function URL only) to %s. Run:\n"+
		"  %s --statement-id furl-url-%s --action %s --function-url-auth-type AWS_IAM\n"+
		"  %s --statement-id furl-invoke-%s --action %s --invoked-via-function-url\n"+
		"Or, if it is in this account and region, import it with SameEnvironment: jsii.Bool(true).",
		*fn.Node().Path(), urlAction, invokeAction, principal, command, hash, urlAction, command, hash, invokeAction)
}

// describe is a value to show to a person, or a placeholder where only the deployment knows it.
func describe(value *string, otherwise string) string {
	if *awscdk.Token_IsUnresolved(value) {
		return "<" + otherwise + ">"
	}
	return *value
}

func accountOf(construct constructs.IConstruct) string {
	return describe(awscdk.Stack_Of(construct).Account(), "account")
}
