package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// notSimulatedError says which part of a rule has no model here.
type notSimulatedError string

func (e notSimulatedError) Error() string { return string(e) }

// compiler turns the configuration of rules into rules.
type compiler struct {
	ipSets map[string]map[string]any
	bodies map[string]responseBody
	now    func() time.Time
}

// rule compiles one rule. A rule with a part that is not simulated comes back nil, with that part named in skipped.
func (c compiler) rule(config ruleConfig) (compiled *rule, skipped []string, err error) {
	if err := checkAction(config); err != nil {
		return nil, nil, err
	}
	compiled = &rule{name: config.Name}
	compiled.statement, err = c.statement(config.Statement)
	var missing notSimulatedError
	if errors.As(err, &missing) {
		return nil, []string{fmt.Sprintf("WAF rule %s: %s", config.Name, missing)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	switch action := config.Action; {
	case action.Block != nil:
		compiled.block, err = c.block(*action.Block)
		return compiled, nil, err
	case action.Captcha != nil || action.Challenge != nil:
		return nil, []string{fmt.Sprintf("WAF rule %s: action CAPTCHA or Challenge", config.Name)}, nil
	case action.Allow != nil:
		compiled.allow = true
		skipped = c.insertedHeaders(config.Name, action.Allow)
	case action.Count != nil:
		skipped = c.insertedHeaders(config.Name, action.Count)
	}
	return compiled, skipped, nil
}

// checkAction holds a rule to what AWS WAF requires: rule groups take an OverrideAction, all other statements an Action
// (WAF Developer Guide, waf-rule-action).
func checkAction(config ruleConfig) error {
	_, managed := config.Statement["ManagedRuleGroupStatement"]
	_, own := config.Statement["RuleGroupReferenceStatement"]
	switch {
	case managed || own:
		if config.Action != nil || config.OverrideAction == nil {
			return errors.New("a rule group takes an OverrideAction (None or Count) and no Action")
		}
	case config.Action == nil || *config.Action == (action{}):
		return errors.New("has no Action: write Allow, Block or Count")
	case config.Action.Allow != nil && config.Statement["RateBasedStatement"] != nil:
		return errors.New("a rate-based rule cannot have the action Allow: write Block or Count")
	}
	return nil
}

func (c compiler) block(config struct{ CustomResponse *customResponse }) (*blockAction, error) {
	block := &blockAction{status: http.StatusForbidden}
	custom := config.CustomResponse
	if custom == nil {
		return block, nil
	}
	if custom.ResponseCode < 200 || custom.ResponseCode > 599 {
		return nil, fmt.Errorf("CustomResponse: ResponseCode %d is not a status code from 200 to 599", custom.ResponseCode)
	}
	block.status = int(custom.ResponseCode)
	block.header = http.Header{}
	for _, header := range custom.ResponseHeaders {
		block.header.Add(header.Name, header.Value)
	}
	if key := custom.CustomResponseBodyKey; key != "" {
		body, ok := c.bodies[key]
		if !ok {
			return nil, fmt.Errorf("CustomResponse: the web ACL has no CustomResponseBodies entry %q", key)
		}
		contentType, ok := contentTypes[body.ContentType]
		if !ok {
			return nil, fmt.Errorf("CustomResponseBodies %s: ContentType %q is none of APPLICATION_JSON, TEXT_HTML, TEXT_PLAIN", key, body.ContentType)
		}
		block.contentType, block.body = contentType, body.Content
	}
	return block, nil
}

var contentTypes = map[string]string{
	"APPLICATION_JSON": "application/json",
	"TEXT_HTML":        "text/html",
	"TEXT_PLAIN":       "text/plain",
}

// insertedHeaders reports request headers that a rule inserts (CustomRequestHandling), which do not reach the origin here.
func (c compiler) insertedHeaders(name string, request *customRequest) []string {
	if request.CustomRequestHandling == nil {
		return nil
	}
	return []string{fmt.Sprintf("WAF rule %s: the request headers that it inserts", name)}
}

// statement compiles one statement: a map of exactly one key, which is its kind.
func (c compiler) statement(config map[string]json.RawMessage) (statement, error) {
	if len(config) != 1 {
		return nil, fmt.Errorf("a statement has exactly one kind, this one has %d", len(config))
	}
	for kind, document := range config {
		switch kind {
		case "IPSetReferenceStatement":
			return c.ipSetReference(document)
		case "RateBasedStatement":
			return c.rateBased(document)
		case "AndStatement", "OrStatement":
			return c.logical(kind, document)
		case "NotStatement":
			var config negation
			if err := json.Unmarshal(document, &config); err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
			inner, err := c.nested(config.Statement)
			return not{inner}, err
		case "ManagedRuleGroupStatement":
			var group managedRuleGroup
			if err := json.Unmarshal(document, &group); err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
			return nil, notSimulatedError("managed rule group " + group.VendorName + "/" + group.Name)
		default:
			return nil, notSimulatedError(kind)
		}
	}
	panic("unreachable")
}

// nested compiles a statement inside another one. A rate-based statement cannot be nested (WAF Developer Guide,
// waf-rule-statement-type-rate-based).
func (c compiler) nested(config map[string]json.RawMessage) (statement, error) {
	if config["RateBasedStatement"] != nil {
		return nil, errors.New("a RateBasedStatement stands alone: scope it down with ScopeDownStatement instead of nesting it")
	}
	return c.statement(config)
}

func (c compiler) logical(kind string, document json.RawMessage) (statement, error) {
	var config logical
	if err := json.Unmarshal(document, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if len(config.Statements) < 2 {
		return nil, fmt.Errorf("%s: takes at least two statements", kind)
	}
	var inner []statement
	for _, statementConfig := range config.Statements {
		compiled, err := c.nested(statementConfig)
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

func (c compiler) ipSetReference(document json.RawMessage) (statement, error) {
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

func (c compiler) rateBased(document json.RawMessage) (statement, error) {
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
	limit := &rate{
		limit:  int(config.Limit),
		window: time.Duration(config.EvaluationWindowSec) * time.Second,
		now:    c.now,
		recent: map[netip.Addr][]time.Time{},
	}
	if config.ScopeDownStatement != nil {
		scope, err := c.nested(config.ScopeDownStatement)
		if err != nil {
			return nil, err
		}
		limit.scope = scope
	}
	return limit, nil
}
