package local

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// generation is an assembly as it was at one time, with all that answers for it. A request ends in the generation that
// it began in.
type generation struct {
	assembly *assembly.Assembly
	at       *addresses
	composed *composition
	handlers map[*port]http.Handler

	mu       sync.Mutex
	requests int
	retired  bool
	ended    chan struct{} // closed when it is retired and has no request any more
}

// newGeneration makes a generation without addresses and composition.
func newGeneration(a *assembly.Assembly) *generation {
	return &generation{assembly: a, handlers: map[*port]http.Handler{}, ended: make(chan struct{})}
}

// enter begins a request. It reports whether the generation takes it. One that has ended takes none.
func (g *generation) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.retired && g.requests == 0 {
		return false
	}
	g.requests++
	return true
}

// leave ends a request.
func (g *generation) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.requests--; g.retired && g.requests == 0 {
		close(g.ended)
	}
}

// retire lets the generation end with its last request.
func (g *generation) retire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.retired = true; g.requests == 0 {
		close(g.ended)
	}
}

// serve answers a request at a port.
func (g *generation) serve(p *port, w http.ResponseWriter, r *http.Request) {
	handler := g.handlers[p]
	if handler == nil { // only a generation before has it, which is about to end
		http.Error(w, fmt.Sprintf("%s is not in the assembly any more", p.path), http.StatusBadGateway)
		return
	}
	handler.ServeHTTP(w, r)
}

// functions are those of the generation, nil without one.
func (g *generation) functions() *lambda.Functions {
	if g == nil {
		return nil
	}
	return g.composed.functions
}

// close ends all that the generation has alone.
func (g *generation) close() error {
	var err error
	if g.composed != nil {
		err = g.composed.close()
	}
	if g.at != nil {
		g.at.close()
	}
	return err
}
