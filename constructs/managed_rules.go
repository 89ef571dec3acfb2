package furl

import (
	"slices"
	"strings"
)

const (
	commonRuleSet  = "AWSManagedRulesCommonRuleSet"
	knownBadInputs = "AWSManagedRulesKnownBadInputsRuleSet"
	ipReputation   = "AWSManagedRulesAmazonIpReputationList"
)

// managedGroup is one of AWS's groups of rules.
type managedGroup struct {
	capacity    int // in an ACL's capacity units
	unversioned bool
	rules       []string
}

// managedGroups are the groups that work without settings, by name. The rules are those of three pages of the WAF
// Developer Guide. The page aws-managed-rule-groups-baseline is as of 26 Sep 2026. The page
// aws-managed-rule-groups-use-case is as of 2025, with names that two public repositories took from it in 2026. The
// page aws-managed-rule-groups-ip-rep is as of 2026. AWS adds rules, and another version of a group may have
// others.
var managedGroups = map[string]managedGroup{
	commonRuleSet: {capacity: 700, rules: []string{
		"NoUserAgent_HEADER", "UserAgent_BadBots_HEADER",
		"SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_BODY",
		"SizeRestrictions_URIPATH",
		"EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_QUERYARGUMENTS",
		"GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH", "GenericLFI_BODY",
		"RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS",
		"GenericRFI_QUERYARGUMENTS", "GenericRFI_BODY", "GenericRFI_URIPATH",
		"CrossSiteScripting_COOKIE", "CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_BODY",
		"CrossSiteScripting_URIPATH",
	}},
	"AWSManagedRulesAdminProtectionRuleSet": {capacity: 100, rules: []string{"AdminProtection_URIPATH"}},
	knownBadInputs: {capacity: 200, rules: []string{
		"JavaDeserializationRCE_HEADER", "JavaDeserializationRCE_BODY", "JavaDeserializationRCE_URIPATH",
		"JavaDeserializationRCE_QUERYSTRING", "Host_localhost_HEADER", "PROPFIND_METHOD", "ExploitablePaths_URIPATH",
		"Log4JRCE_HEADER", "Log4JRCE_QUERYSTRING", "Log4JRCE_BODY", "Log4JRCE_URIPATH", "ReactJSRCE_BODY",
	}},
	"AWSManagedRulesSQLiRuleSet": {capacity: 200, rules: []string{
		"SQLi_QUERYARGUMENTS", "SQLiExtendedPatterns_QUERYARGUMENTS", "SQLi_BODY", "SQLiExtendedPatterns_BODY",
		"SQLiExtendedPatterns_HEADER", "SQLiExtendedPatterns_URIPATH", "SQLi_COOKIE", "SQLi_URIPATH",
	}},
	"AWSManagedRulesLinuxRuleSet": {capacity: 200, rules: []string{"LFI_URIPATH", "LFI_QUERYSTRING", "LFI_HEADER"}},
	"AWSManagedRulesUnixRuleSet": {capacity: 100, rules: []string{
		"UNIXShellCommandsVariables_QUERYSTRING", "UNIXShellCommandsVariables_BODY",
		"UNIXShellCommandsVariables_HEADER",
	}},
	"AWSManagedRulesWindowsRuleSet": {capacity: 200, rules: []string{
		"WindowsShellCommands_COOKIE", "WindowsShellCommands_HEADER", "WindowsShellCommands_QUERYARGUMENTS",
		"WindowsShellCommands_QUERYSTRING", "WindowsShellCommands_URIPATH", "WindowsShellCommands_BODY",
		"PowerShellCommands_COOKIE", "PowerShellCommands_QUERYARGUMENTS", "PowerShellCommands_BODY",
	}},
	"AWSManagedRulesPHPRuleSet": {capacity: 100, rules: []string{
		"PHPHighRiskMethodsVariables_HEADER", "PHPHighRiskMethodsVariables_QUERYSTRING",
		"PHPHighRiskMethodsVariables_BODY", "PHPHighRiskMethodsVariables_URIPATH",
	}},
	"AWSManagedRulesWordPressRuleSet": {capacity: 100, rules: []string{
		"WordPressExploitableCommands_QUERYSTRING", "WordPressExploitablePaths_URIPATH",
	}},
	// Groups of addresses have no versions (WAF Developer Guide, aws-managed-rule-groups-ip-rep).
	ipReputation: {capacity: 25, unversioned: true, rules: []string{
		"AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList",
	}},
	"AWSManagedRulesAnonymousIpList": {capacity: 50, unversioned: true, rules: []string{
		"AnonymousIPList", "HostingProviderIPList",
	}},
}

// goodFaithRules are the rules of the common rule set that an API's clients set off, beside those for bodies. HTTP
// libraries send no User-Agent. Queries grow over 2,048 B and cookies over 10,240 B. A redirect_uri points to
// localhost or to an address.
var goodFaithRules = []string{
	"NoUserAgent_HEADER", "SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER",
	"EC2MetaDataSSRF_QUERYARGUMENTS", "GenericRFI_QUERYARGUMENTS",
}

// defaultGroups are an ACL's groups where none are listed. Strict counts one rule only, for bodies over 8 KB.
func defaultGroups(strict bool) []ManagedRuleGroup {
	var counted []string
	for _, rule := range managedGroups[commonRuleSet].rules {
		forBodies := strings.HasSuffix(rule, "_BODY")
		if rule == "SizeRestrictions_BODY" || !strict && (forBodies || slices.Contains(goodFaithRules, rule)) {
			counted = append(counted, rule)
		}
	}
	return []ManagedRuleGroup{
		{Name: knownBadInputs}, {Name: ipReputation}, {Name: commonRuleSet, CountRules: counted},
	}
}

// nearestRule finds the rule that a name means. It is the nearest one within three edits. Case is no edit. It gives ""
// for a name that is further from all rules, since AWS may have added such a rule.
func nearestRule(name string, rules []string) string {
	nearest, fewest := "", 4
	for _, rule := range rules {
		if edits := editsBetween(strings.ToLower(name), strings.ToLower(rule)); edits < fewest {
			nearest, fewest = rule, edits
		}
	}
	return nearest
}

// editsBetween counts the bytes to insert, delete or replace that make one string of another (Levenshtein's distance).
func editsBetween(a, b string) int {
	row := make([]int, len(b)+1) // row[j] is the distance from the start of a, as far as it is read, to b[:j].
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
