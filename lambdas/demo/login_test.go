package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/furl-cdk/furl/lambdas/demo/internal/secret"
	"github.com/furl-cdk/furl/lambdas/demo/internal/secret/secrettest"
)

const (
	rightPassphrase = "canary-passphrase"
	signingKey      = "canary-signing-key"
)

// startLogin sets up a function that signs people in, and returns its log. The log must have no secret in it.
func startLogin(t *testing.T) *bytes.Buffer {
	t.Helper()
	secrettest.Start(t, map[string]string{"arn:passphrase": rightPassphrase, "arn:key": signingKey, "arn:empty": ""})
	t.Setenv("GRANT_URL", "https://api.example/Prod/grant")
	t.Setenv("PASSPHRASE_SECRET_ARN", "arn:passphrase")
	t.Setenv("SIGNING_KEY_SECRET_ARN", "arn:key")
	secrets = secret.Reader{}
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		for _, text := range []string{rightPassphrase, signingKey, "canary-key", "canary-token", "eyJ"} {
			if strings.Contains(log.String(), text) {
				t.Errorf("%q is in the log:\n%s", text, log.String())
			}
		}
	})
	return &log
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

// TestLogin gives a token in exactly this shape, for exactly an hour.
func TestLogin(t *testing.T) {
	startLogin(t)
	before := time.Now().Truncate(time.Second)
	got := signingIn(t, `{"name":"ada","passphrase":"`+rightPassphrase+`"}`)
	var fields map[string]any
	if err := json.Unmarshal([]byte(got.Body), &fields); got.StatusCode != 200 || err != nil || len(fields) != 1 {
		t.Fatalf("got %d %s, %v", got.StatusCode, got.Body, err)
	}
	text, _ := fields["token"].(string)
	var claims jwt.RegisteredClaims
	parsed, err := jwt.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return []byte(signingKey), nil })
	if err != nil || parsed.Header["alg"] != "HS256" || claims.Subject != "ada" {
		t.Fatalf("%v, %+v", err, claims)
	}
	issued := claims.IssuedAt.Time
	lasts := claims.ExpiresAt.Sub(issued)
	if lasts != time.Hour || issued.Before(before) || issued.After(time.Now()) {
		t.Errorf("it is for %s from %s", lasts, issued)
	}
}

// TestLoginRefuses: every wrong passphrase gets the same answer, after a second, for every name.
func TestLoginRefuses(t *testing.T) {
	startLogin(t)
	if got := signingIn(t, `{"name":"ada","passphrase":"`+rightPassphrase+`"}`); got.StatusCode != 200 {
		t.Fatalf("the right one: %d %s", got.StatusCode, got.Body)
	}
	for _, row := range []struct{ name, why, user, passphrase string }{
		{"wrong", "another word", "ada", "wrong"},
		{"somebody else", "who never signed in", "eve", "wrong"},
		{"its beginning", "nearly right", "ada", rightPassphrase[:len(rightPassphrase)-1]},
		{"longer", "nearly right", "ada", rightPassphrase + "x"},
		{"another case", "nearly right", "ada", strings.ToUpper(rightPassphrase)},
		{"of the same length", "all wrong", "ada", strings.Repeat("x", len(rightPassphrase))},
		{"the signing key", "another secret", "ada", signingKey},
	} {
		t.Run(row.name, func(t *testing.T) {
			// The secrets are kept from the sign-in above, so nothing in the bubble waits for the network.
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				got := signingIn(t, fmt.Sprintf(`{"name":%q,"passphrase":%q}`, row.user, row.passphrase))
				if took := time.Since(start); took != time.Second {
					t.Errorf("%s: it took %s", row.why, took)
				}
				const want = `{"error":"Unauthorized","message":"the name or the passphrase is wrong"}`
				if got.StatusCode != 401 || got.Body != want {
					t.Errorf("%s: %d %s", row.why, got.StatusCode, got.Body)
				}
			})
		})
	}
}

// TestLoginDelayHasNoWayOut: a guess whose invocation is called off takes as long.
func TestLoginDelayHasNoWayOut(t *testing.T) {
	startLogin(t)
	signingIn(t, `{"name":"ada","passphrase":"`+rightPassphrase+`"}`)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		r := event("POST", "/login", "")
		r.Body = `{"name":"ada","passphrase":"wrong"}`
		got, err := handle(ctx, r)
		if took := time.Since(start); err != nil || got.StatusCode != 401 || took != time.Second {
			t.Errorf("%d, %v after %s", got.StatusCode, err, took)
		}
	})
}

// TestLoginComparesInConstantTime reads the source, since a clock cannot tell. Only crypto/subtle compares, and it
// compares hashes of the passphrases.
func TestLoginComparesInConstantTime(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "login.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constant := 0
	ast.Inspect(file, func(node ast.Node) bool {
		function, ok := node.(*ast.FuncDecl)
		if !ok {
			return true
		}
		if function.Name.Name != "signIn" {
			return false
		}
		ast.Inspect(function.Body, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.SelectorExpr:
				switch n.Sel.Name {
				case "ConstantTimeCompare":
					constant++
				case "Equal", "Compare", "EqualFold", "HasPrefix", "DeepEqual":
					t.Errorf("signIn calls %s", n.Sel.Name)
				}
			case *ast.BinaryExpr:
				for _, side := range []ast.Expr{n.X, n.Y} {
					if name, ok := side.(*ast.Ident); ok && name.Name != "err" && name.Name != "nil" {
						t.Errorf("signIn compares %s with %s", name.Name, n.Op)
					}
				}
			}
			return true
		})
		return false
	})
	if constant != 1 {
		t.Errorf("subtle.ConstantTimeCompare is called %d times", constant)
	}
}

// TestLoginWithoutSecrets: nobody signs in, not even with an empty passphrase, and only the log says why.
func TestLoginWithoutSecrets(t *testing.T) {
	for _, row := range []struct{ name, why, variable, arn string }{
		{"unknown passphrase", "Secrets Manager has none", "PASSPHRASE_SECRET_ARN", "arn:unknown"},
		{"empty passphrase", "would be anybody's", "PASSPHRASE_SECRET_ARN", "arn:empty"},
		{"no passphrase set up", "the variable is missing", "PASSPHRASE_SECRET_ARN", ""},
		{"unknown key", "Secrets Manager has none", "SIGNING_KEY_SECRET_ARN", "arn:unknown"},
		{"empty key", "anybody could sign", "SIGNING_KEY_SECRET_ARN", "arn:empty"},
		{"no key set up", "the variable is missing", "SIGNING_KEY_SECRET_ARN", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			log := startLogin(t)
			t.Setenv(row.variable, row.arn)
			got := signingIn(t, `{"name":"ada","passphrase":"`+rightPassphrase+`"}`)
			const want = `{"error":"Unavailable",` +
				`"message":"nobody can sign in at the moment: try again in some seconds"}`
			if got.StatusCode != 503 || got.Body != want {
				t.Errorf("%s: %d %s", row.why, got.StatusCode, got.Body)
			}
			if !strings.Contains(log.String(), "nobody can sign in") || !strings.Contains(log.String(), row.arn) {
				t.Errorf("%s: the log is %q", row.why, log)
			}
		})
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
		{"GET", "a passphrase has no place in a URL", "https://api.example/Prod/grant", "GET", 405, "POST"},
		{"PUT", "only POST", "https://api.example/Prod/grant", "PUT", 405, "POST"},
		{"HEAD", "only POST", "https://api.example/Prod/grant", "HEAD", 405, "POST"},
	} {
		t.Run(row.name, func(t *testing.T) {
			startLogin(t)
			t.Setenv("GRANT_URL", row.grantURL)
			r := event(row.method, "/login", "")
			r.Body = `{"name":"ada","passphrase":"` + rightPassphrase + `"}`
			got, err := handle(t.Context(), r)
			if err != nil || got.StatusCode != row.status || got.Headers["allow"] != row.allow {
				t.Errorf("%s: %d %v %s, %v", row.why, got.StatusCode, got.Headers, got.Body, err)
			}
		})
	}
}
