// Package waf evaluates one AWS WAF web ACL against requests, from the resolved properties of an
// AWS::WAFv2::WebACL.
//
// It enforces the default action, IP sets, string matches, rate-based rules per address, And, Or and Not, and
// scope-down statements. The simulated actions are Allow, Block and Count. Of AWSManagedRulesCommonRuleSet, it
// enforces the rules about sizes and about a missing User-Agent. [ACL.NotSimulated] lists everything else, such
// as other managed rules, geo matches and CAPTCHA. A rule that is not simulated is skipped, so it neither blocks
// nor allows a request. A rule whose scope-down statement is not simulated applies to every request.
//
// A rate-based rule is exact and immediate here. It matches the first request over the limit. On AWS the count is
// an estimate that lags behind by seconds to minutes, so more requests get through there (WAF Developer Guide,
// waf-rule-statement-type-rate-based).
package waf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// ACL is one web ACL. It is safe for concurrent use.
type ACL struct {
	name         string
	rules        []*rule
	defaultBlock *blockAction // nil where the default action is Allow
	notSimulated []string
}

// Verdict is the decision of a web ACL about one request.
type Verdict struct {
	Allowed bool
	// Rule names the rule that decided, or "default action".
	Rule string
	// Counted names the rules with the action Count that the request matched before the deciding rule.
	Counted []string
	// Status is the status code of the refusal. It is 403 unless the rule has a custom response.
	Status int
	// Header, ContentType and Body belong to a custom response. Header is nil where there is none. ContentType is
	// empty where the custom response has no body. The refusal then has the body of the protected service, such
	// as the 403 page of CloudFront.
	Header            http.Header
	ContentType, Body string
}

// The scopes that a web ACL can have.
const (
	CloudFront = "CLOUDFRONT" // for distributions
	Regional   = "REGIONAL"   // for stages of REST APIs
)

// New builds an ACL from the resolved properties of an AWS::WAFv2::WebACL. The protected resource requires the
// scope. The map ipSets holds the resolved properties of each AWS::WAFv2::IPSet by ARN. The clock now times the
// rate-based rules.
//
// New fails where AWS WAF refuses the web ACL too. Examples are another scope, a rule without an action and a
// rate limit under 10. Two rules of one priority, a block of /0 and an unknown IP set fail as well.
func New(
	scope string, properties map[string]any, ipSets map[string]map[string]any, now func() time.Time,
) (*ACL, error) {
	var config webACL
	if err := decode(properties, &config); err != nil {
		return nil, fmt.Errorf("web ACL: read the properties: %w", err)
	}
	acl := &ACL{name: config.Name}
	err := acl.build(scope, config, &compiler{ipSets: ipSets, now: now, bodies: config.CustomResponseBodies})
	if err != nil {
		return nil, fmt.Errorf("web ACL %s: %w", config.Name, err)
	}
	return acl, nil
}

// NotSimulated lists the parts of the ACL that are skipped here, one phrase each, in the order of the rules.
func (a *ACL) NotSimulated() []string { return a.notSimulated }

// Evaluate applies the rules to a request from clientIP, in order of priority, until one allows or blocks it. The
// default action decides where no rule does. Each rate-based rule that is reached counts the request.
func (a *ACL) Evaluate(r *http.Request, clientIP netip.Addr) Verdict {
	clientIP = clientIP.Unmap().WithZone("") // no block contains an address with a zone
	ruleName, block := "default action", a.defaultBlock
	var counted []string
	for _, rule := range a.rules {
		if !rule.statement.matches(r, clientIP) {
			continue
		}
		if rule.allow || rule.block != nil {
			ruleName, block = rule.name, rule.block
			break
		}
		counted = append(counted, rule.name)
	}
	if block == nil {
		return Verdict{Allowed: true, Rule: ruleName, Counted: counted}
	}
	return Verdict{
		Rule: ruleName, Counted: counted,
		Status: block.status, Header: block.header, ContentType: block.contentType, Body: block.body,
	}
}

func (a *ACL) build(scope string, config webACL, compile *compiler) error {
	if config.Scope != scope {
		return fmt.Errorf("scope is %q, and here AWS takes only a web ACL of scope %s", config.Scope, scope)
	}
	switch {
	case config.DefaultAction.Block != nil:
		block, err := compile.block(*config.DefaultAction.Block)
		if err != nil {
			return fmt.Errorf("default action: %w", err)
		}
		a.defaultBlock = block
	case config.DefaultAction.Allow == nil:
		return fmt.Errorf("DefaultAction is neither Allow nor Block: write one of them")
	}

	slices.SortStableFunc(config.Rules, func(x, y ruleConfig) int { return cmp.Compare(x.Priority, y.Priority) })
	for i, ruleConfig := range config.Rules {
		if i > 0 && config.Rules[i-1].Priority == ruleConfig.Priority {
			return fmt.Errorf("rules %s and %s share priority %d: give each its own",
				config.Rules[i-1].Name, ruleConfig.Name, ruleConfig.Priority)
		}
		rules, err := compile.rule(ruleConfig)
		if err != nil {
			return fmt.Errorf("rule %s: %w", ruleConfig.Name, err)
		}
		a.rules = append(a.rules, rules...)
	}
	a.notSimulated = compile.notSimulated
	return nil
}

// decode turns resolved JSON maps into the structs of config.go.
func decode(properties, into any) error {
	document, err := json.Marshal(properties)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, into)
}
