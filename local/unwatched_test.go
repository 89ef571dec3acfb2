package local

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// TestUnwatched: --watch names the code that a save does not change.
func TestUnwatched(t *testing.T) {
	dir := t.TempDir()
	resources := hello() // Fn has inline code
	for id, folder := range map[string]string{
		"Copied": "asset.1", "Zipped": "asset.2.zip", "Kept": "furl-kept-3",
		"InApp": filepath.Join(t.TempDir(), "asset.4"),
	} {
		resources[id] = function("", nil)
		resources[id].(object)["Metadata"] = object{"aws:asset:path": folder, "aws:asset:property": "Code"}
		propertiesOf(resources, id)["Code"] = object{"S3Bucket": "b", "S3Key": id}
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(dir, folder)
		}
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	assembleInto(t, dir, "eu-west-1", resources, nil)
	read, err := assembly.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, why string
		options   Options
		want      []string
	}{
		{
			name: "watch", why: "a save changes the app's file and not its copy",
			options: Options{Watch: true}, want: []string{"Demo/Copied", "Demo/Zipped"},
		},
		{
			name: "run", why: "the command is not the copy",
			options: Options{Watch: true, Commands: map[string]string{"Demo/Zipped": "x"}},
			want:    []string{"Demo/Copied"},
		},
		{
			name: "build", why: "it implies --watch",
			options: Options{Builds: map[string]string{"Demo/InApp": "x"}},
			want:    []string{"Demo/Copied", "Demo/Zipped"},
		},
		{name: "synth", why: "it copies again", options: Options{Watch: true, Synth: "x"}},
		{name: "no watch", why: "nobody expects a change"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := unwatched(read, row.options); !slices.Equal(got, row.want) {
				t.Errorf("unwatched: %q, want %q (%s)", got, row.want, row.why)
			}
		})
	}
}
