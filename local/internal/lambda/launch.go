package lambda

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// launch describes the start of a process of the function.
type launch struct {
	command    []string
	dir        string // working directory; "" is furl's own
	home       string
	taskRoot   string // "" where there is no code
	runtimeDir string
	pipes      bool // the runtime is ours: events come by pipe, and stdin is a pipe that ends when furl does
	files      fs.FS
	// defaults are variables of the environment that the template may set otherwise.
	defaults map[string]string
	uses     string // the program of this machine that runs the code, "" for executables and commands
}

// prepare finds out how to start the function.
func prepare(config Config, at *place) (launch, error) {
	var l launch
	var err error
	switch {
	case config.Command != "":
		return shellLaunch(config, at)
	case strings.HasPrefix(config.Runtime, "provided"):
		l, err = providedLaunch(config, at)
	case strings.HasPrefix(config.Runtime, "nodejs"):
		l, err = nodeLaunch(config, at)
	case strings.HasPrefix(config.Runtime, "python"):
		l, err = pythonLaunch(config, at)
	default:
		return l, fmt.Errorf("no runtime for %q here: give the command that starts one, --run '%s=COMMAND'",
			config.Runtime, config.Path)
	}
	if err != nil {
		return l, fmt.Errorf("%w; or run another command: --run '%s=COMMAND'", err, config.Path)
	}
	return l, nil
}

// shellLaunch runs the developer's command where furl was started. The command has the developer's HOME, as it may
// need a toolchain.
func shellLaunch(config Config, at *place) (launch, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return launch{}, fmt.Errorf("finding the home directory for its command: %w", err)
	}
	l := at.launch([]string{"sh", "-c", config.Command})
	l.dir, l.home, l.runtimeDir = "", home, l.taskRoot
	return l, nil
}

// providedLaunch runs the executable "bootstrap" of the code, as the OS-only runtimes do (Lambda Developer Guide,
// runtimes-provided).
func providedLaunch(config Config, at *place) (launch, error) {
	if err := checkExecutable(filepath.Join(config.CodeDir, "bootstrap")); err != nil {
		return launch{}, fmt.Errorf("%w: synthesise for this machine with `-c furl:target=host`", err)
	}
	l := at.launch([]string{filepath.Join(at.task, "bootstrap")})
	l.runtimeDir = at.task
	return l, nil
}

// launch returns the start of a command in the folders of a function.
func (at *place) launch(command []string) launch {
	l := launch{
		command: command, dir: at.task, home: "/tmp", taskRoot: at.task, runtimeDir: at.runtimeDir,
		defaults: map[string]string{"PATH": os.Getenv("PATH")},
	}
	if len(at.layers) > 0 {
		maps.Copy(l.defaults, map[string]string{
			"PATH":            filepath.Join(at.opt, "bin") + ":" + os.Getenv("PATH"),
			"LD_LIBRARY_PATH": filepath.Join(at.opt, "lib"),
		})
	}
	return l
}
