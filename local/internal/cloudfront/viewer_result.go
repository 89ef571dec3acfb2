package cloudfront

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// viewerResult is the answer of package cloudfrontjs. Its result is the request or the response that the function
// returned. Only a response has a statusCode. A field that is missing is nil, and an empty field is not.
type viewerResult struct {
	QueryChanged bool `json:"queryChanged"`
	Result       *struct {
		StatusCode        *int            `json:"statusCode"`
		StatusDescription string          `json:"statusDescription"` // HTTP/2 has none, so none is sent
		Body              json.RawMessage `json:"body"`

		Method      *string         `json:"method"`
		URI         *string         `json:"uri"`
		QueryString json.RawMessage `json:"querystring"`

		Headers fields `json:"headers"`
		Cookies fields `json:"cookies"`
	} `json:"result"`
}

// A function sees these headers but may not add, change or remove them (CloudFront Developer Guide,
// edge-function-restrictions-all).
var (
	readOnlyInViewerRequest  = []string{"cdn-loop", "content-length", "host", "transfer-encoding", "via"}
	readOnlyInViewerResponse = []string{"via", "warning"}
)

// changeRequest applies the request that the function returned to the viewer's. Parts that the function left
// unchanged keep their original bytes.
func (v *viewerFunction) changeRequest(x *exchange, sent *viewerRequest, returned *viewerResult) error {
	result := returned.Result
	switch {
	case result.Method == nil || result.URI == nil:
		return v.validationError("it is neither a request (method, uri) nor a response (statusCode)")
	case *result.Method != sent.Method:
		return v.validationError("request.method is read-only")
	}
	if *result.URI != sent.URI {
		if problem := checkURI(*result.URI); problem != "" {
			return v.validationError("request.uri %s", problem)
		}
		x.path = *result.URI
	}
	if returned.QueryChanged {
		query, problem := writeQuery(result.QueryString, sent.QueryString)
		if problem != "" {
			return v.validationError("request.querystring %s", problem)
		}
		x.query = query
	}
	if targetTooLong(x.path, x.query) {
		return v.validationError("request.uri and request.querystring are longer than %d characters", maxURL)
	}
	problem := changeHeaders(x.r.Header, sent.Headers, result.Headers, "cookie", readOnlyInViewerRequest)
	if problem != "" {
		return v.validationError("request.headers: %s", problem)
	}
	return v.changeCookies(x.r.Header, sent.Cookies, result.Cookies)
}

// changeCookies writes the Cookie header anew if a cookie was added, changed or removed.
func (v *viewerFunction) changeCookies(header http.Header, sent, returned fields) error {
	changed := false
	var cookies []string
	for _, name := range returned.allNames(sent) {
		values := returned.values(name, sent)
		changed = changed || !slices.Equal(values, sent.values(name, sent))
		for _, value := range values {
			cookies = append(cookies, name+"="+value.Value)
		}
	}
	if !changed {
		return nil
	}
	header.Del("Cookie")
	if len(cookies) == 0 {
		return nil
	}
	joined := strings.Join(cookies, "; ")
	if problem := checkValue("cookie", joined); problem != "" {
		return v.validationError("request.cookies: %s", problem)
	}
	header.Set("Cookie", joined)
	return nil
}

// generatedAnswer is the answer of a function that returned a response instead of a request.
func (v *viewerFunction) generatedAnswer(returned *viewerResult) (*answer, error) {
	response := &answer{header: http.Header{}, body: []byte{}}
	return response, v.changeResponse(response, &viewerResponse{}, returned)
}

// changeResponse applies the response that the function returned. Without a returned body, the response keeps its
// body.
func (v *viewerFunction) changeResponse(response *answer, sent *viewerResponse, returned *viewerResult) error {
	result := returned.Result
	if result.StatusCode == nil || *result.StatusCode < 200 || *result.StatusCode > 599 {
		return v.validationError("response.statusCode is missing, or not a number from 200 to 599")
	}
	response.status = *result.StatusCode
	length := response.header["Content-Length"]
	problem := changeHeaders(response.header, sent.Headers, result.Headers, "set-cookie", readOnlyInViewerResponse)
	if problem != "" {
		return v.validationError("response.headers: %s", problem)
	}
	response.header["Content-Length"] = length // CloudFront keeps the body's length
	if length == nil {
		delete(response.header, "Content-Length")
	}
	if problem := changeSetCookies(response.header, sent.Cookies, result.Cookies); problem != "" {
		return v.validationError("response.cookies: %s", problem)
	}
	body, problem := readBody(result.Body)
	if problem != "" {
		return v.validationError("response.body %s", problem)
	}
	if body != nil {
		response.body = body
	}
	return nil
}

func changeSetCookies(header http.Header, sent, returned fields) (problem string) {
	changed := false
	var cookies []string
	for _, name := range returned.allNames(sent) {
		values := returned.values(name, sent)
		changed = changed || !slices.Equal(values, sent.values(name, sent))
		for _, value := range values {
			cookie := name + "=" + value.Value
			if value.Attributes != "" {
				cookie += "; " + value.Attributes
			}
			if problem := checkValue("set-cookie", cookie); problem != "" {
				return problem
			}
			cookies = append(cookies, cookie)
		}
	}
	if changed {
		header["Set-Cookie"] = cookies
	}
	return ""
}

// changeHeaders applies the headers that a function returned. Headers that a function does not see go on
// unchanged. The event keeps cookieHeader in its field cookies, so the function may not return it as a header.
func changeHeaders(header http.Header, sent, returned fields, cookieHeader string, readOnly []string) (problem string) {
	for _, name := range returned.allNames(sent) {
		values := returned.values(name, sent)
		if slices.Equal(values, sent.values(name, sent)) {
			continue
		}
		switch {
		case slices.Contains(readOnly, name):
			return name + " is read-only, and was added, changed or removed"
		case name == cookieHeader:
			return name + " belongs in the field cookies"
		}
		if problem := checkName(name); problem != "" {
			return problem
		}
		canonical := http.CanonicalHeaderKey(name)
		header.Del(canonical)
		for _, value := range values {
			if problem := checkValue(name, value.Value); problem != "" {
				return problem
			}
			header.Add(canonical, value.Value)
		}
	}
	return ""
}

// writeQuery returns the raw form of a query string that a function returned. A string goes on unchanged. The
// fields of an object are written in their order, as "name=value" and without any encoding.
func writeQuery(returned json.RawMessage, sent fields) (query, problem string) {
	if returned == nil {
		return "", ""
	}
	if json.Unmarshal(returned, &query) != nil {
		var parsed fields
		if json.Unmarshal(returned, &parsed) != nil {
			return "", "is neither a string nor an object with a value for each name"
		}
		var pairs []string
		for _, name := range parsed.names {
			for _, value := range parsed.values(name, sent) {
				pairs = append(pairs, name+"="+value.Value)
			}
		}
		query = strings.Join(pairs, "&")
	}
	if unsafeInURL.MatchString(query) {
		return "", "has a space, a control character or # in it"
	}
	return query, ""
}

// readBody returns the bytes of a response's body, or nil if there is none. The body is a string, or an object
// with encoding and data.
func readBody(returned json.RawMessage) (body []byte, problem string) {
	if returned == nil {
		return nil, ""
	}
	var text string
	if json.Unmarshal(returned, &text) == nil {
		return []byte(text), ""
	}
	var encoded struct{ Encoding, Data string }
	if json.Unmarshal(returned, &encoded) != nil {
		return nil, "is neither a string nor an object with encoding and data"
	}
	body, err := decodeBody(encoded.Data, encoded.Encoding, "text")
	if err != nil {
		return nil, "is not valid: " + err.Error()
	}
	return body, ""
}
