package main

import (
	"strings"
	"testing"

	"github.com/furl-cdk/furl/client/browser"
)

func TestStaticFiles(t *testing.T) {
	for _, row := range []struct{ path, contentType, text string }{
		{"/page.css", "text/css; charset=utf-8", pageStyle},
		{"/page.mjs", "text/javascript; charset=utf-8", pageScript},
		{"/furl.mjs", "text/javascript; charset=utf-8", string(browser.Module)},
	} {
		t.Run(row.path, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				got, err := handle(t.Context(), event(method, row.path, ""))
				if err != nil || got.StatusCode != 200 || got.Headers["content-type"] != row.contentType ||
					got.Body != row.text || len(row.text) < 1000 {
					t.Errorf("%s: %d %v, %d bytes, %v", method, got.StatusCode, got.Headers, len(got.Body), err)
				}
			}
			if got, _ := handle(t.Context(), event("GET", row.path+"/", "")); got.StatusCode != 404 {
				t.Errorf("%s/ is answered %d", row.path, got.StatusCode)
			}
		})
	}
}

// TestMethodNotAllowed: Allow lists the methods of the path (RFC 9110, section 10.2.1).
func TestMethodNotAllowed(t *testing.T) {
	t.Setenv("SIGNER_ROLE", signerRoleARN)
	for path, allow := range map[string]string{
		"/":           "GET, HEAD",
		"/page.css":   "GET, HEAD",
		"/page.mjs":   "GET, HEAD",
		"/furl.mjs":   "GET, HEAD",
		"/status/200": "GET, HEAD",
		"/slow":       "GET, HEAD, POST",
		"/me":         "GET, HEAD",
	} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			if method == "POST" && path == "/slow" {
				continue
			}
			got, err := handle(t.Context(), event(method, path, ""))
			if err != nil || got.StatusCode != 405 || got.Headers["allow"] != allow ||
				!strings.Contains(got.Body, `"MethodNotAllowed"`) {
				t.Errorf("%s %s: %d %v %s, %v", method, path, got.StatusCode, got.Headers, got.Body, err)
			}
		}
	}
}

// TestContentSecurityPolicy has the whole policy. A script that got into the page can reach nothing else.
func TestContentSecurityPolicy(t *testing.T) {
	const closed = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
		"style-src 'self'"
	const script = closed + "; script-src 'self'; connect-src 'self' "
	for _, row := range []struct{ name, why, grantURL, want string }{
		{name: "no grant", why: "no script, no connection", want: closed},
		{name: "not a URL", why: "likewise", grantURL: "https://%zz", want: closed},
		{
			name: "on AWS", why: "its own script, the grant, the region's Function URLs",
			grantURL: "https://abc.execute-api.eu-west-1.amazonaws.com/Prod/grant",
			want:     script + "https://abc.execute-api.eu-west-1.amazonaws.com https://*.lambda-url.eu-west-1.on.aws",
		},
		{
			name: "on this machine", why: "furl local's ports",
			grantURL: "http://127.0.0.1:4000/Prod/grant",
			want:     script + "http://127.0.0.1:4000 http://127.0.0.1:*",
		},
		{
			name: "a namesake of this machine", why: "only the address itself",
			grantURL: "https://127.0.0.1.example/grant",
			want:     script + "https://127.0.0.1.example https://*.lambda-url.eu-west-1.on.aws",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("GRANT_URL", row.grantURL)
			t.Setenv("AWS_REGION", "eu-west-1")
			got, err := handle(t.Context(), event("GET", "/", ""))
			if err != nil || got.Headers["content-security-policy"] != row.want {
				t.Errorf("%s: %q, %v", row.why, got.Headers["content-security-policy"], err)
			}
		})
	}
}

// TestPageOfTheGrant: the form is on the page of the function that signs people in, and on no other page. All its
// scripts are files, since the policy lets no other script run.
func TestPageOfTheGrant(t *testing.T) {
	for _, grantURL := range []string{"", `https://api.example/Prod/grant?"><script>alert(1)</script>`} {
		t.Setenv("GRANT_URL", grantURL)
		got, err := handle(t.Context(), event("GET", "/", ""))
		if err != nil {
			t.Fatal(err)
		}
		scripts := strings.Count(got.Body, "<script")
		own := strings.Count(got.Body, `<script type="module" src="/page.mjs"></script>`)
		if scripts != own || (own == 1) != (grantURL != "") {
			t.Errorf("with %q the page has %d scripts, %d of its own", grantURL, scripts, own)
		}
		if form := strings.Contains(got.Body, `type="password"`); form != (grantURL != "") {
			t.Errorf("with %q the page has a form: %t", grantURL, form)
		}
		if strings.Contains(got.Body, " onclick=") || strings.Contains(got.Body, "style=") {
			t.Error("the page has code or style that its own policy forbids")
		}
	}
}
