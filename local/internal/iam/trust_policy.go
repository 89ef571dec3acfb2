package iam

import "slices"

// EvaluateTrust decides whether an identity may do something to a role that the role's trust policy is about. The
// actions are sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity. The trust policy must allow, even if the
// identity's policies do. Other resource policies need not (IAM User Guide, reference_policies_evaluation-logic).
// The role replaces Resource and ResourceAccount of the request.
func EvaluateTrust(req Request, role *Role) Decision {
	req.Resource, req.ResourceAccount = role.ARN, role.Account
	e := newEvaluation(req, role.trust)
	trusted := e.outcome(role.trust)
	if trusted.denyStatement == "" && trusted.allowStatement == "" {
		return e.refuse("the trust policy of role "+role.Name, trusted)
	}
	return Evaluate(req, role.trust)
}

// TrustsService reports whether the trust policy lets a service, such as "lambda.amazonaws.com", assume the role.
// Conditions count as if they held, because the service's request is not simulated.
func (r *Role) TrustsService(service string) bool {
	trusted := false
	for _, s := range r.trust.Statements {
		named := slices.ContainsFunc(s.principals, func(p principal) bool { return p.isService(service) })
		if !named || !s.actions.match("sts:assumerole") {
			continue
		}
		if s.deny {
			return false
		}
		trusted = true
	}
	return trusted
}
