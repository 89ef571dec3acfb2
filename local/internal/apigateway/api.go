package apigateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// The limits of REST APIs (API Gateway Developer Guide, limits).
const (
	maxBody        = 10 << 20
	maxHeaderBytes = 10240
	maxTimeout     = 29 * time.Second
)

// API answers for one REST API. It is safe for concurrent use.
type API struct {
	config  Config
	methods []*method
}

// method is a Method with what changes from request to request.
type method struct {
	Method
	segments []string
	bucket   *bucket
	cache    *cache
}

// New checks the configuration; the error says what is not simulated, and where.
func New(config Config) (*API, error) {
	a := &API{config: config}
	for kind, response := range config.GatewayResponses {
		if _, known := kinds[kind]; !known && response.Template+fmt.Sprint(response.Parameters) == "" {
			return nil, fmt.Errorf("gateway response of type %s is not simulated", kind)
		}
		if err := response.check(kind); err != nil {
			return nil, err
		}
	}
	caches := map[*Authorizer]*cache{}
	for _, m := range config.Methods {
		name := m.HTTPMethod + " " + m.ResourcePath
		switch {
		case (m.Lambda == nil) == (m.Mock == nil):
			return nil, fmt.Errorf("method %s: its integration is not simulated: only Lambda proxy integrations and CDK's CORS preflight are", name)
		case m.Authorization == "CUSTOM" && m.Authorizer == nil:
			return nil, fmt.Errorf("method %s: its authorizer is not in the assembly", name)
		}
		built := &method{Method: m, segments: strings.Split(strings.Trim(m.ResourcePath, "/"), "/"), bucket: newBucket(config.Throttle)}
		if m.Authorizer != nil {
			if caches[m.Authorizer] == nil {
				caches[m.Authorizer] = &cache{}
			}
			built.cache = caches[m.Authorizer]
			if err := m.Authorizer.check(); err != nil {
				return nil, err
			}
		}
		a.methods = append(a.methods, built)
	}
	return a, nil
}

// NotSimulated tells what of the API is answered differently here.
func (a *API) NotSimulated() []string {
	for _, m := range a.methods {
		if m.Authorization == "COGNITO_USER_POOLS" {
			return []string{"Cognito authorizers: their methods answer 501"}
		}
	}
	return nil
}

// exchange is one request on its way.
type exchange struct {
	*http.Request
	id         string
	method     *method
	path       string // with the stage left out
	parameters map[string]string
	body       []byte
	received   time.Time
	caller     caller
}

// caller is what authorization found out, for the integration's event.
type caller struct {
	authorizer map[string]any // of a Lambda authorizer: principalId and context
	identity   identity
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Request: r, id: newRequestID(), received: a.config.Now()}
	w.Header().Set("X-Amzn-Requestid", x.id)
	w.Header().Set("X-Amz-Apigw-Id", strings.ReplaceAll(x.id, "-", "")[:16])
	if refused := a.serve(w, x); refused != nil {
		a.refuse(w, r, x.id, *refused)
	}
}

func (a *API) serve(w http.ResponseWriter, x *exchange) *refusal {
	if refused := a.route(x); refused != nil {
		return refused
	}
	if refused := a.read(w, x); refused != nil {
		return refused
	}
	if !x.method.bucket.take(a.config.Now()) {
		return &refusal{kind: "THROTTLED", message: "Too Many Requests"}
	}
	if refused := a.authorize(x); refused != nil {
		return refused
	}
	if refused := a.checkKey(x); refused != nil {
		return refused
	}
	if x.method.Mock != nil {
		x.method.Mock.write(w, x.Request)
		return nil
	}
	return a.integrate(w, x)
}

// route finds the method. For a path or a method that is not there API Gateway answers as for a missing token. A trailing slash is
// passed over, as AWS does not document it but callers see it; it stays in the path and in the method's ARN.
func (a *API) route(x *exchange) *refusal {
	path, _, _ := strings.Cut(x.RequestURI, "?")
	rest, ok := strings.CutPrefix(path, "/"+a.config.Stage+"/")
	if ok {
		x.path = "/" + rest
		segments := strings.Split(strings.TrimSuffix(rest, "/"), "/")
		best := -1
		for _, m := range a.methods {
			parameters, literal, matches := m.match(segments)
			if !matches || m.HTTPMethod != "ANY" && m.HTTPMethod != x.Method {
				continue
			}
			if m.HTTPMethod != "ANY" {
				literal++ // a method of its own comes before ANY
			}
			if literal > best {
				x.method, x.parameters, best = m, parameters, literal
			}
		}
	}
	if x.method == nil {
		return &refusal{kind: "MISSING_AUTHENTICATION_TOKEN", message: "Missing Authentication Token", reason: "there is no such path and method on stage " + a.config.Stage}
	}
	return nil
}

// match tells whether a path fits, with its parameters, and by how many literal segments.
func (m *method) match(segments []string) (parameters map[string]string, literal int, ok bool) {
	parameters = map[string]string{}
	for i, want := range m.segments {
		name, isParameter := strings.CutPrefix(want, "{")
		name = strings.TrimSuffix(name, "}")
		if greedy, isGreedy := strings.CutSuffix(name, "+"); isParameter && isGreedy {
			if i >= len(segments) || segments[i] == "" {
				return nil, 0, false
			}
			parameters[greedy] = strings.Join(segments[i:], "/")
			return parameters, literal, true
		}
		switch {
		case i >= len(segments), !isParameter && segments[i] != want, isParameter && segments[i] == "":
			return nil, 0, false
		case isParameter:
			parameters[name] = segments[i]
		default:
			literal += 2
		}
	}
	return parameters, literal, len(segments) == len(m.segments)
}

func (a *API) read(w http.ResponseWriter, x *exchange) *refusal {
	size := 0
	for name, values := range x.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	if size > maxHeaderBytes {
		return &refusal{kind: "DEFAULT_4XX", message: "Bad Request", reason: "the headers are over 10,240 bytes"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, x.Body, maxBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return &refusal{kind: "REQUEST_TOO_LARGE", message: "Request Too Long"}
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	x.body = body
	return nil
}

// arn is what an execute-api policy, a Lambda permission and an authorizer know of a request.
func (a *API) arn(x *exchange) string {
	return a.arnOf(a.config.Stage + "/" + x.Method + x.path)
}

func (a *API) arnOf(what string) string {
	return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s", a.config.Region, a.config.Account, a.config.ID, what)
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
