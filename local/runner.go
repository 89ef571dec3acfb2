package local

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// runner serves one generation after another at the same ports.
type runner struct {
	options Options
	kept    lasting
	ports   *ports

	mu      sync.RWMutex
	current *generation // nil before the first

	stopping chan struct{}
	retiring sync.WaitGroup
}

// longestRequest bounds the time that a generation waits for its last request. A function has 15 minutes at most.
const longestRequest = 16 * time.Minute

func newRunner(ctx context.Context, options Options, kept lasting) *runner {
	r := &runner{options: options, kept: kept, stopping: make(chan struct{})}
	r.ports = newPorts(ctx, kept.log, r.serve)
	return r
}

// read reads the assembly.
func (r *runner) read() (*assembly.Assembly, error) {
	read, err := assembly.Load(r.options.Assembly, r.options.Values)
	if err != nil {
		return nil, err
	}
	read.Drop(r.options.unserved)
	return read, nil
}

// compose makes a generation of an assembly. The generation must be closed, or given to replace.
func (r *runner) compose(a *assembly.Assembly) (*generation, error) {
	g := newGeneration(a)
	var err error
	if g.at, err = listen(a, r.options, r.ports, r.kept.run); err == nil {
		g.composed, err = compose(a, g.at, r.options, r.kept, r.current)
	}
	if err != nil {
		return nil, errors.Join(err, g.close())
	}
	for _, e := range g.at.endpoints {
		g.handlers[e.port] = g.composed.handler(e)
	}
	return g, nil
}

// begin announces the first generation, and serves it.
func (r *runner) begin(first *generation, stdout, stderr io.Writer) error {
	if err := announce(first, r.options, stdout, stderr); err != nil {
		return errors.Join(err, first.close())
	}
	r.replace(first)
	return nil
}

// replace makes a generation the current one, and its roles those of all sessions. The one before ends with its last
// request.
func (r *runner) replace(next *generation) {
	r.mu.Lock()
	r.kept.store.Adopt(next.composed.roles, next.composed.users)
	before := r.current
	r.current = next
	r.mu.Unlock()
	for _, e := range next.at.endpoints {
		r.ports.serve(e.port)
	}
	if before == nil {
		return
	}
	before.retire()
	r.retiring.Go(func() {
		r.await(before)
		if err := before.close(); err != nil {
			say(r.kept.log, "ending what was replaced: %v", err)
		}
	})
}

// await waits for the last request of a generation, and for events whose callers are gone. It stops waiting after
// longestRequest.
func (r *runner) await(g *generation) {
	const pause = 100 * time.Millisecond
	limit := time.After(longestRequest)
	select {
	case <-g.ended:
	case <-limit:
	case <-r.stopping:
	}
	for g.composed.functions.AreBusy() {
		select {
		case <-time.After(pause):
		case <-limit:
			return
		case <-r.stopping:
			return
		}
	}
}

// serve answers a request at a port. A request that a distribution makes belongs to the generation of the distribution,
// so a viewer's request ends where it began.
func (r *runner) serve(p *port, w http.ResponseWriter, request *http.Request) {
	g := r.enter(request.Context())
	defer g.leave()
	g.serve(p, w, request.WithContext(context.WithValue(request.Context(), generationKey{}, g)))
}

// generationKey is the key of a request's generation in its context.
type generationKey struct{}

// enter begins a request. The journal carries the generation of a viewer's request to those that a distribution makes.
func (r *runner) enter(ctx context.Context) *generation {
	if g, ok := ctx.Value(generationKey{}).(*generation); ok && g.enter() {
		return g
	}
	for {
		r.mu.RLock()
		current := r.current
		r.mu.RUnlock()
		if current.enter() { // else it has just been replaced
			return current
		}
	}
}

// close stops serving, and ends all processes.
func (r *runner) close() error {
	r.ports.stop()
	close(r.stopping)
	r.retiring.Wait()
	if r.current == nil {
		return nil
	}
	return r.current.close()
}
