package lambda

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// acquire returns a process that is ready for an event.
func (f *Function) acquire(ctx context.Context) (*process, error) {
	if f.setupError != nil {
		return nil, f.setupError
	}
	if wait := f.config.MaxWait; wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, wait,
			fmt.Errorf("%w within %s: %d at most run at once", ErrBusy, wait, f.config.MaxProcesses))
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
	f.waiters = append(f.waiters, w)
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

// withdraw takes back a wait. A process that was given to it meanwhile goes to the next event.
func (f *Function) withdraw(w chan claim) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiters = slices.DeleteFunc(f.waiters, func(other chan claim) bool { return other == w })
	select {
	case c := <-w:
		if c.process != nil {
			f.give(c.process)
		}
	default:
	}
}

// startMissing starts processes for the events that wait. It starts as many at a time as the machine has
// processors, since two hundred requests at once must not become two hundred start-ups at once. The processes that
// have started take most of the events before the rest is needed. f.mu must be held.
func (f *Function) startMissing() {
	for f.needsProcess() {
		f.startProcess()
	}
}

// startProcess starts a process. f.mu must be held.
func (f *Function) startProcess() {
	p := newProcess(f)
	f.processes[p] = struct{}{}
	f.starting++
	f.runs.Go(p.run)
}

func (f *Function) needsProcess() bool {
	return !f.closed && f.starting+len(f.settling) < len(f.waiters) &&
		f.starting < max(2, runtime.NumCPU()) && len(f.processes) < f.config.MaxProcesses
}

// processReady notes that a process waits for an event. first is true for its first event.
func (f *Function) processReady(p *process, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if first {
		f.starting--
	} else if !p.compared && !f.closed {
		p.compared = true
		f.runs.Go(f.tellChange)
	}
	delete(f.settling, p)
	f.give(p)
	f.startMissing()
}

// processAnswered notes that a process has answered, before the caller can know.
func (f *Function) processAnswered(p *process) {
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

// give hands a process to the event that has waited longest, or keeps it. f.mu must be held.
func (f *Function) give(p *process) {
	switch _, alive := f.processes[p]; {
	case f.closed || !alive:
	case len(f.waiters) > 0:
		f.waiters[0] <- claim{process: p}
		f.waiters = f.waiters[1:]
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

// processEnded notes that a process has ended, and why. A process that never became ready costs the oldest waiting
// event its answer, as it would on AWS. A function that cannot start thus fails its requests and is not restarted
// for ever.
func (f *Function) processEnded(p *process, started bool, why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.processes, p)
	delete(f.settling, p)
	f.idle = slices.DeleteFunc(f.idle, func(other *process) bool { return other == p })
	if !started {
		f.starting--
		if len(f.waiters) > 0 {
			f.waiters[0] <- claim{err: why}
			f.waiters = f.waiters[1:]
		}
	}
	f.startMissing()
}
