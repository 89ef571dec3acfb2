package functionurl

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestCors(t *testing.T) {
	const app = "https://app.example.com"
	listed := &Cors{
		AllowOrigins: []string{app}, AllowMethods: []string{"GET", "POST"},
		AllowHeaders: []string{"authorization", "x-amz-date"}, ExposeHeaders: []string{"x-own"}, MaxAge: 300,
	}
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
		want      http.Header // all of the CORS headers
	}{
		{
			name: "preflight", why: "answered unsigned, from the configuration",
			cors: listed, method: "OPTIONS", request: preflight(app), status: 200,
			want: http.Header{
				"Access-Control-Allow-Origin": {app}, "Access-Control-Allow-Methods": {"GET,POST"},
				"Access-Control-Allow-Headers": {"authorization,x-amz-date"}, "Access-Control-Max-Age": {"300"},
				"Vary": {"Origin"},
			},
		},
		{
			name: "preflight of another origin", why: "no CORS headers",
			cors: listed, method: "OPTIONS", request: preflight("https://evil.example"), status: 200,
			want: http.Header{},
		},
		{
			name: "preflight without CORS", why: "is a request like any other",
			method: "OPTIONS", request: preflight(app), status: 403, want: http.Header{},
		},
		{
			name: "OPTIONS that is no preflight", why: "is a request like any other",
			cors: listed, method: "OPTIONS", request: http.Header{"Origin": {app}}, status: 403, want: http.Header{},
		},
		{
			name: "OPTIONS without origin", why: "is a request like any other",
			cors: listed, method: "OPTIONS", request: http.Header{"Access-Control-Request-Method": {"GET"}},
			status: 403, want: http.Header{},
		},
		{
			name: "request", why: "with what it may see",
			cors: listed, method: "GET", request: http.Header{"Origin": {app}}, signed: true, status: 200,
			want: http.Header{
				"Access-Control-Allow-Origin": {app}, "Access-Control-Expose-Headers": {"x-own"}, "Vary": {"Origin"},
			},
		},
		{
			name: "request of another origin", why: "no CORS headers",
			cors: listed, method: "GET", request: http.Header{"Origin": {"https://evil.example"}}, signed: true,
			status: 200, want: http.Header{},
		},
		{
			name: "request without origin", why: "no CORS headers",
			cors: listed, method: "GET", request: http.Header{}, signed: true, status: 200, want: http.Header{},
		},
		{
			name: "anyone", why: "the origin itself, as seen live",
			cors: anyone, method: "GET", request: http.Header{"Origin": {app}}, signed: true, status: 200,
			want: http.Header{"Access-Control-Allow-Origin": {app}, "Vary": {"Origin"}},
		},
		{
			name: "preflight of anyone", why: "the origin itself, as seen live",
			cors: anyone, method: "OPTIONS", request: preflight("https://other.example"), status: 200,
			want: http.Header{"Access-Control-Allow-Origin": {"https://other.example"}, "Vary": {"Origin"}},
		},
		{
			name: "anyone and a listed origin", why: "the star counts for all",
			cors:   &Cors{AllowOrigins: []string{app, "*"}},
			method: "GET", request: http.Header{"Origin": {"null"}}, signed: true, status: 200,
			want: http.Header{"Access-Control-Allow-Origin": {"null"}, "Vary": {"Origin"}},
		},
		{
			name: "anyone without an origin", why: "no browser asks",
			cors: anyone, method: "GET", request: http.Header{}, signed: true, status: 200, want: http.Header{},
		},
		{
			name: "anyone with credentials", why: "AWS reflects the origin",
			cors: reflecting, method: "GET", request: http.Header{"Origin": {app}}, signed: true, status: 200,
			want: http.Header{
				"Access-Control-Allow-Origin": {app}, "Access-Control-Allow-Credentials": {"true"}, "Vary": {"Origin"},
			},
		},
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
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), u.log)
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

// TestCorsTwice checks that the function's CORS headers are not replaced. Browsers refuse two, here as on AWS
// (samvera/serverless-iiif#71).
func TestCorsTwice(t *testing.T) {
	u := start(t, func(config *Config) { none(t)(config); config.Cors = &Cors{AllowOrigins: []string{"*"}} })
	r := u.request(t, "POST", "/response", `{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*"}}`)
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Origin", "https://app.example.com")
	response, _ := do(t, r)
	want := []string{"*", "https://app.example.com"}
	if got := response.Header["Access-Control-Allow-Origin"]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want two", got)
	}
}
