// Package lambda runs one Lambda function's code as real processes on this machine.
//
// The processes speak the Lambda Runtime API (Lambda Developer Guide, runtimes-api), so what runs is the asset that
// would be deployed. As on AWS a process handles one event at a time: requests that overlap get processes of their
// own, an idle process is used again (the most recently used first), a process that dies is replaced, and one that
// outlives the function's timeout is killed.
//
// Where it differs from AWS: at most 100 processes per function run at once, or as many as its Config says, and further events wait
// for a free one (AWS starts up to the account's concurrency, 1,000 by default, and then answers 429); no memory limit is enforced;
// layers, extensions, and functions as container images are not run.
package lambda

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// defaultMaxProcesses bounds the processes of one function: a hundred Node.js processes are some 5 GB, about what a
	// developer's machine can spare. Events beyond that wait for a process to become free.
	defaultMaxProcesses = 100

	// initTimeout is how long a process may take from its start to its first request for an event. AWS allows 10 s
	// (Lambda Developer Guide, lambda-runtime-environment); a laptop that compiles the function first needs longer.
	initTimeout = 30 * time.Second

	// settleTime is how long a process that has just answered is expected to ask for its next event, before another
	// one is started for an event that waits. Without it, requests one after the other would get two processes.
	settleTime = 100 * time.Millisecond

	// idleLife is how long an unused process is kept. AWS keeps one for an unspecified time of minutes.
	idleLife = 5 * time.Minute

	defaultTimeout  = 3 * time.Second
	defaultMemoryMB = 128
)

// Config describes one function. A zero MemoryMB or Timeout means Lambda's default (128 MB, 3 s), a zero MaxProcesses 100.
type Config struct {
	Path         string            // construct path, used in messages
	Name, ARN    string            // function name; unqualified ARN
	Version      string            // "$LATEST" or a number
	Runtime      string            // "provided.al2023", "nodejs22.x"
	Handler      string            // "index.handler"; not used by the provided runtimes
	Architecture string            // "x86_64" or "arm64", as deployed; what runs here must suit this machine instead
	CodeDir      string            // directory with the unpacked code; never written to
	Command      string            // a shell command that runs instead of the code, in furl's own working directory; "" for none
	Environment  map[string]string // the template's variables, resolved
	Region       string            // AWS_REGION of the processes
	MemoryMB     int               // told to the function, not enforced
	Timeout      time.Duration     // from the moment a process takes the event until it asks for the next
	MaxProcesses int               // how many run at once; further events wait for one of them
	MaxWait      time.Duration     // for a free process, its start included and Timeout not; 0: until the caller's context ends
	Credentials  aws.Credentials   // of the execution role
	Log          io.Writer         // gets the processes' stdout and stderr, one Write per line; nil: dropped
}

// Function is one function that can be invoked. It starts processes when events need them.
type Function struct {
	config  Config
	launch  launch
	log     lineLog
	scratch string // directory of our own, removed by Close; "" where the runtime needs none
	cannot  error  // why the function cannot run here; nil: it can
	limits  limits

	mu        sync.Mutex
	closed    bool
	processes map[*process]struct{}
	starting  int                   // processes that have not asked for their first event yet
	settling  map[*process]struct{} // processes that have just answered
	idle      []*process            // waiting for an event; the most recently used last
	waiting   []chan claim          // events without a process; the oldest first
	running   sync.WaitGroup
}

// limits are the constants above, which tests shorten.
type limits struct {
	init, settle, idle time.Duration
}

// claim is what a waiting event gets: a process that is its own until it was used, or why there is none.
type claim struct {
	process *process
	err     error
}

// New checks that the function can run on this machine and prepares it. It starts no process of the function. The
// error says what to do: synthesise for this machine, install Node.js, or run a command of one's own with --run.
func New(config Config) (*Function, error) {
	config.Timeout = cmp.Or(config.Timeout, defaultTimeout)
	config.MemoryMB = cmp.Or(config.MemoryMB, defaultMemoryMB)
	config.MaxProcesses = cmp.Or(config.MaxProcesses, defaultMaxProcesses)
	config.Version = cmp.Or(config.Version, "$LATEST")
	if config.Log == nil {
		config.Log = io.Discard
	}
	f := &Function{
		config: config, log: lineLog{config.Log},
		limits:    limits{init: initTimeout, settle: settleTime, idle: idleLife},
		processes: map[*process]struct{}{}, settling: map[*process]struct{}{},
	}
	var err error
	if f.launch, f.scratch, err = prepare(config); err != nil {
		return nil, fmt.Errorf("%s cannot run here: %w", config.Path, err)
	}
	return f, nil
}

// Invoke hands the event to a process of the function, starting one if none is free, and returns when the function
// begins to answer. It fails with a *FunctionError if the handler reported an error, with ErrTimeout if the function
// took longer than its timeout, with ErrBusy if no process became free within MaxWait, and with ErrExited if its process
// ended without an answer or could not start; reading the response's body fails with the same errors if they come later.
//
// If ctx ends, Invoke returns its error. An event that a process has taken already is carried through, as on AWS: the
// function runs on until it has answered or its timeout is over, and the answer is dropped.
func (f *Function) Invoke(ctx context.Context, event []byte) (*Response, error) {
	// A process may die just as an event is meant for it. As long as it has not taken the event another one may have
	// it, but not for ever: a function whose processes die like that every time is broken.
	const attempts = 3
	var err error
	for range attempts {
		var p *process
		if p, err = f.acquire(ctx); err != nil {
			return nil, err
		}
		inv := newInvocation(event)
		p.pending <- inv // has room for the one event that an acquired process may get
		var response *Response
		if response, err = inv.wait(ctx, p); err != nil && p.ended() && !inv.wasTaken() {
			continue
		}
		return response, err
	}
	return nil, err
}

// Close kills all processes of the function, their children included, and returns when they are gone. Invocations in
// flight or waiting fail with ErrExited.
func (f *Function) Close() error {
	f.mu.Lock()
	f.closed = true
	for _, w := range f.waiting {
		w <- claim{err: f.closedError()}
	}
	f.waiting, f.idle = nil, nil
	for p := range f.processes {
		p.kill(f.closedError())
	}
	f.mu.Unlock()
	f.running.Wait()
	if f.scratch == "" {
		return nil
	}
	if err := os.RemoveAll(f.scratch); err != nil {
		return fmt.Errorf("%s: removing its scratch directory: %w", f.config.Path, err)
	}
	return nil
}

// acquire returns a process that is ready for an event.
func (f *Function) acquire(ctx context.Context) (*process, error) {
	if f.cannot != nil {
		return nil, f.cannot
	}
	if wait := f.config.MaxWait; wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, wait, fmt.Errorf("%w within %s: %d at most run at once", ErrBusy, wait, f.config.MaxProcesses))
		defer cancel()
	}
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil, f.closedError()
	}
	if n := len(f.idle); n > 0 {
		p := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mu.Unlock()
		return p, nil
	}
	w := make(chan claim, 1)
	f.waiting = append(f.waiting, w)
	f.startMissing()
	f.mu.Unlock()

	select {
	case c := <-w:
		return c.process, c.err
	case <-ctx.Done():
		f.withdraw(w)
		return nil, fmt.Errorf("%s: waiting for a free process: %w", f.config.Path, context.Cause(ctx))
	}
}

// withdraw takes back a wait; a process that was given to it meanwhile goes to the next.
func (f *Function) withdraw(w chan claim) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = slices.DeleteFunc(f.waiting, func(other chan claim) bool { return other == w })
	select {
	case c := <-w:
		if c.process != nil {
			f.give(c.process)
		}
	default:
	}
}

// startMissing starts processes for the events that wait, as many at a time as the machine has processors: two hundred
// requests at once must not become two hundred start-ups at once, and those that have started take most of the events
// before the rest is needed. Called with f.mu held.
func (f *Function) startMissing() {
	for !f.closed && f.starting+len(f.settling) < len(f.waiting) && f.starting < max(2, runtime.NumCPU()) && len(f.processes) < f.config.MaxProcesses {
		p := newProcess(f)
		f.processes[p] = struct{}{}
		f.starting++
		f.running.Go(p.run)
	}
}

// ready is told by a process that it waits for an event; started says that it is its first.
func (f *Function) ready(p *process, started bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if started {
		f.starting--
	}
	delete(f.settling, p)
	f.give(p)
	f.startMissing()
}

// settle is told by a process that it has answered, before the caller can know.
func (f *Function) settle(p *process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settling[p] = struct{}{}
	time.AfterFunc(f.limits.settle, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.settling, p)
		f.startMissing()
	})
}

// give hands a process to the event that has waited longest, or keeps it. Called with f.mu held.
func (f *Function) give(p *process) {
	switch _, alive := f.processes[p]; {
	case f.closed || !alive:
	case len(f.waiting) > 0:
		f.waiting[0] <- claim{process: p}
		f.waiting = f.waiting[1:]
	default:
		f.idle = append(f.idle, p)
	}
}

// retire ends a process that has been idle for long, unless an event has claimed it meanwhile.
func (f *Function) retire(p *process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(f.idle, p); i >= 0 {
		f.idle = slices.Delete(f.idle, i, i+1)
		p.kill(fmt.Errorf("%s: %w: it was idle", f.config.Path, ErrExited))
	}
}

// gone is told by a process that it has ended, and why. One that never became ready costs the oldest waiting event its
// answer, as it would on AWS; so a function that cannot start fails its requests and is not restarted for ever.
func (f *Function) gone(p *process, started bool, why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.processes, p)
	delete(f.settling, p)
	f.idle = slices.DeleteFunc(f.idle, func(other *process) bool { return other == p })
	if !started {
		f.starting--
		if len(f.waiting) > 0 {
			f.waiting[0] <- claim{err: why}
			f.waiting = f.waiting[1:]
		}
	}
	f.startMissing()
}

func (f *Function) closedError() error {
	return fmt.Errorf("%s: %w: the runner is stopping", f.config.Path, ErrExited)
}
