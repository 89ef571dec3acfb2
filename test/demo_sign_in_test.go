package test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestDemoSignIn checks that one token of the page's sign-in is for both, /me through CloudFront and the lease.
func TestDemoSignIn(t *testing.T) {
	l := startLeasing(t, demoAssembly(t, "ap-northeast-1", "host"))
	lease(t, grantRequest(t, l.restAPI(t), l.token, ""))
	expired := append([]string{"--claim", "exp=1700000000"}, demoFlags...)
	access := append([]string{"--use", "access"}, demoFlags...)
	for _, row := range []struct {
		name, why, path, authorization string
		status                         int
		code                           string // the error in the answer, "" for none
	}{
		{name: "signed in", why: "the page's token", path: "/me", authorization: "Bearer " + l.token, status: 200},
		{name: "no token", why: "nobody", path: "/me", status: 401, code: "MissingToken"},
		{
			name: "an altered token", why: "the page's button", path: "/me", authorization: "Bearer " + l.token + "x",
			status: 401, code: "InvalidToken",
		},
		{
			name: "another subject", why: "the signature is for the first", path: "/me",
			authorization: "Bearer " + withSubject(t, l.token, "eve"), status: 401, code: "InvalidToken",
		},
		{
			name: "expired", why: "an hour is over", path: "/me",
			authorization: "Bearer " + l.pooled.token(t, expired...), status: 401, code: "ExpiredToken",
		},
		{
			name: "an access token", why: "ID tokens are asked for", path: "/me",
			authorization: "Bearer " + l.pooled.token(t, access...), status: 401, code: "InvalidToken",
		},
		{
			name: "an escape in the path", why: "the normalised path chooses the behaviour", path: "/%6de",
			authorization: "Bearer " + withSubject(t, l.token, "eve"), status: 401, code: "InvalidToken",
		},
		{
			name: "a slash at the end", why: "an open path, which the function does not have", path: "/me/",
			authorization: "Bearer " + l.token, status: 404, code: "NotFound",
		},
	} {
		r := request(t, http.MethodGet, l.origin, row.path, nil)
		if row.authorization != "" {
			r.Header.Set("Authorization", row.authorization)
		}
		r.Header.Set("X-Furl-Verified", l.issuerOf(t, "FurlDemo/Users"))
		a := send(t, r)
		var body map[string]any
		if err := json.Unmarshal(a.body, &body); err != nil || a.status != row.status {
			t.Errorf("%s: %d %s, want %d (%s)", row.name, a.status, a.body, row.status, row.why)
			continue
		}
		code, _ := body["error"].(string)
		isAda := body["name"] == "ada" && body["subject"] == l.subject(t)
		if code != row.code || isAda != (row.status == 200) {
			t.Errorf("%s: %s, want the error %q (%s)", row.name, a.body, row.code, row.why)
		}
	}
	for _, secret := range []string{l.token, l.Password} {
		if strings.Contains(strings.Replace(l.log(), "  "+secret, "", 1), secret) { // furl local announces it once
			t.Error("the log has a token or the password")
		}
	}
}

// TestDemoUsers checks that nobody can sign up, and that the output has the commands that make a user.
func TestDemoUsers(t *testing.T) {
	stack := readAssembly(t, demoAssembly(t, "ap-northeast-1", "")).stack(t, "FurlDemo")
	stack.has(t, "AWS::Cognito::UserPool", map[string]any{
		"AdminCreateUserConfig": map[string]any{"AllowAdminCreateUserOnly": true},
	})
	stack.has(t, "AWS::Cognito::UserPoolClient", map[string]any{"PreventUserExistenceErrors": "ENABLED"})
	output, err := json.Marshal(stack.template["Outputs"])
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"admin-create-user ", "admin-set-user-password --permanent "} {
		if !strings.Contains(string(output), "aws cognito-idp "+command) {
			t.Errorf("no output has %s", command)
		}
	}
}
