package furl

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// WebAclProps are the settings of a [WebAcl]; nil is all defaults.
type WebAclProps struct {
	// AllowedCidrs are the only addresses that may come in, IPv4 and IPv6 mixed, at most 10,000 of each: "203.0.113.0/24",
	// "2001:db8::/32", "203.0.113.7/32". What is listed is not waved through, it still meets the block list, the rate rule
	// and the managed rules. CloudFront answers on IPv6 too, so a list of one family locks the other one out.
	//
	// Default: no allow list, every address may come in.
	AllowedCidrs []string

	// BlockedCidrs are addresses to refuse, written like AllowedCidrs.
	//
	// Default: no block list.
	BlockedCidrs []string

	// RateLimit is how many requests one address may make in 5 minutes before it is blocked, 10 or more. WAF counts with a
	// lag of some seconds, so this is no exact quota (WAF Developer Guide, waf-rule-statement-type-rate-based).
	//
	// Default: 2000.
	RateLimit int

	// ManagedRuleGroups are AWS's own rule groups, evaluated in this order after the other rules. An empty list, not nil,
	// is none.
	//
	// Default: AWSManagedRulesKnownBadInputsRuleSet, AWSManagedRulesAmazonIpReputationList, and
	// AWSManagedRulesCommonRuleSet with SizeRestrictions_BODY on count, since that blocks bodies over 8 KB.
	ManagedRuleGroups []ManagedRuleGroup
}

// WebAcl is a web ACL for CloudFront. Its rules only ever block: allow list, block list, rate, managed groups, in this order,
// and what none of them blocks goes on. Its capacity stays under the 1,500 units that an ACL's price includes.
type WebAcl struct {
	constructs.Construct
	acl awswafv2.CfnWebACL
}

// NewWebAcl makes a web ACL. In a stack outside us-east-1 it goes into the support stack named
// "<stack name>-furl-edge-<region>". It panics for a stack without a region, a bad CIDR, a rate under 10 and a managed rule
// group that it does not know, and warns where a list has one address family only.
func NewWebAcl(scope constructs.Construct, id *string, props *WebAclProps) *WebAcl {
	if props == nil {
		props = &WebAclProps{}
	}
	at := at("furl.WebAcl", scope, id)
	requireRegion(at, scope)
	allowed := parseCidrs(at, "AllowedCidrs", props.AllowedCidrs)
	blocked := parseCidrs(at, "BlockedCidrs", props.BlockedCidrs)
	rate := rateLimit(at, props.RateLimit)
	groups := managedRuleGroups(at, props.ManagedRuleGroups)

	this := &WebAcl{}
	constructs.NewConstruct_Override(this, scope, id)
	edge := edgeScope(this)
	rules := &ruleList{scope: edge}
	rules.addAllowList(allowed)
	rules.addBlockList(blocked)
	rules.addRate(rate)
	for _, group := range groups {
		rules.addManaged(group)
	}
	this.acl = awswafv2.NewCfnWebACL(edge, jsii.String("WebAcl"), &awswafv2.CfnWebACLProps{
		// No Name: with one of its own, an ACL that has to be replaced would collide with itself.
		Description:      jsii.String("In front of CloudFront"),
		Scope:            jsii.String("CLOUDFRONT"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		Rules:            rules.rules,
		VisibilityConfig: visibility(uniqueName("furl", this, 128)),
	})
	awscdk.CrossStackReferences_Of(this.acl).Produce(awscdk.ReferenceStrength_WEAK)
	this.warnOneFamily("AllowedCidrs", allowed, "locks out every %s viewer")
	this.warnOneFamily("BlockedCidrs", blocked, "lets every %s viewer in")
	return this
}

// Arn is the web ACL's ARN, for the WebAclId of one's own distribution. Other stacks, in any region, may use it.
func (w *WebAcl) Arn() *string { return w.acl.AttrArn() }

// CfnWebAcl is the ACL itself, in us-east-1: CDK has no L2 for it.
func (w *WebAcl) CfnWebAcl() awswafv2.CfnWebACL { return w.acl }

func (w *WebAcl) warnOneFamily(field string, cidrs addresses, consequence string) {
	families := []struct {
		name, example string
		have, others  []string
	}{
		{"IPv6", "2001:db8::/32", cidrs.ipv6, cidrs.ipv4},
		{"IPv4", "203.0.113.0/24", cidrs.ipv4, cidrs.ipv6},
	}
	for _, family := range families {
		if len(family.have) == 0 && len(family.others) > 0 {
			warn(w, "furl:oneAddressFamily", "%s lists no %s address, which "+consequence+": CloudFront answers on both families. List the %s ranges too (such as %s), or set EnableIpv6 false in DistributionProps.",
				field, family.name, family.name, family.name, family.example)
		}
	}
}

func rateLimit(at site, limit int) int {
	if limit == 0 {
		return 2000
	}
	// WAF Developer Guide, waf-rule-statement-type-rate-based.
	if limit < 10 || limit > 2_000_000_000 {
		at.refuse("RateLimit", fmt.Sprintf("%d is not within the 10 to 2000000000 requests that WAF can count to", limit), "write 10 or more, or leave it out for 2000")
	}
	return limit
}

func visibility(metric string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true), MetricName: jsii.String(metric), SampledRequestsEnabled: jsii.Bool(true),
	}
}

// ruleList collects an ACL's rules; the priority is the place in it.
type ruleList struct {
	scope constructs.Construct // of the IP sets
	rules []*awswafv2.CfnWebACL_RuleProperty
}

// addAllowList blocks what is not listed. A rule that allows what is listed would end the evaluation there, and a listed
// address would meet no other rule.
func (l *ruleList) addAllowList(cidrs addresses) {
	if statement := l.anyOf("Allowed", cidrs); statement != nil {
		l.addBlocking("NotOnAllowList", &awswafv2.CfnWebACL_StatementProperty{
			NotStatement: &awswafv2.CfnWebACL_NotStatementProperty{Statement: statement},
		})
	}
}

func (l *ruleList) addBlockList(cidrs addresses) {
	if statement := l.anyOf("Blocked", cidrs); statement != nil {
		l.addBlocking("OnBlockList", statement)
	}
}

func (l *ruleList) addRate(limit int) {
	l.addBlocking("RatePerAddress", &awswafv2.CfnWebACL_StatementProperty{
		RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
			AggregateKeyType: jsii.String("IP"), Limit: jsii.Number(limit), EvaluationWindowSec: jsii.Number(300),
		},
	})
}

func (l *ruleList) addManaged(group ManagedRuleGroup) {
	var overrides []*awswafv2.CfnWebACL_RuleActionOverrideProperty
	for _, rule := range group.CountRules {
		overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
			Name: jsii.String(rule), ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{Count: &awswafv2.CfnWebACL_CountActionProperty{}},
		})
	}
	statement := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{VendorName: jsii.String("AWS"), Name: jsii.String(group.Name)}
	if overrides != nil {
		statement.RuleActionOverrides = overrides
	}
	l.add(&awswafv2.CfnWebACL_RuleProperty{
		Name:      jsii.String(group.Name),
		Statement: &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: statement},
		// A group brings its own actions: it takes OverrideAction where a rule takes Action.
		OverrideAction: &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
	})
}

func (l *ruleList) addBlocking(name string, statement *awswafv2.CfnWebACL_StatementProperty) {
	l.add(&awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(name), Statement: statement,
		Action: &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{}},
	})
}

func (l *ruleList) add(rule *awswafv2.CfnWebACL_RuleProperty) {
	rule.Priority = jsii.Number(len(l.rules))
	rule.VisibilityConfig = visibility(*rule.Name)
	l.rules = append(l.rules, rule)
}

// anyOf matches an address on a list; nil where the list is empty. An IP set holds one family, so it may take two.
func (l *ruleList) anyOf(id string, cidrs addresses) *awswafv2.CfnWebACL_StatementProperty {
	var sets []*awswafv2.CfnWebACL_StatementProperty
	for _, family := range []struct {
		version string
		cidrs   []string
	}{{"IPV4", cidrs.ipv4}, {"IPV6", cidrs.ipv6}} {
		if len(family.cidrs) == 0 {
			continue
		}
		set := awswafv2.NewCfnIPSet(l.scope, jsii.String(id+family.version), &awswafv2.CfnIPSetProps{
			Scope: jsii.String("CLOUDFRONT"), IpAddressVersion: jsii.String(family.version), Addresses: jsii.Strings(slices.Clone(family.cidrs)...),
		})
		sets = append(sets, &awswafv2.CfnWebACL_StatementProperty{
			IpSetReferenceStatement: map[string]any{"arn": set.AttrArn()},
		})
	}
	switch len(sets) {
	case 0:
		return nil
	case 1:
		return sets[0]
	default:
		return &awswafv2.CfnWebACL_StatementProperty{OrStatement: &awswafv2.CfnWebACL_OrStatementProperty{Statements: sets}}
	}
}
