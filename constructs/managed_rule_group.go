package furl

import (
	"fmt"
	"slices"
	"strings"
)

// ManagedRuleGroup is one of AWS's managed rule groups in a [WebAcl], in its default version.
type ManagedRuleGroup struct {
	// Name such as AWSManagedRulesSQLiRuleSet, of the baseline, use-case and IP reputation groups in the WAF Developer
	// Guide, aws-managed-rule-groups-list. Groups that take settings or cost extra (bot control, account takeover) need an
	// ACL of one's own, passed as WebAclArn.
	Name string

	// CountRules are rules of the group that shall count what they match, not block it.
	//
	// Default: none, every rule does what the group says.
	CountRules []string
}

// managedCapacity is what each known group takes of an ACL's capacity
// (WAF Developer Guide, aws-managed-rule-groups-baseline, -use-case and -ip-rep).
var managedCapacity = map[string]int{
	"AWSManagedRulesAdminProtectionRuleSet": 100,
	"AWSManagedRulesAmazonIpReputationList": 25,
	"AWSManagedRulesAnonymousIpList":        50,
	"AWSManagedRulesCommonRuleSet":          700,
	"AWSManagedRulesKnownBadInputsRuleSet":  200,
	"AWSManagedRulesLinuxRuleSet":           200,
	"AWSManagedRulesPHPRuleSet":             100,
	"AWSManagedRulesSQLiRuleSet":            200,
	"AWSManagedRulesUnixRuleSet":            100,
	"AWSManagedRulesWindowsRuleSet":         200,
	"AWSManagedRulesWordPressRuleSet":       100,
}

// maxManagedCapacity leaves room in the 1,500 units that an ACL's price includes for our own rules: 4 IP sets, the
// statements that join them, and the rate rule.
const maxManagedCapacity = 1_480

func managedRuleGroups(at site, groups []ManagedRuleGroup) []ManagedRuleGroup {
	if groups == nil {
		return []ManagedRuleGroup{
			{Name: "AWSManagedRulesKnownBadInputsRuleSet"},
			{Name: "AWSManagedRulesAmazonIpReputationList"},
			{Name: "AWSManagedRulesCommonRuleSet", CountRules: []string{"SizeRestrictions_BODY"}},
		}
	}
	capacity := 0
	var seen []string
	for _, group := range groups {
		units, known := managedCapacity[group.Name]
		if !known {
			at.refuse("ManagedRuleGroups", fmt.Sprintf("%q is not a group that works without settings", group.Name), "write one of "+knownGroups()+", or make the ACL yourself and pass its ARN as WebAclArn")
		}
		if slices.Contains(seen, group.Name) {
			at.refuse("ManagedRuleGroups", group.Name+" stands there twice", "list each group once")
		}
		seen = append(seen, group.Name)
		capacity += units
	}
	if capacity > maxManagedCapacity {
		at.refuse("ManagedRuleGroups", fmt.Sprintf("the groups take %d capacity units, and over %d an ACL costs extra", capacity, maxManagedCapacity), "leave one out, or make the ACL yourself and pass its ARN as WebAclArn")
	}
	return groups
}

func knownGroups() string {
	names := make([]string, 0, len(managedCapacity))
	for name := range managedCapacity {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
