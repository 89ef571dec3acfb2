package cloudfront

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// origin is an origin as an edge function sees it. The function may change it for one request.
type origin struct {
	domainName                    string
	path                          string
	port                          int
	protocol                      string
	readTimeout, keepaliveTimeout int // seconds
	responseCompletionTimeout     int // seconds; 0: none
	sslProtocols                  []string
	customHeaders                 http.Header
	authMethod, region            string // of an S3 origin; "": a custom origin
	attempts                      int
	signed                        bool // by CloudFront, as its origin access control says
}

func (d *Distribution) newOrigin(config originConfig) (origin, error) {
	signed, err := d.signedAlways(config)
	if err != nil {
		return origin{}, err
	}
	custom := customOriginConfig{OriginProtocolPolicy: "https-only"}
	if config.CustomOriginConfig != nil {
		custom = *config.CustomOriginConfig
	}
	o := origin{
		domainName:                config.DomainName,
		path:                      config.OriginPath,
		port:                      cmp.Or(custom.HTTPSPort, 443),
		protocol:                  "https", // match-viewer too: loopback HTTP counts as HTTPS
		readTimeout:               cmp.Or(custom.OriginReadTimeout, 30),
		keepaliveTimeout:          cmp.Or(custom.OriginKeepaliveTimeout, 5),
		responseCompletionTimeout: config.ResponseCompletionTimeout,
		sslProtocols:              custom.OriginSSLProtocols,
		customHeaders:             http.Header{},
		attempts:                  3,
		signed:                    signed,
	}
	if config.ConnectionAttempts != nil {
		o.attempts = *config.ConnectionAttempts
	}
	if config.CustomOriginConfig == nil {
		o.authMethod, o.region = "none", bucketRegion(config.DomainName)
		if config.S3OriginConfig.OriginAccessIdentity != "" {
			o.authMethod = "origin-access-identity"
		}
	}
	if custom.OriginProtocolPolicy == "http-only" {
		o.protocol, o.port = "http", cmp.Or(custom.HTTPPort, 80)
	}
	for _, header := range config.OriginCustomHeaders {
		o.customHeaders.Add(header.HeaderName, header.HeaderValue)
	}
	return o, o.check()
}

// check compares an origin with AWS's limits (CloudFront Developer Guide, DownloadDistValuesOrigin).
func (o origin) check() error {
	switch completion := o.responseCompletionTimeout; {
	case o.attempts < 1 || o.attempts > 3:
		return fmt.Errorf("origin %s: ConnectionAttempts is %d: AWS takes 1, 2 or 3", o.domainName, o.attempts)
	case completion != 0 && completion < o.readTimeout:
		return fmt.Errorf(
			"origin %s: ResponseCompletionTimeout is %d s: AWS takes no less than OriginReadTimeout, %d s",
			o.domainName, completion, o.readTimeout,
		)
	}
	return nil
}

// originRequest is the request to the origin. uri goes on the wire unchanged, behind the origin's path.
type originRequest struct {
	method, uri, query string
	header             http.Header // Host included
	body               io.Reader
	contentLength      int64 // -1: unknown, sent in chunks
	replaced           bool  // the body is not the viewer's
	origin             origin
	firstAttempt       time.Time
}

// send gives the request to the origin and returns when the header of its answer is there. If the origin does not
// answer in time, CloudFront sends GET and HEAD requests again, ConnectionAttempts times in all. It sends no other
// method again (CloudFront Developer Guide, RequestAndResponseBehaviorCustomOrigin, "Origin response timeout").
// Each attempt has the same header, since edge function and signature come before all of them. The response
// completion timeout covers all attempts together.
func (d *Distribution) send(x *exchange, o *originRequest) (*http.Response, error) {
	to, err := d.resolve(o.origin.domainName)
	if err != nil {
		return nil, err
	}
	if to.isFunctionURL() && (o.origin.protocol != "https" || o.origin.port != 443) {
		return nil, &refusal{
			status: http.StatusBadGateway, message: "CloudFront wasn't able to connect to the origin.",
			reason: fmt.Sprintf("origin %s is called by %s on port %d, and a Function URL answers HTTPS on 443 only",
				o.origin.domainName, o.origin.protocol, o.origin.port),
		}
	}
	if err := d.control(x, o); err != nil {
		return nil, err
	}
	header := o.header.Clone()
	maps.Copy(header, o.origin.customHeaders)
	header.Set("Connection", "Keep-Alive")
	header.Set("X-Amz-Cf-Id", x.id)
	if err := x.checkSize("to the origin", requestSize(o.method, o.target(), header)); err != nil {
		return nil, err
	}
	attempts := o.attempts()
	o.firstAttempt = time.Now()
	for attempt := 1; ; attempt++ {
		response, err := d.attempt(x, o, header, to)
		switch {
		case err == nil:
			return response, nil
		case x.r.Context().Err() != nil:
			return nil, x.r.Context().Err()
		case errors.Is(err, errReadTimeout) && attempt < attempts:
			const message = "no answer of the origin in %d s, attempt %d of %d"
			x.record().Detail(fmt.Sprintf(message, o.origin.readTimeout, attempt, attempts))
		default:
			return nil, o.refusalFor(err, attempt)
		}
	}
}

// attempts is the highest number of times to send the request.
func (o *originRequest) attempts() int {
	if o.contentLength == 0 && (o.method == http.MethodGet || o.method == http.MethodHead) {
		return o.origin.attempts
	}
	return 1
}

// refusalFor is the answer to the viewer where the last attempt brought none from the origin.
func (o *originRequest) refusalFor(err error, attempt int) *refusal {
	name, seconds := o.origin.domainName, o.origin.readTimeout
	switch {
	case errors.Is(err, errCompletionTimeout):
		name, seconds = name+" for its ResponseCompletionTimeout", o.origin.responseCompletionTimeout
	case !errors.Is(err, errReadTimeout):
		return &refusal{
			status: http.StatusBadGateway, message: "CloudFront wasn't able to get a response from the origin.",
			reason: fmt.Sprintf("origin %s: %v", name, err),
		}
	}
	return &refusal{
		status: http.StatusGatewayTimeout, message: "CloudFront did not get a response from the origin in time.",
		reason: fmt.Sprintf("no answer of the origin %s in %d s, attempt %d", name, seconds, attempt),
	}
}

// attempt sends one request to the origin's destination, with the header as it is on the wire.
func (d *Distribution) attempt(
	x *exchange, o *originRequest, header http.Header, to destination,
) (*http.Response, error) {
	ctx, cancel := o.context(x.r.Context())
	timeout := time.Duration(o.origin.readTimeout) * time.Second
	timer := time.AfterFunc(timeout, func() { cancel(errReadTimeout) })
	watch := &readTimeout{timer: timer, timeout: timeout, ctx: ctx, cancel: cancel}
	if to.isFunctionURL() {
		ctx = journal.Carry(ctx)
	} else {
		x.record().Decide("origin "+o.origin.domainName, "")
	}
	request := (&http.Request{
		Method: o.method, URL: o.url(to.address), Host: o.header.Get("Host"), Header: header.Clone(),
		Body: http.NoBody, ContentLength: o.contentLength,
	}).WithContext(ctx)
	if to.standIn {
		request.Host = to.address
	}
	if o.contentLength != 0 {
		request.Body = io.NopCloser(&watchedUpload{o.body, watch})
	}
	for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding"} {
		request.Header.Del(name) // net/http writes these from the request's fields
	}
	if request.Header["User-Agent"] == nil {
		request.Header["User-Agent"] = nil // keeps Go's value out
	}
	response, err := to.transport(d.transport).RoundTrip(request)
	timer.Stop()
	if err != nil {
		err = cmp.Or(timeoutOf(ctx), err)
		cancel(nil)
		return nil, err
	}
	response.Body = &watchedDownload{response.Body, watch}
	return response, nil
}

// context is the context of one attempt. It ends with the response completion timeout if the origin has one.
func (o *originRequest) context(viewer context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(viewer)
	if o.origin.responseCompletionTimeout == 0 {
		return ctx, cancel
	}
	end := o.firstAttempt.Add(time.Duration(o.origin.responseCompletionTimeout) * time.Second)
	timed, stop := context.WithDeadlineCause(ctx, end, errCompletionTimeout)
	return timed, func(cause error) {
		cancel(cause)
		stop()
	}
}

// target is the target in the request line.
func (o *originRequest) target() string {
	target := o.origin.path + o.uri
	if o.query != "" {
		target += "?" + o.query
	}
	return target
}

// url returns the origin's URL in a form that net/http puts on the wire unchanged.
func (o *originRequest) url(address string) *url.URL {
	path := o.origin.path + o.uri
	if strings.HasPrefix(path, "//") {
		// An opaque "//x" would be sent as "http://x".
		unescaped, _ := url.PathUnescape(path)
		return &url.URL{Scheme: "http", Host: address, Path: unescaped, RawPath: path, RawQuery: o.query}
	}
	return &url.URL{Scheme: "http", Host: address, Opaque: path, RawQuery: o.query}
}
