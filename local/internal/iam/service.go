package iam

import "slices"

// EvaluateService answers whether a resource policy lets an AWS service, such as "apigateway.amazonaws.com", do something: only a
// statement that names the service, or everyone, counts. policy may be nil; the request's Identity is not looked at.
func EvaluateService(service string, req Request, policy *Policy) Decision {
	about := &Policy{Name: "the resource policy (there is none) for " + service}
	if policy != nil {
		policy.mustHavePrincipals()
		about.Name = policy.Name + " for " + service
		for _, s := range policy.Statements {
			if slices.ContainsFunc(s.principals, func(p principal) bool { return p.isService(service) }) {
				about.Statements = append(about.Statements, s)
			}
		}
	}
	return EvaluateStatements(req, about)
}

// EvaluateStatements answers by one policy alone, whoever its statements are for.
func EvaluateStatements(req Request, policy *Policy) Decision {
	e := evaluation{Request: req, context: newContextKeys(req.Context)}
	anyone := &Policy{Name: policy.Name}
	for _, s := range policy.Statements {
		copied := *s
		copied.principals = nil
		anyone.Statements = append(anyone.Statements, &copied)
	}
	switch o := e.outcome(anyone); {
	case o.denied != "":
		return Decision{Reason: e.question() + ": explicit deny by " + o.denied}
	case o.allowed != "":
		return e.allowed(o.allowed)
	default:
		return e.missing(policy.Name, o)
	}
}
