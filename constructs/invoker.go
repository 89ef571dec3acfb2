package furl

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
)

// invoker is a principal that GrantInvokeUrl lets in, with everything that its statements must say.
type invoker struct {
	at             site
	principal      awsiam.IPrincipal
	stack          awscdk.Stack          // where its tokens are resolved
	holder         constructs.IConstruct // its stack holds the principal's policy; nil for no construct
	principalJson  map[string]*[]*string // the Principal of a statement, values by kind (AWS, Service …), with tokens
	principalText  string                // the same as its template has it, in JSON
	conditions     map[string]any        // by operator, with tokens
	conditionsText string                // the conditions as their template has them, in JSON; "" where there are none
}

// invokerOf reads a principal. It refuses those that no statement can name safely.
func (e *endpoint) invokerOf(grantee awsiam.IGrantable) *invoker {
	principal := grantee.GrantPrincipal()
	i := &invoker{at: e.site(), principal: principal, holder: constructOf(principal, grantee)}
	fragment := i.fragment()
	i.principalJson, i.conditions = *fragment.PrincipalJson(), *fragment.Conditions()
	i.stack = awscdk.Stack_Of(e.scope)
	if i.holder != nil {
		i.stack = awscdk.Stack_Of(i.holder)
	} else if referenced := i.referencedConstruct(); referenced != nil {
		i.holder = referenced
		if tryResolve(i.stack, i.principalJson) == "" { // a role of another region or account, without a name
			i.stack = awscdk.Stack_Of(referenced)
		}
	}
	i.principalText = resolve(i.stack, i.principalJson)
	// Ids are made from this text. It is resolved, since a token has another number after the next change of the
	// app.
	i.conditionsText = strings.TrimSuffix(resolve(i.stack, i.conditions), "{}")
	i.checkKind()
	i.checkWildcards()
	i.checkOwnConditions()
	return i
}

// referencedConstruct is the role or user of this app to which an ARN refers. It may be behind wrappers with
// conditions or tags.
func (i *invoker) referencedConstruct() constructs.IConstruct {
	arns := i.principalJson["AWS"]
	if arns == nil || len(*arns) != 1 {
		return nil
	}
	if reference := referenceIn((*arns)[0]); reference != nil {
		return reference.Target()
	}
	return nil
}

// fragment is the principal as a statement writes it. CDK throws where it does not know the principal, as for an
// imported function.
func (i *invoker) fragment() awsiam.PrincipalPolicyFragment {
	defer func() {
		if thrown := recover(); thrown != nil {
			i.refuse(fmt.Sprint("CDK does not know who it is: ", thrown),
				"import it with its role, or grant the role itself")
		}
	}()
	return i.principal.PolicyFragment()
}

// checkKind refuses a principal that cannot call a Function URL, and a service that calls for everyone.
func (i *invoker) checkKind() {
	for kind, values := range i.principalJson {
		if len(i.principalJson) > 1 || len(*values) != 1 {
			i.refuse("it is several principals under one condition", "call GrantInvokeUrl for each of them")
		}
		switch kind {
		case "AWS":
			i.checkArn((*values)[0])
		case "Service":
			i.checkSource()
		case "Federated":
			i.refuse("it is a federated identity, which calls AWS under a role that it assumes", "grant that role")
		case "CanonicalUser":
			i.refuse("it is a canonical user, which only Amazon S3 knows", "grant a role or an account")
		default:
			i.refuse(everyoneProblem, everyoneRemedy)
		}
	}
}

const (
	everyoneProblem = `the principal is "*", which is everyone with an AWS account`
	everyoneRemedy  = "name a role, an account or an organization (awsiam.NewOrganizationPrincipal)"
)

var accountId = regexp.MustCompile(`^\d{12}$`)

// checkArn refuses a service under the name of an ARN, whose source nothing would ask for. Lambda does not tell the
// two apart, since its Principal is one field (Lambda API Reference, AddPermission). A token that is the whole
// value passes.
func (i *invoker) checkArn(arn *string) {
	for _, text := range readings(i.stack.Resolve(arn)) {
		if text != deploymentMark && text != "*" && !strings.HasPrefix(text, "arn:") && !accountId.MatchString(text) {
			i.refuse(fmt.Sprintf("%q is neither an ARN nor an account", text),
				"write the whole ARN, awsiam.NewAccountPrincipal, or for a service awsiam.NewServicePrincipal "+
					"with conditions on its source")
		}
	}
}

// checkWildcards refuses an ARN with a wildcard. Lambda takes no wildcard. A policy takes only a lone "*" (IAM User
// Guide, reference_policies_elements_principal). The check sees the literal parts of a token too.
func (i *invoker) checkWildcards() {
	switch {
	case i.principalText == `{"AWS":["*"]}`:
		if len(i.conditions) == 0 || i.callSource().organization == nil {
			i.refuse(everyoneProblem, everyoneRemedy)
		}
	case strings.ContainsAny(i.principalText, "*?"):
		i.refuse(i.principalText+" has a wildcard, and neither Lambda nor IAM takes one in a principal",
			"name each role, or an organization")
	}
}

// checkOwnConditions refuses conditions on the keys that Furl writes. Such a condition would replace Furl's, or
// never hold.
func (i *invoker) checkOwnConditions() {
	for _, key := range []string{authTypeKey, viaUrlKey} {
		if strings.Contains(strings.ToLower(i.conditionsText), strings.ToLower(key)) {
			i.refuse("its conditions have "+key+", which Furl writes", "leave that condition out")
		}
	}
}

// permissionPrincipal is the principal without its conditions, as a Lambda permission names it. CDK takes one
// wrapper off a principal, and fails on the second.
func (i *invoker) permissionPrincipal(consumer constructs.IConstruct) awsiam.IPrincipal {
	if services := i.principalJson["Service"]; services != nil {
		return awsiam.ServicePrincipal_FromStaticServicePrincipleName((*services)[0])
	}
	if account := i.principal.PrincipalAccount(); account != nil && strings.Contains(i.principalText, `:root"`) {
		return awsiam.NewAccountPrincipal(account)
	}
	return awsiam.NewArnPrincipal(weakAcrossRegions(consumer, (*i.principalJson["AWS"])[0]))
}

// restrict adds the principal's conditions to those of Furl's statement. All of them have to hold (IAM User Guide,
// reference_policies_elements_condition).
func (i *invoker) restrict(statement *awsiam.PolicyStatementProps) {
	all := *statement.Conditions
	for operator, theirs := range i.conditions {
		ours, both := all[operator].(map[string]any)
		if !both {
			all[operator] = theirs
			continue
		}
		block, ok := theirs.(map[string]any)
		if !ok {
			i.refuse("the conditions under "+operator+" are a token, beside which Furl's own would be lost",
				"write them as a map from keys to values")
		}
		maps.Copy(ours, block)
	}
}

// text is the principal as a person or aws lambda add-permission reads it. It is a placeholder where only the
// deployment knows the principal.
func (i *invoker) text() string {
	var byKind map[string][]any
	if json.Unmarshal([]byte(i.principalText), &byKind) == nil {
		for _, values := range byKind {
			if text := oneText(any(values)); text != nil {
				return *text
			}
		}
	}
	return "<the principal>"
}

func (i *invoker) refuse(problem, remedy string) {
	i.at.refuse("GrantInvokeUrl", problem, remedy)
}

func (i *invoker) refuseCondition(operator, key string) {
	i.refuse(fmt.Sprintf("the function's policy has to name %s, and a Lambda permission cannot say %s on %s",
		i.text(), operator, key),
		"leave the condition out, or grant a role of this account, whose own policy takes every condition; "+
			"a permission takes ArnLike on aws:SourceArn, StringEquals on aws:SourceAccount and "+
			"StringEquals on aws:PrincipalOrgID, one value each")
}
