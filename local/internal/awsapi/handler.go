// Package awsapi answers the AWS APIs that functions call, over their real wire protocols: AssumeRole and GetCallerIdentity of STS,
// GetSecretValue of Secrets Manager, and Invoke of Lambda. Signatures, policies and limits are checked as AWS checks them.
package awsapi

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// Config is what the APIs know. ARNs are AWS's.
type Config struct {
	Regions     []string // that a request may be signed for
	Credentials *iam.Store
	Roles       func(arn string) *LeasableRole // nil: there is no such role
	// SessionLimit ends sessions of AssumeRole after this time, however long was asked for; 0: as asked.
	SessionLimit time.Duration
	Secrets      []Secret
	Functions    func(arn string) *Function // by a function's or alias' ARN; nil: there is none
	Account      string
	Now          func() time.Time
	Verbose      io.Writer // gets one line for each refusal; nil: none. Safe for concurrent use.
}

// LeasableRole is a role with the longest session that it allows, its MaxSessionDuration.
type LeasableRole struct {
	*iam.Role
	MaxSession time.Duration
}

// Secret is one of Secrets Manager's. One whose Value is "" has no version.
type Secret struct {
	ARN, Name, Value, Region string
	MadeUpFor                string // construct path of a secret whose value was made up for this run, so that it may be told; "" for others
}

// Function is what Invoke needs.
type Function struct {
	*lambda.Function
	Policy *iam.Policy // of the function or alias; nil: none
}

// Handler answers all of the APIs on one address; a request's credential scope says which one is meant, as the SDKs write it.
type Handler struct {
	config   Config
	versions map[string]secretVersion // the only one of each secret, by ARN
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

const maxBody = 6 << 20 // Invoke's limit, the largest (Lambda API Reference, API_Invoke)

var scope = regexp.MustCompile(`Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request`)

// services have one way each to write an answer and a failure.
var services = map[string]struct {
	serve func(*Handler, *call) (any, *failure)
	write func(w http.ResponseWriter, requestID string, answer any, failed *failure)
}{
	"sts":            {(*Handler).serveSTS, writeXML},
	"secretsmanager": {(*Handler).serveSecrets, writeJSON},
	"lambda":         {(*Handler).serveInvoke, writeLambda},
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := lambda.NewRequestID()
	w.Header().Set("X-Amzn-Requestid", requestID)
	named := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if named == nil {
		http.Error(w, "this is furl local's endpoint for STS, Secrets Manager and Lambda's Invoke API: call it through an AWS SDK, which signs", http.StatusForbidden)
		return
	}
	region, name := named[1], named[2]
	service, known := services[name]
	if !known {
		http.Error(w, fmt.Sprintf("service %s is not simulated: this endpoint has sts, secretsmanager and lambda (Invoke)", name), http.StatusNotImplemented)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	c := &call{Request: r, body: body, region: region, requestID: requestID}
	var answer any
	failed := h.authenticate(c, name)
	if failed == nil {
		answer, failed = service.serve(h, c)
	}
	if failed != nil {
		h.tell(c, name, failed)
	}
	service.write(w, requestID, answer, failed)
}

// authenticate verifies the signature and finds whose it is.
func (h *Handler) authenticate(c *call, service string) *failure {
	if len(c.body) > maxBody {
		return &failure{status: 413, code: "RequestTooLargeException", message: fmt.Sprintf("Request must be smaller than %d bytes", maxBody)}
	}
	if !slices.Contains(h.config.Regions, c.region) {
		return &failure{status: 403, code: "InvalidSignatureException", message: fmt.Sprintf("Credential should be scoped to a valid region, not '%s'.", c.region)}
	}
	verifier := sigv4.Verifier{Region: c.region, Service: service, Now: h.config.Now, Credentials: h.config.Credentials.Credentials, Hosts: []string{c.Host}}
	accessKeyID, err := verifier.Verify(c.Request, c.body)
	if err != nil {
		return signatureFailure(err)
	}
	identity, ok := h.config.Credentials.Lookup(accessKeyID)
	if !ok {
		return &failure{status: 403, code: "UnrecognizedClientException", message: "The security token included in the request is invalid."}
	}
	c.identity = identity
	return nil
}

// conditionKeys are the global ones, with some of the action's own.
func (h *Handler) conditionKeys(c *call, own map[string][]string) map[string][]string {
	keys := iam.RequestKeys(c.Request, c.region, h.config.Now(), c.identity)
	maps.Copy(keys, own)
	return keys
}

// tell says to the developer why a call was refused; never with what was in it.
func (h *Handler) tell(c *call, service string, failed *failure) {
	if h.config.Verbose == nil {
		return
	}
	who := "nobody"
	if c.identity != nil {
		who = c.identity.ARN()
	}
	reason := failed.reason
	if reason == "" {
		reason = failed.message
	}
	fmt.Fprintf(h.config.Verbose, "%s: %d %s to %s\n  %s\n", service, failed.status, failed.code, who, reason)
}
