package lambda

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// maxErrorBytes bounds the bytes read of an error that a runtime reports. A stack trace is far smaller.
const maxErrorBytes = 1 << 20

// runtimeAPI is the Lambda Runtime API as one process sees it (Lambda Developer Guide, runtimes-api).
func (p *process) runtimeAPI() http.Handler {
	const runtime = "/2018-06-01/runtime"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+runtime+"/invocation/next", p.nextEvent)
	mux.HandleFunc("POST "+runtime+"/invocation/{id}/response", p.response)
	mux.HandleFunc("POST "+runtime+"/invocation/{id}/error", p.failure)
	mux.HandleFunc("POST "+runtime+"/init/error", p.initFailure)
	return mux
}

// nextEvent answers with the next event as soon as there is one. The request for it also ends the event before.
func (p *process) nextEvent(w http.ResponseWriter, r *http.Request) {
	if inv := p.has(); inv != nil && !inv.answered.Load() {
		inv.failed.Store(true)
	}
	if previous := p.ready(); previous != nil {
		previous.answer(outcome{err: errNoResponse})
	}
	inv := p.next(r.Context().Done()) // nil once the runtime hung up; if it lives, it will ask again
	if inv == nil {
		return
	}
	if hungUp(r) {
		p.pending <- inv // kept until the runtime asks again; the channel has room for this one event
		return
	}
	inv.taken.Store(true)
	deadline := p.take(inv)
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(inv.event)))
	header.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", p.function.config.ARN)
	header.Set("Lambda-Runtime-Trace-Id", inv.traceID)
	_, _ = w.Write(inv.event) // a runtime that is gone is noticed by its process's end
}

// shortAnswer is the size in bytes up to which a buffered response is taken whole.
const shortAnswer = 64 << 10

// response takes the function's answer.
func (p *process) response(w http.ResponseWriter, r *http.Request) {
	inv := p.invocation(w, r)
	if inv == nil {
		return
	}
	response := &Response{
		ContentType: r.Header.Get("Content-Type"),
		Streaming:   r.Header.Get("Lambda-Runtime-Function-Response-Mode") == "streaming",
	}
	if !response.Streaming && r.ContentLength > 0 && r.ContentLength <= shortAnswer {
		p.takeShort(w, r, inv, response)
	} else {
		p.takeArriving(w, r, inv, response)
	}
}

// takeShort takes the answer whole. That is quicker than a pipe to its reader.
func (p *process) takeShort(w http.ResponseWriter, r *http.Request, inv *invocation, response *Response) {
	content := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, content); err != nil {
		p.killBrokenOff(err)
		return
	}
	p.function.processAnswered(p)
	response.Body = io.NopCloser(bytes.NewReader(content))
	if !inv.answer(outcome{response: response}) {
		refuse(w, "InvalidStateTransition", "the event is answered already")
		return
	}
	accept(w)
}

// takeArriving passes the answer on while it arrives.
func (p *process) takeArriving(w http.ResponseWriter, r *http.Request, inv *invocation, response *Response) {
	from := bufio.NewReader(r.Body)
	if _, err := from.Peek(1); err == io.EOF {
		if failure := trailerError(r.Trailer); failure != nil { // nothing has been sent, so the event failed
			p.fail(w, inv, failure)
			return
		}
	}
	body, to := io.Pipe()
	response.Body = body
	if !inv.answer(outcome{response: response}) {
		refuse(w, "InvalidStateTransition", "the event is answered already")
		return
	}
	if err := relay(to, from); err != nil {
		p.killBrokenOff(err)
		to.CloseWithError(p.fate)
		return
	}
	p.function.processAnswered(p)
	failure := trailerError(r.Trailer)
	if failure != nil {
		inv.failed.Store(true)
	}
	to.CloseWithError(failure) // nil closes as usual
	accept(w)
}

// killBrokenOff ends a process that broke off its response, and returns when it is gone.
func (p *process) killBrokenOff(err error) {
	p.kill(fmt.Errorf("%s: %w: it broke off its response: %w", p.function.config.Path, ErrExited, err))
	<-p.done
}

// failure takes an error that the handler returned or threw.
func (p *process) failure(w http.ResponseWriter, r *http.Request) {
	inv := p.invocation(w, r)
	if inv == nil {
		return
	}
	p.fail(w, inv, readError(r))
}

// fail ends the event with an error.
func (p *process) fail(w http.ResponseWriter, inv *invocation, err error) {
	p.function.processAnswered(p)
	if !inv.answer(outcome{err: err}) {
		refuse(w, "InvalidStateTransition", "the event is answered already")
		return
	}
	accept(w)
}

// initFailure takes the reason why the runtime cannot start. The process ends itself thereafter.
func (p *process) initFailure(w http.ResponseWriter, r *http.Request) {
	p.failInit(readError(r))
	accept(w)
}

// invocation returns the event that the request is about. It answers the request if the process does not have the
// event.
func (p *process) invocation(w http.ResponseWriter, r *http.Request) *invocation {
	inv := p.has()
	if inv == nil || inv.id != r.PathValue("id") {
		refuse(w, "InvalidRequestID", "this process has no event with that request id")
		return nil
	}
	return inv
}

// readError reads the error object of the Runtime API. The object has errorType, errorMessage and a stack trace,
// and the runtime itself logs the trace.
func readError(r *http.Request) *FunctionError {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxErrorBytes)) // what has arrived will do
	return parseError(body, r.Header.Get("Lambda-Runtime-Function-Error-Type"))
}

// trailerError returns the error that ended a response halfway, or nil. Runtimes report such an error in trailers.
func trailerError(trailer http.Header) error {
	errorType := trailer.Get("Lambda-Runtime-Function-Error-Type")
	if errorType == "" {
		return nil
	}
	body, _ := base64.StdEncoding.DecodeString(trailer.Get("Lambda-Runtime-Function-Error-Body"))
	return parseError(body, errorType)
}

func parseError(body []byte, errorType string) *FunctionError {
	var report struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(body, &report); err != nil {
		report.ErrorMessage = "the runtime gave no error object"
	}
	return &FunctionError{Type: cmp.Or(report.ErrorType, errorType, "Error"), Message: report.ErrorMessage}
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, errorType, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": errorType, "errorMessage": message})
}
