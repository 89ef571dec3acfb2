package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sharedNames are the names that fragments of JavaScript share.
const sharedNames = `
declare const text: string;
declare function idToken(): Promise<string>;
declare function restore(event: any): any;
declare const Buffer: { from(text: string, encoding: "base64url"): { toString(): string } };
`

// TestJavaScriptBlocks checks the types of the pages' JavaScript, against the browser module's own and against those of
// npm's packages.
func TestJavaScriptBlocks(t *testing.T) {
	if wrong := wrongTypes(t, blocksOf(t, "js")); wrong != "" {
		t.Error(wrong)
	}
}

// wrongTypes is the TypeScript compiler's complaint about blocks, or "".
func wrongTypes(t *testing.T, blocks []block) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(repository)
	if err == nil {
		err = os.Symlink(filepath.Join(root, "node_modules"), filepath.Join(dir, "node_modules"))
	}
	types, readErr := os.ReadFile(filepath.Join(repository, "client", "browser", "furl.d.mts"))
	if err != nil || readErr != nil {
		t.Fatal(err, readErr)
	}
	write(t, filepath.Join(dir, "furl.d.mts"), string(types))
	write(t, filepath.Join(dir, "shared.d.ts"), sharedNames)
	args := []string{
		filepath.Join(root, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "--allowJs", "--checkJs",
		"--skipLibCheck", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", "nodenext",
		"--typeRoots", "none", "shared.d.ts",
	}
	places := []string{}
	for i, b := range blocks {
		name := fmt.Sprintf("block%d.mjs", i)
		write(t, filepath.Join(dir, name), b.text+"\nexport {};\n") // each is a module
		args, places = append(args, name), append(places, name, fmt.Sprintf("%s, block at line %d: ", b.page, b.line))
	}
	tsc := exec.Command("node", args...)
	tsc.Dir = dir
	out, err := tsc.CombinedOutput()
	if err != nil && len(out) == 0 {
		return err.Error()
	}
	return strings.NewReplacer(places...).Replace(string(out))
}

// TestJavaScriptBlocksCanFail checks that TestJavaScriptBlocks can fail.
func TestJavaScriptBlocksCanFail(t *testing.T) {
	for _, row := range []struct{ name, why, text string }{
		{"syntax", "it cannot be pasted", "const a = ;\n"},
		{"unknown name", "nothing makes it", "nothing();\n"},
		{"unknown export", "it was renamed", "import { Nothing } from \"./furl.mjs\";\nnew Nothing();\n"},
		{
			name: "unknown option", why: "it was renamed",
			text: "import { LeaseClient } from \"./furl.mjs\";\nnew LeaseClient({ url: \"\" });\n",
		},
		{"unknown package", "nobody has it", "import { a } from \"nothing\";\na();\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wrong := wrongTypes(t, []block{{page: "docs/page.md", line: 3, text: row.text}})
			if !strings.Contains(wrong, "docs/page.md, block at line 3") {
				t.Errorf("%q: found %q (%s)", row.text, wrong, row.why)
			}
		})
	}
}
