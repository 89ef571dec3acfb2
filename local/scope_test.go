package local

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// TestScope: what a change in a file means.
func TestScope(t *testing.T) {
	a := newApp(t, "")
	resources := hello()
	for id, folder := range map[string]string{"Fn": "dist", "Plain": "plain"} {
		resources[id] = function("", nil)
		resources[id].(object)["Metadata"] = object{
			"aws:asset:path": filepath.Join(a.dir, folder), "aws:asset:property": "Code",
		}
		propertiesOf(resources, id)["Code"] = object{"S3Bucket": "b", "S3Key": id}
	}
	cdkOut := filepath.Join(a.dir, "out")
	if err := os.Mkdir(cdkOut, 0o755); err != nil {
		t.Fatal(err)
	}
	assembleInto(t, cdkOut, "eu-west-1", resources, nil)
	read, err := assembly.Load(cdkOut, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newScope(Options{Assembly: "out", Builds: map[string]string{"Demo/Fn": "x"}}, read)
	if err != nil {
		t.Fatal(err)
	}
	output := os.Stdout
	defer func() { os.Stdout = output }()
	if os.Stdout, err = os.Create(filepath.Join(a.dir, "furl.txt")); err != nil {
		t.Fatal(err)
	}
	defer os.Stdout.Close()
	for _, row := range []struct {
		name, why, path string
		want            change
	}{
		{name: "manifest", why: "`cdk synth` writes it", path: "out/manifest.json", want: change{assembly: true}},
		{name: "assembly", why: "it may be made again", path: "out", want: change{assembly: true}},
		{name: "asset", why: "its name has its hash", path: "out/asset.1/index.js"},
		{name: "report", why: "it differs each time", path: "out/tree.json"},
		{name: "program", why: "the app is made of it", path: "app.ts", want: change{source: true}},
		{name: "package", why: "nobody edits it", path: "node_modules/p/index.js"},
		{name: "own output", why: "each line would be a change", path: "furl.txt"},
		{name: "code", why: "it runs as it is", path: "plain/index.js", want: change{code: true}},
		{
			name: "built code", why: "its source may be beside it", path: "dist/index.ts",
			want: change{code: true, source: true},
		},
		{name: "elsewhere", why: "of another app", path: "../other/app.ts"},
	} {
		path := filepath.Join(a.dir, row.path)
		row.want.path = path
		if got := s.meaning(path); got != row.want {
			t.Errorf("%s (%s): %+v", row.name, row.why, got)
		}
	}
}
