package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	rightPassword = "canary-password"
	idToken       = "canary.id.token"
)

// userPool is a user pool with one password for all users. It takes InitiateAuth and nothing else.
type userPool struct {
	status int // of an answer that is not one to the password, 0 for none
	answer string

	calls int
	log   bytes.Buffer // of the demo's function
}

// startPool sets up a function that signs the pool's users in. Its log must have no secret in it.
func startPool(t *testing.T) *userPool {
	t.Helper()
	pool := &userPool{}
	server := httptest.NewServer(pool)
	t.Cleanup(server.Close)
	t.Setenv("GRANT_URL", "https://api.example/Prod/grant")
	t.Setenv("CLIENT_ID", "the-client")
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", server.URL)
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&pool.log, nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		if strings.Contains(pool.log.String(), "canary") {
			t.Errorf("a name, a password or a token is in the log:\n%s", &pool.log)
		}
	})
	return pool
}

func (p *userPool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.calls++
	var asked struct {
		AuthFlow, ClientId string
		AuthParameters     map[string]string
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	status, body := p.status, p.answer
	switch {
	case status != 0:
	case err != nil || r.Header.Get("X-Amz-Target") != "AWSCognitoIdentityProviderService.InitiateAuth" ||
		r.Header.Get("Authorization") != "" || asked.AuthFlow != "USER_PASSWORD_AUTH" ||
		asked.ClientId != "the-client" || asked.AuthParameters["USERNAME"] == "":
		status, body = 400, `{"__type":"InternalErrorException","message":"not the right call"}`
	case asked.AuthParameters["PASSWORD"] == rightPassword:
		const tokens = `"IdToken":"` + idToken + `","AccessToken":"canary-access","RefreshToken":"canary-refresh"`
		status, body = 200, `{"AuthenticationResult":{`+tokens+`},"ChallengeParameters":{}}`
	default:
		status, body = 400, `{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func signingIn(t *testing.T, body string) response {
	t.Helper()
	r := event("POST", "/login", "")
	r.Body = body
	got, err := handle(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Headers["cache-control"] != "no-store" || got.Headers["content-type"] != "application/json" {
		t.Errorf("headers are %v", got.Headers)
	}
	return got
}

// TestLogin gives the ID token alone. A page has no use for the other two.
func TestLogin(t *testing.T) {
	pool := startPool(t)
	got := signingIn(t, `{"name":"ada","password":"`+rightPassword+`"}`)
	if got.StatusCode != 200 || got.Body != `{"token":"`+idToken+`"}` || pool.calls != 1 {
		t.Errorf("got %d %s after %d calls", got.StatusCode, got.Body, pool.calls)
	}
}

// TestLoginRefuses has the pool's other answers. None of their messages gets to the client or into the log.
func TestLoginRefuses(t *testing.T) {
	const unauthorized = `{"error":"Unauthorized","message":"the name or the password is wrong"}`
	const unavailable = `{"error":"Unavailable",` +
		`"message":"nobody can sign in at the moment: try again in some seconds"}`
	failing := func(code string) string { return `{"__type":"` + code + `","message":"the canary-password of canary"}` }
	for _, row := range []struct {
		name, why  string
		poolStatus int
		poolAnswer string
		status     int
		body       string // part of the answer's
		log        string // part of the log's one line, "" for none
	}{
		{name: "wrong password", why: "as of a user who is not there", status: 401, body: unauthorized},
		{
			name: "locked out", why: "after wrong passwords; it looks like another wrong one",
			poolStatus: 400, poolAnswer: failing("NotAuthorizedException"), status: 401, body: unauthorized,
		},
		{
			name: "an odd name", why: "a space, for example",
			poolStatus: 400, poolAnswer: failing("InvalidParameterException"), status: 400, body: `"BadRequest"`,
		},
		{
			name: "no permanent password", why: "the user must set one first, and this page cannot",
			poolStatus: 200, poolAnswer: `{"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"canary"}`,
			status: 403, body: `"ChallengeRequired"`,
		},
		{
			name: "no such client", why: "the function is set up wrong",
			poolStatus: 400, poolAnswer: failing("ResourceNotFoundException"), status: 503, body: unavailable,
			log: "reason=ResourceNotFoundException",
		},
		{
			name: "garbage", why: "it is not the user pool that answers",
			poolStatus: 200, poolAnswer: "<canary>", status: 503, body: unavailable,
			log: "the user pool signs nobody in",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			pool := startPool(t)
			pool.status, pool.answer = row.poolStatus, row.poolAnswer
			got := signingIn(t, `{"name":"canary","password":"canary-guess"}`)
			if got.StatusCode != row.status || !strings.Contains(got.Body, row.body) ||
				strings.Contains(got.Body, "canary") {
				t.Errorf("%s: %d %s", row.why, got.StatusCode, got.Body)
			}
			lines := strings.Count(pool.log.String(), "\n")
			if lines > 1 || lines == 0 != (row.log == "") || !strings.Contains(pool.log.String(), row.log) {
				t.Errorf("%s: the log is %q", row.why, &pool.log)
			}
		})
	}
}

// TestLoginWaits: a pool that does not answer is 503 when the time for it is over.
func TestLoginWaits(t *testing.T) {
	startPool(t)
	silent := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }))
	defer server.Close()
	defer close(silent)
	t.Setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", server.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r := event("POST", "/login", "")
	r.Body = `{"name":"ada","password":"` + rightPassword + `"}`
	start := time.Now()
	got, err := handle(ctx, r)
	if err != nil || got.StatusCode != 503 || time.Since(start) > signInTimeout {
		t.Errorf("%d %s, %v after %s", got.StatusCode, got.Body, err, time.Since(start))
	}
}

// TestLoginIsNotEverywhere: the leased function is the same program, and signs nobody in.
func TestLoginIsNotEverywhere(t *testing.T) {
	for _, row := range []struct {
		name, why, grantURL, method string
		status                      int
		allow                       string
	}{
		{"no grant", "not the function that signs in", "", "POST", 404, ""},
		{"GET", "a password has no place in a URL", "https://api.example/Prod/grant", "GET", 405, "POST"},
		{"PUT", "only POST", "https://api.example/Prod/grant", "PUT", 405, "POST"},
		{"HEAD", "only POST", "https://api.example/Prod/grant", "HEAD", 405, "POST"},
	} {
		t.Run(row.name, func(t *testing.T) {
			pool := startPool(t)
			t.Setenv("GRANT_URL", row.grantURL)
			r := event(row.method, "/login", "")
			r.Body = `{"name":"ada","password":"` + rightPassword + `"}`
			got, err := handle(t.Context(), r)
			if err != nil || got.StatusCode != row.status || got.Headers["allow"] != row.allow || pool.calls != 0 {
				t.Errorf("%s: %d %v %s, %v, %d calls", row.why, got.StatusCode, got.Headers, got.Body, err, pool.calls)
			}
		})
	}
}
