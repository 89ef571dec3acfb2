package main

import (
	"testing"
	"time"

	"github.com/furl-cdk/furl/lambdas/demo/internal/secret"
	"github.com/furl-cdk/furl/lambdas/demo/internal/secret/secrettest"
	"github.com/furl-cdk/furl/lambdas/demo/internal/token"
)

// TestHandle: the key is read, and nobody gets in without it.
func TestHandle(t *testing.T) {
	secrettest.Start(t, map[string]string{"arn:key": "the key", "arn:other": "another key", "arn:empty": ""})
	for _, row := range []struct {
		name, why, arn string
		key            string // that the token is signed with
		err            string // "" for none, "Unauthorized" for 401, "any" for 500
	}{
		{"right", "the key of the secret", "arn:key", "the key", ""},
		{"another secret", "the token is of another key", "arn:other", "the key", "Unauthorized"},
		{"empty key", "a token of the empty key", "arn:key", "", "Unauthorized"},
		{"unknown secret", "500, not 401: the token may be good", "arn:unknown", "the key", "any"},
		{"an empty secret", "anybody can sign with nothing", "arn:empty", "", "any"},
		{"no ARN", "a function that is not set up", "", "", "any"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("SIGNING_KEY_SECRET_ARN", row.arn)
			text, err := token.New([]byte(row.key), "ada", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			got, err := handle(t.Context(), &secret.Reader{}, request{
				AuthorizationToken: "Bearer " + text,
				MethodArn:          "arn:aws:execute-api:eu-west-1:111122223333:abc/Prod/POST/grant",
			})
			if row.err == "" {
				if err != nil || got.PrincipalID != "ada" || len(got.PolicyDocument.Statement) != 1 {
					t.Errorf("%s: %+v, %v", row.why, got, err)
				}
				return
			}
			if err == nil || (err.Error() == "Unauthorized") != (row.err == "Unauthorized") ||
				got.PrincipalID != "" || got.PolicyDocument.Statement != nil {
				t.Errorf("%s: %+v, %v", row.why, got, err)
			}
		})
	}
}
