package apigateway

import (
	"slices"
	"strings"
	"testing"
)

// cdkTemplate is the template of CDK 2.270's AddCorsPreflight for the origins after the first.
const cdkTemplate = `#set($origin = $input.params().header.get("Origin"))
#if($origin == "")
  #set($origin = $input.params().header.get("origin"))
#end
#if($origin == "https://b.example.com" || $origin == "https://c.example.com")
  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end`

func TestParseOriginTemplate(t *testing.T) {
	got, err := ParseOriginTemplate(cdkTemplate)
	if want := []string{"https://b.example.com", "https://c.example.com"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	tests := []struct{ name, why, template, refused string }{
		{"another template", "", `{"ok":true}`, "other than that of CDK's"},
		{"something after it", "would be done too", cdkTemplate + "\n#set($a = 1)", "other than that of CDK's"},
		{"something before it", "would be done too", "x" + cdkTemplate, "other than that of CDK's"},
		{"another header", "", strings.ReplaceAll(cdkTemplate, "Access-Control-Allow-Origin", "X"), "other than that of CDK's"},
		{"another condition", "", strings.Replace(cdkTemplate, `$origin == "https://c`, `$origin != "https://c`, 1), `the condition $origin != "https://c.example.com"`},
		{"a condition with and", "", strings.Replace(cdkTemplate, "||", "&&", 1), "the condition"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := ParseOriginTemplate(test.template); err == nil || !strings.Contains(err.Error(), test.refused) {
				t.Errorf("%s: %v, %v", test.why, got, err)
			}
		})
	}
}

// TestPreflight answers as CDK's mock integrations do, with one and with several origins.
func TestPreflight(t *testing.T) {
	headers := func(origin string) map[string]string {
		return map[string]string{"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "POST", "Vary": "Origin"}
	}
	several := []string{"https://b.example.com"}
	tests := []struct {
		name, why string
		mock      PreflightResponse
		origin    string
		want      string
	}{
		{"any origin", "", PreflightResponse{204, headers("*"), nil}, "https://x.example.com", "*"},
		{"the one origin", "", PreflightResponse{204, headers("https://a.example.com"), nil}, "https://a.example.com", "https://a.example.com"},
		{"another origin", "sees that it is not the one", PreflightResponse{204, headers("https://a.example.com"), nil}, "https://x.example.com", "https://a.example.com"},
		{"the first of several", "", PreflightResponse{204, headers("https://a.example.com"), several}, "https://a.example.com", "https://a.example.com"},
		{"the second of several", "is sent back", PreflightResponse{204, headers("https://a.example.com"), several}, "https://b.example.com", "https://b.example.com"},
		{"none of several", "sees the first", PreflightResponse{204, headers("https://a.example.com"), several}, "https://b.example.com.evil.example", "https://a.example.com"},
		{"no origin", "sees the first", PreflightResponse{204, headers("https://a.example.com"), several}, "", "https://a.example.com"},
		{"another status", "", PreflightResponse{200, headers("*"), nil}, "", "*"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := start(t, func(config *Config) {
				config.Methods = []Method{{HTTPMethod: "OPTIONS", ResourcePath: "/grant", Authorization: "NONE", Mock: &test.mock}}
			})
			var sent []string
			if test.origin != "" {
				sent = []string{"Origin: " + test.origin}
			}
			for _, target := range []string{"/Prod/grant", "/Prod/grant/"} {
				response, body := api.send(t, "OPTIONS", target, "", sent...)
				if response.StatusCode != test.mock.Status || body != "" || response.Header.Get("Access-Control-Allow-Origin") != test.want ||
					response.Header.Get("Vary") != "Origin" || response.Header.Get("Content-Type") != "application/json" {
					t.Errorf("%s: %s: %s", target, test.why, describe(response, body))
				}
			}
		})
	}
}

// TestPreflightIsGuarded: a mock integration answers whom the method lets in, no one else.
func TestPreflightIsGuarded(t *testing.T) {
	mock := &PreflightResponse{Status: 204}
	api := start(t, func(config *Config) {
		config.Methods = []Method{{HTTPMethod: "OPTIONS", ResourcePath: "/grant", Authorization: "NONE", APIKeyRequired: true, Mock: mock}}
	})
	response, body := api.send(t, "OPTIONS", "/Prod/grant", "")
	expectRefusal(t, "there is no key", response, body, 403, "ForbiddenException", `{"message":"Forbidden"}`)
}
