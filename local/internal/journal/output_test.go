package journal

import (
	"bytes"
	"testing"
)

// TestOutput: a function may log a viewer's text, which must not move the cursor of the developer's terminal.
func TestOutput(t *testing.T) {
	for _, row := range []struct{ name, why, line, want string }{
		{name: "text", why: "it is as it was", line: "日本\tä \\r", want: "日本\tä \\r"},
		{name: "colors", why: "they are the app's", line: "\x1b[1;31mred\x1b[m", want: "\x1b[1;31mred\x1b[m"},
		{name: "a line over another", why: "it would hide the function", line: "a\rGET / 200", want: `a\rGET / 200`},
		{name: "a line's end", why: "as on Windows", line: "a\r", want: "a"},
		{name: "the cursor", why: "it would write elsewhere", line: "\x1b[2A\x1b[2K", want: `\x1b[2A\x1b[2K`},
		{name: "the clipboard", why: "a terminal sets it", line: "\x1b]52;c;eA==\a", want: `\x1b]52;c;eA==\a`},
		{name: "an 8-bit sequence", why: "likewise", line: "\u009b2J", want: `\u009b2J`},
		{name: "no end", why: "what follows is no part of it", line: "\x1b[31", want: `\x1b[31`},
		{name: "no UTF-8", why: "bytes are the app's", line: "\xff", want: "\xff"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var text bytes.Buffer
			New(Options{To: &text}).Function("Demo/Fn").Line([]byte(row.line))
			if want := "Demo/Fn | " + row.want + "\n"; text.String() != want {
				t.Errorf("%s: %q, want %q", row.why, text.String(), want)
			}
		})
	}
}
