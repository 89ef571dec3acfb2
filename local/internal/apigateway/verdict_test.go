package apigateway

import (
	"fmt"
	"strings"
	"testing"
)

// TestReadVerdict reads answers as an authorizer returns them.
func TestReadVerdict(t *testing.T) {
	const policy = `"policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}`
	tests := []struct{ name, why, text, context, refused string }{
		{"least", "no context", `{"principalId":"u",` + policy + `}`, "map[principalId:u]", ""},
		{"context", "every value is made a string, as it is written", `{"principalId":"u",` + policy + `,"context":{"s": "x", "n" : 1000000 ,"f":1.50,"t":true,"f2":false}}`, "map[f:1.50 f2:false n:1000000 principalId:u s:x t:true]", ""},
		{"principalId in the context", "does not pass for the real one", `{"principalId":"u",` + policy + `,"context":{"principalId":"admin"}}`, "map[principalId:u]", ""},
		{"escapes", "are read", `{"principalId":"u",` + policy + `,"context":{"s":"a\"\u00e9"}}`, `map[principalId:u s:a"é]`, ""},
		{"usageIdentifierKey", "is passed over with ApiKeySourceType HEADER", `{"principalId":"u",` + policy + `,"usageIdentifierKey":"k"}`, "map[principalId:u]", ""},
		{"no JSON", "", `allow`, "", "not the JSON of an authorizer"},
		{"string", "", `"allow"`, "", "not the JSON of an authorizer"},
		{"null", "", `null`, "", "no principalId"},
		{"no principalId", "required", `{` + policy + `}`, "", "no principalId"},
		{"empty principalId", "required", `{"principalId":"",` + policy + `}`, "", "no principalId"},
		{"principalId as a number", "it is a string", `{"principalId":1,` + policy + `}`, "", "no principalId"},
		{"principalId in another case", "names are exact", `{"principalID":"u",` + policy + `}`, "", "no principalId"},
		{"no policy", "required", `{"principalId":"u"}`, "", "no policyDocument"},
		{"null policy", "required", `{"principalId":"u","policyDocument":null}`, "", "its policyDocument"},
		{"policy as text", "it is an object", `{"principalId":"u","policyDocument":"{}"}`, "", "its policyDocument"},
		{"no statement", "", `{"principalId":"u","policyDocument":{"Version":"2012-10-17"}}`, "", "its policyDocument"},
		{"no resource", "would be everything", `{"principalId":"u","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*"}]}}`, "", "no Resource"},
		{"principal", "the policy is the caller's", `{"principalId":"u","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}}`, "", "takes no Principal"},
		{"effect misspelt", "", `{"principalId":"u","policyDocument":{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}}`, "", "must be Allow or Deny"},
		{"object in the context", "documented as refused", `{"principalId":"u",` + policy + `,"context":{"o":{}}}`, "", "its context has o"},
		{"list in the context", "documented as refused", `{"principalId":"u",` + policy + `,"context":{"l":["a"]}}`, "", "its context has l"},
		{"null in the context", "not documented, so refused", `{"principalId":"u",` + policy + `,"context":{"z":null}}`, "", "its context has z"},
		{"context as text", "", `{"principalId":"u",` + policy + `,"context":"x"}`, "", "its context is not an object"},
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
