package functionurl

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// spareEvent is more than the bytes of most events without their body.
const spareEvent = 8 << 10

// event is a request in payload format 2.0 (Lambda Developer Guide, urls-invocation). As on AWS, a field that the
// request does not have is left out.
type event struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID    string      `json:"accountId"`
	APIID        string      `json:"apiId"`
	Authorizer   *authorizer `json:"authorizer,omitempty"`
	DomainName   string      `json:"domainName"`
	DomainPrefix string      `json:"domainPrefix"`
	HTTP         httpContext `json:"http"`
	RequestID    string      `json:"requestId"`
	RouteKey     string      `json:"routeKey"`
	Stage        string      `json:"stage"`
	Time         string      `json:"time"`
	TimeEpoch    int64       `json:"timeEpoch"` // milliseconds
}

type authorizer struct {
	IAM iamContext `json:"iam"`
}

type iamContext struct {
	AccessKey       string  `json:"accessKey"`
	AccountID       string  `json:"accountId"`
	CallerID        string  `json:"callerId"`
	CognitoIdentity *string `json:"cognitoIdentity"` // always null for a role
	PrincipalOrgID  *string `json:"principalOrgId"`  // null: there is no organisation here
	UserARN         string  `json:"userArn"`
	UserID          string  `json:"userId"`
}

type httpContext struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

func (h *Handler) event(r *http.Request, body []byte, c caller, requestID string) ([]byte, error) {
	path, query := wireTarget(r)
	now := h.config.Now().UTC()
	e := event{
		Version: "2.0", RouteKey: "$default",
		RawPath: path, RawQueryString: query,
		Cookies: cookies(r), Headers: h.headers(r, c), QueryStringParameters: queryParameters(query),
		RequestContext: requestContext{
			AccountID: "anonymous", APIID: h.id, DomainName: h.config.Host, DomainPrefix: h.id,
			HTTP: httpContext{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto,
				SourceIP: iam.SourceIP(r), UserAgent: r.UserAgent(),
			},
			RequestID: requestID, RouteKey: "$default", Stage: "$default",
			Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
		},
	}
	// AWS documents the account of the function's owner, and events seen live have the caller's.
	if authorizer := c.authorizer(); authorizer != nil {
		e.RequestContext.Authorizer, e.RequestContext.AccountID = authorizer, authorizer.IAM.AccountID
	}
	if len(body) > 0 {
		if !isText(r.Header.Get("Content-Type")) || !utf8.Valid(body) {
			return e.encodeWithBase64(body)
		}
		e.Body = string(body)
	}
	var out bytes.Buffer
	err := e.encode(&out)
	return out.Bytes(), err
}

// encode writes the event as JSON.
func (e event) encode(out *bytes.Buffer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(e)
	out.Truncate(len(bytes.TrimSuffix(out.Bytes(), []byte("\n"))))
	return err
}

// encodeWithBase64 returns the event with a body as JSON. The base64 may be 8 MB long and needs no escapes. It is
// written behind the other fields, past encoding/json, which would copy it several times.
func (e event) encodeWithBase64(body []byte) ([]byte, error) {
	const last = `,"isBase64Encoded":true}`
	e.IsBase64Encoded = true
	var out bytes.Buffer
	out.Grow(base64.StdEncoding.EncodedLen(len(body)) + spareEvent)
	err := e.encode(&out)
	event := append(bytes.TrimSuffix(out.Bytes(), []byte(last)), `,"body":"`...)
	event = append(base64.StdEncoding.AppendEncode(event, body), '"')
	return append(event, last...), err
}

// headers returns the headers as functions see them. Names are in lower case, and the values of a repeated header
// are joined by commas. Headers of the connection are dropped, and Lambda's are added. The Cookie header stays,
// though the cookies have a field, too. A service's request has the headers that name its resource.
func (h *Handler) headers(r *http.Request, c caller) map[string]string {
	headers := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		separator := ","
		if name == "Cookie" {
			separator = "; "
		}
		headers[strings.ToLower(name)] = strings.Join(values, separator)
	}
	for _, name := range []string{
		"connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "expect",
	} {
		delete(headers, name)
	}
	// Lambda takes the signature away. AWS does not document this. It was seen live for a role's request and for those
	// that CloudFront signs (piwit/cloudfront-signed-fetch, March 2026).
	if h.config.AuthType == AuthIAM {
		delete(headers, "authorization")
	}
	// CloudFront names the distribution (mhart/aws4#163, live).
	if c.service != nil {
		headers["x-amz-source-arn"], headers["x-amz-source-account"] = c.service.SourceARN, c.service.SourceAccount
	}
	// The function sees the first entry, which the client claims, and the caller's address where there is none.
	// AWS does not document this. It was seen live (speedrun.nobackspacecrew.com, 2026-03-06, "Obtaining caller
	// ip address with Lambda FURLs"), and it is the worst case for a function.
	client, _, _ := strings.Cut(headers["x-forwarded-for"], ",")
	if headers["x-forwarded-for"] = strings.TrimSpace(client); client == "" {
		headers["x-forwarded-for"] = iam.SourceIP(r)
	}
	// These are AWS's values, since the function may build links from them.
	headers["x-forwarded-proto"], headers["x-forwarded-port"] = "https", "443"
	if !strings.Contains(headers["x-amzn-trace-id"], "Root=") {
		headers["x-amzn-trace-id"] = h.traceID()
	}
	return headers
}

// traceID makes the root of an X-Ray trace, which has a version, the seconds and 96 random bits. All but the
// version are hexadecimal.
func (h *Handler) traceID() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	return fmt.Sprintf("Root=1-%08x-%x", h.config.Now().Unix(), random)
}

func cookies(r *http.Request) []string {
	var cookies []string
	for _, header := range r.Header.Values("Cookie") {
		for cookie := range strings.SplitSeq(header, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				cookies = append(cookies, cookie)
			}
		}
	}
	return cookies
}

// queryParameters decodes the query, with + as a space, and joins the values of a repeated name by commas.
func queryParameters(query string) map[string]string {
	parameters := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = decode(name), decode(value)
		if before, repeated := parameters[name]; repeated {
			value = before + "," + value
		}
		parameters[name] = value
	}
	return parameters
}

// decode removes percent-encoding. A text that is not well encoded stays as it is.
func decode(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}

// isText reports whether a body of this content type reaches the function as text. AWS does not list the types.
// These were found by trial (github.com/ministackorg/ministack, pull request 766). Types in +json, forms and a
// missing type are binary.
func isText(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch mediaType {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(mediaType, "text/")
}
