package local

import (
	"fmt"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// edgeFunction makes an edge function ready to run, once CloudFront would take it.
func (c *cloud) edgeFunction(arn string) (*lambda.Function, error) {
	parsed, err := parseFunctionARN(arn)
	if err != nil {
		return nil, err
	}
	resource, err := c.functionResource(parsed.unqualified)
	if err != nil {
		return nil, err
	}
	if err := c.checkEdge(resource); err != nil {
		return nil, fmt.Errorf("%s: CloudFront would refuse it: %w", resource.Path, err)
	}
	return c.function(arn, c.edgeRegion())
}

// checkEdge holds a function against Lambda@Edge's restrictions (CloudFront Developer Guide,
// lambda-at-edge-function-restrictions, and cloudfront-limits for the timeout).
func (c *cloud) checkEdge(resource *assembly.Resource) error {
	var function struct {
		Architectures    []string
		DeadLetterConfig map[string]any
		Environment      struct{ Variables map[string]any }
		EphemeralStorage struct{ Size int }
		Layers           []string
		PackageType      string
		Role, Runtime    string
		Timeout          int
		TracingConfig    struct{ Mode string }
		VpcConfig        map[string]any
	}
	if err := decode(resource, &function); err != nil {
		return err
	}
	for _, rule := range []struct {
		broken bool
		says   string
	}{
		{resource.Stack.Region != "us-east-1", "it is in " + resource.Stack.Region + ", and edge functions are in us-east-1"},
		{len(function.Environment.Variables) > 0, "it has environment variables"},
		{function.Timeout > 30, fmt.Sprintf("its timeout is %d s, and 30 s is the most", function.Timeout)},
		{len(function.Architectures) > 0 && function.Architectures[0] != "x86_64", "its architecture is not x86_64"},
		{!strings.HasPrefix(function.Runtime, "nodejs") && !strings.HasPrefix(function.Runtime, "python"), "its runtime is neither Node.js nor Python"},
		{function.PackageType == "Image", "it is a container image"},
		{len(function.Layers) > 0, "it has layers"},
		{len(function.VpcConfig) > 0, "it is in a VPC"},
		{len(function.DeadLetterConfig) > 0, "it has a dead-letter queue"},
		{function.TracingConfig.Mode == "Active", "it has X-Ray tracing"},
		{function.EphemeralStorage.Size > 512, "it has more than 512 MB of ephemeral storage"},
	} {
		if rule.broken {
			return fmt.Errorf("%s", rule.says)
		}
	}
	return c.checkTrust(function.Role, "edgelambda.amazonaws.com")
}

// checkTrust asks a role's trust policy whether a service may run functions under it.
func (c *cloud) checkTrust(roleARN, service string) error {
	found, ok := c.roles[roleARN]
	if !ok || found.err != nil {
		return nil // the function's credentials tell why
	}
	if !found.role.TrustsService(service) {
		return fmt.Errorf("the trust policy of its role %s does not let %s assume it", found.role.Name, service)
	}
	return nil
}
