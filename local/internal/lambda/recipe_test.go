package lambda

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// TestFunctionsGoOn: a function goes on when the assembly is read again, unless it would be another one.
func TestFunctionsGoOn(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(code string, needs *Needs)
		uncalled  bool // before the change
		want      bool
	}{
		{name: "nothing", why: "it keeps what it has in memory", want: true},
		{
			name: "touched", why: "`go build` touches a program that is up to date", want: true,
			change: func(code string, _ *Needs) {
				later := time.Now().Add(time.Hour)
				_ = os.Chtimes(filepath.Join(code, "index.js"), later, later)
			},
		},
		{
			name: "other content", why: "the developer saved it",
			change: func(code string, _ *Needs) { rewrite(code, "index.js", "exports.handler = async () => 'two';") },
		},
		{
			name: "another file", why: "the code may look for it",
			change: func(code string, _ *Needs) { rewrite(code, "new.js", "") },
		},
		{
			name: "a file less", why: "the code may look for it",
			change: func(code string, _ *Needs) { _ = os.Remove(filepath.Join(code, "lib.js")) },
		},
		{
			name: "other mode", why: "a program may not be one any more",
			change: func(code string, _ *Needs) { _ = os.Chmod(filepath.Join(code, "lib.js"), 0o755) },
		},
		{
			name: "other content, not called yet", why: "the copy is made with the first event", uncalled: true,
			change: func(code string, _ *Needs) { rewrite(code, "index.js", "exports.handler = async () => 'two';") },
		},
		{
			name: "other environment", why: "an address may be another",
			change: func(_ string, needs *Needs) {
				needs.Environment = func(string, map[string]string) map[string]string {
					return map[string]string{"TABLE": "other"}
				}
			},
		},
		{
			name: "other credentials", why: "its role may be another",
			change: func(_ string, needs *Needs) {
				needs.Issue = func(*iam.Role, string) aws.Credentials { return aws.Credentials{AccessKeyID: "other"} }
			},
		},
		{
			name: "failed build", why: "its code is half written", want: true,
			change: func(code string, needs *Needs) {
				rewrite(code, "index.js", "half")
				needs.Build = func(string) Build { return Build{Failed: true} }
			},
		},
		{
			name: "build that changed nothing", why: "the files tell", want: true,
			change: func(_ string, needs *Needs) { needs.Build = func(string) Build { return Build{Times: 1} } },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, code := inApp(t)
			needs := unchecked(t)
			before := functionsOf(t, a, needs)
			function, err := before.At(inAppARN)
			if err != nil {
				t.Fatal(err)
			}
			if !row.uncalled {
				if got := mustInvoke(t, function, task{}); got != `"one"` {
					t.Fatalf("it answers %s", got)
				}
			}
			if row.change != nil {
				row.change(code, &needs)
			}
			needs.Previous = before
			after := functionsOf(t, a, needs)
			again, err := after.At(inAppARN)
			if err != nil || (again == function) != row.want {
				t.Fatalf("%s: it goes on: %t, %v", row.why, again == function, err)
			}
			if restarted := len(after.Restarted()); (restarted == 0) != row.want {
				t.Errorf("%d restarted", restarted)
			}
			if err := before.Close(); err != nil {
				t.Fatal(err)
			}
			if row.want {
				mustInvoke(t, again, task{}) // the other one holds it still
			}
		})
	}
}

// TestAreBusy: a function that goes on in another assembly keeps nobody waiting.
func TestAreBusy(t *testing.T) {
	a, code := inApp(t)
	rewrite(code, "index.js", "exports.handler = () => new Promise(() => setTimeout(() => {}, 60000));")
	needs := unchecked(t)
	before := functionsOf(t, a, needs)
	function, err := before.At(inAppARN)
	if err != nil {
		t.Fatal(err)
	}
	if before.AreBusy() {
		t.Error("they are busy without an event")
	}
	go func() { _, _ = invoke(function, task{}) }() // ends with Close
	eventually(t, "they are busy with an event", before.AreBusy)
	needs.Previous = before
	after := functionsOf(t, a, needs)
	if before.AreBusy() {
		t.Error("a function that goes on keeps the assembly before busy")
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	if !after.AreBusy() {
		t.Error("the assembly after is not busy with its event")
	}
}

// TestLayersAreUnpackedOnce: reading the assembly again leaves no further folder.
func TestLayersAreUnpackedOnce(t *testing.T) {
	a := layered(t)
	needs := unchecked(t)
	unpacked := filepath.Join(needs.Scratch, "Zip-1")
	before := functionsOf(t, a, needs)
	before.layers.unpacked[filepath.Join(a.Folders()[0], "asset.Zip")] = unpacked
	needs.Previous = before
	const arn = "arn:aws:lambda:eu-west-1:111122223333:layer:Zip:1"
	folders, err := functionsOf(t, a, needs).layers.folders([]string{arn})
	if err != nil || len(folders) != 1 || folders[0] != unpacked {
		t.Errorf("the content is in %q, %v, want %s", folders, err, unpacked)
	}
}

const inAppARN = "arn:aws:lambda:eu-west-1:111122223333:function:fn"

// inApp is an assembly with a function whose code is a folder of the app.
func inApp(t *testing.T) (a *assembly.Assembly, code string) {
	t.Helper()
	dir, code := t.TempDir(), t.TempDir()
	write(t, filepath.Join(code, "index.js"), "exports.handler = async () => 'one';", 0o644)
	write(t, filepath.Join(code, "lib.js"), "", 0o644)
	return loadTemplate(t, dir, `{"Resources": {"Fn": {
		"Type": "AWS::Lambda::Function",
		"Properties": {"FunctionName": "fn", "Runtime": "nodejs22.x", "Handler": "index.handler", "Role": "role",
			"Timeout": 60},
		"Metadata": {"aws:asset:path": "`+code+`", "aws:asset:property": "Code"}
	}}}`), code
}

// unchecked are needs with a role that anybody may assume.
func unchecked(t *testing.T) Needs {
	t.Helper()
	trust, err := iam.ParseNamedPolicy("trust", map[string]any{"Statement": map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": "lambda.amazonaws.com"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	role, err := iam.NewRole(iam.RoleConfig{ARN: "arn:aws:iam::111122223333:role/role", Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	return Needs{
		Scratch:     t.TempDir(),
		Environment: func(_ string, variables map[string]string) map[string]string { return variables },
		Role:        func(string) (*iam.Role, error) { return role, nil },
		Issue:       func(*iam.Role, string) aws.Credentials { return aws.Credentials{} },
	}
}

// functionsOf are the functions of an assembly, which end with the test.
func functionsOf(t *testing.T, a *assembly.Assembly, needs Needs) *Functions {
	t.Helper()
	functions, err := NewFunctions(a, needs, &assembly.Gaps{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := functions.Close(); err != nil {
			t.Error(err)
		}
	})
	return functions
}

func rewrite(folder, name, text string) {
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
		panic(err)
	}
}
