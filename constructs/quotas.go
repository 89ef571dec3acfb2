package furl

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// place is a resource in a template.
type place struct {
	in *template
	id string
}

// maxPolicySize is the largest policy of one function, version or alias, in bytes (Lambda Developer Guide,
// gettingstarted-limits).
const maxPolicySize = 20 * 1024

// largePolicies finds functions with permissions of Furl's that do not all fit into one policy. Lambda tells this
// only in the middle of a deployment. The size is an estimate, so the error may be acknowledged.
func (t *templates) largePolicies() []*awscdk.PolicyViolation {
	permissions, furlCounts := t.permissions()
	var found []*awscdk.PolicyViolation
	for _, target := range t.guardedTargets() {
		statements := permissions[target]
		delete(permissions, target) // each target is told once
		size := len(`{"Version":"2012-10-17","Id":"default","Statement":[]}`)
		for _, statement := range statements {
			size += t.statementSize(statement) + len(",")
		}
		if size <= maxPolicySize {
			continue
		}
		problem := fmt.Sprintf("These %d permissions, %d of them Furl's, are a policy of about %d bytes for %s, "+
			"and Lambda stores %d at most. The size is an estimate: names that only the deployment knows are counted "+
			"with up to 64 characters.",
			len(statements), furlCounts[target], size, target, maxPolicySize)
		found = append(found, violation("policySize", severityError, problem,
			"Share one EdgeSigner. GrantInvokeUrl to a role of this account, whose own policy takes the statements. "+
				"Put callers behind one role, or behind an alias with a Function URL and a policy of its own.",
			statements...))
	}
	return found
}

// permissions are the permissions of all functions, and how many of each function's are Furl's.
func (t *templates) permissions() (permissions map[target][]place, furlCounts map[target]int) {
	permissions, furlCounts = map[target][]place{}, map[target]int{}
	for _, in := range t.all {
		guards := map[string]bool{}
		for _, id := range in.guards {
			guards[id] = true
		}
		for _, id := range in.ids("AWS::Lambda::Permission") {
			for _, target := range t.targets(in, in.Resources[id].Properties["FunctionName"]) {
				permissions[target] = append(permissions[target], place{in, id})
				if guards[id] {
					furlCounts[target]++
				}
			}
		}
	}
	return permissions, furlCounts
}

// statementSize estimates the bytes of the statement that Lambda makes of a permission. An example is in the Lambda
// Developer Guide, access-control-resource-based.
func (t *templates) statementSize(at place) int {
	properties := at.in.Resources[at.id].Properties
	text := func(property string) string { return atDeployment(t.text(at.in, properties[property])) }
	principal := any(map[string]string{"AWS": text("Principal")})
	switch name := text("Principal"); {
	case strings.HasSuffix(name, ".amazonaws.com"):
		principal = map[string]string{"Service": name}
	case len(name) == len("111122223333"):
		principal = map[string]string{"AWS": "arn:aws:iam::" + name + ":root"}
	}
	conditions := map[string]map[string]string{}
	for _, condition := range []struct{ property, operator, key string }{
		{"SourceArn", "ArnLike", "AWS:SourceArn"},
		{"SourceAccount", "StringEquals", "AWS:SourceAccount"},
		{"PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"},
		{"FunctionUrlAuthType", "StringEquals", authTypeKey},
		{"InvokedViaFunctionUrl", "Bool", viaUrlKey},
		{"EventSourceToken", "StringEquals", "lambda:EventSourceToken"},
	} {
		if properties[condition.property] == nil {
			continue
		}
		if conditions[condition.operator] == nil {
			conditions[condition.operator] = map[string]string{}
		}
		conditions[condition.operator][condition.key] = text(condition.property)
	}
	data, _ := json.Marshal(map[string]any{ // texts and maps of them
		// CloudFormation names a statement after the permission.
		"Sid": atDeployment("{" + at.in.stackName + "/" + at.id + "}"), "Effect": "Allow", "Principal": principal,
		"Action": text("Action"), "Resource": atDeployment(t.functionArn(at.in, properties["FunctionName"])),
		"Condition": conditions,
	})
	return len(data)
}

var generatedName = regexp.MustCompile(`\{[^{}]*\}`)

// atDeployment puts names of likely lengths in place of unknown names. CloudFormation makes a name of the stack's
// name, the logical id and 12 characters, up to 64.
func atDeployment(text string) string {
	return generatedName.ReplaceAllStringFunc(text, func(name string) string {
		if strings.HasPrefix(name, unknownMark) {
			return strings.Repeat("x", 64)
		}
		return strings.Repeat("x", min(64, len(name)-len("{}")+len("-xxxxxxxxxxxx")))
	})
}

// These are the default quotas of CloudFront. AWS raises some of them on request. AWS does not say whether the
// default behaviour counts among the 75 (CloudFront Developer Guide, cloudfront-limits).
const (
	maxBehaviors = 75
	maxPolicies  = 20
)

// policyKinds are the kinds of policies of which an account has 20 each.
var policyKinds = []struct{ resourceType, name string }{
	{"AWS::CloudFront::CachePolicy", "cache policies"},
	{"AWS::CloudFront::OriginRequestPolicy", "origin request policies"},
	{"AWS::CloudFront::ResponseHeadersPolicy", "response headers policies"},
}

// overQuota warns of resources that an account without raised quotas could not deploy.
func (t *templates) overQuota() []*awscdk.PolicyViolation {
	var found []*awscdk.PolicyViolation
	for _, in := range t.all {
		for _, id := range in.ids("AWS::CloudFront::Distribution") {
			config, _ := in.Resources[id].Properties["DistributionConfig"].(map[string]any)
			behaviors, _ := config["CacheBehaviors"].([]any)
			if count := len(behaviors) + 1; count > maxBehaviors {
				problem := fmt.Sprintf("The distribution has %d cache behaviours with the default one, "+
					"and CloudFront's default quota is %d (Cache behaviors per distribution).", count, maxBehaviors)
				found = append(found, violation("cacheBehaviors", severityWarning, problem,
					"Have the quota raised before you deploy, make a second SecureFunctionUrl, "+
						"or let one function route more paths behind a wider pattern.", place{in, id}))
			}
		}
	}
	for _, kind := range policyKinds {
		byAccount := map[string][]place{} // all stacks without an account count as one account
		var accounts []string
		for _, in := range t.all {
			for _, id := range in.ids(kind.resourceType) {
				if byAccount[in.account] == nil {
					accounts = append(accounts, in.account)
				}
				byAccount[in.account] = append(byAccount[in.account], place{in, id})
			}
		}
		for _, account := range accounts {
			if all := byAccount[account]; len(all) > maxPolicies {
				problem := fmt.Sprintf("The app has %d %s in an account, and CloudFront's default quota is %d, "+
					"those of other apps included.", len(all), kind.name, maxPolicies)
				found = append(found, violation("policyQuota", severityWarning, problem,
					"Have the quota raised before you deploy, or make one policy and pass it to all that may share it.",
					all[maxPolicies:]...))
			}
		}
	}
	return found
}
