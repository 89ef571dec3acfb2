package local

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/watch"
)

// loop serves an assembly, and reloads when it changes. It also reloads when code in the app changes, and runs the
// commands of --build and --synth when their sources change.
type loop struct {
	runner  *runner
	watcher *watch.Watcher
	scope   *scope
	work    *work
	stamp   string // of the assembly's files that are served
	failed  string // stamp of what a synthesis left that failed

	changes pending   // that may go on
	wanted  pending   // that the next reload takes in
	retry   time.Time // when to try to reload again; zero: at once
}

// patience is the time after the last change in which a reload may fail and is tried again without a word. The files
// may be half written.
const (
	patience   = 2 * time.Second
	retryPause = 200 * time.Millisecond
)

func newLoop(r *runner) (*loop, error) {
	watcher, err := watch.New()
	if err != nil {
		return nil, err
	}
	return &loop{runner: r, watcher: watcher, work: newWork(r.options, r.kept)}, nil
}

// run serves until ctx ends or a port fails.
func (l *loop) run(ctx context.Context, stdout, stderr io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer l.work.wait()
	defer cancel()
	if err := l.first(ctx, stdout, stderr); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C ended a command
		}
		return err
	}
	for {
		timer := time.NewTimer(time.Until(l.wake()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case err := <-l.runner.ports.failed:
			return err
		case <-l.watcher.Changed():
			l.note(time.Now())
		case o := <-l.work.finished:
			l.finish(ctx, o)
		case <-timer.C:
		}
		timer.Stop()
		l.step(ctx, time.Now())
	}
}

// first runs the commands, and serves the assembly as it is then.
func (l *loop) first(ctx context.Context, stdout, stderr io.Writer) error {
	if err := l.work.first(ctx); err != nil {
		return err
	}
	first, err := l.load()
	if err != nil {
		return err
	}
	if len(first.at.endpoints) == 0 {
		err = announceNothing(first.assembly, l.runner.options, stdout, stderr)
		l.runner.replace(first)
	} else {
		err = l.runner.begin(first, stdout, stderr)
	}
	say(l.runner.kept.log, "watching %s", shortly(l.scope.assemblies[0]))
	return err
}

// load reads the assembly anew and makes a generation of it. Everything is watched before it is read.
func (l *loop) load() (*generation, error) {
	if l.scope == nil {
		scope, err := newScope(l.runner.options, nil)
		if err != nil {
			return nil, err
		}
		l.scope = scope
		if err := l.watcher.Watch(l.scope.roots()); err != nil {
			return nil, err
		}
	}
	l.stamp = l.scope.stamp()
	read, err := l.runner.read()
	if err != nil {
		return nil, err
	}
	scope, err := newScope(l.runner.options, read)
	if err != nil {
		return nil, err
	}
	l.scope = scope
	if err := l.watcher.Watch(l.scope.roots()); err != nil {
		return nil, err
	}
	return l.runner.compose(read)
}

// note takes what the watcher tells.
func (l *loop) note(now time.Time) {
	for _, path := range l.watcher.Take() {
		c := l.scope.meaning(path)
		if c.assembly || c.code || c.source {
			l.changes.note(now, c)
		}
	}
}

// finish takes the end of a command. The files that it wrote count at once, and the reload begins now. Those of a
// synthesis that failed do not count.
func (l *loop) finish(ctx context.Context, o outcome) {
	now := time.Now()
	synthesised := l.work.isSynthesising()
	switch {
	case l.work.end(ctx, o, now):
		l.wanted.first, l.failed = now, ""
		l.wanted.note(now, change{assembly: synthesised, code: !synthesised})
	case synthesised:
		l.wanted.taken(pending{assembly: true})
		l.failed = l.scope.stamp()
	}
}

// step does what is due.
func (l *loop) step(ctx context.Context, now time.Time) {
	if due := l.changes.due(); !due.IsZero() && !now.Before(due) {
		settled := l.changes
		l.changes = pending{}
		if l.work.state == resting && len(settled.paths) > 0 {
			say(l.runner.kept.log, "changed: %s", name(settled.paths))
		}
		if settled.assembly || settled.code {
			l.wanted.merge(settled)
		}
		l.work.changed(ctx, settled.sources)
	}
	l.work.pass(ctx, now)
	l.reload(now)
}

// wake is when something is due, or a minute from now.
func (l *loop) wake() time.Time {
	next := time.Now().Add(time.Minute)
	for _, due := range []time.Time{l.changes.due(), l.retry} {
		if !due.IsZero() && due.Before(next) {
			next = due
		}
	}
	if l.work.state == aftermath && l.work.until.Before(next) {
		next = l.work.until
	}
	return next
}

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

// replace serves a new generation, and says what is new.
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

// close stops watching.
func (l *loop) close() { l.watcher.Close() }
