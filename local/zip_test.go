package local

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestZip: the code of a function may be a zip file. It is unpacked for the first event, so that a start stays quick.
// A file that cannot be read is told at start all the same.
func TestZip(t *testing.T) {
	code := "exports.handler = async () => require('./lib/text.js');"
	for _, test := range []struct {
		name, why string
		entries   map[string]string
		broken    func(archive []byte) []byte // nil: not
		status    int
		told      string
	}{
		{
			name: "files in folders", why: "as npm packages have them", status: 200,
			entries: map[string]string{"index.js": code, "lib/text.js": "module.exports = 'zipped'"},
		},
		{
			name: "entry above the archive", why: "it would be written beside the function", status: 502,
			entries: map[string]string{"index.js": code, "../text.js": ""},
			told:    "Functions that cannot run:\n  function Demo/Fn: read ",
		},
		{
			name: "no zip file", why: "nothing could ever run", status: 502,
			entries: map[string]string{"index.js": code},
			broken:  func(archive []byte) []byte { return archive[:10] },
			told:    "Functions that cannot run:\n  function Demo/Fn: read ",
		},
		{
			name: "content that is damaged", why: "its list is in order, so the first event tells", status: 502,
			entries: map[string]string{"index.js": code},
			broken: func(archive []byte) []byte {
				return bytes.Replace(archive, []byte("exports"), []byte("EXPORTS"), 1)
			},
			told: `entry "index.js": zip: checksum error`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var archive bytes.Buffer
			w := zip.NewWriter(&archive)
			for name, text := range test.entries {
				entry, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
				if err != nil {
					t.Fatal(err)
				}
				entry.Write([]byte(text)) // to a buffer
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			content := archive.Bytes()
			if test.broken != nil {
				content = test.broken(content)
			}
			file := filepath.Join(t.TempDir(), "code.zip")
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			resources := hello()
			propertiesOf(resources, "Fn")["Code"] = object{"S3Bucket": "assets", "S3Key": "code.zip"}
			resources["Fn"].(object)["Metadata"] = object{"aws:asset:path": file, "aws:asset:property": "Code"}
			s := serveAssembly(t, assemble(t, resources, nil))
			if status, body := fetch(t, s.FunctionURLs[0].URL); status != test.status {
				t.Errorf("%s: %d %s\n%s", test.why, status, body, s.said())
			}
			if !strings.Contains(s.said(), test.told) {
				t.Errorf("%s: not told: %q\n%s", test.why, test.told, s.said())
			}
		})
	}
}
