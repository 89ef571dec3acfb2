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
	Identity        *Identity           // nil: anonymous
	Context         map[string][]string // condition keys, in any case, with the request's values
}

// Decision is the answer, and for people who wonder at it, the reason.
type Decision struct {
	Allowed bool
	Reason  string // the statement that decided, or what is missing
}

// Evaluate applies the evaluation logic (IAM User Guide, reference_policies_evaluation-logic): an explicit deny anywhere wins;
// within the resource's account the identity policies or the resource policy must allow, across accounts both; the anonymous
// only have the resource policy. A permissions boundary and a session policy must allow too, unless within the account the resource
// policy names the session itself or everyone (reference_policies_evaluation-logic_policy-eval-denyallow).
// resourcePolicy may be nil; its statements must have a Principal.
func Evaluate(req Request, resourcePolicy *Policy) Decision {
	e := evaluation{Request: req, context: newContextKeys(req.Context), resourceName: noResourcePolicy}
	if resourcePolicy != nil {
		resourcePolicy.mustHavePrincipals()
		e.resourceName = resourcePolicy.Name
		e.resource = e.outcome(resourcePolicy)
	}
	if req.Identity != nil {
		e.identity = e.outcome(req.Identity.Role.identities...)
		if req.Identity.Role.boundary != nil {
			e.boundary = e.outcome(req.Identity.Role.boundary)
		}
		if req.Identity.Policy != nil {
			e.session = e.outcome(req.Identity.Policy)
		}
	}
	for _, o := range []outcome{e.resource, e.identity, e.boundary, e.session} {
		if o.denied != "" {
			return Decision{Reason: fmt.Sprintf("%s: explicit deny by %s", e.question(), o.denied)}
		}
	}
	if req.Identity == nil {
		return e.decideAnonymous()
	}
	role := req.Identity.Role
	within := role.Account == req.ResourceAccount
	direct := within && e.resource.principal >= principalAny
	switch {
	case role.boundary != nil && e.boundary.allowed == "" && !direct:
		return e.missing(fmt.Sprintf("the permissions boundary %s of role %s", role.boundary.Name, role.Name), e.boundary)
	case req.Identity.Policy != nil && e.session.allowed == "" && !direct:
		return e.missing("the session policy of "+req.Identity.ARN(), e.session)
	case !within:
		return e.decideAcrossAccounts()
	}
	return e.decideWithinAccount()
}

const noResourcePolicy = "the resource policy (there is none)"

// EvaluateTrust answers whether an identity may do something to a role that its trust policy is about: sts:AssumeRole,
// sts:TagSession or sts:SetSourceIdentity. Other than with resource policies in general, the trust policy must allow, whatever
// the identity's own policies say (IAM User Guide, reference_policies_evaluation-logic). Resource and account are the role's.
func EvaluateTrust(req Request, role *Role) Decision {
	req.Resource, req.ResourceAccount = role.ARN, role.Account
	e := evaluation{Request: req, context: newContextKeys(req.Context)}
	trusted := e.outcome(role.trust)
	if trusted.denied == "" && trusted.allowed == "" {
		return e.missing("the trust policy of role "+role.Name, trusted)
	}
	return Evaluate(req, role.trust)
}

// evaluation is one request, and what each kind of policy says to it.
type evaluation struct {
	Request
	context                               contextKeys
	resource, identity, boundary, session outcome
	resourceName                          string
	caller                                string // who asks, where that is no identity
}

func (e *evaluation) decideAnonymous() Decision {
	if e.resource.allowed == "" {
		return e.missing(e.resourceName, e.resource)
	}
	return e.allowed(e.resource.allowed)
}

func (e *evaluation) decideAcrossAccounts() Decision {
	switch {
	case e.resource.allowed == "":
		return e.missing(fmt.Sprintf("%s (account %s asks from outside: both it and the role's own policies must allow)",
			e.resourceName, e.Identity.Role.Account), e.resource)
	case e.identity.allowed == "":
		return e.missing(fmt.Sprintf("%s (the resource is in account %s: both they and the resource policy must allow)",
			e.identityName(), e.ResourceAccount), e.identity)
	}
	return e.allowed(e.resource.allowed + " and " + e.identity.allowed)
}

func (e *evaluation) decideWithinAccount() Decision {
	switch {
	case e.resource.allowed != "" && e.resource.principal > principalAccount:
		return e.allowed(e.resource.allowed)
	case e.identity.allowed != "":
		return e.allowed(e.identity.allowed)
	case e.resource.allowed != "": // it names the account, and so leaves it to the account's own policies
		return e.missing(fmt.Sprintf("%s (to which %s leaves it, since it names the account)", e.identityName(), e.resource.allowed), e.identity)
	}
	return e.missing(fmt.Sprintf("%s or of %s", e.resourceName, e.identityName()), e.resource, e.identity)
}

func (e *evaluation) identityName() string {
	return "the identity policies of role " + e.Identity.Role.Name
}

func (e *evaluation) allowed(by string) Decision {
	return Decision{Allowed: true, Reason: fmt.Sprintf("%s: allowed by %s", e.question(), by)}
}

// missing refuses for want of a statement, and names the one that came nearest.
func (e *evaluation) missing(where string, near ...outcome) Decision {
	reason := fmt.Sprintf("no statement of %s allows %s", where, e.question())
	nearest := slices.MaxFunc(near, func(a, b outcome) int { return a.depth - b.depth })
	if nearest.near != "" {
		reason += "; nearest: " + nearest.near
	}
	return Decision{Reason: reason}
}

// question tells the request in the words of a policy, with the condition keys of the action's own service, but without an
// external id, which people may take for a password (STS API Reference, API_AssumeRole).
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

// outcome is what a set of policies says: the statement that denies, else the one that allows, else the one that came nearest.
type outcome struct {
	denied, allowed string
	principal       principalKind // by which the allowing statement names the identity
	near            string
	depth           int
}

func (e *evaluation) outcome(policies ...*Policy) outcome {
	var o outcome
	for _, policy := range policies {
		for _, s := range policy.Statements {
			name := fmt.Sprintf("statement %s of %s", s.Sid, policy.Name)
			why, depth, principal := s.mismatch(e.Request, e.context)
			switch {
			case why != "" && !s.deny && depth > o.depth:
				o.near, o.depth = name+" "+why, depth
			case why != "":
			case s.deny:
				return outcome{denied: name}
			case o.allowed == "" || principal > o.principal:
				o.allowed, o.principal = name, principal
			}
		}
	}
	return o
}
