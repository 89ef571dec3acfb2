package watch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestChanges: each change in a root is told, however the folder came about.
func TestChanges(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(dir string) // of the root dir/app
		want      string           // in dir
	}{
		{
			name: "written", why: "an editor may write in place",
			change: func(dir string) { write(dir, "app/index.js") }, want: "app/index.js",
		},
		{
			name: "renamed over", why: "an editor may write another file first",
			change: func(dir string) {
				write(dir, "app/index.js~")
				os.Rename(filepath.Join(dir, "app/index.js~"), filepath.Join(dir, "app/index.js"))
			}, want: "app/index.js",
		},
		{
			name: "removed", why: "the code may do without it",
			change: func(dir string) { os.Remove(filepath.Join(dir, "app/index.js")) }, want: "app/index.js",
		},
		{
			name: "deep", why: "a folder may have folders",
			change: func(dir string) { write(dir, "app/lib/deep/x.js") }, want: "app/lib/deep/x.js",
		},
		{
			name: "new folder", why: "it is watched, and so are its files",
			change: func(dir string) { write(dir, "app/new/deep/x.js") }, want: "app/new/deep/x.js",
		},
		{
			name: "made again", why: "a build may remove its output first",
			change: func(dir string) {
				os.RemoveAll(filepath.Join(dir, "app"))
				write(dir, "app/index.js")
			}, want: "app/index.js",
		},
		{
			name: "packages", why: "npm writes this file last",
			change: func(dir string) { write(dir, "app/node_modules/.package-lock.json") },
			want:   "app/node_modules/.package-lock.json",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			write(dir, "app/index.js")
			write(dir, "app/lib/deep/x.js")
			write(dir, "app/node_modules/p/index.js")
			w := start(t, Root{Path: filepath.Join(dir, "app"), Deep: true})
			row.change(dir)
			await(t, w, filepath.Join(dir, row.want), row.why)
		})
	}
}

// TestWatchesAgain: a folder that was removed and made again is watched as before.
func TestWatchesAgain(t *testing.T) {
	dir := t.TempDir()
	write(dir, "app/index.js")
	w := start(t, Root{Path: filepath.Join(dir, "app"), Deep: true})
	os.RemoveAll(filepath.Join(dir, "app"))
	await(t, w, filepath.Join(dir, "app"), "it is gone")
	write(dir, "app/lib/x.js")
	await(t, w, filepath.Join(dir, "app/lib/x.js"), "it is there again")
	write(dir, "app/lib/y.js")
	await(t, w, filepath.Join(dir, "app/lib/y.js"), "it is watched again")
}

// TestClosedFolder: a folder that may not be read stops nothing.
func TestClosedFolder(t *testing.T) {
	if os.Getuid() == 0 { // root may read every folder
		runAsNobody(t)
		return
	}
	dir := t.TempDir()
	write(dir, "app/data/x")
	closed := filepath.Join(dir, "app/data")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o755) })
	w := start(t, Root{Path: filepath.Join(dir, "app"), Deep: true})
	write(dir, "app/zebra.js")
	await(t, w, filepath.Join(dir, "app/zebra.js"), "all else is watched")
}

// runAsNobody runs the test in a process of another user.
func runAsNobody(t *testing.T) {
	t.Helper()
	const nobody = 65534
	dir, err := os.MkdirTemp("", "furl-watch-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "watch.test") // the original's folder is root's
	if err := errors.Join(os.WriteFile(file, program, 0o755), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(file, "-test.run", "^"+t.Name()+"$", "-test.v")
	command.Dir, command.Env = dir, []string{"TMPDIR=" + dir}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestCovers: what no developer edits is no change.
func TestCovers(t *testing.T) {
	deep := Root{Path: "/app", Deep: true, Except: []string{"/app/cdk.out"}}
	for _, row := range []struct {
		name, why, path string
		root            Root
		want            bool
	}{
		{name: "itself", why: "it may be made again", path: "/app", root: deep, want: true},
		{name: "file", why: "a source", path: "/app/main.go", root: deep, want: true},
		{name: "deep", why: "a source", path: "/app/a/b/c.ts", root: deep, want: true},
		{name: "beside", why: "of another app", path: "/application/main.go", root: deep},
		{name: "above", why: "of another app", path: "/main.go", root: deep},
		{name: "hidden file", why: "a setting, such as .npmrc", path: "/app/.npmrc", root: deep, want: true},
		{name: "hidden folder", why: "Git's, or an environment of Python", path: "/app/.git/index", root: deep},
		{name: "package", why: "many, and not edited", path: "/app/node_modules/p/index.js", root: deep},
		{name: "excepted", why: "the assembly", path: "/app/cdk.out/manifest.json", root: deep},
		{name: "excepted itself", why: "the assembly", path: "/app/cdk.out", root: deep},
		{name: "shallow", why: "a file in it", path: "/cdk.out/a.json", root: Root{Path: "/cdk.out"}, want: true},
		{name: "shallow, deep file", why: "an asset", path: "/cdk.out/asset.1/x", root: Root{Path: "/cdk.out"}},
		{name: "backup", why: "Vim's and Emacs's", path: "/app/main.go~", root: deep},
		{name: "swap file", why: "Vim's", path: "/app/.main.go.swp", root: deep},
		{name: "probe", why: "Vim's", path: "/app/4913", root: deep},
		{name: "lock", why: "Emacs's", path: "/app/.#main.go", root: deep},
		{name: "save", why: "JetBrains's", path: "/app/main.go___jb_tmp___", root: deep},
		{name: "auto-save", why: "Emacs's", path: "/app/#main.go#", root: deep},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.root.Covers(row.path); got != row.want {
				t.Errorf("%s: %t", row.why, got)
			}
		})
	}
}

// TestExplain: a limit of the machine can be raised.
func TestExplain(t *testing.T) {
	for _, row := range []struct {
		name, why string
		err       error
		want      string
	}{
		{name: "folders", why: "inotify's limit", err: syscall.ENOSPC, want: "sysctl fs.inotify.max_user_watches="},
		{name: "watchers", why: "inotify's limit", err: syscall.EMFILE, want: "sysctl fs.inotify.max_user_instances="},
	} {
		if err := explain(row.err); !errors.Is(err, row.err) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s (%s): %v", row.name, row.why, err)
		}
	}
}

// start watches a root until the test ends.
func start(t *testing.T, root Root) *Watcher {
	t.Helper()
	w, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := w.Watch([]Root{root}); err != nil {
		t.Fatal(err)
	}
	return w
}

// await waits until the watcher told of a path.
func await(t *testing.T, w *Watcher, path, why string) {
	t.Helper()
	var told []string
	deadline := time.After(20 * time.Second)
	for !slices.Contains(told, path) {
		select {
		case <-w.Changed():
			told = append(told, w.Take()...)
		case <-deadline:
			t.Fatalf("%s: told of %q, and not of %s", why, told, path)
		}
	}
}

func write(dir, name string) {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		panic(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		panic(err)
	}
}
