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
		{name: "another template", why: "not CDK's", template: `{"ok":true}`, refused: "other than that of CDK's"},
		{
			name: "something after it", why: "would be done too",
			template: cdkTemplate + "\n#set($a = 1)", refused: "other than that of CDK's",
		},
		{
			name: "something before it", why: "would be done too",
			template: "x" + cdkTemplate, refused: "other than that of CDK's",
		},
		{
			name: "another header", why: "not CDK's",
			template: strings.ReplaceAll(cdkTemplate, "Access-Control-Allow-Origin", "X"),
			refused:  "other than that of CDK's",
		},
		{
			name: "another condition", why: "CDK compares by ==",
			template: strings.Replace(cdkTemplate, `$origin == "https://c`, `$origin != "https://c`, 1),
			refused:  `the condition $origin != "https://c.example.com"`,
		},
		{
			name: "a condition with and", why: "CDK joins by ||",
			template: strings.Replace(cdkTemplate, "||", "&&", 1), refused: "the condition",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseOriginTemplate(test.template)
			if err == nil || !strings.Contains(err.Error(), test.refused) {
				t.Errorf("%s: %v, %v", test.why, got, err)
			}
		})
	}
}

// TestPreflight answers as CDK's mock integrations do, with one and with several origins.
func TestPreflight(t *testing.T) {
	headers := func(origin string) map[string]string {
		return map[string]string{
			"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "POST", "Vary": "Origin",
		}
	}
	several := []string{"https://b.example.com"}
	tests := []struct {
		name, why string
		mock      PreflightResponse
		origin    string
		want      string
	}{
		{
			name: "any origin", why: "the star itself",
			mock: PreflightResponse{204, headers("*"), nil}, origin: "https://x.example.com", want: "*",
		},
		{
			name: "the one origin", why: "it is the header's value",
			mock: PreflightResponse{204, headers("https://a.example.com"), nil}, origin: "https://a.example.com",
			want: "https://a.example.com",
		},
		{
			name: "another origin", why: "sees that it is not the one",
			mock: PreflightResponse{204, headers("https://a.example.com"), nil}, origin: "https://x.example.com",
			want: "https://a.example.com",
		},
		{
			name: "the first of several", why: "it is the header's value",
			mock: PreflightResponse{204, headers("https://a.example.com"), several}, origin: "https://a.example.com",
			want: "https://a.example.com",
		},
		{
			name: "the second of several", why: "is sent back",
			mock: PreflightResponse{204, headers("https://a.example.com"), several}, origin: "https://b.example.com",
			want: "https://b.example.com",
		},
		{
			name: "none of several", why: "sees the first",
			mock:   PreflightResponse{204, headers("https://a.example.com"), several},
			origin: "https://b.example.com.evil.example", want: "https://a.example.com",
		},
		{
			name: "no origin", why: "sees the first",
			mock: PreflightResponse{204, headers("https://a.example.com"), several}, want: "https://a.example.com",
		},
		{
			name: "another status", why: "the one that the mock names",
			mock: PreflightResponse{200, headers("*"), nil}, want: "*",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api := start(t, func(config *Config) {
				config.Methods = []Method{
					{HTTPMethod: "OPTIONS", ResourcePath: "/grant", Authorization: "NONE", Mock: &test.mock},
				}
			})
			var headers []string
			if test.origin != "" {
				headers = []string{"Origin: " + test.origin}
			}
			for _, target := range []string{"/Prod/grant", "/Prod/grant/"} {
				response, body := api.send(t, "OPTIONS", target, "", headers...)
				if response.StatusCode != test.mock.Status || body != "" ||
					response.Header.Get("Access-Control-Allow-Origin") != test.want ||
					response.Header.Get("Vary") != "Origin" ||
					response.Header.Get("Content-Type") != "application/json" {
					t.Errorf("%s: %s: %s", target, test.why, describe(response, body))
				}
			}
		})
	}
}

// TestPreflightIsGuarded checks that a mock integration answers only callers that the method lets in.
func TestPreflightIsGuarded(t *testing.T) {
	mock := &PreflightResponse{Status: 204}
	api := start(t, func(config *Config) {
		config.Methods = []Method{
			{HTTPMethod: "OPTIONS", ResourcePath: "/grant", Authorization: "NONE", APIKeyRequired: true, Mock: mock},
		}
	})
	response, body := api.send(t, "OPTIONS", "/Prod/grant", "")
	expectRefusal(t, "there is no key", response, body, 403, "ForbiddenException", `{"message":"Forbidden"}`)
}
