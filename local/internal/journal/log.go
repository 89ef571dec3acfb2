// Package journal writes the log of furl local, as text for people or as JSON for programs.
//
// Each request that reaches furl has one line, with the request, the status, and who decided the answer. The line's
// [Record] travels in the request's context. Each part that the request passes fills it in, and the listener that the
// request came to writes it. A distribution's request to a Function URL belongs to the viewer's and has no line.
//
// A function's output and Lambda's words about it are lines of a [FunctionLog]. The rest is furl's own words.
//
// A request's line has no query string, no header value and no body. The parts keep to this in their reasons, but for a
// Host that they refuse.
package journal

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"time"
)

// Options say where the log goes, and in which form.
type Options struct {
	To      io.Writer
	JSON    bool // one JSON object a line, not text
	Color   bool // of text, by the escape sequences of terminals
	Verbose bool // details below a request's line
}

// Log is safe for concurrent use. A nil Log drops all lines.
type Log struct {
	options Options
	mu      sync.Mutex // keeps lines whole
	carried sync.Map   // connection → context that its next request belongs to
}

// New makes a log. Each line is written at once, so that none is lost when furl ends.
func New(options Options) *Log { return &Log{options: options} }

// Say writes words of furl's own.
func (l *Log) Say(text string) {
	if l == nil {
		return
	}
	if l.options.JSON {
		l.writeJSON(words{entry: newEntry("furl"), Text: text})
		return
	}
	l.write(append([]byte(text), '\n'))
}

// Words is the log as a writer of furl's own words. Each Write has whole lines.
func (l *Log) Words() io.Writer { return wordWriter{l} }

type wordWriter struct{ log *Log }

func (w wordWriter) Write(text []byte) (int, error) {
	if !w.log.options.JSON {
		return len(text), w.log.write(text)
	}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimRight(line, "\n"); len(line) > 0 {
			w.log.Say(string(line))
		}
	}
	return len(text), nil
}

// entry begins each JSON object.
type entry struct {
	Time string `json:"time"`
	Type string `json:"type"`
}

func newEntry(kind string) entry {
	return entry{time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), kind}
}

type words struct {
	entry
	Text string `json:"text"`
}

// writeJSON writes an object of strings and numbers, which can always be encoded.
func (l *Log) writeJSON(object any) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(object)
	_ = l.write(line.Bytes()) // a log that cannot be written must stop nothing
}

func (l *Log) write(lines []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.options.To.Write(lines)
	return err
}
