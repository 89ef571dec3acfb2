package main

import (
	"encoding/base64"
	"strings"
	"testing"
)

const (
	// signerRoleARN is the role that signs the events of the tests.
	signerRoleARN = "arn:aws:iam::111122223333:role/edge-signer-role"

	adasClaims = `{"cognito:username":"ada","exp":1796040000,"iss":"https://issuer.example","sub":"5f1c","jti":"1"}`
)

// TestMe names the user of a verified token, and of no other.
func TestMe(t *testing.T) {
	const verified = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example"
	for _, row := range []struct {
		name, why, role, verified, caller string
		status                            int
		body                              string // part of the answer's
	}{
		{
			name: "a user", why: "whose token the edge signer verified", role: signerRoleARN, verified: verified,
			caller: "edge-signer-role/x", status: 200, body: `{
  "expires": 1796040000,
  "issuer": "https://issuer.example",
  "name": "ada",
  "subject": "5f1c"
}`,
		},
		{
			name: "not verified", why: "by a path that CloudFront takes for another", role: signerRoleARN,
			caller: "edge-signer-role/x", status: 403, body: `"NotAuthenticated"`,
		},
		{
			name: "a lease", why: "its holder writes the headers as it likes", role: signerRoleARN, verified: verified,
			caller: "leased/ada", status: 403, body: `"NotAuthenticated"`,
		},
		{
			name: "the leased function", why: "it is the same program, behind no signer", verified: verified,
			caller: "edge-signer-role/x", status: 404, body: `"NotFound"`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("SIGNER_ROLE", row.role)
			r := event("GET", "/me", "")
			payload := base64.RawURLEncoding.EncodeToString([]byte(adasClaims))
			r.Headers["x-forwarded-authorization"] = "Bearer e30." + payload + ".c2ln"
			if row.verified != "" {
				r.Headers["x-furl-verified"] = row.verified
			}
			r.RequestContext.Authorizer.IAM.UserARN = "arn:aws:sts::111122223333:assumed-role/" + row.caller
			got, err := handle(t.Context(), r)
			if err != nil || got.StatusCode != row.status || !strings.Contains(got.Body, row.body) {
				t.Errorf("%s: %d %s, %v", row.why, got.StatusCode, got.Body, err)
			}
			if row.status != 200 && strings.Contains(got.Body, "ada") || got.Headers["cache-control"] != "no-store" {
				t.Errorf("%s: %v %s", row.why, got.Headers, got.Body)
			}
		})
	}
}
