package lambda

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestResponseStreams(t *testing.T) {
	f := newFunction(t, testConfig(t))
	m := newMeeting(t)
	t.Run("parts arrive as they are written", func(t *testing.T) {
		response := start(t, f, task{Do: "stream", Address: m.address})
		part := make([]byte, len("first "))
		if _, err := io.ReadFull(response.Body, part); err != nil || string(part) != "first " {
			t.Fatalf("read %q, %v", part, err)
		}
		m.next(t).letGo() // only now can there be a second
		if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "second" {
			t.Errorf("read %q, %v", rest, err)
		}
	})
	t.Run("an error in the trailers ends it", func(t *testing.T) {
		response := start(t, f, task{Do: "stream error"})
		body, err := io.ReadAll(response.Body)
		var failure *FunctionError
		if string(body) != "first " || !errors.As(err, &failure) || failure.Message != "the source ran dry" {
			t.Errorf("read %q, %v", body, err)
		}
	})
	t.Run("closed early, the process goes on", func(t *testing.T) {
		response := start(t, f, task{Do: "bytes", Size: 8 << 20})
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		f.waitIdle(t)
	})
}

// The process must be able to post all of its response, even if nobody reads it.
func TestRelayTakesAllAfterTheReaderIsGone(t *testing.T) {
	reader, writer := io.Pipe()
	_ = reader.Close()
	source := strings.NewReader(strings.Repeat("x", 1<<20))
	if err := relay(writer, source); err != nil || source.Len() != 0 {
		t.Errorf("%d bytes were not taken, %v", source.Len(), err)
	}
}

func TestFunctionError(t *testing.T) {
	f := newFunction(t, testConfig(t))
	for _, test := range []struct {
		name, why string
		task      task
		want      FunctionError
	}{
		{
			name: "returned", why: "aws-lambda-go's type of errors.New",
			task: task{Do: "error", Text: "no such order"}, want: FunctionError{"errorString", "no such order"},
		},
		{
			name: "panic", why: "a panic is reported before it ends the process",
			task: task{Do: "panic", Text: "index out of range"},
			want: FunctionError{"string", "index out of range"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := invoke(f, test.task)
			var got *FunctionError
			if !errors.As(err, &got) || *got != test.want {
				t.Errorf("%s: got %v", test.why, err)
			}
			pidOf(t, f)
		})
	}
}
