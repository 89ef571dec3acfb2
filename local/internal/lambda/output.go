package lambda

import (
	"bytes"
	"os"
	"sync"
	"syscall"

	"github.com/furl-cdk/furl/local/internal/journal"
)

const (
	// maxLine is the length in bytes at which a line is cut in two. A log event of CloudWatch Logs has at most 1 MB.
	maxLine = 256 << 10
	// pipeCapacity is the most that a pipe holds, in bytes (pipe(7)).
	pipeCapacity = 64 << 10
)

// output reads stdout and stderr of a process, and writes their lines to the log.
type output struct {
	pipe syscall.RawConn
	log  *journal.FunctionLog

	mu     sync.Mutex
	buffer []byte
	line   []byte // has begun, and has no end yet
}

func newOutput(pipe *os.File, log *journal.FunctionLog) (*output, error) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &output{pipe: raw, log: log, buffer: make([]byte, pipeCapacity)}, nil
}

// copyLines copies until the pipe ends or its deadline is over. A last line without an end is a line, too.
func (o *output) copyLines() {
	_ = o.pipe.Read(func(fd uintptr) bool {
		for {
			count, ended := o.read(int(fd))
			if count == 0 {
				return ended
			}
		}
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.line) > 0 {
		o.log.Line(o.line)
	}
}

// drain copies all that the process has written so far. A process that goes on writing holds it up for one pipe at
// most.
func (o *output) drain() {
	_ = o.pipe.Control(func(fd uintptr) {
		for drained := 0; drained < pipeCapacity; {
			count, _ := o.read(int(fd))
			if count == 0 {
				return
			}
			drained += count
		}
	})
}

// read copies the content of the pipe. The count is 0 if there is none. It reports whether the pipe has ended.
func (o *output) read(fd int) (count int, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		count, err := syscall.Read(fd, o.buffer)
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return 0, false
		case err != nil || count == 0:
			return 0, true
		default:
			o.split(o.buffer[:count])
			return count, false
		}
	}
}

// split writes the lines that end in the data. o.mu must be held.
func (o *output) split(data []byte) {
	for {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		if !ended {
			break
		}
		if len(o.line) > 0 {
			line = append(o.line, line...)
			o.line = o.line[:0]
		}
		o.log.Line(line)
		data = rest
	}
	for o.line = append(o.line, data...); len(o.line) >= maxLine; o.line = append(o.line[:0], o.line[maxLine:]...) {
		o.log.Line(o.line[:maxLine])
	}
}
