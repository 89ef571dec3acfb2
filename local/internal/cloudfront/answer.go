package cloudfront

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// flushing sends every packet on at once, as CloudFront does.
type flushing struct {
	w          http.ResponseWriter
	controller *http.ResponseController
}

func (f flushing) Write(packet []byte) (int, error) {
	n, err := f.w.Write(packet)
	if err == nil {
		err = f.controller.Flush()
	}
	return n, err
}

// answer is what the viewer gets. Body nil is that of the origin, still to come.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (x *exchange) respond(response *answer, cache string) {
	response.header.Set("Content-Length", fmt.Sprint(len(response.body)))
	x.writeHeader(response.status, response.header, cache)
	x.w.Write(response.body)
}

// refuse answers for a request that did not get an answer of the origin.
func (x *exchange) refuse(err error) {
	var refused *refusal
	if !errors.As(err, &refused) {
		panic(http.ErrAbortHandler) // the viewer has gone
	}
	x.logf("%d: %s", refused.status, refused.reason)
	header := http.Header{"Content-Type": {"text/html"}}
	cache := refused.cache
	if cache == "" {
		cache = "Error"
	}
	x.respond(&answer{status: refused.status, header: header, body: x.errorPage(refused.status, refused.message)}, cache+" from cloudfront")
}

// writeHeader sends status and header to the viewer, with what CloudFront removes and adds. The response headers policy
// applies to every response of the behavior, errors of CloudFront's own included.
func (x *exchange) writeHeader(status int, header http.Header, cache string) {
	for _, option := range strings.Split(strings.Join(header.Values("Connection"), ","), ",") {
		header.Del(strings.TrimSpace(option))
	}
	for name := range neverForwarded {
		header.Del(name)
	}
	if x.behavior != nil {
		x.behavior.responseHeaders.apply(header, x.r)
	}
	if header.Get("Server") == "" {
		header.Set("Server", "CloudFront")
	}
	header.Set("Via", strings.Join(append(header.Values("Via"), x.via()), ", "))
	header.Set("X-Cache", cache)
	header.Set("X-Amz-Cf-Id", x.id)

	sent := x.w.Header()
	sent["Content-Type"] = nil // Go would guess one where the origin sent none
	for name, values := range header {
		sent[name] = values
	}
	x.w.WriteHeader(status)
}
