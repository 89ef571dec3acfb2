package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// notSimulatedError says which part of a rule has no model here.
type notSimulatedError string

func (e notSimulatedError) Error() string { return string(e) }

// compiler turns the configuration of rules into rules.
type compiler struct {
	ipSets       map[string]map[string]any
	bodies       map[string]responseBody
	now          func() time.Time
	notSimulated []string // of all rules so far
}

// lacks notes a part of a rule that is not simulated.
func (c *compiler) lacks(rule, what string) {
	c.notSimulated = append(c.notSimulated, "WAF rule "+rule+": "+what)
}

// rule compiles one rule: a rule group into several, and a rule with a part that is not simulated into none.
func (c *compiler) rule(config ruleConfig) ([]*rule, error) {
	if err := checkAction(config); err != nil {
		return nil, err
	}
	kind, document, err := only(config.Statement)
	if err != nil {
		return nil, err
	}
	compiled := &rule{name: config.Name}
	switch kind {
	case "ManagedRuleGroupStatement":
		return c.managedGroup(config, document)
	case "RuleGroupReferenceStatement":
		c.lacks(config.Name, kind)
		return nil, nil
	case "RateBasedStatement":
		compiled.statement, err = c.rateBased(config.Name, document)
	default:
		compiled.statement, err = c.statement(config.Statement)
	}
	var missing notSimulatedError
	switch {
	case errors.As(err, &missing):
		c.lacks(config.Name, string(missing))
		return nil, nil
	case err != nil:
		return nil, err
	case config.Action.Captcha != nil || config.Action.Challenge != nil:
		c.lacks(config.Name, "action CAPTCHA or Challenge")
		return nil, nil
	}
	return []*rule{compiled}, c.act(compiled, config.Name, *config.Action)
}

// act gives a rule the action Allow, Block or Count. The rule's configuration is called name.
func (c *compiler) act(compiled *rule, name string, use action) (err error) {
	request := use.Count
	switch {
	case use.Block != nil:
		compiled.block, err = c.block(*use.Block)
		return err
	case use.Allow != nil:
		compiled.allow = true
		request = use.Allow
	case use.Count == nil:
		return errors.New("names none of Allow, Block, Count, Captcha and Challenge")
	}
	if request.CustomRequestHandling != nil {
		c.lacks(name, "the request headers that it inserts")
	}
	return nil
}

// only gives the kind of a statement, which is its only key, and what belongs to the kind.
func only(config map[string]json.RawMessage) (kind string, document json.RawMessage, err error) {
	if len(config) != 1 {
		return "", nil, fmt.Errorf("a statement has exactly one kind, this one has %d", len(config))
	}
	for kind, document = range config {
	}
	return kind, document, nil
}

// checkAction holds a rule to what AWS WAF requires: rule groups take an OverrideAction, all other statements an Action
// (WAF Developer Guide, waf-rule-action).
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

// statement compiles one statement that judges a request alone, as it may stand inside another one.
func (c *compiler) statement(config map[string]json.RawMessage) (statement, error) {
	kind, document, err := only(config)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "IPSetReferenceStatement":
		return c.ipSetReference(document)
	case "ByteMatchStatement":
		return c.byteMatch(document)
	case "AndStatement", "OrStatement":
		return c.logical(kind, document)
	case "NotStatement":
		var config negation
		if err := json.Unmarshal(document, &config); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		inner, err := c.statement(config.Statement)
		return not{inner}, err
	case "RateBasedStatement":
		const wrong = "a RateBasedStatement stands alone: scope it down with ScopeDownStatement instead of nesting it"
		return nil, errors.New(wrong)
	case "ManagedRuleGroupStatement", "RuleGroupReferenceStatement":
		return nil, fmt.Errorf("a %s stands alone and cannot be nested", kind)
	}
	return nil, notSimulatedError(kind)
}

// scopeDown compiles the statement that narrows a rule down to some requests; nil narrows nothing. One that is not
// simulated is listed, and the rule applies to every request.
func (c *compiler) scopeDown(rule string, config map[string]json.RawMessage) (statement, error) {
	if config == nil {
		return every{}, nil
	}
	scope, err := c.statement(config)
	var missing notSimulatedError
	if errors.As(err, &missing) {
		c.lacks(rule, fmt.Sprintf("its ScopeDownStatement (%s): here the rule applies to every request", missing))
		return every{}, nil
	}
	return scope, err
}

func (c *compiler) logical(kind string, document json.RawMessage) (statement, error) {
	var config logical
	if err := json.Unmarshal(document, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
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

func (c *compiler) ipSetReference(document json.RawMessage) (statement, error) {
	var reference ipSetReference
	if err := json.Unmarshal(document, &reference); err != nil {
		return nil, fmt.Errorf("IPSetReferenceStatement: %w", err)
	}
	if reference.IPSetForwardedIPConfig != nil {
		return nil, notSimulatedError("IPSetReferenceStatement with IPSetForwardedIPConfig")
	}
	properties, ok := c.ipSets[reference.Arn]
	if !ok {
		return nil, fmt.Errorf("IPSetReferenceStatement: no IP set %s in the assembly", reference.Arn)
	}
	var config ipSet
	if err := decode(properties, &config); err != nil {
		return nil, fmt.Errorf("IP set %s: %w", reference.Arn, err)
	}
	var set addresses
	for _, address := range config.Addresses {
		prefix, err := netip.ParsePrefix(address)
		if err != nil {
			return nil, fmt.Errorf("IP set %s: %w", reference.Arn, err)
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("IP set %s: %s: AWS WAF accepts every block but /0", reference.Arn, address)
		}
		if prefix.Addr().Is4() != (config.IPAddressVersion == "IPV4") {
			return nil, fmt.Errorf("IP set %s: %s in a set of version %q: a set holds one family only", reference.Arn, address, config.IPAddressVersion)
		}
		set = append(set, prefix)
	}
	return set, nil
}

func (c *compiler) rateBased(rule string, document json.RawMessage) (statement, error) {
	var config rateBased
	if err := json.Unmarshal(document, &config); err != nil {
		return nil, fmt.Errorf("RateBasedStatement: %w", err)
	}
	if config.AggregateKeyType != "IP" {
		return nil, notSimulatedError("RateBasedStatement with AggregateKeyType " + config.AggregateKeyType)
	}
	if config.Limit < 10 {
		return nil, fmt.Errorf("RateBasedStatement: Limit %d is under AWS WAF's least, 10", config.Limit)
	}
	if config.EvaluationWindowSec == 0 {
		config.EvaluationWindowSec = 300
	}
	if !slices.Contains([]number{60, 120, 300, 600}, config.EvaluationWindowSec) {
		return nil, fmt.Errorf("RateBasedStatement: EvaluationWindowSec %d is none of 60, 120, 300, 600", config.EvaluationWindowSec)
	}
	scope, err := c.scopeDown(rule, config.ScopeDownStatement)
	return &rate{
		limit:  int(config.Limit),
		window: time.Duration(config.EvaluationWindowSec) * time.Second,
		scope:  scope,
		now:    c.now,
		recent: map[netip.Addr][]time.Time{},
	}, err
}
