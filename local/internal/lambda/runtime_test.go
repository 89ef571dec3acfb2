package lambda

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"testing"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// The test binary is also the function under test. It is furl itself in the test in which furl has to die.
func TestMain(m *testing.M) {
	switch os.Getenv("TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "function":
		runtime.Start(handle)
	case "child":
		waitForSignal()
	case "init error":
		fmt.Println("cannot find the database")
		os.Exit(3)
	case "init hang":
		waitForSignal()
	case "furl":
		beFurl()
	}
}

func waitForSignal() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
}

// task is the event of the function under test.
type task struct {
	Do      string // see handle
	Address string // of the meeting to announce the process to
	Text    string
	Size    int
}

// handle is the function under test. It runs in aws-lambda-go, so a real client tries the Runtime API.
func handle(ctx context.Context, t task) (any, error) {
	switch t.Do {
	case "echo":
		return t.Text, nil
	case "pid":
		return os.Getpid(), nil
	case "environment":
		return os.Environ(), nil
	case "write": // an empty file
		return nil, os.WriteFile(t.Text, nil, 0o644)
	case "directory":
		return os.Getwd()
	case "meet": // tells its pid and goes on when the other end closes
		if err := meet(t.Address); err != nil {
			return nil, err
		}
		return os.Getpid(), nil
	case "error":
		return nil, errors.New(t.Text)
	case "panic":
		panic(t.Text)
	case "exit":
		os.Exit(7)
	case "print":
		fmt.Print(t.Text)
		return "", nil
	case "bytes":
		return bytes.NewReader(bytes.Repeat([]byte("x"), t.Size)), nil
	case "stream": // one part, then wait, then another
		return io.MultiReader(strings.NewReader("first "), &lateReader{address: t.Address, text: "second"}), nil
	case "linger": // after the answer, as background work does
		return &lingerer{answer: strings.NewReader("answered"), address: t.Address}, nil
	case "stream error":
		return io.MultiReader(strings.NewReader("first "), failingReader{}), nil
	case "child":
		child := exec.Command(os.Args[0])
		child.Env = []string{"TEST_ROLE=child"}
		if err := child.Start(); err != nil {
			return nil, err
		}
		return []int{os.Getpid(), os.Getppid(), child.Process.Pid}, nil
	case "deadline":
		deadline, _ := ctx.Deadline()
		return time.Until(deadline).Milliseconds(), nil
	}
	return nil, fmt.Errorf("cannot do %q", t.Do)
}

// meet tells its pid to the address and returns when the other end closes.
func meet(address string) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintln(connection, os.Getpid())
	_, err = io.Copy(io.Discard, connection)
	return err
}

type lateReader struct {
	address, text string
	rest          io.Reader
}

func (r *lateReader) Read(b []byte) (int, error) {
	if r.rest == nil {
		if err := meet(r.address); err != nil {
			return 0, err
		}
		r.rest = strings.NewReader(r.text)
	}
	return r.rest.Read(b)
}

// lingerer is closed by aws-lambda-go when the response is posted, before it asks for the next event.
type lingerer struct {
	answer  io.Reader
	address string
}

func (l *lingerer) Read(b []byte) (int, error) { return l.answer.Read(b) }

func (l *lingerer) Close() error { return meet(l.address) }

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("the source ran dry") }

// beFurl invokes the functions that TEST_FUNCTIONS describes. It prints the process ids in the first
// lines of their answers, and stays.
func beFurl() {
	var configs []Config
	if err := json.Unmarshal([]byte(os.Getenv("TEST_FUNCTIONS")), &configs); err != nil {
		panic(err)
	}
	for _, config := range configs {
		f, err := New(config)
		if err != nil {
			panic(err)
		}
		response, err := f.Invoke(context.Background(), []byte(`{"Do":"pid"}`))
		if err != nil {
			panic(err)
		}
		pid, err := bufio.NewReader(response.Body).ReadString('\n')
		if err != nil && err != io.EOF {
			panic(err)
		}
		fmt.Println(pid)
	}
	fmt.Println("ready")
	waitForSignal()
}

// meeting is where the functions under test announce themselves and wait.
type meeting struct {
	address string
	arrived chan arrival
}

type arrival struct {
	pid   int
	letGo func()
}

func newMeeting(t *testing.T) *meeting {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	m := &meeting{address: listener.Addr().String(), arrived: make(chan arrival, 1000)}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			var pid int
			if _, err := fmt.Fscan(connection, &pid); err == nil {
				m.arrived <- arrival{pid: pid, letGo: func() { _ = connection.Close() }}
			}
		}
	}()
	return m
}

// next returns the next function that arrives.
func (m *meeting) next(t *testing.T) arrival {
	t.Helper()
	select {
	case a := <-m.arrived:
		return a
	case <-time.After(10 * time.Second):
		t.Fatal("no function came to the meeting")
		return arrival{}
	}
}

// syncBuffer is where a log goes that a test can read while it is written. It keeps the writes apart.
type syncBuffer struct {
	mu     sync.Mutex
	writes []string
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writes = append(b.writes, string(p))
	return len(p), nil
}

func (b *syncBuffer) log() *journal.Log { return journal.New(journal.Options{To: b}) }

// text is the log without the function's construct path.
func (b *syncBuffer) text() string {
	return strings.ReplaceAll(strings.Join(b.lines(), ""), "Stack/Function | ", "")
}

func (b *syncBuffer) lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.writes...)
}
