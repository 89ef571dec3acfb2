package apigateway

import (
	"fmt"
	"strings"
	"testing"
)

// TestReadVerdict reads answers as an authorizer returns them.
func TestReadVerdict(t *testing.T) {
	const policy = `"policyDocument":{"Version":"2012-10-17",` +
		`"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}`
	tests := []struct{ name, why, text, context, refused string }{
		{name: "least", why: "no context", text: `{"principalId":"u",` + policy + `}`, context: "map[principalId:u]"},
		{
			name: "context", why: "every value is made a string, as it is written",
			text: `{"principalId":"u",` + policy +
				`,"context":{"s": "x", "n" : 1000000 ,"f":1.50,"t":true,"f2":false}}`,
			context: "map[f:1.50 f2:false n:1000000 principalId:u s:x t:true]",
		},
		{
			name: "principalId in the context", why: "does not pass for the real one",
			text:    `{"principalId":"u",` + policy + `,"context":{"principalId":"admin"}}`,
			context: "map[principalId:u]",
		},
		{
			name: "escapes", why: "are read",
			text:    `{"principalId":"u",` + policy + `,"context":{"s":"a\"\u00e9"}}`,
			context: `map[principalId:u s:a"é]`,
		},
		{
			name: "usageIdentifierKey", why: "is passed over with ApiKeySourceType HEADER",
			text: `{"principalId":"u",` + policy + `,"usageIdentifierKey":"k"}`, context: "map[principalId:u]",
		},
		{name: "no JSON", why: "it is not an object", text: `allow`, refused: "not the JSON of an authorizer"},
		{name: "string", why: "it is not an object", text: `"allow"`, refused: "not the JSON of an authorizer"},
		{name: "null", why: "it has no fields", text: `null`, refused: "no principalId"},
		{name: "no principalId", why: "required", text: `{` + policy + `}`, refused: "no principalId"},
		{
			name: "empty principalId", why: "required",
			text: `{"principalId":"",` + policy + `}`, refused: "no principalId",
		},
		{
			name: "principalId as a number", why: "it is a string",
			text: `{"principalId":1,` + policy + `}`, refused: "no principalId",
		},
		{
			name: "principalId in another case", why: "names are exact",
			text: `{"principalID":"u",` + policy + `}`, refused: "no principalId",
		},
		{name: "no policy", why: "required", text: `{"principalId":"u"}`, refused: "no policyDocument"},
		{
			name: "null policy", why: "required",
			text: `{"principalId":"u","policyDocument":null}`, refused: "its policyDocument",
		},
		{
			name: "policy as text", why: "it is an object",
			text: `{"principalId":"u","policyDocument":"{}"}`, refused: "its policyDocument",
		},
		{
			name: "no statement", why: "required",
			text: `{"principalId":"u","policyDocument":{"Version":"2012-10-17"}}`, refused: "its policyDocument",
		},
		{
			name: "no resource", why: "would be everything",
			text:    `{"principalId":"u","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*"}]}}`,
			refused: "no Resource",
		},
		{
			name: "principal", why: "the policy is the caller's",
			text: `{"principalId":"u","policyDocument":{"Statement":[` +
				`{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}}`,
			refused: "takes no Principal",
		},
		{
			name: "effect misspelt", why: "names are exact",
			text: `{"principalId":"u","policyDocument":{"Statement":[` +
				`{"Effect":"allow","Action":"*","Resource":"*"}]}}`,
			refused: "must be Allow or Deny",
		},
		{
			name: "object in the context", why: "documented as refused",
			text: `{"principalId":"u",` + policy + `,"context":{"o":{}}}`, refused: "its context has o",
		},
		{
			name: "list in the context", why: "documented as refused",
			text: `{"principalId":"u",` + policy + `,"context":{"l":["a"]}}`, refused: "its context has l",
		},
		{
			name: "null in the context", why: "not documented, so refused",
			text: `{"principalId":"u",` + policy + `,"context":{"z":null}}`, refused: "its context has z",
		},
		{
			name: "context as text", why: "it is an object",
			text: `{"principalId":"u",` + policy + `,"context":"x"}`, refused: "its context is not an object",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := readVerdict([]byte(test.text))
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("%s: error %v, want %q", test.why, err, test.refused)
				}
				return
			}
			if err != nil || fmt.Sprint(found.context) != test.context {
				t.Errorf("%s: %v, %v, want %s", test.why, found, err, test.context)
			}
		})
	}
}
