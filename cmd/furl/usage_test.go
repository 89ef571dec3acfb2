package main

import (
	"errors"
	"io"
	"testing"

	"github.com/furl-cdk/furl/local"
)

// TestFlagsHaveTwoDashes: package flag writes one dash in its messages, and furl writes two.
func TestFlagsHaveTwoDashes(t *testing.T) {
	for _, row := range []struct {
		name, why string
		arguments []string
		want      string
	}{
		{
			name: "unknown", why: "the user wrote two dashes",
			arguments: []string{"--port", "1"}, want: "flag provided but not defined: --port",
		},
		{
			name: "unknown, one dash", why: "package flag takes one dash too",
			arguments: []string{"-port"}, want: "flag provided but not defined: --port",
		},
		{
			name: "no value", why: "a flag at the end",
			arguments: []string{"--listen"}, want: "flag needs an argument: --listen",
		},
		{
			name: "not a time", why: "the value is quoted",
			arguments: []string{"--session-duration", "soon"},
			want:      `invalid value "soon" for flag --session-duration: parse error`,
		},
		{
			name: "not a bool", why: "package flag has other words for it",
			arguments: []string{"--json=7"}, want: `invalid boolean value "7" for --json: parse error`,
		},
		{
			name: "a value that looks like a message", why: "the user's text is not changed",
			arguments: []string{"--run", `" for flag -x: -y`},
			want:      `invalid value "\" for flag -x: -y" for flag --run: want PATTERN=COMMAND`,
		},
		{
			name: "three dashes", why: "the user's text is not changed",
			arguments: []string{"---json"}, want: "bad flag syntax: ---json",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parse(localFlags(&local.Options{}), row.arguments, "", io.Discard)
			var usage *usageError
			if !errors.As(err, &usage) || err.Error() != row.want {
				t.Errorf("%s: %v", row.why, err)
			}
		})
	}
}
