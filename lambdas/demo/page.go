package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html
var pageSource string

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
		"Headers":  visibleHeaders(r), // the template ranges over it in the order of the names
	})
	if err != nil {
		return response{}, fmt.Errorf("writing the page: %w", err)
	}
	answer := answer(http.StatusOK, "text/html; charset=utf-8", html.String())
	answer.Headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'"
	return answer, nil
}

// signerRole returns the name of the role that signed the request, from "arn:aws:sts::<account>:assumed-role/<role>/<session>";
// "" if there is none. The account's number is nobody's business.
func signerRole(r request) string {
	authorizer := r.RequestContext.Authorizer
	if authorizer == nil || authorizer.IAM == nil {
		return ""
	}
	parts := strings.Split(authorizer.IAM.UserARN, "/")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}
