package journal

import (
	"fmt"
	"math"
	"time"
)

// FunctionLog has the lines of one function. It is safe for concurrent use.
type FunctionLog struct {
	log    *Log
	path   string
	prefix []byte // of text
}

// Function returns the log of the function with a construct path. A nil Log drops all lines.
func (l *Log) Function(path string) *FunctionLog {
	f := &FunctionLog{log: l, path: path}
	if l != nil {
		name := func(line []byte) []byte { return append(line, path...) }
		f.prefix = append(paint(nil, l.options.Color, colorOfFunction(path), name), " | "...)
	}
	return f
}

// functionLine is a line of a function as JSON. Type and record are those of Lambda's Telemetry API (Lambda Developer
// Guide, telemetry-schema-reference).
type functionLine struct {
	entry
	Function string `json:"function"`
	Record   any    `json:"record"`
}

type startRecord struct {
	RequestID string `json:"requestId"`
	Version   string `json:"version"`
}

type reportRecord struct {
	RequestID string        `json:"requestId"`
	Status    string        `json:"status"`
	ErrorType string        `json:"errorType,omitempty"`
	Metrics   reportMetrics `json:"metrics"`
}

type reportMetrics struct {
	DurationMs       float64 `json:"durationMs"`
	BilledDurationMs float64 `json:"billedDurationMs"`
	MemorySizeMB     int     `json:"memorySizeMB"`
	InitDurationMs   float64 `json:"initDurationMs,omitempty"`
}

// Line writes a line that the function's process wrote, without its end.
func (f *FunctionLog) Line(text []byte) {
	switch {
	case f.log == nil:
	case f.log.options.JSON:
		f.log.writeJSON(functionLine{newEntry("function"), f.path, string(text)})
	default:
		f.text(text)
	}
}

// Start says that a process has an event.
func (f *FunctionLog) Start(requestID, version string) {
	switch {
	case f.log == nil:
	case f.log.options.JSON:
		f.log.writeJSON(functionLine{newEntry("platform.start"), f.path, startRecord{requestID, version}})
	default:
		f.text(fmt.Appendf(nil, "START RequestId: %s Version: %s", requestID, version))
	}
}

// The statuses of a [Report] (Lambda Developer Guide, telemetry-schema-reference, "Status").
const (
	Success = "success"
	Error   = "error"   // the handler reported one
	Failure = "failure" // the process ended
	Timeout = "timeout"
)

// Report says how an event went.
type Report struct {
	RequestID string
	Status    string
	ErrorType string        // of a Failure
	Duration  time.Duration // from the event to the request for the next one
	Init      time.Duration // from the start of the process to its request for this event; 0 if it had one before
	MemoryMB  int           // of the function's configuration
}

// billed is the time that Lambda bills, in milliseconds. Since August 2025 it includes the init phase (AWS Compute
// Blog, "AWS Lambda standardizes billing for INIT Phase").
func (r Report) billed() float64 { return math.Ceil(milliseconds(r.Duration + r.Init)) }

// Report writes Lambda's lines at the end of an event. Lambda's "Max Memory Used" is left out, since a process of this
// machine does not need the memory that the function needs there.
func (f *FunctionLog) Report(r Report) {
	switch {
	case f.log == nil:
	case f.log.options.JSON:
		f.log.writeJSON(functionLine{newEntry("platform.report"), f.path, reportRecord{
			r.RequestID, r.Status, r.ErrorType,
			reportMetrics{milliseconds(r.Duration), r.billed(), r.MemoryMB, milliseconds(r.Init)},
		}})
	default:
		f.text(fmt.Appendf(nil, "END RequestId: %s", r.RequestID), r.text())
	}
}

// text is the line as Lambda has it, with tabs between its parts.
func (r Report) text() []byte {
	line := fmt.Appendf(nil, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB",
		r.RequestID, milliseconds(r.Duration), r.billed(), r.MemoryMB)
	if r.Init > 0 {
		line = fmt.Appendf(line, "\tInit Duration: %.2f ms", milliseconds(r.Init))
	}
	switch r.Status {
	case Timeout:
		line = append(line, "\tStatus: timeout"...)
	case Failure:
		line = fmt.Appendf(line, "\tStatus: error\tError Type: %s", r.ErrorType)
	}
	return line
}

// Say writes words of furl's own about the function.
func (f *FunctionLog) Say(text string) { f.log.Say(text) }

// text writes lines behind the construct path.
func (f *FunctionLog) text(lines ...[]byte) {
	var text []byte
	for _, line := range lines {
		text = appendOutput(append(text, f.prefix...), line)
		if f.log.options.Color {
			text = append(text, "\x1b[0m"...)
		}
		text = append(text, '\n')
	}
	_ = f.log.write(text) // a log that cannot be written must stop nothing
}
