package journal

import "hash/crc32"

// Parameters of the escape sequence that selects how a terminal shows text (ECMA-48, SGR).
const (
	dim     = "2"
	red     = "31"
	green   = "32"
	yellow  = "33"
	blue    = "34"
	magenta = "35"
	cyan    = "36"
)

// colorOf returns the color of a status.
func colorOf(status int) string {
	switch {
	case status == 0 || status >= 500:
		return red
	case status >= 400:
		return yellow
	case status >= 300:
		return cyan
	}
	return green
}

// colorOfFunction returns the same color for a construct path in every run.
func colorOfFunction(path string) string {
	colors := []string{cyan, magenta, blue, green, yellow}
	return colors[crc32.ChecksumIEEE([]byte(path))%uint32(len(colors))]
}

// paint appends text in a color.
func paint(line []byte, on bool, color string, text func([]byte) []byte) []byte {
	if !on {
		return text(line)
	}
	line = append(append(append(line, "\x1b["...), color...), 'm')
	return append(text(line), "\x1b[0m"...)
}
