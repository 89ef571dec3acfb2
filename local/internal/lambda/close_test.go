package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

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
		if !isRunning(pid) {
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

// A process that ends takes its children along, whether or not the runner closes.
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
	busy := nodeConfig(t, "index.mjs", `export const handler = awslambda.streamifyResponse(async (event, stream) => {
		stream.write(process.pid + '\n');
		await new Promise(() => setInterval(() => {}, 1000));
	});`)
	busy.Log = nil
	python := pythonConfig(t, "import os\ndef handler(event, context): return os.getpid()")
	python.Log = nil
	configs, err := json.Marshal([]Config{function, node, busy, python})
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
	var pids [4]int
	var ready string
	if _, err := fmt.Fscan(output, &pids[0], &pids[1], &pids[2], &pids[3], &ready); err != nil {
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
