package lambda

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is one execution environment. It is an operating system process, and the Runtime API or the pipes that the
// process gets its events from. Each API listens on another loopback port, because AWS_LAMBDA_RUNTIME_API has room
// for a host and a port only.
//
// If furl itself is killed, its listeners and pipes close. A runtime that cannot get its next event then ends. No
// process is left behind, and no signal of one operating system is needed.
type process struct {
	function  *Function
	logStream string
	pending   chan *invocation // the event that the process gets when it asks for the next
	done      chan struct{}    // closed when the process has ended and fate is set
	fate      error            // why it ended
	compared  bool             // the code folder was compared after its first event; the function's mu guards it

	mu         sync.Mutex
	pid        int           // 0 while there is none
	killReason error         // why we killed it
	started    bool          // it has asked for its first event
	offered    bool          // the function knows that it is ready for an event, and it has not got one since
	current    *invocation   // the event that it has
	deadline   *time.Timer   // kills it if it does not ask for the next event in time
	initError  string        // what it reported to /init/error
	output     *output       // nil before its start
	born       time.Time     // when it was started
	init       time.Duration // from its start to its first request for an event; 0 once an event had it in its report
	begun      time.Time     // when the current event began
}

func newProcess(f *Function) *process {
	return &process{
		function: f, logStream: logStream(f.config.Version, time.Now()),
		pending: make(chan *invocation, 1), done: make(chan struct{}),
	}
}

// run starts the process and returns when the process and all its children have ended.
func (p *process) run() {
	p.fate = p.serve()
	p.mu.Lock()
	started, current := p.started, p.current
	if p.deadline != nil {
		p.deadline.Stop()
	}
	p.mu.Unlock()
	if current != nil && !errors.Is(p.fate, errStopping) {
		p.reportEnd(current)
	}
	close(p.done)
	p.function.processEnded(p, started, p.fate)
}

// ended reports whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kill ends the process and all its children, for the reason given.
func (p *process) kill(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killLocked(why)
}

func (p *process) killLocked(why error) {
	if p.killReason != nil {
		return
	}
	p.killReason = why
	if p.pid != 0 {
		_ = syscall.Kill(-p.pid, syscall.SIGKILL) // it may have ended just now
	}
}

// serve runs the process to its end and returns why it ended.
func (p *process) serve() error {
	initTimer := time.AfterFunc(p.function.limits.init, p.expireInit)
	defer initTimer.Stop()
	serve := p.serveRuntimeAPI
	if p.function.launch.pipes {
		serve = p.servePipes
	}
	err := serve()

	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killReason != nil {
		return p.killReason
	}
	path := p.function.config.Path
	if p.started {
		return fmt.Errorf("%s: %w: %w", path, ErrExited, err)
	}
	if p.initError != "" {
		err = errors.New(p.initError)
	}
	err = fmt.Errorf("%s: %w while starting: %w", path, ErrExited, err)
	p.function.log.Say(err.Error())
	return err
}

// serveRuntimeAPI runs the process on a Runtime API until it ends, and returns why it ended.
func (p *process) serveRuntimeAPI() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("no loopback port for its Runtime API: %w", err)
	}
	address := listener.Addr().String()
	server := &http.Server{Handler: p.guard(address, p.runtimeAPI()), ConnContext: withConnection}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { _ = server.Close() }()
	return p.execute(address, nil)
}

// execute runs the command to its end and returns why it ended, never nil. The address is that of the Runtime API.
// The files are the command's file descriptors from 3 on, and execute closes them.
func (p *process) execute(address string, files []*os.File) error {
	output, input, err := os.Pipe()
	if err != nil {
		closeAll(files)
		return fmt.Errorf("no pipe for its output: %w", err)
	}
	defer func() { _ = output.Close() }()
	lines, err := newOutput(output, p.function.log)
	if err != nil {
		closeAll(append(files, input))
		return fmt.Errorf("no access to its output: %w", err)
	}
	command, err := p.start(address, lines, input, files)
	closeAll(append(files, input)) // the child has its own
	if err != nil {
		return err
	}
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		lines.copyLines()
	}()

	err = command.Wait()
	p.mu.Lock()
	// The children of the process, such as a shell's, must not outlive it. If there are none, that is no error.
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	p.pid = 0
	p.mu.Unlock()
	// A child that left the process group may hold the pipe open. The wait for its output is a second at most.
	_ = output.SetReadDeadline(time.Now().Add(time.Second))
	<-logged
	if err == nil {
		err = errors.New("exit status 0")
	}
	return err
}

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close()
	}
}

// start starts the command as the leader of a new process group, unless the process was killed already.
func (p *process) start(address string, lines *output, input *os.File, files []*os.File) (*exec.Cmd, error) {
	launch := p.function.launch
	if err := p.function.place.fill(launch.files); err != nil {
		return nil, err
	}
	command := exec.Command(launch.command[0], launch.command[1:]...)
	command.Dir = launch.dir
	command.Env = p.environment(address)
	command.Stdout, command.Stderr = input, input
	command.ExtraFiles = files
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if launch.pipes {
		if _, err := command.StdinPipe(); err != nil {
			return nil, fmt.Errorf("no pipe for its input: %w", err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killReason != nil {
		return nil, p.killReason
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p.pid, p.output, p.born = command.Process.Pid, lines, time.Now()
	return command, nil
}

// expireInit kills a process that takes too long to ask for its first event.
func (p *process) expireInit() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started {
		return
	}
	why := fmt.Errorf("%s: %w while starting: it did not ask the Runtime API for an event within %s",
		p.function.config.Path, ErrExited, p.function.limits.init)
	p.function.log.Say(why.Error())
	p.killLocked(why)
}

// expire kills a process that still has the event when the function's timeout is over.
func (p *process) expire(inv *invocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == inv {
		p.killLocked(fmt.Errorf("%s: %w after %s", p.function.config.Path, ErrTimeout, p.function.config.Timeout))
	}
}
