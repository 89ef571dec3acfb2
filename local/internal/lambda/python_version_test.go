package lambda

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestPythonOfTheRuntimesVersion(t *testing.T) {
	for _, test := range []struct {
		name, why, runtime string
		programs           map[string]string // name on PATH → version; "" for one that fails
		wantUse            string            // "" for an error
		want               string            // in the error
	}{
		{
			name: "its own", why: "the runtime's version comes first", runtime: "python3.12",
			programs: map[string]string{"python3": "3.11", "python3.12": "3.12"}, wantUse: "Python 3.12 (/python3.12)",
		},
		{
			name: "another", why: "it says so", runtime: "python3.13",
			programs: map[string]string{"python3": "3.11"},
			wantUse:  "Python 3.11 (/python3), since there is no python3.13 on PATH",
		},
		{
			name: "shim", why: "pyenv has a program for each version, and most fail", runtime: "python3.13",
			programs: map[string]string{"python3": "3.11", "python3.13": ""},
			wantUse:  "Python 3.11 (/python3), since there is no python3.13 on PATH",
		},
		{
			name: "none", why: "a fresh machine", runtime: "python3.13",
			want: "it needs Python 3: install python3.13 (https://www.python.org)",
		},
		{
			name: "too old", why: "the runtime client is not tested with it", runtime: "python3.13",
			programs: map[string]string{"python3": "3.6"}, want: "/python3 is Python 3.6, and furl needs 3.9 or newer",
		},
		{
			name: "deprecated", why: "AWS takes no new functions of it", runtime: "python3.8",
			programs: map[string]string{"python3": "3.8"}, want: `furl does not run "python3.8"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			bin := t.TempDir()
			for name, version := range test.programs {
				script := "#!/bin/sh\nexit 1\n"
				if version != "" {
					script = "#!/bin/sh\necho " + version + "\necho /" + name + "\n"
				}
				write(t, filepath.Join(bin, name), script, 0o755)
			}
			t.Setenv("PATH", bin)
			config := pythonConfig(t, "")
			config.Runtime = test.runtime
			f, err := New(config)
			if test.wantUse != "" {
				if err != nil {
					t.Fatalf("%s: %v", test.why, err)
				}
				defer f.Close()
				if f.launch.uses != test.wantUse {
					t.Errorf("%s: it uses %s", test.why, f.launch.uses)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) ||
				!strings.Contains(err.Error(), "--run 'Stack/Function=COMMAND'") {
				t.Errorf("%s: got %v", test.why, err)
			}
		})
	}
}
