package functionurl

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestCors(t *testing.T) {
	const app = "https://app.example.com"
	listed := &Cors{AllowOrigins: []string{app}, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"authorization", "x-amz-date"}, ExposeHeaders: []string{"x-own"}, MaxAge: 300}
	anyone := &Cors{AllowOrigins: []string{"*"}}
	reflecting := &Cors{AllowOrigins: []string{"*"}, AllowCredentials: true}
	preflight := func(origin string) http.Header {
		return http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"POST"}}
	}
	tests := []struct {
		name, why string
		cors      *Cors
		method    string
		request   http.Header
		signed    bool
		status    int
		want      http.Header // the CORS headers expected, all of them
	}{
		{"preflight", "answered unsigned, from the configuration", listed, "OPTIONS", preflight(app), false, 200, http.Header{
			"Access-Control-Allow-Origin": {app}, "Access-Control-Allow-Methods": {"GET,POST"}, "Access-Control-Allow-Headers": {"authorization,x-amz-date"}, "Access-Control-Max-Age": {"300"}, "Vary": {"Origin"},
		}},
		{"preflight of another origin", "no CORS headers", listed, "OPTIONS", preflight("https://evil.example"), false, 200, http.Header{}},
		{"preflight without CORS", "is a request like any other", nil, "OPTIONS", preflight(app), false, 403, http.Header{}},
		{"OPTIONS that is no preflight", "is a request like any other", listed, "OPTIONS", http.Header{"Origin": {app}}, false, 403, http.Header{}},
		{"OPTIONS without origin", "is a request like any other", listed, "OPTIONS", http.Header{"Access-Control-Request-Method": {"GET"}}, false, 403, http.Header{}},
		{"request", "with what it may see", listed, "GET", http.Header{"Origin": {app}}, true, 200, http.Header{
			"Access-Control-Allow-Origin": {app}, "Access-Control-Expose-Headers": {"x-own"}, "Vary": {"Origin"},
		}},
		{"request of another origin", "no CORS headers", listed, "GET", http.Header{"Origin": {"https://evil.example"}}, true, 200, http.Header{}},
		{"request without origin", "no CORS headers", listed, "GET", http.Header{}, true, 200, http.Header{}},
		{"anyone", "the star itself", anyone, "GET", http.Header{"Origin": {app}}, true, 200, http.Header{"Access-Control-Allow-Origin": {"*"}}},
		{"anyone with credentials", "AWS reflects the origin", reflecting, "GET", http.Header{"Origin": {app}}, true, 200, http.Header{
			"Access-Control-Allow-Origin": {app}, "Access-Control-Allow-Credentials": {"true"}, "Vary": {"Origin"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := start(t, func(config *Config) { config.Cors = test.cors })
			r := u.request(t, test.method, "/echo", "")
			r.Header = test.request.Clone()
			if test.signed {
				sign(t, r, "", u.credentials, clock)
			}
			response, body := do(t, r)
			if response.StatusCode != test.status {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), u.verbose)
			}
			if test.name == "preflight" && len(body) > 0 {
				t.Errorf("the function was called: %s", body)
			}
			got := http.Header{}
			for name, values := range response.Header {
				if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
					got[name] = values
				}
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s: got %v, want %v", test.why, got, test.want)
			}
		})
	}
}

// TestCorsTwice checks that the function's own CORS headers are not replaced: browsers refuse two, here as on AWS.
func TestCorsTwice(t *testing.T) {
	u := start(t, func(config *Config) { none(t)(config); config.Cors = &Cors{AllowOrigins: []string{"*"}} })
	r := u.request(t, "POST", "/response", `{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*"}}`)
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Origin", "https://app.example.com")
	response, _ := do(t, r)
	if got := response.Header["Access-Control-Allow-Origin"]; !reflect.DeepEqual(got, []string{"*", "*"}) {
		t.Errorf("got %q, want two", got)
	}
}
