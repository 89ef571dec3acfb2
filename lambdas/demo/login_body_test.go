package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func TestLoginBodies(t *testing.T) {
	startLogin(t)
	with := func(name string) string { return fmt.Sprintf(`{"name":%q,"passphrase":%q}`, name, rightPassphrase) }
	for _, row := range []struct {
		name, why, body string
		status          int
	}{
		{"right", "the rows below change this one", with("ada"), 200},
		{"64 characters", "the longest name, in characters", with(strings.Repeat("愛", 64)), 200},
		{"65 characters", "too long", with(strings.Repeat("愛", 65)), 400},
		{"no name", "a token needs a subject", with(""), 400},
		{"empty", "nobody", "", 400},
		{"null", "nobody", "null", 400},
		{"an array", "no object", "[]", 400},
		{"a string", "no object", `"` + rightPassphrase + `"`, 400},
		{"a form", "not JSON", "name=ada&passphrase=" + rightPassphrase, 400},
		{"cut off", "not JSON", strings.TrimSuffix(with("ada"), "}"), 400},
		{"no passphrase", "nothing to compare", `{"name":"ada"}`, 400},
		{"empty passphrase", "nothing to compare", `{"name":"ada","passphrase":""}`, 400},
		{"a number", "wrong type", `{"name":"ada","passphrase":7}`, 400},
		{"unknown field", "a typing error", `{"name":"ada","passphrase":"` + rightPassphrase + `","admin":true}`, 400},
		{"two documents", "the second would be lost", with("ada") + with("eve"), 400},
		{"4 KB", "the longest body", with("ada") + strings.Repeat(" ", maxLoginBytes-len(with("ada"))), 200},
		{"4 KB and one", "too long", with("ada") + strings.Repeat(" ", maxLoginBytes-len(with("ada"))+1), 400},
		{"5 MB", "too long", strings.Repeat("x", 5<<20), 400},
		{"invalid UTF-8", "not text", "{\"name\":\"a\xff\",\"passphrase\":\"" + rightPassphrase + "\"}", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := signingIn(t, row.body)
			if got.StatusCode != row.status {
				t.Errorf("%s: %d %s", row.why, got.StatusCode, got.Body)
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
	startLogin(t)
	r := event("POST", "/login", "")
	r.IsBase64Encoded = true
	for body, status := range map[string]int{
		base64.StdEncoding.EncodeToString([]byte(`{"name":"ada","passphrase":"` + rightPassphrase + `"}`)): 200,
		"not base64!": 400,
	} {
		r.Body = body
		if got, err := handle(t.Context(), r); err != nil || got.StatusCode != status {
			t.Errorf("%d %s, %v", got.StatusCode, got.Body, err)
		}
	}
}
