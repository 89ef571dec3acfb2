package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// asking makes g's STS the real SDK client, configured as in production, and an HTTP server. The handlers answer in
// turn, and the last one answers all further requests. asking returns how often the server was asked. The connection is
// a pipe, so that the clock of a synctest bubble runs on while both sides wait.
func (g *grant) asking(t *testing.T, handlers ...http.HandlerFunc) func() int {
	t.Helper()
	listener := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	var mu sync.Mutex
	asked := 0
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // A server that has not read the body does not notice that the client leaves.
		mu.Lock()
		answer := handlers[min(asked, len(handlers)-1)]
		asked++
		mu.Unlock()
		answer(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	transport := &http.Transport{DialContext: listener.dial}
	sdk := aws.Config{
		Region:       "eu-west-1",
		BaseEndpoint: aws.String("http://sts.eu-west-1.amazonaws.com"),
		HTTPClient:   &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID:     "AKIDCALLER",
				SecretAccessKey: "canary-caller-secret",
				SessionToken:    "canary-caller-token",
			}, nil
		}),
	}
	g.assumeRole = newHandler(g.config, sdk, g.handler.log).assumeRole
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	})
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}

// pipes is a listener within this process.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.connections <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, io.EOF
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }
