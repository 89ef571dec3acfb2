package local

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// addAsset writes a folder asset beside the template and makes it the property's value.
func addAsset(t *testing.T, dir string, resources object, id, property string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, "asset."+id, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	resource := resources[id].(object)
	resource["Metadata"] = object{"aws:asset:path": filepath.Join(dir, "asset."+id), "aws:asset:property": property}
	propertiesOf(resources, id)[property] = object{"S3Bucket": "assets", "S3Key": id + ".zip"}
}

// helloFrom is the template hello with a function of the given runtime, handler and files.
func helloFrom(t *testing.T, runtime, handler string, files map[string]string) object {
	t.Helper()
	resources := hello()
	properties := propertiesOf(resources, "Fn")
	properties["Runtime"], properties["Handler"] = runtime, handler
	addAsset(t, t.TempDir(), resources, "Fn", "Code", files)
	return resources
}

func TestFunctionsOfEachRuntime(t *testing.T) {
	for _, test := range []struct {
		name, why, runtime, handler string
		files                       map[string]string
		want                        string
	}{
		{
			name: "Node.js 22", why: "callbacks and the context's methods work there", runtime: "nodejs22.x",
			handler: "index.handler",
			files: map[string]string{
				"index.js": `exports.handler = (event, context) => context.succeed(process.version.slice(0, 3));`,
			},
			want: "v22",
		},
		{
			name: "Node.js 24", why: "its handlers are async", runtime: "nodejs24.x", handler: "index.handler",
			files: map[string]string{"index.mjs": `export const handler = async () => process.version.slice(0, 3);`},
			want:  "v24",
		},
		{
			name: "Python", why: "by furl's own runtime", runtime: "python3.13", handler: "app.main.lambda_handler",
			files: map[string]string{"app/main.py": `
import json
def lambda_handler(event, context):
    return {"statusCode": 200, "body": json.dumps([event["rawPath"], context.function_name is not None])}
`},
			want: `["/", true]`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			resources := helloFrom(t, test.runtime, test.handler, test.files)
			s := serveAssembly(t, assemble(t, resources, nil))
			if status, body := fetch(t, s.FunctionURLs[0].URL); status != 200 || body != test.want {
				t.Errorf("%s: %d %s\n%s", test.why, status, body, s.said())
			}
			if said := s.said(); strings.Count(said, test.runtime+" functions run on ") != 1 {
				t.Errorf("what runs the function is not said once: %s", said)
			}
		})
	}
}

// A stream that ends without a write sends nothing, so the viewer gets 502. The log says why.
func TestStreamWithoutAWrite(t *testing.T) {
	resources := helloFrom(t, "nodejs22.x", "index.handler", map[string]string{
		"index.mjs": `export const handler = awslambda.streamifyResponse(async (event, stream) => {
			awslambda.HttpResponseStream.from(stream, { statusCode: 302, headers: { location: '/' } }).end();
		});`,
	})
	propertiesOf(resources, "Url")["InvokeMode"] = "RESPONSE_STREAM"
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, body := fetch(t, s.FunctionURLs[0].URL); status != 502 {
		t.Errorf("%d %s", status, body)
	}
	if said := s.said(); !strings.Contains(said, "The response stream ended without a write.") {
		t.Errorf("the reason is not told: %s", said)
	}
}

// A function that needs the runtime's SDK where it is not installed says what to install.
func TestSDKThatIsNotInstalled(t *testing.T) {
	resources := helloFrom(t, "nodejs22.x", "index.handler", map[string]string{
		"index.mjs": `import '@aws-sdk/client-xray'; export const handler = async () => 1;`,
	})
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, body := fetch(t, s.FunctionURLs[0].URL); status != 502 {
		t.Errorf("%d %s", status, body)
	}
	if said := s.said(); !strings.Contains(said, "npm install --save-dev @aws-sdk/client-xray") {
		t.Errorf("the remedy is not told: %s", said)
	}
}

// What a function writes does not reach cdk.out. AWS would have refused it, and the log says so.
func TestAssemblyStaysAsItIs(t *testing.T) {
	resources := helloFrom(t, "nodejs22.x", "index.handler", map[string]string{
		"index.mjs": `import { writeFileSync } from 'node:fs';
			export const handler = async () => { writeFileSync('cache.json', '{}'); return 'written'; };`,
	})
	asset := resources["Fn"].(object)["Metadata"].(object)["aws:asset:path"].(string)
	before := hashOf(t, asset)
	t.Run("serve", func(t *testing.T) {
		var s *served
		t.Cleanup(func() { // after the end of Run
			if said := s.said(); strings.Count(said, `it changed "cache.json" in its code folder`) != 1 {
				t.Errorf("the write is not told once: %s", said)
			}
		})
		s = serveAssembly(t, assemble(t, resources, nil))
		for range 3 {
			if status, body := fetch(t, s.FunctionURLs[0].URL); status != 200 || body != "written" {
				t.Errorf("%d %s", status, body)
			}
		}
	})
	if hashOf(t, asset) != before {
		t.Error("the asset has changed")
	}
}

// hashOf hashes the names and the content of all files of a folder.
func hashOf(t *testing.T, folder string) string {
	t.Helper()
	hash := sha256.New()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		fmt.Fprintf(hash, "%s %d %s\n", path, len(content), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

func TestLayers(t *testing.T) {
	const code = `import { name } from 'helper';
		import { execFileSync } from 'node:child_process';
		export const handler = async () => name + ' ' + execFileSync('tool', { encoding: 'utf8' }).trim();`
	resources := helloFrom(t, "nodejs22.x", "index.handler", map[string]string{"index.mjs": code})
	layer := func(id string, files map[string]string) {
		resources[id] = object{"Type": "AWS::Lambda::LayerVersion", "Properties": object{"LayerName": id}}
		addAsset(t, t.TempDir(), resources, id, "Content", files)
	}
	layer("Base", map[string]string{
		"nodejs/node_modules/helper/index.js": "exports.name = 'base';",
		"bin/tool":                            "#!/bin/sh\necho tool\n",
	})
	layer("Newer", map[string]string{"nodejs/node_modules/helper/index.js": "exports.name = 'newer';"})
	const elsewhere = "arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:53"
	propertiesOf(resources, "Fn")["Layers"] = []any{ref("Base"), ref("Newer"), elsewhere}
	s := serveAssembly(t, assemble(t, resources, nil))
	if status, body := fetch(t, s.FunctionURLs[0].URL); status != 200 || body != "newer tool" {
		t.Errorf("%d %s\n%s", status, body, s.said())
	}
	if said := s.said(); !strings.Contains(said, "layer "+elsewhere+" (--layer ") {
		t.Errorf("the layer from elsewhere is not told: %s", said)
	}
}
