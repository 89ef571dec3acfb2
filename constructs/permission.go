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

// permitInvokeUrl adds to the policy of a function or an alias the two statements that a Function URL asks for. The
// first is tied to auth type AWS_IAM. The second is tied to calls by a URL, so the Invoke API stays closed (Lambda
// Developer Guide, urls-auth). The two resources are put into scope, or under the function where scope is nil. The
// source, where there is one, says for whom the principal must call.
//
// permitInvokeUrl reports whether CDK can write the policy. CDK cannot for a function of an unknown account.
func permitInvokeUrl(
	scope constructs.Construct, id string, fn awslambda.IFunction, principal awsiam.IPrincipal, source callSource,
) bool {
	permission := awslambda.Permission{
		Scope: scope, Principal: principal,
		SourceArn: source.arn, SourceAccount: source.account, OrganizationId: source.organization,
	}
	byUrl, invoke := permission, permission
	byUrl.Action, byUrl.FunctionUrlAuthType = jsii.String(urlAction), awslambda.FunctionUrlAuthType_AWS_IAM
	invoke.Action, invoke.InvokedViaFunctionUrl = jsii.String(invokeAction), jsii.Bool(true)
	fn.AddPermission(jsii.String(id+urlPermissionSuffix), &byUrl)
	fn.AddPermission(jsii.String(id+invokePermissionSuffix), &invoke)
	node := fn.Node()
	if scope != nil {
		node = scope.Node()
	}
	validateAtSynthesis(fn)
	for _, suffix := range []string{urlPermissionSuffix, invokePermissionSuffix} {
		written := node.TryFindChild(jsii.String(id + suffix))
		if written == nil {
			return false
		}
		written.Node().AddMetadata(jsii.String(guardKey), true, nil)
	}
	return true
}

// warnUnwrittenPolicy warns of a policy that CDK could not write, and says how to write it by hand. It is a
// warning, since the statements may be there already.
func warnUnwrittenPolicy(construct constructs.IConstruct, fn awslambda.IFunction, principal string, source callSource) {
	target := fmt.Sprintf("--function-name '%s'", describe(fn.FunctionArn(), "the function's ARN"))
	if alias, ok := fn.(awslambda.IAlias); ok {
		arn := describe(alias.Version().Lambda().FunctionArn(), "the function's ARN")
		target = fmt.Sprintf("--function-name '%s' --qualifier '%s'", arn, *alias.AliasName())
	}
	hash := shortHash(principal) // a policy's statement ids are unique
	command := "aws lambda add-permission --region " + *awscdk.Stack_Of(construct).Region() + " " + target +
		" --principal '" + principal + "'"
	for _, option := range []struct {
		name, unknown string
		value         *string
	}{
		{"--source-arn", "the source's ARN, such as the distribution's", source.arn},
		{"--source-account", "the source's account", source.account},
		{"--principal-org-id", "the organization", source.organization},
	} {
		if option.value != nil {
			command += " " + option.name + " '" + describe(option.value, option.unknown) + "'"
		}
	}
	warn(construct, "furl:functionPolicy", "%s is imported and its policy cannot be written here, "+
		"so every request is answered 403 until its policy allows %s (with auth type AWS_IAM) and %s "+
		"(by Function URL only) to %s. Run:\n"+
		"  %s --statement-id furl-url-%s --action %s --function-url-auth-type AWS_IAM\n"+
		"  %s --statement-id furl-invoke-%s --action %s --invoked-via-function-url\n"+
		"Or, if it is in this account and region, import it with SameEnvironment: jsii.Bool(true).",
		*fn.Node().Path(), urlAction, invokeAction, principal, command, hash, urlAction, command, hash, invokeAction)
}

// describe is a value to show to a person. It is the placeholder where only the deployment knows the value.
func describe(value *string, placeholder string) string {
	if *awscdk.Token_IsUnresolved(value) {
		return "<" + placeholder + ">"
	}
	return *value
}

func accountOf(construct constructs.IConstruct) string {
	return describe(awscdk.Stack_Of(construct).Account(), "account")
}
