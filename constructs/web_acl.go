package furl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// WebAclProps are the settings of a [WebAcl]. Nil is all defaults.
type WebAclProps struct {
	// AllowedCidrs are the only addresses that may come in. IPv4 and IPv6 are mixed, at most 10,000 of each, as in
	// "203.0.113.0/24", "2001:db8::/32", "203.0.113.7/32". A listed address still meets the block list, the rate
	// rule and the managed rules. CloudFront answers on IPv6 too, so a list of one family locks the other one out.
	//
	// Default: no allow list, every address may come in.
	AllowedCidrs []string

	// BlockedCidrs are addresses to refuse, written like AllowedCidrs.
	//
	// Default: no block list.
	BlockedCidrs []string

	// RateLimit is how many requests one address may make in 5 minutes before it is blocked, 10 or more. WAF counts
	// with a lag of some seconds, so this is no exact quota (WAF Developer Guide, waf-rule-statement-type-rate-based).
	//
	// Default: 2000.
	RateLimit int

	// ManagedRuleGroups are AWS's own rule groups, evaluated in this order after the other rules. An empty list,
	// not nil, is none. Without AWSManagedRulesKnownBadInputsRuleSet, synthesis warns.
	//
	// Default: AWSManagedRulesKnownBadInputsRuleSet and AWSManagedRulesAmazonIpReputationList, which block, and
	// AWSManagedRulesCommonRuleSet. The latter counts, and does not block, some requests that an API's clients send
	// in good faith. These have a body that a *_BODY rule finds, no User-Agent, a query over 2,048 B, cookies over
	// 10,240 B, or a URL with localhost or an IPv4 address in the query. A path over 1,024 B is blocked
	// (docs/web-acl.md).
	ManagedRuleGroups []ManagedRuleGroup

	// Strict lets every rule of the default groups do as its group says, except SizeRestrictions_BODY. That rule
	// counts, since it would block bodies over 8 KB. Look first at the requests that the default counts
	// (docs/web-acl.md). Strict is refused beside ManagedRuleGroups.
	//
	// Default: false. The common rule set counts the requests that are named there.
	Strict bool

	// BodyInspectionLimit is how much of a body WAF looks into, in KB. It is 16, 32, 48 or 64. No rule sees the
	// bytes behind it, and they reach the function. Over 16 KB each request costs extra, by its size (WAF Developer
	// Guide, web-acl-setting-body-inspection-limit).
	//
	// Default: 16.
	BodyInspectionLimit int
}

// WebAcl is a web ACL for CloudFront. Its rules only ever block or count. They are the allow list, the block list,
// the rate and the managed groups, in this order. A request that none of them blocks goes on. The ACL's capacity
// stays within the 1,500 units that an ACL's price includes. In sampled requests and logs WAF writes REDACTED for
// the headers authorization, cookie, x-api-key and x-amz-security-token, and for the values of all cookies (WAF
// Developer Guide, data-protection-masking).
type WebAcl struct {
	constructs.Construct
	acl awswafv2.CfnWebACL
}

// NewWebAcl makes a web ACL. In a stack outside us-east-1 it goes into the support stack, whose name is
// "<stack name>-furl-edge-<region>".
//
// It panics for a stack without a region, a bad CIDR, a rate under 10, and a body limit that WAF does not have. It
// panics for Strict beside ManagedRuleGroups. In ManagedRuleGroups it panics for an unknown group, a misspelt rule,
// and a bad version. It also panics there for a path that exempts everything or nothing, and for more capacity than
// the price includes. It warns where a list has one address family only, of rules that it does not know, and of
// groups without the known bad inputs.
func NewWebAcl(scope constructs.Construct, id *string, props *WebAclProps) *WebAcl {
	if props == nil {
		props = &WebAclProps{}
	}
	at := siteOf("furl.WebAcl", scope, id)
	requireRegion(at, scope)
	allowed := parseCidrs(at, "AllowedCidrs", props.AllowedCidrs)
	blocked := parseCidrs(at, "BlockedCidrs", props.BlockedCidrs)
	rate := rateLimit(at, props.RateLimit)
	groups := managedRuleGroups(at, props)
	inspection := bodyInspection(at, props.BodyInspectionLimit)

	w := &WebAcl{}
	constructs.NewConstruct_Override(w, scope, id)
	edge := edgeScope(w)
	rules := &ruleList{scope: edge}
	rules.addAllowList(allowed)
	rules.addBlockList(blocked)
	rules.addRate(rate)
	for _, group := range groups {
		rules.addManaged(group)
	}
	w.acl = awswafv2.NewCfnWebACL(edge, jsii.String("WebAcl"), &awswafv2.CfnWebACLProps{
		// It has no Name. With a name, an ACL that has to be replaced would collide with itself.
		Description: jsii.String("In front of CloudFront"),
		Scope:       jsii.String("CLOUDFRONT"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{
			Allow: &awswafv2.CfnWebACL_AllowActionProperty{},
		},
		Rules:                rules.rules,
		DataProtectionConfig: dataProtection(),
		AssociationConfig:    inspection,
		VisibilityConfig:     visibility(uniqueName("furl", w, 128)),
	})
	awscdk.CrossStackReferences_Of(w.acl).Produce(awscdk.ReferenceStrength_WEAK)
	w.warnOneFamily("AllowedCidrs", allowed, "locks out every %s viewer")
	w.warnOneFamily("BlockedCidrs", blocked, "lets every %s viewer in")
	w.warnManaged(groups)
	return w
}

// Arn is the web ACL's ARN, for the WebAclId of a distribution that you make yourself. Stacks in any region may use
// it.
func (w *WebAcl) Arn() *string { return w.acl.AttrArn() }

// CfnWebAcl is the ACL in us-east-1. CDK has no L2 for it.
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
			warn(w, "furl:oneAddressFamily", "%s lists no %s address, which "+consequence+
				", since CloudFront answers on both families. List the %s ranges too (such as %s), "+
				"or set EnableIpv6 false in DistributionProps.",
				field, family.name, family.name, family.name, family.example)
		}
	}
}

func (w *WebAcl) warnManaged(groups []ManagedRuleGroup) {
	named := func(group ManagedRuleGroup) bool { return group.Name == knownBadInputs }
	if !slices.ContainsFunc(groups, named) {
		warn(w, "furl:knownBadInputs", "ManagedRuleGroups has no %s, so that requests which exploit Log4j, Java "+
			"deserialisation and the like get through. It seldom blocks others, so list it too.", knownBadInputs)
	}
	for _, group := range groups {
		for _, rule := range group.unknownRules() {
			warn(w, "furl:managedRule", "CountRules has %q, which is none of the rules that AWS documents for %s. "+
				"WAF ignores a name that no rule has, and the rule that is meant goes on blocking. The documented "+
				"ones are %s.", rule, group.Name, strings.Join(managedGroups[group.Name].rules, ", "))
		}
	}
}

func rateLimit(at site, limit int) int {
	if limit == 0 {
		return 2000
	}
	// WAF Developer Guide, waf-rule-statement-type-rate-based.
	if limit < 10 || limit > 2_000_000_000 {
		at.refuse("RateLimit",
			fmt.Sprintf("%d is not within the 10 to 2000000000 requests that WAF can count to", limit),
			"write 10 or more, or leave it out")
	}
	return limit
}

// bodyInspection has CloudFront hand more of a body to WAF. It is nil for WAF's own limit.
func bodyInspection(at site, kilobytes int) any {
	switch kilobytes {
	case 0, 16:
		return nil
	case 32, 48, 64:
	default:
		at.refuse("BodyInspectionLimit", fmt.Sprintf("WAF cannot look into %d KB of a body", kilobytes),
			"write 16, 32, 48 or 64, or leave it out for 16")
	}
	return &awswafv2.CfnWebACL_AssociationConfigProperty{
		RequestBody: map[string]*awswafv2.CfnWebACL_RequestBodyAssociatedResourceTypeConfigProperty{
			"CLOUDFRONT": {DefaultSizeInspectionLimit: jsii.String(fmt.Sprintf("KB_%d", kilobytes))},
		},
	}
}
