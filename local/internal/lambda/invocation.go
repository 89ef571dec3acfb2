package lambda

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// Response is the function's answer. Its body may still be arriving.
type Response struct {
	// ContentType is the one that the runtime posted. With "application/vnd.awslambda.http-integration-response"
	// the body has a prelude and eight zero bytes before the body proper.
	ContentType string
	Streaming   bool // the runtime asked for Lambda-Runtime-Function-Response-Mode: streaming
	// Body must be closed. Closing it early drops the rest, and the function runs on unheard. The process takes no
	// further event until it has posted all of the body.
	Body io.ReadCloser
}

// invocation is one event on its way through a process.
type invocation struct {
	id       string
	traceID  string
	event    []byte
	taken    atomic.Bool  // the process has begun to receive the event
	answered atomic.Bool  // the process has begun to post a response or an error
	failed   atomic.Bool  // the handler reported an error, or the runtime went on without an answer
	outcome  chan outcome // gets at most one
}

type outcome struct {
	response *Response
	err      error
}

func newInvocation(event []byte) *invocation {
	return &invocation{id: NewRequestID(), traceID: traceID(time.Now()), event: event, outcome: make(chan outcome, 1)}
}

func (inv *invocation) wasTaken() bool { return inv.taken.Load() }

// answer records the outcome of an invocation. It reports whether this call is the first, since later ones do
// nothing.
func (inv *invocation) answer(o outcome) bool {
	if inv.answered.Swap(true) {
		return false
	}
	if o.err != nil {
		inv.failed.Store(true)
	}
	inv.outcome <- o
	return true
}

// status is how the event went in the eyes of its report.
func (inv *invocation) status() string {
	if inv.failed.Load() {
		return journal.Error
	}
	return journal.Success
}

// wait returns the outcome of an invocation that was handed to p.
func (inv *invocation) wait(ctx context.Context, p *process) (*Response, error) {
	select {
	case o := <-inv.outcome:
		return o.response, o.err
	case <-p.done:
		select {
		case o := <-inv.outcome: // came just before the end
			return o.response, o.err
		default:
			return nil, p.fate
		}
	case <-ctx.Done():
		go inv.drop(p)
		return nil, fmt.Errorf("waiting for the function's answer: %w", ctx.Err())
	}
}

// drop takes the outcome that nobody waits for any more. It ends with the process at the latest, and the
// function's timeout ends the process.
func (inv *invocation) drop(p *process) {
	select {
	case o := <-inv.outcome:
		if o.response != nil {
			_ = o.response.Body.Close()
		}
	case <-p.done:
	}
}

// relay copies a runtime's post to the pipe that the caller reads. Once the caller has closed the pipe, the rest
// is discarded. relay returns only errors of the runtime's side.
func relay(to *io.PipeWriter, from io.Reader) error {
	_, err := io.Copy(to, from)
	if errors.Is(err, io.ErrClosedPipe) {
		_, err = io.Copy(io.Discard, from)
	}
	return err
}

// NewRequestID returns a random UUID, the form of AWS's request ids.
func NewRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// traceID returns an X-Ray tracing header that is not sampled. It holds a version, the time, 96 random bits, and a
// parent segment.
func traceID(now time.Time) string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0",
		now.Unix(), hex.EncodeToString(b[:12]), hex.EncodeToString(b[12:]))
}
