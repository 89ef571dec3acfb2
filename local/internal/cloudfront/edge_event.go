package cloudfront

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// edgeEvent is an event of Lambda@Edge (CloudFront Developer Guide, lambda-event-structure).
type edgeEvent struct {
	Records []edgeRecord
}

type edgeRecord struct {
	CF struct {
		Config   edgeConfig    `json:"config"`
		Request  *edgeRequest  `json:"request"`
		Response *edgeResponse `json:"response,omitempty"`
	} `json:"cf"`
}

type edgeConfig struct {
	DistributionDomainName string `json:"distributionDomainName"`
	DistributionID         string `json:"distributionId"`
	EventType              string `json:"eventType"`
	RequestID              string `json:"requestId"`
}

type edgeRequest struct {
	Body        *edgeBody               `json:"body,omitempty"`
	ClientIP    string                  `json:"clientIp"`
	Headers     map[string][]edgeHeader `json:"headers"`
	Method      string                  `json:"method"`
	Origin      *edgeOrigin             `json:"origin,omitempty"`
	QueryString string                  `json:"querystring"`
	URI         string                  `json:"uri"`
}

// edgeResponse is the response of an event. It has no body, because a function does not see the body.
type edgeResponse struct {
	Headers           map[string][]edgeHeader `json:"headers"`
	Status            string                  `json:"status"`
	StatusDescription string                  `json:"statusDescription"`
}

type edgeHeader struct {
	Key   string `json:"key,omitempty"`
	Value string `json:"value"`
}

type edgeBody struct {
	Action         string `json:"action"`
	Data           string `json:"data"`
	Encoding       string `json:"encoding"`
	InputTruncated bool   `json:"inputTruncated"`
}

type edgeOrigin struct {
	Custom *edgeCustomOrigin `json:"custom,omitempty"`
	S3     *edgeS3Origin     `json:"s3,omitempty"`
}

type edgeS3Origin struct {
	AuthMethod    string                  `json:"authMethod"`
	CustomHeaders map[string][]edgeHeader `json:"customHeaders"`
	DomainName    string                  `json:"domainName"`
	Path          string                  `json:"path"`
	Region        string                  `json:"region"`
}

type edgeCustomOrigin struct {
	CustomHeaders             map[string][]edgeHeader `json:"customHeaders"`
	DomainName                string                  `json:"domainName"`
	KeepaliveTimeout          int                     `json:"keepaliveTimeout"`
	Path                      string                  `json:"path"`
	Port                      int                     `json:"port"`
	Protocol                  string                  `json:"protocol"`
	ReadTimeout               int                     `json:"readTimeout"`
	ResponseCompletionTimeout int                     `json:"responseCompletionTimeout,omitempty"`
	SSLProtocols              []string                `json:"sslProtocols"`
}

// edgeResult is the result of an edge function, which is a request or a response. Only a response has a status. A
// field that is missing is nil, and an empty field is not.
type edgeResult struct {
	// Fields of a response.
	Status       *json.RawMessage `json:"status"`
	BodyEncoding string           `json:"bodyEncoding"`
	// Fields of both. The body is a string in a response and an edgeBody in a request.
	Headers map[string][]edgeHeader `json:"headers"`
	Body    *json.RawMessage        `json:"body"`
	// Fields of a request.
	ClientIP    *string     `json:"clientIp"`
	Method      *string     `json:"method"`
	Origin      *edgeOrigin `json:"origin"`
	QueryString *string     `json:"querystring"`
	URI         *string     `json:"uri"`

	// unchangedData is the data that was shown, if the function returned the same. The body then has none.
	unchangedData string
}

// newEdgeEvent makes an event. The response is nil in request events.
func (e *edgeFunction) newEdgeEvent(x *exchange, request *edgeRequest, response *edgeResponse) edgeEvent {
	var record edgeRecord
	record.CF.Config = edgeConfig{
		DistributionDomainName: x.d.config.DomainName,
		DistributionID:         x.d.config.ID,
		EventType:              e.event.name,
		RequestID:              x.id,
	}
	record.CF.Request, record.CF.Response = request, response
	return edgeEvent{Records: []edgeRecord{record}}
}

func newEdgeResponse(response *answer) *edgeResponse {
	return &edgeResponse{
		Headers: newEdgeHeaderMap(response.header),
		Status:  strconv.Itoa(response.status), StatusDescription: http.StatusText(response.status),
	}
}

// newEdgeHeaderMap leaves out the headers that a function does not see.
func newEdgeHeaderMap(header http.Header) map[string][]edgeHeader {
	headers := map[string][]edgeHeader{}
	for name, values := range header {
		if !disallowedHeader(strings.ToLower(name)) {
			headers[strings.ToLower(name)] = newEdgeHeaders(name, values)
		}
	}
	return headers
}

// newEdgeOrigin describes an origin. The page has no words for an S3 origin with an origin access control. Here its
// authMethod is "none".
func newEdgeOrigin(o origin) *edgeOrigin {
	headers := map[string][]edgeHeader{}
	for name, values := range o.customHeaders {
		headers[strings.ToLower(name)] = newEdgeHeaders(name, values)
	}
	if o.authMethod != "" {
		return &edgeOrigin{S3: &edgeS3Origin{
			AuthMethod: o.authMethod, CustomHeaders: headers, DomainName: o.domainName, Path: o.path, Region: o.region,
		}}
	}
	return &edgeOrigin{Custom: &edgeCustomOrigin{
		CustomHeaders:             headers,
		DomainName:                o.domainName,
		KeepaliveTimeout:          o.keepaliveTimeout,
		Path:                      o.path,
		Port:                      o.port,
		Protocol:                  o.protocol,
		ReadTimeout:               o.readTimeout,
		ResponseCompletionTimeout: o.responseCompletionTimeout,
		SSLProtocols:              append([]string{}, o.sslProtocols...),
	}}
}

func newEdgeHeaders(name string, values []string) []edgeHeader {
	if rest, found := strings.CutPrefix(name, "Cloudfront-"); found {
		name = "CloudFront-" + rest // net/http's spelling is not AWS's
	}
	var headers []edgeHeader
	for _, value := range values {
		headers = append(headers, edgeHeader{Key: name, Value: toUTF8(value)})
	}
	return headers
}

// sameValues reports whether two headers have the same values. The spelling of their keys does not count.
func sameValues(a, b []edgeHeader) bool {
	return slices.EqualFunc(a, b, func(a, b edgeHeader) bool { return a.Value == b.Value })
}

// toHeader returns the net/http form of a header map of an event.
func toHeader(headers map[string][]edgeHeader) http.Header {
	out := http.Header{}
	for name, values := range headers {
		for _, value := range values {
			out.Add(name, value.Value)
		}
	}
	return out
}

// toUTF8 converts text that is not UTF-8 as if it were ISO-8859-1 (CloudFront Developer Guide,
// edge-function-restrictions-all, "URI, query string, and headers encoding").
func toUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	runes := make([]rune, 0, len(text))
	for _, b := range []byte(text) {
		runes = append(runes, rune(b))
	}
	return string(runes)
}
