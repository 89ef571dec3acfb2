package test

import (
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// guarded is a furl local of a distribution whose signer checks tokens.
type guarded struct {
	pooled
	edge  string
	calls map[string]string // by function, a file with a byte for each call
}

// The pools of a guarded distribution, as flags of furl token. The far pool is in another region and stack.
var (
	farPool  = []string{"--use", "access", "--pool", "Users/Far", "--client", "Users/Far/Web"}
	nearPool = []string{"--use", "access", "--pool", "Guarded/Near", "--client", "Guarded/Near/Web"}
)

// startGuarded runs two functions behind one distribution with one signer. "Orders" takes the far pool's users, and
// pages of one origin may call it. "Reports" takes the near pool's staff. "Orders" is open at /open, and takes a cookie
// below /page.
func startGuarded(t *testing.T) guarded {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Guarded", "ap-northeast-1")
	calls := map[string]string{}
	far, farClients := newPool(newStack(app, "Users", "eu-west-1"), "Far")
	far.AddClient(jsii.String("Other"), nil)
	near, nearClients := newPool(stack, "Near")
	orders := countedFunction(t, stack, "Orders", calls)
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: orders, WithoutWebAcl: true, Signer: furl.NewEdgeSigner(stack, jsii.String("Signer"), nil),
		Authorizer: furl.CognitoTokens(far, furl.CognitoTokenOptions{
			Clients: farClients, ResourceMetadata: "https://api.example.com/.well-known/oauth-protected-resource",
		}),
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings("https://app.example.com"), AllowedHeaders: jsii.Strings("authorization"),
			AllowCredentials: jsii.Bool(true),
		},
	})
	reports := countedFunction(t, stack, "Reports", calls)
	api.AddBehavior("/reports/*", reports, &furl.BehaviorProps{Authorizer: furl.CognitoTokens(near,
		furl.CognitoTokenOptions{Clients: nearClients, Groups: []string{"staff"}, Scopes: []string{"profile"}})})
	api.AddBehavior("/open", orders, &furl.BehaviorProps{Authorizer: furl.NoAuthorizer()})
	api.AddBehavior("/page/*", orders, &furl.BehaviorProps{
		Authorizer: furl.CognitoTokens(far, furl.CognitoTokenOptions{Clients: farClients, Cookie: "token"}),
	})
	dir := synth(t, app).dir
	local := startLocal(t, dir)
	return guarded{pooled{local, dir}, local.edge(t), calls}
}

// countedFunction makes a function that answers with its id and the headers that it sees. It adds a file to calls.
func countedFunction(t *testing.T, stack awscdk.Stack, id string, calls map[string]string) awslambda.Function {
	t.Helper()
	calls[id] = filepath.Join(t.TempDir(), "calls")
	write(t, calls[id], "")
	props := nodeFunction(`require("fs").appendFileSync(process.env.CALLS, "x");
		return { statusCode: 200, body: JSON.stringify({ function: process.env.ID, headers: event.headers }) };`)
	props.Environment = &map[string]*string{"CALLS": jsii.String(calls[id]), "ID": jsii.String(id)}
	return awslambda.NewFunction(stack, jsii.String(id), props)
}

// staffToken is a token of the near pool that /reports/* takes.
func (g guarded) staffToken(t *testing.T) string {
	t.Helper()
	return g.token(t, append([]string{"--claim", "cognito:groups=staff", "--scope", "profile"}, nearPool...)...)
}

// called is the number of calls of all functions so far.
func (g guarded) called(t *testing.T) (count int) {
	t.Helper()
	for _, file := range g.calls {
		count += len(read(t, file))
	}
	return count
}

// TestAuthorizer checks that each function takes its own users, and sees the verified token.
func TestAuthorizer(t *testing.T) {
	g := startGuarded(t)
	user, staff := g.token(t, farPool...), g.staffToken(t)
	for _, row := range []struct {
		name, why, path string
		header          map[string]string
		function, seen  string // the function that answers, and its x-forwarded-authorization
	}{
		{
			name: "the far pool's user", why: "of the default behaviour", path: "/",
			header: map[string]string{"Authorization": "Bearer " + user}, function: "Orders", seen: "Bearer " + user,
		},
		{
			name: "a second time", why: "the token is remembered", path: "/orders",
			header: map[string]string{"Authorization": "bearer " + user}, function: "Orders", seen: "Bearer " + user,
		},
		{
			name: "the near pool's staff", why: "of another behaviour with the same signer", path: "/reports/1",
			header: map[string]string{"Authorization": "Bearer " + staff}, function: "Reports", seen: "Bearer " + staff,
		},
		{
			name: "a forged header beside the token", why: "it would speak for the signer", path: "/",
			header: map[string]string{
				"Authorization": "Bearer " + user, "X-Forwarded-Authorization": "Bearer forged", "X-Furl-Cookie": "c",
			},
			function: "Orders", seen: "Bearer " + user,
		},
		{
			name: "the token in the cookie", why: "it takes the place of any Authorization", path: "/page/1",
			header:   map[string]string{"Cookie": "a=b; token=" + user, "Authorization": "Basic YTpi"},
			function: "Orders", seen: "Bearer " + user,
		},
		{name: "nobody", why: "the behaviour is open", path: "/open", function: "Orders"},
		{
			name: "any Authorization", why: "the open behaviour checks none", path: "/open",
			header: map[string]string{
				"Authorization": "Basic YTpi", "X-Furl-Issuer": "x", "X-Furl-Verified": "https://cognito-idp.x",
			},
			function: "Orders", seen: "Basic YTpi",
		},
	} {
		before := g.called(t)
		a := g.get(t, row.path, row.header)
		var body struct {
			Function string
			Headers  map[string]string
		}
		if err := json.Unmarshal(a.body, &body); a.status != 200 || err != nil {
			t.Errorf("%s: %d %s (%s)", row.name, a.status, a.body, row.why)
			continue
		}
		if body.Function != row.function || body.Headers["x-forwarded-authorization"] != row.seen {
			t.Errorf("%s: answered by %s, which saw %q (%s)", row.name, body.Function,
				body.Headers["x-forwarded-authorization"], row.why)
		}
		for name := range maps.Keys(body.Headers) {
			if strings.HasPrefix(name, "x-furl-") && name != "x-furl-verified" {
				t.Errorf("%s: the function saw %s", row.name, name)
			}
		}
		isVerified := strings.HasPrefix(body.Headers["x-furl-verified"], "https://cognito-idp.")
		if isVerified != strings.HasPrefix(row.seen, "Bearer ") {
			t.Errorf("%s: x-furl-verified is %q", row.name, body.Headers["x-furl-verified"])
		}
		if g.called(t) != before+1 {
			t.Errorf("%s: %d calls", row.name, g.called(t)-before)
		}
	}
	for _, secret := range []string{user, staff} {
		if strings.Contains(g.log(), secret) {
			t.Error("the log has a token")
		}
	}
}

// TestAuthorizerRefuses checks that no refused request reaches a function.
func TestAuthorizerRefuses(t *testing.T) {
	g := startGuarded(t)
	user, staff := g.token(t, farPool...), g.staffToken(t)
	bearer := func(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }
	of := func(pool []string, args ...string) map[string]string {
		return bearer(g.token(t, append(args, pool...)...))
	}
	far := g.issuerOf(t, "Users/Far")
	for _, row := range []struct {
		name, why, path string
		header          map[string]string
		status          int
		code            string
	}{
		{name: "no token", why: "nobody", path: "/", status: 401, code: "MissingToken"},
		{
			name: "another scheme", why: "it is no token", path: "/",
			header: map[string]string{"Authorization": "Basic YTpi"}, status: 401, code: "MissingToken",
		},
		{
			name: "the function's own header", why: "only the signer may write it", path: "/",
			header: map[string]string{"X-Forwarded-Authorization": "Bearer " + user}, status: 401, code: "MissingToken",
		},
		{
			name: "the other pool's user", why: "each function has its own users", path: "/",
			header: bearer(staff), status: 401, code: "InvalidToken",
		},
		{
			name: "the other pool's user, with its settings", why: "no viewer can set them", path: "/reports/1",
			header: map[string]string{
				"Authorization": "Bearer " + user,
				"X-Furl-Issuer": far, "X-Furl-Jwks-Uri": far + "/.well-known/jwks.json",
			},
			status: 401, code: "InvalidToken",
		},
		{
			name: "an ID token", why: "access tokens are asked for", path: "/", status: 401, code: "InvalidToken",
			header: of([]string{"--pool", "Users/Far", "--client", "Users/Far/Web"}),
		},
		{
			name: "another client", why: "it is not among Clients", path: "/", status: 401, code: "InvalidToken",
			header: of([]string{"--use", "access", "--pool", "Users/Far", "--client", "Users/Far/Other"}),
		},
		{
			name: "expired", why: "without leeway", path: "/", status: 401, code: "ExpiredToken",
			header: of(farPool, "--claim", "exp=1700000000"),
		},
		{
			name: "no algorithm", why: "anybody could write it", path: "/", status: 401, code: "InvalidToken",
			header: bearer(unsignedToken(t, user)),
		},
		{
			name: "another subject", why: "the signature is for the first", path: "/",
			header: bearer(withSubject(t, user, "someone-else")), status: 401, code: "InvalidToken",
		},
		{
			name: "no group", why: "staff only", path: "/reports/1", status: 403, code: "InsufficientScope",
			header: of(nearPool, "--scope", "profile"),
		},
		{
			name: "another group", why: "staff only", path: "/reports/1", status: 403, code: "InsufficientScope",
			header: of(nearPool, "--scope", "profile", "--claim", "cognito:groups=guests"),
		},
		{
			name: "no scope", why: "signed in by password, without the scope profile", path: "/reports/1",
			header: of(nearPool, "--claim", "cognito:groups=staff"), status: 403, code: "InsufficientScope",
		},
		{
			name: "Authorization in place of the cookie", why: "the cookie is asked for", path: "/page/1",
			header: bearer(user), status: 401, code: "MissingToken",
		},
		{
			name: "the cookie in place of Authorization", why: "the header is asked for", path: "/",
			header: map[string]string{"Cookie": "token=" + user}, status: 401, code: "MissingToken",
		},
		{
			name: "the cookie twice", why: "readers would differ", path: "/page/1",
			header: map[string]string{"Cookie": "token=" + user + "; token=" + user},
			status: 400, code: "AmbiguousToken",
		},
	} {
		a := g.get(t, row.path, row.header)
		if !refusedAs(a, row.status, row.code) {
			t.Errorf("%s: %d %s, want %d %s (%s)", row.name, a.status, a.body, row.status, row.code, row.why)
		}
		if challenge := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer ") {
			t.Errorf("%s: the challenge is %q", row.name, challenge)
		}
		if a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control is %q", row.name, a.header.Get("Cache-Control"))
		}
	}
	const metadata = `resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"`
	if challenge := g.get(t, "/", nil).header.Get("WWW-Authenticate"); !strings.Contains(challenge, metadata) {
		t.Errorf("the challenge %q does not name the metadata", challenge)
	}
	if calls := g.called(t); calls != 0 {
		t.Errorf("refused requests reached a function %d times", calls)
	}
	if a := g.get(t, "/", bearer(user)); a.status != 200 || g.called(t) != 1 {
		t.Errorf("the count does not count: %d after an answer of %d", g.called(t), a.status)
	}
	if a := g.get(t, "/reports/1", bearer(user)); a.status == 200 || g.called(t) != 1 {
		t.Errorf("a token that one behaviour remembers passes another: %d", a.status)
	}
}

// issuerOf is the issuer of the pool at a construct path.
func (r *running) issuerOf(t *testing.T, path string) string {
	t.Helper()
	for _, pool := range r.UserPools {
		if pool.ID == path {
			return pool.Issuer
		}
	}
	t.Fatalf("no user pool %s among %v", path, r.UserPools)
	return ""
}

// TestAuthorizerPreflight checks that the URL with Cors answers preflights. No function is called for one.
func TestAuthorizerPreflight(t *testing.T) {
	g := startGuarded(t)
	const page = "https://app.example.com"
	for _, row := range []struct {
		name, why, path string
		header          map[string]string
		status          int
		allowed         string // Access-Control-Allow-Origin
	}{
		{
			name: "a preflight", why: "the URL has Cors", path: "/", status: 200, allowed: page,
			header: map[string]string{"Origin": page, "Access-Control-Request-Method": "GET"},
		},
		{
			name: "of another page", why: "the URL names no origin, so the browser stops", path: "/", status: 200,
			header: map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
		},
		{
			name: "without the method", why: "the URL would call the function", path: "/", status: 401, allowed: page,
			header: map[string]string{"Origin": page},
		},
		{
			name: "without an origin", why: "the URL would call the function", path: "/", status: 401,
			header: map[string]string{"Access-Control-Request-Method": "GET"},
		},
		{
			name: "of a URL without Cors", why: "that URL calls the function", path: "/reports/1", status: 401,
			header: map[string]string{"Origin": page, "Access-Control-Request-Method": "GET"},
		},
	} {
		r := request(t, http.MethodOptions, g.edge, row.path, nil)
		for name, value := range row.header {
			r.Header.Set(name, value)
		}
		if a := send(t, r); a.status != row.status || a.allowOrigin() != row.allowed {
			t.Errorf("%s: %d for %q, want %d for %q (%s)",
				row.name, a.status, a.allowOrigin(), row.status, row.allowed, row.why)
		}
	}
	if calls := g.called(t); calls != 0 {
		t.Errorf("preflights reached a function %d times", calls)
	}
}

// TestAuthorizerRefusalInPages checks that a page can read a refusal. A request with cookies needs both headers (Fetch
// Standard, CORS check).
func TestAuthorizerRefusalInPages(t *testing.T) {
	g := startGuarded(t)
	const page = "https://app.example.com"
	for _, row := range []struct{ name, why, path, origin, allowed, credentials string }{
		{"of the page", "Cors has its origin", "/", page, page, "true"},
		{"to a request with the cookie", "browsers send it with credentials only", "/page/1", page, page, "true"},
		{name: "of another page", why: "Cors has other origins", path: "/", origin: "https://evil.example"},
		{name: "of a URL without Cors", why: "the URL is for no page", path: "/reports/1", origin: page},
	} {
		a := g.get(t, row.path, map[string]string{"Origin": row.origin})
		credentials := a.header.Get("Access-Control-Allow-Credentials")
		if a.status != 401 || a.allowOrigin() != row.allowed || credentials != row.credentials {
			t.Errorf("%s: %d for %q with credentials %q, want 401 for %q with %q (%s)",
				row.name, a.status, a.allowOrigin(), credentials, row.allowed, row.credentials, row.why)
		}
	}
}

// TestTryTheAuthorizer pastes the lines of a start that make a token and call the default behaviour.
func TestTryTheAuthorizer(t *testing.T) {
	g := startGuarded(t)
	script := g.tryLines(t, func(line string) bool { return strings.Contains(line, "TOKEN") })
	if len(script) != 2 {
		t.Fatalf("the lines to paste are %q", script)
	}
	printed := paste(t, script)
	for _, text := range printed {
		if !strings.Contains(text, " 200 ") || !strings.Contains(text, `"function":"Orders"`) {
			t.Errorf("%q printed %q", script, text)
		}
	}
	if g.called(t) != len(printed) {
		t.Errorf("%d calls in %d shells", g.called(t), len(printed))
	}
}

// get sends GET through the distribution.
func (g guarded) get(t *testing.T, path string, header map[string]string) answer {
	t.Helper()
	r := request(t, http.MethodGet, g.edge, path, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return send(t, r)
}
