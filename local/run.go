// Package local runs a synthesised cloud assembly on loopback: CloudFront with its web ACL and edge functions, Function URLs
// with their signature and policy checks, REST APIs with their authorizers, the functions themselves as processes, and the AWS
// APIs that they call for credentials and secrets.
//
// It reads only what `cdk synth` wrote, so it judges what would be deployed. It is a simulator for one developer's machine:
// nothing is kept, nothing scales out, and what it does not simulate it says when it starts.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// Options says what Run serves, and how.
type Options struct {
	Assembly string // folder that `cdk synth` wrote
	Listen   string // host:port of the first distribution (of the first Function URL where there is none); port 0 takes a free one
	JSON     bool   // print where things listen as one JSON object, the first line on stdout
	Verbose  bool   // say of each refused or counted request what decided
	// SessionDuration ends sessions of AssumeRole after this time, however long was asked for; 0: as asked.
	SessionDuration time.Duration
	Commands        map[string]string // construct path of a function → command that runs in place of its asset
}

// Run serves the assembly until ctx ends, then stops all it started. What a program may read goes to stdout, all else to stderr.
func Run(ctx context.Context, options Options, stdout, stderr io.Writer) (err error) {
	loaded, err := assembly.Load(options.Assembly)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "furl-local-")
	if err != nil {
		return fmt.Errorf("make a folder for unpacked code: %w", err)
	}
	defer os.RemoveAll(scratch)

	cloud, err := newCloud(loaded, options, scratch, &lineWriter{to: stderr})
	if cloud != nil {
		defer func() { err = errors.Join(err, cloud.close()) }()
	}
	if err != nil {
		return err
	}
	if err := cloud.announce(stdout, stderr); err != nil {
		return err
	}
	return serve(ctx, cloud.listeners())
}

// stopGrace is how long requests in flight may take to end after ctx did.
const stopGrace = time.Second

// serve answers on each endpoint's listener until ctx ends or one of them fails.
func serve(ctx context.Context, endpoints []*endpoint) error {
	failed := make(chan error, len(endpoints))
	for _, e := range endpoints {
		server := &http.Server{
			Handler: e.handler, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx },
			DisableGeneralOptionsHandler: true, // else net/http answers "OPTIONS *" by itself, past every check
		}
		go func() {
			if err := server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve %s: %w", e.path, err)
			}
		}()
		defer func() {
			grace, cancel := context.WithTimeout(context.Background(), stopGrace)
			defer cancel()
			if server.Shutdown(grace) != nil {
				server.Close()
			}
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}
