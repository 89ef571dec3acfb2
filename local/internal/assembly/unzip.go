package assembly

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxUnzipped is Lambda's limit for the unpacked code of a function with its layers, in bytes (Lambda Developer
// Guide, gettingstarted-limits: 250 MB).
const maxUnzipped = 262_144_000

// unzip unpacks a zip file into the empty directory dir. It keeps modes, since a custom runtime's bootstrap must
// be executable. No entry can be written outside of dir, neither by its name nor through a symbolic link.
func unzip(file, dir string) error {
	return unzipUpTo(file, dir, maxUnzipped)
}

// unzipUpTo unpacks at most limit bytes.
func unzipUpTo(file, dir string, limit int64) error {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer archive.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	remaining := limit
	for _, entry := range archive.File {
		written, err := unzipEntry(root, entry, remaining)
		if written > remaining {
			err = fmt.Errorf("the unpacked code has more than the %d bytes that Lambda allows", limit)
		}
		if err != nil {
			return fmt.Errorf("entry %q: %w", entry.Name, err)
		}
		remaining -= written
	}
	return nil
}

// unzipEntry writes one entry and returns the number of bytes written. If the entry is larger than limit, it
// writes one byte more than limit.
func unzipEntry(root *os.Root, entry *zip.File, limit int64) (int64, error) {
	name := filepath.FromSlash(strings.TrimSuffix(entry.Name, "/"))
	if !filepath.IsLocal(name) {
		return 0, errors.New("its name leads out of the archive")
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, err
	}
	switch mode := entry.Mode(); {
	case mode.IsDir():
		return 0, root.MkdirAll(name, 0o755)
	case mode&fs.ModeSymlink != 0:
		return 0, unzipLink(root, name, entry)
	case mode.IsRegular():
		return unzipFile(root, name, entry, limit)
	default:
		return 0, fmt.Errorf("it is neither a file, a directory nor a symbolic link: %v", mode)
	}
}

func unzipLink(root *os.Root, name string, entry *zip.File) error {
	source, err := entry.Open()
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := io.ReadAll(io.LimitReader(source, 4096))
	if err != nil {
		return err
	}
	path := filepath.FromSlash(string(target))
	if filepath.IsAbs(path) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), path)) {
		return fmt.Errorf("it links to %q, out of the archive", target)
	}
	return root.Symlink(string(target), name)
}

func unzipFile(root *os.Root, name string, entry *zip.File, limit int64) (int64, error) {
	source, err := entry.Open()
	if err != nil {
		return 0, err
	}
	defer source.Close()
	// The owner may always write, so that scratch directories can be removed.
	destination, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, entry.Mode().Perm()|0o600)
	if err != nil {
		return 0, err
	}
	written, err := io.Copy(destination, io.LimitReader(source, limit+1))
	if closeErr := destination.Close(); err == nil {
		err = closeErr
	}
	return written, err
}
