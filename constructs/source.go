package furl

import (
	"regexp"
	"slices"
	"strings"
)

// callSource is what a Lambda permission can say of a call beside its principal. A nil field says nothing.
type callSource struct{ arn, account, organization *string }

// checkSource refuses a service that any AWS customer could make call, since its principal is the same for all of
// them (IAM User Guide, confused-deputy). That page has aws:SourceOrgID and aws:SourceOrgPaths too. A Lambda
// permission has no field for these.
func (i *invoker) checkSource() {
	source := i.callSource()
	narrow := source.account != nil || source.arn != nil &&
		!slices.ContainsFunc(readings(i.stack.Resolve(source.arn)), spansAccounts)
	if narrow && !strings.Contains(i.conditionsText, "AWS::NoValue") { // NoValue is no source at all
		return
	}
	i.refuse(i.text()+" calls for every AWS customer, so the resources of other accounts could call this URL as well",
		`add a condition that says for what or for whom it calls, with WithConditions: {"ArnLike": {"aws:SourceArn": `+
			`<one resource's ARN>}} or {"StringEquals": {"aws:SourceAccount": <your account>}}`)
}

// spansAccounts reports whether a pattern matches the ARNs of more than one account. Some ARNs have no account in
// them, such as those of buckets. A pattern of these matches other customers' as well. A whole ARN that only the
// deployment knows names one resource.
func spansAccounts(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return !strings.Contains(arn, deploymentMark) || strings.ContainsAny(arn, "*?")
	}
	account, resource := parts[4], parts[5]
	return strings.ContainsAny(account, "*?") || account == "" && strings.ContainsAny(resource, "*?")
}

// deploymentMark stands for each part of a text that only the deployment knows.
const deploymentMark = "{}"

var unknownPattern = regexp.MustCompile(regexp.QuoteMeta(unknownMark) + "[0-9a-f]+}")

// readings are the texts that a resolved value may be, as far as synthesis knows them.
func readings(value any) []string {
	var all []string
	for _, choice := range choices(value) {
		text := (&templates{}).text(&template{}, choice)
		all = append(all, unknownPattern.ReplaceAllLiteralString(text, deploymentMark))
	}
	return all
}

// callSource reads the conditions as fields of a Lambda permission. It refuses all others, since the statement
// would stand there without them. CDK drops a list of values without a word.
func (i *invoker) callSource() (source callSource) {
	for operator, keys := range i.conditions {
		block, ok := keys.(map[string]any)
		if !ok {
			i.refuseCondition(operator, "(a token)")
		}
		for key, value := range block {
			field, text := source.field(operator, key), oneText(value)
			if field == nil || *field != nil || text == nil {
				i.refuseCondition(operator, key)
			}
			*field = text
		}
	}
	if source.organization != nil && (source.arn != nil || source.account != nil) {
		i.refuse("its conditions have aws:PrincipalOrgID beside a source, and a Lambda permission has one of the two",
			"leave one of them out")
	}
	return source
}

// field is where a condition goes. It is nil where a permission has no field for the condition. Condition keys are
// not case-sensitive (IAM User Guide, reference_policies_elements_condition). The operators are those that Lambda
// writes (Lambda API Reference, AddPermission), and ArnEquals. ArnEquals is the same as ArnLike
// (reference_policies_elements_condition_operators).
func (s *callSource) field(operator, key string) **string {
	switch operator + " " + strings.ToLower(key) {
	case "ArnLike aws:sourcearn", "ArnEquals aws:sourcearn":
		return &s.arn
	case "StringEquals aws:sourceaccount":
		return &s.account
	case "StringEquals aws:principalorgid":
		return &s.organization
	}
	return nil
}

// oneText is a condition's value where it is one text, alone or in a list. Otherwise it is nil.
func oneText(value any) *string {
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	if text, ok := value.(string); ok {
		return &text
	}
	return nil
}
