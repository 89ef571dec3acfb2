package assembly

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCodeDirOfDirectory(t *testing.T) {
	a := demo(t)
	for path, file := range map[string]string{
		"Demo/Handler": "bootstrap", "Edge/Signer": "index.js",
		"Prod/Shared/Handler": "index.js", // a stage's assets lie beside the stage's own directory
	} {
		dir, err := byPathOf(t, a, "AWS::Lambda::Function", path).CodeDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil || !filepath.IsAbs(dir) {
			t.Errorf("code of %s is in %s: %v; want an absolute path with %s", path, dir, err, file)
		}
	}
}

func TestCodeDirInline(t *testing.T) {
	tests := []struct{ name, why, runtime, file string }{
		{"Node.js", "Lambda's name for the file", "nodejs22.x", "index.js"},
		{"Python", "Lambda's name for the file", "python3.13", "index.py"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := functionWith(t, `"Runtime": "`+tt.runtime+`", "Code": {"ZipFile": {"Fn::Join": ["\n", ["one", "two"]]}}`, "").CodeDir(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(dir, tt.file)); string(got) != "one\ntwo" {
				t.Errorf("%s holds %q, %v: %s", tt.file, got, err, tt.why)
			}
		})
	}
}

func TestCodeDirErrors(t *testing.T) {
	tests := []struct {
		name, why            string
		properties, metadata string
		want                 []string
	}{
		{
			"container image", "it cannot be unpacked, but the function can be run by hand", `"Code": {"ImageUri": "x"}`, "",
			[]string{"container image", "--run 'Demo/F=COMMAND'"},
		},
		{"image by package type", "the other sign of it", `"PackageType": "Image", "Code": {}`, "", []string{"container image", "--run"}},
		{
			"foreign bucket", "nothing is fetched", `"Code": {"S3Bucket": "b", "S3Key": "k.zip"}`, "",
			[]string{"s3://b/k.zip is not an asset of this assembly", "--run 'Demo/F=COMMAND'"},
		},
		{"no code", "a template that AWS would refuse", `"Runtime": "nodejs22.x"`, "", []string{"no code", "--run"}},
		{"inline Go", "Lambda refuses it, too", `"Runtime": "provided.al2023", "Code": {"ZipFile": "x"}`, "", []string{"not for provided.al2023"}},
		{
			"asset missing", "a cdk.out that was copied in part", `"Code": {}`, `"aws:asset:path": "asset.1", "aws:asset:property": "Code"`,
			[]string{"asset.1 is missing", "npx cdk synth"},
		},
		{
			"asset is no zip", "nothing else can be unpacked", `"Code": {}`, `"aws:asset:path": "manifest.json", "aws:asset:property": "Code"`,
			[]string{"unpack", "manifest.json", "not a valid zip file"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := functionWith(t, tt.properties, tt.metadata).CodeDir(t.TempDir())
			wantError(t, err, append(tt.want, "code of Demo/F (AWS::Lambda::Function F in stack Demo)"), tt.why)
		})
	}
}

func TestCodeDirZip(t *testing.T) {
	function := functionWith(t, `"Code": {}`, `"aws:asset:path": "asset.zip", "aws:asset:property": "Code"`)
	writeZip(t, filepath.Join(function.Stack.dir, "asset.zip"), []zipEntry{
		{"bootstrap", 0o755, "#!/bin/sh\n"},
		{"data/", fs.ModeDir | 0o755, ""},
		{"data/read-only.txt", 0o444, "text"},
		{"deep/er/file", 0o644, "no entries for its directories"},
		{"lib/link", fs.ModeSymlink | 0o777, "../data/read-only.txt"},
	})
	scratch := t.TempDir()
	dir, err := function.CodeDir(scratch)
	if err != nil {
		t.Fatal(err)
	}
	again, err := function.CodeDir(scratch)
	if err != nil || again == dir {
		t.Errorf("a second unpacking gives %s, %v, want a directory of its own", again, err)
	}
	for name, want := range map[string]string{
		"bootstrap": "#!/bin/sh\n", "data/read-only.txt": "text", "deep/er/file": "no entries for its directories", "lib/link": "text",
	} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s holds %q, %v, want %q", name, got, err, want)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "bootstrap"))
	if err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("bootstrap has mode %v, %v, want it executable", info.Mode(), err)
	}
	if info, err = os.Stat(filepath.Join(dir, "deep/er/file")); err != nil || info.Mode().Perm()&0o111 != 0 {
		t.Errorf("a plain file has mode %v, %v, want it not executable", info.Mode(), err)
	}
}

// What a hostile archive tries must fail, and must leave nothing outside of the directory.
func TestUnzipRefuses(t *testing.T) {
	tests := []struct {
		name, why string
		entries   []zipEntry
		want      string
	}{
		{"parent", "zip slip", []zipEntry{{"../evil", 0o644, "x"}}, `entry "../evil": its name leads out`},
		{"parent inside", "zip slip behind a folder", []zipEntry{{"a/../../evil", 0o644, "x"}}, "its name leads out"},
		{"absolute", "zip slip by the root", []zipEntry{{"/evil", 0o644, "x"}}, "its name leads out"},
		{"link out", "a link as the first half of a slip", []zipEntry{{"a", fs.ModeSymlink | 0o777, "../.."}}, `links to "../.."`},
		{"absolute link", "the same by the root", []zipEntry{{"a", fs.ModeSymlink | 0o777, "/tmp"}}, `links to "/tmp"`},
		{"link by way of a link", "each link is harmless by its name", []zipEntry{
			{"x/", fs.ModeDir | 0o755, ""},
			{"a/b/", fs.ModeDir | 0o755, ""},
			{"a/b/c", fs.ModeSymlink | 0o777, "../../x"},
			{"a/b/c/out", fs.ModeSymlink | 0o777, "../../.."},
			{"a/b/c/out/evil", 0o644, "x"},
		}, "path escapes from parent"},
		{"device", "not a file", []zipEntry{{"a", fs.ModeDevice | 0o644, ""}}, "neither a file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			outer := t.TempDir()
			dir := filepath.Join(outer, "scratch", "code")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(outer, "asset.zip")
			writeZip(t, file, tt.entries)
			wantError(t, unzip(file, dir), []string{tt.want}, tt.why)
			_ = filepath.WalkDir(outer, func(path string, entry fs.DirEntry, err error) error {
				if entry.Name() == "evil" {
					t.Errorf("%s was written", path)
				}
				return err
			})
		})
	}
}

func TestUnzipSizeLimit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "asset.zip")
	writeZip(t, file, []zipEntry{{"a", 0o644, strings.Repeat("a", 60)}, {"b", 0o644, strings.Repeat("b", 40)}})
	if err := unzipUpTo(file, t.TempDir(), 100); err != nil {
		t.Errorf("100 bytes of 100: %v", err)
	}
	wantError(t, unzipUpTo(file, t.TempDir(), 99), []string{`entry "b"`, "more than the 99 bytes"}, "a zip bomb must not fill the disk")
}

// functionWith returns a function Demo/F; properties and metadata are the insides of JSON objects.
func functionWith(t *testing.T, properties, metadata string) *Resource {
	t.Helper()
	return loadStack(t, `{"Resources": {"F": {"Type": "AWS::Lambda::Function",
		"Properties": {`+properties+`}, "Metadata": {`+metadata+`}}}}`).byID["F"]
}

type zipEntry struct {
	name    string
	mode    fs.FileMode
	content string
}

func writeZip(t *testing.T, file string, entries []zipEntry) {
	t.Helper()
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, entry := range entries {
		header := &zip.FileHeader{Name: entry.name, Method: zip.Deflate}
		header.SetMode(entry.mode)
		w, err := archive.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(entry.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, buffer.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
