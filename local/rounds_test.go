package local

import (
	"slices"
	"testing"
)

// TestRounds: a developer's change counts, and the commands' own output makes no loop.
func TestRounds(t *testing.T) {
	type round struct {
		quiet   []string // changed before it, while nothing ran
		during  []string
		again   []string
		tooMany bool
	}
	for _, row := range []struct {
		name, why string
		rounds    []round
	}{
		{name: "nothing written", why: "one change, one round", rounds: []round{{quiet: []string{"a.go"}}}},
		{
			name: "saved meanwhile", why: "the command may have read the file before", rounds: []round{
				{quiet: []string{"a.go"}, during: []string{"b.go"}, again: []string{"b.go"}},
				{},
			},
		},
		{
			name: "output", why: "the second round tells whose it is, and it never counts again", rounds: []round{
				{quiet: []string{"a.go"}, during: []string{"bin/a"}, again: []string{"bin/a"}},
				{during: []string{"bin/a"}},
				{quiet: []string{"a.go"}, during: []string{"bin/a"}},
				{quiet: []string{"a.go"}, during: []string{"bin/a", "b.go"}, again: []string{"b.go"}},
				{during: []string{"bin/a"}},
			},
		},
		{
			name: "saved twice", why: "a slow command, and a developer in a hurry", rounds: []round{
				{quiet: []string{"a.go"}, during: []string{"a.go"}, again: []string{"a.go"}},
				{during: []string{"a.go"}, again: []string{"a.go"}},
				{},
			},
		},
		{
			name: "command by hand", why: "its output stays its output", rounds: []round{
				{quiet: []string{"a.go"}, during: []string{"bin/a"}, again: []string{"bin/a"}},
				{during: []string{"bin/a"}},
				{quiet: []string{"bin/a"}, during: []string{"bin/a"}},
			},
		},
		{
			name: "new names", why: "they end nevertheless", rounds: []round{
				{quiet: []string{"a.go"}, during: []string{"1"}, again: []string{"1"}},
				{during: []string{"2"}, again: []string{"2"}},
				{during: []string{"3"}, again: []string{"3"}},
				{during: []string{"4"}, again: []string{"4"}},
				{during: []string{"5"}, again: []string{"5"}, tooMany: true},
				{quiet: []string{"a.go"}, during: []string{"5"}, again: []string{"5"}},
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var r rounds
			for i, round := range row.rounds {
				if round.quiet != nil {
					r.changed(round.quiet)
				}
				r.begin()
				r.note(round.during)
				if again, tooMany := r.end(); !slices.Equal(again, round.again) || tooMany != round.tooMany {
					t.Fatalf("round %d: again for %q, too many %t (%s)", i+1, again, tooMany, row.why)
				}
			}
		})
	}
}
