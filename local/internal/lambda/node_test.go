package lambda

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// nodeConfig is a nodejs function of one file, with the handler "<file>.handler".
func nodeConfig(t testing.TB, file, source string) Config {
	t.Helper()
	config := testConfig(t)
	config.Command, config.Environment, config.Runtime = "", map[string]string{}, "nodejs22.x"
	config.Handler = strings.TrimSuffix(file, filepath.Ext(file)) + ".handler"
	write(t, filepath.Join(config.CodeDir, file), source, 0o644)
	return config
}

func TestNodeHandlers(t *testing.T) {
	for _, test := range []struct {
		name, why, file, source string
		handler                 string // "" is the file's "handler"
		packageJSON             string
		want                    string
	}{
		{
			name: "async", why: "the usual form",
			file: "index.mjs", source: `export const handler = async (event) => ({ got: event.Do });`,
			want: `{"got":"x"}`,
		},
		{
			name: "CommonJS", why: "a .js file without a package.json",
			file: "index.js", source: `exports.handler = async () => typeof require;`, want: `"function"`,
		},
		{
			name: "CommonJS, computed", why: "exports that no static analysis finds",
			file: "index.cjs", source: `module.exports = Object.fromEntries([['handler', async () => 1]]);`,
			want: `1`,
		},
		{
			name: "module by package.json", why: "its own package.json counts",
			file: "index.js", source: `export const handler = async () => import.meta.url.slice(0, 5);`,
			packageJSON: `{"type":"module"}`, want: `"file:"`,
		},
		{
			name: "folder", why: "a handler in a folder, the export in an object",
			file: "src/app.mjs", source: `export const api = { get: async () => 'nested' };`,
			handler: "src/app.api.get", want: `"nested"`,
		},
		{
			name: "callback", why: "Node 22 and older take a callback",
			file: "index.mjs",
			source: `export const handler = (event, context, callback) => {
				setTimeout(() => callback(null, 'called'), 5);
			};`,
			want: `"called"`,
		},
		{
			name: "neither", why: "a handler that returns nothing answers null when all is done",
			file: "index.mjs", source: `export const handler = () => { setTimeout(() => {}, 5); };`, want: `null`,
		},
		{
			name: "undefined", why: "an async handler without a result",
			file: "index.mjs", source: `export const handler = async () => {};`, want: `null`,
		},
		{
			name: "top-level await", why: "initialisation may take time",
			file: "index.mjs",
			source: `const v = await new Promise((r) => setTimeout(r, 5, 'ready'));
				export const handler = async () => v;`,
			want: `"ready"`,
		},
		{
			name: "context", why: "Lambda describes the invocation",
			file: "index.mjs",
			source: `export const handler = async (event, c) => [
				c.functionName, c.functionVersion, c.invokedFunctionArn, c.memoryLimitInMB, c.logGroupName,
				c.logStreamName === process.env.AWS_LAMBDA_LOG_STREAM_NAME,
				/^[0-9a-f-]{36}$/.test(c.awsRequestId),
				c.getRemainingTimeInMillis() > 19000 && c.getRemainingTimeInMillis() <= 20000,
			];`,
			want: `["function","$LATEST","arn:aws:lambda:eu-west-1:111122223333:function:function","128",` +
				`"/aws/lambda/function",true,true,true]`,
		},
		{
			name: "surroundings", why: "the code's own directory, Lambda's variables",
			file: "index.mjs",
			source: `export const handler = async () => [
				process.cwd() === process.env.LAMBDA_TASK_ROOT, process.env.AWS_EXECUTION_ENV, process.env.HOME,
				process.env._X_AMZN_TRACE_ID.slice(0, 7),
			];`,
			want: `[true,"AWS_Lambda_nodejs22.x","/tmp","Root=1-"]`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := nodeConfig(t, test.file, test.source)
			if test.handler != "" {
				config.Handler = test.handler
			}
			if test.packageJSON != "" {
				write(t, filepath.Join(config.CodeDir, "package.json"), test.packageJSON, 0o644)
			}
			f := newFunction(t, config)
			for range 2 { // the second time in the same process
				if got := mustInvoke(t, f, task{Do: "x"}); got != test.want {
					t.Errorf("%s: got %s", test.why, got)
				}
			}
			if n := f.alive(); n != 1 {
				t.Errorf("%d processes", n)
			}
		})
	}
}

func TestNodeErrors(t *testing.T) {
	for _, test := range []struct {
		name, why, source string
		want              *FunctionError // nil: the process ends without a report
		inMessage         string
		replaced          bool // by another process
	}{
		{
			name: "thrown", why: "the class of the error is its type",
			source: `export const handler = async () => { throw new TypeError('no'); };`,
			want:   &FunctionError{"TypeError", "no"},
		},
		{
			name: "thrown at once", why: "a handler that is not async may throw too",
			source: `export const handler = () => { throw new RangeError('no'); };`,
			want:   &FunctionError{"RangeError", "no"},
		},
		{
			name: "by callback", why: "the callback's first argument",
			source: `export const handler = (e, c, callback) => callback(new Error('no'));`,
			want:   &FunctionError{"Error", "no"},
		},
		{
			name: "no Error", why: "anything can be thrown",
			source: `export const handler = async () => { throw 'a string'; };`,
			want:   &FunctionError{"string", "a string"},
		},
		{
			name: "rejection", why: "AWS ends the process on a rejection that nobody handles",
			source: `export const handler = async () => {
				Promise.reject(new Error('lost'));
				await new Promise((r) => setTimeout(r, 1000));
			};`,
			want: &FunctionError{"Runtime.UnhandledPromiseRejection", "lost"}, replaced: true,
		},
		{
			name: "uncaught", why: "and on an exception from elsewhere",
			source: `export const handler = async () => {
				setTimeout(() => { throw new Error('later'); });
				await new Promise((r) => setTimeout(r, 1000));
			};`,
			want: &FunctionError{"Error", "later"}, replaced: true,
		},
		{
			name: "exit", why: "the function ends its own process",
			source: `export const handler = async () => process.exit(5);`, inMessage: "exit status 5",
			replaced: true,
		},
		{
			name: "never settles", why: "with nothing left to do Node.js ends",
			source: `export const handler = () => new Promise(() => {});`, inMessage: "exit status 13",
			replaced: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const counter = `let n = 0;
				const count = (h) => (...a) => {
					++n;
					return a[0].Do === 'count' ? Promise.resolve(n) : h(...a);
				};
			`
			source := strings.Replace(test.source, "export const handler =", "const h =", 1)
			f := newFunction(t, nodeConfig(t, "index.mjs", counter+source+` export const handler = count(h);`))
			_, err := invoke(f, task{})
			var got *FunctionError
			switch {
			case test.want == nil && (!errors.Is(err, ErrExited) || !strings.Contains(err.Error(), test.inMessage)):
				t.Errorf("%s: got %v", test.why, err)
			case test.want != nil && (!errors.As(err, &got) || *got != *test.want):
				t.Errorf("%s: got %v", test.why, err)
			}
			want := "2"
			if test.replaced {
				want = "1"
			}
			if n := mustInvoke(t, f, task{Do: "count"}); n != want {
				t.Errorf("%s: the next event is the %s. of its process, want the %s.", test.why, n, want)
			}
		})
	}
}

func TestNodeStartFailures(t *testing.T) {
	for _, test := range []struct {
		name, why, handler, source, want string
	}{
		{
			name: "throws", why: "code that fails while it is loaded",
			handler: "index.handler", source: `throw new Error('no table');`,
			want: "while starting: Error: no table",
		},
		{
			name: "syntax", why: "code that cannot be read",
			handler: "index.handler", source: `export const = 1;`,
			want: "while starting: Runtime.UserCodeSyntaxError: SyntaxError: ",
		},
		{
			name: "no file", why: "the handler names a file that is not there",
			handler: "main.handler", source: ``,
			want: "while starting: Runtime.ImportModuleError: no file main.js, .mjs or .cjs",
		},
		{
			name: "no export", why: "the handler names an export that is not there",
			handler: "index.run", source: `export const handler = 1;`,
			want: "while starting: Runtime.HandlerNotFound: index.run",
		},
		{
			name: "no name", why: "the handler names no export",
			handler: "index", source: ``, want: "while starting: Runtime.MalformedHandlerName",
		},
		{
			name: "exits", why: "the code ends the process",
			handler: "index.handler", source: `process.exit(9)`, want: "while starting: exit status 9",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := nodeConfig(t, "index.mjs", test.source)
			config.Handler = test.handler
			_, err := invoke(newFunction(t, config), task{})
			if !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %v", test.why, err)
			}
		})
	}
}

// TestNodeSyntaxErrorHasPlace: the log has the file and line of a syntax error, also in a file that is imported.
func TestNodeSyntaxErrorHasPlace(t *testing.T) {
	log := &syncBuffer{}
	config := nodeConfig(t, "index.mjs", `export { handler } from './orders.mjs';`)
	config.Log = log.log()
	write(t, filepath.Join(config.CodeDir, "orders.mjs"), "\nexport const handler = ();\n", 0o644)
	f := newFunction(t, config)
	if _, err := invoke(f, task{}); !errors.Is(err, ErrExited) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := log.text(); !strings.Contains(got, "/orders.mjs:2\nexport const handler = ();\n") {
		t.Errorf("the log has %q", got)
	}
}

func TestNodePayloads(t *testing.T) {
	f := newFunction(t, nodeConfig(t, "index.mjs", `export const handler = async (event) => event.Text;`))
	text := strings.Repeat("ü", 3<<20)
	var got string
	if err := json.Unmarshal([]byte(mustInvoke(t, f, task{Text: text})), &got); err != nil || got != text {
		t.Errorf("6 MB came back as %d bytes, %v", len(got), err)
	}
}

func TestNodeLogs(t *testing.T) {
	log := &syncBuffer{}
	config := nodeConfig(t, "index.mjs",
		`export const handler = async () => { console.log('to stdout'); console.error('to stderr'); };`)
	config.Log = log.log()
	f := newFunction(t, config)
	mustInvoke(t, f, task{})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`\ASTART RequestId: \S+ Version: \$LATEST\nto stdout\nto stderr\nEND RequestId: `)
	if got := log.text(); !want.MatchString(got) {
		t.Errorf("the log has %q", got)
	}
}
