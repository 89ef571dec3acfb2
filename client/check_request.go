package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// checkRequest refuses requests that cannot be signed. It returns the query, strictly written.
func checkRequest(r *http.Request) (query string, err error) {
	if err := checkSecure(r.URL.String()); err != nil {
		return "", err
	}
	if r.URL.Opaque != "" {
		return "", errors.New("its URL is opaque: set Host and Path")
	}
	if r.Host != "" && r.Host != r.URL.Host {
		return "", fmt.Errorf(
			"the request's Host is %s and its URL's is %s: a Function URL takes its own only", r.Host, r.URL.Host)
	}
	if err := checkRedirect(r); err != nil {
		return "", err
	}
	for name := range r.Header {
		if lower := strings.ToLower(name); lower == "authorization" || strings.HasPrefix(lower, "x-amz-") {
			return "", fmt.Errorf("the header %s is the signature's: leave it out", name)
		}
	}
	if err := checkPath(r.URL); err != nil {
		return "", err
	}
	return strictQuery(r.URL.RawQuery)
}

// checkRedirect refuses a redirect from another host, which may be another owner's. http.Client sets Response after a
// redirect.
func checkRedirect(r *http.Request) error {
	if from := r.Response; from != nil && (from.Request == nil || from.Request.URL.Host != r.URL.Host) {
		return fmt.Errorf("a redirect leads to another host, %s", r.URL.Host)
	}
	return nil
}

// checkPath refuses empty and dot segments. AWS does not document how its verifier reads them.
func checkPath(u *url.URL) error {
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		// Some readers decode before they split, and some take a backslash for a slash.
		parts := strings.FieldsFunc(decoded, func(r rune) bool { return r == '/' || r == '\\' })
		dotted := slices.Contains(parts, ".") || slices.Contains(parts, "..")
		if err != nil || dotted || segment == "" && i < len(segments)-1 {
			return errors.New("its path has an empty or dot segment: write it without")
		}
	}
	return nil
}

// strictQuery writes a query in a form that all readers agree on. A space is %20, each pair has its "=", and pairs keep
// their order. It refuses parameters of a signature, because the request would be signed twice.
func strictQuery(query string) (string, error) {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		var err error
		for _, text := range []*string{&name, &value} {
			var decoded string
			if decoded, err = url.QueryUnescape(*text); err != nil || !utf8.ValidString(decoded) {
				return "", errors.New("its query has an escape that is broken or not UTF-8: write a literal % as %25")
			}
			*text = strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20")
		}
		if strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			return "", fmt.Errorf("its parameter %s is a signature's: leave it out", name)
		}
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "&"), nil
}
