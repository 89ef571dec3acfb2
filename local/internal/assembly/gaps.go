package assembly

import (
	"fmt"
	"slices"
)

// Gaps collects what an assembly has and furl local does not simulate, for the list that it prints when it starts. The
// zero value is ready. Gaps is not safe for concurrent use.
type Gaps struct{ lines []string }

// Add notes one gap, a phrase without a full stop. What several parts note is listed once.
func (g *Gaps) Add(format string, arguments ...any) {
	if line := fmt.Sprintf(format, arguments...); !slices.Contains(g.lines, line) {
		g.lines = append(g.lines, line)
	}
}

// Lines returns the gaps in the order in which they were noted.
func (g *Gaps) Lines() []string { return g.lines }
