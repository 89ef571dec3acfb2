package test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

const (
	loginIssuer    = "https://login.example.com/"
	partnersIssuer = "https://partners.example.com/oauth2/default"
)

// startOidc runs one function behind a distribution with three authorizers. The login issuer's users come to "/" with
// a scope. The partners' issuer has its keys elsewhere, and its users come to /partners. A user pool's users come to
// /staff.
func startOidc(t *testing.T) guarded {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Oidc", "ap-northeast-1")
	calls := map[string]string{}
	orders := countedFunction(t, stack, "Orders", calls)
	pool, clients := newPool(stack, "Pool")
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: orders, WithoutWebAcl: true,
		Authorizer: furl.OidcTokens(loginIssuer, furl.OidcTokenOptions{
			Audiences: []string{"orders"}, Scopes: []string{"orders/read"},
		}),
	})
	api.AddBehavior("/partners/*", orders, &furl.BehaviorProps{
		Authorizer: furl.OidcTokens(partnersIssuer, furl.OidcTokenOptions{
			Audiences: []string{"orders", "reports"}, JwksUri: "https://keys.example.com/v1/keys?tenant=a",
		}),
	})
	api.AddBehavior("/staff/*", orders, &furl.BehaviorProps{
		Authorizer: furl.CognitoTokens(pool, furl.CognitoTokenOptions{Clients: clients}),
	})
	dir := synth(t, app).dir
	local := startLocal(t, dir)
	return guarded{pooled{local, dir}, local.edge(t), calls}
}

// Flags of furl token for a user who passes.
var (
	loginUser   = []string{"--issuer", loginIssuer, "--scope", "orders/read"}
	partnerUser = []string{"--issuer", partnersIssuer, "--audience", "reports"}
	staffUser   = []string{"--pool", "Oidc/Pool", "--use", "access"}
)

// TestOidcTokens checks that each issuer's users pass where they are asked for. The function sees their claims, and
// which issuer they are from.
func TestOidcTokens(t *testing.T) {
	g := startOidc(t)
	pool := g.issuerOf(t, "Oidc/Pool")
	for _, row := range []struct {
		name, why, path string
		flags           []string
		issuer          string
	}{
		{
			name: "the issuer's user", why: "the only audience needs no flag", path: "/",
			flags: loginUser, issuer: loginIssuer,
		},
		{
			name: "two scopes", why: "one is asked for", path: "/",
			flags: []string{"--issuer", loginIssuer, "--scope", "x", "--scope", "orders/read"}, issuer: loginIssuer,
		},
		{
			name: "scopes in scp", why: "some issuers write them there", path: "/",
			flags: []string{"--issuer", loginIssuer, "--claim", "scp=openid orders/read"}, issuer: loginIssuer,
		},
		{
			name: "the other issuer's user", why: "of another behaviour, with keys elsewhere", path: "/partners/1",
			flags: partnerUser, issuer: partnersIssuer,
		},
		{
			name: "a list of audiences", why: "one is the behaviour's", path: "/partners/1",
			flags: append([]string{"--audience", "other"}, partnerUser...), issuer: partnersIssuer,
		},
		{name: "the pool's user", why: "pools go on beside it", path: "/staff/1", flags: staffUser, issuer: pool},
	} {
		token := g.token(t, row.flags...)
		before := g.called(t)
		a := g.get(t, row.path, map[string]string{
			"Authorization": "Bearer " + token, "X-Furl-Verified": "https://forged.example.com/",
		})
		var body struct{ Headers map[string]string }
		if err := json.Unmarshal(a.body, &body); a.status != 200 || err != nil {
			t.Errorf("%s: %d %s (%s)", row.name, a.status, a.body, row.why)
			continue
		}
		if issuer := body.Headers["x-furl-verified"]; issuer != row.issuer {
			t.Errorf("%s: x-furl-verified is %q, want %q", row.name, issuer, row.issuer)
		}
		seen := strings.TrimPrefix(body.Headers["x-forwarded-authorization"], "Bearer ")
		if claims := claimsOf(t, seen); seen != token || claims["iss"] != row.issuer {
			t.Errorf("%s: the function saw the claims %v", row.name, claims)
		}
		if g.called(t) != before+1 {
			t.Errorf("%s: %d calls", row.name, g.called(t)-before)
		}
		if strings.Contains(g.log(), token) {
			t.Errorf("%s: the log has the token", row.name)
		}
	}
}

// TestOidcTokensRefused checks that no refused request reaches the function.
func TestOidcTokensRefused(t *testing.T) {
	g := startOidc(t)
	user := g.token(t, loginUser...)
	with := func(user []string, further ...string) string { return g.token(t, append(further, user...)...) }
	noScope := []string{"--issuer", loginIssuer}
	for _, row := range []struct {
		name, why, path, token string
		status                 int
		code                   string
	}{
		{
			name: "another audience", why: "the token is for another API", path: "/",
			token: with(loginUser, "--audience", "reports"), status: 401, code: "InvalidToken",
		},
		{
			name: "no scope", why: "one is asked for", path: "/",
			token: with(noScope), status: 403, code: "InsufficientScope",
		},
		{
			name: "another scope", why: "scopes are compared whole", path: "/",
			token: with(noScope, "--scope", "orders/read2"), status: 403, code: "InsufficientScope",
		},
		{
			name: "another scope beside scp", why: "the claim scope counts", path: "/",
			token: with(noScope, "--scope", "x", "--claim", "scp=orders/read"), status: 403, code: "InsufficientScope",
		},
		{
			name: "expired", why: "without leeway", path: "/",
			token: with(loginUser, "--claim", "exp=1700000000"), status: 401, code: "ExpiredToken",
		},
		{
			name: "not yet valid", why: "without leeway", path: "/",
			token: with(loginUser, "--claim", "nbf=4000000000"), status: 401, code: "InvalidToken",
		},
		{
			name: "no algorithm", why: "anybody could write it", path: "/",
			token: unsignedToken(t, user), status: 401, code: "InvalidToken",
		},
		{
			name: "another subject", why: "the signature is for the first", path: "/",
			token: withSubject(t, user, "someone-else"), status: 401, code: "InvalidToken",
		},
		{
			name: "the other issuer's", why: "for the same audience", path: "/",
			token:  g.token(t, "--issuer", partnersIssuer, "--audience", "orders", "--scope", "orders/read"),
			status: 401, code: "InvalidToken",
		},
		{
			name: "the issuer's, at the other's behaviour", why: "for the same audience", path: "/partners/1",
			token: user, status: 401, code: "InvalidToken",
		},
		{
			name: "the pool's", why: "the pool is of another behaviour", path: "/",
			token: g.token(t, staffUser...), status: 401, code: "InvalidToken",
		},
		{
			name: "the issuer's, at the pool's behaviour", why: "it is of no pool", path: "/staff/1",
			token: user, status: 401, code: "InvalidToken",
		},
	} {
		a := g.get(t, row.path, map[string]string{"Authorization": "Bearer " + row.token})
		if !refusedAs(a, row.status, row.code) {
			t.Errorf("%s: %d %s, want %d %s (%s)", row.name, a.status, a.body, row.status, row.code, row.why)
		}
	}
	if calls := g.called(t); calls != 0 {
		t.Errorf("refused requests reached the function %d times", calls)
	}
	if a := g.get(t, "/", map[string]string{"Authorization": "Bearer " + user}); a.status != 200 || g.called(t) != 1 {
		t.Errorf("the count does not count: %d after an answer of %d", g.called(t), a.status)
	}
}
