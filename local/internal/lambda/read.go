package lambda

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// config reads an AWS::Lambda::Function, all but its code. The layers are ARNs.
func (f *Functions) config(key execution, resource *assembly.Resource) (config Config, layers []string, err error) {
	var properties struct {
		Architectures    []string
		Environment      struct{ Variables map[string]string }
		Handler, Runtime string
		Layers           []string
		MemorySize       int
		Role             string
		Timeout          int
	}
	if err := resource.Decode(&properties); err != nil {
		return config, nil, err
	}
	unqualified, version, _ := splitARN(key.arn) // the caller found the function by it
	config = Config{
		Path: resource.Path,
		ARN:  unqualified, Name: unqualified[strings.LastIndex(unqualified, ":")+1:], Version: version,
		Runtime: properties.Runtime, Handler: properties.Handler, Architecture: "x86_64",
		Command:     f.needs.Commands[resource.Path],
		Environment: f.needs.Environment(resource.Path, properties.Environment.Variables),
		Region:      key.region, MemoryMB: properties.MemorySize,
		Timeout:   time.Duration(properties.Timeout) * time.Second,
		Redirects: f.needs.Redirects, Scratch: f.needs.Scratch, Log: f.needs.Log, Debug: f.debug(resource.Path),
	}
	if len(properties.Architectures) > 0 {
		config.Architecture = properties.Architectures[0]
	}
	role, err := f.role(properties.Role, "lambda.amazonaws.com")
	if err == nil {
		config.Credentials = f.needs.Issue(role, config.Name) // Lambda names the session for the function
	}
	return config, properties.Layers, err
}

// findCode finds the folders with a function's code and its layers. A command of the developer's needs no code.
func (f *Functions) findCode(config *Config, resource *assembly.Resource, layers []string) (err error) {
	if zip := zipOf(resource); zip != "" && !strings.HasPrefix(config.Runtime, "provided") {
		config.Zip, err = zip, assembly.CheckZip(zip)
	} else {
		config.CodeDir, err = resource.CodeDir(f.needs.Scratch)
		config.OwnCode = strings.HasPrefix(config.CodeDir, filepath.Clean(f.needs.Scratch)+"/")
	}
	if err != nil && config.Command == "" {
		return err
	}
	config.Layers, err = f.layers.folders(layers)
	return err
}

// zipOf is the zip file with the code of a function, or "".
func zipOf(resource *assembly.Resource) string {
	file, _ := resource.CodeAsset()
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		return ""
	}
	return file
}

// role finds an execution role. Its trust policy must let the service assume the role.
func (f *Functions) role(arn, service string) (*iam.Role, error) {
	role, err := f.needs.Role(arn)
	if err == nil && !role.TrustsService(service) {
		err = fmt.Errorf("the trust policy of its role %s does not let %s assume it", role.Name, service)
	}
	return role, err
}
