package lambda

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// launch describes the start of a process of the function.
type launch struct {
	command    []string
	dir        string // working directory; "" is furl's own
	home       string
	taskRoot   string
	runtimeDir string
	pipes      bool // the runtime is ours: events come by pipe, and stdin is a pipe that ends when furl does
}

// nodeRuntime stands in for AWS's nodejs runtimes. Its bootstrap.mjs loads the handler and gives it events.
//
//go:embed node
var nodeRuntime embed.FS

// minNode is the oldest major version of Node.js that the bootstrap is tested with.
const minNode = 20

// prepare finds out how to start the function. It returns the scratch directory that it made, if any.
func prepare(config Config) (l launch, scratch string, err error) {
	switch {
	case config.Command != "":
		l, err = shellLaunch(config)
	case strings.HasPrefix(config.Runtime, "provided"):
		l, err = providedLaunch(config)
	case strings.HasPrefix(config.Runtime, "nodejs"):
		return nodeLaunch(config)
	default:
		err = fmt.Errorf("no runtime for %q here: give the command that starts one, --run '%s=COMMAND'",
			config.Runtime, config.Path)
	}
	return l, "", err
}

// shellLaunch runs the developer's command where furl was started. The command has the developer's HOME, as it may
// need a toolchain.
func shellLaunch(config Config) (launch, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return launch{}, fmt.Errorf("finding the home directory for its command: %w", err)
	}
	return launch{
		command: []string{"sh", "-c", config.Command},
		home:    home, taskRoot: config.CodeDir, runtimeDir: config.CodeDir,
	}, nil
}

// providedLaunch runs the executable "bootstrap" of the code, as the OS-only runtimes do (Lambda Developer Guide,
// runtimes-provided).
func providedLaunch(config Config) (launch, error) {
	bootstrap := filepath.Join(config.CodeDir, "bootstrap")
	if err := checkExecutable(bootstrap); err != nil {
		return launch{}, fmt.Errorf("%w: synthesise for this machine with `-c furl:target=host`, "+
			"or run another command: --run '%s=COMMAND'", err, config.Path)
	}
	return launch{
		command: []string{bootstrap},
		dir:     config.CodeDir, home: "/tmp", taskRoot: config.CodeDir, runtimeDir: config.CodeDir,
	}, nil
}

// nodeLaunch runs our bootstrap with the Node.js on PATH, on a copy of the code. In its original place the code
// would see files that AWS does not have. These are the node_modules of the directories above, and a package.json
// there that sets the module type of .js files.
func nodeLaunch(config Config) (l launch, scratch string, err error) {
	node, err := findNode()
	if err != nil {
		return launch{}, "", fmt.Errorf("%w; or run another command: --run '%s=COMMAND'", err, config.Path)
	}
	scratch, err = os.MkdirTemp("", "furl-lambda-")
	if err != nil {
		return launch{}, "", fmt.Errorf("making a directory for its code: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(scratch)
		}
	}()
	task, runtimeDir := filepath.Join(scratch, "task"), filepath.Join(scratch, "runtime")
	if err := os.CopyFS(task, os.DirFS(config.CodeDir)); err != nil {
		return launch{}, "", fmt.Errorf("copying its code: %w", err)
	}
	if err := os.CopyFS(runtimeDir, nodeRuntime); err != nil {
		return launch{}, "", fmt.Errorf("writing the Node.js runtime: %w", err)
	}
	bootstrap := filepath.Join(runtimeDir, "node", "bootstrap.mjs")
	return launch{
		command: []string{node, bootstrap},
		dir:     task, home: "/tmp", taskRoot: task, runtimeDir: runtimeDir, pipes: true,
	}, scratch, nil
}

// findNode returns the path of the Node.js executable itself. The node on PATH may be a version manager's shim,
// which needs more of the developer's environment than a function gets.
func findNode() (string, error) {
	output, err := exec.Command("node", "-p", "process.versions.node + ' ' + process.execPath").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("there is no node on PATH: install Node.js %d or newer (https://nodejs.org)", minNode)
	}
	if err != nil {
		return "", fmt.Errorf("asking node on PATH for its version: %w", err)
	}
	version, path, _ := strings.Cut(string(bytes.TrimSpace(output)), " ")
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNode {
		return "", fmt.Errorf("node on PATH is %s: install Node.js %d or newer (https://nodejs.org)", version, minNode)
	}
	return path, nil
}
