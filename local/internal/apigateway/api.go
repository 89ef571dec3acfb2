package apigateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// API answers for one REST API. It is safe for concurrent use.
type API struct {
	config   Config
	hosts    []string // that a request may be for
	methods  []*method
	verifier sigv4.Verifier
}

// method is a Method with its state between requests.
type method struct {
	Method
	segments   []string
	bucket     *bucket
	authorizer *authorizer // of CUSTOM and COGNITO_USER_POOLS authorization
}

// New checks the configuration and makes its API. The error names the part that is not simulated.
func New(config Config) (*API, error) {
	port := config.Address[strings.LastIndex(config.Address, ":")+1:]
	hosts := []string{config.Host, config.Address, "localhost:" + port}
	a := &API{config: config, hosts: hosts, verifier: sigv4.Verifier{
		Region: config.Region, Service: "execute-api", Now: config.Now,
		Hosts: hosts, Credentials: config.Credentials.Credentials,
	}}
	for code, response := range config.GatewayResponses {
		if err := response.check(code); err != nil {
			return nil, err
		}
	}
	for _, mediaType := range config.BinaryMediaTypes {
		if mediaType != "*/*" && strings.Contains(mediaType, "*") {
			return nil, fmt.Errorf("the binary media type %s is not simulated: name each type, or */*", mediaType)
		}
	}
	authorizers := map[*Authorizer]*authorizer{}
	for _, m := range config.Methods {
		built, err := a.newMethod(m, authorizers)
		if err != nil {
			return nil, fmt.Errorf("method %s %s: %w", m.HTTPMethod, m.ResourcePath, err)
		}
		a.methods = append(a.methods, built)
	}
	return a, nil
}

// newMethod checks a method and adds its authorizer to the others. All methods of an authorizer share its cache.
func (a *API) newMethod(m Method, authorizers map[*Authorizer]*authorizer) (*method, error) {
	switch {
	case !strings.HasPrefix(m.ResourcePath, "/"):
		return nil, fmt.Errorf("its resource is not in the assembly")
	case (m.Lambda == nil) == (m.Mock == nil):
		return nil, fmt.Errorf("its integration is not simulated: " +
			"only Lambda proxy integrations and CDK's CORS preflight are")
	case !slices.Contains([]string{"NONE", "AWS_IAM", "CUSTOM", userPools}, m.Authorization):
		return nil, fmt.Errorf("AuthorizationType %q is not simulated", m.Authorization)
	case m.Authorization == "CUSTOM" && (m.Authorizer == nil || m.Authorizer.Type == userPools):
		return nil, fmt.Errorf("its authorizer is not a Lambda authorizer of the assembly")
	case m.Authorization == userPools && (m.Authorizer == nil || m.Authorizer.Type != userPools):
		return nil, fmt.Errorf("its authorizer is not a Cognito authorizer of the assembly")
	}
	built := &method{
		Method: m, bucket: newBucket(a.config.Throttle),
		segments: strings.Split(strings.Trim(m.ResourcePath, "/"), "/"),
	}
	if m.Authorization != "CUSTOM" && m.Authorization != userPools {
		return built, nil
	}
	if authorizers[m.Authorizer] == nil {
		authorizer, err := newAuthorizer(m.Authorizer)
		if err != nil {
			return nil, err
		}
		authorizers[m.Authorizer] = authorizer
	}
	built.authorizer = authorizers[m.Authorizer]
	return built, nil
}

// userPools is the type of Cognito authorizers, and the AuthorizationType of their methods.
const userPools = "COGNITO_USER_POOLS"

// Stage is the name of the stage, the first segment of every path.
func (a *API) Stage() string { return a.config.Stage }

// Keys are the API keys that the stage's usage plans accept.
func (a *API) Keys() []Key { return a.config.Keys }

// ServeHTTP answers one request. It notes in the request's record who decided the answer.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Request: r, id: lambda.NewRequestID(), received: a.config.Now()}
	w.Header().Set("X-Amzn-Requestid", x.id)
	w.Header().Set("X-Amz-Apigw-Id", x.extendedID())
	if refused := a.serve(w, x); refused != nil {
		a.refuse(w, x, *refused)
	}
}

// serve takes a request through its steps in order. AWS checks an API key after authorization (API Gateway
// Developer Guide, supported-gateway-response-types, RESOURCE_NOT_FOUND). AWS does not document when it
// throttles, and here a throttled request does not reach the authorizer.
func (a *API) serve(w http.ResponseWriter, x *exchange) *refusal {
	for _, step := range []func(*exchange) *refusal{a.checkHost, a.filter, a.route, readHead} {
		if refused := step(x); refused != nil {
			return refused
		}
	}
	if refused := x.readBody(w); refused != nil {
		return refused
	}
	for _, step := range []func(*exchange) *refusal{a.throttle, a.authorize, a.checkKey} {
		if refused := step(x); refused != nil {
			return refused
		}
	}
	if x.method.Mock != nil {
		journal.From(x.Context()).Decide("REST API "+a.config.Path, "CORS preflight")
		x.method.Mock.write(w, x.Request)
		return nil
	}
	return a.integrate(w, x)
}

// checkHost refuses a request without a host, and other host names, since on AWS the host name selects the API. So it
// also refuses a page elsewhere whose name resolves to this machine (DNS rebinding). AWS does not document its answer
// to a request without a host.
func (a *API) checkHost(x *exchange) *refusal {
	switch {
	case x.Host == "":
		return &refusal{code: noHost, message: "Bad Request", reason: "the request has no Host header"}
	case slices.ContainsFunc(a.hosts, func(host string) bool { return strings.EqualFold(x.Host, host) }):
		return nil
	}
	return &refusal{
		code: unknownHost, message: "Forbidden",
		reason: fmt.Sprintf("the request is for host %s, and this API is %s or %s",
			x.Host, a.config.Address, a.config.Host),
	}
}

func (a *API) throttle(x *exchange) *refusal {
	if x.method.bucket.take(x.received) {
		return nil
	}
	return &refusal{code: "THROTTLED", message: "Too Many Requests", reason: "the stage's throttle"}
}

// arn is the ARN of a request in execute-api policies and for authorizers.
func (a *API) arn(x *exchange) string {
	return a.arnOf(a.config.Stage + "/" + x.Method + x.path)
}

// permissionARN is the ARN of a request in Lambda permissions. A slash at the end of the path is not in it, as SAM's
// permissions show (aws/serverless-application-model#763).
func (a *API) permissionARN(x *exchange) string {
	return a.arnOf(a.config.Stage + "/" + x.Method + "/" + strings.TrimSuffix(x.path[1:], "/"))
}

func (a *API) arnOf(resource string) string {
	return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s", a.config.Region, a.config.Account, a.config.ID, resource)
}
