package apigateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// event is what a Lambda proxy integration gets, payload format 1.0 (API Gateway Developer Guide, set-up-lambda-proxy-integrations), and
// with Type and MethodARN what a REQUEST authorizer gets.
type event struct {
	Type                            string              `json:"type,omitempty"`
	MethodARN                       string              `json:"methodArn,omitempty"`
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
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID         string         `json:"accountId"`
	APIID             string         `json:"apiId"`
	Authorizer        map[string]any `json:"authorizer,omitempty"`
	DomainName        string         `json:"domainName"`
	DomainPrefix      string         `json:"domainPrefix"`
	ExtendedRequestID string         `json:"extendedRequestId"`
	HTTPMethod        string         `json:"httpMethod"`
	Identity          identity       `json:"identity"`
	Path              string         `json:"path"`
	Protocol          string         `json:"protocol"`
	RequestID         string         `json:"requestId"`
	RequestTime       string         `json:"requestTime"`
	RequestTimeEpoch  int64          `json:"requestTimeEpoch"`
	ResourceID        string         `json:"resourceId"`
	ResourcePath      string         `json:"resourcePath"`
	Stage             string         `json:"stage"`
}

// identity is who called, as far as it is known.
type identity struct {
	AccountID string `json:"accountId,omitempty"`
	AccessKey string `json:"accessKey,omitempty"`
	APIKey    string `json:"apiKey,omitempty"`
	APIKeyID  string `json:"apiKeyId,omitempty"`
	Caller    string `json:"caller,omitempty"`
	SourceIP  string `json:"sourceIp"`
	User      string `json:"user,omitempty"`
	UserAgent string `json:"userAgent"`
	UserARN   string `json:"userArn,omitempty"`
}

func (a *API) proxyEvent(x *exchange) *event {
	path, query, _ := strings.Cut(x.RequestURI, "?")
	e := &event{
		Resource: x.method.ResourcePath, Path: x.path, HTTPMethod: x.Method, StageVariables: a.config.StageVariables,
		MultiValueHeaders: map[string][]string{"Host": {x.Host}},
		RequestContext: requestContext{
			AccountID: a.config.Account, APIID: a.config.ID, Authorizer: x.caller.authorizer, DomainName: a.config.Host, DomainPrefix: a.config.ID,
			ExtendedRequestID: x.id, HTTPMethod: x.Method, Identity: x.caller.identity, Path: path, Protocol: x.Proto, RequestID: x.id,
			RequestTime: x.received.UTC().Format("02/Jan/2006:15:04:05 -0700"), RequestTimeEpoch: x.received.UnixMilli(),
			ResourceID: x.method.ResourceID, ResourcePath: x.method.ResourcePath, Stage: a.config.Stage,
		},
	}
	e.RequestContext.Identity.SourceIP, e.RequestContext.Identity.UserAgent = sourceIP(x.Request), x.UserAgent()
	for name, values := range x.Header {
		e.MultiValueHeaders[name] = values
	}
	e.Headers = last(e.MultiValueHeaders)
	if values, err := url.ParseQuery(query); err == nil && len(values) > 0 {
		e.MultiValueQueryStringParameters, e.QueryStringParameters = values, last(values)
	}
	if len(x.parameters) > 0 {
		e.PathParameters = x.parameters
	}
	if len(x.body) > 0 {
		// API Gateway takes every body for text where the API has no binary media types; what is not UTF-8 becomes U+FFFD.
		body := strings.ToValidUTF8(string(x.body), "\uFFFD")
		e.Body = &body
	}
	return e
}

// last are the last values, which the fields without multiValue in their name hold.
func last(all map[string][]string) map[string]string {
	single := map[string]string{}
	for name, values := range all {
		single[name] = values[len(values)-1]
	}
	return single
}

// answer is what a Lambda proxy integration returns.
type answer struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]any      `json:"headers"` // strings; numbers and booleans are taken as such
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// integrate invokes the function and answers what it answers.
func (a *API) integrate(w http.ResponseWriter, x *exchange) *refusal {
	function := x.method.Lambda
	if decision := a.permitted(function, a.arn(x)); !decision.Allowed {
		return &refusal{kind: "API_CONFIGURATION_ERROR", message: "Internal server error", reason: decision.Reason}
	}
	event, err := json.Marshal(a.proxyEvent(x))
	if err != nil {
		panic(fmt.Errorf("apigateway: encode an event: %w", err)) // strings and numbers only: cannot happen
	}
	ctx, cancel := context.WithTimeout(x.Context(), x.method.Timeout)
	defer cancel()
	result, err := a.invoke(ctx, function, event)
	switch {
	case x.Context().Err() != nil:
		panic(http.ErrAbortHandler) // the client is gone
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &refusal{kind: "INTEGRATION_TIMEOUT", message: "Endpoint request timed out"}
	case err != nil:
		return &refusal{kind: "DEFAULT_5XX", message: "Internal server error", reason: err.Error()}
	}
	result.write(w)
	return nil
}

// invoke returns the function's answer, its body decoded.
func (a *API) invoke(ctx context.Context, function *Function, event []byte) (*answer, error) {
	response, err := function.Invoke(ctx, event)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the function's answer: %w", err)
	}
	if len(text) > maxBody {
		return nil, errors.New("the function's answer is over 10 MB")
	}
	result := &answer{}
	if err := json.Unmarshal(text, result); err != nil || result.StatusCode < 100 || result.StatusCode > 599 {
		return nil, errors.New("the function's answer is not the JSON of a proxy integration: statusCode, headers, body")
	}
	if result.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(result.Body)
		if err != nil {
			return nil, errors.New("the function's body is not base64, though isBase64Encoded is true")
		}
		result.Body = string(body)
	}
	return result, nil
}

func (r *answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json") // API Gateway's default
	for name, value := range r.Headers {
		w.Header().Set(name, fmt.Sprint(value))
	}
	for name, values := range r.MultiValueHeaders {
		w.Header().Del(name)
		for _, value := range values {
			w.Header().Add(name, value)
		}
	}
	w.WriteHeader(r.StatusCode)
	_, _ = io.WriteString(w, r.Body)
}
