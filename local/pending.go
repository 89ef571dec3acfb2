package local

import (
	"slices"
	"time"
)

// pending has the changes that were not acted on yet.
type pending struct {
	first, last time.Time // of the changes; zero: none
	paths       []string  // but for those of the assembly
	sources     []string
	assembly    bool // the files that `cdk synth` writes
	code        bool // code in the app
}

// change is a change in a file, with its meaning.
type change struct {
	path                   string // "": of many files
	assembly, code, source bool
}

// A save is several changes, and `cdk synth` writes many files. So nothing is done before settleTime without a change,
// but for changes that go on for longestUnrest.
const (
	settleTime    = 100 * time.Millisecond
	longestUnrest = 2 * time.Second
)

// note adds a change.
func (p *pending) note(now time.Time, c change) {
	if p.first.IsZero() {
		p.first = now
	}
	p.last, p.assembly, p.code = now, p.assembly || c.assembly, p.code || c.code
	if (c.code || c.source) && c.path != "" && !slices.Contains(p.paths, c.path) {
		p.paths = append(p.paths, c.path)
		if c.source {
			p.sources = append(p.sources, c.path)
		}
	}
}

// merge adds the changes that another one has.
func (p *pending) merge(other pending) {
	if p.first.IsZero() {
		p.first = other.first
	}
	p.last, p.assembly, p.code = other.last, p.assembly || other.assembly, p.code || other.code
}

// taken takes away what a reload took in.
func (p *pending) taken(by pending) {
	if p.assembly, p.code = p.assembly && !by.assembly, p.code && !by.code; !p.assembly && !p.code {
		*p = pending{}
	}
}

// due is when to act on the changes. It is zero where there are none.
func (p *pending) due() time.Time {
	if p.first.IsZero() {
		return time.Time{}
	}
	settled, atLast := p.last.Add(settleTime), p.first.Add(longestUnrest)
	if settled.After(atLast) {
		return atLast
	}
	return settled
}
