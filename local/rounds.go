package local

import (
	"maps"
	"slices"
)

// rounds decides whether the commands of --build and --synth run once more. A change while they run makes one more
// round, since they may have read the file before. Their own output makes none. A file is theirs if it changes in two
// rounds in a row, and never changed while nothing ran.
type rounds struct {
	sources pathSet // changed while nothing ran
	written pathSet // by the commands
	during  pathSet // changed since the round began
	before  pathSet // changed in the rounds that led to this one
	inARow  int
}

// pathSet is a set of paths. It is made with its first path.
type pathSet map[string]bool

func (s *pathSet) add(paths ...string) {
	if *s == nil {
		*s = pathSet{}
	}
	for _, path := range paths {
		(*s)[path] = true
	}
}

// maxInARow bounds the rounds that lead to one another. Commands may write files of new names each time, or over the
// developer's.
const maxInARow = 5

// changed takes files that changed while nothing ran.
func (r *rounds) changed(paths []string) {
	for _, path := range paths {
		if !r.written[path] { // else the developer may have run the command by hand
			r.sources.add(path)
		}
	}
	r.before, r.inARow = nil, 0
}

// begin begins a round.
func (r *rounds) begin() {
	r.during = nil
	r.inARow++
}

// note takes files that change during the round.
func (r *rounds) note(paths []string) {
	r.during.add(paths...)
}

// end ends the round. It returns the files for which another round is due. The round is one too many if there were
// maxInARow.
func (r *rounds) end() (again []string, tooMany bool) {
	for _, path := range slices.Sorted(maps.Keys(r.during)) {
		switch {
		case r.sources[path]:
			again = append(again, path)
		case r.written[path]:
		case r.before[path]:
			r.written.add(path)
		default:
			again = append(again, path)
		}
		r.before.add(path)
	}
	return again, r.inARow >= maxInARow
}
