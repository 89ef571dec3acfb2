package assembly

import (
	"os"
	"path/filepath"
	"testing"
)

// layerWith returns a layer version Demo/L. The properties and metadata are the insides of JSON objects.
func layerWith(t *testing.T, properties, metadata string) *Resource {
	t.Helper()
	return loadStack(t, `{"Resources": {"L": {"Type": "AWS::Lambda::LayerVersion",
		"Properties": {`+properties+`}, "Metadata": {`+metadata+`}}}}`).byID["L"]
}

func TestLayerDir(t *testing.T) {
	const metadata = `"aws:asset:path": "asset.1", "aws:asset:property": "Content"`
	t.Run("folder", func(t *testing.T) {
		layer := layerWith(t, `"Content": {}`, metadata)
		asset := filepath.Join(layer.Stack.dir, "asset.1")
		if err := os.Mkdir(asset, 0o755); err != nil {
			t.Fatal(err)
		}
		if dir, err := layer.LayerDir(t.TempDir()); err != nil || dir != asset {
			t.Errorf("its content is in %s, %v", dir, err)
		}
	})
	t.Run("zip", func(t *testing.T) {
		layer := layerWith(t, `"Content": {}`, metadata)
		writeZip(t, filepath.Join(layer.Stack.dir, "asset.1"), []zipEntry{{"bin/tool", 0o755, "tool"}})
		dir, err := layer.LayerDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "bin/tool")); string(got) != "tool" {
			t.Errorf("its file holds %q, %v", got, err)
		}
	})
	for _, test := range []struct{ name, why, properties, metadata, want string }{
		{
			name: "elsewhere", why: "nothing is fetched",
			properties: `"Content": {"S3Bucket": "b", "S3Key": "k.zip"}`,
			want:       "s3://b/k.zip is not an asset of this assembly: give a folder with its content, --layer ARN=FOLDER",
		},
		{
			name: "missing", why: "a cdk.out that was copied in part", properties: `"Content": {}`, metadata: metadata,
			want: "asset.1 is missing: run `npx cdk synth` again",
		},
		{name: "none", why: "a template that AWS would refuse", want: "the template has no code: give a folder"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := layerWith(t, test.properties, test.metadata).LayerDir(t.TempDir())
			const layer = "content of Demo/L (AWS::Lambda::LayerVersion L in stack Demo)"
			wantError(t, err, []string{test.want, layer}, test.why)
		})
	}
}

// Ref of a layer version is its ARN with the version's number.
func TestLayerVersionARN(t *testing.T) {
	for _, test := range []struct{ name, why, properties, want string }{
		{"named", "the template gives a name", `"LayerName": "tools"`, ":layer:tools:1"},
		{"unnamed", "CloudFormation makes one up", ``, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			layer := layerWith(t, test.properties, "")
			ref, err := layer.Ref()
			if err != nil {
				t.Fatal(err)
			}
			want := layer.Stack.arn("lambda", "layer:"+layer.generatedName(64)+":1")
			if test.want != "" {
				want = layer.Stack.arn("lambda", test.want[1:])
			}
			if attribute, err := layer.Attribute("LayerVersionArn"); ref != want || attribute != want || err != nil {
				t.Errorf("%s: Ref %s, LayerVersionArn %s, %v, want %s", test.why, ref, attribute, err, want)
			}
		})
	}
}
