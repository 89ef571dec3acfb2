package local

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// printer keeps the first error of a run of prints.
type printer struct {
	to    io.Writer
	told  []string // lines that are not told again
	lines []string // that were told, by this printer or before it
	err   error
}

func (p *printer) print(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.to, format, args...)
	}
}

// line prints a line that was not told before.
func (p *printer) line(text string) {
	p.lines = append(p.lines, text)
	if !slices.Contains(p.told, text) {
		p.print("%s\n", text)
	}
}

// list prints the lines that were not told before below a title, and nothing where there are none.
func (p *printer) list(title string, lines []string) {
	var untold []string
	for _, line := range lines {
		p.lines = append(p.lines, title+": "+line)
		if !slices.Contains(p.told, title+": "+line) {
			untold = append(untold, line)
		}
	}
	if len(untold) > 0 {
		p.print("\n%s:\n  %s\n", title, strings.Join(untold, "\n  "))
	}
}
