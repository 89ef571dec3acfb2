package lambda

import "time"

// A process takes turns with the function. It is ready, it takes an event, it answers, and it is ready again. The
// Runtime API and the pipes of our own runtimes both go through the methods of this file.

// ready notes that the runtime asks for its next event. It returns the event that the process had, or nil.
func (p *process) ready() *invocation {
	p.mu.Lock()
	previous, first, offer := p.current, !p.started, !p.offered
	p.current, p.started, p.offered = nil, true, true
	if first {
		p.init = time.Since(p.born)
	}
	if p.deadline != nil {
		p.deadline.Stop()
	}
	p.mu.Unlock()
	if previous != nil {
		p.report(previous, previous.status(), "")
	}
	if offer {
		p.function.processReady(p, first)
	}
	return previous
}

// next returns the event that the function hands to the process, or nil once gone is closed. A process that waits
// for long is retired.
func (p *process) next(gone <-chan struct{}) *invocation {
	idle := time.NewTimer(p.function.limits.idle)
	defer idle.Stop()
	for {
		select {
		case inv := <-p.pending:
			return inv
		case <-idle.C:
			p.function.retire(p) // unless it has an event, or one is on its way
			idle.Reset(p.function.limits.idle)
		case <-gone:
			return nil
		}
	}
}

// take notes that the process has the event, and starts the function's timeout. It returns the end of the timeout.
func (p *process) take(inv *invocation) time.Time {
	if !p.function.config.NoReports {
		p.function.log.Start(inv.id, p.function.config.Version)
	}
	timeout := p.function.config.Timeout
	deadline := time.Now().Add(timeout)
	p.mu.Lock()
	p.offered, p.current, p.begun = false, inv, time.Now()
	p.deadline = time.AfterFunc(timeout, func() { p.expire(inv) })
	p.mu.Unlock()
	return deadline
}

// has returns the event that the process has, or nil.
func (p *process) has() *invocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current
}

// failInit notes why the runtime cannot start. The process ends itself thereafter.
func (p *process) failInit(err *FunctionError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initError = err.Type + ": " + err.Message
}
