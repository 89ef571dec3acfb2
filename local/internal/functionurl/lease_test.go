package functionurl

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
)

const (
	leasedARN = "arn:aws:iam::111122223333:role/leased"
	byURL     = `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"` + functionARN + `","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}}`
	byInvoke  = `{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"` + functionARN + `","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`
)

// TestLease calls a URL as a leased session does: its role's policies and its session policy must both allow both actions, and it
// ends. The URL's own policy does not name the role, unless the row says so.
func TestLease(t *testing.T) {
	const both = byURL + "," + byInvoke
	bound := func(address string) string {
		return strings.ReplaceAll(both, `"Condition":{`, `"Condition":{"IpAddress":{"aws:SourceIp":"`+address+`"},`)
	}
	elsewhere := strings.ReplaceAll(both, "function:orders", "function:other")
	for _, row := range []struct {
		name, why, role string
		session         string // statements of the session policy; "" is none
		principal       string // whom the URL's own policy names; "" is nobody
		lasts           time.Duration
		code, verbose   string // code "": it is let in
	}{
		{"role and session policy", "the lease", both, both, "", time.Second, "", ""},
		{"no session policy", "the role alone decides", both, "", "", time.Second, "", ""},
		{"for another function", "the session policy names one", both, elsewhere, "", time.Second, "AccessDeniedException", "no statement of the session policy"},
		{"role for another function", "the session policy grants nothing", elsewhere, both, "", time.Second, "AccessDeniedException", "the identity policies of role leased"},
		{"session policy with one action", "a URL needs both", both, byURL, "", time.Second, "AccessDeniedException", "allows lambda:InvokeFunction on"},
		{"session policy with the other action", "a URL needs both", both, byInvoke, "", time.Second, "AccessDeniedException", "allows lambda:InvokeFunctionUrl on"},
		{"session policy denies", "a deny wins", both, both + `,{"Sid":"Stop","Effect":"Deny","Action":"lambda:InvokeFunction","Resource":"*"}`, "", time.Second, "AccessDeniedException", "explicit deny by statement Stop"},
		{"bound to this address", "aws:SourceIp", both, bound("127.0.0.1/32"), "", time.Second, "", ""},
		{"bound to another address", "aws:SourceIp", both, bound("203.0.113.7/32"), "", time.Second, "AccessDeniedException", "IpAddress aws:SourceIp = 203.0.113.7/32, which does not hold"},
		{"for its person", "aws:SourceIdentity", both, strings.ReplaceAll(both, `"Condition":{`, `"Condition":{"StringLike":{"aws:SourceIdentity":"alice"},`), "", time.Second, "", ""},
		{"for another person", "aws:SourceIdentity", strings.ReplaceAll(both, `"Condition":{`, `"Condition":{"StringLike":{"aws:SourceIdentity":"bob"},`), both, "", time.Second, "AccessDeniedException", "StringLike aws:SourceIdentity = bob, which does not hold"},
		{"the URL names the role", "the session policy limits that, too", both, elsewhere, leasedARN, time.Second, "AccessDeniedException", "no statement of the session policy"},
		{"the URL names the session", "which the session policy does not limit", both, elsewhere, "arn:aws:sts::111122223333:assumed-role/leased/alice", time.Second, "", ""},
		{"expired", "at the very second", both, both, "", 0, "ExpiredTokenException", "signature: The security token included in the request is expired"},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := start(t, func(config *Config) {
				config.Policy = nil
				if row.principal != "" {
					config.Policy = policy(t, row.principal)
				}
			})
			leased, err := iam.NewRole(iam.RoleConfig{
				ARN: leasedARN, Trust: statements(t, `{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`),
				Policies: []*iam.Policy{statements(t, row.role)},
			})
			if err != nil {
				t.Fatal(err)
			}
			session := iam.Session{Role: leased, Name: "alice", SourceIdentity: "alice", IssuedAt: clock.Add(-time.Minute), Expires: clock.Add(row.lasts)}
			if row.session != "" {
				session.Policy = statements(t, row.session)
			}
			response, body := do(t, sign(t, u.request(t, "GET", "/echo", ""), "", u.store.Assume(session), clock))
			if row.code != "" {
				if response.StatusCode != 403 || response.Header.Get("X-Amzn-Errortype") != row.code || !strings.Contains(u.verbose.String(), row.verbose) {
					t.Errorf("%s: %s\n%s", row.why, describe(response, body), u.verbose)
				}
				return
			}
			if response.StatusCode != 200 {
				t.Fatalf("%s: %s\n%s", row.why, describe(response, body), u.verbose)
			}
			var event struct {
				RequestContext struct{ Authorizer authorizer }
			}
			if err := json.Unmarshal(body, &event); err != nil {
				t.Fatal(err)
			}
			if who := event.RequestContext.Authorizer.IAM; who.UserARN != "arn:aws:sts::111122223333:assumed-role/leased/alice" || who.CallerID != leased.ID+":alice" {
				t.Errorf("the function sees %+v", who)
			}
		})
	}
}

// statements makes a policy of JSON statements, comma-separated.
func statements(t *testing.T, text string) *iam.Policy {
	t.Helper()
	var document any
	if err := json.Unmarshal([]byte(`{"Version":"2012-10-17","Statement":[`+text+`]}`), &document); err != nil {
		t.Fatal(err)
	}
	p, err := iam.ParsePolicy(document)
	if err != nil {
		t.Fatal(err)
	}
	p.Name = "policy of the test"
	return p
}
