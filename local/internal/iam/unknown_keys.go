package iam

import (
	"fmt"
	"slices"
	"strings"
)

// knownKeys are the condition keys, in lower case, whose values a policy gets here as on AWS. An absent key of them is
// absent there, too. A key that ends in "/" stands for all that begin so. They hold for the session of a role that no
// federation, VPC endpoint or instance gave, in no organization (IAM User Guide, reference_policies_condition-keys).
var knownKeys = []string{
	"aws:assumedroot", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:chatbotsourcearn",
	"aws:currenttime", "aws:ec2instancesourceprivateipv4", "aws:ec2instancesourcevpc", "aws:epochtime",
	"aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principalaccount",
	"aws:principalarn", "aws:principalisawsservice", "aws:principalservicename", "aws:principaltag/",
	"aws:principaltype", "aws:referer", "aws:requestedregion", "aws:resourceaccount", "aws:securetransport",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceidentity", "aws:sourceip", "aws:tokenissuetime", "aws:useragent",
	"aws:userid", "aws:username", "aws:viaawsservice",
}

// simulatedActions has the actions that furl local asks policies for, by service, and the further keys of each.
var simulatedActions = []struct{ actions, knownKeys []string }{
	{
		actions: []string{"lambda:invokefunction", "lambda:invokefunctionurl"},
		knownKeys: []string{
			"aws:resourcetag/", "lambda:eventsourcetoken", "lambda:functionurlauthtype", "lambda:invokedviafunctionurl",
		},
	},
	{
		actions: []string{"sts:assumerole", "sts:setsourceidentity", "sts:tagsession"},
		knownKeys: []string{
			"aws:requesttag/", "aws:resourcetag/", "aws:tagkeys", "iam:resourcetag/", "sts:externalid",
			"sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys",
		},
	},
	{
		actions: []string{"secretsmanager:getsecretvalue"},
		knownKeys: []string{
			"aws:resourcetag/", "secretsmanager:resourcetag/", "secretsmanager:secretid", "secretsmanager:versionid",
			"secretsmanager:versionstage",
		},
	},
	{actions: []string{"execute-api:invoke"}},
}

// UnknownKeys returns a line for each condition key and variable of the policy that no request has here but may have on
// AWS, where its absence lets a request pass. With other keys, less is allowed here than on AWS.
func (p *Policy) UnknownKeys() []string {
	var lines []string
	for _, s := range p.Statements {
		for _, key := range s.unknownKeys() {
			more := "may allow less on AWS"
			if s.deny {
				more = "may deny more on AWS"
			}
			const line = "statement %s of %s %s: no request here has the condition key %s"
			lines = append(lines, fmt.Sprintf(line, s.Sid, p.Name, more, key))
		}
	}
	return lines
}

// unknownKeys returns the lines of all policies of a role or user, and one for each condition on Lambda, whose own
// request is not simulated.
func (r *Role) unknownKeys() []string {
	var lines []string
	for _, policy := range append([]*Policy{r.trust, r.boundary}, r.identityPolicies...) {
		if policy != nil {
			lines = append(lines, policy.UnknownKeys()...)
		}
	}
	if r.User {
		return lines
	}
	for _, s := range r.trust.Statements {
		lambda := slices.ContainsFunc(s.principals, func(p principal) bool {
			return p.isService("lambda.amazonaws.com") || p.isService("edgelambda.amazonaws.com")
		})
		if lambda && !s.deny && len(s.conditions) > 0 {
			const line = "statement %s of its trust policy may allow less on AWS: " +
				"its conditions on Lambda are not asked"
			lines = append(lines, fmt.Sprintf(line, s.Sid))
		}
	}
	return lines
}

// unknownKeys returns the keys of the lines.
func (s *Statement) unknownKeys() []string {
	var keys []string
	for _, service := range simulatedActions {
		if !slices.ContainsFunc(service.actions, s.actions.match) {
			continue
		}
		add := func(key string, holds bool) {
			known := isKnown(key, knownKeys) || isKnown(key, service.knownKeys)
			if !known && holds != s.deny && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		for _, r := range s.resources.values {
			for _, variable := range r.rest.variableKeys() {
				add(variable, s.resources.negated && s.deny)
			}
		}
		for _, c := range s.conditions {
			add(c.key, c.holds(nil, s.deny))
			for _, variable := range c.variables {
				add(variable, c.negated)
			}
		}
	}
	return keys
}

// isKnown reports whether a key is among known keys. CloudFormation's own tags are not.
func isKnown(key string, known []string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc(known, func(k string) bool {
		return k == key || strings.HasSuffix(k, "/") && strings.HasPrefix(key, k) && !strings.HasPrefix(key, k+"aws:")
	})
}
