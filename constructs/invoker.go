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

// invoker is a principal that GrantInvokeUrl lets in, with all that its statements must say.
type invoker struct {
	at         site
	principal  awsiam.IPrincipal
	home       awscdk.Stack          // where its tokens are resolved
	holder     constructs.IConstruct // its stack holds the principal's policy; nil where the principal is no construct
	raw        map[string]*[]*string // the Principal of a statement, values by kind (AWS, Service …), with tokens
	named      string                // the same as its template has it, in JSON
	conditions map[string]any        // by operator, with tokens
	suffix     string                // the conditions as their template has them, in JSON; "" where there are none
}

// invokerOf reads a principal, and refuses the ones that no statement can name safely.
func (e *endpoint) invokerOf(grantee awsiam.IGrantable) *invoker {
	principal := grantee.GrantPrincipal()
	in := &invoker{at: e.site(), principal: principal, holder: constructOf(principal, grantee)}
	fragment := in.fragment()
	in.raw, in.conditions = *fragment.PrincipalJson(), *fragment.Conditions()
	in.home = awscdk.Stack_Of(e.scope)
	if in.holder != nil {
		in.home = awscdk.Stack_Of(in.holder)
	} else if behind := in.behind(); behind != nil {
		in.holder = behind
		if tryResolve(in.home, in.raw) == "" { // a role of another region or account, without a name
			in.home = awscdk.Stack_Of(behind)
		}
	}
	in.named = resolve(in.home, in.raw)
	// Resolved, since a token has another number after the next change of the app, and ids are made from this.
	in.suffix = strings.TrimSuffix(resolve(in.home, in.conditions), "{}")
	in.checkKind()
	in.checkWildcards()
	in.checkOwnConditions()
	return in
}

// behind is the role or user of this app to which an ARN refers, also one behind wrappers with conditions or tags.
func (in *invoker) behind() constructs.IConstruct {
	arns := in.raw["AWS"]
	if arns == nil || len(*arns) != 1 {
		return nil
	}
	if reference := referenceIn((*arns)[0]); reference != nil {
		return reference.Target()
	}
	return nil
}

// fragment is what a statement says of the principal. CDK throws where it does not know, as of an imported function.
func (in *invoker) fragment() awsiam.PrincipalPolicyFragment {
	defer func() {
		if thrown := recover(); thrown != nil {
			in.refuse(fmt.Sprint("CDK does not know who it is: ", thrown),
				"import it with its role, or grant the role itself")
		}
	}()
	return in.principal.PolicyFragment()
}

// checkKind refuses what is no caller of a Function URL, and services that call for everyone.
func (in *invoker) checkKind() {
	for kind, values := range in.raw {
		if len(in.raw) > 1 || len(*values) != 1 {
			in.refuse("it is several principals under one condition", "call GrantInvokeUrl for each of them")
		}
		switch kind {
		case "AWS":
			in.checkArn((*values)[0])
		case "Service":
			in.checkSource()
		case "Federated":
			in.refuse("it is a federated identity, which calls AWS under a role that it assumes", "grant that role")
		case "CanonicalUser":
			in.refuse("it is a canonical user, which only Amazon S3 knows", "grant a role or an account")
		default:
			in.refuse(everyone, nameOne)
		}
	}
}

const (
	everyone = `the principal is "*", which is everyone with an AWS account`
	nameOne  = "name a role, an account or an organization (awsiam.NewOrganizationPrincipal)"
)

var accountId = regexp.MustCompile(`^\d{12}$`)

// checkArn refuses a service under the name of an ARN, whose source nothing would ask for. Lambda takes the two for the
// same: its Principal is one field (Lambda API Reference, AddPermission). A token that is the whole value passes.
func (in *invoker) checkArn(arn *string) {
	for _, text := range readings(in.home.Resolve(arn)) {
		if text != inDeployment && text != "*" && !strings.HasPrefix(text, "arn:") && !accountId.MatchString(text) {
			in.refuse(fmt.Sprintf("%q is neither an ARN nor an account", text),
				"write the whole ARN, awsiam.NewAccountPrincipal, or for a service awsiam.NewServicePrincipal "+
					"with conditions on its source")
		}
	}
}

// checkWildcards refuses an ARN with a wildcard: Lambda takes none, and a policy no other than a lone "*" (IAM User
// Guide, reference_policies_elements_principal). It sees the literal parts of a token too.
func (in *invoker) checkWildcards() {
	switch {
	case in.named == `{"AWS":["*"]}`:
		if len(in.conditions) == 0 || in.source().organization == nil {
			in.refuse(everyone, nameOne)
		}
	case strings.ContainsAny(in.named, "*?"):
		in.refuse(in.named+" has a wildcard, and neither Lambda nor IAM takes one in a principal",
			"name each role, or an organization")
	}
}

// checkOwnConditions refuses conditions on the keys of Furl's own: they would take the place of these, or never hold.
func (in *invoker) checkOwnConditions() {
	for _, key := range []string{authTypeKey, viaUrlKey} {
		if strings.Contains(strings.ToLower(in.suffix), strings.ToLower(key)) {
			in.refuse("its conditions have "+key+", which Furl writes", "leave that condition out")
		}
	}
}

// bare is the principal without its conditions, in the form in which a Lambda permission names it. CDK itself takes one
// wrapper off a principal, and fails on the second.
func (in *invoker) bare(consumer constructs.IConstruct) awsiam.IPrincipal {
	if services := in.raw["Service"]; services != nil {
		return awsiam.ServicePrincipal_FromStaticServicePrincipleName((*services)[0])
	}
	if account := in.principal.PrincipalAccount(); account != nil && strings.Contains(in.named, `:root"`) {
		return awsiam.NewAccountPrincipal(account)
	}
	return awsiam.NewArnPrincipal(weakAcrossRegions(consumer, (*in.raw["AWS"])[0]))
}

// restrict adds the principal's conditions to those of a statement of Furl's: all of them have to hold (IAM User Guide,
// reference_policies_elements_condition).
func (in *invoker) restrict(statement *awsiam.PolicyStatementProps) {
	all := *statement.Conditions
	for operator, theirs := range in.conditions {
		ours, both := all[operator].(map[string]any)
		if !both {
			all[operator] = theirs
			continue
		}
		block, ok := theirs.(map[string]any)
		if !ok {
			in.refuse("the conditions under "+operator+" are a token, beside which Furl's own would be lost",
				"write them as a map from keys to values")
		}
		maps.Copy(ours, block)
	}
}

// text is the principal as a person or aws lambda add-permission reads it, or a placeholder where only the deployment
// knows it.
func (in *invoker) text() string {
	var byKind map[string][]any
	if json.Unmarshal([]byte(in.named), &byKind) == nil {
		for _, values := range byKind {
			if text := oneText(any(values)); text != nil {
				return *text
			}
		}
	}
	return "<the principal>"
}

func (in *invoker) refuse(wrong, instead string) {
	in.at.refuse("GrantInvokeUrl", wrong, instead)
}

func (in *invoker) refuseCondition(operator, key string) {
	in.refuse(fmt.Sprintf("the function's policy has to name %s, and a Lambda permission cannot say %s on %s",
		in.text(), operator, key),
		"leave the condition out, or grant a role of this account, whose own policy takes every condition; "+
			"a permission takes ArnLike on aws:SourceArn, StringEquals on aws:SourceAccount and "+
			"StringEquals on aws:PrincipalOrgID, one value each")
}
