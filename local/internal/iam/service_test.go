package iam

import (
	"strings"
	"testing"
)

const gateway = "apigateway.amazonaws.com"

func TestEvaluateService(t *testing.T) {
	forGateway := `{"Service":"` + gateway + `"}`
	for _, row := range []struct {
		name, why, resource string // statements; "" is no policy
		allowed             bool
		reason              string
	}{
		{
			name: "named", why: "by its name",
			resource: permit(forGateway, ""), allowed: true,
			reason: "to " + gateway +
				" for arn:aws:execute-api:ap-northeast-1:111122223333:api1/Prod/POST/grant: allowed by statement " +
				"Permit of resource policy",
		},
		{
			name: "among others", why: "one suffices",
			resource: permit(`{"Service":["s3.amazonaws.com","`+gateway+`"]}`, ""), allowed: true,
		},
		{name: "everyone", why: "services included", resource: permit(`"*"`, ""), allowed: true},
		{
			name: "no policy", why: "the default is to refuse",
			reason: "no statement of the resource policy (there is none) allows lambda:InvokeFunctionUrl on " +
				functionARN + " to " + gateway + " for arn:aws:execute-api",
		},
		{
			name: "another service", why: "only the named service may",
			resource: permit(`{"Service":"s3.amazonaws.com"}`, ""),
		},
		{name: "a role", why: "a service is none", resource: permit(`{"AWS":"`+signerARN+`"}`, "")},
		{name: "the account", why: "a service is not in it", resource: permit(`{"AWS":"111122223333"}`, "")},
		{
			name: "the name of another kind", why: "a federation may be called as it likes",
			resource: permit(`{"Federated":"`+gateway+`"}`, ""),
		},
		{
			name: "a user of that name", why: "a user is no service either",
			resource: permit(`{"CanonicalUser":"`+gateway+`"}`, ""),
		},
		{
			name: "from the API", why: "aws:SourceArn",
			resource: permit(forGateway, `{"ArnLike":{"aws:SourceArn":"arn:aws:execute-api:*:111122223333:api1/*"}}`),
			allowed:  true,
		},
		{
			name: "from another API", why: "aws:SourceArn",
			resource: permit(forGateway, `{"ArnLike":{"aws:SourceArn":"arn:aws:execute-api:*:111122223333:api2/*"}}`),
			reason:   "which does not hold",
		},
		{
			name: "denied", why: "a deny wins",
			resource: permit(forGateway, "") +
				`,{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`,
			reason: "explicit deny by statement Stop",
		},
		{
			name: "a role denied", why: "the service is none",
			resource: permit(forGateway, "") + `,{"Effect":"Deny","Principal":{"AWS":"` + signerARN +
				`"},"Action":"*","Resource":"*"}`,
			allowed: true,
		},
		{
			name: "another resource", why: "the function has another name",
			resource: strings.Replace(permit(forGateway, ""), "orders", "other", 1),
			reason:   "is about another resource",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var resource *Policy
			if row.resource != "" {
				resource = policy(t, "resource policy", row.resource)
			}
			decision := EvaluateService(gateway, Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
				Context: map[string][]string{"aws:SourceArn": {
					"arn:aws:execute-api:ap-northeast-1:111122223333:api1/Prod/POST/grant",
				}},
			}, resource)
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q",
					row.why, decision, row.allowed, row.reason)
			}
		})
	}
}

func TestEvaluateServiceRefusesAPolicyWithoutPrincipals(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an identity policy was taken for a resource policy, so for one about everyone")
		}
	}()
	EvaluateService(
		gateway, Request{Action: "lambda:InvokeFunction", Resource: functionARN},
		policy(t, "inline", `{"Effect":"Allow","Action":"*","Resource":"*"}`),
	)
}

// TestEvaluateStatements checks a policy that decides alone. The policy of a Lambda authorizer is about its
// caller.
func TestEvaluateStatements(t *testing.T) {
	const allow = `{"Sid":"Go","Effect":"Allow","Action":"execute-api:Invoke",` +
		`"Resource":"arn:aws:execute-api:*:*:api1/Prod/POST/*"}`
	for _, row := range []struct {
		name, why, statements string
		allowed               bool
		reason                string
	}{
		{
			name: "allows", why: "one statement suffices",
			statements: allow, allowed: true, reason: "allowed by statement Go of policyDocument",
		},
		{
			name: "allows another path", why: "the request has another method",
			statements: strings.Replace(allow, "POST", "GET", 1),
			reason:     "no statement of policyDocument allows execute-api:Invoke",
		},
		{
			name: "denies", why: "a deny wins, in either order",
			statements: `{"Sid":"Stop","Effect":"Deny","Action":"*","Resource":"*"},` + allow,
			reason:     "explicit deny by statement Stop of policyDocument",
		},
		{
			name: "denies later", why: "a deny wins, in either order",
			statements: allow + `,{"Sid":"Stop","Effect":"Deny","Action":"*","Resource":"*"}`,
			reason:     "explicit deny",
		},
		{
			name: "condition holds", why: "the address is the one listed",
			statements: strings.Replace(allow, "{", `{"Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1"}},`, 1),
			allowed:    true,
		},
		{
			name: "condition fails", why: "the address is another one",
			statements: strings.Replace(allow, "{", `{"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.1"}},`, 1),
			reason:     "which does not hold",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			decision := EvaluateStatements(Request{
				Action:   "execute-api:Invoke",
				Resource: "arn:aws:execute-api:eu-west-1:111122223333:api1/Prod/POST/grant",
				Context:  map[string][]string{"aws:SourceIp": {"127.0.0.1"}},
			}, policy(t, "policyDocument", row.statements))
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q",
					row.why, decision, row.allowed, row.reason)
			}
		})
	}
}

func TestTrustsService(t *testing.T) {
	trusts := func(effect, principal, action string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `"}`
	}
	for _, row := range []struct {
		name, why, trust string
		want             bool
	}{
		{
			name: "named", why: "the service is listed",
			trust: trusts("Allow", `{"Service":"lambda.amazonaws.com"}`, "sts:AssumeRole"), want: true,
		},
		{name: "everyone", why: "services included", trust: trusts("Allow", `"*"`, "sts:*"), want: true},
		{
			name: "another service", why: "only the named service may",
			trust: trusts("Allow", `{"Service":"ec2.amazonaws.com"}`, "sts:AssumeRole"),
		},
		{
			name: "another action", why: "it must be sts:AssumeRole",
			trust: trusts("Allow", `{"Service":"lambda.amazonaws.com"}`, "sts:TagSession"),
		},
		{
			name: "the name of another kind", why: "a federation is no service",
			trust: trusts("Allow", `{"Federated":"lambda.amazonaws.com"}`, "sts:AssumeRole"),
		},
		{
			name: "denied", why: "a deny wins",
			trust: trusts("Allow", `"*"`, "sts:*") + "," +
				trusts("Deny", `{"Service":"lambda.amazonaws.com"}`, "sts:AssumeRole"),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := trustedBy(t, leasedARN, row.trust).TrustsService("lambda.amazonaws.com"); got != row.want {
				t.Errorf("%s: %v, want %v", row.why, got, row.want)
			}
		})
	}
}
