package furl

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// grantInvokeUrl does the work of [Behavior.GrantInvokeUrl]. CDK's own FunctionUrl.GrantInvokeUrl throws for a role
// in another region, and for an ARN that is a token.
func (e *endpoint) grantInvokeUrl(grantee awsiam.IGrantable) constructs.IDependable {
	dependencies := constructs.NewDependencyGroup()
	e.grantTo(dependencies, grantee)
	return dependencies
}

func (e *endpoint) grantTo(dependencies constructs.DependencyGroup, grantee awsiam.IGrantable) {
	if grantee == nil {
		e.site().refuse("GrantInvokeUrl", "there is no principal",
			"pass a role, a user, an account or another principal")
	}
	if several, ok := grantee.GrantPrincipal().(awsiam.CompositePrincipal); ok {
		for _, member := range *several.Principals() {
			e.grantTo(dependencies, member)
		}
		return
	}
	caller := e.invokerOf(grantee)
	written := e.grantByIdentity(dependencies, caller)
	if !written || e.otherAccount(caller.principal) {
		e.grantByResource(dependencies, caller)
	}
}

// site is the construct that a refusal of GrantInvokeUrl names, a furl.SecureFunctionUrl or a furl.Behavior.
func (e *endpoint) site() site {
	return site{construct: strings.TrimPrefix(fmt.Sprintf("%T", e.scope), "*"), path: *e.scope.Node().Path()}
}

// grantByIdentity adds both statements to the principal's own policy, each with the principal's conditions as well.
// It reports whether there is such a policy.
func (e *endpoint) grantByIdentity(dependencies constructs.DependencyGroup, caller *invoker) bool {
	for _, props := range invokeUrlStatements(nil) {
		caller.restrict(props)
		statement := awsiam.NewPolicyStatement(props)
		result := caller.principal.AddToPrincipalPolicy(statement)
		if !*result.StatementAdded {
			return false
		}
		// To name the function makes the principal's stack depend on this one. So it is named only where the
		// statement is added.
		statement.AddResources(e.functionArnFor(caller.holder, caller.principal))
		if result.PolicyDependable != nil {
			dependencies.Add(result.PolicyDependable)
		}
	}
	return true
}

const (
	authTypeKey = "lambda:FunctionUrlAuthType"
	viaUrlKey   = "lambda:InvokedViaFunctionUrl"
)

// invokeUrlStatements allow calls of functions by their URLs, and no other calls.
func invokeUrlStatements(functionArns *[]*string) []*awsiam.PolicyStatementProps {
	return []*awsiam.PolicyStatementProps{{
		Actions: jsii.Strings(urlAction), Resources: functionArns,
		Conditions: &map[string]any{"StringEquals": map[string]any{authTypeKey: "AWS_IAM"}},
	}, {
		Actions: jsii.Strings(invokeAction), Resources: functionArns,
		Conditions: &map[string]any{"Bool": map[string]any{viaUrlKey: "true"}},
	}}
}

// grantByResource names the principal in the function's resource policy.
func (e *endpoint) grantByResource(dependencies constructs.DependencyGroup, caller *invoker) {
	source := caller.callSource()
	texts := []*string{source.arn, source.account, source.organization}
	for _, values := range caller.principalJson {
		texts = append(texts, *values...)
	}
	addresses := addressesIn(texts)
	id := e.grantId(caller, addresses)
	node := e.scope.Node()
	stack := topLevelStack(e.scope)
	if caller.holder != nil && e.otherAccount(caller.principal) && !sameConstruct(stack, topLevelStack(caller.holder)) {
		// Lambda refuses a permission for a role that does not exist yet.
		stack.AddStackDependency(topLevelStack(caller.holder),
			jsii.String("furl: the function's policy names a role of that stack"))
	}
	if node.TryFindChild(jsii.String(id+urlPermissionSuffix)) == nil {
		if !permitInvokeUrl(e.scope, id, e.fn, caller.permissionPrincipal(e.scope), source) {
			warnUnwrittenPolicy(e.scope, e.fn, caller.text(), source)
			return
		}
		node.FindChild(jsii.String(id+urlPermissionSuffix)).Node().SetContext(jsii.String(addressesKey), addresses)
	}
	for _, suffix := range []string{urlPermissionSuffix, invokePermissionSuffix} {
		dependencies.Add(node.FindChild(jsii.String(id + suffix)))
	}
}

// addressesKey marks in the construct tree the resources that one of Furl's permissions refers to.
const addressesKey = "furl:addresses"

// grantId carries a hash of the principal, so the order of grants changes no logical id. Two resources with one
// logical id in two stacks have the same text. So the second of such principals has the addresses of its resources
// in the hash.
func (e *endpoint) grantId(caller *invoker, addresses string) string {
	id := "Grant-" + shortHash(caller.principalText+caller.conditionsText)
	taken := e.scope.Node().TryFindChild(jsii.String(id + urlPermissionSuffix))
	if taken == nil || taken.Node().TryGetContext(jsii.String(addressesKey)) == any(addresses) {
		return id
	}
	return "Grant-" + shortHash(caller.principalText+caller.conditionsText+addresses)
}

// functionArnFor is the function's ARN as the principal's stack has to write it. Between stacks of an account it
// travels by an output of Furl's and Fn::GetStackOutput. Fn::GetStackOutput crosses regions and never refuses a
// change, as an Export would.
func (e *endpoint) functionArnFor(holder constructs.IConstruct, principal awsiam.IPrincipal) *string {
	if holder == nil || e.otherAccount(principal) {
		return e.fn.FunctionArn()
	}
	producer, consumer := topLevelStack(e.scope), topLevelStack(holder)
	if sameConstruct(producer, consumer) {
		return e.fn.FunctionArn()
	}
	consumer.AddStackDependency(producer, jsii.String("furl: GrantInvokeUrl"))
	warnOptIn(consumer, producer)
	output := e.functionArnOutput(producer)
	return awscdk.Fn_GetStackOutput(producer.StackName(), output.LogicalId(), producer.Region(), nil)
}

// functionArnOutput finds or makes the output. It is in the top-level stack, since only the parent sees a nested
// stack's outputs.
func (e *endpoint) functionArnOutput(stack awscdk.Stack) awscdk.CfnOutput {
	id, outputId := jsii.String(idBelow(stack, e.scope)+"--Granted"), jsii.String("FunctionArnOutput")
	if found := stack.Node().TryFindChild(id); found != nil {
		return found.Node().FindChild(outputId).(awscdk.CfnOutput)
	}
	return awscdk.NewCfnOutput(constructs.NewConstruct(stack, id), outputId, &awscdk.CfnOutputProps{
		Description: description("For the policies of those who may call the Function URL of ", e.scope),
		Value:       e.fn.FunctionArn(),
	})
}

// otherAccount reports whether the principal is known to be of another account than the function. Then both sides
// must allow the call (Lambda Developer Guide, urls-auth).
func (e *endpoint) otherAccount(principal awsiam.IPrincipal) bool {
	return knownToDiffer(principal.PrincipalAccount(), awscdk.Stack_Of(e.scope).Account())
}

// knownToDiffer reports whether two accounts or regions are known to differ. A nil one, or one that only the
// deployment knows, is not known to differ.
func knownToDiffer(a, b *string) bool {
	return a != nil && b != nil && !*awscdk.Token_IsUnresolved(a) && !*awscdk.Token_IsUnresolved(b) && *a != *b
}

// constructOf is the construct whose stack holds the principal's policy. It is nil for a principal that is no
// construct, such as an ARN.
func constructOf(principal awsiam.IPrincipal, grantee awsiam.IGrantable) constructs.IConstruct {
	if construct, ok := principal.(constructs.IConstruct); ok {
		return construct
	}
	construct, _ := grantee.(constructs.IConstruct)
	return construct
}
