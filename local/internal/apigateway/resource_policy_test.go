package apigateway

import (
	"net/http"
	"testing"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// forAnyone is a statement of a resource policy. The conditions, unless nil, are its Condition.
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

// TestResourcePolicyAlone checks that the resource policy must allow a call of a method that is open otherwise.
func TestResourcePolicyAlone(t *testing.T) {
	tests := []struct {
		name, why  string
		statements []any
		allowed    bool
	}{
		{name: "allows", why: "everyone", statements: []any{forAnyone("Allow", everything, nil)}, allowed: true},
		{
			name: "allows the address", why: "the request comes from it",
			statements: []any{forAnyone("Allow", everything, fromHere)}, allowed: true,
		},
		{
			name: "allows another address", why: "nothing is allowed that is not named",
			statements: []any{forAnyone("Allow", everything, fromElsewhere)},
		},
		{
			name: "allows another method", why: "nothing is allowed that is not named",
			statements: []any{forAnyone("Allow", apiARN+"/Prod/POST/x", nil)},
		},
		{
			name: "allows a role", why: "nobody has signed",
			statements: []any{object{
				"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": everything,
				"Principal": object{"AWS": "arn:aws:iam::111122223333:role/caller"},
			}},
		},
		{
			name: "denies", why: "a denial wins",
			statements: []any{forAnyone("Allow", everything, nil), forAnyone("Deny", everything, fromHere)},
		},
		{
			name: "user agent", why: "a condition key of every request",
			statements: []any{
				forAnyone("Allow", everything, object{"StringEquals": object{"aws:UserAgent": "test/1"}}),
			},
			allowed: true,
		},
		{
			name: "referer", why: "a condition key of requests that have one",
			statements: []any{forAnyone("Allow", everything, object{"StringEquals": object{"aws:Referer": "https://example.com/"}})},
			allowed:    true,
		},
		{
			name: "no such key", why: "is absent",
			statements: []any{forAnyone("Allow", everything, object{"StringEquals": object{"aws:SourceVpc": "vpc-1"}})},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := start(t, func(config *Config) { config.Policy = policy(t, test.statements...) })
			response, body := api.send(t, "GET", "/Prod/x", "", "User-Agent: test/1", "Referer: https://example.com/")
			if test.allowed {
				if response.StatusCode != 200 {
					t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.log)
				}
				return
			}
			expectRefusal(t, test.why, response, body, 403, "AccessDeniedException",
				notAuthorized("anonymous", "GET/x"))
		})
	}
}

// TestResourcePolicyWithIAM checks that within the account one of both policies must allow, and that neither may
// deny.
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
		identity  []any  // statements of the role's policy
		account   string // the role's
		status    int
	}{
		{name: "the resource policy allows", why: "it suffices", policy: named("Allow"), account: account, status: 200},
		{
			name: "the identity's policy allows", why: "it suffices",
			policy: forAnyone("Allow", everything, fromElsewhere), identity: []any{statement("Allow", "*")},
			account: account,
			status:  200,
		},
		{
			name: "on a condition about the caller", why: "who is known",
			policy:  forAnyone("Allow", everything, object{"ArnEquals": object{"aws:PrincipalArn": caller["AWS"]}}),
			account: account, status: 200,
		},
		{
			name: "neither allows", why: "one of them must",
			policy: forAnyone("Allow", everything, fromElsewhere), account: account, status: 403,
		},
		{
			name: "the resource policy denies", why: "a denial wins",
			policy: named("Deny"), identity: []any{statement("Allow", "*")}, account: account, status: 403,
		},
		{
			name: "the identity's policy denies", why: "a denial wins",
			policy: named("Allow"), identity: []any{statement("Deny", "*")}, account: account, status: 403,
		},
		{
			name: "both, across accounts", why: "both must allow",
			policy: forAnyone("Allow", everything, nil), identity: []any{statement("Allow", "*")},
			account: "444455556666",
			status:  200,
		},
		{
			name: "the resource policy, across accounts", why: "both must allow",
			policy: forAnyone("Allow", everything, nil), account: "444455556666", status: 403,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := signedAPI(t, func(config *Config) { config.Policy = policy(t, test.policy) })
			r := api.request(t, "GET", "/Prod/x", "")
			sign(t, r, "", api.store.Issue(role(t, test.account, "caller", test.identity...), "s"), "execute-api",
				api.clock.Now())
			if response, body := do(t, r); response.StatusCode != test.status {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.log)
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
			api := guardedAPI(t, "TOKEN", func(config *Config, _ *Authorizer) { config.Policy = resourcePolicy })
			response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: "+tokens[test.authorizer])
			if response.StatusCode != test.status {
				t.Errorf("%s\n%s", describe(response, body), api.log)
			}
		})
	}
}

// TestResourcePolicyFirst checks that a denial of the resource policy comes before the authorizer.
func TestResourcePolicyFirst(t *testing.T) {
	api := guardedAPI(t, "TOKEN", func(config *Config, _ *Authorizer) {
		config.Policy = policy(t, forAnyone("Allow", everything, nil), forAnyone("Deny", apiARN+"/Prod/POST/*", nil))
	})
	response, body := api.send(t, http.MethodPost, "/Prod/x", "", "X-Token: allow")
	expectRefusal(t, "denied", response, body, 403, "AccessDeniedException", notAuthorized("anonymous", "POST/x"))
	if got := api.invocation(t, "GET", "/Prod/x", "X-Token: allow"); got != "1" {
		t.Errorf("the authorizer was asked before: invocation %v", got)
	}
}
