package lambda

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/journal"
)

// Needs holds the parts of furl local that functions use.
type Needs struct {
	Scratch  string            // folder for unpacked code, and for all else that the functions need
	Log      *journal.Log      // as in Config
	Commands map[string]string // construct path of a function → command that runs in place of its asset
	Debug    map[string]Debug  // construct path of a function → how it is debugged
	Layers   map[string]string // ARN of a layer's version that is not in the assembly → folder that stands in for it
	// Environment makes the template's variables those of this machine. The result has this machine's addresses, and
	// those of its AWS APIs.
	Environment func(path string, variables map[string]string) map[string]string
	// Redirects lead the connections of Node.js and Python to this machine.
	Redirects Redirects
	Role      func(arn string) (*iam.Role, error)
	// Issue makes credentials for a session of a role.
	Issue func(role *iam.Role, sessionName string) aws.Credentials
	// Previous are the functions of the assembly as it was before, nil for none. Those that stay as they are go on.
	Previous *Functions
	// Build tells about the build of a function by its construct path. Nil means that no function has one.
	Build func(path string) Build
}

// Build is how far the developer's build of a function has come.
type Build struct {
	Times  int  // that it succeeded
	Failed bool // the last time; the function then stays as it is
}

// Functions are the functions of an assembly. Each is made when it is first asked for, and its processes start with its
// first invocation. Functions is safe for concurrent use.
type Functions struct {
	assembly *assembly.Assembly
	needs    Needs

	mu          sync.Mutex
	layers      *layers
	byExecution map[execution]*Function
	previous    map[execution]*Function
	failures    map[string]error // why functions that were asked for cannot run, by construct path
	uses        []string         // what was said about the programs that run the functions
	debugged    map[string]bool  // functions that are debugged, by construct path
}

// execution is a version of a function, by its qualified ARN, and the region that it runs in.
type execution struct{ arn, region string }

// NewFunctions prepares the functions of an assembly.
func NewFunctions(a *assembly.Assembly, needs Needs, gaps *assembly.Gaps) (*Functions, error) {
	layers, err := readLayers(a, needs, gaps)
	if err != nil {
		return nil, err
	}
	f := &Functions{
		assembly: a, needs: needs, layers: layers,
		byExecution: map[execution]*Function{}, failures: map[string]error{}, debugged: map[string]bool{},
	}
	if needs.Previous != nil {
		f.adopt(needs.Previous)
	}
	f.needs.Previous = nil
	return f, nil
}

// At finds the function of an ARN, with or without a version or alias. The error says that the assembly has none. A
// function that cannot run is a value whose Invoke fails.
func (f *Functions) At(arn string) (*Function, error) {
	resource, err := f.resource(arn)
	if err != nil {
		return nil, err
	}
	return f.at(arn, resource, resource.Stack.Region)
}

// Failures says why functions that were asked for cannot run, by construct path.
func (f *Functions) Failures() map[string]error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.failures)
}

// Restarted returns the construct paths of the functions that did not go on from the assembly before, sorted.
func (f *Functions) Restarted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var paths []string
	for key, function := range f.byExecution {
		if function != f.previous[key] && function.setupError == nil {
			paths = append(paths, function.config.Path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// AreBusy reports whether a process has an event that Close would end. A caller that does not wait for its answer any
// more does not count, since AWS carries an event through.
func (f *Functions) AreBusy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, function := range f.byExecution {
		if function.isBusy() {
			return true
		}
	}
	return false
}

// Close ends every process, but for those of functions that go on in another assembly.
func (f *Functions) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, function := range f.byExecution {
		errs = append(errs, function.Close())
	}
	return errors.Join(errs...)
}

// resource finds the AWS::Lambda::Function of an ARN.
func (f *Functions) resource(arn string) (*assembly.Resource, error) {
	unqualified, _, err := splitARN(arn)
	if err != nil {
		return nil, err
	}
	for _, resource := range f.assembly.Resources("AWS::Lambda::Function") {
		candidate, err := resource.Attribute("Arn")
		if err != nil {
			return nil, err
		}
		if candidate == unqualified {
			return resource, nil
		}
	}
	return nil, fmt.Errorf("function %s is not in the assembly, so it cannot run here", unqualified)
}

// at makes a version of a function ready to run, once for each region.
func (f *Functions) at(arn string, resource *assembly.Resource, region string) (*Function, error) {
	arn, err := f.version(arn)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := execution{arn, region}
	if known, ok := f.byExecution[key]; ok {
		return known, nil
	}
	function, err := f.make(key, resource)
	if err != nil {
		function = &Function{config: Config{Path: resource.Path}, setupError: err}
		f.failures[resource.Path] = err
	}
	f.byExecution[key] = function
	return function, nil
}

// make makes a function, or takes the one before if it has the same recipe. f.mu must be held.
func (f *Functions) make(key execution, resource *assembly.Resource) (*Function, error) {
	config, layers, err := f.config(key, resource)
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", resource.Path, err)
	}
	wanted, build := f.recipe(config, resource, layers), Build{}
	if f.needs.Build != nil {
		build = f.needs.Build(resource.Path)
	}
	if config.Command != "" {
		wanted.builds = build.Times // what the command runs is not known
	}
	if before := f.previous[key]; before != nil && (build.Failed || before.hasRecipe(wanted)) && before.hold() {
		return before, nil
	}
	if err := f.findCode(&config, resource, layers); err != nil {
		return nil, fmt.Errorf("function %s: %w", resource.Path, err)
	}
	function, err := New(config)
	if err != nil {
		return nil, err
	}
	function.recipe = wanted
	f.sayUse(function)
	if f.previous[key] == nil { // else the process before may have the inspector's port
		function.startDebug()
	}
	return function, nil
}

// sayUse says which program of this machine runs the functions of a runtime, once for each runtime. f.mu must be held.
func (f *Functions) sayUse(function *Function) {
	use := function.config.Runtime + " functions run on " + function.launch.uses
	if function.launch.uses != "" && !slices.Contains(f.uses, use) {
		f.uses = append(f.uses, use)
		function.log.Say(use)
	}
}

// version is the ARN of the version that an alias stands for. It is the given ARN if that is not an alias's.
func (f *Functions) version(arn string) (string, error) {
	for _, resource := range f.assembly.Resources("AWS::Lambda::Alias") {
		ref, err := resource.Ref()
		if err != nil {
			return "", err
		}
		if ref != arn {
			continue
		}
		var properties struct{ FunctionVersion string }
		err = resource.Decode(&properties)
		unqualified, _, _ := splitARN(arn) // the caller found the function by it
		return unqualified + ":" + properties.FunctionVersion, err
	}
	return arn, nil
}

// debug says how the function of a construct path is debugged, once. The inspector's port is one process's, so only the
// first version or region that is asked for is debugged. f.mu must be held.
func (f *Functions) debug(path string) *Debug {
	debug, wanted := f.needs.Debug[path]
	if !wanted || f.debugged[path] {
		return nil
	}
	f.debugged[path] = true
	return &debug
}
