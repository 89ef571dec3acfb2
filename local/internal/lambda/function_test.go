package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestInvokePassesPayloads(t *testing.T) {
	f := newFunction(t, testConfig(t))
	for _, test := range []struct {
		name, why, text string
	}{
		{"empty", "an empty answer is an answer", ""},
		{"text", "UTF-8 and quotes survive", "Grüße \"日本\" \n\x00"},
		{"6 MB", "Lambda's largest event and answer", strings.Repeat("x", 6<<20)},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			if err := json.Unmarshal([]byte(mustInvoke(t, f, task{Do: "echo", Text: test.text})), &got); err != nil {
				t.Fatal(err)
			}
			if got != test.text {
				t.Errorf("%s: %d bytes came back for %d", test.why, len(got), len(test.text))
			}
		})
	}
	t.Run("64 MB", func(t *testing.T) {
		if testing.Short() {
			t.Skip("it takes seconds with the race detector")
		}
		if got := len(mustInvoke(t, f, task{Do: "bytes", Size: 64 << 20})); got != 64<<20 {
			t.Errorf("a streamed answer may be longer than 6 MB: got %d bytes", got)
		}
	})
}

func TestRequestsInTurnShareAProcess(t *testing.T) {
	f := newFunction(t, testConfig(t))
	first := pidOf(t, f)
	for range 30 {
		if pid := pidOf(t, f); pid != first {
			t.Fatalf("process %d answered after process %d, which was free", pid, first)
		}
	}
	if n := f.alive(); n != 1 {
		t.Errorf("%d processes for one request at a time", n)
	}
}

// A process that goes on working after its answer takes no event meanwhile, and no event waits for it for long.
func TestLingeringProcessIsNotWaitedFor(t *testing.T) {
	f := newFunction(t, testConfig(t))
	f.limits.settle = 20 * time.Millisecond
	m := newMeeting(t)
	if got := mustInvoke(t, f, task{Do: "linger", Address: m.address}); got != "answered" {
		t.Errorf("got %q", got)
	}
	lingering := m.next(t)
	if pid := pidOf(t, f); pid == lingering.pid {
		t.Error("a process got an event before it asked for it")
	}
	lingering.letGo()
	f.waitIdle(t)
}

func (f *Function) alive() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.processes)
}

func TestOverlappingRequestsGetTheirOwnProcess(t *testing.T) {
	f := newFunction(t, testConfig(t))
	m := newMeeting(t)
	const n = 5
	var wait sync.WaitGroup
	for range n {
		wait.Go(func() {
			if _, err := invoke(f, task{Do: "meet", Address: m.address}); err != nil {
				t.Error(err)
			}
		})
	}
	pids := map[int]bool{}
	for range n { // they come only if none waits for another
		a := m.next(t)
		defer a.letGo()
		pids[a.pid] = true
	}
	if len(pids) != n {
		t.Errorf("%d processes had %d events in hand", len(pids), n)
	}
	t.Cleanup(wait.Wait)
}

func TestTwoHundredRequestsAtOnce(t *testing.T) {
	f := newFunction(t, testConfig(t))
	var wait sync.WaitGroup
	for i := range 200 {
		wait.Go(func() {
			want := fmt.Sprintf("request %d", i)
			got, err := invoke(f, task{Do: "echo", Text: want})
			if err != nil || got != strconv.Quote(want) {
				t.Errorf("request %d: %s, %v", i, got, err)
			}
		})
	}
	wait.Wait()
	t.Logf("%d processes", f.alive())
}

func TestMoreRequestsThanProcessesWait(t *testing.T) {
	config := testConfig(t)
	config.MaxProcesses = 3
	f := newFunction(t, config)
	m := newMeeting(t)
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			if _, err := invoke(f, task{Do: "meet", Address: m.address}); err != nil {
				t.Error(err)
			}
		})
	}
	held := []arrival{m.next(t), m.next(t), m.next(t)}
	time.Sleep(100 * time.Millisecond) // for a fourth to be started
	if n := f.alive(); n != 3 {
		t.Errorf("%d processes for 10 events, 3 are allowed", n)
	}
	for _, a := range held {
		a.letGo()
	}
	for range 7 {
		m.next(t).letGo()
	}
	wait.Wait()
}

// An event that waits behind another one has its whole timeout from the moment it gets a process. It waits no longer
// than MaxWait.
func TestWaitForAProcess(t *testing.T) {
	config := testConfig(t)
	config.MaxProcesses, config.Timeout = 1, 2*time.Second
	for _, test := range []struct {
		name string
		max  time.Duration
		want string // of the error; "" for none
	}{
		{name: "does not count", max: time.Minute},
		{
			name: "is bounded", max: 100 * time.Millisecond,
			want: "Stack/Function: waiting for a free process: none became free within 100ms: 1 at most run at once",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFunction(t, config)
			pidOf(t, f) // its start is over
			f.config.MaxWait = test.max
			m := newMeeting(t)
			var wait sync.WaitGroup
			wait.Go(func() {
				if _, err := invoke(f, task{Do: "meet", Address: m.address}); err != nil {
					t.Error(err)
				}
			})
			a := m.next(t)
			wait.Go(func() {
				left, err := invoke(f, task{Do: "deadline"})
				if test.want != "" {
					if !errors.Is(err, ErrBusy) || err.Error() != test.want {
						t.Errorf("got %s, %v", left, err)
					}
					return
				}
				if ms, _ := strconv.Atoi(left); err != nil || ms < 1000 {
					t.Errorf("%s ms of 2 s left, %v: the wait of 1.2 s counted", left, err)
				}
			})
			time.Sleep(1200 * time.Millisecond)
			a.letGo()
			wait.Wait()
			pidOf(t, f) // the queue is not stuck
		})
	}
}
