package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

const versionHelp = `Usage: furl version

Prints the versions of furl and Go, and the platform, in one line.

Example:

  furl version
`

// runVersion is 'furl version'.
func runVersion(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("furl version", flag.ContinueOnError)
	if helped, err := parse(flags, args, versionHelp, stdout); helped || err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program has no build information: install it with 'go install'")
	}
	_, err := fmt.Fprintln(stdout, versionLine(info))
	return err
}

// versionLine is such as "furl v0.3.0 go1.26.1 linux/amd64". A build without a version has "(devel)" in its place, and
// the revision of the source if that is known.
func versionLine(info *debug.BuildInfo) string {
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "(devel)"
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				version += " " + setting.Value
			}
		}
	}
	return fmt.Sprintf("furl %s %s %s/%s", version, info.GoVersion, runtime.GOOS, runtime.GOARCH)
}
