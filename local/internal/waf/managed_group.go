package waf

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
)

// commonRuleSet is the only managed rule group with simulated rules.
const commonRuleSet = "AWSManagedRulesCommonRuleSet"

// commonRules are the simulated rules of the common rule set. They judge the User-Agent and sizes in bytes. All
// of them block. The limits are those of the newest version of the group (AWS WAF Developer Guide,
// aws-managed-rule-groups-baseline).
var commonRules = []struct {
	name      string
	statement statement
}{
	{"NoUserAgent_HEADER", noUserAgent{}},
	{"SizeRestrictions_QUERYSTRING", largerPart{query, 2048}},
	{"SizeRestrictions_Cookie_HEADER", largerPart{header("Cookie"), 10240}},
	{"SizeRestrictions_BODY", largerBody(8192)},
	{"SizeRestrictions_URIPATH", largerPart{uriPath, 1024}},
}

// managedGroup compiles a managed rule group into the rules of the group that are simulated. Each rule has the
// group's scope-down statement, and the action that the web ACL gives it.
func (c *compiler) managedGroup(config ruleConfig, document json.RawMessage) ([]*rule, error) {
	var group managedRuleGroup
	if err := json.Unmarshal(document, &group); err != nil {
		return nil, fmt.Errorf("ManagedRuleGroupStatement: %w", err)
	}
	name := "managed rule group " + group.VendorName + "/" + group.Name
	if group.VendorName != "AWS" || group.Name != commonRuleSet {
		c.noteMissing(config.Name, name)
		return nil, nil
	}
	scope, err := c.scopeDown(config.Name, group.ScopeDownStatement)
	if err != nil {
		return nil, err
	}
	c.noteMissing(config.Name, name+", but for its rules of sizes and of a missing User-Agent")
	var rules []*rule
	for _, common := range commonRules {
		compiled := &rule{
			name:      common.name + " of " + config.Name,
			statement: and{scope, common.statement},
		}
		if err := c.setGroupAction(compiled, common.name, config, group); err != nil {
			return nil, fmt.Errorf("RuleActionOverrides: %s: %w", common.name, err)
		}
		rules = append(rules, compiled)
	}
	return rules, nil
}

// setGroupAction gives a rule of a group its action. The action is Block, unless the web ACL overrides it for the
// rule or for the whole group (AWS WAF Developer Guide, web-acl-rule-group-override-options). CAPTCHA and
// Challenge block here. On AWS they answer a request without a token themselves.
func (c *compiler) setGroupAction(compiled *rule, name string, config ruleConfig, group managedRuleGroup) error {
	actionToUse := action{Block: &blockConfig{}}
	if slices.ContainsFunc(group.ExcludedRules, func(excluded namedRule) bool { return excluded.Name == name }) {
		actionToUse = action{Count: &customRequest{}}
	}
	for _, override := range group.RuleActionOverrides {
		if override.Name == name {
			actionToUse = override.ActionToUse
		}
	}
	if config.OverrideAction.Count != nil {
		actionToUse = action{Count: &customRequest{}}
	}
	if actionToUse.Captcha != nil || actionToUse.Challenge != nil {
		c.noteMissing(config.Name, "action CAPTCHA or Challenge of "+name+": it blocks here")
		actionToUse = action{Block: &blockConfig{}}
	}
	return c.setAction(compiled, config.Name, actionToUse)
}

// noUserAgent matches a request without a User-Agent, or with an empty one.
type noUserAgent struct{}

func (noUserAgent) matches(r *http.Request, _ netip.Addr) bool {
	return header("User-Agent")(r) == ""
}

// largerPart matches a request with a part of more than limit bytes. They are counted as the client sent them.
type largerPart struct {
	part  field
	limit int
}

func (s largerPart) matches(r *http.Request, _ netip.Addr) bool {
	return len(s.part(r)) > s.limit
}
