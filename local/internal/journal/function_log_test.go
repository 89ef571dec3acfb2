package journal

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFunctionLog compares each kind of line in both forms.
func TestFunctionLog(t *testing.T) {
	report := Report{
		RequestID: "r1", Status: Success, MemoryMB: 128,
		Duration: 12_340 * time.Microsecond, Init: 200 * time.Millisecond,
	}
	failed := Report{
		RequestID: "r1", Status: Failure, ErrorType: "Runtime.ExitError", MemoryMB: 128, Duration: time.Millisecond,
	}
	for _, row := range []struct {
		name, why string
		write     func(*FunctionLog)
		text      string
		object    map[string]any
	}{
		{
			name: "output", why: "it stands behind the construct path",
			write:  func(f *FunctionLog) { f.Line([]byte("\x1b[1mhello")) },
			text:   "Demo/Fn | \x1b[1mhello\n",
			object: map[string]any{"type": "function", "function": "Demo/Fn", "record": "\x1b[1mhello"},
		},
		{
			name: "start", why: "Lambda's line", write: func(f *FunctionLog) { f.Start("r1", "$LATEST") },
			text: "Demo/Fn | START RequestId: r1 Version: $LATEST\n",
			object: map[string]any{
				"type": "platform.start", "function": "Demo/Fn",
				"record": map[string]any{"requestId": "r1", "version": "$LATEST"},
			},
		},
		{
			name: "report", why: "Lambda bills the init phase, in whole milliseconds",
			write: func(f *FunctionLog) { f.Report(report) },
			text: "Demo/Fn | END RequestId: r1\nDemo/Fn | REPORT RequestId: r1\tDuration: 12.34 ms\t" +
				"Billed Duration: 213 ms\tMemory Size: 128 MB\tInit Duration: 200.00 ms\n",
			object: map[string]any{
				"type": "platform.report", "function": "Demo/Fn",
				"record": map[string]any{"requestId": "r1", "status": "success", "metrics": map[string]any{
					"durationMs": 12.34, "billedDurationMs": 213.0, "memorySizeMB": 128.0, "initDurationMs": 200.0,
				}},
			},
		},
		{
			name: "failure", why: "the text has Lambda's word for it", write: func(f *FunctionLog) { f.Report(failed) },
			text: "Demo/Fn | END RequestId: r1\nDemo/Fn | REPORT RequestId: r1\tDuration: 1.00 ms\t" +
				"Billed Duration: 1 ms\tMemory Size: 128 MB\tStatus: error\tError Type: Runtime.ExitError\n",
			object: map[string]any{
				"type": "platform.report", "function": "Demo/Fn",
				"record": map[string]any{
					"requestId": "r1", "status": "failure", "errorType": "Runtime.ExitError", "metrics": map[string]any{
						"durationMs": 1.0, "billedDurationMs": 1.0, "memorySizeMB": 128.0,
					},
				},
			},
		},
		{
			name: "furl's words", why: "they name the function themselves",
			write: func(f *FunctionLog) { f.Say("Demo/Fn: x") },
			text:  "Demo/Fn: x\n", object: map[string]any{"type": "furl", "text": "Demo/Fn: x"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var text, object bytes.Buffer
			row.write(New(Options{To: &text}).Function("Demo/Fn"))
			if text.String() != row.text {
				t.Errorf("%s: %q, want %q", row.why, &text, row.text)
			}
			row.write(New(Options{To: &object, JSON: true}).Function("Demo/Fn"))
			var got map[string]any
			if err := json.Unmarshal(object.Bytes(), &got); err != nil || got["time"] == "" {
				t.Fatalf("%v: %s", err, &object)
			}
			delete(got, "time")
			if !reflect.DeepEqual(got, row.object) {
				t.Errorf("%s: %v, want %v", row.why, got, row.object)
			}
		})
	}
}

// TestFunctionColor: a color that the function turned on does not last to the next line.
func TestFunctionColor(t *testing.T) {
	var text bytes.Buffer
	New(Options{To: &text, Color: true}).Function("Demo/Fn").Line([]byte("\x1b[31mred"))
	if got := text.String(); !strings.HasSuffix(got, "mDemo/Fn\x1b[0m | \x1b[31mred\x1b[0m\n") {
		t.Errorf("%q", got)
	}
}

// TestWords: furl's words are text for people as they are, and with JSON an object for each line.
func TestWords(t *testing.T) {
	const words = "\nOutputs:\n  a = b\n"
	const objects = `"text":"Outputs:"}` + "\n" + `"text":"  a = b"}` + "\n"
	for asJSON, want := range map[bool]string{false: words, true: objects} {
		var text bytes.Buffer
		if n, err := New(Options{To: &text, JSON: asJSON}).Words().Write([]byte(words)); n != len(words) || err != nil {
			t.Errorf("wrote %d bytes, %v", n, err)
		}
		got := text.String()
		for line := range strings.Lines(got) {
			if before, after, isObject := strings.Cut(line, `"type":"furl",`); isObject {
				got = strings.Replace(got, before+`"type":"furl",`+after, after, 1)
			}
		}
		if got != want {
			t.Errorf("JSON %t: %q, want %q", asJSON, got, want)
		}
	}
}

// TestWholeWrites: each line is one write, so no line is lost in a buffer or mixes with another one.
func TestWholeWrites(t *testing.T) {
	var writes []string
	log := New(Options{To: writerFunc(func(p []byte) (int, error) {
		writes = append(writes, string(p)) // the race detector sees two at once
		return len(p), nil
	})})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 100 {
				log.Function("Demo/Fn").Line([]byte("x"))
				log.Say("y")
			}
		})
	}
	wait.Wait()
	if len(writes) != 800 {
		t.Errorf("%d writes of 800 lines", len(writes))
	}
}
