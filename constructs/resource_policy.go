package furl

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// target is a function, version or alias that a policy is for.
type target struct{ region, account, function, qualifier string }

// targetOf reads the ARN of a target. Where the text is no ARN as far as the templates tell, all of it is the
// function.
func targetOf(arn string) target {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || parts[2] != "lambda" || parts[5] != "function" {
		return target{region: unknownMark, account: unknownMark, function: arn}
	}
	qualifier := strings.Join(parts[7:], ":")
	if qualifier == "$LATEST" { // the function's own ARN stands for it
		qualifier = ""
	}
	return target{region: parts[3], account: parts[4], function: parts[6], qualifier: qualifier}
}

// String is the target for a person. It is the function as far as the templates name it, and its version or alias.
func (t target) String() string {
	return strings.TrimSuffix(t.function+":"+t.qualifier, ":")
}

// match says whether a policy of one target is that of another.
type match int

const (
	matchNot match = iota
	matchUnknown
	matchSame
)

// match compares the target of a resource policy with that of a permission of Furl's. A function's own policy may
// have statements that name its aliases. AWS does not document whether these hold for the aliases, so the match is
// then unknown.
func (t target) match(guarded target) match {
	for _, pair := range [][2]string{{t.region, guarded.region}, {t.account, guarded.account}} {
		if differ(pair[0], pair[1]) {
			return matchNot
		}
	}
	switch {
	case t.function != guarded.function && !generates(guarded.function, t.function):
		if differ(t.function, guarded.function) {
			return matchNot
		}
		return matchUnknown
	case t.qualifier == guarded.qualifier:
		return matchSame
	case t.qualifier != "" && differ(t.qualifier, guarded.qualifier):
		return matchNot
	}
	return matchUnknown
}

// differ reports whether two texts differ and have no unknown part.
func differ(a, b string) bool {
	return a != b && !strings.Contains(a+b, unknownMark)
}

// generates reports whether a name may be the one that CloudFormation gave to a function without a name. The form
// is <stack>-<logical id>-<random> (CloudFormation User Guide, resources-section-structure).
func generates(function, name string) bool {
	inner, ok := strings.CutPrefix(strings.TrimSuffix(function, "}"), "{")
	return ok && strings.HasPrefix(name, strings.ReplaceAll(inner, "/", "-")+"-")
}

// guardedTargets are the targets of the permissions that Furl wrote.
func (t *templates) guardedTargets() []target {
	var all []target
	for _, in := range t.all {
		for _, id := range in.guards {
			all = append(all, t.targets(in, in.Resources[id].Properties["FunctionName"])...)
		}
	}
	return all
}

// targets are the functions, versions and aliases that a value may name.
func (t *templates) targets(in *template, value any) []target {
	var all []target
	for _, choice := range choices(value) {
		all = append(all, targetOf(t.functionArn(in, choice)))
	}
	return all
}

// wipedPolicies finds each AWS::Lambda::ResourcePolicy of a function whose permissions Furl writes. Such a resource
// is the whole policy of its function, version or alias. It replaces the statements that AWS::Lambda::Permission
// wrote there (Lambda API Reference, PutResourcePolicy). Its own statements do not matter, since the last of the
// two to be deployed would win.
func (t *templates) wipedPolicies() []*awscdk.PolicyViolation {
	targets := t.guardedTargets()
	var found []*awscdk.PolicyViolation
	for _, in := range t.all {
		for _, id := range in.ids("AWS::Lambda::ResourcePolicy") {
			arn := in.Resources[id].Properties["ResourceArn"]
			worst := matchNot
			for _, policy := range t.targets(in, arn) {
				for _, guard := range targets {
					worst = max(worst, policy.match(guard))
				}
			}
			switch worst {
			case matchSame:
				found = append(found,
					violation("resourcePolicy", severityFatal, wipedPolicyProblem, wipedPolicyRemedy, place{in, id}))
			case matchUnknown:
				problem := fmt.Sprintf("The templates do not tell whether %s is a function, or the function of an "+
					"alias, whose permissions Furl writes. If it is, this policy replaces them, and the Function URL "+
					"answers 403 or lets in others.",
					t.text(in, arn))
				found = append(found, violation("resourcePolicyTarget", severityWarning, problem,
					"If it is, remove it. "+wipedPolicyRemedy, place{in, id}))
			}
		}
	}
	return found
}

const wipedPolicyProblem = "This AWS::Lambda::ResourcePolicy is the whole policy of a function whose permissions " +
	"Furl writes, and would replace them. The Function URL would answer 403 to CloudFront, or let in others."

const wipedPolicyRemedy = "Let callers in with GrantInvokeUrl or fn.AddPermission, which add statements. " +
	"Where you need the whole document, for a Deny of your own, let Furl write none. Pass it the function imported " +
	"with awslambda.Function_FromFunctionAttributes and SameEnvironment: jsii.Bool(false). Write into the " +
	"document the two actions that the warning furl:functionPolicy then names, " +
	urlAction + ` with {"StringEquals": {"` + authTypeKey + `": "AWS_IAM"}} and ` +
	invokeAction + ` with {"Bool": {"` + viaUrlKey + `": "true"}}.`
