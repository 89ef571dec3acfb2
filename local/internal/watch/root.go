package watch

import (
	"path/filepath"
	"slices"
	"strings"
)

// Covers reports whether a path is the root, or a file or folder in it that counts.
func (r Root) Covers(path string) bool {
	name, err := filepath.Rel(r.Path, path)
	if err != nil || !filepath.IsLocal(name) {
		return false
	}
	if name == "." {
		return true
	}
	steps := strings.Split(name, string(filepath.Separator))
	if len(steps) > 1 && !r.Deep || isEditors(steps[len(steps)-1]) {
		return false
	}
	isExcepted := func(folder string) bool { return path == folder || isIn(folder, path) }
	// A hidden file counts, and a hidden folder with all in it does not. The file that npm writes last counts, since it
	// lies directly in node_modules.
	isSkipped := func(folder string) bool { return strings.HasPrefix(folder, ".") }
	packages := slices.Index(steps, "node_modules")
	return !slices.ContainsFunc(r.Except, isExcepted) && !slices.ContainsFunc(steps[:len(steps)-1], isSkipped) &&
		(packages < 0 || packages >= len(steps)-2)
}

// isIn reports whether a path lies in a folder.
func isIn(folder, path string) bool {
	return strings.HasPrefix(path, folder+string(filepath.Separator))
}

// isEditors reports whether an editor makes a file of this name for itself. These are Vim's, Emacs's and JetBrains's.
func isEditors(name string) bool {
	return name == "4913" || strings.HasSuffix(name, "~") || strings.HasPrefix(name, ".#") ||
		strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") ||
		strings.HasPrefix(name, ".") && strings.Contains(filepath.Ext(name), ".sw") || strings.Contains(name, "___jb_")
}
