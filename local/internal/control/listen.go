package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// ErrRunning says that another furl local runs on the assembly, and answers the other commands.
var ErrRunning = errors.New("another furl local runs on this assembly")

// Listen opens the socket of an assembly, which only the user may connect to. The socket of a furl local that was
// killed is replaced. That of one that runs is not, and the error is ErrRunning. Closing the listener removes it.
func Listen(assembly string) (net.Listener, error) {
	path, err := socketOf(assembly)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the sockets: %w", err)
	}
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if connection, err := net.Dial("unix", path); err == nil {
		_ = connection.Close()
		return nil, ErrRunning
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the socket of a furl local that has ended: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for furl's other commands: %w", err)
	}
	// The folder keeps others out before the mode does.
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// lock keeps two furl locals that start from replacing each other's socket. The kernel ends the lock with the process.
func lock(dir string) (unlock func(), err error) {
	handle, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(handle.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the folder of the sockets: %w", err), handle.Close())
	}
	return func() { _ = handle.Close() }, nil
}
