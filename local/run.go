// Package local runs a synthesised cloud assembly on loopback. It serves CloudFront with its web ACL and edge
// functions, Function URLs with their signature and policy checks, and REST APIs with their authorizers. The
// functions run as processes, and the AWS APIs that they call for credentials and secrets answer beside them.
//
// The package reads only what `cdk synth` wrote, so it judges what would be deployed. It is a simulator for one
// developer's machine. Nothing is kept and nothing scales out. When it starts, it lists what it does not simulate.
//
// [Run] goes one way down: it loads the assembly, opens the addresses (addresses.go), composes what answers at them
// (composition.go), announces them (announce.go) and serves. Each AWS part reads its own resources in a folder of
// local/internal/.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Run serves the assembly until ctx ends, then stops all it started. What a program may read goes to stdout, all else
// to stderr.
func Run(ctx context.Context, options Options, stdout, stderr io.Writer) (err error) {
	if limit := options.SessionDuration; limit != 0 && limit < time.Second {
		return fmt.Errorf("--session-duration %s: want a second or more, such as 20s", limit)
	}
	lines := journal.New(journal.Options{
		To: stderr, JSON: options.LogJSON, Color: options.Color, Verbose: options.Verbose,
	})
	loaded, err := assembly.Load(options.Assembly, options.Values)
	if err != nil {
		return err
	}
	loaded.Drop(options.unserved)
	scratch, err := lambda.NewScratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	made := cognito.NewRun(scratch.Dir)
	at, err := listen(loaded, options, made)
	defer at.close()
	if err != nil {
		return err
	}
	if len(at.endpoints) == 0 {
		return announceNothing(loaded, options, stdout, lines.Words())
	}
	composed, err := compose(loaded, at, options, made, scratch.Dir, lines)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, composed.close()) }()
	if err := announce(loaded, at, composed, options, stdout, lines.Words()); err != nil {
		return err
	}
	return serve(ctx, at, composed)
}

// stopGrace is how long requests in flight may take to end after ctx did.
const stopGrace = time.Second

// serve answers at each address until ctx ends or one of them fails.
func serve(ctx context.Context, at *addresses, c *composition) error {
	failed := make(chan error, len(at.endpoints))
	for _, e := range at.endpoints {
		server := &http.Server{
			Handler: c.handler(e), ReadHeaderTimeout: 10 * time.Second,
			BaseContext:                  func(net.Listener) context.Context { return ctx },
			DisableGeneralOptionsHandler: true, // else net/http answers "OPTIONS *" itself, past every check
			ErrorLog:                     log.New(c.log.Words(), "", log.LstdFlags),
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
