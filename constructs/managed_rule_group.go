package furl

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// ManagedRuleGroup is one of AWS's managed rule groups in a [WebAcl].
type ManagedRuleGroup struct {
	// Name of the group, such as AWSManagedRulesSQLiRuleSet. It is one of the baseline, use-case and IP reputation
	// groups (WAF Developer Guide, aws-managed-rule-groups-list). Groups that take settings or cost extra (bot
	// control, account takeover) need an ACL that you make yourself. Pass that ACL as WebAclArn.
	Name string

	// CountRules are rules of the group that count the requests they match, and do not block them. Names are
	// case-sensitive. WAF ignores a name that no rule has, without a word (CloudFormation,
	// aws-properties-wafv2-webacl-managedrulegroupstatement). So a name is refused that differs from a rule in the
	// WAF Developer Guide by its case, or by up to three letters. Any other unknown name is a warning, since AWS
	// adds rules.
	//
	// Default: none. Every rule does as the group says.
	CountRules []string

	// ExceptPaths are paths that the group does not judge. "/webhooks/*" is every path that begins with
	// "/webhooks/". "/upload" is that path alone, without "/upload/". Without the slash, "/webhooks*" takes in
	// "/webhooksadmin" too. Letters are case-sensitive.
	//
	// WAF compares the decoded and normalised path, so neither "/webhooks/../admin" nor "/webhooks/%2e%2e/admin" is
	// exempt. But "/admin/../webhooks/x" is exempt, and a function behind origin access control may get it as it
	// was sent (docs/web-acl.md). Write paths decoded ("/a b", not "/a%20b"), in at most 200 bytes. All other rules
	// of the ACL judge these paths as before. Each path takes 22 of the ACL's 1,500 capacity units (WAF Developer
	// Guide, waf-rule-statement-type-string-match and waf-rule-statement-transformation).
	//
	// Default: none, the group judges every path.
	ExceptPaths []string

	// Version of the group, such as "Version_1.5". It stays until you change it. AWS lets versions expire after
	// notice. WAF then judges by the default version, and takes no update of the ACL that leaves the expired one in
	// it (WAF Developer Guide, waf-managed-rule-groups-versioning-lifecycle). Groups of addresses have no versions.
	//
	// Default: AWS's default version, which AWS moves on.
	Version string
}

// maxManagedCapacity leaves room for Furl's own rules in the 1,500 units that an ACL's price includes. Those are 4
// IP sets at 1 unit, and the rate rule at 2. Statements that join others take none.
const maxManagedCapacity = 1_480

// versionName is the form of AWS's names for its groups' versions.
var versionName = regexp.MustCompile(`^Version_\d+\.\d+$`)

// managedRuleGroups checks the groups that are listed. It gives the default groups where none are listed.
func managedRuleGroups(at site, props *WebAclProps) []ManagedRuleGroup {
	if props.ManagedRuleGroups == nil {
		return defaultGroups(props.Strict)
	}
	if props.Strict {
		at.refuse("Strict", "it is a setting of the default groups, and ManagedRuleGroups lists others",
			"leave Strict out, and name in CountRules the rules of a group that shall count")
	}
	capacity := 0
	var names []string
	for _, group := range props.ManagedRuleGroups {
		known, found := managedGroups[group.Name]
		if !found {
			at.refuse("ManagedRuleGroups", fmt.Sprintf("%q is not a group that works without settings", group.Name),
				"write one of "+knownGroups()+", or make the ACL yourself and pass its ARN as WebAclArn")
		}
		if slices.Contains(names, group.Name) {
			at.refuse("ManagedRuleGroups", group.Name+" stands there twice", "list each group once")
		}
		names = append(names, group.Name)
		group.checkVersion(at)
		group.checkCountRules(at)
		group.checkExceptPaths(at)
		capacity += known.capacity + exceptPathCapacity*len(group.ExceptPaths)
	}
	if capacity > maxManagedCapacity {
		at.refuse("ManagedRuleGroups",
			fmt.Sprintf("the groups and their ExceptPaths take %d capacity units, and over %d an ACL costs extra",
				capacity, maxManagedCapacity),
			"leave one out, join paths under one beginning, or make the ACL yourself and pass its ARN as WebAclArn")
	}
	return props.ManagedRuleGroups
}

func (g ManagedRuleGroup) checkVersion(at site) {
	field := "Version of " + g.Name
	switch {
	case g.Version == "":
	case managedGroups[g.Name].unversioned:
		at.refuse(field, "this group has no versions", "leave it out")
	case *awscdk.Token_IsUnresolved(jsii.String(g.Version)):
	case !versionName.MatchString(g.Version):
		at.refuse(field, fmt.Sprintf("%q is not the name of a version", g.Version), `write it as "Version_1.5"`)
	}
}

func (g ManagedRuleGroup) checkCountRules(at site) {
	field := "CountRules of " + g.Name
	for i, rule := range g.CountRules {
		if slices.Contains(g.CountRules[:i], rule) {
			at.refuse(field, fmt.Sprintf("%q stands there twice", rule), "list each rule once")
		}
	}
	for _, rule := range g.unknownRules() {
		if *awscdk.Token_IsUnresolved(jsii.String(rule)) {
			at.refuse(field, "a name is known at deployment only, and WAF ignores a wrong one without a word",
				"write the rule's name")
		}
		if meant := nearestRule(rule, managedGroups[g.Name].rules); meant != "" {
			at.refuse(field, fmt.Sprintf("%q is no rule of the group, and WAF would ignore it without a word", rule),
				fmt.Sprintf("write %q", meant))
		}
	}
}

// unknownRules are the CountRules that the WAF Developer Guide does not list for the group.
func (g ManagedRuleGroup) unknownRules() []string {
	return slices.DeleteFunc(slices.Clone(g.CountRules), func(rule string) bool {
		return slices.Contains(managedGroups[g.Name].rules, rule)
	})
}

func knownGroups() string {
	return strings.Join(slices.Sorted(maps.Keys(managedGroups)), ", ")
}
