package lambda

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// Our own runtimes, bootstrap.mjs and bootstrap.py, get events from file descriptor 3 and answer on file descriptor
// 4. So no port listens for them. An event takes a tenth of the time that it takes by HTTP. A frame is a kind (one
// byte), the length of its content (four bytes, big-endian) and the content.
const (
	frameEvent   = 'V' // to the runtime: "REQUEST_ID DEADLINE_MS TRACE_ID ARN\n" and the event
	frameReady   = 'R' // the runtime asks for its next event
	frameAnswer  = 'A' // the whole answer, JSON; the runtime asks for its next event
	frameBegin   = 'B' // a streamed answer begins; its content type
	frameData    = 'D' // a part of the streamed answer
	frameEnd     = 'E' // the streamed answer has ended; the handler may still run
	frameFailure = 'F' // an error object; ends the answer; the runtime asks for its next event
	frameCrash   = 'X' // an error object; ends the answer; the process ends itself, and takes no further event

	frameHeader = 5
	// maxFrame bounds the content of a frame in bytes. It is more than a JavaScript string can have.
	maxFrame = 1 << 30
	// keptBuffer is the size in bytes up to which the buffer of a process's events is used again.
	keptBuffer = 64 << 10
)

// drainTime limits the wait for the frames of a process that has ended. A viewer that reads slowly may hold them up,
// and a child that left the process group may hold the pipe open.
const drainTime = time.Second

// pipes are the two ends of furl and the two ends of the process.
type pipes struct {
	events, answers *os.File
	child           []*os.File // file descriptors 3 and 4
}

func openPipes() (*pipes, error) {
	eventsOut, eventsIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answersOut, answersIn, err := os.Pipe()
	if err != nil {
		_ = eventsOut.Close()
		_ = eventsIn.Close()
		return nil, err
	}
	return &pipes{eventsIn, answersOut, []*os.File{eventsOut, answersIn}}, nil
}

// servePipes runs the process on its pipes until it ends, and returns why it ended.
func (p *process) servePipes() error {
	pipes, err := openPipes()
	if err != nil {
		return fmt.Errorf("no pipes for its events: %w", err)
	}
	gone, fed, heard := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(fed)
		p.feed(pipes.events, gone)
	}()
	go p.hear(pipes.answers, heard)
	err = p.execute("", pipes.child)
	close(gone)
	_ = pipes.events.Close()
	<-fed
	_ = pipes.answers.SetReadDeadline(time.Now().Add(drainTime))
	select {
	case <-heard:
	case <-time.After(drainTime):
	}
	return err
}

// feed writes the process's events until gone is closed.
func (p *process) feed(events io.Writer, gone <-chan struct{}) {
	var frame []byte
	for {
		inv := p.next(gone)
		if inv == nil {
			return
		}
		deadline := p.take(inv)
		frame = appendEvent(frame[:0], inv, p.function.config.ARN, deadline)
		if _, err := events.Write(frame); err != nil {
			return // the process has ended, or is about to; another one gets the event
		}
		inv.taken.Store(true)
		if cap(frame) > keptBuffer {
			frame = nil
		}
	}
}

// appendEvent appends the frame of an event.
func appendEvent(frame []byte, inv *invocation, arn string, deadline time.Time) []byte {
	frame = append(frame, frameEvent, 0, 0, 0, 0)
	frame = append(append(frame, inv.id...), ' ')
	frame = append(strconv.AppendInt(frame, deadline.UnixMilli(), 10), ' ')
	frame = append(append(frame, inv.traceID...), ' ')
	frame = append(append(frame, arn...), '\n')
	frame = append(frame, inv.event...)
	binary.BigEndian.PutUint32(frame[1:], uint32(len(frame)-frameHeader))
	return frame
}

// errFrame marks bytes that our runtimes do not write.
var errFrame = errors.New("something else than its runtime wrote to file descriptor 4")

// hearing reads the frames of a process.
type hearing struct {
	process *process
	frames  *bufio.Reader
	stream  *io.PipeWriter // the streamed answer that has begun; nil if none has
}

// hear reads the process's frames until there are no more, and closes heard then. A streamed answer that has not
// ended fails with the fate of the process.
func (p *process) hear(answers *os.File, heard chan<- struct{}) {
	defer func() { _ = answers.Close() }()
	h := &hearing{process: p, frames: bufio.NewReaderSize(answers, keptBuffer)}
	err := h.all()
	if errors.Is(err, errFrame) {
		p.kill(fmt.Errorf("%s: %w: %w", p.function.config.Path, ErrExited, err))
	}
	close(heard)
	if h.stream != nil {
		<-p.done
		h.stream.CloseWithError(p.fate)
	}
}

// all reads frame after frame and returns why it stopped.
func (h *hearing) all() error {
	header := make([]byte, frameHeader)
	for {
		if _, err := io.ReadFull(h.frames, header); err != nil {
			return err
		}
		length := binary.BigEndian.Uint32(header[1:])
		if length > maxFrame {
			return fmt.Errorf("%w: a frame of %d bytes", errFrame, length)
		}
		if err := h.frame(header[0], int64(length)); err != nil {
			return err
		}
	}
}

// frame reads the content of one frame and acts on it.
func (h *hearing) frame(kind byte, length int64) error {
	if kind == frameData && h.stream != nil {
		return relay(h.stream, &io.LimitedReader{R: h.frames, N: length})
	}
	content := make([]byte, length)
	if _, err := io.ReadFull(h.frames, content); err != nil {
		return io.ErrUnexpectedEOF
	}
	inv := h.process.has()
	switch {
	case kind == frameReady:
		h.goOn()
	case kind == frameCrash && inv == nil:
		h.process.failInit(parseError(content, ""))
	case inv == nil:
		return fmt.Errorf("%w: a frame %q without an event", errFrame, kind)
	case kind == frameAnswer:
		h.process.ready()
		inv.answer(outcome{response: &Response{
			ContentType: "application/json", Body: io.NopCloser(bytes.NewReader(content)),
		}})
	case kind == frameBegin && h.stream == nil:
		body, to := io.Pipe()
		h.stream = to
		inv.answer(outcome{response: &Response{ContentType: string(content), Streaming: true, Body: body}})
	case kind == frameEnd && h.stream != nil:
		h.process.function.processAnswered(h.process)
		h.end(inv, nil)
	case kind == frameFailure:
		inv.failed.Store(true)
		h.process.ready()
		h.end(inv, parseError(content, ""))
	case kind == frameCrash:
		h.end(inv, parseError(content, ""))
	default:
		return fmt.Errorf("%w: a frame %q that does not belong there", errFrame, kind)
	}
	return nil
}

// goOn notes that the runtime asks for its next event. An event whose answer has not ended fails.
func (h *hearing) goOn() {
	if inv := h.process.has(); inv != nil && (h.stream != nil || !inv.answered.Load()) {
		inv.failed.Store(true)
	}
	if previous := h.process.ready(); previous != nil {
		h.end(previous, errNoResponse) // has no effect on an answer that has ended
	}
}

// end ends the answer to an event, with an error or with nil.
func (h *hearing) end(inv *invocation, failure *FunctionError) {
	switch {
	case h.stream == nil:
		inv.answer(outcome{err: failure})
	case failure == nil:
		_ = h.stream.Close() // never fails (io.PipeWriter)
	default:
		inv.failed.Store(true)
		h.stream.CloseWithError(failure)
	}
	h.stream = nil
}
