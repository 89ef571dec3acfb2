package lambda

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// copyTree copies a folder into another, over the files that are there. Symbolic links stay links. The files are
// copies and no hard links, so that nothing written to them reaches their origin.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return copyEntry(filepath.Join(to, name), path, entry)
	})
}

func copyEntry(to, from string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if there, err := os.Lstat(to); err == nil && !(there.IsDir() && info.IsDir()) {
		if err := os.RemoveAll(to); err != nil {
			return err
		}
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return os.MkdirAll(to, 0o755)
	case mode&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case mode.IsRegular():
		return copyFile(to, from, mode.Perm()|0o600) // the owner may write, so that the copy can be removed
	default:
		return fmt.Errorf("%s is neither a file, a folder nor a symbolic link: %v", from, mode)
	}
}

// copyFile copies one file. No process may be started meanwhile. It would have the file open for writing until it
// runs its program, and a file that is open for writing cannot be executed.
func copyFile(to, from string, mode fs.FileMode) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	destination, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(destination, source)
	if closeErr := destination.Close(); err == nil {
		err = closeErr
	}
	return err
}
