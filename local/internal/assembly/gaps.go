package assembly

import (
	"fmt"
	"slices"
	"strings"
)

// Gaps collects what an assembly has and furl local does not simulate, for the list that it prints when it starts. The
// zero value is ready. Gaps is not safe for concurrent use.
type Gaps struct {
	kinds []string
	paths map[string][]string // of the constructs that have a gap of this kind
}

// Add notes a gap of a construct. The kind is a phrase without a full stop, the same for all constructs that have such
// a gap. The construct path may be "".
func (g *Gaps) Add(path, kind string, arguments ...any) {
	if g.paths == nil {
		g.paths = map[string][]string{}
	}
	kind = fmt.Sprintf(kind, arguments...)
	if !slices.Contains(g.kinds, kind) {
		g.kinds = append(g.kinds, kind)
	}
	if path != "" && !slices.Contains(g.paths[kind], path) {
		g.paths[kind] = append(g.paths[kind], path)
	}
}

// Lines returns a line for each kind, in the order in which they were noted, with the construct paths behind it.
func (g *Gaps) Lines() []string {
	var lines []string
	for _, kind := range g.kinds {
		line := kind
		if paths := g.paths[kind]; len(paths) > 0 {
			line += ": " + strings.Join(paths, ", ")
		}
		lines = append(lines, line)
	}
	return lines
}
