// Package secrettest stands in for Secrets Manager in tests.
package secrettest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Start serves these secrets, by ARN, on loopback. It sets the environment of this process so that the SDK calls there.
// The answer to another ARN is an error whose message has the word canary in it.
func Start(t *testing.T, values map[string]string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ SecretId string }
		err := json.NewDecoder(r.Body).Decode(&asked)
		if target := r.Header.Get("X-Amz-Target"); err != nil || target != "secretsmanager.GetSecretValue" {
			t.Errorf("Secrets Manager was asked for %s: %v", target, err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer := map[string]string{"ARN": asked.SecretId, "SecretString": values[asked.SecretId]}
		if _, known := values[asked.SecretId]; !known {
			w.WriteHeader(http.StatusBadRequest)
			answer = map[string]string{
				"__type":  "ResourceNotFoundException",
				"message": "canary: Secrets Manager can't find the specified secret.",
			}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL,
		"AWS_REGION":                       "eu-west-1",
		"AWS_ACCESS_KEY_ID":                "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":            "canary-key",
		"AWS_SESSION_TOKEN":                "canary-token",
		"AWS_CONFIG_FILE":                  "/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE":      "/dev/null",
		"AWS_PROFILE":                      "",
		"AWS_CA_BUNDLE":                    "",
	} {
		t.Setenv(name, value)
	}
}
