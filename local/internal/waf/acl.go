// Package waf evaluates one AWS WAF web ACL against requests, from the resolved properties of an
// AWS::WAFv2::WebACL.
//
// It enforces string matches, size constraints, regular expressions, IP sets, countries, labels, rate-based rules, And,
// Or and Not, scope-down statements and rule groups of the assembly. Of AWS's managed rule groups it enforces the
// rules that AWS documents exactly. [ACL.NotSimulated] lists everything else, such as other managed rules and the
// detection of SQL. A rule that is not simulated is skipped, so it neither blocks nor allows a request. A rule whose
// scope-down statement is not simulated applies to every request. CAPTCHA and Challenge answer as they do to a client
// without a token.
//
// A rate-based rule is exact and immediate here. It matches the first request over the limit. On AWS the count is
// an estimate that lags behind by seconds to minutes, so more requests get through there (AWS WAF Developer Guide,
// waf-rule-statement-type-rate-based).
package waf

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// ACL is one web ACL. It is safe for concurrent use.
type ACL struct {
	path          string
	rules         []*rule
	defaultAction *rule
	viewer        netip.Addr // as Config.ViewerAddress
	notSimulated  []string
}

// Verdict is the decision of a web ACL about one request.
type Verdict struct {
	Allowed bool
	// Rule names the rule that decided, or "default action". RateBased is true of a rate-based rule.
	Rule      string
	RateBased bool
	// Counted names the rules with the action Count that the request matched before the deciding rule.
	Counted []string
	// Status is the status code of the refusal. It is 403 unless the rule has a custom response, or the action
	// CAPTCHA or Challenge.
	Status int
	// Header, ContentType and Body belong to a custom response. Header is nil where there is none. ContentType is
	// empty where the custom response has no body. The refusal then has the body of the protected service, such
	// as the 403 page of CloudFront.
	Header            http.Header
	ContentType, Body string
}

// Why says which kind of rule decided, such as "rate rule Flood".
func (v Verdict) Why() string {
	switch {
	case v.RateBased:
		return "rate rule " + v.Rule
	case v.Rule == defaultAction:
		return v.Rule
	}
	return "rule " + v.Rule
}

// defaultAction stands for the name of the rule where none decided.
const defaultAction = "default action"

// The scopes that a web ACL can have.
const (
	CloudFront = "CLOUDFRONT" // for distributions
	Regional   = "REGIONAL"   // for stages of REST APIs
)

// Config is what a web ACL is made of.
type Config struct {
	// Path is the construct path, for messages.
	Path string
	// Scope is the one that the protected resource requires.
	Scope string
	// ARN is the web ACL's. Its labels begin with the account and the name in it.
	ARN string
	// Properties are the resolved properties of the AWS::WAFv2::WebACL.
	Properties map[string]any
	// Parts are the resolved properties of IP sets, regex pattern sets and rule groups, by ARN.
	Parts map[string]map[string]any
	// ViewerAddress stands for every client on loopback. The zero address stands for none.
	ViewerAddress netip.Addr
	// ViewerCountry is the country of every client, such as "DE". Without it no rule about countries is simulated.
	ViewerCountry string
	// Now times the rate-based rules.
	Now func() time.Time
}

// New builds an ACL. It fails where AWS WAF refuses the web ACL too. Examples are another scope, a rule without an
// action, a rate limit under 10, two rules of one priority and a block of /0.
func New(config Config) (*ACL, error) {
	var properties webACL
	if err := assembly.Decode(config.Properties, &properties); err != nil {
		return nil, fmt.Errorf("web ACL: read the properties: %w", err)
	}
	acl, err := build(config, properties)
	if err != nil {
		return nil, fmt.Errorf("web ACL %s: %w", properties.Name, err)
	}
	return acl, nil
}

// Path is the construct path.
func (a *ACL) Path() string { return a.path }

// NotSimulated lists the parts of the ACL that are not simulated, one phrase each, in the order of the rules.
func (a *ACL) NotSimulated() []string { return a.notSimulated }

// Evaluate applies the rules to a request from clientIP, in order of priority, until one allows or blocks it. The
// default action decides where no rule does. Each rate-based rule that is reached counts the request. An allowed
// request gets the headers that the rules insert.
func (a *ACL) Evaluate(r *http.Request, clientIP netip.Addr) Verdict {
	if a.viewer.IsValid() && clientIP.Unmap().IsLoopback() {
		clientIP = a.viewer
	}
	q := newRequest(r, clientIP)
	deciding := decide(a.rules, q)
	if deciding == nil {
		deciding = a.defaultAction.apply(q)
	}
	if deciding.allow {
		q.insertHeaders()
		return Verdict{Allowed: true, Rule: deciding.name, Counted: q.counted}
	}
	block := deciding.block
	_, rateBased := deciding.statement.(*rate)
	return Verdict{
		Rule: deciding.name, RateBased: rateBased, Counted: q.counted,
		Status: block.status, Header: block.header, ContentType: block.contentType, Body: block.body,
	}
}

func build(config Config, properties webACL) (*ACL, error) {
	if properties.Scope != config.Scope {
		return nil, fmt.Errorf("scope is %q, and here AWS takes only a web ACL of scope %s",
			properties.Scope, config.Scope)
	}
	limit, err := bodyLimit(config.Scope, properties)
	if err != nil {
		return nil, err
	}
	compile := &compiler{
		config: config, bodies: properties.CustomResponseBodies,
		bodyLimit: limit, namespace: labelNamespace(config.ARN),
	}
	if properties.DefaultAction.Allow == nil && properties.DefaultAction.Block == nil {
		return nil, errors.New("DefaultAction is neither Allow nor Block: write one of them")
	}
	acl := &ACL{
		path:          config.Path,
		viewer:        config.ViewerAddress,
		defaultAction: &rule{name: defaultAction, statement: anyRequest{}},
	}
	if err := compile.setAction(acl.defaultAction, properties.DefaultAction); err != nil {
		return nil, fmt.Errorf("default action: %w", err)
	}
	if acl.rules, err = compile.rules(properties.Rules); err != nil {
		return nil, err
	}
	acl.notSimulated = compile.notSimulated
	return acl, nil
}

// bodyLimits are the values of DefaultSizeInspectionLimit in bytes. The default is 16 KB (AWS WAF Developer Guide,
// web-acl-setting-body-inspection-limit).
var bodyLimits = map[string]int{"": 16384, "KB_16": 16384, "KB_32": 32768, "KB_48": 49152, "KB_64": 65536}

// bodyLimit returns the number of bytes of a body that the protected resource sends to AWS WAF.
func bodyLimit(scope string, properties webACL) (int, error) {
	resource := map[string]string{CloudFront: "CLOUDFRONT", Regional: "API_GATEWAY"}[scope]
	configured := properties.AssociationConfig.RequestBody[resource].DefaultSizeInspectionLimit
	limit, known := bodyLimits[configured]
	if !known {
		return 0, fmt.Errorf("AssociationConfig: DefaultSizeInspectionLimit %q is none of KB_16, KB_32, KB_48, KB_64",
			configured)
	}
	return limit, nil
}
