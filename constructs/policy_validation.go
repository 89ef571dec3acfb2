package furl

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// policyValidation reports problems that only the written templates of the whole app show. CDK calls it at the end
// of a synthesis, and the synthesis fails where the report does.
type policyValidation struct {
	_ byte // jsii tells objects by their addresses, and Go may give objects without a size one address
}

// validationKey marks an app that has the validation.
const validationKey = "furl:validation"

// validateAtSynthesis registers the validation once for all stacks and Stages of the app.
func validateAtSynthesis(construct constructs.IConstruct) {
	root := construct.Node().Root()
	if !*awscdk.Stage_IsStage(root) || hasMetadata(root, validationKey) {
		return
	}
	root.Node().AddMetadata(jsii.String(validationKey), true, nil)
	awscdk.Validations_Of(root).AddPlugins(&policyValidation{})
}

// hasMetadata reports whether a construct has an entry of that type.
func hasMetadata(construct constructs.IConstruct, key string) bool {
	return slices.ContainsFunc(*construct.Node().Metadata(), func(entry *constructs.MetadataEntry) bool {
		return *entry.Type == key
	})
}

// Name is Furl's name in the report. It is the first half of the ids by which a rule is acknowledged.
func (*policyValidation) Name() *string { return jsii.String("furl") }

// Version is nil, since the report shows the rules and not the release that has them.
func (*policyValidation) Version() *string { return nil }

// RuleIds are nil, since CDK would use them for analytics only.
func (*policyValidation) RuleIds() *[]*string { return nil }

// Validate is called by CDK. A panic in it fails the synthesis.
func (*policyValidation) Validate(context awscdk.IPolicyValidationContext) *awscdk.PolicyValidationPluginReport {
	t, err := readTemplates(context.AppConstruct(), *context.StackTemplates())
	if err != nil {
		panic(err)
	}
	violations := slices.Concat(t.wipedPolicies(), t.largePolicies(), t.overQuota(),
		t.secondAcls(), t.lostAuthorizers(), t.authorizerCycles())
	// CDK fails on Success alone, and does not look at the severities.
	success := !slices.ContainsFunc(violations, func(found *awscdk.PolicyViolation) bool {
		return *found.Severity != severityWarning
	})
	return &awscdk.PolicyValidationPluginReport{Success: &success, Violations: &violations}
}

const (
	severityFatal   = "fatal"   // cannot be acknowledged
	severityError   = "error"   // fails the synthesis until it is acknowledged
	severityWarning = "warning" // is printed
)

// violation is a line of the report. CDK drops a line without a resource.
func violation(rule, severity, problem, remedy string, at ...place) *awscdk.PolicyViolation {
	var resources []*awscdk.PolicyViolatingResource
	for _, place := range at {
		resources = append(resources, &awscdk.PolicyViolatingResource{
			TemplatePath: jsii.String(place.in.file), ResourceLogicalId: jsii.String(place.id), Locations: &[]*string{},
		})
	}
	return &awscdk.PolicyViolation{
		RuleName: jsii.String(rule), Severity: jsii.String(severity),
		Description: jsii.String(problem), Fix: jsii.String(remedy), ViolatingResources: &resources,
	}
}
