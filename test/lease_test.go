package test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/golang-jwt/jwt/v5"
)

// leasing is a furl local of the demo, with the token of a user who signed in on its page.
type leasing struct {
	pooled
	origin, token string
}

// demoFlags are the flags of furl token for the users of the demo's page.
var demoFlags = []string{"--pool", "FurlDemo/Users", "--client", "FurlDemo/Users/Page"}

// startLeasing runs the demo and signs in.
func startLeasing(t *testing.T, assembly string, args ...string) *leasing {
	t.Helper()
	l := &leasing{pooled: pooled{startLocal(t, assembly, args...), assembly}}
	l.origin = l.edge(t)
	a := l.login(t, "ada", l.Password)
	var answer struct{ Token string }
	if err := json.Unmarshal(a.body, &answer); a.status != 200 || err != nil || answer.Token == "" {
		t.Fatalf("sign in: %d %s", a.status, a.body)
	}
	l.token = answer.Token
	return l
}

func (l *leasing) login(t *testing.T, name, password string) answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"name": name, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	r := request(t, http.MethodPost, l.origin, "/login", body)
	r.Header.Set("Content-Type", "application/json")
	return send(t, r)
}

// subject is the claim sub of the user who signed in.
func (l *leasing) subject(t *testing.T) string {
	t.Helper()
	subject, _ := claimsOf(t, l.token)["sub"].(string)
	if subject == "" {
		t.Fatal("the token has no subject")
	}
	return subject
}

// secret is the value that furl local generated for a secret.
func (r *running) secret(t *testing.T, path string) string {
	t.Helper()
	for _, secret := range r.Secrets {
		if secret.ID == path {
			return secret.Value
		}
	}
	t.Fatalf("no secret %s in %d secrets", path, len(r.Secrets))
	return ""
}

// restAPI is the address of the only REST API, with its stage.
func (r *running) restAPI(t *testing.T) string {
	t.Helper()
	if len(r.RestAPIs) != 1 {
		t.Fatalf("%d REST APIs, want 1", len(r.RestAPIs))
	}
	return r.RestAPIs[0].URL
}

// grantRequest is POST /grant with a token and a body. The token "" sends none.
func grantRequest(t *testing.T, api, token, body string) *http.Request {
	t.Helper()
	r := request(t, http.MethodPost, api+"/grant", "", []byte(body))
	r.URL.Opaque = ""
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// granted is the answer of /grant. Deployed clients expect exactly these names.
type granted struct {
	FuncUrl, Region, AccessKeyId, SecretAccessKey, SessionToken string
	Expiration, ServerTime                                      time.Time
}

func (g granted) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: g.AccessKeyId, SecretAccessKey: g.SecretAccessKey, SessionToken: g.SessionToken}
}

// lease sends a request for a lease and reads it.
func lease(t *testing.T, r *http.Request) granted {
	t.Helper()
	a := send(t, r)
	var g granted
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&g); a.status != 200 || err != nil {
		t.Fatalf("POST /grant answered %d %s (%v)", a.status, a.body, err)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("POST /grant may be cached: %q", a.header.Get("Cache-Control"))
	}
	return g
}

// call is POST to a leased function, signed by AWS's own signer for a time.
func call(t *testing.T, g granted, target, body string, at time.Time) *http.Request {
	t.Helper()
	url := strings.TrimSuffix(g.FuncUrl, "/") + target
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Content-Sha256", hexSHA256([]byte(body)))
	signV4(t, r, g.credentials(), body, "lambda", g.Region, at)
	return r
}

// TestLease asks for a lease and calls the function, with AWS's own signer. The function sees who called.
func TestLease(t *testing.T) {
	l := startLeasing(t, demoAssembly(t, "ap-northeast-1", "host"))
	secrets := []string{l.token, l.Password, "こんにちは"}
	for _, row := range []struct{ name, why, target, body string }{
		{"by name", "the page's way", "/grant", `{"function":"demo"}`},
		{"the only function", "it need not be named", "/grant", ``},
		{"trailing slash", "a URL copied with one", "/grant/", `{}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := grantRequest(t, l.restAPI(t), l.token, row.body)
			r.URL.Path = strings.TrimSuffix(r.URL.Path, "/grant") + row.target
			g := lease(t, r)
			secrets = append(secrets, g.SecretAccessKey, g.SessionToken)
			if g.Region != "ap-northeast-1" || g.Expiration.Sub(g.ServerTime).Round(time.Minute) != 15*time.Minute {
				t.Errorf("region %s, %s of time", g.Region, g.Expiration.Sub(g.ServerTime))
			}
			a := send(t, call(t, g, "/slow?seconds=0", "こんにちは", time.Now()))
			var seen struct{ Caller, Body string }
			if err := json.Unmarshal(a.body, &seen); a.status != 200 || err != nil {
				t.Fatalf("the leased function answered %d %s", a.status, a.body)
			}
			if seen.Body != "こんにちは" || !strings.HasSuffix(seen.Caller, "/"+l.subject(t)) {
				t.Errorf("the function saw %q from %q", seen.Body, seen.Caller)
			}
		})
	}
	for _, secret := range secrets {
		if strings.Contains(strings.Replace(l.log(), "  "+secret, "", 1), secret) { // furl local announces it once
			t.Errorf("the log has a secret, a token or a body")
		}
	}
}

// TestLeaseCors checks that a listed page may read each answer. That includes refusals, and the gateway's own answers.
func TestLeaseCors(t *testing.T) {
	l := startLeasing(t, demoAssembly(t, "ap-northeast-1", "host"))
	api := l.restAPI(t)
	g := lease(t, grantRequest(t, api, l.token, ""))
	preflight := func(target string) *http.Request {
		r := request(t, http.MethodOptions, target, "", nil)
		r.URL.Opaque = ""
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers",
			"authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token")
		return r
	}
	for _, row := range []struct {
		name, why string
		request   *http.Request
		status    int
	}{
		{"preflight of /grant", "asks before POST", preflight(api + "/grant"), 204},
		{"preflight of /grant/", "likewise", preflight(api + "/grant/"), 204},
		{"preflight of the Function URL", "asks before the signed call", preflight(g.FuncUrl), 200},
		{"a grant", "the Lambda's answer", grantRequest(t, api, l.token, ""), 200},
		{"an unknown function", "the Lambda's refusal", grantRequest(t, api, l.token, `{"function":"other"}`), 400},
		{"no token", "the gateway's own refusal", grantRequest(t, api, "", ""), 401},
		{"a forged token", "the authorizer's refusal", grantRequest(t, api, "a.b.c", ""), 401},
		{"a signed call", "the function's answer", call(t, g, "/slow?seconds=0", "x", time.Now()), 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.request.Header.Set("Origin", l.origin)
			a := send(t, row.request)
			origins := a.header.Values("Access-Control-Allow-Origin")
			if a.status != row.status || a.allowOrigin() != l.origin || len(origins) != 1 {
				t.Errorf("%s: %d, %v %s", row.why, a.status, a.header, a.body)
			}
			if a.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("cookies are allowed, and nothing needs them")
			}
			allowed := strings.ToLower(a.header.Get("Access-Control-Allow-Headers"))
			if row.request.Method == http.MethodOptions {
				for _, name := range strings.Split(row.request.Header.Get("Access-Control-Request-Headers"), ",") {
					if !strings.Contains(allowed, name) {
						t.Errorf("%s is not among the allowed headers %q", name, allowed)
					}
				}
			}
		})
	}
}

// TestLeaseRefuses tries the ways to a lease, or to a function by a lease, that must not work. TestLease shows that the
// right way works.
func TestLeaseRefuses(t *testing.T) {
	assembly, dir := demoAssembly(t, "ap-northeast-1", "host"), t.TempDir()
	demoEnv, grantEnv := filepath.Join(dir, "demo"), filepath.Join(dir, "grant")
	l := startLeasing(t, assembly, "--run", leakCommand(t, assembly, "Demo", demoEnv),
		"--run", leakCommand(t, assembly, "Grant/Handler", grantEnv))
	api := l.restAPI(t)
	g := lease(t, grantRequest(t, api, l.token, ""))
	now := time.Now()
	if a := send(t, call(t, g, "/slow?seconds=0", "x", now)); a.status != 200 {
		t.Fatalf("the lease as it is: %d %s", a.status, a.body)
	}
	foreign := grantRequest(t, api, l.token, "")
	foreign.Header.Set("Origin", "https://evil.example")
	altered := call(t, g, "/slow?seconds=0", "pay 1", now)
	altered.Body, altered.ContentLength = io.NopCloser(strings.NewReader("pay 9")), 5
	elsewhere := g
	elsewhere.FuncUrl = functionURL(t, l.running, "FurlDemo/Api/FunctionUrl") + "/"
	for _, row := range []struct {
		name, why string
		request   *http.Request
		status    int
		body      string // part of the answer's body
	}{
		{
			name: "no token", why: "the authorizer is not even asked",
			request: grantRequest(t, api, "", ""), status: 401, body: `"UNAUTHORIZED"`,
		},
		{
			name: "no bearer", why: "a key that is no token",
			request: grantRequest(t, api, "let me in", ""), status: 401,
			body: `"UNAUTHORIZED"`,
		},
		{
			name: "forged token", why: "signed with another key",
			request: grantRequest(t, api, resign(t, l.token, "another key", nil), ""),
			status:  401, body: `"UNAUTHORIZED"`,
		},
		{
			name: "unsigned token", why: "alg none",
			request: grantRequest(t, api, unsignedToken(t, l.token), ""), status: 401,
			body: `"UNAUTHORIZED"`,
		},
		{
			name: "altered token", why: "another subject under the old signature",
			request: grantRequest(t, api, withSubject(t, l.token, "eve"), ""), status: 401,
			body: `"UNAUTHORIZED"`,
		},
		{
			name: "expired token", why: "signed with the right key, an hour too old",
			request: grantRequest(t, api, l.pooled.token(t, append(demoFlags, "--claim", "exp=1700000000")...), ""),
			status:  401, body: "The incoming token has expired",
		},
		{
			name: "access token", why: "the grant takes ID tokens",
			request: grantRequest(t, api, l.pooled.token(t, append(demoFlags, "--use", "access")...), ""),
			status:  401, body: `"UNAUTHORIZED"`,
		},
		{
			name: "unknown function", why: "not one that is leased",
			request: grantRequest(t, api, l.token, `{"function":"other"}`), status: 400,
			body: `"UnknownFunction"`,
		},
		{
			name: "origin not allowed", why: "another web page", request: foreign,
			status: 403, body: `"OriginNotAllowed"`,
		},
		{
			name: "GET", why: "a lease is never fetched by a link",
			request: getGrant(t, api, l.token), status: 403,
			body: `"MISSING_AUTHENTICATION_TOKEN"`,
		},
		{
			name: "the lease for another function", why: "the role is for the leased ones only",
			request: call(t, elsewhere, "/slow?seconds=0", "x", now), status: 403,
		},
		{name: "without a lease", why: "unsigned", request: unsignedCall(t, g), status: 403},
		{name: "altered body", why: "the hash is signed", request: altered, status: 403},
		{
			name: "replay after 5 minutes", why: "the same bytes, 5 minutes and a second later",
			request: call(t, g, "/slow?seconds=0", "x", now.Add(-5*time.Minute-time.Second)),
			status:  403,
		},
		{
			name: "another key's lease", why: "the access key id is known, the secret is guessed",
			request: call(t, withGuessedSecret(g), "/slow?seconds=0", "x", now), status: 403,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if a := send(t, row.request); a.status != row.status || !a.has(row.body) {
				t.Errorf("answered %d %s, want %d with %s (%s)", a.status, a.body, row.status, row.body, row.why)
			}
		})
	}
	t.Run("wrong password", func(t *testing.T) {
		if a := l.login(t, "ada", "wrong"); a.status != 401 || a.has("token\"") {
			t.Errorf("answered %d %s", a.status, a.body)
		}
	})
	grantVariables := variables(read(t, grantEnv))
	t.Run("the Invoke API instead of the URL", func(t *testing.T) { refusesInvokeAPI(t, g, grantVariables) })
	t.Run("another role assuming the leased role", func(t *testing.T) {
		refusesOtherRoles(t, grantVariables["FURL_ROLE_ARN"], variables(read(t, demoEnv)))
	})
}

func getGrant(t *testing.T, api, token string) *http.Request {
	r := grantRequest(t, api, token, "")
	r.Method = http.MethodGet
	return r
}

func unsignedCall(t *testing.T, g granted) *http.Request {
	r := call(t, g, "/slow?seconds=0", "x", time.Now())
	r.Header.Del("Authorization")
	return r
}

// withGuessedSecret is the lease with another secret key.
func withGuessedSecret(g granted) granted {
	g.SecretAccessKey = strings.Repeat("x", 40)
	return g
}

// resign signs the claims of a token with a key, after some changes.
func resign(t *testing.T, token, key string, change map[string]any) string {
	t.Helper()
	claims := claimsOf(t, token)
	for name, value := range change {
		claims[name] = value
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// unsignedToken is a token with the same claims and the algorithm "none".
func unsignedToken(t *testing.T, token string) string {
	t.Helper()
	unsigned := jwt.NewWithClaims(jwt.SigningMethodNone, claimsOf(t, token))
	text, err := unsigned.SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withSubject changes the subject of a token, and keeps its header and signature.
func withSubject(t *testing.T, token, subject string) string {
	t.Helper()
	other := strings.Split(resign(t, token, "any", map[string]any{"sub": subject}), ".")
	parts := strings.Split(token, ".")
	return parts[0] + "." + other[1] + "." + parts[2]
}

func claimsOf(t *testing.T, token string) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestLeaseByFurlToken checks that a token that furl token made leases. So the tokens of TestLeaseRefuses are refused
// for their changes.
func TestLeaseByFurlToken(t *testing.T) {
	l := startLeasing(t, demoAssembly(t, "ap-northeast-1", "host"))
	lease(t, grantRequest(t, l.restAPI(t), l.pooled.token(t, demoFlags...), ""))
}

// clientFrom is a client whose connections come from an address of this machine.
func clientFrom(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}, Timeout: 90 * time.Second}
}

// grantBody is a body of POST /grant, and the status of the answer.
type grantBody struct {
	name, why, body string
	status          int
}

func grantBodies() []grantBody {
	return []grantBody{
		{name: "empty", why: "the only function: no mistake", status: 200},
		{
			name: "10 MB", why: "the gateway's limit is passed by the surrounding JSON",
			body: `{"function":"` + strings.Repeat("canary", 10<<20/6) + `"}`, status: 413,
		},
		{
			name: "1 MB", why: "under the gateway's limit, over the Lambda's",
			body: `{"function":"` + strings.Repeat("canary", 1<<20/6) + `"}`, status: 400,
		},
		{name: "not JSON", why: "a form", body: "function=demo&canary=1", status: 400},
		{name: "a string", why: "JSON, but no object", body: `"canary"`, status: 400},
		{name: "an array", why: "JSON, but no object", body: `["canary"]`, status: 400},
		{name: "null", why: "JSON, but no object", body: `null`, status: 400},
		{name: "a number for a name", why: "wrong type", body: `{"function":7}`, status: 400},
		{name: "an object for a name", why: "wrong type", body: `{"function":{"canary":1}}`, status: 400},
		{
			name: "unknown field", why: "a typing error must not be passed over",
			body: `{"funktion":"canary"}`, status: 400,
		},
		{
			name: "two documents", why: "what comes after would be lost",
			body: `{"function":"demo"}{"canary":1}`, status: 400,
		},
		{
			name: "deep nesting", why: "no stack is overflowed",
			body:   strings.Repeat(`{"canary":`, 20000) + "1" + strings.Repeat("}", 20000),
			status: 400,
		},
		{name: "invalid UTF-8", why: "not text", body: "{\"function\":\"canary\xff\xfe\"}", status: 400},
		{name: "NUL", why: "not a name", body: "{\"function\":\"canary\u0000\"}", status: 400},
	}
}

// TestBadGrantBodies checks that a body that makes no sense is the client's mistake. The answer explains the mistake,
// and the log has nothing of the body.
func TestBadGrantBodies(t *testing.T) {
	l := startLeasing(t, demoAssembly(t, "ap-northeast-1", "host"))
	for _, row := range grantBodies() {
		t.Run(row.name, func(t *testing.T) {
			a := send(t, grantRequest(t, l.restAPI(t), l.token, row.body))
			var refusal struct{ Error, Message string }
			if err := json.Unmarshal(a.body, &refusal); a.status != row.status || err != nil {
				t.Fatalf("%s: answered %d %.200s", row.why, a.status, a.body)
			}
			uncoded := refusal.Error == "" && row.status != 413 // API Gateway answers 413, without an error code
			if row.status != 200 && (uncoded || refusal.Message == "" || a.has("canary")) {
				t.Errorf("%s: %s", row.why, a.body)
			}
		})
	}
	if strings.Contains(l.log(), "canary") {
		t.Error("a body is in the log")
	}
}
