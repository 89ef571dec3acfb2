package lambda

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

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
}

// Functions are the functions of an assembly. Each is made when it is first asked for, and its processes start with its
// first invocation. Functions is safe for concurrent use.
type Functions struct {
	assembly *assembly.Assembly
	needs    Needs

	mu          sync.Mutex
	layers      *layers
	byExecution map[execution]*Function
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
	return &Functions{
		assembly: a, needs: needs, layers: layers,
		byExecution: map[execution]*Function{}, failures: map[string]error{}, debugged: map[string]bool{},
	}, nil
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

// Close ends every process.
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
	config, err := f.config(arn, resource, region)
	var function *Function
	if err == nil {
		function, err = New(config)
	}
	if err == nil {
		f.sayUse(function)
		function.startDebug()
	}
	if err != nil {
		function = &Function{config: Config{Path: resource.Path}, setupError: err}
		f.failures[resource.Path] = err
	}
	f.byExecution[key] = function
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

// config reads an AWS::Lambda::Function.
func (f *Functions) config(arn string, resource *assembly.Resource, region string) (Config, error) {
	var properties struct {
		Architectures    []string
		Environment      struct{ Variables map[string]string }
		Handler, Runtime string
		Layers           []string
		MemorySize       int
		Role             string
		Timeout          int
	}
	config, err := Config{}, resource.Decode(&properties)
	if err != nil {
		return config, fmt.Errorf("function %s: %w", resource.Path, err)
	}
	unqualified, version, _ := splitARN(arn) // the caller found the function by it
	config = Config{
		Path: resource.Path,
		ARN:  unqualified, Name: unqualified[strings.LastIndex(unqualified, ":")+1:], Version: version,
		Runtime: properties.Runtime, Handler: properties.Handler, Architecture: "x86_64",
		Command:     f.needs.Commands[resource.Path],
		Environment: f.needs.Environment(resource.Path, properties.Environment.Variables),
		Region:      region, MemoryMB: properties.MemorySize, Timeout: time.Duration(properties.Timeout) * time.Second,
		Redirects: f.needs.Redirects, Scratch: f.needs.Scratch, Log: f.needs.Log, Debug: f.debug(resource.Path),
	}
	if len(properties.Architectures) > 0 {
		config.Architecture = properties.Architectures[0]
	}
	role, err := f.role(properties.Role, "lambda.amazonaws.com")
	if err == nil {
		config.Credentials = f.needs.Issue(role, config.Name) // Lambda names the session for the function
		err = f.findCode(&config, resource, properties.Layers)
	}
	if err != nil {
		return config, fmt.Errorf("function %s: %w", resource.Path, err)
	}
	return config, nil
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

// findCode finds the folders with a function's code and its layers. A command of the developer's needs no code.
func (f *Functions) findCode(config *Config, resource *assembly.Resource, layers []string) (err error) {
	config.CodeDir, err = resource.CodeDir(f.needs.Scratch)
	if err != nil && config.Command == "" {
		return err
	}
	config.OwnCode = strings.HasPrefix(config.CodeDir, filepath.Clean(f.needs.Scratch)+"/")
	config.Layers, err = f.layers.folders(layers)
	return err
}

// role finds an execution role. Its trust policy must let the service assume the role.
func (f *Functions) role(arn, service string) (*iam.Role, error) {
	role, err := f.needs.Role(arn)
	if err == nil && !role.TrustsService(service) {
		err = fmt.Errorf("the trust policy of its role %s does not let %s assume it", role.Name, service)
	}
	return role, err
}
