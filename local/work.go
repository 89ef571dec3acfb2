package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// work runs the commands of --build and --synth, one at a time. The builds come first, in the order of their patterns.
type work struct {
	commands []command
	builds   *builds
	log      *journal.Log
	rounds   rounds
	finished chan outcome // gets the end of the command that runs

	next  int // index of the command that runs, or is due
	state workState
	until time.Time // the end of aftermath
}

type workState int

const (
	resting workState = iota
	running
	aftermath // files that the commands wrote may still be told
)

// aftermathTime is the time after a round in which changes belong to it. A change of the developer's in it waits for
// its end.
const aftermathTime = time.Second

// command is one of --build or --synth. The pattern is "" for that of --synth.
type command struct{ pattern, text string }

// outcome is the end of a command.
type outcome struct {
	err    error
	output []byte
	took   time.Duration
}

func newWork(options Options, kept lasting) *work {
	w := &work{builds: kept.builds, log: kept.log, finished: make(chan outcome, 1)}
	for _, pattern := range slices.Sorted(maps.Keys(options.Builds)) {
		w.commands = append(w.commands, command{pattern, options.Builds[pattern]})
	}
	if options.Synth != "" {
		w.commands = append(w.commands, command{"", options.Synth})
	}
	return w
}

// first runs all commands, before anything is served.
func (w *work) first(ctx context.Context) error {
	for _, c := range w.commands {
		say(w.log, "running: %s", c.text)
		o := c.run(ctx)
		if o.err != nil {
			return fmt.Errorf("%s: %w\n%s", c.text, o.err, bytes.TrimSpace(o.output))
		}
		w.tell(c, o)
	}
	return nil
}

// isBuilding reports whether a build runs. Code that it writes is not whole yet.
func (w *work) isBuilding() bool { return w.state == running && w.commands[w.next].pattern != "" }

// isSynthesising reports whether the command of --synth runs. The assembly is not whole yet.
func (w *work) isSynthesising() bool { return w.state == running && w.commands[w.next].pattern == "" }

// changed takes sources that changed.
func (w *work) changed(ctx context.Context, paths []string) {
	if len(paths) == 0 || len(w.commands) == 0 {
		return
	}
	if w.state != resting {
		w.rounds.note(paths)
		return
	}
	w.rounds.changed(paths)
	w.start(ctx)
}

// start begins a round.
func (w *work) start(ctx context.Context) {
	w.rounds.begin()
	w.next = 0
	w.run(ctx)
}

// run runs the next command.
func (w *work) run(ctx context.Context) {
	w.state = running
	c := w.commands[w.next]
	say(w.log, "running: %s", c.text)
	go func() { w.finished <- c.run(ctx) }()
}

// end takes the end of a command, and runs the next one unless it failed. It reports whether the command succeeded.
func (w *work) end(ctx context.Context, o outcome, now time.Time) bool {
	c := w.commands[w.next]
	w.tell(c, o)
	if w.next++; o.err == nil && w.next < len(w.commands) {
		w.run(ctx)
	} else {
		w.state, w.until = aftermath, now.Add(aftermathTime)
	}
	return o.err == nil
}

// tell says how a command ended, and shows its output if it failed.
func (w *work) tell(c command, o outcome) {
	if c.pattern != "" {
		w.builds.note(c.pattern, o.err != nil)
	}
	if o.err == nil {
		say(w.log, "done in %s: %s", roughly(o.took), c.text)
		return
	}
	if output := bytes.TrimSpace(o.output); len(output) > 0 {
		say(w.log, "%s", output)
	}
	say(w.log, "failed, so all goes on as it was: %s: %v", c.text, o.err)
}

// pass ends the aftermath when its time is over. The changes that came meanwhile make another round.
func (w *work) pass(ctx context.Context, now time.Time) {
	if w.state != aftermath || now.Before(w.until) {
		return
	}
	w.state = resting
	again, tooMany := w.rounds.end()
	switch {
	case len(again) == 0:
	case tooMany:
		say(w.log, "not running again, since %s changes with each run: save a file to run again", name(again))
	default:
		say(w.log, "changed meanwhile: %s", name(again))
		w.start(ctx)
	}
}

// wait waits for the command that runs, whose context has ended.
func (w *work) wait() {
	if w.state == running {
		<-w.finished
	}
}

// maxOutput is the number of bytes that are kept of a command's output, the last ones.
const maxOutput = 64 << 10

// run runs the command, and ends all its processes with ctx.
func (c command) run(ctx context.Context) outcome {
	began := time.Now()
	shell := exec.CommandContext(ctx, "sh", "-c", c.text)
	var output bytes.Buffer
	shell.Stdout, shell.Stderr = &output, &output
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGTERM) }
	shell.WaitDelay = stopGrace
	err := shell.Run()
	if shell.Process != nil {
		_ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) // those that its shell left behind, if there are any
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it has ended, and something that it left behind held its output
	}
	kept := output.Bytes()
	return outcome{err, kept[max(0, len(kept)-maxOutput):], time.Since(began)}
}
