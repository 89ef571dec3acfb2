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
		{"named", "by its name", permit(forGateway, ""), true, "to " + gateway + " for arn:aws:execute-api:ap-northeast-1:111122223333:api1/Prod/POST/grant: allowed by statement Permit of resource policy"},
		{"among others", "one suffices", permit(`{"Service":["s3.amazonaws.com","`+gateway+`"]}`, ""), true, ""},
		{"everyone", "services included", permit(`"*"`, ""), true, ""},
		{"no policy", "the default is to refuse", "", false, "no statement of the resource policy (there is none) allows lambda:InvokeFunctionUrl on " + functionARN + " to " + gateway + " for arn:aws:execute-api"},
		{"another service", "", permit(`{"Service":"s3.amazonaws.com"}`, ""), false, ""},
		{"a role", "a service is none", permit(`{"AWS":"`+signerARN+`"}`, ""), false, ""},
		{"the account", "a service is not in it", permit(`{"AWS":"111122223333"}`, ""), false, ""},
		{"the name of another kind", "a federation may be called as it likes", permit(`{"Federated":"`+gateway+`"}`, ""), false, ""},
		{"a user of that name", "is no service either", permit(`{"CanonicalUser":"`+gateway+`"}`, ""), false, ""},
		{"from the API", "aws:SourceArn", permit(forGateway, `{"ArnLike":{"aws:SourceArn":"arn:aws:execute-api:*:111122223333:api1/*"}}`), true, ""},
		{"from another API", "aws:SourceArn", permit(forGateway, `{"ArnLike":{"aws:SourceArn":"arn:aws:execute-api:*:111122223333:api2/*"}}`), false, "which does not hold"},
		{"denied", "a deny wins", permit(forGateway, "") + `,{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`, false, "explicit deny by statement Stop"},
		{"a role denied", "the service is none", permit(forGateway, "") + `,{"Effect":"Deny","Principal":{"AWS":"` + signerARN + `"},"Action":"*","Resource":"*"}`, true, ""},
		{"another resource", "", strings.Replace(permit(forGateway, ""), "orders", "other", 1), false, "is about another resource"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var resource *Policy
			if row.resource != "" {
				resource = policy(t, "resource policy", row.resource)
			}
			decision := EvaluateService(gateway, Request{
				Action: "lambda:InvokeFunctionUrl", Resource: functionARN, ResourceAccount: account,
				Context: map[string][]string{"aws:SourceArn": {"arn:aws:execute-api:ap-northeast-1:111122223333:api1/Prod/POST/grant"}},
			}, resource)
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q", row.why, decision, row.allowed, row.reason)
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
	EvaluateService(gateway, Request{Action: "lambda:InvokeFunction", Resource: functionARN}, policy(t, "inline", `{"Effect":"Allow","Action":"*","Resource":"*"}`))
}

// TestEvaluateStatements: the policy of a Lambda authorizer is about its caller, so it decides alone.
func TestEvaluateStatements(t *testing.T) {
	const allow = `{"Sid":"Go","Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:*:*:api1/Prod/POST/*"}`
	for _, row := range []struct {
		name, why, statements string
		allowed               bool
		reason                string
	}{
		{"allows", "", allow, true, "allowed by statement Go of policyDocument"},
		{"allows another path", "", strings.Replace(allow, "POST", "GET", 1), false, "no statement of policyDocument allows execute-api:Invoke"},
		{"denies", "a deny wins, in either order", `{"Sid":"Stop","Effect":"Deny","Action":"*","Resource":"*"},` + allow, false, "explicit deny by statement Stop of policyDocument"},
		{"denies later", "a deny wins, in either order", allow + `,{"Sid":"Stop","Effect":"Deny","Action":"*","Resource":"*"}`, false, "explicit deny"},
		{"condition holds", "", strings.Replace(allow, "{", `{"Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1"}},`, 1), true, ""},
		{"condition fails", "", strings.Replace(allow, "{", `{"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.1"}},`, 1), false, "which does not hold"},
	} {
		t.Run(row.name, func(t *testing.T) {
			decision := EvaluateStatements(Request{
				Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:eu-west-1:111122223333:api1/Prod/POST/grant", Context: map[string][]string{"aws:SourceIp": {"127.0.0.1"}},
			}, policy(t, "policyDocument", row.statements))
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q", row.why, decision, row.allowed, row.reason)
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
		{"named", "", trusts("Allow", `{"Service":"lambda.amazonaws.com"}`, "sts:AssumeRole"), true},
		{"everyone", "", trusts("Allow", `"*"`, "sts:*"), true},
		{"another service", "", trusts("Allow", `{"Service":"ec2.amazonaws.com"}`, "sts:AssumeRole"), false},
		{"another action", "", trusts("Allow", `{"Service":"lambda.amazonaws.com"}`, "sts:TagSession"), false},
		{"the name of another kind", "a federation is no service", trusts("Allow", `{"Federated":"lambda.amazonaws.com"}`, "sts:AssumeRole"), false},
		{"denied", "a deny wins", trusts("Allow", `"*"`, "sts:*") + "," + trusts("Deny", `{"Service":"lambda.amazonaws.com"}`, "sts:AssumeRole"), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := trustedBy(t, leasedARN, row.trust).TrustsService("lambda.amazonaws.com"); got != row.want {
				t.Errorf("%s: %v, want %v", row.why, got, row.want)
			}
		})
	}
}
