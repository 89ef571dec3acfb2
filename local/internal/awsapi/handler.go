// Package awsapi answers the AWS APIs that functions call, over their real wire protocols. It has AssumeRole and
// GetCallerIdentity of STS, GetSecretValue of Secrets Manager, and Invoke of Lambda. Signatures, policies and
// limits are checked as AWS checks them.
package awsapi

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// Config describes the account that the APIs answer for. ARNs are AWS's.
type Config struct {
	Needs
	Account string
	Regions []string // that a request may be signed for
	Now     func() time.Time
}

// Secret is a secret of Secrets Manager. A secret with the Value "" has no version.
type Secret struct {
	ARN, Name, Value, Region string
	Tags                     map[string]string
	// MadeUpFor is the construct path of a secret whose value was made up for this run. Such a value may be told.
	// "" is for the others.
	MadeUpFor string
}

// Handler answers all of the APIs on one address. The credential scope of a request names its API, as the SDKs
// write it.
type Handler struct {
	config   Config
	versions map[string]secretVersion // the only version of each secret, by the secret's ARN
}

// New makes the handler.
func New(config Config) *Handler {
	h := &Handler{config: config, versions: map[string]secretVersion{}}
	for _, secret := range config.Secrets {
		h.versions[secret.ARN] = secretVersion{id: lambda.NewRequestID(), created: config.Now()}
	}
	return h
}

// call is one request whose signature holds.
type call struct {
	*http.Request
	body      []byte
	region    string
	requestID string
	identity  *iam.Identity
}

// record returns the record of the call.
func (c *call) record() *journal.Record { return journal.From(c.Context()) }

const maxBody = 6 << 20 // bytes, Invoke's limit and the largest of all (Lambda API Reference, API_Invoke)

var credentialScope = regexp.MustCompile(`Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request`)

// services are the APIs by their names in the credential scope. Each writes its answers and refusals in its protocol.
var services = map[string]struct {
	serve func(*Handler, *call) (any, *refusal)
	write func(w http.ResponseWriter, requestID string, answer any, refused *refusal)
}{
	"sts":            {(*Handler).serveSTS, writeXML},
	"secretsmanager": {(*Handler).serveSecrets, writeJSON},
	"lambda":         {(*Handler).serveInvoke, writeLambda},
}

// ServeHTTP answers one request. It notes the operation in the request's record, and who decided the answer.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := lambda.NewRequestID()
	w.Header().Set("X-Amzn-Requestid", requestID)
	scope := credentialScope.FindStringSubmatch(r.Header.Get("Authorization"))
	if scope == nil {
		journal.From(r.Context()).Decide("AWS APIs", "the request is not signed")
		http.Error(w, "this is furl local's endpoint for STS, Secrets Manager and Lambda's Invoke API: "+
			"call it through an AWS SDK, which signs", http.StatusForbidden)
		return
	}
	region, name := scope[1], scope[2]
	service, known := services[name]
	if !known {
		journal.From(r.Context()).Decide("AWS APIs", "service "+name+" is not simulated")
		http.Error(w, "service "+name+" is not simulated: this endpoint has sts, secretsmanager and lambda (Invoke)",
			http.StatusNotImplemented)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	c := &call{Request: r, body: body, region: region, requestID: requestID}
	c.record().Name(name)
	var answer any
	refused := h.authenticate(c, name)
	if refused == nil {
		answer, refused = service.serve(h, c)
	}
	c.tell(name, answer, refused)
	service.write(w, requestID, answer, refused)
}

// authenticate verifies the signature and finds its identity.
func (h *Handler) authenticate(c *call, service string) *refusal {
	if len(c.body) > maxBody {
		return &refusal{
			status: 413, code: "RequestTooLargeException",
			message: fmt.Sprintf("Request must be smaller than %d bytes", maxBody),
		}
	}
	if !slices.Contains(h.config.Regions, c.region) {
		return &refusal{
			status: 403, code: "InvalidSignatureException",
			message: fmt.Sprintf("Credential should be scoped to a valid region, not '%s'.", c.region),
		}
	}
	verifier := sigv4.Verifier{
		Region: c.region, Service: service, Now: h.config.Now,
		Hosts: []string{c.Host}, Credentials: h.config.Credentials.Credentials,
	}
	accessKeyID, err := verifier.Verify(c.Request, c.body)
	if err != nil {
		return signatureRefusal(err)
	}
	identity, ok := h.config.Credentials.Lookup(accessKeyID)
	if !ok {
		return &refusal{
			status: 403, code: "UnrecognizedClientException",
			message: "The security token included in the request is invalid.",
		}
	}
	c.identity = identity
	return nil
}

// conditionKeys are the global condition keys of a call, with the keys of its action.
func (h *Handler) conditionKeys(c *call, actionKeys map[string][]string) map[string][]string {
	keys := iam.RequestKeys(c.Request, c.region, h.config.Now(), c.identity)
	maps.Copy(keys, actionKeys)
	return keys
}

// notAuthorized is AWS's message for a caller whose policies do not allow an action.
func notAuthorized(c *call, action, resource string) string {
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", c.identity.ARN(), action, resource)
}

// tell notes who called, and why a call was refused. It never repeats the content of the call. An invoked function
// decides itself.
func (c *call) tell(service string, answer any, refused *refusal) {
	who := service + " for nobody"
	if c.identity != nil {
		who = service + " for " + c.identity.ARN()
	}
	invoked, isInvocation := answer.(*invocation)
	switch {
	case refused != nil:
		c.record().Decide(who, refused.code+": "+cmp.Or(refused.reason, refused.message))
		c.record().Detail(refused.details)
	case isInvocation:
		c.record().Decide("function "+invoked.path, invoked.why)
	default:
		c.record().Decide(who, "")
	}
}
