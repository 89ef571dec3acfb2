package local

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

const functionType = "AWS::Lambda::Function"

// functionARN is a Lambda function's ARN, with the qualifier apart.
type functionARN struct {
	unqualified string // arn:aws:lambda:REGION:ACCOUNT:function:NAME
	qualifier   string // alias or version number; "" for none
}

// parseFunctionARN splits the qualifier off.
func parseFunctionARN(arn string) (functionARN, error) {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[2] != "lambda" || parts[5] != "function" {
		return functionARN{}, fmt.Errorf("%q is not the ARN of a Lambda function", arn)
	}
	parsed := functionARN{unqualified: strings.Join(parts[:7], ":")}
	if len(parts) == 8 {
		parsed.qualifier = parts[7]
	}
	return parsed, nil
}

// function makes the function of an ARN ready to run, once per version. Its processes start with its first invocation. Region is
// where it runs: AWS_REGION.
func (c *cloud) function(arn, region string) (*lambda.Function, error) {
	if running, ok := c.functions[arn]; ok {
		return running, nil
	}
	parsed, err := parseFunctionARN(arn)
	if err != nil {
		return nil, err
	}
	if version, err := c.aliasVersion(arn); err != nil {
		return nil, err
	} else if version != "" {
		function, err := c.function(parsed.unqualified+":"+version, region)
		c.functions[arn] = function
		return function, err
	}
	resource, err := c.functionResource(parsed.unqualified)
	if err != nil {
		return nil, err
	}
	config, err := c.functionConfig(resource, parsed, region)
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", resource.Path, err)
	}
	function, err := lambda.New(config)
	if err != nil {
		return nil, err
	}
	c.functions[arn] = function
	c.running = append(c.running, function)
	return function, nil
}

// aliasVersion is the version that an alias' ARN stands for, "" where the ARN is not that of an alias.
func (c *cloud) aliasVersion(arn string) (string, error) {
	for _, resource := range c.assembly.Resources("AWS::Lambda::Alias") {
		ref, err := resource.Ref()
		if err != nil {
			return "", err
		}
		if ref != arn {
			continue
		}
		var properties struct{ FunctionVersion string }
		err = decode(resource, &properties)
		return properties.FunctionVersion, err
	}
	return "", nil
}

// functionResource finds the function of an unqualified ARN.
func (c *cloud) functionResource(arn string) (*assembly.Resource, error) {
	for _, resource := range c.assembly.Resources(functionType) {
		candidate, err := resource.Attribute("Arn")
		if err != nil {
			return nil, err
		}
		if candidate == arn {
			return resource, nil
		}
	}
	return nil, fmt.Errorf("function %s is not in the assembly, so it cannot run here", arn)
}

// functionConfig reads an AWS::Lambda::Function.
func (c *cloud) functionConfig(resource *assembly.Resource, arn functionARN, region string) (lambda.Config, error) {
	var properties struct {
		Architectures    []string
		Environment      struct{ Variables map[string]string }
		Handler, Runtime string
		Layers           []string
		MemorySize       int
		Role             string
		Timeout          int
	}
	if err := decode(resource, &properties); err != nil {
		return lambda.Config{}, err
	}
	config := lambda.Config{
		Path: resource.Path, ARN: arn.unqualified, Name: arn.unqualified[strings.LastIndex(arn.unqualified, ":")+1:], Version: arn.qualifier,
		Runtime: properties.Runtime, Handler: properties.Handler, Architecture: "x86_64", Command: c.options.Commands[resource.Path],
		Environment: map[string]string{}, Region: region, MemoryMB: properties.MemorySize, Timeout: time.Duration(properties.Timeout) * time.Second,
		Log: c.log,
	}
	if config.Version == "" {
		config.Version = "$LATEST"
	}
	if len(properties.Architectures) > 0 {
		config.Architecture = properties.Architectures[0]
	}
	if len(properties.Layers) > 0 {
		c.notSimulated = append(c.notSimulated, "layers of function "+resource.Path)
	}
	for name, value := range properties.Environment.Variables {
		config.Environment[name] = c.localise.Replace(value)
	}
	for _, name := range apiVariables {
		if _, set := config.Environment[name]; !set {
			config.Environment[name] = "http://" + c.awsAPIs.address()
		}
	}
	if err := c.checkTrust(properties.Role, "lambda.amazonaws.com"); err != nil {
		return config, err
	}
	var err error
	if config.Credentials, err = c.roleCredentials(properties.Role, config.Name); err != nil {
		return config, err
	}
	if config.Command == "" {
		config.CodeDir, err = resource.CodeDir(c.scratch)
	}
	return config, err
}

// roleCredentials issues credentials of a function's execution role; the session is named for the function, as Lambda does.
func (c *cloud) roleCredentials(roleARN, functionName string) (credentials aws.Credentials, err error) {
	found, ok := c.roles[roleARN]
	if !ok {
		return credentials, errors.New("its role " + roleARN + " is not in the assembly, so what it may do cannot be told")
	}
	if found.err != nil {
		return credentials, found.err
	}
	return c.credentials.Issue(found.role, functionName), nil
}

// checkCommands refuses a --run for what is not a function of the assembly.
func (c *cloud) checkCommands() error {
	var paths []string
	for _, resource := range c.assembly.Resources(functionType) {
		paths = append(paths, resource.Path)
	}
	for _, path := range slices.Sorted(maps.Keys(c.options.Commands)) {
		if !slices.Contains(paths, path) {
			return fmt.Errorf("--run %s=…: there is no such function; the assembly has %s", path, strings.Join(paths, ", "))
		}
	}
	return nil
}
