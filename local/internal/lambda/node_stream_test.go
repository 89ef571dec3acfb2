package lambda

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

const (
	withPrelude = "application/vnd.awslambda.http-integration-response"
	noType      = "application/octet-stream"
)

// streamCase is a handler of awslambda.streamifyResponse and its answer, as the runtime client of AWS gives it.
// TestNodeStreamsAsAWSDoes compares the two.
type streamCase struct {
	name, why, body   string
	notAsync          bool
	contentType, want string
	failure           *FunctionError // of the invocation, or while the body is read
	timesOut          bool
}

const preludeOf201 = `{"statusCode":201,"cookies":["a=1"]}` + "\x00\x00\x00\x00\x00\x00\x00\x00"

var streamCases = []streamCase{
	{
		name: "plain", why: "without a prelude",
		body: `stream.setContentType('text/plain');
			stream.write('one '); stream.write('two'); stream.end();`,
		contentType: "text/plain", want: "one two",
	},
	{
		name: "prelude", why: "status and headers come first",
		body: `stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ['a=1'] });
			stream.write('body'); stream.end();`,
		contentType: withPrelude, want: preludeOf201 + "body",
	},
	{
		name: "prelude and an empty write", why: "a response without a body",
		body: `stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ['a=1'] });
			stream.write(''); stream.end();`,
		contentType: withPrelude, want: preludeOf201,
	},
	{
		name: "prelude, no write", why: "the prelude goes with the first write, so it is lost",
		body:        `stream = awslambda.HttpResponseStream.from(stream, { statusCode: 302 }); stream.end();`,
		contentType: withPrelude, want: "",
	},
	{
		name: "prelude, the body with end", why: "end is no write, so the prelude is lost",
		body:        `awslambda.HttpResponseStream.from(stream, { statusCode: 201 }).end('body');`,
		contentType: withPrelude, want: "body",
	},
	{name: "empty", why: "nothing at all", body: `stream.end();`, contentType: noType},
	{
		name: "not ended", why: "the runtime waits for the end until the function's timeout",
		body: `stream.write('x');`, contentType: noType, want: "x", timesOut: true,
	},
	{
		name: "pipeline", why: "it is a Writable",
		body:        `await pipeline(Readable.from(['a', 'b', 'c'.repeat(3)]), stream);`,
		contentType: noType, want: "abccc",
	},
	{
		name: "piped and not awaited", why: "the runtime waits for the end of the stream, not of the handler alone",
		body: `Readable.from(['a', 'b']).pipe(stream);`, contentType: noType, want: "ab",
	},
	{
		name: "objects", why: "what is neither text nor bytes is written as JSON",
		body:        `stream.write({ a: 1 }); stream.write(Buffer.from('b')); stream.end();`,
		contentType: noType, want: `{"a":1}b`,
	},
	{
		name: "large", why: "more than a pipe holds",
		body:        `for (let i = 0; i < 64; i++) stream.write('0123456789abcdef'.repeat(4096)); stream.end();`,
		contentType: noType, want: strings.Repeat("0123456789abcdef", 64*4096),
	},
	{
		name: "breaks off", why: "an error after the first byte cuts the response",
		body:        `stream.write('x'); await new Promise((r) => setTimeout(r, 20)); throw new TypeError('late');`,
		contentType: noType, want: "x", failure: &FunctionError{"TypeError", "late"},
	},
	{
		name: "fails before the first byte", why: "the event fails",
		body: `throw new Error('early');`, failure: &FunctionError{"Error", "early"},
	},
	{
		name: "not async", why: "the runtime cannot wait for such a handler", notAsync: true,
		failure: &FunctionError{"Error", "Streaming does not support non-async handlers."},
	},
	{
		name: "type too late", why: "it has gone with the first write",
		body:        `stream.write('x'); await new Promise(setImmediate); stream.setContentType('text/html');`,
		contentType: noType, want: "x",
		failure: &FunctionError{"Runtime.InvalidStreamingOperation", "Cannot set content-type, too late."},
	},
}

// source is a module with the case's handler.
func (c streamCase) source() string {
	async := "async "
	if c.notAsync {
		async = ""
	}
	return `
		import { pipeline } from 'node:stream/promises'; import { Readable } from 'node:stream';
		export const handler = awslambda.streamifyResponse(` + async + `(event, stream, context) => {
			if (!context.awsRequestId) throw new Error('no context');
			` + c.body + `
		});`
}

// streamAnswer is what arrives of an answer.
type streamAnswer struct {
	contentType, body string
	streaming         bool
	err               error // of the invocation, or while the body is read
}

func answerOf(t *testing.T, f *Function) streamAnswer {
	t.Helper()
	event, err := json.Marshal(task{})
	if err != nil {
		t.Fatal(err)
	}
	response, err := f.Invoke(t.Context(), event)
	if err != nil {
		return streamAnswer{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return streamAnswer{response.ContentType, string(body), response.Streaming, err}
}

// check compares an answer with the case.
func (c streamCase) check(t *testing.T, got streamAnswer) {
	t.Helper()
	if got.contentType != c.contentType || got.body != c.want || got.streaming != (c.contentType != "") {
		t.Errorf("%s: streaming %t, %q, %d bytes, want %q, %d bytes: %.100q",
			c.why, got.streaming, got.contentType, len(got.body), c.contentType, len(c.want), got.body)
	}
	var failure *FunctionError
	switch {
	case c.timesOut && !errors.Is(got.err, ErrTimeout):
		t.Errorf("%s: got %v", c.why, got.err)
	case c.failure != nil && (!errors.As(got.err, &failure) || *failure != *c.failure):
		t.Errorf("%s: got %v", c.why, got.err)
	case c.failure == nil && !c.timesOut && got.err != nil:
		t.Errorf("%s: %v", c.why, got.err)
	}
}

func TestNodeStreams(t *testing.T) {
	for _, test := range streamCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := nodeConfig(t, "index.mjs", test.source())
			if test.timesOut {
				config.Timeout = 200 * time.Millisecond
			}
			f := newFunction(t, config)
			for range 2 {
				test.check(t, answerOf(t, f))
			}
			if n := f.alive(); n != 1 && !test.timesOut {
				t.Errorf("%d processes", n)
			}
		})
	}
}

// The reason for a lost prelude is in the log, since the viewer gets a bare 502.
func TestNodeStreamWithoutAWriteSaysSo(t *testing.T) {
	log := &syncBuffer{}
	config := nodeConfig(t, "index.mjs", streamCases[3].source())
	config.Log = log.log()
	f := newFunction(t, config)
	answerOf(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := log.text(); !strings.Contains(got, "The response stream ended without a write.") {
		t.Errorf("the log has %q", got)
	}
}
