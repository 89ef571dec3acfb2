package lambda

import (
	"bufio"
	"errors"
	"io"
	"sync"
)

// maxLine is the length in bytes at which a line is cut in two. A log event of CloudWatch Logs has at most 1 MB.
const maxLine = 256 << 10

// logMutex keeps lines whole where several functions log to the same writer.
var logMutex sync.Mutex

// lineLog writes whole lines to the caller's writer, each in one Write.
type lineLog struct{ to io.Writer }

// copyLines copies until the reader ends or fails. A last line without an end gets one.
func (l lineLog) copyLines(from io.Reader) {
	lines := bufio.NewReaderSize(from, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			l.write(line)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// say writes a line that comes from no process.
func (l lineLog) say(line string) { l.write([]byte(line)) }

func (l lineLog) write(line []byte) {
	if line[len(line)-1] != '\n' {
		line = append(line[:len(line):len(line)], '\n')
	}
	logMutex.Lock()
	defer logMutex.Unlock()
	_, _ = l.to.Write(line) // a log that cannot be written must not stop the function
}
