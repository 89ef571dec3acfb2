package local

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/journal"
)

// runner serves one generation after another at the same ports.
type runner struct {
	options Options
	kept    lasting
	ports   *ports
	callers sync.Map // journal.Connection of a distribution to this machine → its *generation

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
		g.composed, err = compose(a, g.at, r.options, r.kept, r.current, r.dialFor(g))
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
	if err := announce(first.assembly, first.at, first.composed, r.options, stdout, stderr); err != nil {
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
	g := r.enter(request)
	defer g.leave()
	g.serve(p, w, request)
}

// enter begins a request.
func (r *runner) enter(request *http.Request) *generation {
	if caller, ok := r.callers.Load(journal.ConnectionOf(request)); ok && caller.(*generation).enter() {
		return caller.(*generation)
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

// dialFor connects a generation's distributions to this machine.
func (r *runner) dialFor(g *generation) cloudfront.Dial {
	if !r.options.watches() {
		return nil
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		key := journal.ConnectionTo(connection)
		r.callers.Store(key, g)
		return &callerConn{connection, func() { r.callers.Delete(key) }}, nil
	}
}

// callerConn is a connection of a distribution.
type callerConn struct {
	net.Conn
	forget func()
}

// Close closes the connection. Another one may have its addresses thereafter.
func (c *callerConn) Close() error {
	c.forget()
	return c.Conn.Close()
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
