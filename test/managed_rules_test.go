package test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// overrides are the actions that a group's statement sets for its rules, by the rule's name.
func overrides(t *testing.T, acl map[string]any, group string) map[string]string {
	t.Helper()
	found := map[string]string{}
	list, _ := groupStatement(t, acl, group)["RuleActionOverrides"].([]any)
	for _, override := range list {
		override := override.(map[string]any)
		for action := range override["ActionToUse"].(map[string]any) {
			found[fmt.Sprint(override["Name"])] = action
		}
	}
	if len(found) != len(list) {
		t.Errorf("a rule is overridden twice: %v", list)
	}
	return found
}

// groupStatement is an ACL's statement of a managed group.
func groupStatement(t *testing.T, acl map[string]any, group string) map[string]any {
	t.Helper()
	for _, rule := range properties(acl)["Rules"].([]any) {
		statement := inside(rule.(map[string]any), "Statement", "ManagedRuleGroupStatement")
		if statement["Name"] == group {
			return statement
		}
	}
	t.Fatalf("no group %s", group)
	return nil
}

// TestGoodFaith checks the rules of the common rule set that requests of an API's clients match. AWS's rules are not at
// hand. So the rule of each request comes from the WAF Developer Guide (aws-managed-rule-groups-baseline).
func TestGoodFaith(t *testing.T) {
	rows := []struct {
		request, rule     string
		byDefault, strict bool // blocked
	}{
		{"?redirect_uri=http://localhost:4200", "EC2MetaDataSSRF_QUERYARGUMENTS", false, true},
		{"?callback=http://192.0.2.7/done", "GenericRFI_QUERYARGUMENTS", false, true},
		{"a body with http://169.254.169.254/", "EC2MetaDataSSRF_BODY", false, true},
		{"a body with ../../etc/passwd", "GenericLFI_BODY", false, true},
		{"a body with http://192.0.2.7/x.php", "GenericRFI_BODY", false, true},
		{"a body with <script>", "CrossSiteScripting_BODY", false, true},
		{"a body of 9,000 B", "SizeRestrictions_BODY", false, false},
		{"no User-Agent", "NoUserAgent_HEADER", false, true},
		{"3,000 B of query", "SizeRestrictions_QUERYSTRING", false, true},
		{"11 KB of cookies", "SizeRestrictions_Cookie_HEADER", false, true},
		{"1,100 B of path", "SizeRestrictions_URIPATH", true, true},
		{"User-Agent: nessus", "UserAgent_BadBots_HEADER", true, true},
		{"?file=app.log", "RestrictedExtensions_QUERYARGUMENTS", true, true},
		{"/backup.ini", "RestrictedExtensions_URIPATH", true, true},
		{"?file=../../etc/passwd", "GenericLFI_QUERYARGUMENTS", true, true},
		{"/..%2f..%2fetc/passwd", "GenericLFI_URIPATH", true, true},
		{"?q=<script>", "CrossSiteScripting_QUERYARGUMENTS", true, true},
		{"a cookie with <script>", "CrossSiteScripting_COOKIE", true, true},
		{"a cookie with http://169.254.169.254/", "EC2MetaDataSSRF_COOKIE", true, true},
		{"/http://169.254.169.254/", "EC2MetaDataSSRF_URIPATH", true, true},
		{"/http://192.0.2.7/x.php", "GenericRFI_URIPATH", true, true},
		{"/<script>", "CrossSiteScripting_URIPATH", true, true},
	}
	for _, region := range regions {
		_, lenient := webAclIn(t, region, nil)
		_, strict := webAclIn(t, region, &furl.WebAclProps{Strict: true})
		counted := overrides(t, lenient, "AWSManagedRulesCommonRuleSet")
		countedStrictly := overrides(t, strict, "AWSManagedRulesCommonRuleSet")
		for _, row := range rows {
			if got := counted[row.rule] != "Count"; got != row.byDefault {
				t.Errorf("%s: %s, by default: blocked %v", region, row.request, got)
			}
			if got := countedStrictly[row.rule] != "Count"; got != row.strict {
				t.Errorf("%s: %s, strict: blocked %v", region, row.request, got)
			}
		}
		if len(counted) != 10 || len(countedStrictly) != 1 {
			t.Errorf("%s: overridden are %v, and strictly %v", region, counted, countedStrictly)
		}
		for _, acl := range []map[string]any{lenient, strict} {
			for _, group := range groupsNamed("KnownBadInputsRuleSet AmazonIpReputationList") {
				if found := overrides(t, acl, group.Name); len(found) != 0 {
					t.Errorf("%s: %s does not block %v", region, group.Name, found)
				}
			}
		}
	}
}

// TestCountRules checks the names in CountRules. WAF ignores a name that no rule has. So a name close to a rule's is
// refused, and any other unknown name gives a warning.
func TestCountRules(t *testing.T) {
	rows := []struct {
		name, why   string
		group, rule string
		means       string // the refusal names it
		warns       bool
	}{
		{name: "right", why: "it is a rule", group: "Common", rule: "SizeRestrictions_BODY"},
		{name: "oddly written", why: "AWS writes Cookie so", group: "Common", rule: "SizeRestrictions_Cookie_HEADER"},
		{
			name: "a letter too few", why: "misspelt",
			group: "Common", rule: "SizeRestriction_BODY", means: "SizeRestrictions_BODY",
		},
		{
			name: "a letter too many", why: "misspelt",
			group: "Common", rule: "NoUserAgents_HEADER", means: "NoUserAgent_HEADER",
		},
		{name: "two swapped", why: "misspelt", group: "Common", rule: "GenericLIF_BODY", means: "GenericLFI_BODY"},
		{
			name: "three edits", why: "misspelt",
			group: "KnownBadInputs", rule: "Log4RCE_QUERYSTRI", means: "Log4JRCE_QUERYSTRING",
		},
		{name: "spaces", why: "misspelt", group: "Common", rule: " NoUserAgent_HEADER ", means: "NoUserAgent_HEADER"},
		{
			name: "another case", why: "names are case-sensitive",
			group: "Common", rule: "SizeRestrictions_COOKIE_HEADER", means: "SizeRestrictions_Cookie_HEADER",
		},
		{
			name: "a label's case", why: "labels are written otherwise",
			group: "Common", rule: "NoUserAgent_Header", means: "NoUserAgent_HEADER",
		},
		{
			name: "another case and misspelt", why: "both",
			group: "Common", rule: "crosssitescriptin_body", means: "CrossSiteScripting_BODY",
		},
		{name: "SQL", why: "all groups have names", group: "SQLi", rule: "SQLI_COOKIES", means: "SQLi_COOKIE"},
		{name: "Linux", why: "all groups have names", group: "Linux", rule: "LFI_URI_PATH", means: "LFI_URIPATH"},
		{
			name: "Unix", why: "all groups have names",
			group: "Unix", rule: "UnixShellCommandsVariable_BODY", means: "UNIXShellCommandsVariables_BODY",
		},
		{
			name: "Windows", why: "all groups have names",
			group: "Windows", rule: "PowershellCommand_BODY", means: "PowerShellCommands_BODY",
		},
		{
			name: "PHP", why: "all groups have names",
			group: "PHP", rule: "PHPHighRiskMethodVariables_BODY", means: "PHPHighRiskMethodsVariables_BODY",
		},
		{
			name: "WordPress", why: "all groups have names",
			group: "WordPress", rule: "WordPressExploitablePath_URIPATH", means: "WordPressExploitablePaths_URIPATH",
		},
		{
			name: "administration", why: "all groups have names",
			group: "AdminProtection", rule: "AdminProtect_URIPATH", means: "AdminProtection_URIPATH",
		},
		{name: "new", why: "AWS adds rules", group: "KnownBadInputs", rule: "NextJSRCE_HEADER", warns: true},
		{name: "of an old version", why: "Version may pin it", group: "KnownBadInputs", rule: "Log4JRCE", warns: true},
		{
			name: "of another group", why: "WAF ignores it",
			group: "KnownBadInputs", rule: "SizeRestrictions_BODY", warns: true,
		},
		{name: "four edits", why: "it may be new", group: "Common", rule: "EC2MetaDataSSRF_HEAD", warns: true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			groups := groupsNamed(row.group + "RuleSet")
			groups[0].CountRules = []string{row.rule}
			if row.group != "KnownBadInputs" {
				groups = append(groups, groupsNamed("KnownBadInputsRuleSet")...)
			}
			expectCountRules(t, groups, row.means, row.warns)
		})
	}
	for _, address := range []struct{ list, rule, means string }{
		{"AnonymousIpList", "AnonymousIpList", "AnonymousIPList"},
		{"AmazonIpReputationList", "AWSManagedIPDDOSLists", "AWSManagedIPDDoSList"},
		{"AmazonIpReputationList", "AWSManagedIPDDoSList", ""},
	} {
		t.Run("addresses "+address.rule, func(t *testing.T) {
			groups := groupsNamed(address.list + " KnownBadInputsRuleSet")
			groups[0].CountRules = []string{address.rule}
			expectCountRules(t, groups, address.means, false)
		})
	}
	t.Run("a rule twice", func(t *testing.T) {
		groups := groupsNamed("KnownBadInputsRuleSet")
		groups[0].CountRules = []string{"Log4JRCE_BODY", "NewRule", "Log4JRCE_HEADER", "NewRule"}
		message := refusedGroups(t, groups)
		expectText(t, message, "CountRules of AWSManagedRulesKnownBadInputsRuleSet", `"NewRule" stands there twice`)
	})
	t.Run("a token", func(t *testing.T) {
		groups := groupsNamed("CommonRuleSet")
		groups[0].CountRules = []string{*awscdk.Fn_Ref(jsii.String("Rule"))}
		message := refusedGroups(t, groups)
		expectText(t, message, "CountRules of AWSManagedRulesCommonRuleSet", "known at deployment only")
	})
}

// expectCountRules wants the first group's rule on count. With means, it wants a refusal that suggests this name.
func expectCountRules(t *testing.T, groups []furl.ManagedRuleGroup, means string, warns bool) {
	t.Helper()
	group, rule := groups[0].Name, groups[0].CountRules[0]
	if means != "" {
		place := `furl.WebAcl at "Demo/Acl": CountRules of ` + group
		expectText(t, refusedGroups(t, groups), place, fmt.Sprintf("%q", rule), fmt.Sprintf("write %q", means))
		return
	}
	edge, acl := webAclIn(t, "us-east-1", &furl.WebAclProps{ManagedRuleGroups: groups})
	if overrides(t, acl, group)[rule] != "Count" {
		t.Error("it is not on count")
	}
	expectWarnings(t, edge, warns, "furl:managedRule", rule, group)
}

// refusedGroups is the message by which an ACL with these groups is refused.
func refusedGroups(t *testing.T, groups []furl.ManagedRuleGroup) string {
	t.Helper()
	stack := newStack(newApp(t), "Demo", "us-east-1")
	return refusal(t, func() {
		furl.NewWebAcl(stack, jsii.String("Acl"), &furl.WebAclProps{ManagedRuleGroups: groups})
	})
}

// expectWarnings wants one warning with these words and this id, or none. The id is for acknowledging the warning.
func expectWarnings(t *testing.T, in *stack, one bool, id string, words ...string) {
	t.Helper()
	if !one {
		if len(in.messages) != 0 {
			t.Errorf("a warning for nothing: %v", in.messages)
		}
		return
	}
	if len(in.messages) != 1 || in.messages[0].level != "warning" {
		t.Fatalf("not one warning: %v", in.messages)
	}
	expectText(t, in.messages[0].text, append(words, "[ack: "+id+"]")...)
}

func TestKnownBadInputsLeftOut(t *testing.T) {
	rows := []struct {
		name, why string
		groups    []furl.ManagedRuleGroup
		warns     bool
	}{
		{"default", "they are in it", nil, false},
		{"listed", "they are in it", groupsNamed("CommonRuleSet KnownBadInputsRuleSet"), false},
		{"not listed", "a list takes the default's place", groupsNamed("CommonRuleSet SQLiRuleSet"), true},
		{"an empty list", "that is none", []furl.ManagedRuleGroup{}, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			edge, _ := webAclIn(t, "us-east-1", &furl.WebAclProps{ManagedRuleGroups: row.groups})
			expectWarnings(t, edge, row.warns, "furl:knownBadInputs", "AWSManagedRulesKnownBadInputsRuleSet", "Log4j")
		})
	}
}

func TestGroupVersion(t *testing.T) {
	rows := []struct {
		name, why      string
		group, version string
		refused        []string
	}{
		{"none", "AWS's default", "KnownBadInputsRuleSet", "", nil},
		{"one", "AWS names them so", "KnownBadInputsRuleSet", "Version_1.25", nil},
		{"a number", "WAF would refuse it", "KnownBadInputsRuleSet", "1.25", []string{`"1.25" is`, `"Version_1.5"`}},
		{"a word", "WAF would refuse it", "KnownBadInputsRuleSet", "latest", []string{`"latest"`}},
		{"another case", "WAF would refuse it", "KnownBadInputsRuleSet", "version_1.5", []string{`"version_1.5"`}},
		{"of addresses", "they have none", "AmazonIpReputationList", "Version_1.0", []string{"no versions"}},
		{"of other addresses", "they have none", "AnonymousIpList", "Version_1.0", []string{"no versions"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			groups := groupsNamed(row.group)
			groups[0].Version = row.version
			if row.refused != nil {
				expectText(t, refusedGroups(t, groups), append(row.refused, "Version of "+groups[0].Name)...)
				return
			}
			_, acl := webAclIn(t, "us-east-1", &furl.WebAclProps{ManagedRuleGroups: groups})
			version, _ := groupStatement(t, acl, groups[0].Name)["Version"].(string)
			if version != row.version {
				t.Errorf("version %q", version)
			}
		})
	}
	t.Run("a token", func(t *testing.T) {
		app := newApp(t)
		stack := newStack(app, "Demo", "us-east-1")
		groups := groupsNamed("KnownBadInputsRuleSet")
		groups[0].Version = *awscdk.NewCfnParameter(stack, jsii.String("Version"), nil).ValueAsString()
		furl.NewWebAcl(stack, jsii.String("Acl"), &furl.WebAclProps{ManagedRuleGroups: groups})
		_, acl := synth(t, app).stack(t, "Demo").only(t, "AWS::WAFv2::WebACL")
		version := groupStatement(t, acl, groups[0].Name)["Version"]
		if fmt.Sprint(version) != "map[Ref:Version]" {
			t.Errorf("version %v", version)
		}
	})
}
