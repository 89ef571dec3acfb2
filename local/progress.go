package local

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// say writes words that are for people.
func say(log *journal.Log, format string, arguments ...any) {
	log.Say(fmt.Sprintf(format, arguments...))
}

// roughly is a time to read.
func roughly(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// shortly is a path as seen from the folder that furl was started in.
func shortly(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(resolved(here), path)
	if err != nil || !filepath.IsLocal(relative) {
		return path
	}
	return relative
}

// name names one of some files, and counts the others. A file that is gone is less to name, as editors make such.
func name(paths []string) string {
	isThere := func(path string) bool {
		_, err := os.Lstat(path)
		return err == nil
	}
	named := shortly(paths[max(0, slices.IndexFunc(paths, isThere))])
	if len(paths) > 1 {
		named += fmt.Sprintf(" and %d more", len(paths)-1)
	}
	return named
}
