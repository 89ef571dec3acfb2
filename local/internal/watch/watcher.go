// Package watch tells which files change in folders.
//
// The system watches single folders. A [Watcher] adds the folders in them, those made later too, and finds a folder
// again that was removed and made anew. It leaves out the files that no developer edits. These are in hidden
// folders or node_modules, or editors make them for themselves.
package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// Root is a file or folder to watch. It may be missing, if the folder that it is in is there.
type Root struct {
	Path   string   // absolute, without symbolic links
	Deep   bool     // with the folders in it
	Except []string // folders in it to leave out
}

// Watcher watches roots. It is safe for concurrent use.
type Watcher struct {
	system  *fsnotify.Watcher
	changed chan struct{}
	done    sync.WaitGroup

	mu    sync.Mutex
	roots []Root
	paths map[string]bool // that changed and were not taken yet
}

// New makes a watcher without roots.
func New() (*Watcher, error) {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, explain(err)
	}
	w := &Watcher{system: system, changed: make(chan struct{}, 1), paths: map[string]bool{}}
	w.done.Go(w.relay)
	return w, nil
}

// Changed tells that there is something to take.
func (w *Watcher) Changed() <-chan struct{} { return w.changed }

// Take returns the absolute path of each file that changed, appeared or went since the last Take, sorted. It has the
// paths of the roots if the system lost changes.
func (w *Watcher) Take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	paths := slices.Sorted(maps.Keys(w.paths))
	clear(w.paths)
	return paths
}

// Watch takes the place of the roots before. A folder that is not watched any more costs nothing until it changes.
func (w *Watcher) Watch(roots []Root) error {
	w.mu.Lock()
	w.roots = slices.Clone(roots)
	w.mu.Unlock()
	for _, root := range roots {
		// The folder that a root is in tells when the root is made again.
		if err := w.add(filepath.Dir(root.Path)); err != nil {
			return err
		}
		if _, err := w.addTree(root.Path); err != nil {
			return err
		}
	}
	return nil
}

// Close stops watching.
func (w *Watcher) Close() error {
	err := w.system.Close()
	w.done.Wait()
	return err
}

// relay passes the system's events on, until it is closed.
func (w *Watcher) relay() {
	for {
		select {
		case event, open := <-w.system.Events:
			if !open {
				return
			}
			if event.Op != fsnotify.Chmod { // a backup or an indexer does that
				w.pass(event)
			}
		case _, open := <-w.system.Errors: // the system lost events, or cannot tell of a folder
			if !open {
				return
			}
			for _, root := range w.watched() {
				w.note(root.Path)
			}
		}
	}
}

// pass tells of one event. A folder that appears is watched, and its files are changes.
func (w *Watcher) pass(event fsnotify.Event) {
	if !w.covers(event.Name) {
		return
	}
	info, err := os.Lstat(event.Name)
	if err != nil || !info.IsDir() {
		w.note(event.Name)
		return
	}
	files, err := w.addTree(event.Name)
	if err != nil {
		w.note(event.Name) // the files in it are not known
	}
	w.note(files...)
}

func (w *Watcher) note(paths ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, path := range paths {
		w.paths[path] = true
	}
	if len(w.paths) > 0 {
		select {
		case w.changed <- struct{}{}:
		default: // told already
		}
	}
}

func (w *Watcher) watched() []Root {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.roots
}

// covers reports whether a path is a root, or a file or folder in one that counts.
func (w *Watcher) covers(path string) bool {
	return slices.ContainsFunc(w.watched(), func(root Root) bool { return root.Covers(path) })
}

// addTree watches a folder, and the folders in it that count. It returns the files in them. Without the folder, it
// does nothing.
func (w *Watcher) addTree(folder string) (files []string, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case isClosed(err):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && !w.covers(filepath.Join(path, "file")):
			return filepath.SkipDir
		case entry.IsDir():
			return w.add(path)
		case w.covers(path):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// add watches one folder, unless it is closed to us.
func (w *Watcher) add(folder string) error {
	if err := w.system.Add(folder); err != nil && !isClosed(err) {
		return fmt.Errorf("watch %s: %w", folder, explain(err))
	}
	return nil
}

// isClosed reports whether a folder went just now, or is another user's, such as the data of a database.
func isClosed(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// explain says what to do about the limits of the system.
func explain(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: this machine watches no more folders: raise its limit with "+
			"`sudo sysctl fs.inotify.max_user_watches=524288`", err)
	case errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("%w: this machine has no more watchers: raise its limit with "+
			"`sudo sysctl fs.inotify.max_user_instances=1024`, or that of open files with `ulimit -n 10240`", err)
	}
	return err
}
