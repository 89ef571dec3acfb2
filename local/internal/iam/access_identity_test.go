package iam

import (
	"strings"
	"testing"
)

func TestEvaluateAccessIdentity(t *testing.T) {
	const id, user = "E2QWRUHAPOMQZL", "b970b42360b81c8ddbd79d2f5df0069ba9033c8a79655752abe380cd6d63ba8b"
	const named = `{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ` + id + `"}`
	for _, row := range []struct {
		name, why, principal string
		unknownUser          bool
		allowed              bool
		reason               string
	}{
		{
			name: "canonical user", why: "CDK writes it", principal: `{"CanonicalUser":"` + user + `"}`, allowed: true,
			reason: "to origin access identity " + id + ": allowed by statement Permit of resource policy",
		},
		{name: "ARN", why: "CDK writes it of an imported identity", principal: named, allowed: true},
		{name: "everyone", why: "identities included", principal: `"*"`, allowed: true},
		{
			name: "another canonical user", why: "it is a user of S3 too",
			principal: `{"CanonicalUser":"` + user[1:] + `"}`,
			reason:    "no statement of resource policy allows",
		},
		{name: "another ARN", why: "it has another id", principal: strings.Replace(named, "E2", "E3", 1)},
		{name: "canonical user that is the id", why: "an id is none", principal: `{"CanonicalUser":"` + id + `"}`},
		{
			name: "federation of that name", why: "a federation may be called as it likes",
			principal: `{"Federated":"` + user + `"}`,
		},
		{name: "CloudFront", why: "an identity is no service", principal: `{"Service":"cloudfront.amazonaws.com"}`},
		{
			name: "no canonical user", why: "an identity from elsewhere has none that is known",
			principal: `{"CanonicalUser":""}`, unknownUser: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			identity := AccessIdentity{ID: id, CanonicalUser: user}
			if row.unknownUser {
				identity.CanonicalUser = ""
			}
			decision := EvaluateAccessIdentity(identity, Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
			}, policy(t, "resource policy", permit(row.principal, "")))
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q",
					row.why, decision, row.allowed, row.reason)
			}
		})
	}
}

// TestAccessIdentityIsNotAnyone checks that a policy for an identity lets nobody else in.
func TestAccessIdentityIsNotAnyone(t *testing.T) {
	const arn = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2QWRUHAPOMQZL"
	resource := policy(t, "resource policy", permit(`{"AWS":"`+arn+`"}`, ""))
	request := Request{Action: "lambda:InvokeFunctionUrl", Resource: functionARN}
	if decision := Evaluate(request, resource); decision.Allowed {
		t.Errorf("anyone is allowed: %s", decision.Reason)
	}
}
