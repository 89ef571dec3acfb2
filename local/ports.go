package local

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// ports are the loopback ports that listen. A port stays open while a generation has its construct, so a construct
// keeps its address when the assembly is read again.
type ports struct {
	handle func(*port, http.ResponseWriter, *http.Request)
	ctx    func(net.Listener) context.Context
	log    *journal.Log // has a line for each request
	errors *log.Logger  // of net/http
	failed chan error   // gets an error if a port stops before it is closed

	mu   sync.Mutex
	open []*port
}

// port listens for one construct.
type port struct {
	kind     string // a resource type, or awsAPIs
	path     string // construct path
	asked    string // address that it was asked to listen at; "": none
	listener net.Listener
	server   *http.Server
	serving  bool
	holders  int // generations
}

// newPorts has no port yet. Requests end with ctx.
func newPorts(ctx context.Context, lines *journal.Log, handle func(*port, http.ResponseWriter, *http.Request)) *ports {
	return &ports{
		handle: handle, log: lines, errors: log.New(lines.Words(), "", log.LstdFlags), failed: make(chan error, 1),
		ctx: func(net.Listener) context.Context { return ctx },
	}
}

// address is the loopback host:port.
func (p *port) address() string { return p.listener.Addr().String() }

// opener opens a port at an address. It chooses one if the address is "".
type opener func(address string) (net.Listener, error)

// hold returns the port of a construct, and opens one where it has none. Each hold needs a release.
func (all *ports) hold(kind, path, address string, open opener) (*port, error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, p := range all.open {
		if p.kind == kind && p.path == path {
			p.holders++
			return p, nil
		}
	}
	isTaken := func(p *port) bool { return p.asked == address }
	if address != "" && slices.ContainsFunc(all.open, isTaken) {
		address = "" // another construct had it first
	}
	listener, err := open(address)
	if err != nil {
		return nil, err
	}
	p := &port{kind: kind, path: path, asked: address, listener: listener, holders: 1}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { all.handle(p, w, r) })
	p.server = &http.Server{
		Handler:           all.log.Handler(path, handler),
		ReadHeaderTimeout: 10 * time.Second, BaseContext: all.ctx,
		DisableGeneralOptionsHandler: true, // else net/http answers "OPTIONS *" itself, past every check
		ErrorLog:                     all.errors,
	}
	all.open = append(all.open, p)
	return p, nil
}

// serve begins to answer at a port, unless that has begun.
func (all *ports) serve(p *port) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if p.serving {
		return
	}
	p.serving = true
	go func() {
		if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			select {
			case all.failed <- fmt.Errorf("serve %s: %w", p.path, err):
			default: // one is enough to stop
			}
		}
	}()
}

// release closes a port that no generation holds any more.
func (all *ports) release(p *port) {
	all.mu.Lock()
	p.holders--
	isLast := p.holders == 0
	if isLast {
		all.open = slices.DeleteFunc(all.open, func(other *port) bool { return other == p })
	}
	all.mu.Unlock()
	if isLast {
		p.close()
	}
}

// stopGrace is how long requests in flight may take to end after ctx did.
const stopGrace = time.Second

// stop ends the requests in flight, at all ports at once. The ports must be released nevertheless.
func (all *ports) stop() {
	all.mu.Lock()
	open := slices.Clone(all.open)
	all.mu.Unlock()
	var closing sync.WaitGroup
	for _, p := range open {
		closing.Go(p.close)
	}
	closing.Wait()
}

// close ends listening. After a grace it cuts off the requests that have not ended.
func (p *port) close() {
	grace, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if p.server.Shutdown(grace) != nil {
		p.server.Close()
	}
	p.listener.Close() // closed by its server already, where that ran
}

// listenFor listens at a loopback address. Without one, it takes the port that the construct path gives, or a next one.
func listenFor(path, address string) (net.Listener, error) {
	candidates := []string{address}
	if address == "" {
		candidates = portsOf(path)
	}
	var listener net.Listener
	var err error
	for _, candidate := range candidates {
		if listener, err = net.Listen("tcp", candidate); err == nil {
			return listener, nil
		}
	}
	return nil, fmt.Errorf("listen for %s: %w (port 0 takes a free port: --listen 127.0.0.1:0)", path, err)
}

// portsOf are the addresses of a construct path, the same in every run.
func portsOf(path string) []string {
	const first, count, tries = 20000, 10000, 100 // below the ports that systems give to outgoing connections
	var ports []string
	for try := range tries {
		port := first + (int(crc32.ChecksumIEEE([]byte(path)))+try)%count
		ports = append(ports, fmt.Sprintf("127.0.0.1:%d", port))
	}
	return ports
}
