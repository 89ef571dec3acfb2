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
	byURL     = `{"Effect":"Allow","Action":"lambda:InvokeFunctionUrl","Resource":"` + functionARN + `",` +
		`"Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}}`
	byInvoke = `{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"` + functionARN + `",` +
		`"Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`
)

// TestLease calls a URL as a leased session does. Its role's policies and its session policy must both allow both
// actions, and the session ends. The URL's policy does not name the role, unless the row says so.
func TestLease(t *testing.T) {
	const both = byURL + "," + byInvoke
	bound := func(address string) string {
		return strings.ReplaceAll(both, `"Condition":{`, `"Condition":{"IpAddress":{"aws:SourceIp":"`+address+`"},`)
	}
	elsewhere := strings.ReplaceAll(both, "function:orders", "function:other")
	for _, row := range []struct {
		name, why, role string
		session         string // statements of the session policy, "" for none
		principal       string // the principal of the URL's policy, "" for none
		lasts           time.Duration
		code, logged    string // code "" if the URL lets it in
	}{
		{name: "role and session policy", why: "the lease", role: both, session: both, lasts: time.Second},
		{name: "no session policy", why: "the role alone decides", role: both, lasts: time.Second},
		{
			name: "for another function", why: "the session policy names one",
			role: both, session: elsewhere, lasts: time.Second, code: "AccessDeniedException",
			logged: "no statement of the session policy",
		},
		{
			name: "role for another function", why: "the session policy grants nothing",
			role: elsewhere, session: both, lasts: time.Second, code: "AccessDeniedException",
			logged: "the identity policies of role leased",
		},
		{
			name: "session policy with one action", why: "a URL needs both",
			role: both, session: byURL, lasts: time.Second, code: "AccessDeniedException",
			logged: "allows lambda:InvokeFunction on",
		},
		{
			name: "session policy with the other action", why: "a URL needs both",
			role: both, session: byInvoke, lasts: time.Second, code: "AccessDeniedException",
			logged: "allows lambda:InvokeFunctionUrl on",
		},
		{
			name: "session policy denies", why: "a deny wins",
			role:    both,
			session: both + `,{"Sid":"Stop","Effect":"Deny","Action":"lambda:InvokeFunction","Resource":"*"}`,
			lasts:   time.Second, code: "AccessDeniedException", logged: "explicit deny by statement Stop",
		},
		{
			name: "bound to this address", why: "aws:SourceIp",
			role: both, session: bound("127.0.0.1/32"), lasts: time.Second,
		},
		{
			name: "bound to another address", why: "aws:SourceIp",
			role: both, session: bound("203.0.113.7/32"), lasts: time.Second, code: "AccessDeniedException",
			logged: "IpAddress aws:SourceIp = 203.0.113.7/32, which does not hold",
		},
		{
			name: "for its person", why: "aws:SourceIdentity",
			role: both,
			session: strings.ReplaceAll(both, `"Condition":{`,
				`"Condition":{"StringLike":{"aws:SourceIdentity":"alice"},`),
			lasts: time.Second,
		},
		{
			name: "for another person", why: "aws:SourceIdentity",
			role: strings.ReplaceAll(both, `"Condition":{`,
				`"Condition":{"StringLike":{"aws:SourceIdentity":"bob"},`),
			session: both, lasts: time.Second, code: "AccessDeniedException",
			logged: "StringLike aws:SourceIdentity = bob, which does not hold",
		},
		{
			name: "the URL names the role", why: "the session policy limits that, too",
			role: both, session: elsewhere, principal: leasedARN, lasts: time.Second, code: "AccessDeniedException",
			logged: "no statement of the session policy",
		},
		{
			name: "the URL names the session", why: "which the session policy does not limit",
			role: both, session: elsewhere, principal: "arn:aws:sts::111122223333:assumed-role/leased/alice",
			lasts: time.Second,
		},
		{
			name: "expired", why: "at the very second",
			role: both, session: both, code: "ExpiredTokenException",
			logged: "signature: the session of access key id",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := start(t, func(config *Config) {
				config.Policy = nil
				if row.principal != "" {
					config.Policy = policy(t, row.principal)
				}
			})
			leased, err := iam.NewRole(iam.RoleConfig{
				ARN: leasedARN,
				Trust: statements(t,
					`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`),
				Policies: []*iam.Policy{statements(t, row.role)},
			})
			if err != nil {
				t.Fatal(err)
			}
			session := iam.Session{
				Role: leased, Name: "alice", SourceIdentity: "alice", IssuedAt: clock.Add(-time.Minute),
				Expires: clock.Add(row.lasts),
			}
			if row.session != "" {
				session.Policy = statements(t, row.session)
			}
			response, body := do(t, sign(t, u.request(t, "GET", "/echo", ""), "", u.store.Assume(session), clock))
			if row.code != "" {
				code, logged := response.Header.Get("X-Amzn-Errortype"), u.log.String()
				if response.StatusCode != 403 || code != row.code || !strings.Contains(logged, row.logged) {
					t.Errorf("%s: %s\n%s", row.why, describe(response, body), u.log)
				}
				return
			}
			if response.StatusCode != 200 {
				t.Fatalf("%s: %s\n%s", row.why, describe(response, body), u.log)
			}
			var event struct {
				RequestContext struct{ Authorizer authorizer }
			}
			if err := json.Unmarshal(body, &event); err != nil {
				t.Fatal(err)
			}
			who := event.RequestContext.Authorizer.IAM
			const sessionARN = "arn:aws:sts::111122223333:assumed-role/leased/alice"
			if who.UserARN != sessionARN || who.CallerID != leased.ID+":alice" {
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
