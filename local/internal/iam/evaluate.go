package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Request is one authorisation question.
type Request struct {
	Action          string // "lambda:InvokeFunctionUrl"
	Resource        string // an ARN
	ResourceAccount string
	Identity        *Identity           // nil for anonymous
	Context         map[string][]string // the request's values by condition key, in any case
}

// Decision is the answer to a [Request], with the reason for people.
type Decision struct {
	Allowed bool
	Reason  string // the statement that decided, or what is missing
}

// Evaluate applies the evaluation logic (IAM User Guide, reference_policies_evaluation-logic). An explicit deny
// in any policy wins. Within the resource's account, the identity policies or the resource policy must allow.
// Across accounts, both must allow. Anonymous requests have only the resource policy.
//
// A permissions boundary and a session policy must allow too. They do not limit a resource policy within the
// account that names the session, the user or everyone (reference_policies_evaluation-logic_policy-eval-denyallow).
//
// The resourcePolicy may be nil. Its statements must have a Principal.
func Evaluate(req Request, resourcePolicy *Policy) Decision {
	e := newEvaluation(req, resourcePolicy)
	if resourcePolicy != nil {
		resourcePolicy.mustHavePrincipals()
		e.resource = e.outcome(resourcePolicy)
	}
	if req.Identity != nil {
		e.identity = e.outcome(req.Identity.Role.identityPolicies...)
		if req.Identity.Role.boundary != nil {
			e.boundary = e.outcome(req.Identity.Role.boundary)
		}
		if req.Identity.Policy != nil {
			e.session = e.outcome(req.Identity.Policy)
		}
	}
	for _, o := range []outcome{e.resource, e.identity, e.boundary, e.session} {
		if o.denyStatement != "" {
			return Decision{Reason: fmt.Sprintf("%s: explicit deny by %s", e.question(), o.denyStatement)}
		}
	}
	if req.Identity == nil {
		return e.decideAnonymous()
	}
	role := req.Identity.Role
	sameAccount := role.Account == req.ResourceAccount
	grantedToSession := sameAccount && e.resource.principal >= principalAny
	switch {
	case role.boundary != nil && e.boundary.allowStatement == "" && !grantedToSession:
		return e.refuse(fmt.Sprintf("the permissions boundary %s of %s %s",
			role.boundary.Name, role.kind(), role.Name), e.boundary)
	case req.Identity.Policy != nil && e.session.allowStatement == "" && !grantedToSession:
		return e.refuse("the session policy of "+req.Identity.ARN(), e.session)
	case !sameAccount:
		return e.decideAcrossAccounts()
	}
	return e.decideWithinAccount()
}

const noResourcePolicy = "the resource policy (there is none)"

// evaluation is one request with the outcome of each kind of policy.
type evaluation struct {
	Request
	context                               contextKeys
	resource, identity, boundary, session outcome
	resourceName                          string
	caller                                string // for messages, where the caller is no identity
}

// newEvaluation prepares the evaluation of a request. It adds the condition keys of the resource: aws:ResourceAccount,
// and aws:ResourceTag with the tags that the resource policy knows. AWS gives tags to the actions of Lambda, STS and
// Secrets Manager (Service Authorization Reference, "Resource types defined by" each service).
func newEvaluation(req Request, resourcePolicy *Policy) *evaluation {
	e := &evaluation{Request: req, context: newContextKeys(req.Context), resourceName: noResourcePolicy}
	if req.ResourceAccount != "" {
		e.context.set("aws:ResourceAccount", req.ResourceAccount)
	}
	if resourcePolicy == nil {
		return e
	}
	if len(resourcePolicy.Statements) > 0 {
		e.resourceName = resourcePolicy.Name
	}
	for name, value := range resourcePolicy.ResourceTags {
		e.context.set("aws:ResourceTag/"+name, value)
		switch service, _, _ := strings.Cut(req.Action, ":"); service {
		case "sts":
			e.context.set("iam:ResourceTag/"+name, value)
		case "secretsmanager":
			e.context.set("secretsmanager:ResourceTag/"+name, value)
		}
	}
	return e
}

func (e *evaluation) decideAnonymous() Decision {
	if e.resource.allowStatement == "" {
		return e.refuse(e.resourceName, e.resource)
	}
	return e.allow(e.resource.allowStatement)
}

func (e *evaluation) decideAcrossAccounts() Decision {
	switch {
	case e.resource.allowStatement == "":
		return e.refuse(fmt.Sprintf("%s (account %s asks from outside: "+
			"the resource policy and the %s's own policies must both allow)",
			e.resourceName, e.Identity.Role.Account, e.Identity.Role.kind()), e.resource)
	case e.identity.allowStatement == "":
		return e.refuse(fmt.Sprintf("%s (the resource is in account %s: they and the resource policy must both allow)",
			e.identityName(), e.ResourceAccount), e.identity)
	}
	return e.allow(e.resource.allowStatement + " and " + e.identity.allowStatement)
}

func (e *evaluation) decideWithinAccount() Decision {
	switch {
	case e.resource.allowStatement != "" && e.resource.principal > principalAccount:
		return e.allow(e.resource.allowStatement)
	case e.identity.allowStatement != "":
		return e.allow(e.identity.allowStatement)
	case e.resource.allowStatement != "": // it names the account, so the account's policies decide
		return e.refuse(fmt.Sprintf("%s (%s leaves it to them, since it names the account)",
			e.identityName(), e.resource.allowStatement), e.identity)
	}
	return e.refuse(fmt.Sprintf("%s or of %s", e.resourceName, e.identityName()), e.resource, e.identity)
}

func (e *evaluation) identityName() string {
	return "the identity policies of " + e.Identity.Role.kind() + " " + e.Identity.Role.Name
}

func (e *evaluation) allow(statements string) Decision {
	return Decision{Allowed: true, Reason: fmt.Sprintf("%s: allowed by %s", e.question(), statements)}
}

// refuse refuses a request that no statement allows. The reason names the statement that came nearest.
func (e *evaluation) refuse(policies string, outcomes ...outcome) Decision {
	reason := fmt.Sprintf("no statement of %s allows %s", policies, e.question())
	nearest := slices.MaxFunc(outcomes, func(a, b outcome) int { return a.depth - b.depth })
	if nearest.nearStatement != "" {
		reason += "; nearest: " + nearest.nearStatement
	}
	return Decision{Reason: reason}
}

// question describes the request in the words of a policy. It includes the condition keys of the action's
// service. It leaves out the external id, which people may take for a password (STS API Reference,
// API_AssumeRole).
func (e *evaluation) question() string {
	text := fmt.Sprintf("%s on %s", e.Action, e.Resource)
	prefix, _, _ := strings.Cut(strings.ToLower(e.Action), ":")
	for _, key := range slices.Sorted(maps.Keys(e.context)) {
		if strings.HasPrefix(key, prefix+":") && key != "sts:externalid" {
			text += fmt.Sprintf(" (%s=%s)", e.context[key].name, strings.Join(e.context[key].values, ","))
		}
	}
	switch {
	case e.caller != "":
		return text + " to " + e.caller
	case e.Identity == nil:
		return text + " to anyone"
	}
	return text + " to " + e.Identity.ARN()
}

// outcome is the result of a set of policies. It names the statement that denies, else the one that allows, else
// the one that came nearest.
type outcome struct {
	denyStatement, allowStatement string
	principal                     principalKind // how the allowing statement names the identity
	nearStatement                 string
	depth                         int
}

func (e *evaluation) outcome(policies ...*Policy) outcome {
	var o outcome
	for _, policy := range policies {
		for _, s := range policy.Statements {
			name := fmt.Sprintf("statement %s of %s", s.Sid, policy.Name)
			reason, depth, principal := s.mismatch(e.Request, e.context)
			switch {
			case reason != "" && !s.deny && depth > o.depth:
				o.nearStatement, o.depth = name+" "+reason, depth
			case reason != "":
			case s.deny:
				return outcome{denyStatement: name}
			case o.allowStatement == "" || principal > o.principal:
				o.allowStatement, o.principal = name, principal
			}
		}
	}
	return o
}
