package functionurl

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Cors is the Cors property of AWS::Lambda::Url (Lambda API Reference, API_Cors).
type Cors struct {
	AllowCredentials                                        bool
	AllowHeaders, AllowMethods, AllowOrigins, ExposeHeaders []string
	MaxAge                                                  int // seconds
}

func (c *Cors) check() error {
	if len(c.AllowOrigins) == 0 {
		return errors.New("Cors.AllowOrigins must not be empty")
	}
	for _, method := range c.AllowMethods {
		if !slices.Contains([]string{"GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"}, method) {
			return fmt.Errorf("Cors.AllowMethods: %q is not allowed (preflights are answered without it)", method)
		}
	}
	return nil
}

// isPreflight reports whether a browser asks for leave (Fetch standard, CORS-preflight request).
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight answers from the configuration alone. The function is not called. An origin that is not allowed
// gets no CORS headers, and the browser takes that for a no.
func (c *Cors) answerPreflight(w http.ResponseWriter, r *http.Request) {
	if c.allows(w.Header(), r) {
		for name, values := range map[string][]string{
			"Access-Control-Allow-Methods": c.AllowMethods,
			"Access-Control-Allow-Headers": c.AllowHeaders,
		} {
			if len(values) > 0 {
				w.Header().Set(name, strings.Join(values, ","))
			}
		}
		if c.MaxAge > 0 {
			w.Header().Set("Access-Control-Max-Age", fmt.Sprint(c.MaxAge))
		}
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// addHeaders adds the service's headers to the function's. As on AWS, both are sent if the function sets CORS
// headers too. Browsers refuse two, so CORS belongs in one place only (Lambda Developer Guide,
// urls-configuration).
func (c *Cors) addHeaders(header http.Header, r *http.Request) {
	if c.allows(header, r) && len(c.ExposeHeaders) > 0 {
		header.Add("Access-Control-Expose-Headers", strings.Join(c.ExposeHeaders, ","))
	}
}

// allows reports whether the configuration lets the request's origin in, and adds the headers that say so. The answer
// to "*" is the origin's name, as to a listed origin. AWS documents neither that nor "*", and browsers take both
// without credentials (seen live, samvera/serverless-iiif#71, aws-powertools/powertools-lambda-python#4163).
func (c *Cors) allows(header http.Header, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(c.AllowOrigins, "*") && !slices.Contains(c.AllowOrigins, origin) {
		return false
	}
	header.Add("Access-Control-Allow-Origin", origin)
	header.Add("Vary", "Origin")
	if c.AllowCredentials {
		header.Add("Access-Control-Allow-Credentials", "true")
	}
	return true
}
