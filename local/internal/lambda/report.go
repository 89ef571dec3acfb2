package lambda

import (
	"errors"
	"fmt"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// report ends the lines of an event, behind the output that the process wrote during it.
func (p *process) report(inv *invocation, status, errorType string) {
	if p.function.config.NoReports {
		return
	}
	p.mu.Lock()
	output, duration, init := p.output, time.Since(p.begun), p.init
	p.init = 0
	p.mu.Unlock()
	output.drain()
	p.function.log.Report(journal.Report{
		RequestID: inv.id, Status: status, ErrorType: errorType,
		Duration: duration, Init: init, MemoryMB: p.function.config.MemoryMB,
	})
}

// reportEnd ends the lines of an event during which the process ended.
func (p *process) reportEnd(inv *invocation) {
	if !errors.Is(p.fate, ErrTimeout) {
		p.report(inv, journal.Failure, "Runtime.ExitError")
		return
	}
	if !p.function.config.NoReports {
		p.function.log.Line(fmt.Appendf(nil, "%s %s Task timed out after %.2f seconds",
			time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), inv.id, p.function.config.Timeout.Seconds()))
	}
	p.report(inv, journal.Timeout, "")
}
