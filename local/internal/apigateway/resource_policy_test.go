package apigateway

import (
	"net/http"
	"testing"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// forAnyone is a statement of a resource policy; conditions, unless nil, are its Condition.
func forAnyone(effect, resource string, conditions object) object {
	s := statement(effect, resource)
	s["Principal"] = "*"
	if conditions != nil {
		s["Condition"] = conditions
	}
	return s
}

var (
	fromHere      = object{"IpAddress": object{"aws:SourceIp": "127.0.0.0/8"}}
	fromElsewhere = object{"IpAddress": object{"aws:SourceIp": "192.0.2.0/24"}}
	everything    = apiARN + "/*"
)

// TestResourcePolicyAlone: with a method that is open otherwise, the resource policy must allow.
func TestResourcePolicyAlone(t *testing.T) {
	tests := []struct {
		name, why  string
		statements []any
		allowed    bool
	}{
		{"allows", "", []any{forAnyone("Allow", everything, nil)}, true},
		{"allows the address", "", []any{forAnyone("Allow", everything, fromHere)}, true},
		{"allows another address", "nothing is allowed that is not named", []any{forAnyone("Allow", everything, fromElsewhere)}, false},
		{"allows another method", "nothing is allowed that is not named", []any{forAnyone("Allow", apiARN+"/Prod/POST/x", nil)}, false},
		{"allows a role", "nobody has signed", []any{object{
			"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": everything, "Principal": object{"AWS": "arn:aws:iam::111122223333:role/caller"},
		}}, false},
		{"denies", "a denial wins", []any{forAnyone("Allow", everything, nil), forAnyone("Deny", everything, fromHere)}, false},
		{"user agent", "a condition key of every request", []any{forAnyone("Allow", everything, object{"StringEquals": object{"aws:UserAgent": "test/1"}})}, true},
		{"referer", "a condition key of requests that have one", []any{forAnyone("Allow", everything, object{"StringEquals": object{"aws:Referer": "https://example.com/"}})}, true},
		{"no such key", "is absent", []any{forAnyone("Allow", everything, object{"StringEquals": object{"aws:SourceVpc": "vpc-1"}})}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := start(t, func(config *Config) { config.Policy = policy(t, test.statements...) })
			response, body := api.send(t, "GET", "/Prod/x", "", "User-Agent: test/1", "Referer: https://example.com/")
			if test.allowed {
				if response.StatusCode != 200 {
					t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.verbose)
				}
				return
			}
			expectRefusal(t, test.why, response, body, 403, "AccessDeniedException", notAuthorized("anonymous", "GET/x"))
		})
	}
}

// TestResourcePolicyWithIAM: within the account one of both must allow, and neither may deny.
func TestResourcePolicyWithIAM(t *testing.T) {
	caller := object{"AWS": "arn:aws:iam::111122223333:role/caller"}
	named := func(effect string) object {
		s := statement(effect, everything)
		s["Principal"] = caller
		return s
	}
	tests := []struct {
		name, why string
		policy    object
		own       []any
		in        string
		status    int
	}{
		{"the resource policy allows", "it suffices", named("Allow"), nil, account, 200},
		{"the identity's policy allows", "it suffices", forAnyone("Allow", everything, fromElsewhere), []any{statement("Allow", "*")}, account, 200},
		{"on a condition about the caller", "who is known", forAnyone("Allow", everything, object{"ArnEquals": object{"aws:PrincipalArn": caller["AWS"]}}), nil, account, 200},
		{"neither allows", "", forAnyone("Allow", everything, fromElsewhere), nil, account, 403},
		{"the resource policy denies", "a denial wins", named("Deny"), []any{statement("Allow", "*")}, account, 403},
		{"the identity's policy denies", "a denial wins", named("Allow"), []any{statement("Deny", "*")}, account, 403},
		{"both, across accounts", "both must allow", forAnyone("Allow", everything, nil), []any{statement("Allow", "*")}, "444455556666", 200},
		{"the resource policy, across accounts", "both must allow", forAnyone("Allow", everything, nil), nil, "444455556666", 403},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := signedAPI(t, func(config *Config) { config.Policy = policy(t, test.policy) })
			r := api.request(t, "GET", "/Prod/x", "")
			sign(t, r, "", api.store.Issue(role(t, test.in, "caller", test.own...), "s"), "execute-api", api.clock.Now())
			if response, body := do(t, r); response.StatusCode != test.status {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.verbose)
			}
		})
	}
}

// TestResourcePolicyWithAuthorizer is table A of apigateway-authorization-flow.
func TestResourcePolicyWithAuthorizer(t *testing.T) {
	const (
		allow, neither, deny = "Allow", "", "Deny"
	)
	tokens := map[string]string{allow: "allow", neither: "elsewhere", deny: "deny"}
	tests := []struct {
		authorizer, resource string
		status               int
	}{
		{allow, allow, 200},
		{allow, neither, 200},
		{allow, deny, 403},
		{neither, allow, 200},
		{neither, neither, 403},
		{neither, deny, 403},
		{deny, allow, 403},
		{deny, neither, 403},
		{deny, deny, 403},
	}
	for _, test := range tests {
		t.Run("authorizer "+test.authorizer+", resource policy "+test.resource, func(t *testing.T) {
			var resourcePolicy *iam.Policy
			if test.resource == neither {
				resourcePolicy = policy(t, forAnyone("Allow", everything, fromElsewhere))
			} else {
				resourcePolicy = policy(t, forAnyone(test.resource, everything, nil))
			}
			api := guarded(t, "TOKEN", func(config *Config, _ *Authorizer) { config.Policy = resourcePolicy })
			response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: "+tokens[test.authorizer])
			if response.StatusCode != test.status {
				t.Errorf("%s\n%s", describe(response, body), api.verbose)
			}
		})
	}
}

// TestResourcePolicyFirst: a denial of the resource policy comes before the authorizer.
func TestResourcePolicyFirst(t *testing.T) {
	api := guarded(t, "TOKEN", func(config *Config, _ *Authorizer) {
		config.Policy = policy(t, forAnyone("Allow", everything, nil), forAnyone("Deny", apiARN+"/Prod/POST/*", nil))
	})
	response, body := api.send(t, http.MethodPost, "/Prod/x", "", "X-Token: allow")
	expectRefusal(t, "denied", response, body, 403, "AccessDeniedException", notAuthorized("anonymous", "POST/x"))
	if got := api.asks(t, "GET", "/Prod/x", "X-Token: allow"); got != "1" {
		t.Errorf("the authorizer was asked before: invocation %v", got)
	}
}
