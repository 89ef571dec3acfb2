package waf

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// notSimulatedError says which part of a rule has no model here.
type notSimulatedError string

func (e notSimulatedError) Error() string { return string(e) }

// compiler compiles the configured rules of one web ACL, or of one rule group in it.
type compiler struct {
	config       Config
	bodies       map[string]responseBody
	bodyLimit    int      // bytes of a body that are inspected
	namespace    string   // of the labels that the rules add
	group        string   // the name of the rule that refers to the group, "" in a web ACL
	forwarded    []string // headers with clients' addresses that the rule being compiled needs
	notSimulated []string // of all rules so far
}

// noteMissing lists a part of a rule that is not simulated.
func (c *compiler) noteMissing(rule, part string) {
	c.notSimulated = append(c.notSimulated, "WAF rule "+rule+": "+part)
}

// part reads the resource of AWS WAF with this ARN, such as an IP set.
func (c *compiler) part(kind, arn string, into any) error {
	properties, ok := c.config.Parts[arn]
	if !ok {
		return notSimulatedError(kind + " of " + arn + ", which is not in the assembly")
	}
	if err := assembly.Decode(properties, into); err != nil {
		return fmt.Errorf("%s: read %s: %w", kind, arn, err)
	}
	return nil
}

// rules compiles rules in the order of their priority. A rule with a part that is not simulated is listed and left
// out.
func (c *compiler) rules(configs []ruleConfig) ([]*rule, error) {
	slices.SortStableFunc(configs, func(x, y ruleConfig) int { return cmp.Compare(x.Priority, y.Priority) })
	var rules []*rule
	for i, config := range configs {
		if i > 0 && configs[i-1].Priority == config.Priority {
			return nil, fmt.Errorf("rules %s and %s share priority %d: give each its own",
				configs[i-1].Name, config.Name, config.Priority)
		}
		name := config.Name
		if c.group != "" {
			name += " of " + c.group
		}
		c.forwarded = nil
		compiled, err := c.rule(name, config)
		var missing notSimulatedError
		switch {
		case errors.As(err, &missing):
			c.noteMissing(name, string(missing)+" (the rule is left out)")
		case err != nil:
			return nil, fmt.Errorf("rule %s: %w", name, err)
		default:
			compiled.forwarded = c.forwarded
			rules = append(rules, compiled)
		}
	}
	return rules, nil
}

func (c *compiler) rule(name string, config ruleConfig) (*rule, error) {
	if err := checkAction(config); err != nil {
		return nil, err
	}
	kind, document, err := statementKind(config.Statement)
	if err != nil {
		return nil, err
	}
	compiled := &rule{name: name}
	switch kind {
	case "ManagedRuleGroupStatement", "RuleGroupReferenceStatement":
		if c.group != "" {
			return nil, fmt.Errorf("a %s cannot be in a rule group", kind)
		}
		if kind == "RuleGroupReferenceStatement" {
			return c.ruleGroup(kind, config, document)
		}
		return c.managedGroup(kind, config, document)
	case "RateBasedStatement":
		compiled.statement, err = c.rateBasedStatement(kind, name, document)
	default:
		compiled.statement, err = c.statement(config.Statement)
	}
	if err != nil {
		return nil, err
	}
	if compiled.labels, err = c.labels(config.RuleLabels); err != nil {
		return nil, err
	}
	return compiled, c.setAction(compiled, *config.Action)
}

// statementKind returns the kind of a statement, which is its only key, and the document under this key.
func statementKind(config map[string]json.RawMessage) (kind string, document json.RawMessage, err error) {
	if len(config) != 1 {
		return "", nil, fmt.Errorf("a statement has exactly one kind, this one has %d", len(config))
	}
	for kind, document = range config {
	}
	return kind, document, nil
}

// checkAction checks the action of a rule as AWS WAF does. Rule groups take an OverrideAction, all other
// statements take an Action (AWS WAF Developer Guide, waf-rule-action).
func checkAction(config ruleConfig) error {
	_, managed := config.Statement["ManagedRuleGroupStatement"]
	_, own := config.Statement["RuleGroupReferenceStatement"]
	switch {
	case managed || own:
		if config.Action != nil || config.OverrideAction == nil || *config.OverrideAction == (overrideAction{}) {
			return errors.New("a rule group takes an OverrideAction (None or Count) and no Action")
		}
	case config.Action == nil || *config.Action == (action{}):
		return errors.New("has no Action: write Allow, Block or Count")
	case config.Action.Allow != nil && config.Statement["RateBasedStatement"] != nil:
		return errors.New("a rate-based rule cannot have the action Allow: write Block or Count")
	}
	return nil
}

// statement compiles a statement that may stand inside another one.
func (c *compiler) statement(config map[string]json.RawMessage) (statement, error) {
	kind, document, err := statementKind(config)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "IPSetReferenceStatement":
		return c.ipSetReference(kind, document)
	case "ByteMatchStatement":
		return c.byteMatch(kind, document)
	case "SizeConstraintStatement":
		return c.sizeConstraint(kind, document)
	case "RegexMatchStatement":
		return c.regexMatch(kind, document)
	case "RegexPatternSetReferenceStatement":
		return c.regexPatternSet(kind, document)
	case "GeoMatchStatement":
		return c.geoMatch(kind, document)
	case "LabelMatchStatement":
		return c.labelMatch(kind, document)
	case "AndStatement", "OrStatement", "NotStatement":
		return c.logicalStatement(kind, document)
	case "RateBasedStatement":
		return nil, errors.New("a RateBasedStatement stands alone: write a ScopeDownStatement instead of nesting it")
	case "ManagedRuleGroupStatement", "RuleGroupReferenceStatement":
		return nil, fmt.Errorf("a %s stands alone and cannot be nested", kind)
	}
	return nil, notSimulatedError(kind)
}

// scopeDown compiles the statement that narrows a rule down to some requests. A nil config narrows nothing. A
// statement that is not simulated is listed, and the rule then applies to every request.
func (c *compiler) scopeDown(rule string, config map[string]json.RawMessage) (statement, error) {
	if config == nil {
		return anyRequest{}, nil
	}
	forwarded := c.forwarded
	scope, err := c.statement(config)
	var missing notSimulatedError
	if errors.As(err, &missing) {
		c.forwarded = forwarded
		c.noteMissing(rule, fmt.Sprintf("its ScopeDownStatement (%s): here the rule applies to every request", missing))
		return anyRequest{}, nil
	}
	return scope, err
}

// logicalStatement compiles And, Or and Not. Not has one statement, the others have a list.
func (c *compiler) logicalStatement(kind string, document json.RawMessage) (statement, error) {
	var config struct {
		Statement  map[string]json.RawMessage
		Statements []map[string]json.RawMessage
	}
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	if kind == "NotStatement" {
		inner, err := c.statement(config.Statement)
		return not{inner}, err
	}
	if len(config.Statements) < 2 {
		return nil, fmt.Errorf("%s: takes at least two statements", kind)
	}
	var inner []statement
	for _, statementConfig := range config.Statements {
		compiled, err := c.statement(statementConfig)
		if err != nil {
			return nil, err
		}
		inner = append(inner, compiled)
	}
	if kind == "AndStatement" {
		return and(inner), nil
	}
	return or(inner), nil
}
