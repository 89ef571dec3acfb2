package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/furl-cdk/furl/client/browser"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed page.css
	pageStyle string
	//go:embed page.mjs
	pageScript string
)

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page shows the request to people.
func page(_ context.Context, r request) (response, error) {
	var html bytes.Buffer
	err := pageTemplate.Execute(&html, map[string]any{
		"Greeting": greeting,
		"Method":   r.RequestContext.HTTP.Method,
		"Path":     r.RawPath,
		"Query":    r.RawQueryString,
		"SourceIP": r.RequestContext.HTTP.SourceIP,
		"Signer":   signerRole(r),
		"GrantURL": os.Getenv("GRANT_URL"), // "" if this function signs nobody in
		"Headers":  visibleHeaders(r),      // The template sorts them by name.
	})
	if err != nil {
		return response{}, fmt.Errorf("write the page: %w", err)
	}
	answer := answer(http.StatusOK, "text/html; charset=utf-8", html.String())
	answer.Headers["content-security-policy"] = contentSecurityPolicy(os.Getenv("GRANT_URL"), os.Getenv("AWS_REGION"))
	return answer, nil
}

// contentSecurityPolicy lets only the page's own script run. The script may connect to this function, the grant and the
// region's Function URLs. The leased URL is not known here. Its CORS names this page's distribution, so it is made
// after this function. With a grant on this machine, the Function URLs are furl local's ports.
func contentSecurityPolicy(grantURL, region string) string {
	policy := "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
		"style-src 'self'"
	grant, err := url.Parse(grantURL)
	if grantURL == "" || err != nil {
		return policy
	}
	functions := "https://*.lambda-url." + region + ".on.aws"
	if grant.Hostname() == "127.0.0.1" {
		functions = "http://127.0.0.1:*"
	}
	return policy + "; script-src 'self'; connect-src 'self' " + grant.Scheme + "://" + grant.Host + " " + functions
}

// staticFile returns the handler of a file that the page loads, nil for another path.
func staticFile(path string) func(context.Context, request) (response, error) {
	file := func(contentType, text string) func(context.Context, request) (response, error) {
		return func(context.Context, request) (response, error) { return answer(http.StatusOK, contentType, text), nil }
	}
	switch path {
	case "/page.css":
		return file("text/css; charset=utf-8", pageStyle)
	case "/page.mjs":
		return file("text/javascript; charset=utf-8", pageScript)
	case "/furl.mjs":
		return file("text/javascript; charset=utf-8", string(browser.Module))
	}
	return nil
}

// signerRole returns the name of the role that signed the request, "" if there is none.
func signerRole(r request) string {
	role, _, _ := strings.Cut(caller(r), "/")
	return role
}

// caller is <role>/<session> of "arn:aws:sts::<account>:assumed-role/<role>/<session>", "" if nobody signed. The answer
// does not show the account's number.
func caller(r request) string {
	authorizer := r.RequestContext.Authorizer
	if authorizer == nil || authorizer.IAM == nil {
		return ""
	}
	_, principal, _ := strings.Cut(authorizer.IAM.UserARN, ":assumed-role/")
	return principal
}
