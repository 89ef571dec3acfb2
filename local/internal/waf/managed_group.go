package waf

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
)

// commonRuleSet is the only managed rule group of which rules are simulated.
const commonRuleSet = "AWSManagedRulesCommonRuleSet"

// commonRules are the rules of the common rule set that a request's sizes and its User-Agent decide, with their
// documented limits in bytes. All of them block (AWS WAF Developer Guide, aws-managed-rule-groups-baseline, which
// describes the newest version of the group).
var commonRules = []struct {
	name      string
	statement statement
}{
	{"NoUserAgent_HEADER", noUserAgent{}},
	{"SizeRestrictions_QUERYSTRING", larger{query, 2048}},
	{"SizeRestrictions_Cookie_HEADER", larger{header("Cookie"), 10240}},
	{"SizeRestrictions_BODY", largerBody(8192)},
	{"SizeRestrictions_URIPATH", larger{uriPath, 1024}},
}

// managedGroup compiles a rule whose statement is a managed rule group into the rules of the group that are simulated.
// Each has the group's scope-down statement, and the action that the web ACL gives it.
func (c *compiler) managedGroup(config ruleConfig, document json.RawMessage) ([]*rule, error) {
	var group managedRuleGroup
	if err := json.Unmarshal(document, &group); err != nil {
		return nil, fmt.Errorf("ManagedRuleGroupStatement: %w", err)
	}
	name := "managed rule group " + group.VendorName + "/" + group.Name
	if group.VendorName != "AWS" || group.Name != commonRuleSet {
		c.lacks(config.Name, name)
		return nil, nil
	}
	scope, err := c.scopeDown(config.Name, group.ScopeDownStatement)
	if err != nil {
		return nil, err
	}
	c.lacks(config.Name, name+", but for its rules of sizes and of a missing User-Agent")
	var rules []*rule
	for _, common := range commonRules {
		compiled := &rule{
			name:      common.name + " of " + config.Name,
			statement: and{scope, common.statement},
		}
		if err := c.overridden(compiled, common.name, config, group); err != nil {
			return nil, fmt.Errorf("RuleActionOverrides: %s: %w", common.name, err)
		}
		rules = append(rules, compiled)
	}
	return rules, nil
}

// overridden gives a rule of a group its action: Block, unless the web ACL overrides the action of the rule or of the
// whole group (AWS WAF Developer Guide, web-acl-rule-group-override-options). CAPTCHA and Challenge, which answer a
// request without a token themselves, block here.
func (c *compiler) overridden(compiled *rule, name string, config ruleConfig, group managedRuleGroup) error {
	use := action{Block: &blockConfig{}}
	if slices.ContainsFunc(group.ExcludedRules, func(excluded namedRule) bool { return excluded.Name == name }) {
		use = action{Count: &customRequest{}}
	}
	for _, override := range group.RuleActionOverrides {
		if override.Name == name {
			use = override.ActionToUse
		}
	}
	if config.OverrideAction.Count != nil {
		use = action{Count: &customRequest{}}
	}
	if use.Captcha != nil || use.Challenge != nil {
		c.lacks(config.Name, "action CAPTCHA or Challenge of "+name+": it blocks here")
		use = action{Block: &blockConfig{}}
	}
	return c.act(compiled, config.Name, use)
}

// noUserAgent matches a request without a User-Agent, or with an empty one.
type noUserAgent struct{}

func (noUserAgent) matches(r *http.Request, _ netip.Addr) bool {
	return header("User-Agent")(r) == ""
}

// larger matches a request of which a part has more than limit bytes, as the client sent it.
type larger struct {
	part  field
	limit int
}

func (s larger) matches(r *http.Request, _ netip.Addr) bool {
	return len(s.part(r)) > s.limit
}
