package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// field gives a part of a request as the client sent it, "" where the request does not have it.
type field func(r *http.Request) string

// newField finds what FieldToMatch names: one part of the request.
func newField(config map[string]json.RawMessage) (field, error) {
	if len(config) != 1 {
		return nil, errors.New("ByteMatchStatement: FieldToMatch names one part of the request")
	}
	for kind, document := range config {
		switch kind {
		case "UriPath":
			return uriPath, nil
		case "QueryString":
			return query, nil
		case "Method":
			return func(r *http.Request) string { return r.Method }, nil
		case "SingleHeader":
			var single namedRule
			if err := json.Unmarshal(document, &single); err != nil || single.Name == "" {
				return nil, fmt.Errorf("ByteMatchStatement: SingleHeader has no Name")
			}
			return header(single.Name), nil
		default:
			return nil, notSimulatedError("ByteMatchStatement on " + kind)
		}
	}
	panic("unreachable")
}

// uriPath is the path in the request line. That of a REST API has the stage in it, which AWS does not document.
func uriPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return path
}

// query is what comes after the first question mark.
func query(r *http.Request) string {
	_, query, _ := strings.Cut(r.RequestURI, "?")
	return query
}

// header gives a header. A header that comes several times counts as one with commas in it, cookies with semicolons;
// AWS does not document this.
func header(name string) field {
	name = http.CanonicalHeaderKey(name)
	separator := ","
	if name == "Cookie" {
		separator = "; "
	}
	return func(r *http.Request) string {
		if name == "Host" {
			return r.Host // net/http keeps it apart
		}
		return strings.Join(r.Header[name], separator)
	}
}
