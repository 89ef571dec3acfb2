package lambda

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// On AWS there is nothing above the code. The code sees no node_modules, and no package.json that makes its .js
// files modules.
func TestNodeCodeIsAloneAsOnAWS(t *testing.T) {
	project := t.TempDir()
	write(t, filepath.Join(project, "package.json"), `{"type":"module"}`, 0o644)
	write(t, filepath.Join(project, "node_modules/helper/index.js"), `export const x = 1;`, 0o644)
	config := nodeConfig(t, "index.js", "")
	config.CodeDir = filepath.Join(project, "cdk.out", "asset.1")
	write(t, filepath.Join(config.CodeDir, "index.js"), `exports.handler = async () => {
		try { return require.resolve('helper'); } catch (error) { return error.code; }
	};`, 0o644)
	f := newFunction(t, config)
	if got := mustInvoke(t, f, task{}); got != `"MODULE_NOT_FOUND"` {
		t.Errorf("a package outside of the code was found: %s", got)
	}
	scratch := f.place.scratch
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(scratch); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Close left %s", scratch)
	}
}

// writer is a function that writes into its working folder, or leaves it alone.
const writer = `
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
export const handler = async (event) => { if (event.Text) eval(event.Text); return process.cwd(); };`

func TestCodeRunsOnACopy(t *testing.T) {
	for _, test := range []struct {
		name, why, code string
		want            string // in the log; "" for nothing
	}{
		{name: "nothing", why: "most functions write nothing"},
		{
			name: "new file", why: "AWS answers EROFS", code: `writeFileSync('made.txt', 'x')`,
			want: `Stack/Function: it changed "made.txt" in its code folder, which is read-only on AWS (EROFS): ` +
				"write to /tmp",
		},
		{
			name: "changed file", why: "it has the same size", code: `writeFileSync('data.txt', 'DATA')`,
			want: `"data.txt"`,
		},
		{
			name: "removed file", why: "nothing is left to see but its place",
			code: `rmSync('data.txt', { force: true })`, want: `"data.txt"`,
		},
		{
			name: "written and removed", why: "only the folder's time has changed",
			code: `writeFileSync('sub/x', 'x'); rmSync('sub/x')`, want: `"sub"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			log := &syncBuffer{}
			config := nodeConfig(t, "index.mjs", writer)
			config.Log = log.log()
			write(t, filepath.Join(config.CodeDir, "data.txt"), "data", 0o644)
			write(t, filepath.Join(config.CodeDir, "sub", "other.txt"), "other", 0o644)
			before := list(config.CodeDir)
			f := newFunction(t, config)
			time.Sleep(10 * time.Millisecond) // so that times differ
			if got := mustInvoke(t, f, task{Text: test.code}); strings.Contains(got, config.CodeDir) {
				t.Errorf("the code runs in its original place %s", got)
			}
			mustInvoke(t, f, task{Text: test.code})
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if changed := before.difference(list(config.CodeDir)); changed != "" {
				t.Errorf("%s: the asset's %s has changed", test.why, changed)
			}
			var said []string
			for _, line := range log.lines() {
				if strings.Contains(line, "it changed ") {
					said = append(said, line)
				}
			}
			if test.want == "" && said != nil ||
				test.want != "" && (len(said) != 1 || !strings.Contains(said[0], test.want)) {
				t.Errorf("%s: the log has %q", test.why, said)
			}
		})
	}
}

// An executable of the code writes into its working folder, which is the copy. So does a command of the developer's by
// LAMBDA_TASK_ROOT.
func TestExecutablesRunOnACopy(t *testing.T) {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, why, command, writes string }{
		{"bootstrap", "its working folder is the copy", "", "made.txt"},
		{"--run", "LAMBDA_TASK_ROOT is the copy", `cd "$LAMBDA_TASK_ROOT" && exec '` + binary + "'", "made.txt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := &syncBuffer{}
			config := testConfig(t)
			config.Command, config.Log = test.command, log.log()
			link(t, binary, filepath.Join(config.CodeDir, "bootstrap"))
			before := list(config.CodeDir)
			f := newFunction(t, config)
			mustInvoke(t, f, task{Do: "write", Text: test.writes})
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if changed := before.difference(list(config.CodeDir)); changed != "" {
				t.Errorf("%s: the asset's %s has changed", test.why, changed)
			}
			said := log.text()
			if !strings.Contains(said, `it changed "made.txt" in its code folder`) {
				t.Errorf("%s: the log has %q", test.why, said)
			}
		})
	}
}

func TestCopyTree(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, filepath.Join(from, "bin/run"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(from, "data/read-only"), "new", 0o444)
	write(t, filepath.Join(to, "data/read-only"), "old", 0o644)
	write(t, filepath.Join(to, "data/kept"), "kept", 0o644)
	write(t, filepath.Join(to, "link/file"), "a folder where a link comes", 0o644)
	if err := os.Symlink("data/read-only", filepath.Join(from, "link")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time over the first
		if err := copyTree(to, from); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"bin/run": "#!/bin/sh\n", "data/read-only": "new", "data/kept": "kept", "link": "new",
	} {
		if got, err := os.ReadFile(filepath.Join(to, name)); string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if info, err := os.Stat(filepath.Join(to, "bin/run")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("an executable has mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(filepath.Join(to, "link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("a link became %v, %v", info.Mode(), err)
	}
}

// A function of its own code needs no copy, and its folder goes with it.
func TestOwnCodeIsRemoved(t *testing.T) {
	config := nodeConfig(t, "index.mjs", `export const handler = async () => process.cwd();`)
	config.OwnCode = true
	f := newFunction(t, config)
	if got := mustInvoke(t, f, task{}); got != `"`+config.CodeDir+`"` {
		t.Errorf("it runs in %s", got)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(config.CodeDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Close left %s", config.CodeDir)
	}
}

// Nothing is copied for a function that nobody calls, and a function that cannot run leaves nothing.
func TestPlaceIsFilledLate(t *testing.T) {
	config := nodeConfig(t, "index.mjs", `export const handler = async () => 1;`)
	config.Scratch = t.TempDir()
	f := newFunction(t, config)
	if _, err := os.Stat(f.place.task); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the code was copied before a call: %v", err)
	}
	mustInvoke(t, f, task{})
	if _, err := os.Stat(filepath.Join(f.place.task, "index.mjs")); err != nil {
		t.Error(err)
	}
	config.Scratch, config.Runtime = t.TempDir(), "nodejs18.x"
	if _, err := New(config); err == nil {
		t.Fatal("a deprecated runtime was taken")
	}
	if left, err := os.ReadDir(config.Scratch); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
