package apigateway

import "testing"

func TestAPIKey(t *testing.T) {
	api := start(t, func(config *Config) {
		config.Methods[0].APIKeyRequired = true
		config.Keys = []Key{{ID: "key1", Value: "first-value"}, {ID: "key2", Value: "second-value"}}
	})
	tests := []struct {
		name, why, header string
		id                string // "" if it is refused
	}{
		{"first", "it is a key of the plan", "X-Api-Key: first-value", "key1"},
		{"second", "it is a key of the plan", "x-api-key: second-value", "key2"},
		{"none", "a key is required", "", ""},
		{"empty", "is no key", "X-Api-Key: ", ""},
		{"another", "no plan has it", "X-Api-Key: third-value", ""},
		{"in part", "keys are compared whole", "X-Api-Key: first", ""},
		{"in another case", "keys are compared exactly", "X-Api-Key: First-Value", ""},
		{"the id", "is no secret", "X-Api-Key: key1", ""},
		{"another header", "X-Api-Key is the header", "Authorization: first-value", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var headers []string
			if test.header != "" {
				headers = append(headers, test.header)
			}
			response, body := api.send(t, "GET", "/Prod/x", "", headers...)
			if test.id == "" {
				expectRefusal(t, test.why, response, body, 403, "ForbiddenException", `{"message":"Forbidden"}`)
				return
			}
			if response.StatusCode != 200 {
				t.Fatal(describe(response, body))
			}
			got := parse(t, body)["requestContext"].(object)["identity"].(object)
			if got["apiKeyId"] != test.id || got["apiKey"] == nil {
				t.Errorf("identity %v", got)
			}
		})
	}
}

// TestAPIKeyNotRequired checks that a method without keys asks for none, and tells the function none.
func TestAPIKeyNotRequired(t *testing.T) {
	api := start(t, func(config *Config) { config.Keys = []Key{{ID: "key1", Value: "value"}} })
	event := api.event(t, "GET", "/Prod/x", "", "X-Api-Key: value")
	if got := event["requestContext"].(object)["identity"].(object); got["apiKeyId"] != nil || got["apiKey"] != nil {
		t.Errorf("identity %v", got)
	}
}

// TestAPIKeyWithoutPlan checks that an API without usage plans lets nobody in, nor does a key without a value.
func TestAPIKeyWithoutPlan(t *testing.T) {
	for _, keys := range [][]Key{nil, {{ID: "key1"}}} {
		api := start(t, func(config *Config) { config.Methods[0].APIKeyRequired, config.Keys = true, keys })
		response, body := api.send(t, "GET", "/Prod/x", "", "X-Api-Key: ")
		expectRefusal(t, "no key", response, body, 403, "ForbiddenException", `{"message":"Forbidden"}`)
	}
}

// TestAPIKeyAfterAuthorizer checks that a caller whom the authorizer refuses learns nothing about keys.
func TestAPIKeyAfterAuthorizer(t *testing.T) {
	api := guardedAPI(t, "TOKEN", func(config *Config, _ *Authorizer) {
		config.Methods[0].APIKeyRequired, config.Keys = true, []Key{{ID: "key1", Value: "value"}}
	})
	response, body := api.send(t, "GET", "/Prod/x", "", "X-Token: deny")
	expectRefusal(t, "refused by the authorizer", response, body, 403, "AccessDeniedException", explicitDeny)
	response, body = api.send(t, "GET", "/Prod/x", "", "X-Token: allow")
	expectRefusal(t, "allowed, without a key", response, body, 403, "ForbiddenException", `{"message":"Forbidden"}`)
	response, body = api.send(t, "GET", "/Prod/x", "", "X-Token: allow", "X-Api-Key: value")
	if response.StatusCode != 200 {
		t.Error(describe(response, body))
	}
}
