package local

import (
	"errors"
	"strings"
	"time"
)

// patience is the time after the last change in which a reload may fail and is tried again without a word. The files
// may be half written.
const (
	patience   = 2 * time.Second
	retryPause = 200 * time.Millisecond
)

// reload makes a new generation, if one is wanted and all it needs is written. A reload that fails leaves the
// generation before.
func (l *loop) reload(now time.Time) {
	if now.Before(l.retry) {
		return
	}
	l.retry = time.Time{}
	wanted := l.wanted
	if l.work.isSynthesising() {
		wanted.assembly = false
	}
	if wanted.assembly && l.isKnown() {
		wanted.assembly = false
		l.wanted.taken(pending{assembly: true})
	}
	if !wanted.assembly && !wanted.code || l.work.isBuilding() {
		return
	}
	isPatient := now.Before(wanted.last.Add(patience))
	next, err := l.next(wanted.assembly, isPatient)
	if err != nil {
		l.stamp = "" // another attempt may succeed with the same files
	}
	if err != nil && isPatient {
		l.retry = now.Add(retryPause)
		return
	}
	l.wanted.taken(wanted)
	switch {
	case err != nil:
		say(l.runner.kept.log, "not reloaded, so all goes on as it was: %v", err)
	case next != nil:
		l.replace(next, wanted)
	}
}

// isKnown reports whether the assembly's files are as they were, or as a synthesis left them that failed.
func (l *loop) isKnown() bool {
	stamp := l.scope.stamp()
	return stamp == l.stamp || stamp == l.failed
}

// errHalfWritten says why a new generation is not taken as long as its files may be half written.
var errHalfWritten = errors.New("something fails that did not fail before")

// next makes a generation, of the assembly's files or of the assembly as it was read. It returns nil if nothing is
// different.
func (l *loop) next(readAnew, isPatient bool) (*generation, error) {
	before := l.runner.current
	var next *generation
	var err error
	if readAnew {
		next, err = l.load()
	} else {
		next, err = l.runner.compose(before.assembly)
	}
	if err != nil {
		return nil, err
	}
	if isPatient && next.composed.failsMoreThan(before.composed) {
		return nil, errors.Join(errHalfWritten, next.close())
	}
	if !readAnew && len(next.composed.functions.Restarted()) == 0 && !before.composed.failsMoreThan(next.composed) &&
		!next.composed.failsMoreThan(before.composed) {
		return nil, next.close()
	}
	return next, nil
}

// replace serves a new generation, and tells of its differences.
func (l *loop) replace(next *generation, wanted pending) {
	before := l.runner.current
	l.runner.replace(next)
	log := l.runner.kept.log
	restarted := ""
	if paths := next.composed.functions.Restarted(); len(paths) > 0 {
		restarted = ", restarted " + strings.Join(paths, ", ")
	}
	say(log, "reloaded in %s%s", roughly(time.Since(wanted.first)), restarted)
	announceChanges(before, next, l.runner.options, log.Words())
}
