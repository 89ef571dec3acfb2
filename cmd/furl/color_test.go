package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestColors(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("SKIPPED: colors of a terminal, since there is none: %v", err)
	}
	defer terminal.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer pipe.Close()
	for _, row := range []struct {
		name, why string
		to        io.Writer
		env       map[string]string
		want      bool
	}{
		{name: "terminal", why: "people read it", to: terminal, env: map[string]string{"TERM": "xterm"}, want: true},
		{
			name: "empty NO_COLOR", why: "counts as unset", to: terminal,
			env: map[string]string{"NO_COLOR": ""}, want: true,
		},
		{name: "NO_COLOR", why: "any value counts", to: terminal, env: map[string]string{"NO_COLOR": "0"}},
		{name: "dumb terminal", why: "it shows the sequences", to: terminal, env: map[string]string{"TERM": "dumb"}},
		{name: "file", why: "programs read it", to: file},
		{name: "pipe", why: "programs read it", to: pipe},
		{name: "no file", why: "nobody knows who reads it", to: &bytes.Buffer{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := hasColors(row.to, func(name string) string { return row.env[name] })
			if got != row.want {
				t.Errorf("%s: %t, want %t", row.why, got, row.want)
			}
		})
	}
}
