package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// field returns a part of a request as the client sent it, or "" where the request lacks it.
type field func(r *http.Request) string

// newField returns the field that FieldToMatch names.
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

// uriPath returns the path of the request line. The path to a REST API includes the stage. AWS does not document
// this.
func uriPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return path
}

// query returns the part after the first question mark.
func query(r *http.Request) string {
	_, query, _ := strings.Cut(r.RequestURI, "?")
	return query
}

// header returns the field of one header. Repeated headers count as one, joined by commas. Repeated Cookie
// headers are joined by semicolons. AWS does not document either.
func header(name string) field {
	name = http.CanonicalHeaderKey(name)
	separator := ","
	if name == "Cookie" {
		separator = "; "
	}
	return func(r *http.Request) string {
		if name == "Host" {
			return r.Host // net/http keeps Host apart
		}
		return strings.Join(r.Header[name], separator)
	}
}
