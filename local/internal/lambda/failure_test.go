package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestKilledProcess(t *testing.T) {
	t.Run("in flight", func(t *testing.T) {
		f := newFunction(t, testConfig(t))
		m := newMeeting(t)
		failed := make(chan error, 1)
		go func() {
			_, err := invoke(f, task{Do: "meet", Address: m.address})
			failed <- err
		}()
		killed := m.next(t).pid
		kill(t, killed)
		err := <-failed
		wrong := !errors.Is(err, ErrExited) ||
			!strings.Contains(err.Error(), "Stack/Function: the function's process ended: signal: killed")
		if wrong {
			t.Errorf("the request in flight: %v", err)
		}
		if pid := pidOf(t, f); pid == killed {
			t.Error("the dead answer")
		}
	})
	t.Run("by itself", func(t *testing.T) {
		f := newFunction(t, testConfig(t))
		_, err := invoke(f, task{Do: "exit"})
		if !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), "exit status 7") {
			t.Errorf("the request in flight: %v", err)
		}
		pidOf(t, f)
	})
	t.Run("idle", func(t *testing.T) {
		f := newFunction(t, testConfig(t))
		for range 3 {
			pid := pidOf(t, f)
			kill(t, pid)
			waitGone(t, pid) // the next request must not suffer, unlike one that a dying process has
			if pidOf(t, f) == pid {
				t.Error("the dead answer")
			}
		}
	})
	t.Run("claimed just as it died", func(t *testing.T) {
		f := newFunction(t, testConfig(t))
		dead := newProcess(f)
		dead.fate = ErrExited
		close(dead.done)
		f.processes[dead], f.idle = struct{}{}, []*process{dead}
		pidOf(t, f)
	})
	t.Run("in the middle of its response", func(t *testing.T) {
		f := newFunction(t, testConfig(t))
		m := newMeeting(t)
		response := start(t, f, task{Do: "stream", Address: m.address})
		kill(t, m.next(t).pid)
		if body, err := io.ReadAll(response.Body); string(body) != "first " || !errors.Is(err, ErrExited) {
			t.Errorf("read %q, %v", body, err)
		}
		pidOf(t, f)
	})
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// start returns the response as soon as the function begins to answer.
func start(t *testing.T, f *Function, task task) *Response {
	t.Helper()
	event, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	response, err := f.Invoke(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestTimeout(t *testing.T) {
	config := testConfig(t)
	config.Timeout = 300 * time.Millisecond
	t.Run("before the answer", func(t *testing.T) {
		f := newFunction(t, config)
		m := newMeeting(t)
		_, err := invoke(f, task{Do: "meet", Address: m.address})
		if !errors.Is(err, ErrTimeout) || !strings.Contains(err.Error(), "after 300ms") {
			t.Errorf("got %v", err)
		}
		waitGone(t, m.next(t).pid)
		pidOf(t, f)
	})
	t.Run("in the middle of the answer", func(t *testing.T) {
		f := newFunction(t, config)
		m := newMeeting(t)
		response := start(t, f, task{Do: "stream", Address: m.address})
		if body, err := io.ReadAll(response.Body); string(body) != "first " || !errors.Is(err, ErrTimeout) {
			t.Errorf("read %q, %v", body, err)
		}
	})
	t.Run("the deadline is told", func(t *testing.T) {
		left, err := strconv.Atoi(mustInvoke(t, newFunction(t, config), task{Do: "deadline"}))
		if err != nil || left <= 0 || left > 300 {
			t.Errorf("%d ms left, %v", left, err)
		}
	})
	t.Run("a cold start does not count", func(t *testing.T) {
		config := config
		config.Command = "sleep 0.4; " + config.Command
		pidOf(t, newFunction(t, config))
	})
}

// AWS carries an invocation through when the client hangs up.
func TestCancelledRequestRunsOn(t *testing.T) {
	f := newFunction(t, testConfig(t))
	m := newMeeting(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := f.Invoke(ctx, fmt.Appendf(nil, `{"Do":"meet","Address":%q}`, m.address))
		failed <- err
	}()
	a := m.next(t)
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !isRunning(a.pid) {
		t.Error("the function was ended")
	}
	a.letGo()
	f.waitIdle(t)
	if pid := pidOf(t, f); pid != a.pid {
		t.Error("its process was not used again")
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	config := testConfig(t)
	config.MaxProcesses = 1
	f := newFunction(t, config)
	m := newMeeting(t)
	var wait sync.WaitGroup
	wait.Go(func() { _, _ = invoke(f, task{Do: "meet", Address: m.address}) })
	a := m.next(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, []byte(`{"Do":"pid"}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	a.letGo()
	wait.Wait()
	if pid := pidOf(t, f); pid != a.pid {
		t.Error("the queue is stuck")
	}
}

// waitIdle fails the test unless the function's processes all become free soon.
func (f *Function) waitIdle(t *testing.T) {
	t.Helper()
	eventually(t, "the processes are free", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return len(f.idle) == len(f.processes)
	})
}

func TestStartFailures(t *testing.T) {
	for _, test := range []struct {
		name, why string
		change    func(*Config)
		init      time.Duration
		want      string
	}{
		{
			name: "exits", why: "a process that ends before its first event says with what",
			change: func(c *Config) { c.Environment["TEST_ROLE"] = "init error" }, init: time.Minute,
			want: "while starting: exit status 3",
		},
		{
			name: "ends well", why: "status 0 is a failure as well",
			change: func(c *Config) { c.Command = "true" }, init: time.Minute,
			want: "while starting: exit status 0",
		},
		{
			name: "hangs", why: "AWS ends an init that takes too long",
			change: func(c *Config) { c.Environment["TEST_ROLE"] = "init hang" }, init: 50 * time.Millisecond,
			want: "did not ask the Runtime API for an event within 50ms",
		},
		{
			name: "is no program", why: "sh says so by its status",
			change: func(c *Config) { c.Command = "no-such-program" }, init: time.Minute, want: "exit status 127",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := testConfig(t)
			log := &syncBuffer{}
			config.Log = log.log()
			test.change(&config)
			f := newFunction(t, config)
			f.limits.init = test.init
			for range 2 {
				_, err := invoke(f, task{Do: "pid"})
				if !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: got %v", test.why, err)
				}
			}
			said := 0
			for _, line := range log.lines() {
				if strings.Contains(line, test.want) {
					said++
				}
			}
			if said != 2 {
				t.Errorf("two requests, but %d failed starts are in the log: %q", said, log.lines())
			}
		})
	}
}

func TestStartFailuresOfManyRequests(t *testing.T) {
	config := testConfig(t)
	config.Command = "exit 1"
	f := newFunction(t, config)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if _, err := invoke(f, task{Do: "pid"}); !errors.Is(err, ErrExited) {
				t.Errorf("got %v", err)
			}
		})
	}
	wait.Wait()
	if n := f.alive(); n > 2+len(f.waiters) {
		t.Errorf("%d processes are still being started for nobody", n)
	}
}
