package lambda

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

func TestLayersOfAFunction(t *testing.T) {
	base, newer := t.TempDir(), t.TempDir()
	for _, layer := range []struct{ folder, says string }{{base, "base"}, {newer, "newer"}} {
		node := "exports.says = '" + layer.says + "';"
		write(t, filepath.Join(layer.folder, "nodejs/node_modules/both/index.js"), node, 0o644)
		write(t, filepath.Join(layer.folder, "python/both.py"), "says = '"+layer.says+"'\n", 0o644)
		write(t, filepath.Join(layer.folder, "bin/tool"), "#!/bin/sh\necho "+layer.says+"\n", 0o755)
	}
	write(t, filepath.Join(base, "nodejs/node22/node_modules/own/index.js"), "exports.says = 'node22';", 0o644)
	write(t, filepath.Join(base, "python/lib/python3.11/site-packages/own.py"), "says = 'site'\n", 0o644)
	write(t, filepath.Join(base, "lib/data.txt"), "data", 0o644)
	for _, test := range []struct {
		name, why string
		config    Config
		want      []string // packages both and own, the tool, a file of LD_LIBRARY_PATH
	}{
		{
			name: "import", why: "ES modules find the packages of layers",
			config: nodeConfig(t, "index.mjs", `
				import { says as both } from 'both'; import { says as own } from 'own';
				import { execFileSync } from 'node:child_process'; import { readFileSync } from 'node:fs';
				export const handler = async () => [both, own, execFileSync('tool', { encoding: 'utf8' }).trim(),
					readFileSync(process.env.LD_LIBRARY_PATH + '/data.txt', 'utf8')];`),
			want: []string{"newer", "node22", "newer", "data"},
		},
		{
			name: "require", why: "so does CommonJS",
			config: nodeConfig(t, "index.js", `exports.handler = async () => [
				require('both').says, require('own').says,
				require('node:child_process').execFileSync('tool', { encoding: 'utf8' }).trim(), 'data',
			];`),
			want: []string{"newer", "node22", "newer", "data"},
		},
		{
			name: "Python", why: "layers are on its path",
			config: pythonConfig(t, `
import os, subprocess, both
try:
    from own import says as own
except ImportError:
    own = "site" # of another Python than 3.11
def handler(event, context):
    path = os.environ["LD_LIBRARY_PATH"] + "/data.txt"
    return [both.says, own, subprocess.check_output(["tool"], text=True).strip(), open(path).read()]`),
			want: []string{"newer", "site", "newer", "data"},
		},
		{
			name: "template's variables", why: "a variable of the template replaces the default",
			config: func() Config {
				config := pythonConfig(t, "import os, both\n"+
					"def handler(event, context): return [both.says, os.environ['PYTHONPATH']]")
				config.Environment = map[string]string{"PYTHONPATH": "/nowhere"}
				return config
			}(),
			want: []string{"newer", "/nowhere"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.config.Layers = []string{base, newer}
			var got []string
			if err := json.Unmarshal([]byte(mustInvoke(t, newFunction(t, test.config), task{})), &got); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s: got %q, want %q", test.why, got, test.want)
			}
		})
	}
}

// layered writes an assembly with a function that has two layers of the assembly and one from elsewhere.
func layered(t *testing.T) *assembly.Assembly {
	t.Helper()
	dir := t.TempDir()
	for _, layer := range []string{"Zip", "Folder"} {
		write(t, filepath.Join(dir, "asset."+layer, "bin/"+layer), "x", 0o755)
	}
	const layer = `{"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {}, "LayerName": "NAME"},
		"Metadata": {"aws:asset:path": "asset.NAME", "aws:asset:property": "Content"}}`
	return loadTemplate(t, dir, `{"Resources": {
		"Folder": `+strings.ReplaceAll(layer, "NAME", "Folder")+`,
		"Zip": `+strings.ReplaceAll(layer, "NAME", "Zip")+`,
		"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Layers": [
			{"Ref": "Folder"}, {"Ref": "Zip"}, "arn:aws:lambda:eu-west-1:1:layer:Elsewhere:7"
		]}}
	}}`)
}

func TestReadLayers(t *testing.T) {
	const (
		folder    = "arn:aws:lambda:eu-west-1:111122223333:layer:Folder:1"
		zip       = "arn:aws:lambda:eu-west-1:111122223333:layer:Zip:1"
		elsewhere = "arn:aws:lambda:eu-west-1:1:layer:Elsewhere:7"
	)
	given := t.TempDir()
	for _, test := range []struct {
		name, why string
		layers    map[string]string // --layer
		want      []string          // ends of the folders
		wantGap   string
		wantError string
	}{
		{
			name: "without --layer", why: "a layer from elsewhere is a gap",
			want:    []string{"asset.Folder", "asset.Zip"},
			wantGap: "layer " + elsewhere + " (--layer " + elsewhere + "=FOLDER stands in for it): Demo/Fn",
		},
		{
			name: "with --layer", why: "a folder stands in for it", layers: map[string]string{elsewhere: given},
			want: []string{"asset.Folder", "asset.Zip", given},
		},
		{
			name: "misspelt", why: "nothing has that layer", layers: map[string]string{elsewhere + "0": given},
			wantError: "--layer " + elsewhere + "0=…: no function has this layer; they have " + folder + ", ",
		},
		{
			name: "no folder", why: "its content is in a folder", layers: map[string]string{elsewhere: given + "/none"},
			wantError: "--layer " + elsewhere + "=" + given + "/none: want a folder with the layer's content",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			gaps := &assembly.Gaps{}
			l, err := readLayers(layered(t), Needs{Scratch: t.TempDir(), Layers: test.layers}, gaps)
			if test.wantError != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.wantError) {
					t.Errorf("%s: got %v", test.why, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			folders, err := l.folders([]string{folder, zip, elsewhere})
			if err != nil || len(folders) != len(test.want) {
				t.Fatalf("%s: got %q, %v", test.why, folders, err)
			}
			for i, want := range test.want {
				if !strings.HasSuffix(folders[i], want) {
					t.Errorf("%s: layer %d is %s, want %s", test.why, i, folders[i], want)
				}
			}
			if said := strings.Join(gaps.Lines(), "\n"); said != test.wantGap {
				t.Errorf("%s: gaps %q", test.why, said)
			}
		})
	}
}
