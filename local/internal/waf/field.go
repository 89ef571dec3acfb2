package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// field returns the texts of a part of a request, as the client sent them. A part that the request lacks has no text,
// so no statement matches it (AWS WAF Developer Guide, waf-rule-statement-fields-list). A handling other than
// handleContinue decides instead of the texts.
type field func(q *request) (texts []string, decided handling)

// handling is what AWS WAF does with a part that it cannot inspect whole, or cannot parse.
type handling string

const (
	handleContinue handling = "CONTINUE"
	handleMatch    handling = "MATCH"
	handleNoMatch  handling = "NO_MATCH"
)

// newHandling reads an OversizeHandling. Not every part requires one, and CONTINUE is the default of those.
func newHandling(kind, config string) (handling, error) {
	switch handling(config) {
	case "", handleContinue:
		return handleContinue, nil
	case handleMatch, handleNoMatch:
		return handling(config), nil
	}
	return "", fmt.Errorf("%s: OversizeHandling %q is none of CONTINUE, MATCH, NO_MATCH", kind, config)
}

// field returns the field that FieldToMatch names.
func (c *compiler) field(statement string, config map[string]json.RawMessage) (field, error) {
	if len(config) != 1 {
		return nil, errors.New(statement + ": FieldToMatch names one part of the request")
	}
	part, document, _ := statementKind(config)
	kind := statement + " on " + part
	switch part {
	case "UriPath":
		return texts(uriPath), nil
	case "QueryString":
		return texts(query), nil
	case "Method":
		return texts(method), nil
	case "AllQueryArguments":
		return func(q *request) ([]string, handling) { return queryArguments(q, ""), handleContinue }, nil
	case "SingleHeader", "SingleQueryArgument":
		return singleField(kind, part, document)
	case "Headers", "Cookies":
		return mapField(kind, part, document)
	case "Body":
		return c.bodyField(kind, document)
	case "JsonBody":
		return c.jsonBody(kind, document)
	}
	// HeaderOrder is among these, since net/http does not keep the order.
	return nil, notSimulatedError(kind)
}

// singleField returns the field of one header or of one query argument.
func singleField(kind, part string, document json.RawMessage) (field, error) {
	var single namedRule
	if err := decodeStatement(kind, document, &single); err != nil {
		return nil, err
	}
	if single.Name == "" {
		return nil, fmt.Errorf("%s: %s has no Name", kind, part)
	}
	if part == "SingleQueryArgument" {
		return func(q *request) ([]string, handling) { return queryArguments(q, single.Name), handleContinue }, nil
	}
	return func(q *request) ([]string, handling) {
		if len(headerValues(q, single.Name)) == 0 {
			return nil, handleContinue
		}
		return []string{header(q, single.Name)}, handleContinue
	}, nil
}

// texts is the field of a part that every request has.
func texts(part func(q *request) string) field {
	return func(q *request) ([]string, handling) { return []string{part(q)}, handleContinue }
}

func method(q *request) string { return q.Method }

// uriPath returns the path of the request line. The path to a REST API includes the stage. AWS does not document
// this.
func uriPath(q *request) string {
	path, _, _ := strings.Cut(q.RequestURI, "?")
	return path
}

// query returns the part after the first question mark.
func query(q *request) string {
	_, query, _ := strings.Cut(q.RequestURI, "?")
	return query
}

// queryArguments returns the values of the query arguments of a name, or of all with an empty name. Names have no case.
// Each value of a repeated argument is one text (AWS WAF Developer Guide, waf-rule-statement-fields-list). AWS does
// not document whether it decodes a name before it compares it. Here it does not.
func queryArguments(q *request, name string) []string {
	var values []string
	for argument := range strings.SplitSeq(query(q), "&") {
		key, value, _ := strings.Cut(argument, "=")
		if argument != "" && (name == "" || strings.EqualFold(key, name)) {
			values = append(values, value)
		}
	}
	return values
}

// header returns a header, or "" where the request lacks it. Repeated headers count as one, joined by commas. Repeated
// Cookie headers are joined by semicolons. AWS does not document either.
func header(q *request, name string) string {
	separator := ","
	if strings.EqualFold(name, "Cookie") {
		separator = "; "
	}
	return strings.Join(headerValues(q, name), separator)
}

// headerValues returns the values of the headers of a name. net/http keeps Host apart.
func headerValues(q *request, name string) []string {
	if strings.EqualFold(name, "Host") {
		return []string{q.Host}
	}
	return q.Header[http.CanonicalHeaderKey(name)]
}

// bodyField returns the field of the body as plain text.
func (c *compiler) bodyField(kind string, document json.RawMessage) (field, error) {
	var config struct{ OversizeHandling string }
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	oversize, err := newHandling(kind, config.OversizeHandling)
	if err != nil {
		return nil, err
	}
	return func(q *request) ([]string, handling) {
		text, decided := inspectedBody(q, c.bodyLimit, oversize)
		return []string{text}, decided
	}, nil
}

// inspectedBody returns the bytes of the body that AWS WAF inspects, and the handling of a larger one (AWS WAF
// Developer Guide, waf-oversize-request-components).
func inspectedBody(q *request, limit int, oversize handling) (string, handling) {
	body := q.peek(limit + 1)
	if len(body) > limit {
		return string(body[:limit]), oversize
	}
	return string(body), handleContinue
}
