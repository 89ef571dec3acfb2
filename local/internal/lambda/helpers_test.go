package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/journal"
)

// testConfig is a function whose command is this test binary, run as --run does.
func testConfig(t testing.TB) Config {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Path: "Stack/Function", Name: "function", ARN: "arn:aws:lambda:eu-west-1:111122223333:function:function",
		Runtime: "provided.al2023", Handler: "bootstrap", CodeDir: t.TempDir(), Region: "eu-west-1",
		Command: "exec '" + binary + "'", Environment: map[string]string{"TEST_ROLE": "function"},
		Timeout: 20 * time.Second, Log: journal.New(journal.Options{To: t.Output()}),
	}
}

func newFunction(t testing.TB, config Config) *Function {
	t.Helper()
	f, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	f.limits.settle = 5 * time.Second // so that a busy machine starts no further process
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
	eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !isRunning(pid) })
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for start := time.Now(); !holds(); time.Sleep(time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatal("not in time: " + what)
		}
	}
}

// loadTemplate writes the assembly of a stack Demo into a folder and loads it.
func loadTemplate(t *testing.T, dir, template string) *assembly.Assembly {
	t.Helper()
	write(t, filepath.Join(dir, "Demo.template.json"), template, 0o644)
	write(t, filepath.Join(dir, "manifest.json"), `{"version": "54.0.0", "artifacts": {"Demo": {
		"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1",
		"properties": {"templateFile": "Demo.template.json"}
	}}}`, 0o644)
	a, err := assembly.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// isRunning reports whether a process runs. A process that has ended with all its threads but was not waited for does
// not run.
func isRunning(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, state, _ := bytes.Cut(stat, []byte(") "))
		threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		return state[0] != 'Z' || len(threads) > 1
	}
	return syscall.Kill(pid, 0) == nil
}
