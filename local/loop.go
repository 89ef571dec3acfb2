package local

import (
	"context"
	"io"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
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
	failed  string // stamp of the files that a failed synthesis left

	changes pending   // that may go on
	wanted  pending   // that the next reload takes in
	retry   time.Time // when to try to reload again; zero: at once
}

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
		if err := l.watch(nil); err != nil {
			return nil, err
		}
	}
	l.stamp = l.scope.stamp()
	read, err := l.runner.read()
	if err != nil {
		return nil, err
	}
	if err := l.watch(read); err != nil {
		return nil, err
	}
	return l.runner.compose(read)
}

// watch watches the scope of an assembly, nil for none yet.
func (l *loop) watch(a *assembly.Assembly) error {
	scope, err := newScope(l.runner.options, a)
	if err != nil {
		return err
	}
	l.scope = scope
	return l.watcher.Watch(scope.roots())
}

// note takes the paths that the watcher has.
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

// step does all that is due.
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

// close stops watching.
func (l *loop) close() { l.watcher.Close() }
