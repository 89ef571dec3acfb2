package cloudfront

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// status is the status of a response that the function returned.
func (e *edgeFunction) status(returned edgeResult) (int, error) {
	var status string
	if json.Unmarshal(*returned.Status, &status) != nil {
		return 0, validationError(e, "the status is not a string")
	}
	code, err := strconv.Atoi(status)
	if err != nil || code < 200 || code > 599 {
		return 0, validationError(e, "the status %q is not one from 200 to 599", status)
	}
	return code, nil
}

// change applies the request that the function returned to the request for the origin. Parts that the function
// left unchanged keep their original bytes.
func (e *edgeFunction) change(request *originRequest, sent *edgeRequest, returned edgeResult) error {
	if returned.URI == nil || returned.Headers == nil {
		return validationError(e, "the result is neither a request (uri, headers) nor a response (status)")
	}
	if returned.Method != nil && *returned.Method != sent.Method {
		return validationError(e, "the method is read-only")
	}
	if returned.ClientIP != nil && *returned.ClientIP != sent.ClientIP {
		return validationError(e, "clientIp is read-only")
	}
	if err := e.changeTarget(request, sent, returned); err != nil {
		return err
	}
	if err := e.changeOrigin(request, returned.Origin); err != nil {
		return err
	}
	if err := e.changeHeaders(request.header, sent.Headers, returned.Headers); err != nil {
		return err
	}
	for name := range request.origin.customHeaders {
		if name = strings.ToLower(name); len(returned.Headers[name]) > 0 {
			return validationError(e, "the header %s is in headers and in the origin's customHeaders", name)
		}
	}
	if request.header.Get("Host") == "" {
		request.header.Set("Host", request.origin.domainName)
	}
	return e.changeBody(request, returned)
}

var unsafeInURL = regexp.MustCompile(`[\x00-\x20\x7f#]`)

func (e *edgeFunction) changeTarget(request *originRequest, sent *edgeRequest, returned edgeResult) error {
	query := ""
	if returned.QueryString != nil {
		query = *returned.QueryString
	}
	if *returned.URI != sent.URI {
		if problem := checkURI(*returned.URI); problem != "" {
			return validationError(e, "the uri %s", problem)
		}
		request.uri = *returned.URI
	}
	if query != sent.QueryString {
		if unsafeInURL.MatchString(query) {
			return validationError(e, "the querystring has a space, a control character or # in it")
		}
		request.query = query
	}
	if targetTooLong(request.uri, request.query) {
		return validationError(e, "uri and querystring are longer than %d characters", maxURL)
	}
	return nil
}

// checkURI returns the fault of a uri that a function returned, or "".
func checkURI(uri string) string {
	switch {
	case !strings.HasPrefix(uri, "/"):
		return "does not begin with a slash"
	case unsafeInURL.MatchString(uri) || strings.Contains(uri, "?"):
		return "has a space, a control character, # or ? in it"
	}
	return ""
}

func targetTooLong(uri, query string) bool { return len(uri)+len("?")+len(query) > maxURL }

// changeOrigin sends the request to the origin that the function returned. It need not be one of the
// distribution's.
func (e *edgeFunction) changeOrigin(request *originRequest, returned *edgeOrigin) error {
	if returned == nil {
		return nil // the origin stays
	}
	if !e.event.atOrigin {
		return validationError(e, "a function on viewer-request cannot choose the origin")
	}
	switch custom, s3 := returned.Custom, returned.S3; {
	case (custom == nil) == (s3 == nil):
		return validationError(e, "the origin is not one of custom and s3")
	case s3 != nil && s3.AuthMethod != "none" && s3.AuthMethod != "origin-access-identity":
		return validationError(e, "the origin's authMethod is neither none nor origin-access-identity")
	case s3 != nil:
		request.origin.authMethod, request.origin.region = s3.AuthMethod, s3.Region
		return e.changeOriginAddress(request, s3.DomainName, s3.Path, s3.CustomHeaders)
	case custom.ReadTimeout < 1 || custom.ReadTimeout > 120:
		return validationError(e, "the origin's readTimeout is not from 1 to 120")
	case custom.KeepaliveTimeout < 1 || custom.KeepaliveTimeout > 120:
		return validationError(e, "the origin's keepaliveTimeout is not from 1 to 120")
	default:
		request.origin.authMethod = ""
		request.origin.readTimeout = custom.ReadTimeout
		return e.changeOriginAddress(request, custom.DomainName, custom.Path, custom.CustomHeaders)
	}
}

// changeOriginAddress applies the parts that both kinds of origins have.
func (e *edgeFunction) changeOriginAddress(
	request *originRequest, domainName, path string, headers map[string][]edgeHeader,
) error {
	switch {
	case domainName == "":
		return validationError(e, "the origin's domainName is empty")
	case !isOriginPath(path):
		return validationError(e, "the origin's path does not begin with a slash, ends with one, or has a space in it")
	}
	for name, values := range headers {
		if problem := checkName(name); problem != "" {
			return validationError(e, "customHeaders: %s", problem)
		}
		for _, value := range values {
			if problem := checkValue(name, value.Value); problem != "" {
				return validationError(e, "customHeaders: %s", problem)
			}
		}
	}
	request.origin.domainName, request.origin.path = domainName, path
	request.origin.customHeaders = toHeader(headers)
	return nil
}

func isOriginPath(path string) bool {
	rooted := path == "" || strings.HasPrefix(path, "/")
	return rooted && !strings.HasSuffix(path, "/") && !unsafeInURL.MatchString(path)
}

// changeHeaders replaces the visible headers by the returned ones. Headers that a function does not see go on
// unchanged.
func (e *edgeFunction) changeHeaders(header http.Header, sent, returned map[string][]edgeHeader) error {
	for _, name := range e.event.readOnly {
		if !sameValues(sent[name], returned[name]) {
			return validationError(e, "the header %s is read-only, and was added, changed or removed", name)
		}
	}
	for name, values := range returned {
		if problem := checkName(name); problem != "" {
			return validationError(e, "%s", problem)
		}
		canonical := http.CanonicalHeaderKey(name)
		if sameValues(sent[name], values) {
			continue
		}
		header.Del(canonical)
		for _, value := range values {
			if problem := checkValue(name, value.Value); problem != "" {
				return validationError(e, "%s", problem)
			}
			header.Add(canonical, value.Value)
		}
	}
	for name := range sent {
		if len(returned[name]) == 0 {
			header.Del(name)
		}
	}
	return nil
}

// changeBody puts a replaced body in the place of the viewer's. With the action read-only the viewer's whole body
// goes on, even if the event had only the beginning (CloudFront Developer Guide,
// lambda-at-edge-function-restrictions).
func (e *edgeFunction) changeBody(request *originRequest, returned edgeResult) error {
	if returned.Body == nil {
		return nil
	}
	var body edgeBody
	if err := json.Unmarshal(*returned.Body, &body); err != nil {
		return validationError(e, "the body is not an object with action, encoding and data")
	}
	body.Data += returned.unchangedData
	switch body.Action {
	case "", "read-only":
		return nil
	case "replace":
		if !e.includeBody || !hasWritableBody(request.method) {
			return validationError(e, "the body of this request cannot be replaced: it was not in the event")
		}
	default:
		return validationError(e, "the body's action %q is neither read-only nor replace", body.Action)
	}
	data, err := decodeBody(body.Data, body.Encoding, "base64")
	if err != nil {
		return validationError(e, "%v", err)
	}
	if len(data) > e.event.maxBody {
		return validationError(e, "the replaced body is larger than %s", e.event.limit)
	}
	request.body, request.contentLength, request.replaced = bytes.NewReader(data), int64(len(data)), true
	return nil
}

// decodeBody returns the bytes of a body in the encoding that the function named, or in the default encoding.
func decodeBody(text, encoding, defaultEncoding string) ([]byte, error) {
	switch cmp.Or(encoding, defaultEncoding) {
	case "text":
		return []byte(text), nil
	case "base64":
		body, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, errInvalidBase64
		}
		return body, nil
	}
	return nil, errUnknownEncoding
}

var (
	errInvalidBase64   = errors.New("the body is not valid base64")
	errUnknownEncoding = errors.New("the body's encoding is neither text nor base64")
)
