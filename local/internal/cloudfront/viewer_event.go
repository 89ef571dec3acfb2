package cloudfront

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// viewerEvent is the event of a CloudFront Function (CloudFront Developer Guide, functions-event-structure).
type viewerEvent struct {
	Version string `json:"version"`
	Context struct {
		DistributionDomainName string `json:"distributionDomainName"`
		DistributionID         string `json:"distributionId"`
		EventType              string `json:"eventType"`
		RequestID              string `json:"requestId"`
	} `json:"context"`
	Viewer struct {
		IP string `json:"ip"`
	} `json:"viewer"`
	Request  *viewerRequest  `json:"request"`
	Response *viewerResponse `json:"response,omitempty"`
}

type viewerRequest struct {
	Method      string `json:"method"`
	URI         string `json:"uri"`
	QueryString fields `json:"querystring"`
	Headers     fields `json:"headers"`
	Cookies     fields `json:"cookies"`
}

type viewerResponse struct {
	StatusCode        int    `json:"statusCode"`
	StatusDescription string `json:"statusDescription"`
	Headers           fields `json:"headers"`
	Cookies           fields `json:"cookies"`
}

// fields are the query string, headers or cookies of an event. Names stand in the order of their first appearance.
type fields struct {
	names  []string
	byName map[string]*field
}

// field is one name with its values. If there are several, MultiValue has all of them and Value is the first.
type field struct {
	Value      *string      `json:"value,omitempty"`
	Attributes string       `json:"attributes,omitempty"` // of a cookie in a response
	MultiValue []fieldValue `json:"multiValue,omitempty"`
}

type fieldValue struct {
	Value      string `json:"value"`
	Attributes string `json:"attributes,omitempty"`
}

func (f *fields) add(name string, value fieldValue) {
	if f.byName == nil {
		f.byName = map[string]*field{}
	}
	known := f.byName[name]
	if known == nil {
		f.names = append(f.names, name)
		f.byName[name] = &field{Value: &value.Value, Attributes: value.Attributes}
		return
	}
	if known.MultiValue == nil {
		known.MultiValue = []fieldValue{{*known.Value, known.Attributes}}
	}
	known.MultiValue = append(known.MultiValue, value)
}

// MarshalJSON implements [json.Marshaler].
func (f fields) MarshalJSON() ([]byte, error) {
	out := bytes.NewBufferString("{")
	for i, name := range f.names {
		if i > 0 {
			out.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.byName[name])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "%s:%s", key, value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *fields) UnmarshalJSON(document []byte) error {
	*f = fields{byName: map[string]*field{}}
	decoder := json.NewDecoder(bytes.NewReader(document))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return errors.New("not an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value *field
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		if value == nil || value.Value == nil && value.MultiValue == nil {
			return errors.New("a field without a value")
		}
		f.names = append(f.names, name.(string))
		f.byName[name.(string)] = value
	}
	return nil
}

// values returns the values of a name after a function returned the fields. A changed multiValue counts. If
// multiValue is unchanged, value stands for its first entry (functions-event-structure, "Duplicate query strings,
// headers, and cookies").
func (f fields) values(name string, sent fields) []fieldValue {
	returned := f.byName[name]
	if returned == nil {
		return nil
	}
	if returned.MultiValue == nil {
		return []fieldValue{{*returned.Value, returned.Attributes}}
	}
	values, before := slices.Clone(returned.MultiValue), sent.byName[name]
	unchanged := before != nil && slices.Equal(before.MultiValue, values)
	if unchanged && returned.Value != nil && len(values) > 0 {
		values[0] = fieldValue{*returned.Value, returned.Attributes}
	}
	return values
}

// allNames returns the names of f, followed by those that only others has.
func (f fields) allNames(others fields) []string {
	names := slices.Clone(f.names)
	for _, name := range others.names {
		if f.byName[name] == nil {
			names = append(names, name)
		}
	}
	return names
}

// newViewerRequest builds the request of an event. It has all that the viewer sent, under any policies. It also
// has the headers that the policies ask CloudFront to add. Disallowed headers are left out, and cookies have a
// field apart.
func newViewerRequest(x *exchange) *viewerRequest {
	request := &viewerRequest{Method: x.r.Method, URI: toUTF8(x.path)}
	for pair := range strings.SplitSeq(x.query, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			request.QueryString.add(toUTF8(name), fieldValue{Value: toUTF8(value)})
		}
	}
	header := x.r.Header.Clone()
	x.behavior.forwarding.addCloudFrontHeaders(header, x)
	header.Set("Host", x.r.Host)
	if len(x.r.TransferEncoding) > 0 {
		header.Set("Transfer-Encoding", strings.Join(x.r.TransferEncoding, ","))
	}
	for _, cookies := range header.Values("Cookie") {
		for cookie := range strings.SplitSeq(cookies, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				name, value, _ := strings.Cut(cookie, "=")
				request.Cookies.add(toUTF8(name), fieldValue{Value: toUTF8(value)})
			}
		}
	}
	header.Del("Cookie")
	request.Headers = headerFields(header)
	return request
}

// newViewerResponse builds the response of an event. It has no body, because a function does not see the body.
func newViewerResponse(status int, header http.Header) *viewerResponse {
	response := &viewerResponse{StatusCode: status, StatusDescription: http.StatusText(status)}
	for _, cookie := range header.Values("Set-Cookie") {
		pair, attributes, _ := strings.Cut(cookie, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		response.Cookies.add(toUTF8(name), fieldValue{toUTF8(value), toUTF8(strings.TrimSpace(attributes))})
	}
	visible := header.Clone()
	visible.Del("Set-Cookie")
	response.Headers = headerFields(visible)
	return response
}

func headerFields(header http.Header) fields {
	var out fields
	for name, values := range header {
		if name = strings.ToLower(name); !disallowedHeader(name) {
			for _, value := range values {
				out.add(name, fieldValue{Value: toUTF8(value)})
			}
		}
	}
	return out
}
