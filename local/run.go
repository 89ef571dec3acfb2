// Package local runs a synthesised cloud assembly on loopback. It serves CloudFront with its web ACL and edge
// functions, Function URLs with their signature and policy checks, and REST APIs with their authorizers. The
// functions run as processes, and the AWS APIs that they call for credentials and secrets answer beside them.
//
// The package reads only what `cdk synth` wrote, so it judges what would be deployed. It is a simulator for one
// developer's machine. Nothing is kept and nothing scales out. When it starts, it lists all that it does not simulate.
//
// [Run] goes one way down. A runner reads the assembly and makes a generation of it (runner.go, generation.go). The
// generation has addresses (addresses.go) and the composition that answers at them (composition.go). It is announced
// (announce.go) and served. With --watch a loop makes another generation when something changes (loop.go, reload.go).
// Each AWS part reads its own resources in a folder of local/internal/.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Run serves the assembly until ctx ends, then stops all it started. What a program may read goes to stdout, all else
// to stderr.
func Run(ctx context.Context, options Options, stdout, stderr io.Writer) (err error) {
	if limit := options.SessionDuration; limit != 0 && limit < time.Second {
		return fmt.Errorf("--session-duration %s: want a second or more, such as 20s", limit)
	}
	scratch, err := lambda.NewScratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	log := journal.New(journal.Options{
		To: stderr, JSON: options.LogJSON, Color: options.Color, Verbose: options.Verbose,
	})
	kept := lasting{
		scratch: scratch.Dir, log: log, store: &iam.Store{}, run: cognito.NewRun(scratch.Dir),
		madeUp: &assembly.MadeUp{}, builds: newBuilds(options),
	}
	r := newRunner(ctx, options, kept)
	defer func() { err = errors.Join(err, r.close()) }()
	if !options.watches() {
		return r.runOnce(ctx, stdout, log.Words())
	}
	l, err := newLoop(r)
	if err != nil {
		return err
	}
	defer l.close()
	return l.run(ctx, stdout, log.Words())
}

// runOnce serves the assembly as it is now, until ctx ends.
func (r *runner) runOnce(ctx context.Context, stdout, stderr io.Writer) error {
	read, err := r.read()
	if err != nil {
		return err
	}
	first, err := r.compose(read)
	if err != nil {
		return err
	}
	if len(first.at.endpoints) == 0 {
		return errors.Join(announceNothing(first.assembly, r.options, stdout, stderr), first.close())
	}
	if err := r.begin(first, stdout, stderr); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-r.ports.failed:
		return err
	}
}
