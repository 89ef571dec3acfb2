package waf

import (
	"encoding/json"
	"fmt"
	"slices"
)

// overrides are the actions that a web ACL gives to single rules of a group (AWS WAF Developer Guide,
// web-acl-rule-group-override-options).
type overrides struct {
	ExcludedRules       []namedRule // the older form of an override to Count
	RuleActionOverrides []struct {
		Name        string
		ActionToUse action
	}
}

// apply returns the action of a group's rule, where own is the action that the group gives it.
func (o overrides) apply(rule string, own action) action {
	for _, override := range o.RuleActionOverrides {
		if override.Name == rule {
			return override.ActionToUse
		}
	}
	if slices.Contains(o.ExcludedRules, namedRule{rule}) {
		return action{Count: &customRequest{}}
	}
	return own
}

// unknown returns a name that no rule of a group has, or "". AWS WAF refuses such a name for a group in the account,
// and ignores it for a managed one (AWS WAF API Reference, API_RuleActionOverride).
func (o overrides) unknown(rules []ruleConfig) string {
	names := slices.Clone(o.ExcludedRules)
	for _, override := range o.RuleActionOverrides {
		names = append(names, namedRule{override.Name})
	}
	for _, name := range names {
		if !slices.ContainsFunc(rules, func(rule ruleConfig) bool { return rule.Name == name.Name }) {
			return name.Name
		}
	}
	return ""
}

// ruleGroup compiles a reference to an AWS::WAFv2::RuleGroup. Its rules have the label namespace and the custom
// response bodies of the group.
func (c *compiler) ruleGroup(kind string, config ruleConfig, document json.RawMessage) (*rule, error) {
	var reference struct {
		overrides
		Arn string // spelt so by CloudFormation
	}
	if err := decodeStatement(kind, document, &reference); err != nil {
		return nil, err
	}
	var group ruleGroup
	if err := c.part(kind, reference.Arn, &group); err != nil {
		return nil, err
	}
	if name := reference.unknown(group.Rules); name != "" {
		return nil, fmt.Errorf("RuleActionOverrides: the rule group has no rule %s", name)
	}
	for i, rule := range group.Rules {
		if rule.Action != nil {
			overridden := reference.apply(rule.Name, *rule.Action)
			group.Rules[i].Action = &overridden
		}
	}
	inner := *c
	inner.group, inner.namespace, inner.bodies = config.Name, labelNamespace(reference.Arn), group.CustomResponseBodies
	rules, err := inner.rules(group.Rules)
	c.notSimulated = inner.notSimulated
	if err != nil {
		return nil, err
	}
	return &rule{
		name: config.Name, statement: anyRequest{}, group: rules, countGroup: config.OverrideAction.Count != nil,
	}, nil
}
