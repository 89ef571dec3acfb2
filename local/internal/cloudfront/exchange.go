package cloudfront

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// exchange is one viewer request on its way to the origin and back.
type exchange struct {
	d        *Distribution
	w        http.ResponseWriter
	r        *http.Request
	id       string // X-Amz-Cf-Id and requestId
	client   netip.AddrPort
	behavior *behavior        // nil until one is chosen
	page     *customErrorPage // that is being fetched in place of an error; nil: none

	// The target of the request, as the viewer wrote it or its CloudFront Function left it.
	path, query string
}

func newExchange(d *Distribution, w http.ResponseWriter, r *http.Request) *exchange {
	var id [42]byte
	rand.Read(id[:])
	client, _ := netip.ParseAddrPort(r.RemoteAddr)
	return &exchange{
		d: d, w: w, r: r, id: base64.URLEncoding.EncodeToString(id[:]),
		client: netip.AddrPortFrom(client.Addr().Unmap(), client.Port()),
	}
}

// serve takes the request through all stations. After an error the viewer has no answer yet. The error is a
// *refusal, or [context.Canceled] where the viewer has gone.
func (x *exchange) serve() error {
	if err := x.checkHost(); err != nil {
		return err
	}
	if err := x.checkURL(); err != nil {
		return err
	}
	hostLine := len("Host: \r\n") + len(x.r.Host) // net/http has taken the line out of the headers
	if err := x.checkSize("from the viewer", requestSize(x.r.Method, x.r.RequestURI, x.r.Header)+hostLine); err != nil {
		return err
	}
	if blocked := x.applyWebACL(); blocked {
		return nil
	}
	x.path, x.query, _ = strings.Cut(x.r.RequestURI, "?")
	if !strings.HasPrefix(x.path, "/") {
		return badRequest("the request target is not a path")
	}
	if x.path == "/" && x.d.rootObject != "" {
		x.path += x.d.rootObject
	}
	x.behavior = x.d.behaviorFor(x.path)
	if err := x.checkMethod(); err != nil {
		return err
	}
	x.dropHopByHop()
	if generated, xCache, err := x.runRequestFunction(); err != nil {
		return err
	} else if generated != nil {
		x.respond(generated, xCache)
		return nil
	}
	return x.goToOrigin()
}

// runRequestFunction runs the function on viewer-request, of either kind. The answer is nil unless the function
// generated one. No function on viewer-response runs on such an answer (CloudFront Developer Guide,
// lambda-cloudfront-trigger-events).
func (x *exchange) runRequestFunction() (generated *answer, xCache string, err error) {
	switch {
	case x.behavior.functions.request != nil:
		x.record().Decide(x.behavior.functions.request.by(), "on viewer-request")
		generated, err = x.behavior.functions.request.onRequest(x)
		return generated, "FunctionGeneratedResponse from cloudfront", err
	case x.behavior.edge.viewerRequest != nil:
		generated, err = x.behavior.edge.viewerRequest.onViewerRequest(x)
		return generated, "LambdaGeneratedResponse from cloudfront", err
	}
	return nil, "", nil
}

// behaviorFor chooses a cache behavior by a path. The default one matches every path.
func (d *Distribution) behaviorFor(path string) *behavior {
	index := slices.IndexFunc(d.behaviors, func(b *behavior) bool { return b.pattern.matches(path) })
	return d.behaviors[index]
}

// dropHopByHop removes the viewer's hop-by-hop headers before a function sees the request (RFC 9110, section
// 7.6.1). Otherwise a viewer could name in Connection a header that a function sets.
func (x *exchange) dropHopByHop() {
	x.r = x.r.Clone(x.r.Context())
	for option := range strings.SplitSeq(strings.Join(x.r.Header.Values("Connection"), ","), ",") {
		x.r.Header.Del(strings.TrimSpace(option))
	}
	x.r.Header.Del("Connection")
}

// goToOrigin takes the forwarded parts of the request past the edge function to the origin.
func (x *exchange) goToOrigin() error {
	request := &originRequest{
		method:        x.r.Method,
		uri:           x.path,
		query:         x.behavior.forwarding.query(x.query),
		header:        x.behavior.forwarding.headers(x, x.behavior.origin),
		body:          x.r.Body,
		contentLength: x.r.ContentLength,
		origin:        x.behavior.origin,
	}
	if x.behavior.edge.originRequest != nil {
		// The configured origin is resolved before the function runs (lambda-at-edge-function-restrictions).
		if _, err := x.d.resolve(request.origin.domainName); err != nil {
			return err
		}
		generated, err := x.behavior.edge.originRequest.onRequest(x, request)
		if err != nil {
			return err
		}
		if generated != nil {
			if err := x.runResponseFunction(generated); err != nil {
				return err
			}
			x.respond(generated, "LambdaGeneratedResponse from cloudfront")
			return nil
		}
	}
	return x.forward(request)
}

// applyWebACL reports whether the web ACL blocked the request, and answers a blocked one. The web ACL comes before
// all other settings of the distribution (WAF Developer Guide, cloudfront-features).
func (x *exchange) applyWebACL() (blocked bool) {
	if x.d.config.WebACL == nil {
		return false
	}
	verdict := x.d.config.WebACL.Evaluate(x.r, x.client.Addr())
	by := "web ACL " + x.d.config.WebACL.Path()
	for _, rule := range verdict.Counted {
		x.record().Detail("counted by " + by + ": rule " + rule)
	}
	if verdict.Allowed {
		return false
	}
	x.record().Decide(by, verdict.Why())
	body, contentType := []byte(verdict.Body), verdict.ContentType
	if contentType == "" {
		// AWS documents a custom error page for a request that the web ACL blocks (WAF Developer Guide,
		// cloudfront-features-custom-error-pages). It does not document one in place of a rule's custom response.
		if x.answerWithPage(verdict.Status) {
			return true
		}
		body, contentType = x.errorPage(verdict.Status, "Request blocked."), "text/html"
	}
	header := http.Header{}
	for name, values := range verdict.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	header.Set("Content-Type", contentType)
	x.respond(&answer{status: verdict.Status, header: header, body: body}, "Error from cloudfront")
	return true
}

// checkMethod refuses requests that never reach the origin (CloudFront Developer Guide, http-403-invalid-method
// and RequestAndResponseBehaviorCustomOrigin, "GET requests that include a body").
func (x *exchange) checkMethod() error {
	if !slices.Contains(x.behavior.allowedMethods, x.r.Method) {
		return &refusal{
			status: http.StatusForbidden,
			message: "This distribution is not configured to allow the HTTP request method " +
				"that was used for this request.",
			reason: fmt.Sprintf("cache behavior %s does not allow %s", x.behavior.name, x.r.Method),
		}
	}
	if x.r.Method == http.MethodGet && x.r.ContentLength != 0 {
		return &refusal{status: http.StatusForbidden, message: "Bad request.", reason: "a GET request with a body"}
	}
	return nil
}

// forward sends the request to the origin, and passes the answer on to the viewer while it arrives.
func (x *exchange) forward(request *originRequest) error {
	var described *edgeRequest // without CloudFront's signature
	if x.behavior.edge.originResponse != nil {
		described = x.behavior.edge.originResponse.describe(x, request)
	}
	response, err := x.d.send(x, request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answered := x.receive(response)
	if x.behavior.edge.originResponse != nil {
		if err := x.behavior.edge.originResponse.onResponse(x, described, answered); err != nil {
			return err
		}
	}
	if x.answerWithPage(answered.status) {
		return nil
	}
	if response.StatusCode < 400 {
		if err := x.runResponseFunction(answered); err != nil {
			return err
		}
	}
	xCache := "Miss from cloudfront"
	if response.StatusCode >= 400 || x.page != nil {
		xCache = "Error from cloudfront"
	}
	if answered.body != nil {
		x.respond(answered, xCache)
		return nil
	}
	x.writeHeader(answered.status, answered.header, xCache)
	if answered.status != http.StatusNoContent && answered.status != http.StatusNotModified {
		x.copyBody(response) // a function may have changed the status to one without a body
	}
	return nil
}

// receive is the answer of the origin as functions get it.
func (x *exchange) receive(response *http.Response) *answer {
	header := response.Header.Clone()
	if x.behavior.forwarding.noCookies() {
		header.Del("Set-Cookie") // CloudFront Developer Guide, Cookies, "Don't forward cookies to your origin"
	}
	return &answer{status: response.StatusCode, header: header}
}

// bodyBuffers holds buffers of copyBody that are free. Without it they are a quarter of all that a request allocates.
var bodyBuffers = sync.Pool{New: func() any { return new(make([]byte, 32<<10)) }}

// copyBody passes the origin's body on to the viewer.
func (x *exchange) copyBody(response *http.Response) {
	viewer := flushWriter{x.w, http.NewResponseController(x.w)}
	_ = viewer.controller.Flush() // the header goes out before the first packet of the body has arrived
	buffer := bodyBuffers.Get().(*[]byte)
	defer bodyBuffers.Put(buffer)
	if _, err := io.CopyBuffer(viewer, response.Body, *buffer); err != nil {
		if x.r.Context().Err() == nil {
			x.record().Decide("distribution "+x.d.config.Path, err.Error())
		}
		panic(http.ErrAbortHandler) // CloudFront drops the connection to the viewer as well
	}
}

// runResponseFunction runs the function on viewer-response, of either kind. It does not run where the origin answers
// 400 or more (CloudFront Developer Guide, edge-function-restrictions-all, "HTTP status codes"). AWS does not say
// whether it runs where a function made an error of the answer, or no error. Here it runs in neither case. It does not
// run on a custom error page (lambda-cloudfront-trigger-events).
func (x *exchange) runResponseFunction(response *answer) error {
	switch {
	case response.status >= 400 || x.page != nil:
	case x.behavior.functions.response != nil:
		return x.behavior.functions.response.onResponse(x, response)
	case x.behavior.edge.viewerResponse != nil:
		edge := x.behavior.edge.viewerResponse
		return edge.onResponse(x, edge.describe(x, x.viewerRequest()), response)
	}
	return nil
}

// via is CloudFront's entry in Via. The name of the edge server differs from request to request.
func (x *exchange) via() string {
	return fmt.Sprintf("%d.%d %s.cloudfront.net (CloudFront)",
		x.r.ProtoMajor, x.r.ProtoMinor, hex.EncodeToString([]byte(x.id)[:16]))
}

// record returns the record of the request.
func (x *exchange) record() *journal.Record { return journal.From(x.r.Context()) }
