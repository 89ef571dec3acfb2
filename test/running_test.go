package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// running is a process of `furl local` that serves an assembly.
type running struct {
	Distributions []struct{ ID, URL string }
	FunctionURLs  []struct{ ID, URL, Host string } `json:"functionUrls"`
	RestAPIs      []struct{ ID, URL string }       `json:"restApis"`
	Secrets       []struct{ ID, Value string }
	UserPools     []struct {
		ID, Issuer, URL string
		Clients         []struct{ ID, ClientID string }
	}
	Password, STS string

	command *exec.Cmd
	exited  chan struct{}
	mu      sync.Mutex
	stderr  bytes.Buffer
}

// furlCommand is the command line, built once.
var furlCommand = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "furl-test-")
	if err != nil {
		return "", err
	}
	atExit = append(atExit, func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "furl")
	_, err = output("..", nil, "go", "build", "-o", path, "./cmd/furl")
	return path, err
})

// startLocal runs `furl local --json` on a free port until the test ends.
func startLocal(t *testing.T, assembly string, args ...string) *running {
	t.Helper()
	binary, err := furlCommand()
	if err != nil {
		t.Fatal(err)
	}
	return start(t, exec.Command(binary, append([]string{"local", "--assembly", assembly}, args...)...))
}

// start runs a command that is `furl local`, on a free port until the test ends.
func start(t *testing.T, command *exec.Cmd) *running {
	t.Helper()
	command.Args = append(command.Args, "--listen", "127.0.0.1:0", "--json", "--verbose")
	r := &running{command: command, exited: make(chan struct{})}
	r.command.Stderr = writerFunc(func(p []byte) (int, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.stderr.Write(p)
	})
	stdout, err := r.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.stop(t)
		if t.Failed() {
			t.Logf("furl local said:\n%s", r.log())
		}
	})
	lines := make(chan []byte, 1)
	go func() {
		reader := bufio.NewReader(stdout)
		line, _ := reader.ReadBytes('\n')
		lines <- line
		rest, _ := io.ReadAll(reader)
		if len(rest) > 0 {
			t.Errorf("furl local --json printed more than one line on stdout: %q", rest)
		}
		r.command.Wait()
		close(r.exited)
	}()
	select {
	case line := <-lines:
		if err := json.Unmarshal(line, r); err != nil {
			t.Fatalf("first line of furl local --json: %q: %v\n%s", line, err, r.log())
		}
	case <-time.After(time.Minute):
		t.Fatalf("furl local printed nothing in a minute\n%s", r.log())
	}
	return r
}

// stop ends the process with SIGTERM, and waits up to 20 s.
func (r *running) stop(t *testing.T) {
	t.Helper()
	r.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.exited:
	case <-time.After(20 * time.Second):
		r.command.Process.Kill()
		t.Error("furl local did not stop within 20 s of SIGTERM")
	}
}

// log is the text that the process wrote to stderr so far.
func (r *running) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stderr.String()
}

// edge is the address of the only distribution.
func (r *running) edge(t *testing.T) string {
	t.Helper()
	if len(r.Distributions) != 1 {
		t.Fatalf("%d distributions, want 1", len(r.Distributions))
	}
	return r.Distributions[0].URL
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// client follows no redirects, adds no Accept-Encoding header, and reuses connections.
var client = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       90 * time.Second,
}

// answer is a response with its whole body.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// has reports whether the body contains a text.
func (a answer) has(text string) bool { return strings.Contains(string(a.body), text) }

// allowOrigin is the page origin that the answer's CORS header allows.
func (a answer) allowOrigin() string { return a.header.Get("Access-Control-Allow-Origin") }

// exchange sends a request and reads the answer.
func exchange(r *http.Request) (answer, error) {
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, body}, err
}

// send sends a request and reads the answer. A failure ends the test.
func send(t *testing.T, r *http.Request) answer {
	t.Helper()
	a, err := exchange(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sending starts a request. The returned function waits for the answer.
func sending(t *testing.T, r *http.Request) func() answer {
	var a answer
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		a, err = exchange(r)
	}()
	return func() answer {
		t.Helper()
		<-done
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// request makes a request whose target goes on the wire as written.
func request(t *testing.T, method, base, target string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, base, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	path, query, hasQuery := strings.Cut(target, "?")
	r.URL.Opaque = path // goes on the request line unchanged
	r.URL.RawQuery, r.URL.ForceQuery = query, hasQuery && query == ""
	r.Header.Set("User-Agent", "furl-test")
	return r
}

// get sends GET base+target and reads the answer.
func get(t *testing.T, base, target string) answer {
	t.Helper()
	return send(t, request(t, http.MethodGet, base, target, nil))
}

// output runs a program and returns its stdout. The error of a failure carries stderr.
func output(dir string, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return string(out), &commandError{name + " " + strings.Join(args, " "), err, stderr.String() + string(out)}
	}
	return string(out), nil
}

type commandError struct {
	command string
	err     error
	output  string
}

func (e *commandError) Error() string { return e.command + ": " + e.err.Error() + "\n" + e.output }
