package apigateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// event is the common part of the events of a Lambda proxy integration and a REQUEST authorizer, in payload
// format 1.0 (API Gateway Developer Guide, set-up-lambda-proxy-integrations). Header names have the form of
// net/http, and on AWS they stay as the client wrote them.
type event struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  requestContext      `json:"requestContext"`
}

type requestContext struct {
	AccountID         string         `json:"accountId"`
	APIID             string         `json:"apiId"`
	Authorizer        map[string]any `json:"authorizer,omitempty"`
	DeploymentID      string         `json:"deploymentId"`
	DomainName        string         `json:"domainName"`
	DomainPrefix      string         `json:"domainPrefix"`
	ExtendedRequestID string         `json:"extendedRequestId"`
	HTTPMethod        string         `json:"httpMethod"`
	Identity          identity       `json:"identity"`
	Path              string         `json:"path"`
	Protocol          string         `json:"protocol"`
	RequestID         string         `json:"requestId"`
	RequestTime       string         `json:"requestTime"`
	RequestTimeEpoch  int64          `json:"requestTimeEpoch"` // milliseconds
	ResourceID        string         `json:"resourceId"`
	ResourcePath      string         `json:"resourcePath"`
	Stage             string         `json:"stage"`
}

// identity names the caller. An unknown field is null, except the API key, which is left out.
type identity struct {
	AccessKey                     *string `json:"accessKey"`
	AccountID                     *string `json:"accountId"`
	APIKey                        string  `json:"apiKey,omitempty"`
	APIKeyID                      string  `json:"apiKeyId,omitempty"`
	Caller                        *string `json:"caller"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	SourceIP                      string  `json:"sourceIp"`
	User                          *string `json:"user"`
	UserAgent                     string  `json:"userAgent"`
	UserARN                       *string `json:"userArn"`
}

func (a *API) event(x *exchange) event {
	e := event{
		Resource: x.method.ResourcePath, Path: x.path, HTTPMethod: x.Method, MultiValueHeaders: x.headers(),
		MultiValueQueryStringParameters: x.query, PathParameters: x.parameters,
		StageVariables: a.config.StageVariables,
		RequestContext: requestContext{
			AccountID: a.config.Account, APIID: a.config.ID, Authorizer: x.caller.authorizer,
			DeploymentID: a.config.DeploymentID, DomainName: a.config.Host, DomainPrefix: a.config.ID,
			ExtendedRequestID: x.extendedID(), HTTPMethod: x.Method,
			Identity: x.caller.identity, Path: x.wirePath(), Protocol: x.Proto, RequestID: x.id,
			RequestTime:      x.received.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			RequestTimeEpoch: x.received.UnixMilli(),
			ResourceID:       x.method.ResourceID, ResourcePath: x.method.ResourcePath, Stage: a.config.Stage,
		},
	}
	e.RequestContext.Identity.SourceIP, e.RequestContext.Identity.UserAgent = iam.SourceIP(x.Request), x.UserAgent()
	e.Headers, e.QueryStringParameters = lastValues(e.MultiValueHeaders), lastValues(x.query)
	return e
}

// droppedRequestHeaders do not reach a Lambda function (API Gateway Developer Guide, api-gateway-known-issues).
// Content-Length is not in that table, but no recorded event has it.
var droppedRequestHeaders = []string{
	"Connection", "Content-Length", "Content-Md5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server", "Te",
	"Trailer", "Upgrade", "Www-Authenticate",
}

// headers are the request's headers as functions see them, with the headers that a regional API adds.
func (x *exchange) headers() map[string][]string {
	headers := map[string][]string{}
	for name, values := range x.Header {
		if !slices.Contains(droppedRequestHeaders, name) {
			headers[name] = values
		}
	}
	headers["Host"] = []string{x.Host}
	forwarded := append(slices.Clone(x.Header.Values("X-Forwarded-For")), iam.SourceIP(x.Request))
	headers["X-Forwarded-For"] = []string{strings.Join(forwarded, ", ")}
	// These are AWS's values, since the function may build links from them.
	headers["X-Forwarded-Port"], headers["X-Forwarded-Proto"] = []string{"443"}, []string{"https"}
	return headers
}

// lastValues are the values of the single-value fields.
func lastValues(all map[string][]string) map[string]string {
	single := map[string]string{}
	for name, values := range all {
		single[name] = values[len(values)-1]
	}
	return single
}

// proxyEvent is the event of a Lambda proxy integration. It has no signature (API Gateway Developer Guide,
// api-gateway-known-issues), and null for an empty body.
func (a *API) proxyEvent(x *exchange) []byte {
	e := struct {
		event
		Body            *string `json:"body"`
		IsBase64Encoded bool    `json:"isBase64Encoded"`
	}{event: a.event(x)}
	if strings.HasPrefix(x.Header.Get("Authorization"), "AWS4-") {
		delete(e.Headers, "Authorization")
		delete(e.MultiValueHeaders, "Authorization")
	}
	if len(x.query) == 0 {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = nil, nil
	}
	if len(x.parameters) == 0 {
		e.PathParameters = nil
	}
	if len(x.body) > 0 {
		// A body is text, unless its media type is a binary one.
		body := strings.ToValidUTF8(string(x.body), "\uFFFD")
		if e.IsBase64Encoded = a.isBinary(x.Header.Get("Content-Type")); e.IsBase64Encoded {
			body = base64.StdEncoding.EncodeToString(x.body)
		}
		e.Body = &body
	}
	return encode(e)
}

// authorizerEvent is the event of an authorizer. A TOKEN authorizer gets the token, and a REQUEST authorizer the
// request without its body. A missing map is empty for a REQUEST authorizer, not null.
func (a *API) authorizerEvent(x *exchange, token string) []byte {
	if x.method.authorizer.Type == "TOKEN" {
		return encode(map[string]string{"type": "TOKEN", "authorizationToken": token, "methodArn": a.arn(x)})
	}
	e := struct {
		Type      string `json:"type"`
		MethodARN string `json:"methodArn"`
		event
	}{"REQUEST", a.arn(x), a.event(x)}
	if e.StageVariables == nil {
		e.StageVariables = map[string]string{}
	}
	return encode(e)
}

// isBinary reports whether a media type is a binary one of the API.
func (a *API) isBinary(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return slices.ContainsFunc(a.config.BinaryMediaTypes, func(binary string) bool {
		return binary == "*/*" || strings.EqualFold(binary, strings.TrimSpace(mediaType))
	})
}

func encode(event any) []byte {
	text, err := json.Marshal(event)
	if err != nil {
		panic(fmt.Errorf("apigateway: encode an event: %w", err)) // strings and numbers only, so it cannot happen
	}
	return text
}
