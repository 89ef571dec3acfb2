package iam

// AccessIdentity is an origin access identity, as which CloudFront reads a bucket. A policy names it by an ARN with
// the id or by its canonical user (CloudFront Developer Guide, private-content-restricting-access-to-s3).
type AccessIdentity struct {
	ID            string // "E2QWRUHAPOMQZL"
	CanonicalUser string // "" for an identity that is not in the assembly
}

// EvaluateAccessIdentity decides whether a resource policy lets an origin access identity do something. Only
// statements that name the identity or everyone count. The policy may be nil. The Identity of the request is ignored.
func EvaluateAccessIdentity(identity AccessIdentity, req Request, policy *Policy) Decision {
	return evaluateNamed("origin access identity "+identity.ID, identity.isNamed, req, policy)
}

// isNamed reports whether a principal names the identity, or everyone.
func (i AccessIdentity) isNamed(p principal) bool {
	switch p.kind {
	case principalCanonicalUser:
		return i.CanonicalUser != "" && p.value == i.CanonicalUser
	case principalAccessIdentity:
		return p.value == i.ID
	}
	return p.kind == principalAny
}
