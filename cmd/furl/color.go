package main

import (
	"io"
	"os"
)

// hasColors reports whether a writer is a terminal that shows colors. NO_COLOR with any value turns them off
// (no-color.org).
func hasColors(to io.Writer, getenv func(string) string) bool {
	file, ok := to.(*os.File)
	if !ok || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
