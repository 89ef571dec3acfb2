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

// Unzip unpacks a zip file into the empty directory dir. It keeps modes, since a custom runtime's bootstrap must
// be executable. No entry can be written outside of dir, neither by its name nor through a symbolic link.
func Unzip(file, dir string) error {
	if err := unzipUpTo(file, dir, maxUnzipped); err != nil {
		return fmt.Errorf("unpack %s: %w", file, err)
	}
	return nil
}

// CheckZip checks the names and sizes that a zip file lists. It is much quicker than [Unzip], which may still fail.
func CheckZip(file string) error {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	defer archive.Close()
	var size uint64
	for _, entry := range archive.File {
		if size += entry.UncompressedSize64; !filepath.IsLocal(localName(entry)) {
			return fmt.Errorf("read %s: entry %q: %w", file, entry.Name, errLeadsOut)
		}
	}
	if size > maxUnzipped {
		return fmt.Errorf("read %s: %w", file, tooLarge(maxUnzipped))
	}
	return nil
}

// errLeadsOut refuses an entry by its name.
var errLeadsOut = errors.New("its name leads out of the archive")

func tooLarge(limit int64) error {
	return fmt.Errorf("the unpacked code has more than the %d bytes that Lambda allows", limit)
}

// localName is the path of an entry from the archive's root.
func localName(entry *zip.File) string {
	return filepath.FromSlash(strings.TrimSuffix(entry.Name, "/"))
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
	into := &unzipping{root: root, folder: root, path: ".", buffer: make([]byte, 32<<10)}
	defer into.leave()
	remaining := limit
	for _, entry := range archive.File {
		written, err := into.unpack(entry, remaining)
		if written > remaining {
			err = tooLarge(limit)
		}
		if err != nil {
			return fmt.Errorf("entry %q: %w", entry.Name, err)
		}
		remaining -= written
	}
	return nil
}

// unzipping is an archive on its way into a directory. It keeps the folder of the last entry open, since the entries of
// a folder mostly follow each other.
type unzipping struct {
	root, folder *os.Root
	path         string // of the folder, from the root
	buffer       []byte
}

// enter opens the folder with this path and makes it if need be.
func (u *unzipping) enter(path string) error {
	if path == u.path {
		return nil
	}
	if err := u.root.MkdirAll(path, 0o755); err != nil {
		return err
	}
	folder, err := u.root.OpenRoot(path)
	if err != nil {
		return err
	}
	u.leave()
	u.folder, u.path = folder, path
	return nil
}

// leave closes the folder. The root stays open.
func (u *unzipping) leave() {
	if u.folder != u.root {
		u.folder.Close()
	}
}

// unpack writes one entry and returns the number of bytes written. If the entry is larger than limit, it writes one
// byte more than limit.
func (u *unzipping) unpack(entry *zip.File, limit int64) (int64, error) {
	name := localName(entry)
	if !filepath.IsLocal(name) {
		return 0, errLeadsOut
	}
	if err := u.enter(filepath.Dir(name)); err != nil {
		return 0, err
	}
	switch mode := entry.Mode(); {
	case mode.IsDir():
		return 0, u.root.MkdirAll(name, 0o755)
	case mode&fs.ModeSymlink != 0:
		return 0, unzipLink(u.root, name, entry)
	case mode.IsRegular():
		return u.file(filepath.Base(name), entry, limit)
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

func (u *unzipping) file(name string, entry *zip.File, limit int64) (int64, error) {
	source, err := entry.Open()
	if err != nil {
		return 0, err
	}
	defer source.Close()
	// The owner may always write, so that scratch directories can be removed.
	destination, err := u.folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, entry.Mode().Perm()|0o600)
	if err != nil {
		return 0, err
	}
	// A file would bring another buffer (io.ReaderFrom).
	written, err := io.CopyBuffer(struct{ io.Writer }{destination}, io.LimitReader(source, limit+1), u.buffer)
	if closeErr := destination.Close(); err == nil {
		err = closeErr
	}
	return written, err
}
