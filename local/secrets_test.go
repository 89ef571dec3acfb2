package local

import (
	"strings"
	"testing"
)

func TestSecretRefuses(t *testing.T) {
	for _, row := range []struct {
		name, why  string
		properties object
		message    string
	}{
		{"too long", "4096", object{"GenerateSecretString": object{"PasswordLength": 4097}}, "no password of length 4097"},
		{"too short", "for one of each kind", object{"GenerateSecretString": object{"PasswordLength": 3}}, "no password of length 3 can be made of 4 kinds"},
		{"negative", "", object{"GenerateSecretString": object{"PasswordLength": -1, "RequireEachIncludedType": false}}, "no password of length -1"},
		{"nothing left", "all excluded", object{"GenerateSecretString": object{"ExcludeCharacters": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "ExcludePunctuation": true}}, "of 0 kinds"},
		{"template not JSON", "", object{"GenerateSecretString": object{"SecretStringTemplate": "{", "GenerateStringKey": "k"}}, "must be a JSON object"},
		{"template not an object", "there is nothing to add a key to", object{"GenerateSecretString": object{"SecretStringTemplate": "[]", "GenerateStringKey": "k"}}, "must be a JSON object"},
		{"template null", "there is nothing to add a key to", object{"GenerateSecretString": object{"SecretStringTemplate": "null", "GenerateStringKey": "k"}}, "must be a JSON object"},
		{"template without key", "both or neither", object{"GenerateSecretString": object{"SecretStringTemplate": "{}"}}, "GenerateStringKey"},
		{"key without template", "both or neither", object{"GenerateSecretString": object{"GenerateStringKey": "k"}}, "SecretStringTemplate"},
		{"two values", "CloudFormation takes one", object{"SecretString": "the-team's-own", "GenerateSecretString": object{}}, "both SecretString and GenerateSecretString"},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := hello()
			resources["Secret"] = object{"Type": "AWS::SecretsManager::Secret", "Properties": row.properties}
			said := refused(t, Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0"})
			if !strings.Contains(said, row.message) || !strings.Contains(said, "Demo/Secret") || strings.Contains(said, "the-team's-own") {
				t.Errorf("%q does not say %q (%s)", said, row.message, row.why)
			}
		})
	}
}
