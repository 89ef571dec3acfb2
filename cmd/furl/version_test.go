package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionLine(t *testing.T) {
	revision := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0123abc"}}
	for _, row := range []struct {
		name, why, version string
		settings           []debug.BuildSetting
		want               string
	}{
		{name: "installed", why: "go install has the module's version", version: "v0.3.0", want: "v0.3.0"},
		{
			name: "built from a commit", why: "the version has the revision in it",
			version: "v0.3.1-0.20261130140000-0123abc", settings: revision, want: "v0.3.1-0.20261130140000-0123abc",
		},
		{
			name: "a revision only", why: "there is no version",
			version: "(devel)", settings: revision, want: "(devel) 0123abc",
		},
		{name: "nothing", why: "go test knows no version", want: "(devel)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			info := &debug.BuildInfo{GoVersion: "go1.26.1", Settings: row.settings}
			info.Main.Version = row.version
			want := "furl " + row.want + " go1.26.1 " + runtime.GOOS + "/" + runtime.GOARCH
			if got := versionLine(info); got != want {
				t.Errorf("%s: %q, want %q", row.why, got, want)
			}
		})
	}
}
