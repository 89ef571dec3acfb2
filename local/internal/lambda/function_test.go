package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// testConfig is a function that is this test binary, run as --run does.
func testConfig(t *testing.T) Config {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Path: "Stack/Function", Name: "function", ARN: "arn:aws:lambda:eu-west-1:111122223333:function:function",
		Runtime: "provided.al2023", Handler: "bootstrap", CodeDir: t.TempDir(), Region: "eu-west-1",
		Command: "exec '" + binary + "'", Environment: map[string]string{"TEST_ROLE": "function"},
		Timeout: 20 * time.Second, Log: t.Output(),
	}
}

func newFunction(t *testing.T, config Config) *Function {
	t.Helper()
	f, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// invoke returns the whole answer to one task.
func invoke(f *Function, task task) (string, error) {
	event, err := json.Marshal(task)
	if err != nil {
		return "", err
	}
	response, err := f.Invoke(context.Background(), event)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(response.Body)
	return string(body), errors.Join(err, response.Body.Close())
}

func mustInvoke(t *testing.T, f *Function, task task) string {
	t.Helper()
	answer, err := invoke(f, task)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func pidOf(t *testing.T, f *Function) int {
	t.Helper()
	pid, err := strconv.Atoi(mustInvoke(t, f, task{Do: "pid"}))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// waitGone fails the test unless the process ends soon.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for start := time.Now(); running(pid); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > 5*time.Second {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// running reports whether a process runs; one that has ended but was not waited for does not.
func running(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, state, _ := bytes.Cut(stat, []byte(") "))
		return state[0] != 'Z'
	}
	return syscall.Kill(pid, 0) == nil
}

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
	f := newFunction(t, testConfig(t))
	f.limits.processes = 3
	m := newMeeting(t)
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			if _, err := invoke(f, task{Do: "meet", Address: m.address}); err != nil {
				t.Error(err)
			}
		})
	}
	pids := map[int]bool{}
	for range 10 {
		a := m.next(t)
		pids[a.pid] = true
		a.letGo()
	}
	wait.Wait()
	if len(pids) > 3 || f.alive() > 3 {
		t.Errorf("%d processes, 3 allowed", len(pids))
	}
}

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
		if err := <-failed; !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), "Stack/Function: the function's process ended: signal: killed") {
			t.Errorf("the request in flight: %v", err)
		}
		if pid := pidOf(t, f); pid == killed {
			t.Error("the dead answer")
		}
	})
	t.Run("by itself", func(t *testing.T) {
		f := newFunction(t, testConfig(t))
		if _, err := invoke(f, task{Do: "exit"}); !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), "exit status 7") {
			t.Errorf("the request in flight: %v", err)
		}
		pidOf(t, f)
	})
	t.Run("idle", func(t *testing.T) {
		f := newFunction(t, testConfig(t))
		for range 3 {
			pid := pidOf(t, f)
			kill(t, pid)
			waitGone(t, pid) // Unlike a request that is in the hands of a dying process, the next one must not suffer.
			if pidOf(t, f) == pid {
				t.Error("the dead answer")
			}
		}
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
		if _, err := invoke(f, task{Do: "meet", Address: m.address}); !errors.Is(err, ErrTimeout) || !strings.Contains(err.Error(), "after 300ms") {
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
	if !running(a.pid) {
		t.Error("the function was ended")
	}
	a.letGo()
	f.waitIdle(t)
	if pid := pidOf(t, f); pid != a.pid {
		t.Error("its process was not used again")
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	f := newFunction(t, testConfig(t))
	f.limits.processes = 1
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
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		idle := len(f.idle) == len(f.processes)
		f.mu.Unlock()
		if idle {
			return
		}
		if time.Since(start) > 5*time.Second {
			t.Fatal("a process never became free")
		}
	}
}

func TestResponseStreams(t *testing.T) {
	f := newFunction(t, testConfig(t))
	m := newMeeting(t)
	t.Run("parts arrive as they are written", func(t *testing.T) {
		response := start(t, f, task{Do: "stream", Address: m.address})
		part := make([]byte, len("first "))
		if _, err := io.ReadFull(response.Body, part); err != nil || string(part) != "first " {
			t.Fatalf("read %q, %v", part, err)
		}
		m.next(t).letGo() // only now can there be a second
		if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "second" {
			t.Errorf("read %q, %v", rest, err)
		}
	})
	t.Run("an error in the trailers ends it", func(t *testing.T) {
		response := start(t, f, task{Do: "stream error"})
		body, err := io.ReadAll(response.Body)
		var failure *FunctionError
		if string(body) != "first " || !errors.As(err, &failure) || failure.Message != "the source ran dry" {
			t.Errorf("read %q, %v", body, err)
		}
	})
	t.Run("closed early, the process goes on", func(t *testing.T) {
		response := start(t, f, task{Do: "bytes", Size: 8 << 20})
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		f.waitIdle(t)
	})
}

func TestFunctionError(t *testing.T) {
	f := newFunction(t, testConfig(t))
	for _, test := range []struct {
		name, why string
		task      task
		want      FunctionError
	}{
		{"returned", "aws-lambda-go's type of errors.New", task{Do: "error", Text: "no such order"}, FunctionError{"errorString", "no such order"}},
		{"panic", "a panic is reported before it ends the process", task{Do: "panic", Text: "index out of range"}, FunctionError{"string", "index out of range"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := invoke(f, test.task)
			var got *FunctionError
			if !errors.As(err, &got) || *got != test.want {
				t.Errorf("%s: got %v", test.why, err)
			}
			pidOf(t, f)
		})
	}
}

func TestEnvironmentIsExactlyLambdas(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIADEVELOPER")
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/somewhere")
	t.Setenv("DATABASE_PASSWORD", "hunter2")
	t.Setenv("HOME", "/home/developer")
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	config := testConfig(t)
	config.Environment = map[string]string{"TEST_ROLE": "function", "TABLE": "orders", "TZ": "Asia/Tokyo", "AWS_REGION": "is reserved"}
	config.MemoryMB = 256
	config.Credentials = aws.Credentials{AccessKeyID: "ASIAROLE", SecretAccessKey: "secret", SessionToken: "token"}
	want := map[string]string{
		"PATH": os.Getenv("PATH"), "LANG": "en_US.UTF-8", "TZ": "Asia/Tokyo", "TABLE": "orders", "TEST_ROLE": "function",
		"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "ASIAROLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
		"AWS_LAMBDA_FUNCTION_NAME": "function", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/function",
		"AWS_LAMBDA_LOG_STREAM_NAME": "*", "AWS_LAMBDA_RUNTIME_API": "*", "_HANDLER": "bootstrap",
		"LAMBDA_TASK_ROOT": config.CodeDir, "LAMBDA_RUNTIME_DIR": config.CodeDir,
		"PWD": "*", "_X_AMZN_TRACE_ID": "*", // os/exec and aws-lambda-go add these
	}
	for _, test := range []struct {
		name, why, command, home string
		alsoAllowed              []string
	}{
		{"asset", "nothing of the developer's", "", "/tmp", nil},
		{"--run", "HOME for a toolchain, and nothing else", "exec '" + binary + "'", "/home/developer", []string{"OLDPWD", "SHLVL", "_"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := config
			config.Command = test.command
			if test.command == "" {
				link(t, binary, filepath.Join(config.CodeDir, "bootstrap"))
			}
			var environment []string
			if err := json.Unmarshal([]byte(mustInvoke(t, newFunction(t, config), task{Do: "environment"})), &environment); err != nil {
				t.Fatal(err)
			}
			want["HOME"] = test.home
			got := map[string]string{}
			for _, variable := range environment {
				name, value, _ := strings.Cut(variable, "=")
				got[name] = value
				expected, known := want[name]
				if !known && !slices.Contains(test.alsoAllowed, name) {
					t.Errorf("%s: %s reaches the function", test.why, name)
				}
				if known && expected != "*" && value != expected {
					t.Errorf("%s is %q, want %q", name, value, expected)
				}
			}
			for name := range want {
				if _, set := got[name]; !set && name != "PWD" {
					t.Errorf("%s is missing", name)
				}
			}
			if !strings.HasPrefix(got["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:") {
				t.Errorf("AWS_LAMBDA_RUNTIME_API is %q", got["AWS_LAMBDA_RUNTIME_API"])
			}
		})
	}
}

// link makes a file executable by another name, without a copy where the file system can.
func link(t *testing.T, from, to string) {
	t.Helper()
	if os.Link(from, to) == nil {
		return
	}
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestWorkingDirectory(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got := mustInvoke(t, newFunction(t, testConfig(t)), task{Do: "directory"}); got != strconv.Quote(here) {
		t.Errorf("a --run command works in %s, want furl's own %s", got, here)
	}
}

func TestStartFailures(t *testing.T) {
	for _, test := range []struct {
		name, why string
		change    func(*Config)
		init      time.Duration
		want      string
	}{
		{
			"exits", "a process that ends before its first event says with what",
			func(c *Config) { c.Environment["TEST_ROLE"] = "init error" }, time.Minute, "while starting: exit status 3",
		},
		{
			"ends well", "status 0 is a failure as well",
			func(c *Config) { c.Command = "true" }, time.Minute, "while starting: exit status 0",
		},
		{
			"hangs", "AWS ends an init that takes too long",
			func(c *Config) { c.Environment["TEST_ROLE"] = "init hang" }, 50 * time.Millisecond, "did not ask the Runtime API for an event within 50ms",
		},
		{
			"is no program", "sh says so by its status",
			func(c *Config) { c.Command = "no-such-program" }, time.Minute, "exit status 127",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := testConfig(t)
			log := &syncBuffer{}
			config.Log = log
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
	if n := f.alive(); n > 2+len(f.waiting) {
		t.Errorf("%d processes are still being started for nobody", n)
	}
}

func TestIdleProcessIsRetired(t *testing.T) {
	f := newFunction(t, testConfig(t))
	f.limits.idle = 50 * time.Millisecond
	waitGone(t, pidOf(t, f))
	pidOf(t, f)
}

func TestCloseLeavesNoProcess(t *testing.T) {
	config := testConfig(t)
	config.Command = strings.TrimPrefix(config.Command, "exec ") + "; true" // sh stays, as the parent
	f := newFunction(t, config)
	m := newMeeting(t)
	var pids []int // the function, its shell, its child
	if err := json.Unmarshal([]byte(mustInvoke(t, f, task{Do: "child"})), &pids); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := invoke(f, task{Do: "meet", Address: m.address})
			failed <- err
		}()
		pids = append(pids, m.next(t).pid)
	}
	for _, pid := range pids {
		if !running(pid) {
			t.Fatalf("process %d should run", pid)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		waitGone(t, pid)
	}
	for range 2 {
		if err := <-failed; !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), "stopping") {
			t.Errorf("a request in flight: %v", err)
		}
	}
	if _, err := invoke(f, task{Do: "pid"}); !errors.Is(err, ErrExited) {
		t.Errorf("a request after Close: %v", err)
	}
}

// A process that ends takes along what it started, whether or not the runner closes.
func TestDeadProcessLeavesNoChild(t *testing.T) {
	f := newFunction(t, testConfig(t))
	var pids []int
	if err := json.Unmarshal([]byte(mustInvoke(t, f, task{Do: "child"})), &pids); err != nil {
		t.Fatal(err)
	}
	kill(t, pids[0])
	waitGone(t, pids[2])
}

func TestKilledFurlLeavesNoProcess(t *testing.T) {
	function := testConfig(t)
	function.Log = nil
	node := nodeConfig(t, "index.mjs", "export const handler = async () => process.pid;")
	node.Log = nil
	busy := nodeConfig(t, "index.mjs", `export const handler = async () => { setInterval(() => {}, 1000); return process.pid; };`)
	busy.Log = nil
	configs, err := json.Marshal([]Config{function, node, busy})
	if err != nil {
		t.Fatal(err)
	}
	furl := exec.Command(os.Args[0])
	furl.Env = append(os.Environ(), "TEST_ROLE=furl", "TEST_FUNCTIONS="+string(configs), "TMPDIR="+t.TempDir())
	furl.Stderr = t.Output()
	output, err := furl.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := furl.Start(); err != nil {
		t.Fatal(err)
	}
	var pids [3]int
	var ready string
	if _, err := fmt.Fscan(output, &pids[0], &pids[1], &pids[2], &ready); err != nil {
		t.Error(err)
	}
	if err := furl.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = furl.Wait() // it was killed
	for _, pid := range pids {
		waitGone(t, pid)
	}
}

func TestLogHasWholeLines(t *testing.T) {
	log := &syncBuffer{}
	config := testConfig(t)
	config.Log = log
	f := newFunction(t, config)
	var wait sync.WaitGroup
	line := strings.Repeat("x", 3000)
	for range 4 {
		wait.Go(func() {
			if _, err := invoke(f, task{Do: "print", Text: strings.Repeat(line+"\n", 50)}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if _, err := invoke(f, task{Do: "print", Text: "no end"}); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil { // flushes
		t.Fatal(err)
	}
	lines := log.lines()
	if len(lines) != 201 {
		t.Errorf("%d writes for 201 lines", len(lines))
	}
	for _, got := range lines {
		if got != line+"\n" && got != "no end\n" {
			t.Errorf("a broken line of %d bytes", len(got))
		}
	}
}
