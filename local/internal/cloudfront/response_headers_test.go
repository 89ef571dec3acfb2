package cloudfront_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestResponseHeadersPolicy(t *testing.T) {
	server := newOriginOf(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Referrer-Policy", "origin")
		w.Header().Set("X-Content-Type-Options", "of the origin")
		w.Header().Set("X-Powered-By", "origin")
		w.Header().Set("X-Own", "of the origin")
	})
	corsOrigin := newOriginOf(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Expose-Headers", "x-origin")
	})
	own := map[string]map[string]any{
		"security": {"SecurityHeadersConfig": object{
			"StrictTransportSecurity": object{
				"AccessControlMaxAgeSec": "63072000",
				"IncludeSubdomains":      true,
				"Preload":                true,
				"Override":               true,
			},
			"ContentTypeOptions":    object{"Override": false},
			"ReferrerPolicy":        object{"ReferrerPolicy": "no-referrer", "Override": true},
			"FrameOptions":          object{"FrameOption": "DENY", "Override": true},
			"ContentSecurityPolicy": object{"ContentSecurityPolicy": "default-src 'none'", "Override": true},
			"XSSProtection":         object{"Protection": false, "Override": true},
		}},
		"custom": {
			"CustomHeadersConfig": object{
				"Items": []object{
					{"Header": "X-Own", "Value": "kept out", "Override": false},
					{"Header": "X-Added", "Value": "yes", "Override": true},
				},
			},
			"RemoveHeadersConfig": object{"Items": []object{{"Header": "X-Powered-By"}}},
		},
		"cors": {"CorsConfig": object{
			"AccessControlAllowCredentials": true,
			"AccessControlAllowHeaders":     object{"Items": []string{"authorization", "x-a"}},
			"AccessControlAllowMethods":     object{"Items": []string{"ALL"}},
			"AccessControlAllowOrigins":     object{"Items": []string{"https://*.example.com"}},
			"AccessControlMaxAgeSec":        600, "OriginOverride": true,
		}},
		"cors-no-override": {
			"CorsConfig": object{"AccessControlAllowOrigins": object{"Items": []string{"*"}}, "OriginOverride": false},
		},
	}
	const (
		securityHeaders   = "67f7725c-6f97-4210-82d7-5512b31e9d03"
		corsWithPreflight = "5cc3b908-e619-4b99-88e5-2cf7f45965bd"
	)
	fromExample := []string{"Origin: https://app.example.com"}
	preflight := append(fromExample, "Access-Control-Request-Method: PUT")
	for _, row := range []struct {
		name, why, policy, method string
		header                    []string
		want                      map[string]string
	}{
		{
			name: "managed SecurityHeadersPolicy", why: "only nosniff overrides",
			policy: securityHeaders, method: "GET",
			want: map[string]string{
				"Referrer-Policy": "origin", "Strict-Transport-Security": "max-age=31536000",
				"X-Content-Type-Options": "nosniff",
				"X-Frame-Options":        "SAMEORIGIN", "X-Xss-Protection": "1; mode=block",
			},
		},
		{
			name: "own security headers", why: "Override decides header by header",
			policy: "security", method: "GET",
			want: map[string]string{
				"Referrer-Policy":           "no-referrer",
				"Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
				"X-Content-Type-Options":    "of the origin", "X-Frame-Options": "DENY",
				"Content-Security-Policy": "default-src 'none'", "X-Xss-Protection": "0",
			},
		},
		{
			name: "custom and removed", why: "removals first",
			policy: "custom", method: "GET",
			want: map[string]string{"X-Powered-By": "", "X-Own": "of the origin", "X-Added": "yes"},
		},
		{
			name: "error of CloudFront", why: "the policy applies to every response of the behavior",
			policy: "security", method: "PATCH", want: map[string]string{"X-Frame-Options": "DENY"},
		},
		{
			name: "CORS", why: "a simple request from an allowed origin",
			policy: "cors", method: "GET", header: fromExample,
			want: map[string]string{
				"Access-Control-Allow-Origin":      "https://app.example.com",
				"Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Methods": "",
				"Access-Control-Max-Age": "",
			},
		},
		{
			name: "CORS preflight", why: "methods, headers and age only here",
			policy: "cors", method: "OPTIONS", header: preflight,
			want: map[string]string{
				"Access-Control-Allow-Methods": "GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT",
				"Access-Control-Allow-Headers": "authorization, x-a", "Access-Control-Max-Age": "600",
			},
		},
		{
			name: "CORS from elsewhere", why: "not an allowed origin",
			policy: "cors", method: "GET", header: []string{"Origin: https://example.org"},
			want: map[string]string{"Access-Control-Allow-Origin": ""},
		},
		{
			name: "CORS from a lookalike", why: "the wildcard does not cover dots of another domain's end",
			policy: "cors", method: "GET", header: []string{"Origin: https://example.com.evil.org"},
			want: map[string]string{"Access-Control-Allow-Origin": ""},
		},
		{
			name: "no CORS request", why: "no Origin, no CORS headers",
			policy: "cors", method: "GET", want: map[string]string{"Access-Control-Allow-Origin": ""},
		},
		{
			name: "managed CORS-With-Preflight", why: "any origin",
			policy: corsWithPreflight, method: "OPTIONS", header: preflight,
			want: map[string]string{
				"Access-Control-Allow-Origin":  "*",
				"Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config(server, behavior(object{
				"ResponseHeadersPolicyId": row.policy,
				"AllowedMethods":          []string{"GET", "HEAD", "OPTIONS"},
			}), nil)
			c.ResponseHeadersPolicies = own
			address, _ := serve(t, c)
			response, _ := get(t, address, row.method, "/", row.header...)
			check(t, row.why, response.Header, row.want)
		})
	}
	t.Run("CORS of the origin", func(t *testing.T) {
		c := config(corsOrigin, behavior(object{"ResponseHeadersPolicyId": "cors-no-override"}), nil)
		c.ResponseHeadersPolicies = own
		address, _ := serve(t, c)
		response, _ := get(t, address, "GET", "/", fromExample...)
		check(t, "one CORS header of the origin keeps all of the policy's away", response.Header, map[string]string{
			"Access-Control-Allow-Origin": "", "Access-Control-Expose-Headers": "x-origin",
		})
	})
}

func check(t *testing.T, why string, header http.Header, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := strings.Join(header[name], "|"); got != value {
			t.Errorf("%s: %s is %q, want %q", why, name, got, value)
		}
	}
}
