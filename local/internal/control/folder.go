package control

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folder is the folder of the sockets. It is in the user's cache folder and not in one for temporary files, where
// others could make it first.
func folder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w", err)
	}
	return filepath.Join(cache, "furl", "run"), nil
}

// checkFolder refuses a folder that others may enter.
func checkFolder(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is no folder: remove it", path)
	case !known || int(owner.Uid) != os.Getuid():
		return fmt.Errorf("%s is another user's: set XDG_CACHE_HOME to a folder of yours", path)
	case info.Mode().Perm() != 0o700:
		return fmt.Errorf("others may enter %s (mode %s): chmod 700 it", path, info.Mode().Perm())
	}
	return nil
}

// maxPath is the longest path of a socket, in bytes. macOS has room for 104 and Linux for 108, with a zero at the end.
const maxPath = 103

// socketOf is the path of the socket of an assembly. It is the same by whichever path the assembly is named.
func socketOf(assembly string) (string, error) {
	dir, err := folder()
	if err != nil {
		return "", err
	}
	absolute, err := filepath.Abs(assembly)
	if err != nil {
		return "", err
	}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = resolved
	}
	sum := sha256.Sum256([]byte(absolute))
	path := filepath.Join(dir, hex.EncodeToString(sum[:8])+".sock")
	if len(path) > maxPath {
		return "", errors.New("the user's cache folder has too long a path for a socket: set XDG_CACHE_HOME")
	}
	return path, nil
}
