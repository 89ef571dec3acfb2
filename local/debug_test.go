package local

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDebugRefused: --debug says which function or port is wrong, and what to write.
func TestDebugRefused(t *testing.T) {
	for _, row := range []struct {
		name, why string
		debug     map[string]int
		command   string // of Demo/Fn
		want      []string
	}{
		{
			name: "no such function", why: "a typing mistake must not go unseen", debug: map[string]int{"Demo/Nope": 0},
			want: []string{"--debug Demo/Nope: there is no such function", "Demo/Fn"},
		},
		{
			name: "Go", why: "it has a debugger of its own", debug: map[string]int{"Demo/Go": 0},
			want: []string{"provided.al2023", "--run 'Demo/Go=exec dlv debug --headless"},
		},
		{
			name: "one port twice", why: "one of the two would have no inspector",
			debug: map[string]int{"Demo/Fn": 0, "Demo/Other": 9229},
			want:  []string{"--debug Demo/Other: Demo/Fn has port 9229: write --debug Demo/Other:9230"},
		},
		{
			name: "port of a command", why: "furl does not start that debugger", debug: map[string]int{"Demo/Fn": 9230},
			command: "dlv debug", want: []string{"leave out :9230"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			resources := hello()
			resources["Other"], resources["Go"] = function("return 1", nil), function("return 1", nil)
			propertiesOf(resources, "Go")["Runtime"] = "provided.al2023"
			options := Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", Debug: row.debug}
			if row.command != "" {
				options.Commands = map[string]string{"Demo/Fn": row.command}
			}
			said := refused(t, options)
			for _, want := range row.want {
				if !strings.Contains(said, want) {
					t.Errorf("%s: %q does not say %q", row.why, said, want)
				}
			}
		})
	}
}

// TestDebugOfACommand: a command that starts a debugger keeps its event for as long as it wants.
func TestDebugOfACommand(t *testing.T) {
	runtime := filepath.Join(t.TempDir(), "runtime.mjs")
	if err := os.WriteFile(runtime, []byte(slowRuntime), 0o644); err != nil {
		t.Fatal(err)
	}
	resources := hello()
	propertiesOf(resources, "Fn")["Timeout"] = 1
	s := serveWith(t, Options{
		Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", JSON: true,
		Debug: map[string]int{"Demo/Fn": 0}, Commands: map[string]string{"Demo/Fn": "exec node '" + runtime + "'"},
	})
	s.says(t, "Demo/Fn: it is debugged in one process, without a timeout\n", "it is logged")
	if status, body := fetch(t, s.FunctionURLs[0].URL+"/"); status != 200 || body != "slow" {
		t.Errorf("%d %s", status, body)
	}
}

// slowRuntime answers one event after two seconds.
const slowRuntime = `
import http from 'node:http';
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
http.get(api + 'next', (event) => {
	const path = event.resume().headers['lambda-runtime-aws-request-id'] + '/response';
	const next = () => http.get(api + 'next');
	setTimeout(() => http.request(api + path, { method: 'POST' }, next).end('"slow"'), 2000);
});`

// TestDebugOfTwoVersions: the port is one process's, so one version has the inspector and the other runs as always.
func TestDebugOfTwoVersions(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	resources := hello()
	resources["Fn"] = function("return process.execArgv.length + ' ' + process.env.AWS_LAMBDA_FUNCTION_VERSION", nil)
	resources["Version"] = object{"Type": "AWS::Lambda::Version", "Properties": object{"FunctionName": ref("Fn")}}
	resources["VersionUrl"] = url(ref("Version"), "NONE")
	open(ref("Version"), resources, "OpenVersion")
	s := serveWith(t, Options{
		Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0", JSON: true,
		Debug: map[string]int{"Demo/Fn": port},
	})
	var answers []string
	for _, u := range s.FunctionURLs {
		_, body := fetch(t, u.URL+"/")
		answers = append(answers, body)
	}
	if want := []string{"1 $LATEST", "0 1"}; !slices.Equal(answers, want) {
		t.Errorf("flags of Node.js and version are %q, want %q", answers, want)
	}
	if strings.Count(s.said(), "it is debugged in one process") != 1 {
		t.Errorf("it is not said once:\n%s", s.said())
	}
}
