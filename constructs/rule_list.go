package furl

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ruleList collects an ACL's rules. A rule's priority is its place in the list.
type ruleList struct {
	scope constructs.Construct // of the IP sets
	rules []*awswafv2.CfnWebACL_RuleProperty
}

// addAllowList blocks each address that is not listed. A rule that allows the listed addresses would end the
// evaluation there, and they would meet no other rule.
func (l *ruleList) addAllowList(cidrs addresses) {
	if statement := l.listStatement("Allowed", cidrs); statement != nil {
		l.addBlocking("NotOnAllowList", notStatement(statement))
	}
}

func (l *ruleList) addBlockList(cidrs addresses) {
	if statement := l.listStatement("Blocked", cidrs); statement != nil {
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
	statement := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{
		VendorName: jsii.String("AWS"), Name: jsii.String(group.Name),
	}
	var overrides []*awswafv2.CfnWebACL_RuleActionOverrideProperty
	count := &awswafv2.CfnWebACL_RuleActionProperty{Count: &awswafv2.CfnWebACL_CountActionProperty{}}
	for _, rule := range group.CountRules {
		overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
			Name: jsii.String(rule), ActionToUse: count,
		})
	}
	// These fields are interfaces. A nil pointer or slice in them would not be unset.
	if overrides != nil {
		statement.RuleActionOverrides = overrides
	}
	if otherRequests := otherPaths(group.ExceptPaths); otherRequests != nil {
		statement.ScopeDownStatement = otherRequests
	}
	if group.Version != "" {
		statement.Version = jsii.String(group.Version)
	}
	l.add(&awswafv2.CfnWebACL_RuleProperty{
		Name:      jsii.String(group.Name),
		Statement: &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: statement},
		// A group brings its own actions, so it takes OverrideAction where a rule takes Action.
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

// listStatement matches an address on a list. It is nil where the list is empty. An IP set holds one family, so a
// list may take two sets.
func (l *ruleList) listStatement(id string, cidrs addresses) *awswafv2.CfnWebACL_StatementProperty {
	var sets []*awswafv2.CfnWebACL_StatementProperty
	for _, family := range []struct {
		version string
		cidrs   []string
	}{{"IPV4", cidrs.ipv4}, {"IPV6", cidrs.ipv6}} {
		if len(family.cidrs) == 0 {
			continue
		}
		set := awswafv2.NewCfnIPSet(l.scope, jsii.String(id+family.version), &awswafv2.CfnIPSetProps{
			Scope:            jsii.String("CLOUDFRONT"),
			IpAddressVersion: jsii.String(family.version),
			Addresses:        jsii.Strings(slices.Clone(family.cidrs)...),
		})
		sets = append(sets, &awswafv2.CfnWebACL_StatementProperty{
			IpSetReferenceStatement: map[string]any{"arn": set.AttrArn()},
		})
	}
	if sets == nil {
		return nil
	}
	return orStatement(sets)
}

// orStatement matches a request that one of these statements matches. One statement stands alone, since an OrStatement
// takes two or more (WAF API Reference, API_OrStatement).
func orStatement(statements []*awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_StatementProperty {
	if len(statements) == 1 {
		return statements[0]
	}
	return &awswafv2.CfnWebACL_StatementProperty{
		OrStatement: &awswafv2.CfnWebACL_OrStatementProperty{Statements: statements},
	}
}

func notStatement(statement *awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_StatementProperty {
	return &awswafv2.CfnWebACL_StatementProperty{
		NotStatement: &awswafv2.CfnWebACL_NotStatementProperty{Statement: statement},
	}
}

func visibility(metric string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true),
		MetricName:               jsii.String(metric),
		SampledRequestsEnabled:   jsii.Bool(true),
	}
}
