package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// TestLoginBodies: a body that is not a login's does not get to the user pool.
func TestLoginBodies(t *testing.T) {
	pool := startPool(t)
	with := func(name string) string { return fmt.Sprintf(`{"name":%q,"password":%q}`, name, rightPassword) }
	for _, row := range []struct {
		name, why, body string
		status          int
	}{
		{"right", "the rows below change this one", with("ada"), 200},
		{"another script", "names are in any", with("愛"), 200},
		{"no name", "nobody", with(""), 400},
		{"empty", "nobody", "", 400},
		{"null", "nobody", "null", 400},
		{"an array", "no object", "[]", 400},
		{"a string", "no object", `"` + rightPassword + `"`, 400},
		{"a form", "not JSON", "name=ada&password=" + rightPassword, 400},
		{"cut off", "not JSON", strings.TrimSuffix(with("ada"), "}"), 400},
		{"no password", "nobody", `{"name":"ada"}`, 400},
		{"empty password", "nobody", `{"name":"ada","password":""}`, 400},
		{"a number", "wrong type", `{"name":"ada","password":7}`, 400},
		{"unknown field", "a typing error", `{"name":"ada","password":"` + rightPassword + `","admin":true}`, 400},
		{"two documents", "the second would be lost", with("ada") + with("eve"), 400},
		{"4 KB", "the longest body", with("ada") + strings.Repeat(" ", maxLoginBytes-len(with("ada"))), 200},
		{"4 KB and one", "too long", with("ada") + strings.Repeat(" ", maxLoginBytes-len(with("ada"))+1), 400},
		{"5 MB", "too long", strings.Repeat("x", 5<<20), 400},
		{"invalid UTF-8", "not text", "{\"name\":\"a\xff\",\"password\":\"" + rightPassword + "\"}", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := pool.calls
			got := signingIn(t, row.body)
			if got.StatusCode != row.status || (pool.calls != before) != (row.status == 200) {
				t.Errorf("%s: %d %s, %d calls", row.why, got.StatusCode, got.Body, pool.calls-before)
			}
			quoted := strings.Contains(got.Body, "canary")
			if row.status == 400 && (quoted || !strings.Contains(got.Body, `"BadRequest"`)) {
				t.Errorf("%s: %s", row.why, got.Body)
			}
		})
	}
}

// TestLoginInBase64: Lambda encodes a body whose type it does not know for text.
func TestLoginInBase64(t *testing.T) {
	startPool(t)
	r := event("POST", "/login", "")
	r.IsBase64Encoded = true
	for body, status := range map[string]int{
		base64.StdEncoding.EncodeToString([]byte(`{"name":"ada","password":"` + rightPassword + `"}`)): 200,
		"not base64!": 400,
	} {
		r.Body = body
		if got, err := handle(t.Context(), r); err != nil || got.StatusCode != status {
			t.Errorf("%d %s, %v", got.StatusCode, got.Body, err)
		}
	}
}
