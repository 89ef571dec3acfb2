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
		{
			name: "too long", why: "4096",
			properties: object{"GenerateSecretString": object{"PasswordLength": 4097}},
			message:    "no password of length 4097",
		},
		{
			name: "too short", why: "for one of each kind",
			properties: object{"GenerateSecretString": object{"PasswordLength": 3}},
			message:    "no password of length 3 can be made of 4 kinds",
		},
		{
			name:       "negative",
			properties: object{"GenerateSecretString": object{"PasswordLength": -1, "RequireEachIncludedType": false}},
			message:    "no password of length -1",
		},
		{
			name: "nothing left", why: "all excluded",
			properties: object{
				"GenerateSecretString": object{
					"ExcludeCharacters":  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
					"ExcludePunctuation": true,
				},
			},
			message: "of 0 kinds",
		},
		{
			name:       "template not JSON",
			properties: object{"GenerateSecretString": object{"SecretStringTemplate": "{", "GenerateStringKey": "k"}},
			message:    "must be a JSON object",
		},
		{
			name: "template not an object", why: "there is nothing to add a key to",
			properties: object{"GenerateSecretString": object{"SecretStringTemplate": "[]", "GenerateStringKey": "k"}},
			message:    "must be a JSON object",
		},
		{
			name: "template null", why: "there is nothing to add a key to",
			properties: object{
				"GenerateSecretString": object{"SecretStringTemplate": "null", "GenerateStringKey": "k"},
			},
			message: "must be a JSON object",
		},
		{
			name: "template without key", why: "both or neither",
			properties: object{"GenerateSecretString": object{"SecretStringTemplate": "{}"}},
			message:    "GenerateStringKey",
		},
		{
			name: "key without template", why: "both or neither",
			properties: object{"GenerateSecretString": object{"GenerateStringKey": "k"}},
			message:    "SecretStringTemplate",
		},
		{
			name: "two values", why: "CloudFormation takes one",
			properties: object{"SecretString": "the-team's-own", "GenerateSecretString": object{}},
			message:    "both SecretString and GenerateSecretString",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := hello()
			resources["Secret"] = object{"Type": "AWS::SecretsManager::Secret", "Properties": row.properties}
			said := refused(t, Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0"})
			if !strings.Contains(said, row.message) || !strings.Contains(said, "Demo/Secret") {
				t.Errorf("%q does not say %q (%s)", said, row.message, row.why)
			}
			if strings.Contains(said, "the-team's-own") {
				t.Error("the message tells a secret")
			}
		})
	}
}
