package journal

import (
	"bytes"
	"regexp"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// colorSequence is an escape sequence that changes nothing but how text looks (ECMA-48, SGR).
var colorSequence = regexp.MustCompile(`^\x1b\[[0-9;:]*m`)

// appendOutput appends a line of a function's output. Tabs and the app's own colors stay. Other control characters are
// escaped, since the line may have a viewer's text in it. So no text moves a terminal's cursor.
func appendOutput(line, text []byte) []byte {
	text = bytes.TrimSuffix(text, []byte("\r"))
	for {
		plain := bytes.IndexFunc(text, func(r rune) bool { return r != '\t' && unicode.IsControl(r) })
		if plain < 0 {
			return append(line, text...)
		}
		line, text = append(line, text[:plain]...), text[plain:]
		if color := colorSequence.Find(text); color != nil {
			line, text = append(line, color...), text[len(color):]
			continue
		}
		r, size := utf8.DecodeRune(text)
		line, text = appendEscaped(line, r), text[size:]
	}
}

// appendEscaped appends a character as it is written in Go, such as \r or \u202e.
func appendEscaped(line []byte, r rune) []byte {
	quoted := strconv.AppendQuoteRuneToASCII(nil, r)
	return append(line, quoted[1:len(quoted)-1]...)
}
