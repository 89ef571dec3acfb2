package functionurl

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// These are the values of AuthType and InvokeMode, as in AWS::Lambda::Url. An empty InvokeMode is BUFFERED.
const (
	AuthIAM      = "AWS_IAM"
	AuthNone     = "NONE"
	ModeBuffered = "BUFFERED"
	ModeStream   = "RESPONSE_STREAM"
)

// maxRequestSize is the limit of the whole event, as JSON, in bytes (Lambda Developer Guide, gettingstarted-limits).
const maxRequestSize = 6 * 1024 * 1024

// Config describes one function URL.
type Config struct {
	Path        string // construct path, for messages
	Host        string // on AWS: "<id>.lambda-url.<region>.on.aws"
	Address     string // on loopback: "127.0.0.1:8081". Requests may name either, or localhost, as their Host.
	Region      string
	Account     string // of the function
	FunctionARN string // of the function or alias behind the URL, and the resource of the permission check
	AuthType    string
	InvokeMode  string
	Cors        *Cors // nil for none
	Function    *lambda.Function
	Credentials *iam.Store
	Policy      *iam.Policy // resource policy of the function or alias, nil for none
	Now         func() time.Time
}

// Handler answers the requests to one function URL. It is safe for concurrent use.
type Handler struct {
	config   Config
	id       string   // the first label of Host
	hosts    []string // that a request may be for
	verifier sigv4.Verifier
}

var hostName = regexp.MustCompile(`^([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws$`)

// New checks the configuration and makes its handler. The error names the property of AWS::Lambda::Url that is wrong.
func New(config Config) (*Handler, error) {
	if config.InvokeMode == "" {
		config.InvokeMode = ModeBuffered
	}
	host := hostName.FindStringSubmatch(config.Host)
	err := error(nil)
	switch {
	case host == nil:
		err = fmt.Errorf("%q is not the host name of a function URL", config.Host)
	case config.AuthType != AuthIAM && config.AuthType != AuthNone:
		err = fmt.Errorf("AuthType must be %s or %s, not %q", AuthIAM, AuthNone, config.AuthType)
	case config.InvokeMode != ModeBuffered && config.InvokeMode != ModeStream:
		err = fmt.Errorf("InvokeMode must be %s or %s, not %q", ModeBuffered, ModeStream, config.InvokeMode)
	case config.Cors != nil:
		err = config.Cors.check()
	}
	if err != nil {
		return nil, fmt.Errorf("function URL %s: %w", config.Path, err)
	}
	port := config.Address[strings.LastIndex(config.Address, ":")+1:]
	hosts := []string{config.Host, config.Address, "localhost:" + port}
	return &Handler{
		config: config,
		id:     host[1],
		hosts:  hosts,
		verifier: sigv4.Verifier{
			Region: config.Region, Service: "lambda", Now: config.Now,
			Hosts: hosts, Credentials: config.Credentials.Credentials,
		},
	}, nil
}

// NeedsSignature reports whether the URL refuses unsigned requests, since its AuthType is AWS_IAM.
func (h *Handler) NeedsSignature() bool { return h.config.AuthType == AuthIAM }

// ServeHTTP answers one request. It notes in the request's record who decided the answer.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := lambda.NewRequestID()
	w.Header().Set("X-Amzn-Requestid", requestID)
	if refused := h.checkTarget(r); refused != nil {
		h.refuse(w, r, refused)
		return
	}
	if h.config.Cors != nil && isPreflight(r) {
		h.decided(r, "CORS preflight")
		h.config.Cors.answerPreflight(w, r)
		return
	}
	body, err := readBody(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	if len(body) > maxRequestSize {
		h.refuse(w, r, requestTooLarge(len(body)))
		return
	}
	c, refused := h.authorize(r, body)
	if refused != nil {
		h.refuse(w, r, refused)
		return
	}
	event, err := h.event(r, body, c, requestID)
	if err != nil {
		panic(err) // strings and numbers only, so it cannot happen
	}
	if len(event) > maxRequestSize {
		h.refuse(w, r, requestTooLarge(len(event)))
		return
	}
	h.invoke(w, r, event)
}

// readBody reads the body, or as much of it as shows that it is too large.
func readBody(r *http.Request) ([]byte, error) {
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(min(r.ContentLength, maxRequestSize+1)) + bytes.MinRead) // ReadFrom wants room for a last read
	}
	_, err := body.ReadFrom(io.LimitReader(r.Body, maxRequestSize+1))
	return body.Bytes(), err
}

// checkTarget refuses a request without a host or for another host, and one whose target is not a path. A page on a
// name that resolves to this machine (DNS rebinding) sends another host. AWS documents the 400 for the endpoints of
// Web Functions only (Lambda Developer Guide, web-functions-http).
func (h *Handler) checkTarget(r *http.Request) *refusal {
	if r.Host == "" {
		return badRequest("host", "the request has no Host header")
	}
	if !slices.ContainsFunc(h.hosts, func(host string) bool { return strings.EqualFold(r.Host, host) }) {
		return forbid("host", fmt.Sprintf("the request is for host %s, and this URL is %s or %s: "+
			"call it by one of these, and have CloudFront forward every header but Host (AllViewerExceptHostHeader)",
			r.Host, h.config.Address, h.config.Host))
	}
	if !strings.HasPrefix(r.RequestURI, "/") { // "OPTIONS *", or a whole URL
		return badRequest("target", "the request target is not a path")
	}
	return nil
}

// invoke hands the event to the function and passes its answer on. The client sees the same 502 for every failure
// of the function, and the developer sees the reason.
func (h *Handler) invoke(w http.ResponseWriter, r *http.Request, event []byte) {
	response, err := h.config.Function.Invoke(r.Context(), event)
	if err == nil {
		defer func() { _ = response.Body.Close() }()
		var a *answer
		if a, err = h.read(response); err == nil {
			if h.config.Cors != nil {
				h.config.Cors.addHeaders(a.header, r)
			}
			journal.From(r.Context()).Decide("function "+h.config.Function.Path(), "")
			a.write(w, r)
			return
		}
	}
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	h.refuse(w, r, &refusal{
		status: 502, code: "InternalServerErrorException", message: "Internal Server Error",
		reason: h.config.Function.Why(err),
	})
}

// wireTarget returns path and query as they stand on the wire.
func wireTarget(r *http.Request) (path, query string) {
	path, query, _ = strings.Cut(r.RequestURI, "?")
	return path, query
}
