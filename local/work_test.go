package local

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// app is a folder that furl is started in, with a script that a command runs.
type app struct {
	dir  string
	runs string // a file outside of the app, with a line for each run of the script
}

// newApp makes the app. The script begins with the line that counts its runs.
func newApp(t *testing.T, script string) app {
	t.Helper()
	a := app{resolved(t.TempDir()), filepath.Join(t.TempDir(), "runs")}
	packages, err := filepath.Abs("../node_modules/.bin") // furl looks for Node.js in the folders above the app too
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", packages+":"+os.Getenv("PATH"))
	t.Chdir(a.dir)
	a.save(t, "script.sh", "set -e\necho run >>"+a.runs+"\n"+script)
	return a
}

func (a app) save(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (a app) count() int {
	text, _ := os.ReadFile(a.runs)
	return strings.Count(string(text), "\n")
}

// rests checks that no further run comes of itself.
func (a app) rests(t *testing.T, s *served, why string) {
	t.Helper()
	before := a.count()
	time.Sleep(2 * aftermathTime)
	if after := a.count(); after != before {
		t.Errorf("%s: %d runs, and a moment later %d\n%s", why, before, after, s.said())
	}
}

// built is a template with a function whose code a script writes into dist.
func built(t *testing.T, a app) string {
	t.Helper()
	resources := hello()
	fn := resources["Fn"].(object)
	fn["Metadata"] = object{"aws:asset:path": filepath.Join(a.dir, "dist"), "aws:asset:property": "Code"}
	propertiesOf(resources, "Fn")["Code"] = object{"S3Bucket": "assets", "S3Key": "dist.zip"}
	return assemble(t, resources, nil)
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestBuild: a build runs at start and when a source changes, and its functions restart. One that fails leaves them.
func TestBuild(t *testing.T) {
	a := newApp(t, `mkdir -p dist
		date +%s%N >stamp.txt # another one each time
		cat src/fn.js >dist/index.js
		if grep -q wrong src/fn.js; then echo 'fn.js is wrong'; exit 3; fi`)
	answer := func(text string) string {
		return "globalThis.n = (globalThis.n ?? 0) + 1; exports.handler = async () => '" + text + " ' + globalThis.n++;"
	}
	a.save(t, "src/fn.js", answer("one"))
	s := serveWith(t, Options{
		Assembly: built(t, a), Listen: "127.0.0.1:0", JSON: true, Builds: map[string]string{"*/Fn": "sh script.sh"},
	})
	address := s.urlOf(t, "Url")
	s.answers(t, address, "one 1", "the build runs at start")
	if a.count() != 1 {
		t.Errorf("%d runs, want 1", a.count())
	}
	a.save(t, "src/fn.js", answer("two"))
	s.answers(t, address, "two 1", "a source changed")
	s.eventually(t, "the second run tells what the script writes itself", func() bool { return a.count() == 3 })
	a.rests(t, s, "the script writes into the app")

	a.save(t, "src/fn.js", answer("wrong"))
	s.says(t, "fn.js is wrong\nfailed, so all goes on as it was: sh script.sh: exit status 3\n", "it is told")
	a.rests(t, s, "a run that failed")
	if _, body := fetch(t, address+"/"); body != "two 2" {
		t.Errorf("it answers %q, want the second event of the code before\n%s", body, s.said())
	}
	a.save(t, "src/fn.js", answer("three"))
	s.answers(t, address, "three 1", "the build succeeds again")
	a.rests(t, s, "the script's own files are known")
	if a.count() != 5 {
		t.Errorf("%d runs in all, want 5\n%s", a.count(), s.said())
	}
}

// TestBuildOfACommand: a function that a command runs restarts with its build, since furl does not know its files.
func TestBuildOfACommand(t *testing.T) {
	a := newApp(t, "")
	a.save(t, "src/fn.js", "1")
	resources := hello()
	resources["Same"] = counter("same")
	addURL(resources, "Same")
	program := filepath.Join(t.TempDir(), "program.js")
	const code = `const version = require('node:fs').readFileSync('src/fn.js', 'utf8');
		const http = require('node:http');
		const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
		const next = () => http.get(api + 'next', (event) => event.resume().on('end', () => {
			const id = event.headers['lambda-runtime-aws-request-id'];
			http.request(api + id + '/response', { method: 'POST' }, (answer) => answer.resume().on('end', next))
				.end(JSON.stringify(version));
		}));
		next();`
	if err := os.WriteFile(program, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	s := serveWith(t, Options{
		Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", JSON: true,
		Commands: map[string]string{"Demo/Fn": "exec node " + program},
		Builds:   map[string]string{"Demo/Fn": "sh script.sh"},
	})
	address := s.urlOf(t, "Url")
	s.answers(t, address, "1", "the command runs")
	s.answers(t, s.urlOf(t, "SameUrl"), "same 1", "another function")
	a.save(t, "src/fn.js", "2")
	s.answers(t, address, "2", "the command runs anew")
	if _, body := fetch(t, s.urlOf(t, "SameUrl")+"/"); body != "same 2" {
		t.Errorf("another function answers %q, want its second event", body)
	}
}

// TestSynth: the synthesis runs at start and when a source changes. A change meanwhile makes one more run, and its own
// output makes none.
func TestSynth(t *testing.T) {
	a := newApp(t, `cp app.txt read.txt; mkdir -p cdk.out
		if [ -e hold.txt ]; then cp half.txt cdk.out/Demo.template.json; fi
		while [ -e hold.txt ]; do sleep 0.05; done
		cp manifest.txt cdk.out/manifest.json; cp read.txt cdk.out/Demo.template.json`)
	version := func(number string) string {
		resources := hello()
		resources["Fn"] = function("return '"+number+"'", nil)
		dir := assemble(t, resources, nil)
		manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		a.save(t, "manifest.txt", string(manifest))
		template, err := os.ReadFile(filepath.Join(dir, "Demo.template.json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(template)
	}
	a.save(t, "half.txt", version("half"))
	a.save(t, "app.txt", version("one"))
	s := serveWith(t, Options{Assembly: "cdk.out", Listen: "127.0.0.1:0", JSON: true, Synth: "sh script.sh"})
	address := s.urlOf(t, "Url")
	s.answers(t, address, "one", "there was no assembly before the synthesis")

	two, three := version("two"), version("three")
	a.save(t, "hold.txt", "")
	a.save(t, "app.txt", two)
	s.eventually(t, "the synthesis runs", func() bool { return a.count() == 2 })
	a.save(t, "app.txt", three)
	time.Sleep(5 * settleTime)
	if strings.Contains(s.said(), "reloaded in ") {
		t.Errorf("it does not wait for the end of the synthesis:\n%s", s.said())
	}
	if err := os.Remove(filepath.Join(a.dir, "hold.txt")); err != nil {
		t.Fatal(err)
	}
	s.answers(t, address, "three", "a change meanwhile makes one more run")
	s.eventually(t, "it reads what changed meanwhile", func() bool { return a.count() >= 3 })
	a.rests(t, s, "it writes into the app")
	if a.count() > 4 {
		t.Errorf("%d runs, want 4 at most\n%s", a.count(), s.said())
	}

	runs := a.count()
	a.save(t, "notes.txt", "of no interest")
	s.eventually(t, "any file may be a source", func() bool { return a.count() == runs+1 })
	a.rests(t, s, "it wrote the same")
	if said := s.said(); strings.Count(said, "reloaded in ") > 2 {
		t.Errorf("an assembly that stays the same is loaded again:\n%s", said)
	}
}

// TestBuildThatCannotReach: a build that changes nothing that runs is a mistake.
func TestBuildThatCannotReach(t *testing.T) {
	for _, row := range []struct{ name, why, pattern, want string }{
		{
			name: "nothing", why: "a typing mistake", pattern: "Demo/Nope",
			want: "--build Demo/Nope=…: there is no such function",
		},
		{
			name: "in the assembly", why: "the build writes elsewhere", pattern: "Demo/*",
			want: "--build Demo/*=…: the code of Demo/Fn is in the assembly, where the build does not write",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := newApp(t, "")
			said := refused(t, Options{
				Assembly: assemble(t, hello(), nil), Listen: "127.0.0.1:0",
				Builds: map[string]string{row.pattern: "sh script.sh"},
			})
			if !strings.Contains(said, row.want) {
				t.Errorf("%s: %s", row.why, said)
			}
			if a.count() != 1 {
				t.Errorf("%d runs", a.count())
			}
		})
	}
}

// TestSynthThatFails: what a synthesis wrote before it failed does not count.
func TestSynthThatFails(t *testing.T) {
	a := newApp(t, `cp app.txt cdk.out/Demo.template.json; exit $(cat status.txt)`)
	a.save(t, "status.txt", "0")
	if err := os.Mkdir(filepath.Join(a.dir, "cdk.out"), 0o755); err != nil {
		t.Fatal(err)
	}
	version := func(number string) {
		resources := hello()
		resources["Fn"] = function("return '"+number+"'", nil)
		a.save(t, "app.txt", jsonOf(t, object{"Resources": resources}))
	}
	assembleInto(t, filepath.Join(a.dir, "cdk.out"), "eu-west-1", nil, nil)
	version("one")
	s := serveWith(t, Options{Assembly: "cdk.out", Listen: "127.0.0.1:0", JSON: true, Synth: "sh script.sh"})
	s.answers(t, s.urlOf(t, "Url"), "one", "the first synthesis")
	a.save(t, "status.txt", "4")
	s.says(t, "failed, so all goes on as it was: sh script.sh: exit status 4\n", "it is told")
	version("two")
	s.eventually(t, "it fails again", func() bool { return strings.Count(s.said(), "exit status 4") >= 2 })
	a.rests(t, s, "nothing changes")
	if _, body := fetch(t, s.urlOf(t, "Url")+"/"); body != "one" {
		t.Errorf("it answers %q\n%s", body, s.said())
	}
	a.save(t, "status.txt", "0")
	s.answers(t, s.urlOf(t, "Url"), "two", "the synthesis succeeds")
}

// TestStopWhileACommandRuns: Ctrl-C ends the command with its children, and that is no failure.
func TestStopWhileACommandRuns(t *testing.T) {
	a := newApp(t, "echo $$ >pid.txt; sleep 600")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	options := Options{Assembly: "cdk.out", Listen: "127.0.0.1:0", Synth: "sh script.sh"}
	go func() { done <- Run(ctx, options, io.Discard, io.Discard) }()
	s := &served{}
	var pid int
	s.eventually(t, "the command runs", func() bool {
		text, _ := os.ReadFile(filepath.Join(a.dir, "pid.txt"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return pid != 0
	})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("it fails: %v", err)
	}
	s.eventually(t, "the command has ended", func() bool { return syscall.Kill(pid, 0) != nil })
}

// TestFirstRunThatFails: there is nothing to go on with.
func TestFirstRunThatFails(t *testing.T) {
	newApp(t, "echo broken; exit 1")
	said := refused(t, Options{Assembly: "cdk.out", Listen: "127.0.0.1:0", Synth: "sh script.sh"})
	if want := "sh script.sh: exit status 1\nbroken"; !strings.Contains(said, want) {
		t.Errorf("%q does not say %q", said, want)
	}
}
