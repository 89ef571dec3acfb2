package furl

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// grantInvokeUrl is documented at Behavior.GrantInvokeUrl. CDK's own FunctionUrl.GrantInvokeUrl throws for a role in another
// region and for an ARN that is a token.
func (e *endpoint) grantInvokeUrl(grantee awsiam.IGrantable) constructs.IDependable {
	principal := grantee.GrantPrincipal()
	holder := constructOf(principal, grantee)
	named := e.principalJson(principal, holder)
	if strings.Contains(named, `"*"`) && len(*principal.PolicyFragment().Conditions()) == 0 { // an organization is "*" with a condition
		panic(fmt.Errorf("%s: GrantInvokeUrl: the principal is \"*\", which is everyone with an AWS account: name a role, an account or an organization", *e.scope.Node().Path()))
	}
	granted := constructs.NewDependencyGroup()
	written := e.grantByIdentity(granted, holder, principal)
	if !written || e.otherAccount(principal) {
		e.grantByResource(granted, principal, holder, named)
	}
	return granted
}

// grantByIdentity adds both statements to the principal's own policy; false where it has none that can be written.
func (e *endpoint) grantByIdentity(granted constructs.DependencyGroup, holder constructs.IConstruct, principal awsiam.IPrincipal) bool {
	resource := jsii.Strings(*e.functionArnFor(holder, principal))
	for _, statement := range invokeUrlStatements(resource) {
		result := principal.AddToPrincipalPolicy(awsiam.NewPolicyStatement(statement))
		if !*result.StatementAdded {
			return false
		}
		if result.PolicyDependable != nil {
			granted.Add(result.PolicyDependable)
		}
	}
	return true
}

// invokeUrlStatements allow to call the URLs of functions, and nothing but by URL.
func invokeUrlStatements(functionArns *[]*string) []*awsiam.PolicyStatementProps {
	return []*awsiam.PolicyStatementProps{{
		Actions: jsii.Strings(urlAction), Resources: functionArns,
		Conditions: &map[string]any{"StringEquals": map[string]any{"lambda:FunctionUrlAuthType": "AWS_IAM"}},
	}, {
		Actions: jsii.Strings(invokeAction), Resources: functionArns,
		Conditions: &map[string]any{"Bool": map[string]any{"lambda:InvokedViaFunctionUrl": "true"}},
	}}
}

// grantByResource names the principal in the function's resource policy. The id carries a hash of the principal, so that
// the order of grants changes no logical id.
func (e *endpoint) grantByResource(granted constructs.DependencyGroup, principal awsiam.IPrincipal, holder constructs.IConstruct, named string) {
	conditions, err := json.Marshal(principal.PolicyFragment().Conditions())
	if err != nil {
		panic(fmt.Errorf("%s: GrantInvokeUrl: read the principal's conditions: %w", *e.scope.Node().Path(), err))
	}
	id := "Grant-" + shortHash(named+strings.TrimSuffix(string(conditions), "{}"))
	node := e.scope.Node()
	if holder != nil && e.otherAccount(principal) && !sameConstruct(topLevelStack(e.scope), topLevelStack(holder)) {
		// Lambda refuses a permission for a role that does not exist yet.
		topLevelStack(e.scope).AddStackDependency(topLevelStack(holder), jsii.String("furl: the function's policy names a role of that stack"))
	}
	if node.TryFindChild(jsii.String(id+urlPermissionSuffix)) == nil && !permitInvokeUrl(e.scope, id, e.fn, principal, nil) {
		warnUnwrittenPolicy(e.scope, e.fn, principalText(named), nil)
		return
	}
	for _, suffix := range []string{urlPermissionSuffix, invokePermissionSuffix} {
		granted.Add(node.FindChild(jsii.String(id + suffix)))
	}
}

// functionArnFor is the function's ARN as the principal's stack has to write it. Between stacks of an account it travels by
// an output of ours and Fn::GetStackOutput, which crosses regions and, other than an Export, never refuses a change.
func (e *endpoint) functionArnFor(holder constructs.IConstruct, principal awsiam.IPrincipal) *string {
	if holder == nil || e.otherAccount(principal) {
		return e.fn.FunctionArn()
	}
	from, to := topLevelStack(e.scope), topLevelStack(holder)
	if sameConstruct(from, to) {
		return e.fn.FunctionArn()
	}
	to.AddStackDependency(from, jsii.String("furl: GrantInvokeUrl"))
	return awscdk.Fn_GetStackOutput(from.StackName(), e.functionArnOutput(from).LogicalId(), from.Region(), nil)
}

// functionArnOutput finds or makes the output; in the top-level stack, since a nested stack's outputs are its parent's only.
func (e *endpoint) functionArnOutput(stack awscdk.Stack) awscdk.CfnOutput {
	id, outputId := jsii.String(idBelow(stack, e.scope)+"--Granted"), jsii.String("FunctionArnOutput")
	if found := stack.Node().TryFindChild(id); found != nil {
		return found.Node().FindChild(outputId).(awscdk.CfnOutput)
	}
	return awscdk.NewCfnOutput(constructs.NewConstruct(stack, id), outputId, &awscdk.CfnOutputProps{
		Description: jsii.String("For the policies of those who may call the Function URL of " + *e.scope.Node().Path()),
		Value:       e.fn.FunctionArn(),
	})
}

// otherAccount tells whether the principal is known to be of another account than the function: then both sides must allow
// (Lambda Developer Guide, urls-auth).
func (e *endpoint) otherAccount(principal awsiam.IPrincipal) bool {
	return knownToDiffer(principal.PrincipalAccount(), awscdk.Stack_Of(e.scope).Account())
}

// knownToDiffer compares two accounts or regions; what is nil or only known at deployment is not known to differ.
func knownToDiffer(a, b *string) bool {
	return a != nil && b != nil && !*awscdk.Token_IsUnresolved(a) && !*awscdk.Token_IsUnresolved(b) && *a != *b
}

// principalJson is the principal as it stands in a policy of its own stack, with tokens as CloudFormation writes them.
func (e *endpoint) principalJson(principal awsiam.IPrincipal, holder constructs.IConstruct) string {
	if holder == nil {
		holder = e.scope
	}
	resolved := awscdk.Stack_Of(holder).Resolve(principal.PolicyFragment().PrincipalJson())
	data, err := json.Marshal(resolved)
	if err != nil {
		panic(fmt.Errorf("%s: GrantInvokeUrl: read the principal: %w", *e.scope.Node().Path(), err))
	}
	return string(data)
}

// principalText is the principal as aws lambda add-permission takes it, or a placeholder where only the deployment knows it.
func principalText(named string) string {
	var byKind map[string]any
	if json.Unmarshal([]byte(named), &byKind) == nil {
		for _, value := range byKind {
			if list, ok := value.([]any); ok && len(list) == 1 {
				value = list[0]
			}
			if text, ok := value.(string); ok {
				return text
			}
		}
	}
	return "<the principal>"
}

// constructOf is the construct whose stack holds the principal's policy; nil for a principal that is none, such as an ARN.
func constructOf(principal awsiam.IPrincipal, grantee awsiam.IGrantable) constructs.IConstruct {
	if construct, ok := principal.(constructs.IConstruct); ok {
		return construct
	}
	construct, _ := grantee.(constructs.IConstruct)
	return construct
}
