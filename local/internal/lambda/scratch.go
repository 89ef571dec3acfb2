package lambda

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	scratchPattern = "furl-local-*"
	// scratchLock is the file in a scratch folder that its process holds locked. The kernel ends the lock with the
	// process, however it ends.
	scratchLock = "lock"
	// unlockedLife is the time after which a scratch folder without the file is a leftover, in which the process had
	// no time to make it.
	unlockedLife = 10 * time.Minute
)

// Scratch is the folder that all temporary files of this process of furl are in.
type Scratch struct {
	Dir  string
	lock *os.File
}

// NewScratch makes the folder in the system's folder for temporary files. It first removes the folders there that
// dead processes of furl left. It leaves nothing if it fails.
func NewScratch() (*Scratch, error) {
	sweep(os.TempDir())
	dir, err := os.MkdirTemp("", scratchPattern)
	if err != nil {
		return nil, fmt.Errorf("make a folder for temporary files: %w", err)
	}
	lock, err := lockNew(filepath.Join(dir, scratchLock))
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("make a folder for temporary files: %w", err)
	}
	return &Scratch{dir, lock}, nil
}

// Close removes the folder.
func (s *Scratch) Close() error {
	defer func() { _ = s.lock.Close() }()
	return os.RemoveAll(s.Dir)
}

// lockNew makes a locked file. It gets its name with the lock on it, so nobody finds it without.
func lockNew(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// sweep removes the scratch folders of dead processes. A folder that it may not remove is another user's.
func sweep(parent string) {
	folders, _ := filepath.Glob(filepath.Join(parent, scratchPattern)) // fails for a malformed pattern only
	for _, folder := range folders {
		if isLeftover(folder) {
			_ = os.RemoveAll(folder)
		}
	}
}

// isLeftover reports whether no process has a scratch folder.
func isLeftover(folder string) bool {
	lock, err := os.Open(filepath.Join(folder, scratchLock))
	if os.IsNotExist(err) {
		info, err := os.Lstat(folder)
		return err == nil && info.IsDir() && time.Since(info.ModTime()) > unlockedLife
	}
	if err != nil {
		return false
	}
	defer func() { _ = lock.Close() }()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
