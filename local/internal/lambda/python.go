package lambda

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// pythonRuntime stands in for AWS's python runtimes. Its bootstrap.py loads the handler and gives it events.
//
//go:embed python
var pythonRuntime embed.FS

// oldestPython is the oldest minor version of Python 3 that our runtime is tested with.
const oldestPython = 9

// pythonLaunch runs our runtime with the Python of the function's version, or with python3.
func pythonLaunch(config Config, at *place) (launch, error) {
	minor, err := strconv.Atoi(strings.TrimPrefix(config.Runtime, "python3."))
	if err != nil || minor < oldestPython {
		const message = "furl does not run %q: use a newer runtime (Lambda Developer Guide, lambda-runtimes)"
		return launch{}, fmt.Errorf(message, config.Runtime)
	}
	python, err := findPython(minor)
	if err != nil {
		return launch{}, err
	}
	var layers []string
	if len(config.Layers) > 0 {
		layers = []string{
			filepath.Join(at.opt, "python"),
			filepath.Join(at.opt, "python/lib/python"+python.version+"/site-packages"),
		}
	}
	bootstrap := filepath.Join(at.runtimeDir, "python", "bootstrap.py")
	// -S leaves out this machine's packages, -B writes nothing beside the code, and -u buffers no output.
	l := at.launch([]string{
		python.path, "-S", "-B", "-u", bootstrap,
		config.Redirects.argument(), strings.Join(layers, ":"), strings.Join(python.packages, ":"),
	})
	l.pipes, l.files = true, pythonRuntime
	l.uses = "Python " + python.version + " (" + python.path + ")"
	if !strings.HasSuffix(config.Runtime, python.version) {
		l.uses += ", since there is no " + config.Runtime + " on PATH"
	}
	if layers != nil {
		l.defaults["PYTHONPATH"] = strings.Join(layers, ":")
	}
	return l, nil
}

// pythonExecutable is a Python of this machine.
type pythonExecutable struct {
	path     string // of the executable itself
	version  string // "3.13"
	packages []string
}

// findPython returns the Python of a minor version, or else the one that python3 is.
func findPython(minor int) (pythonExecutable, error) {
	var failures []error
	for _, name := range []string{fmt.Sprintf("python3.%d", minor), "python3"} {
		python, err := askPython(name)
		if err == nil {
			return python, nil
		}
		failures = append(failures, err)
	}
	return pythonExecutable{}, fmt.Errorf("it needs Python 3: install python3.%d (https://www.python.org): %w",
		minor, errors.Join(failures...))
}

// pythonQuestion prints the version, the executable's own path and the folders of installed packages.
const pythonQuestion = `import sys, site
print("%d.%d" % sys.version_info[:2])
print(sys.executable)
for folder in sys.path:
    if folder.endswith("-packages"): print(folder)`

// askedPythons holds the answers of programs, by their path. A question takes as long as the start of a process.
var askedPythons sync.Map

// askPython asks an interpreter on PATH for its version, its own path and its packages, once.
func askPython(name string) (pythonExecutable, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return pythonExecutable{}, err
	}
	ask, _ := askedPythons.LoadOrStore(path, sync.OnceValues(func() (pythonExecutable, error) {
		return runPython(path)
	}))
	return ask.(func() (pythonExecutable, error))()
}

// runPython asks an interpreter for its version, its own path and its packages. It may be a version manager's shim
// for a version that is not there.
func runPython(name string) (pythonExecutable, error) {
	output, err := exec.Command(name, "-c", pythonQuestion).Output()
	if err != nil {
		return pythonExecutable{}, fmt.Errorf("asking %s for its version: %w", name, err)
	}
	lines := strings.Split(string(bytes.TrimSpace(output)), "\n")
	minor, err := strconv.Atoi(strings.TrimPrefix(lines[0], "3."))
	if err != nil || len(lines) < 2 || minor < oldestPython {
		const message = "%s is Python %s, and furl needs 3.%d or newer"
		return pythonExecutable{}, fmt.Errorf(message, name, lines[0], oldestPython)
	}
	return pythonExecutable{version: lines[0], path: lines[1], packages: lines[2:]}, nil
}
