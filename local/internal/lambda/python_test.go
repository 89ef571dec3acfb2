package lambda

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// pythonConfig is a python function of one file, with the handler "index.handler".
func pythonConfig(t testing.TB, source string) Config {
	t.Helper()
	config := testConfig(t)
	config.Command, config.Environment, config.Runtime = "", map[string]string{}, "python3.13"
	config.Handler = "index.handler"
	write(t, filepath.Join(config.CodeDir, "index.py"), source, 0o644)
	return config
}

func TestPythonHandlers(t *testing.T) {
	for _, test := range []struct {
		name, why, source string
		file, handler     string // "" is index.py and index.handler
		runtime           string
		want              string
	}{
		{
			name: "dict", why: "the usual form",
			source: `def handler(event, context): return {"got": event["Do"]}`, want: `{"got": "x"}`,
		},
		{name: "none", why: "a handler without a result", source: `def handler(event, context): pass`, want: `null`},
		{
			name: "dots", why: "a module in a package", file: "src/app/main.py", handler: "src.app.main.run",
			source: `def run(event, context): return __name__`, want: `"src.app.main"`,
		},
		{
			name: "slashes", why: "AWS takes these too", file: "src/app/main.py", handler: "src/app/main.run",
			source: `def run(event, context): return __name__`, want: `"src.app.main"`,
		},
		{
			name: "imports", why: "the code's own folder is on the path", file: "helper.py",
			source: `value = 1`, want: `1`,
		},
		{
			name: "context", why: "Lambda describes the invocation",
			source: `
import os, re
def handler(event, c):
    return [
        c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb, c.log_group_name,
        c.log_stream_name == os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        bool(re.match("^[0-9a-f-]{36}$", c.aws_request_id)), c.client_context, c.identity.cognito_identity_id,
        19000 < c.get_remaining_time_in_millis() <= 20000,
    ]`,
			want: `["function", "$LATEST", "arn:aws:lambda:eu-west-1:111122223333:function:function", "128", ` +
				`"/aws/lambda/function", true, true, null, null, true]`,
		},
		{
			name: "surroundings", why: "the code's own directory, Lambda's variables",
			source: `
import os, sys
def handler(event, context):
    return [
        os.getcwd() == os.environ["LAMBDA_TASK_ROOT"] == sys.path[0], os.environ["AWS_EXECUTION_ENV"],
        os.environ["_X_AMZN_TRACE_ID"][:7], len(sys.argv), "AWS_LAMBDA_RUNTIME_API" in os.environ,
    ]`,
			want: `[true, "AWS_Lambda_python3.13", "Root=1-", 1, false]`,
		},
		{
			name: "Decimal", why: "boto3 gives such numbers", source: `
from decimal import Decimal
def handler(event, context): return [Decimal("1"), Decimal("1.5")]`,
			want: `[1, 1.5]`,
		},
		{
			name: "text", why: "Python 3.12 and newer write it as it is",
			source: `def handler(event, context): return "日本"`, want: `"日本"`,
		},
		{
			name: "ASCII", why: "older ones escape it", runtime: "python3.9",
			source: `def handler(event, context): return "日本"`, want: `"\u65e5\u672c"`,
		},
		{
			name: "bytes", why: "they are the answer as they are",
			source: `def handler(event, context): return b'{"statusCode": 204}'`, want: `{"statusCode": 204}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := pythonConfig(t, "import helper\ndef handler(event, context): return helper.value\n")
			if test.file == "" {
				config = pythonConfig(t, test.source)
			} else {
				write(t, filepath.Join(config.CodeDir, test.file), test.source, 0o644)
			}
			if test.handler != "" {
				config.Handler = test.handler
			}
			if test.runtime != "" {
				config.Runtime = test.runtime
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
			if name := f.place.change(); name != "" {
				t.Errorf("the runtime itself wrote %s", name)
			}
		})
	}
}

func TestPythonErrors(t *testing.T) {
	for _, test := range []struct {
		name, why, source, handler string
		want                       FunctionError // zero: the process ends without a report
		inMessage                  string
	}{
		{
			name: "raised", why: "the class of the exception is its type",
			source: `def handler(event, context): raise ValueError("no")`, want: FunctionError{"ValueError", "no"},
		},
		{
			name: "not JSON", why: "the answer cannot be written",
			source: `def handler(event, context): return {1, 2}`,
			want: FunctionError{
				"Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable",
			},
		},
		{
			name: "exit", why: "the function ends its own process",
			source: "import os\ndef handler(event, context): os._exit(5)", inMessage: "exit status 5",
		},
		{
			name: "sys.exit", why: "so does this", source: "def handler(event, context): exit(6)",
			inMessage: "exit status 6",
		},
		{
			name: "no module", why: "the handler names a file that is not there", handler: "main.handler",
			inMessage: "while starting: Runtime.ImportModuleError: Unable to import module 'main': No module named ",
		},
		{
			name: "no package", why: "this machine's packages are not AWS's", source: "import pip",
			inMessage: "Runtime.ImportModuleError: Unable to import module 'index': No module named 'pip'",
		},
		{
			name: "syntax", why: "code that cannot be read", source: "def handler(",
			inMessage: "while starting: Runtime.UserCodeSyntaxError: Syntax error in module 'index': ",
		},
		{
			name: "no function", why: "the handler names a function that is not there", handler: "index.run",
			inMessage: "while starting: Runtime.HandlerNotFound: Handler 'run' missing on module 'index'",
		},
		{
			name: "no name", why: "the handler names no function", handler: "index",
			inMessage: "while starting: Runtime.MalformedHandlerName: Bad handler 'index'",
		},
		{
			name: "built-in", why: "Python would find its own module first", handler: "sys.exit",
			inMessage: "while starting: Runtime.BuiltInModuleConflict: Cannot use built-in module sys",
		},
		{
			name: "throws while loaded", why: "the type is the exception's", source: `raise KeyError("TABLE")`,
			inMessage: "while starting: KeyError: 'TABLE'",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := pythonConfig(t, test.source)
			if test.handler != "" {
				config.Handler = test.handler
			}
			f := newFunction(t, config)
			for range 2 {
				_, err := invoke(f, task{})
				var got *FunctionError
				switch {
				case test.inMessage != "":
					if !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), test.inMessage) {
						t.Errorf("%s: got %v", test.why, err)
					}
				case !errors.As(err, &got) || *got != test.want:
					t.Errorf("%s: got %v", test.why, err)
				}
			}
		})
	}
}

func TestPythonLogs(t *testing.T) {
	log := &syncBuffer{}
	config := pythonConfig(t, `
import logging, sys
def handler(event, context):
    print("日本 to stdout")
    sys.stderr.write("to stderr\n")
    logging.warning("a warning")
    logging.getLogger().setLevel(logging.INFO)
    logging.info("an info")
    raise RuntimeError("at the end")
`)
	config.Log = log.log()
	f := newFunction(t, config)
	if _, err := invoke(f, task{}); err == nil {
		t.Error("no error")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := log.text()
	for _, want := range []string{
		"日本 to stdout\n", "to stderr\n", "\ta warning\n", "[INFO]\t20", "Z\t", "\tan info\n",
		"[ERROR] RuntimeError: at the end\nTraceback (most recent call last):\n  File \"", "line 9, in handler\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the log: %q", want, got)
		}
	}
	if strings.Contains(got, "bootstrap.py") {
		t.Errorf("the trace shows furl's own runtime: %q", got)
	}
}

func TestPythonPayloads(t *testing.T) {
	f := newFunction(t, pythonConfig(t, `def handler(event, context): return len(event["Text"]) * "y"`))
	if got := mustInvoke(t, f, task{Text: strings.Repeat("x", 6<<20)}); len(got) != 6<<20+2 {
		t.Errorf("6 MB came back as %d bytes", len(got))
	}
}

// The runtime's packages are those of this machine, and no others of this machine are there.
func TestPythonSDKOfThisMachine(t *testing.T) {
	packages := t.TempDir()
	write(t, filepath.Join(packages, "boto3/__init__.py"), "import botocore.auth\nname = botocore.auth.name\n", 0o644)
	write(t, filepath.Join(packages, "botocore/__init__.py"), "", 0o644)
	write(t, filepath.Join(packages, "botocore/auth.py"), "name = 'machine'\n", 0o644)
	write(t, filepath.Join(packages, "other/__init__.py"), "", 0o644)
	for _, test := range []struct{ name, why, source, want string }{
		{
			name: "boto3", why: "AWS's runtime has it", want: `"machine"`,
			source: "import boto3\ndef handler(event, context): return boto3.name",
		},
		{
			name: "other", why: "AWS's runtime has not", source: "import other", want: "!No module named 'other'",
		},
		{
			name: "not installed", why: "the developer learns what to install", source: "import dateutil",
			want: "!No module named 'dateutil'. AWS's runtime has it. Here your machine must: ",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFunction(t, pythonConfig(t, test.source))
			f.launch.command[len(f.launch.command)-1] = packages
			got, err := invoke(f, task{})
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
