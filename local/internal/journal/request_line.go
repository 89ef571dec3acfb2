package journal

import (
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// request is a request's line as JSON.
type request struct {
	entry
	At         string   `json:"at"`
	Method     string   `json:"method"`
	Path       string   `json:"path"`
	Operation  string   `json:"operation,omitempty"`
	Status     int      `json:"status"` // 0: none was sent
	DurationMs float64  `json:"durationMs"`
	By         string   `json:"by"`
	Reason     string   `json:"reason,omitempty"`
	SignedBy   string   `json:"signedBy,omitempty"`
	CutOff     bool     `json:"cutOff,omitempty"`
	Details    []string `json:"details,omitempty"`
}

// object is the line as JSON. r.mu must be held.
func (r *Record) object(status int, took time.Duration, whole bool) request {
	return request{
		entry: newEntry("request"), At: r.at, Method: r.method, Path: shorten(r.path), Operation: r.operation,
		Status: status, DurationMs: milliseconds(took), By: r.by, Reason: r.reason, SignedBy: r.signedBy,
		CutOff: !whole, Details: r.details,
	}
}

// text is the line as text, with the details below it. r.mu must be held.
func (r *Record) text(status int, took time.Duration, whole bool) []byte {
	color := r.log.options.Color
	line := make([]byte, 0, 256)
	line = paint(line, color, dim, func(line []byte) []byte { return time.Now().AppendFormat(line, "15:04:05.000") })
	line = append(appendClean(append(line, ' '), r.method), ' ')
	if r.operation != "" {
		line = appendClean(line, r.operation)
	} else {
		line = appendClean(line, shorten(r.path))
	}
	line = paint(append(line, ' '), color, colorOf(status), func(line []byte) []byte {
		if status == 0 {
			return append(line, '-')
		}
		return strconv.AppendInt(line, int64(status), 10)
	})
	line = paint(append(line, ' '), color, dim, func(line []byte) []byte { return appendDuration(line, took) })
	line = appendClean(append(line, "  "...), r.by)
	if r.reason != "" {
		line = appendClean(append(line, ": "...), r.reason)
	}
	if r.signedBy != "" && status >= 400 {
		line = append(appendClean(append(line, " (signed by "...), r.signedBy), ')')
	}
	if !whole {
		line = append(line, " (cut off)"...)
	}
	line = append(line, '\n')
	for _, detail := range r.details {
		line = append(appendClean(append(line, "  "...), detail), '\n')
	}
	return line
}

// appendDuration appends whole milliseconds, and tenths of them below 10.
func appendDuration(line []byte, took time.Duration) []byte {
	decimals := 0
	if took < 10*time.Millisecond {
		decimals = 1
	}
	line = strconv.AppendFloat(line, took.Seconds()*1000, 'f', decimals, 64)
	return append(line, " ms"...)
}

// milliseconds has three decimals at most.
func milliseconds(took time.Duration) float64 { return math.Round(took.Seconds()*1e6) / 1e3 }

// shorten cuts a path at 200 bytes.
func shorten(path string) string {
	const longest = 200
	if len(path) <= longest {
		return path
	}
	return path[:longest] + "…"
}

// appendClean appends text that may be a stranger's. A line break becomes a space, and any other character that does
// not print is escaped. So no text makes a further line or moves a terminal's cursor.
func appendClean(line []byte, text string) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n':
			line = append(line, ' ')
		case r == utf8.RuneError && size == 1:
			line = append(line, `\x`...)
			line = append(line, hexDigits[text[i]>>4], hexDigits[text[i]&15])
		case unicode.IsPrint(r):
			line = append(line, text[i:i+size]...)
		default:
			line = appendEscaped(line, r)
		}
		i += size
	}
	return line
}

const hexDigits = "0123456789abcdef"
