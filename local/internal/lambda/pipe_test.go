package lambda

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// A function that writes to its runtime's pipe is ended, as nothing that follows could be read.
func TestForeignFramesEndTheProcess(t *testing.T) {
	for _, test := range []struct {
		name, why, bytes, then string
		want                   string
	}{
		{
			name: "unknown kind", why: "no frame begins like that",
			bytes: "63, 0, 0, 0, 0", want: "a frame '?' that does not belong there",
		},
		{
			name: "too long", why: "its content would fill the memory",
			bytes: "65, 255, 255, 255, 255", want: "a frame of 4294967295 bytes",
		},
		{
			name: "out of turn", why: "no streamed answer has begun",
			bytes: "69, 0, 0, 0, 0", want: "a frame 'E' that does not belong there",
		},
		{
			name: "cut", why: "the process ends in a frame, and its end is the reason",
			bytes: "65, 0, 0, 0, 9, 1", then: "process.exit(5)", want: "exit status 5",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, nodeConfig(t, "index.mjs", `import { writeSync } from 'node:fs';
				export const handler = async (event) => {
					if (event.Do === 'pid') return process.pid;
					writeSync(4, Buffer.from([`+test.bytes+`]));
					`+test.then+`;
					await new Promise(() => setTimeout(() => {}, 10000));
				};`))
			if _, err := invoke(f, task{}); !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %v", test.why, err)
			}
			pidOf(t, f)
		})
	}
}

// A runtime that goes on without an answer fails the event. Nobody waits for it for ever.
func TestRuntimeGoesOnWithoutAnAnswer(t *testing.T) {
	for _, test := range []struct{ name, why, source, want string }{
		{
			name: "before it", why: "nothing was sent", want: "",
			source: `export const handler = async () => {
				writeSync(4, Buffer.from([82, 0, 0, 0, 0]));
				await forever;
			};`,
		},
		{
			name: "in the middle of it", why: "the stream would not end", want: "x",
			source: `export const handler = awslambda.streamifyResponse(async (event, stream) => {
				await new Promise((r) => stream.write('x', r));
				writeSync(4, Buffer.from([82, 0, 0, 0, 0]));
				await forever;
			});`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := nodeConfig(t, "index.mjs", `import { writeSync } from 'node:fs';
				const forever = new Promise(() => setInterval(() => {}, 1000));
				`+test.source)
			log := &syncBuffer{}
			config.Log = journal.New(journal.Options{To: log, JSON: true})
			f := newFunction(t, config)
			got := answerOf(t, f)
			if got.body != test.want || !errors.Is(got.err, errNoResponse) {
				t.Errorf("%s: got %q, %v", test.why, got.body, got.err)
			}
			if !strings.Contains(log.text(), `"status":"error"`) { // the report comes before the answer's end
				t.Errorf("%s: the report says no error: %s", test.why, log.text())
			}
		})
	}
}

func TestKilledNodeInTheMiddleOfItsResponse(t *testing.T) {
	f := newFunction(t, nodeConfig(t, "index.mjs", `export const handler = awslambda.streamifyResponse(
		async (event, stream) => {
			stream.write(String(process.pid) + ' ');
			await new Promise(() => setTimeout(() => {}, 10000));
		});`))
	response := start(t, f, task{})
	text := ""
	for part := make([]byte, 1); !strings.HasSuffix(text, " "); text += string(part) {
		if _, err := io.ReadFull(response.Body, part); err != nil {
			t.Fatal(err)
		}
	}
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	kill(t, pid)
	if body, err := io.ReadAll(response.Body); len(body) != 0 || !errors.Is(err, ErrExited) {
		t.Errorf("read %q, %v", body, err)
	}
}

// A viewer that reads slowly must not hold up what else the function does.
func TestSlowViewerDoesNotStopTheEventLoop(t *testing.T) {
	log := &syncBuffer{}
	config := nodeConfig(t, "index.mjs", `export const handler = awslambda.streamifyResponse(async (event, stream) => {
		stream.write('x'.repeat(1 << 20));
		await new Promise((r) => setTimeout(r, 20));
		console.log('still running');
		stream.end();
	});`)
	config.Log = log.log()
	f := newFunction(t, config)
	response := start(t, f, task{})
	for begin := time.Now(); !strings.Contains(log.text(), "still running"); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatal("the function stands still until its response is read")
		}
	}
	if body, err := io.ReadAll(response.Body); len(body) != 1<<20 || err != nil {
		t.Errorf("read %d bytes, %v", len(body), err)
	}
}

// A frame says how long its content is. Any byte may occur in that number, a line feed too.
func TestEventsOfEverySize(t *testing.T) {
	f := newFunction(t, nodeConfig(t, "index.mjs", `export const handler = async (event) => event.length;`))
	for size := range 300 {
		checkEcho(t, f, size)
	}
	for _, size := range []int{2304, 2400, 2560, 2700, 2815, 655_360, 700_000} { // lengths with 0x0A in a higher byte
		checkEcho(t, f, size)
	}
}

// checkEcho invokes a function that answers the length of its event, a text.
func checkEcho(t *testing.T, f *Function, size int) {
	t.Helper()
	response, err := f.Invoke(t.Context(), []byte(`"`+strings.Repeat("x", size)+`"`))
	if err != nil {
		t.Fatalf("%d bytes: %v", size, err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); err != nil || string(got) != strconv.Itoa(size) {
		t.Fatalf("%d bytes: got %q, %v", size, got, err)
	}
}
