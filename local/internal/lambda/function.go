// Package lambda runs the code of one Lambda function in real processes on this machine.
//
// Executables and commands speak the Lambda Runtime API (Lambda Developer Guide, runtimes-api). Code for Node.js runs
// in a runtime of furl's own, which gets its events by pipe (pipe.go). So the asset that runs here is the asset to be
// deployed. As on AWS, a process handles one event at a time. Requests that overlap get
// different processes. An idle process is used again, the most recently used first. A process that dies is
// replaced, and a process that outlives the function's timeout is killed.
//
// At most 100 processes per function run at once, or as many as its Config says. Further events wait for a free
// process. AWS starts processes up to the account's concurrency, 1,000 by default, and then answers 429. No memory
// limit is enforced here. Extensions and functions as container images are not run.
package lambda

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/journal"
)

const (
	// defaultMaxProcesses bounds the processes of one function. A hundred Node.js processes take some 5 GB, about
	// as much as a developer's machine can spare. Further events wait for a process to become free.
	defaultMaxProcesses = 100

	// initTimeout limits the time from the start of a process to its first request for an event. AWS allows 10 s
	// (Lambda Developer Guide, lambda-runtime-environment). A laptop that compiles the function first needs
	// longer.
	initTimeout = 30 * time.Second

	// settleTime is the time that a process has after its answer to ask for its next event. Only after that time
	// is another process started for a waiting event. Without it, requests one after the other would get two
	// processes.
	settleTime = 100 * time.Millisecond

	// idleLife is the time for which an unused process is kept. AWS keeps one for an unspecified time of minutes.
	idleLife = 5 * time.Minute

	defaultTimeout  = 3 * time.Second
	defaultMemoryMB = 128
)

// Config describes one function. A zero MemoryMB or Timeout means Lambda's default (128 MB, 3 s). A zero
// MaxProcesses means 100.
type Config struct {
	Path      string // construct path, used in messages
	Name, ARN string // function name; unqualified ARN
	Version   string // "$LATEST" or a number
	Runtime   string // "provided.al2023", "nodejs22.x"
	Handler   string // "index.handler"; not used by the provided runtimes
	// Architecture is "x86_64" or "arm64", as deployed. Code that runs here must suit this machine instead.
	Architecture string
	// CodeDir is the folder with the unpacked code. It must stay until Close, and nothing is written to it. It is ""
	// for a Command without code.
	CodeDir string
	// Zip is the zip file with the code, where there is no CodeDir. It is unpacked when the first process starts.
	Zip string
	// OwnCode is true if CodeDir is this function's alone. The code then runs there, and New and Close remove it.
	OwnCode bool
	Layers  []string // folders with the content of its layers, in the order in which they are merged
	Scratch string   // folder for temporary folders; "" is the system's
	// Command is a shell command that runs instead of the code, in furl's working directory, or "".
	Command      string
	Environment  map[string]string // the template's variables, resolved
	Redirects    Redirects         // of our runtimes' connections
	Region       string            // AWS_REGION of the processes
	MemoryMB     int               // told to the function, not enforced
	Timeout      time.Duration     // from the moment a process takes the event until it asks for the next
	MaxProcesses int               // how many run at once; further events wait for one of them
	Debug        *Debug            // nil: no debugging
	// MaxWait limits the wait for a free process, its start included and Timeout not. Zero means no limit
	// but the caller's context.
	MaxWait     time.Duration
	Credentials aws.Credentials // of the execution role
	Log         *journal.Log    // gets the processes' stdout and stderr, and a report of each event; nil: dropped
	NoReports   bool            // leaves out the reports, for code that is no Lambda function
}

// Function is one function that can be invoked. It starts processes when events need them.
type Function struct {
	config     Config
	launch     launch
	log        *journal.FunctionLog
	place      *place
	setupError error // why the function cannot run here; nil: it can
	limits     limits
	recipe     recipe

	mu        sync.Mutex
	closed    bool
	holders   int // how many will close it; the last one does
	processes map[*process]struct{}
	starting  int                   // processes that have not asked for their first event yet
	settling  map[*process]struct{} // processes that have just answered
	idle      []*process            // waiting for an event; the most recently used last
	waiters   []chan claim          // events without a process; the oldest first
	runs      sync.WaitGroup
}

// limits hold the constants above. Tests shorten them.
type limits struct {
	init, settle, idle time.Duration
}

// claim ends the wait of an event. It holds a process for this event alone, or the reason why there is none.
type claim struct {
	process *process
	err     error
}

// New checks that the function can run on this machine and prepares it. It starts no process of the function. The
// error says what to do. The remedies are to synthesise for this machine, to install Node.js, or to run another
// command with --run.
func New(config Config) (*Function, error) {
	config.Timeout = cmp.Or(config.Timeout, defaultTimeout)
	config.MemoryMB = cmp.Or(config.MemoryMB, defaultMemoryMB)
	config.MaxProcesses = cmp.Or(config.MaxProcesses, defaultMaxProcesses)
	config.Version = cmp.Or(config.Version, "$LATEST")
	limits := limits{init: initTimeout, settle: settleTime, idle: idleLife}
	if config.Debug != nil {
		config.MaxProcesses, config.Timeout = 1, heldTimeout
		limits.init, limits.idle = heldTimeout, heldTimeout
	}
	f := &Function{
		config: config, log: config.Log.Function(config.Path),
		limits:    limits,
		holders:   1,
		processes: map[*process]struct{}{}, settling: map[*process]struct{}{},
	}
	var err error
	if f.place, err = newPlace(config); err == nil {
		if f.launch, err = prepare(config, f.place); err != nil {
			_ = f.place.remove() // the reason why it cannot run says more
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot run here: %w", config.Path, err)
	}
	return f, nil
}

// Invoke hands the event to a process of the function and returns when the function begins to answer. It starts a
// process if none is free. It fails with a *FunctionError if the handler reported an error, and with ErrTimeout if
// the function took longer than its timeout. It fails with ErrBusy if no process became free within MaxWait, and
// with ErrExited if the process ended without an answer or could not start. Reading the response's body fails with
// the same errors if they come later.
//
// If ctx ends, Invoke returns its error. An event that a process has taken is carried through, as on AWS. The
// function runs on until it has answered or its timeout is over, and the answer is dropped.
func (f *Function) Invoke(ctx context.Context, event []byte) (*Response, error) {
	// A process may die just before it takes its event. Another process may then have the event, but not for ever.
	// A function whose processes die like that every time is broken.
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

// Path is the construct path.
func (f *Function) Path() string { return f.config.Path }

// Why returns the text of an error of this function without the construct path.
func (f *Function) Why(err error) string { return strings.TrimPrefix(err.Error(), f.config.Path+": ") }

// Close kills all processes of the function with their children, and returns when they are gone. Invocations in
// flight or waiting fail with ErrExited. A function that others still hold runs on.
func (f *Function) Close() error {
	f.mu.Lock()
	if f.holders--; f.holders > 0 {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	for _, w := range f.waiters {
		w <- claim{err: f.closedError()}
	}
	f.waiters, f.idle = nil, nil
	for p := range f.processes {
		p.kill(f.closedError())
	}
	f.mu.Unlock()
	f.runs.Wait()
	if f.place == nil { // it never could run
		return nil
	}
	f.tellChange()
	if err := f.place.remove(); err != nil {
		return fmt.Errorf("%s: removing its folders: %w", f.config.Path, err)
	}
	return nil
}

// tellChange says once that the function wrote into its code folder. AWS would have refused, since only /tmp can be
// written to (Lambda Developer Guide, lambda-runtime-environment).
func (f *Function) tellChange() {
	if name := f.place.change(); name != "" {
		f.log.Say(fmt.Sprintf("%s: it changed %q in its code folder, which is read-only on AWS (EROFS): "+
			"write to /tmp", f.config.Path, name))
	}
}

func (f *Function) closedError() error {
	return fmt.Errorf("%s: %w: %w", f.config.Path, ErrExited, errStopping)
}
