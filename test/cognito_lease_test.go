package test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	goclient "github.com/furl-cdk/furl/client"
	furl "github.com/furl-cdk/furl/constructs"
)

// pooled is a furl local of a stack with a user pool, and the assembly that it runs.
type pooled struct {
	*running
	assembly string
}

// startPooled runs the stack "ByPool". It has two pools, and a grant for the first one's ID tokens. The pool "Pool" has
// the clients "Web" and "App", of which Web may have the scope orders/read.
func startPooled(t *testing.T, further func(awscdk.Stack, awscognito.UserPool)) pooled {
	t.Helper()
	app, stack := hostStack(t, "ByPool")
	pool := awscognito.NewUserPool(stack, jsii.String("Pool"), nil)
	scope := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
		ScopeName: jsii.String("read"), ScopeDescription: jsii.String("Read orders"),
	})
	server := pool.AddResourceServer(jsii.String("Orders"), &awscognito.UserPoolResourceServerOptions{
		Identifier: jsii.String("orders"), Scopes: &[]awscognito.ResourceServerScope{scope},
	})
	pool.AddClient(jsii.String("Web"), &awscognito.UserPoolClientOptions{
		AuthFlows: &awscognito.AuthFlow{UserPassword: jsii.Bool(true)},
		OAuth: &awscognito.OAuthSettings{Scopes: &[]awscognito.OAuthScope{
			awscognito.OAuthScope_ResourceServer(server, scope),
		}},
	})
	pool.AddClient(jsii.String("App"), nil)
	other := awscognito.NewUserPool(stack, jsii.String("Other"), nil)
	other.AddClient(jsii.String("Web"), nil)
	leaseOf(stack, "Grant", callerCode, furl.CognitoAuthorizer(pool))
	if further != nil {
		further(stack, pool)
	}
	dir := synth(t, app).dir
	return pooled{startLocal(t, dir), dir}
}

// token is what furl token prints for a user "ada".
func (p pooled) token(t *testing.T, args ...string) string {
	t.Helper()
	binary, err := furlCommand()
	if err != nil {
		t.Fatal(err)
	}
	all := append([]string{"token", "--assembly", p.assembly, "--user", "ada"}, args...)
	printed, err := output(".", nil, binary, all...)
	if err != nil {
		t.Fatal(err)
	}
	token, found := strings.CutSuffix(printed, "\n")
	if !found || !regexp.MustCompile(`\A[\w-]+\.[\w-]+\.[\w-]+\z`).MatchString(token) {
		t.Fatalf("furl token printed %q", printed)
	}
	return token
}

var poolFlags = []string{"--pool", "ByPool/Pool", "--client", "ByPool/Pool/Web"}

// TestLeaseByCognito is the whole lease by a user pool: token, /grant, and a signed call by both clients.
func TestLeaseByCognito(t *testing.T) {
	local := startPooled(t, nil)
	api := local.restAPIOf(t, "ByPool/Grant/Api")
	token := local.token(t, poolFlags...)

	g := lease(t, grantRequest(t, api, token, ""))
	if a := send(t, call(t, g, "/", "", time.Now())); a.status != 200 {
		t.Errorf("called with AWS's signer: %d %s", a.status, a.body)
	}
	bare := lease(t, withHeader(grantRequest(t, api, "", ""), "Authorization", token))
	if bare.FuncUrl != g.FuncUrl {
		t.Errorf("without Bearer: %s", bare.FuncUrl)
	}

	functions := &http.Client{Transport: &goclient.Transport{Credentials: &goclient.GrantProvider{
		GrantURL: api + "/grant", Authorize: func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		},
	}}}
	status, caller := post(t, functions, g.FuncUrl, "x")
	if status != 200 || !strings.Contains(caller, ":assumed-role/ByPool-") {
		t.Errorf("called by the Go client: %d %s", status, caller)
	}

	module, err := filepath.Abs("../client/browser/furl.mjs")
	if err != nil {
		t.Fatal(err)
	}
	node := filepath.Join("..", "node_modules", ".bin", "node")
	seen, err := output(".", nil, node, "--input-type=module", "--eval", `
		const { LeaseClient } = await import(process.argv[1]);
		const client = new LeaseClient({
			grantUrl: process.argv[2], headers: () => ({ authorization: "Bearer " + process.argv[3] }),
		});
		const response = await client.fetch("/", { method: "POST", body: "x" });
		console.log(response.status, await response.text());
		client.close();
	`, module, api+"/grant", token)
	if err != nil || strings.TrimSpace(seen) != "200 "+caller {
		t.Errorf("called by the browser module: %q, want the caller %s (%v)", seen, caller, err)
	}
	for _, secret := range []string{token, g.SecretAccessKey, g.SessionToken} {
		if strings.Contains(local.log(), secret) {
			t.Error("the log has a token or a secret")
		}
	}
}

// TestLeaseByCognitoRefused: no other token leases, and the answers are API Gateway's.
func TestLeaseByCognitoRefused(t *testing.T) {
	local := startPooled(t, func(stack awscdk.Stack, pool awscognito.UserPool) {
		scoped := awsapigateway.NewRestApi(stack, jsii.String("Scoped"), nil)
		authorizer := awsapigateway.NewCognitoUserPoolsAuthorizer(stack, jsii.String("Auth"),
			&awsapigateway.CognitoUserPoolsAuthorizerProps{CognitoUserPools: &[]awscognito.IUserPool{pool}})
		echo := awsapigateway.NewLambdaIntegration(awslambda.NewFunction(stack, jsii.String("Echo"), nodeFunction(
			"return { statusCode: 200, body: JSON.stringify(event.requestContext.authorizer.claims) }")), nil)
		scoped.Root().AddMethod(jsii.String("GET"), echo, &awsapigateway.MethodOptions{
			Authorizer: authorizer, AuthorizationScopes: jsii.Strings("orders/read", "orders/write"),
		})
		ofWeb := awsapigateway.NewCognitoUserPoolsAuthorizer(stack, jsii.String("WebOnly"),
			&awsapigateway.CognitoUserPoolsAuthorizerProps{CognitoUserPools: &[]awscognito.IUserPool{pool}})
		web := pool.Node().FindChild(jsii.String("Web")).(awscognito.UserPoolClient)
		raw := ofWeb.Node().DefaultChild().(awsapigateway.CfnAuthorizer)
		raw.SetIdentityValidationExpression(web.UserPoolClientId())
		scoped.Root().AddMethod(jsii.String("PUT"), echo, &awsapigateway.MethodOptions{Authorizer: ofWeb})
	})
	grant, scoped := local.restAPIOf(t, "ByPool/Grant/Api")+"/grant", local.restAPIOf(t, "ByPool/Scoped")+"/"
	const unauthorized, expired = "Unauthorized", "The incoming token has expired"
	scopedToken := append([]string{"--use", "access", "--scope", "orders/read"}, poolFlags...)
	for _, row := range []struct {
		name, why, method, url string
		token                  []string // flags; nil for no token
		want                   string   // "" for 200
	}{
		{name: "the right scope", why: "one of the method's", method: "GET", url: scoped, token: scopedToken},
		{name: "the right client", why: "the authorizer's", method: "PUT", url: scoped, token: poolFlags},
		{name: "no token", why: "nobody", method: "POST", url: grant, want: unauthorized},
		{
			name: "another pool", why: "the grant is for the first", method: "POST", url: grant,
			token: []string{"--pool", "ByPool/Other"}, want: unauthorized,
		},
		{
			name: "expired", why: "an hour is over", method: "POST", url: grant,
			token: append([]string{"--claim", "exp=1700000000"}, poolFlags...), want: expired,
		},
		{
			name: "an access token", why: "the grant takes ID tokens", method: "POST", url: grant,
			token: append([]string{"--use", "access"}, poolFlags...), want: unauthorized,
		},
		{
			name: "an ID token", why: "the method has scopes", method: "GET", url: scoped, token: poolFlags,
			want: unauthorized,
		},
		{
			name: "without the scope", why: "signed in by password", method: "GET", url: scoped,
			token: append([]string{"--use", "access"}, poolFlags...), want: unauthorized,
		},
		{
			name: "another client", why: "the authorizer has an expression for the audience", method: "PUT",
			url: scoped, token: []string{"--pool", "ByPool/Pool", "--client", "ByPool/Pool/App"}, want: unauthorized,
		},
	} {
		r := request(t, row.method, row.url, "", nil)
		r.URL.Opaque = ""
		if row.token != nil {
			r.Header.Set("Authorization", local.token(t, row.token...))
		}
		a := send(t, r)
		switch {
		case row.want == "" && a.status != 200:
			t.Errorf("%s: %d %s (%s)", row.name, a.status, a.body, row.why)
		case row.want != "" && (a.status != 401 || !a.has(row.want)):
			t.Errorf("%s: %d %s, want 401 %s (%s)", row.name, a.status, a.body, row.want, row.why)
		}
	}
}

// TestTryTheLease pastes the lines that a start prints below "Try" into a shell. furl is not on the shell's PATH.
func TestTryTheLease(t *testing.T) {
	local := startPooled(t, nil)
	script := local.tryLines(t, func(line string) bool { return !strings.HasPrefix(line, "curl -i http://127.0.0.1") })
	if len(script) != 4 {
		t.Fatalf("the lines to paste are %q", script)
	}
	for _, printed := range paste(t, script) {
		if !strings.Contains(printed, " 200 ") || !strings.Contains(printed, ":assumed-role/ByPool-") {
			t.Errorf("%q printed %q", script, printed)
		}
	}
}

// tryLines are the lines below "Try" that are chosen.
func (r *running) tryLines(t *testing.T, isChosen func(line string) bool) []string {
	t.Helper()
	waitFor(t, "the lines to paste", func() bool { return strings.Contains(r.log(), "\n\nCtrl-C") })
	_, text, found := strings.Cut(r.log(), "\nTry:\n")
	text, _, ends := strings.Cut(text, "\n\nCtrl-C")
	if !found || !ends {
		t.Fatalf("there are no lines to paste: %s", r.log())
	}
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimPrefix(line, "  "); isChosen(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// paste is what each shell prints for the lines.
func paste(t *testing.T, lines []string) []string {
	t.Helper()
	var printed []string
	for _, shell := range []string{"bash", "dash"} {
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("there is no %s", shell)
			continue
		}
		text, err := output(".", nil, shell, "-c", strings.Join(lines, "\n"))
		if err != nil {
			t.Errorf("%s: %v\n%s", shell, err, strings.Join(lines, "\n"))
		}
		printed = append(printed, text)
	}
	return printed
}

// TestVerifierInFunction: npm aws-jwt-verify, AWS's own verifier, takes the tokens. It fetches the keys from the issuer
// itself.
func TestVerifierInFunction(t *testing.T) {
	code := t.TempDir()
	err := os.CopyFS(filepath.Join(code, "node_modules/aws-jwt-verify"), os.DirFS("../node_modules/aws-jwt-verify"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(code, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("index.js", `
		const { CognitoJwtVerifier } = require("aws-jwt-verify");
		const verifier = CognitoJwtVerifier.create({
			userPoolId: process.env.POOL, tokenUse: null, clientId: process.env.CLIENT,
		});
		exports.handler = async (event) => {
			try {
				const claims = await verifier.verify(event.headers["X-Token"]);
				return { statusCode: 200, body: claims.token_use };
			} catch (error) {
				return { statusCode: 401, body: error.constructor.name };
			}
		};
	`)
	local := startPooled(t, func(stack awscdk.Stack, pool awscognito.UserPool) {
		web := pool.Node().FindChild(jsii.String("Web")).(awscognito.UserPoolClient)
		function := awslambda.NewFunction(stack, jsii.String("Verifier"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_24_X(), Handler: jsii.String("index.handler"),
			Code:        awslambda.Code_FromAsset(jsii.String(code), nil),
			Environment: &map[string]*string{"POOL": pool.UserPoolId(), "CLIENT": web.UserPoolClientId()},
		})
		api := awsapigateway.NewRestApi(stack, jsii.String("Open"), nil)
		api.Root().AddMethod(jsii.String("GET"), awsapigateway.NewLambdaIntegration(function, nil), nil)
	})
	for _, row := range []struct {
		name, why string
		token     []string // flags
		status    int
		want      string
	}{
		{"ID token", "of the pool and the client", poolFlags, 200, "id"},
		{"access token", "likewise", append([]string{"--use", "access"}, poolFlags...), 200, "access"},
		{
			"another client", "it is not the verifier's",
			[]string{"--pool", "ByPool/Pool", "--client", "ByPool/Pool/App"},
			401, "CognitoJwtInvalidClientIdError",
		},
		{"another pool", "it has another issuer", []string{"--pool", "ByPool/Other"}, 401, "ParameterValidationError"},
		{
			"expired", "an hour is over", append([]string{"--claim", "exp=1700000000"}, poolFlags...),
			401, "JwtExpiredError",
		},
	} {
		r := request(t, http.MethodGet, local.restAPIOf(t, "ByPool/Open")+"/", "", nil)
		r.URL.Opaque = ""
		a := send(t, withHeader(r, "X-Token", local.token(t, row.token...)))
		if a.status != row.status || string(a.body) != row.want {
			t.Errorf("%s: %d %s, want %d %s (%s)", row.name, a.status, a.body, row.status, row.want, row.why)
		}
	}
}
