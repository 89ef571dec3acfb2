package cloudfront

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// flushWriter passes each packet on at once, as CloudFront does.
type flushWriter struct {
	w          http.ResponseWriter
	controller *http.ResponseController
}

func (f flushWriter) Write(packet []byte) (int, error) {
	n, err := f.w.Write(packet)
	if err == nil {
		err = f.controller.Flush()
	}
	return n, err
}

// answer is the response to the viewer. A nil body means that the origin's body is still to come.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (x *exchange) respond(response *answer, xCache string) {
	response.header.Set("Content-Length", fmt.Sprint(len(response.body)))
	x.writeHeader(response.status, response.header, xCache)
	x.w.Write(response.body)
}

// refuse answers a request that got no answer from the origin.
func (x *exchange) refuse(err error) {
	var refused *refusal
	if !errors.As(err, &refused) {
		panic(http.ErrAbortHandler) // the viewer has gone
	}
	x.record().Decide(cmp.Or(refused.by, "distribution "+x.d.config.Path), refused.reason)
	if x.behavior != nil && x.answerWithPage(refused.status) {
		return
	}
	header := http.Header{"Content-Type": {"text/html"}}
	xCache := cmp.Or(refused.code, "Error") + " from cloudfront"
	body := x.errorPage(refused.status, refused.message)
	x.respond(&answer{status: refused.status, header: header, body: body}, xCache)
}

// writeHeader sends status and header to the viewer, with CloudFront's removals and additions. The response
// headers policy applies to every response of the behavior, CloudFront's own errors included.
func (x *exchange) writeHeader(status int, header http.Header, xCache string) {
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
	header.Set("X-Cache", xCache)
	header.Set("X-Amz-Cf-Id", x.id)

	sent := x.w.Header()
	sent["Content-Type"] = nil // keeps Go from guessing one where the origin sent none
	for name, values := range header {
		sent[name] = values
	}
	x.w.WriteHeader(x.finalStatus(status))
}
