package cloudfront

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// destination is the party that answers for an origin here. Nothing outside this machine is called.
type destination struct {
	address string       // loopback host:port to dial; "" where a handler answers
	handler http.Handler // answers in this process; nil: none
	// standIn is true of a server that the developer named. The origin's protocol and port do not count for it. It gets
	// its address as Host, since many development servers refuse other names.
	standIn bool
}

// resolve stands in for DNS. It knows only the origins that have something on this machine.
func (d *Distribution) resolve(domainName string) (destination, error) {
	if content := d.config.Contents[domainName]; content != nil {
		return destination{handler: content}, nil
	}
	if address := d.config.StandIns[domainName]; address != "" {
		return destination{address: address, standIn: true}, nil
	}
	if address := d.config.Origins[domainName]; address != "" {
		return destination{address: address}, nil
	}
	return destination{}, &refusal{
		status: http.StatusBadGateway, message: "CloudFront wasn't able to resolve the origin domain name.",
		reason: fmt.Sprintf("not simulated: origin %[1]s. A folder or a local server stands in for it with "+
			"--origin '%[1]s=./www' or --origin '%[1]s=http://127.0.0.1:5173'", domainName),
	}
}

// isFunctionURL reports whether the destination takes HTTPS on port 443 only.
func (to destination) isFunctionURL() bool { return to.handler == nil && !to.standIn }

// transport carries requests to the destination.
func (to destination) transport(network http.RoundTripper) http.RoundTripper {
	if to.handler != nil {
		return inProcess{to.handler}
	}
	return network
}

// inProcess is the transport to a handler.
type inProcess struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper]. It returns when the handler has written its header. The handler gets the
// target of the request in RequestURI.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	body, writer := io.Pipe()
	started := make(chan *http.Response, 1)
	w := &pipedResponse{header: http.Header{}, writer: writer, started: started, body: body}
	inner := r.Clone(r.Context())
	inner.RequestURI = r.URL.RequestURI()
	go func() {
		p.handler.ServeHTTP(w, inner)
		w.WriteHeader(http.StatusOK)
		writer.Close()
	}()
	select {
	case response := <-started:
		return response, nil
	case <-r.Context().Done():
		body.Close()
		return nil, context.Cause(r.Context())
	}
}

// pipedResponse is the [http.ResponseWriter] of a handler in this process.
type pipedResponse struct {
	header  http.Header
	writer  *io.PipeWriter
	started chan<- *http.Response // nil once the header is written
	body    io.ReadCloser
}

func (w *pipedResponse) Header() http.Header { return w.header }

func (w *pipedResponse) WriteHeader(status int) {
	if w.started == nil {
		return
	}
	length, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	w.started <- &http.Response{StatusCode: status, Header: w.header.Clone(), Body: w.body, ContentLength: length}
	w.started = nil
}

func (w *pipedResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.writer.Write(p)
}
