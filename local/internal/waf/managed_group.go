package waf

import (
	"encoding/json"
	"fmt"
)

// modelGroup is a managed rule group with simulated rules.
type modelGroup struct {
	simulated string // describes the rules, for the line about the others
	namespace string
	rules     []modelRule
}

// modelRule is a simulated rule of a managed group. All of them block.
type modelRule struct {
	name, label string
	statement   statement
}

// modelGroups has the rules that AWS documents exactly, those of the newest versions (AWS WAF Developer Guide,
// aws-managed-rule-groups-baseline). Of all others AWS documents examples, lest attackers learn to avoid them.
var modelGroups = map[string]modelGroup{
	"AWSManagedRulesCommonRuleSet": {
		"its rules of sizes and of a missing User-Agent", "awswaf:managed:aws:core-rule-set:",
		[]modelRule{
			{"NoUserAgent_HEADER", "NoUserAgent_Header", noUserAgent{}},
			{"SizeRestrictions_QUERYSTRING", "SizeRestrictions_QueryString", largerPart{query, 2048}},
			{"SizeRestrictions_Cookie_HEADER", "SizeRestrictions_Cookie_Header", largerPart{cookieHeader, 10240}},
			{"SizeRestrictions_BODY", "SizeRestrictions_Body", largerBody(8192)},
			{"SizeRestrictions_URIPATH", "SizeRestrictions_URIPath", largerPart{uriPath, 1024}},
		},
	},
	"AWSManagedRulesKnownBadInputsRuleSet": {
		"PROPFIND_METHOD", "awswaf:managed:aws:known-bad-inputs:",
		[]modelRule{{"PROPFIND_METHOD", "Propfind_Method", propfind{}}},
	},
}

// managedGroup compiles the simulated rules of a managed rule group. They have the group's scope-down statement, and
// the actions that the web ACL gives them.
func (c *compiler) managedGroup(kind string, config ruleConfig, document json.RawMessage) (*rule, error) {
	var reference struct {
		overrides
		VendorName, Name   string
		ScopeDownStatement map[string]json.RawMessage
	}
	if err := json.Unmarshal(document, &reference); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	name := "managed rule group " + reference.VendorName + "/" + reference.Name
	model, known := modelGroups[reference.Name]
	if reference.VendorName != "AWS" || !known {
		return nil, notSimulatedError(name)
	}
	scope, err := c.scopeDown(config.Name, reference.ScopeDownStatement)
	if err != nil {
		return nil, err
	}
	c.noteMissing(config.Name, name+", but for "+model.simulated)
	compiled := &rule{name: config.Name, statement: scope, countGroup: config.OverrideAction.Count != nil}
	for _, ruleModel := range model.rules {
		inner := &rule{
			name:      ruleModel.name + " of " + config.Name,
			statement: ruleModel.statement,
			labels:    []string{model.namespace + ruleModel.label},
		}
		action := reference.apply(ruleModel.name, action{Block: &blockConfig{}})
		if err := c.setAction(inner, action); err != nil {
			return nil, fmt.Errorf("RuleActionOverrides: %s: %w", ruleModel.name, err)
		}
		compiled.group = append(compiled.group, inner)
	}
	return compiled, nil
}

// noUserAgent matches a request without a User-Agent, or with an empty one.
type noUserAgent struct{}

func (noUserAgent) matches(q *request) bool { return header(q, "User-Agent") == "" }

// propfind matches the method PROPFIND.
type propfind struct{}

func (propfind) matches(q *request) bool { return q.Method == "PROPFIND" }

// largerPart matches a request with a part of more than limit bytes. They are counted as the client sent them.
type largerPart struct {
	part  func(q *request) string
	limit int
}

func (s largerPart) matches(q *request) bool { return len(s.part(q)) > s.limit }

func cookieHeader(q *request) string { return header(q, "Cookie") }
