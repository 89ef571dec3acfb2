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
			properties := `"Runtime": "` + tt.runtime + `", "Code": {"ZipFile": {"Fn::Join": ["\n", ["one", "two"]]}}`
			dir, err := functionWith(t, properties, "").CodeDir(t.TempDir())
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
			name: "container image", why: "it cannot be unpacked, but the function can be run by hand",
			properties: `"Code": {"ImageUri": "x"}`,
			want:       []string{"container image", "--run 'Demo/F=COMMAND'"},
		},
		{
			name: "image by package type", why: "PackageType says so too",
			properties: `"PackageType": "Image", "Code": {}`,
			want:       []string{"container image", "--run"},
		},
		{
			name: "foreign bucket", why: "nothing is fetched",
			properties: `"Code": {"S3Bucket": "b", "S3Key": "k.zip"}`,
			want:       []string{"s3://b/k.zip is not an asset of this assembly", "--run 'Demo/F=COMMAND'"},
		},
		{
			name: "no code", why: "a template that AWS would refuse",
			properties: `"Runtime": "nodejs22.x"`, want: []string{"no code", "--run"},
		},
		{
			name: "inline Go", why: "Lambda refuses it, too",
			properties: `"Runtime": "provided.al2023", "Code": {"ZipFile": "x"}`,
			want:       []string{"not for provided.al2023"},
		},
		{
			name: "asset missing", why: "a cdk.out that was copied in part",
			properties: `"Code": {}`,
			metadata:   `"aws:asset:path": "asset.1", "aws:asset:property": "Code"`,
			want:       []string{"asset.1 is missing", "npx cdk synth"},
		},
		{
			name: "asset is no zip", why: "nothing else can be unpacked",
			properties: `"Code": {}`,
			metadata:   `"aws:asset:path": "manifest.json", "aws:asset:property": "Code"`,
			want:       []string{"unpack", "manifest.json", "not a valid zip file"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := functionWith(t, tt.properties, tt.metadata).CodeDir(t.TempDir())
			wantError(t, err, append(tt.want, "find its code: "), tt.why)
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
		t.Errorf("a second unpacking gives %s, %v, want another directory", again, err)
	}
	for name, want := range map[string]string{
		"bootstrap": "#!/bin/sh\n", "data/read-only.txt": "text",
		"deep/er/file": "no entries for its directories", "lib/link": "text",
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

// TestUnzipRefuses checks that hostile archives fail and leave nothing outside of the directory.
func TestUnzipRefuses(t *testing.T) {
	tests := []struct {
		name, why string
		entries   []zipEntry
		want      string
	}{
		{
			name: "parent", why: "zip slip",
			entries: []zipEntry{{"../evil", 0o644, "x"}}, want: `entry "../evil": its name leads out`,
		},
		{
			name: "parent inside", why: "zip slip behind a folder",
			entries: []zipEntry{{"a/../../evil", 0o644, "x"}}, want: "its name leads out",
		},
		{
			name: "absolute", why: "zip slip by the root",
			entries: []zipEntry{{"/evil", 0o644, "x"}}, want: "its name leads out",
		},
		{
			name: "link out", why: "a link as the first half of a slip",
			entries: []zipEntry{{"a", fs.ModeSymlink | 0o777, "../.."}}, want: `links to "../.."`,
		},
		{
			name: "absolute link", why: "a link to the root",
			entries: []zipEntry{{"a", fs.ModeSymlink | 0o777, "/tmp"}}, want: `links to "/tmp"`,
		},
		{
			name: "link by way of a link", why: "each link is harmless by its name",
			entries: []zipEntry{
				{"x/", fs.ModeDir | 0o755, ""},
				{"a/b/", fs.ModeDir | 0o755, ""},
				{"a/b/c", fs.ModeSymlink | 0o777, "../../x"},
				{"a/b/c/out", fs.ModeSymlink | 0o777, "../../.."},
				{"a/b/c/out/evil", 0o644, "x"},
			},
			want: "path escapes from parent",
		},
		{
			name: "device", why: "not a file",
			entries: []zipEntry{{"a", fs.ModeDevice | 0o644, ""}}, want: "neither a file",
		},
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
			wantError(t, Unzip(file, dir), []string{tt.want}, tt.why)
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
	err := unzipUpTo(file, t.TempDir(), 99)
	wantError(t, err, []string{`entry "b"`, "more than the 99 bytes"}, "a zip bomb must not fill the disk")
}

// functionWith returns a function Demo/F. The properties and metadata are the insides of JSON objects.
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
