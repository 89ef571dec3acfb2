package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// notSimulatedError says which part of a rule has no model here.
type notSimulatedError string

func (e notSimulatedError) Error() string { return string(e) }

// compiler compiles the configured rules of one web ACL.
type compiler struct {
	ipSets       map[string]map[string]any
	bodies       map[string]responseBody
	now          func() time.Time
	notSimulated []string // of all rules so far
}

// noteMissing lists a part of a rule that is not simulated.
func (c *compiler) noteMissing(rule, part string) {
	c.notSimulated = append(c.notSimulated, "WAF rule "+rule+": "+part)
}

// rule compiles one configured rule. A rule group becomes several rules. A rule with a part that is not simulated
// becomes none.
func (c *compiler) rule(config ruleConfig) ([]*rule, error) {
	if err := checkAction(config); err != nil {
		return nil, err
	}
	kind, document, err := statementKind(config.Statement)
	if err != nil {
		return nil, err
	}
	compiled := &rule{name: config.Name}
	switch kind {
	case "ManagedRuleGroupStatement":
		return c.managedGroup(config, document)
	case "RuleGroupReferenceStatement":
		c.noteMissing(config.Name, kind)
		return nil, nil
	case "RateBasedStatement":
		compiled.statement, err = c.rateBasedStatement(config.Name, document)
	default:
		compiled.statement, err = c.statement(config.Statement)
	}
	var missing notSimulatedError
	switch {
	case errors.As(err, &missing):
		c.noteMissing(config.Name, string(missing))
		return nil, nil
	case err != nil:
		return nil, err
	case config.Action.Captcha != nil || config.Action.Challenge != nil:
		c.noteMissing(config.Name, "action CAPTCHA or Challenge")
		return nil, nil
	}
	return []*rule{compiled}, c.setAction(compiled, config.Name, *config.Action)
}

// setAction gives a rule the action Allow, Block or Count. The parameter name is the name of the configured rule.
func (c *compiler) setAction(compiled *rule, name string, actionToUse action) (err error) {
	request := actionToUse.Count
	switch {
	case actionToUse.Block != nil:
		compiled.block, err = c.block(*actionToUse.Block)
		return err
	case actionToUse.Allow != nil:
		compiled.allow = true
		request = actionToUse.Allow
	case actionToUse.Count == nil:
		return errors.New("names none of Allow, Block, Count, Captcha and Challenge: write one of them")
	}
	if request.CustomRequestHandling != nil {
		c.noteMissing(name, "the request headers that it inserts")
	}
	return nil
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
// statements take an Action (WAF Developer Guide, waf-rule-action).
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
		return c.ipSetReference(document)
	case "ByteMatchStatement":
		return c.byteMatch(document)
	case "AndStatement", "OrStatement":
		return c.logicalStatement(kind, document)
	case "NotStatement":
		var config negation
		if err := json.Unmarshal(document, &config); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		inner, err := c.statement(config.Statement)
		return not{inner}, err
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
	scope, err := c.statement(config)
	var missing notSimulatedError
	if errors.As(err, &missing) {
		c.noteMissing(rule, fmt.Sprintf("its ScopeDownStatement (%s): here the rule applies to every request", missing))
		return anyRequest{}, nil
	}
	return scope, err
}

func (c *compiler) logicalStatement(kind string, document json.RawMessage) (statement, error) {
	var config logicalConfig
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
			return nil, fmt.Errorf("IP set %s: %s in a set of version %q: a set holds one family only",
				reference.Arn, address, config.IPAddressVersion)
		}
		set = append(set, prefix)
	}
	return set, nil
}
