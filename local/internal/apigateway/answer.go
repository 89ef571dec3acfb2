package apigateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// answer is the answer of a Lambda proxy integration.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	isBase64 bool
}

var errAnswer = errors.New("the function's answer is not that of a proxy integration: " +
	"statusCode, headers, multiValueHeaders, body, isBase64Encoded")

// readAnswer reads an answer of payload format 1.0 (API Gateway Developer Guide,
// set-up-lambda-proxy-integrations). Any field may be missing, and the default status is 200. An answer with
// another field has another format. AWS documents neither rule, but callers see both.
func readAnswer(text []byte) (*answer, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return nil, errAnswer
	}
	a := &answer{status: http.StatusOK, header: http.Header{}}
	var body string
	var single, multiple map[string]any
	for name, value := range fields {
		var err error
		switch name {
		case "statusCode":
			a.status, err = strconv.Atoi(strings.Trim(string(value), `"`)) // a number in a string will do
		case "headers":
			err = json.Unmarshal(value, &single)
		case "multiValueHeaders":
			err = json.Unmarshal(value, &multiple)
		case "body":
			err = json.Unmarshal(value, &body)
		case "isBase64Encoded":
			err = json.Unmarshal(value, &a.isBase64)
		default:
			return nil, fmt.Errorf("%w; it has %q", errAnswer, name)
		}
		if err != nil {
			return nil, fmt.Errorf("%w; its %s is of another type", errAnswer, name)
		}
	}
	if a.status < 200 || a.status > 599 {
		return nil, fmt.Errorf("%w; its statusCode is not one from 200 to 599", errAnswer)
	}
	a.body = []byte(body)
	if err := a.addHeaders(single, multiple); err != nil {
		return nil, err
	}
	return a, nil
}

// addHeaders merges the headers of both kinds. A name in multiValueHeaders has only the values there.
func (a *answer) addHeaders(single, multiple map[string]any) error {
	for name, value := range single {
		if err := a.addHeader(name, value); err != nil {
			return err
		}
	}
	for name := range multiple {
		a.header.Del(name)
	}
	for name, values := range multiple {
		list, ok := values.([]any)
		if !ok {
			return fmt.Errorf("%w; its multi-value header %q is not a list", errAnswer, name)
		}
		for _, value := range list {
			if err := a.addHeader(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// A header of an answer has a name and a value of these forms (RFC 9110, 5.1 and 5.5).
var (
	headerName  = regexp.MustCompile("\\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\\z")
	headerValue = regexp.MustCompile(`\A[^\x00-\x08\x0a-\x1f\x7f]*\z`)
)

// addHeader takes strings and booleans, as callers see it. Numbers are refused, since AWS does not document them. So is
// a header that HTTP cannot carry, such as one with a newline.
func (a *answer) addHeader(name string, value any) error {
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case bool:
		text = strconv.FormatBool(v)
	default:
		return fmt.Errorf("%w; its header %q is not a string", errAnswer, name)
	}
	if !headerName.MatchString(name) {
		return fmt.Errorf("%w; it has a header %q, and HTTP allows no such name", errAnswer, name)
	}
	if !headerValue.MatchString(text) {
		return fmt.Errorf("%w; its header %q has a control character in its value", errAnswer, name)
	}
	a.header.Add(name, text)
	return nil
}

// decodeBody decodes base64 if the first media type that the client accepts is a binary one of the API. Otherwise API
// Gateway hands out the base64 itself (API Gateway Developer Guide, lambda-proxy-binary-media).
func (a *API) decodeBody(result *answer, x *exchange) error {
	accepted, _, _ := strings.Cut(x.Header.Get("Accept"), ",")
	if !result.isBase64 || !a.isBinary(accepted) {
		return nil
	}
	var err error
	if result.body, err = base64.StdEncoding.DecodeString(string(result.body)); err != nil {
		return errors.New("the function's body is not base64, though isBase64Encoded is true")
	}
	return nil
}

// API Gateway renames or drops these headers of an answer (API Gateway Developer Guide, api-gateway-known-issues).
// Content-Length is generated from the body. The names have the form of net/http.
var (
	remappedHeaders = []string{
		"Authorization", "Connection", "Content-Md5", "Date", "Max-Forwards", "Server", "User-Agent",
		"Www-Authenticate",
	}
	droppedAnswerHeaders = []string{
		"Content-Length", "Expect", "Host", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Via",
	}
)

func (a *answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json") // API Gateway's default
	for name, values := range a.header {
		switch {
		case slices.Contains(droppedAnswerHeaders, name):
			continue
		case slices.Contains(remappedHeaders, name):
			name = "X-Amzn-Remapped-" + name
		}
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}
