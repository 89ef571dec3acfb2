package lambda

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestEnvironmentIsExactlyLambdas(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIADEVELOPER")
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/somewhere")
	t.Setenv("DATABASE_PASSWORD", "hunter2")
	t.Setenv("HOME", "/home/developer")
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	config := testConfig(t)
	config.Environment = map[string]string{
		"TEST_ROLE":  "function",
		"TABLE":      "orders",
		"TZ":         "Asia/Tokyo",
		"AWS_REGION": "is reserved",
	}
	config.MemoryMB = 256
	config.Credentials = aws.Credentials{AccessKeyID: "ASIAROLE", SecretAccessKey: "secret", SessionToken: "token"}
	want := map[string]string{
		"PATH": os.Getenv("PATH"), "LANG": "en_US.UTF-8",
		"TZ": "Asia/Tokyo", "TABLE": "orders", "TEST_ROLE": "function",
		"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "ASIAROLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
		"AWS_LAMBDA_FUNCTION_NAME": "function", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":  "/aws/lambda/function",
		"AWS_LAMBDA_LOG_STREAM_NAME": "*", "AWS_LAMBDA_RUNTIME_API": "*", "_HANDLER": "bootstrap",
		"PWD": "*", "_X_AMZN_TRACE_ID": "*", // os/exec and aws-lambda-go add these
	}
	for _, test := range []struct {
		name, why, command, home string
		alsoAllowed              []string
	}{
		{name: "asset", why: "nothing of the developer's", home: "/tmp"},
		{
			name: "--run", why: "HOME for a toolchain, and nothing else",
			command: "exec '" + binary + "'", home: "/home/developer",
			alsoAllowed: []string{"OLDPWD", "SHLVL", "_"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := config
			config.Command = test.command
			if test.command == "" {
				link(t, binary, filepath.Join(config.CodeDir, "bootstrap"))
			}
			f := newFunction(t, config)
			var environment []string
			err := json.Unmarshal([]byte(mustInvoke(t, f, task{Do: "environment"})), &environment)
			if err != nil {
				t.Fatal(err)
			}
			want["HOME"] = test.home
			want["LAMBDA_TASK_ROOT"], want["LAMBDA_RUNTIME_DIR"] = f.place.task, f.place.task
			got := map[string]string{}
			for _, variable := range environment {
				name, value, _ := strings.Cut(variable, "=")
				got[name] = value
				expected, known := want[name]
				if !known && !slices.Contains(test.alsoAllowed, name) {
					t.Errorf("%s: %s reaches the function", test.why, name)
				}
				if known && expected != "*" && value != expected {
					t.Errorf("%s is %q, want %q", name, value, expected)
				}
			}
			for name := range want {
				if _, set := got[name]; !set && name != "PWD" {
					t.Errorf("%s is missing", name)
				}
			}
			if !strings.HasPrefix(got["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:") {
				t.Errorf("AWS_LAMBDA_RUNTIME_API is %q", got["AWS_LAMBDA_RUNTIME_API"])
			}
		})
	}
}

// link makes a file executable by another name, without a copy where the file system can.
func link(t *testing.T, from, to string) {
	t.Helper()
	if os.Link(from, to) == nil {
		return
	}
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestWorkingDirectory(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got := mustInvoke(t, newFunction(t, testConfig(t)), task{Do: "directory"}); got != strconv.Quote(here) {
		t.Errorf("a --run command works in %s, want furl's own %s", got, here)
	}
}
