package lambda

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// place is the folders of one function. They are filled when its first process starts, as most functions of an
// assembly may never be called.
//
// The code is a copy. In its original place the code would see files that AWS does not have. These are the
// node_modules of the folders above, and a package.json there that sets the module type of .js files. No write
// of the function changes the asset.
type place struct {
	scratch    string // has the other folders in it, but for code that is the function's own
	source     string // the code's original folder; "" where task has the code already, or there is none
	zip        string // the file to unpack into task; "": none
	task       string // stands for /var/task; "" where there is no code
	opt        string // stands for /opt
	layers     []string
	runtimeDir string // stands for /var/runtime

	mu       sync.Mutex
	filled   bool
	original listing // of task, before anything ran
	told     bool    // of a change
}

// newPlace makes the scratch folder of a function.
func newPlace(config Config) (*place, error) {
	scratch, err := os.MkdirTemp(config.Scratch, "furl-lambda-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for its code: %w", err)
	}
	at := &place{
		scratch: scratch, layers: config.Layers,
		opt: filepath.Join(scratch, "opt"), runtimeDir: filepath.Join(scratch, "runtime"),
	}
	switch {
	case config.OwnCode:
		at.task = config.CodeDir
	case config.CodeDir != "":
		at.source, at.task = config.CodeDir, filepath.Join(scratch, "task")
	case config.Zip != "":
		at.zip, at.task = config.Zip, filepath.Join(scratch, "task")
	}
	return at, nil
}

// fill puts code, layers and runtime in place, unless they are.
func (at *place) fill(runtime fs.FS) error {
	at.mu.Lock()
	defer at.mu.Unlock()
	if at.filled {
		return nil
	}
	if err := at.fillTask(); err != nil {
		return err
	}
	for _, layer := range at.layers { // a later layer overrides an earlier one
		if err := copyTree(at.opt, layer); err != nil {
			return fmt.Errorf("copying its layer: %w", err)
		}
	}
	if runtime != nil {
		if err := os.RemoveAll(at.runtimeDir); err != nil { // of a start that failed halfway
			return fmt.Errorf("writing its runtime: %w", err)
		}
		if err := os.CopyFS(at.runtimeDir, runtime); err != nil {
			return fmt.Errorf("writing its runtime: %w", err)
		}
	}
	at.original, at.filled = list(at.task), true
	return nil
}

// fillTask puts the code in place.
func (at *place) fillTask() error {
	if at.source != "" {
		if err := copyTree(at.task, at.source); err != nil {
			return fmt.Errorf("copying its code: %w", err)
		}
	}
	if at.zip == "" {
		return nil
	}
	if err := os.RemoveAll(at.task); err != nil { // of a start that failed halfway
		return fmt.Errorf("making a folder for its code: %w", err)
	}
	if err := os.Mkdir(at.task, 0o755); err != nil {
		return fmt.Errorf("making a folder for its code: %w", err)
	}
	return assembly.Unzip(at.zip, at.task)
}

// change returns a file that the function wrote or removed in its code folder, or "". It returns one once.
func (at *place) change() string {
	at.mu.Lock()
	defer at.mu.Unlock()
	if !at.filled || at.told {
		return ""
	}
	name := at.original.difference(list(at.task))
	at.told = name != ""
	return name
}

// hasCode reports whether the copied code is that of an asset that had other files before. A file that was only touched
// is the same, since `go build` touches a program that is up to date.
func (at *place) hasCode(before listing, now asset) bool {
	at.mu.Lock()
	defer at.mu.Unlock()
	all := listing{}
	maps.Copy(all, before)
	maps.Copy(all, now.files)
	for name := range all {
		was, is := before[name], now.files[name]
		switch {
		case was == is, was.mode == is.mode && is.mode.IsDir():
		case !at.filled || was.size != is.size || was.mode != is.mode ||
			!sameContent(filepath.Join(now.path, name), filepath.Join(at.task, name)):
			return false
		}
	}
	return true
}

func sameContent(file, other string) bool {
	content, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	otherContent, err := os.ReadFile(other)
	return err == nil && bytes.Equal(content, otherContent)
}

// remove removes the folders.
func (at *place) remove() error {
	if at.source == "" && at.zip == "" && at.task != "" {
		if err := os.RemoveAll(at.task); err != nil {
			return err
		}
	}
	return os.RemoveAll(at.scratch)
}

// listing describes the files and folders of a folder by their paths in it. The time of a folder changes with each
// file that is made or removed in it.
type listing map[string]file

type file struct {
	size     int64
	mode     fs.FileMode
	modified time.Time
}

// list lists a folder. It leaves out files that it cannot read.
func list(folder string) listing {
	files := listing{}
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			name, _ := filepath.Rel(folder, path) // path is below folder
			files[name] = file{info.Size(), info.Mode(), info.ModTime()}
		}
		return nil
	})
	return files
}

// difference returns the path of a file that differs in the other listing, or "". It returns a folder only where no
// file tells more.
func (l listing) difference(other listing) string {
	var differing []string
	all := maps.Clone(l)
	maps.Copy(all, other)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if l[name] != other[name] {
			differing = append(differing, name)
		}
	}
	isFile := func(name string) bool { return !all[name].mode.IsDir() }
	if i := slices.IndexFunc(differing, isFile); i >= 0 {
		return differing[i]
	}
	return append(differing, "")[0]
}
