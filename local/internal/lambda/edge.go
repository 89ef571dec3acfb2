package lambda

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// edgeRegions are the regions where edge functions may run here. A replica runs near the viewer. It runs neither
// in us-east-1, where the function was made, nor in the Function URL's region.
var edgeRegions = []string{"sa-east-1", "eu-north-1", "af-south-1", "ca-west-1"}

// edgeRegion is AWS_REGION of edge functions, the first of edgeRegions that no stack is in. A signer that takes its
// region from there is refused here, as it would be on AWS.
func (f *Functions) edgeRegion() string {
	for _, region := range edgeRegions {
		inRegion := func(s *assembly.Stack) bool { return s.Region == region }
		if !slices.ContainsFunc(f.assembly.Stacks, inRegion) {
			return region
		}
	}
	return edgeRegions[0]
}

// Edge finds the Lambda@Edge function of a numbered version's ARN, once CloudFront would take it. A function that
// cannot run is a value whose Invoke fails.
func (f *Functions) Edge(arn string) (*Function, error) {
	resource, err := f.resource(arn)
	if err != nil {
		return nil, err
	}
	if err := f.checkEdge(resource); err != nil {
		return nil, fmt.Errorf("%s: CloudFront would refuse it: %w", resource.Path, err)
	}
	return f.at(arn, resource, f.edgeRegion())
}

// checkEdge compares a function with Lambda@Edge's restrictions.
func (f *Functions) checkEdge(resource *assembly.Resource) error {
	var properties edgeProperties
	if err := resource.Decode(&properties); err != nil {
		return err
	}
	if resource.Stack.Region != "us-east-1" {
		return fmt.Errorf("it is in %s, and edge functions are in us-east-1", resource.Stack.Region)
	}
	if err := properties.check(); err != nil {
		return err
	}
	if _, err := f.needs.Role(properties.Role); err != nil {
		return nil // a role that cannot be known is the function's own failure
	}
	_, err := f.role(properties.Role, "edgelambda.amazonaws.com")
	return err
}

// edgeProperties are those of AWS::Lambda::Function that Lambda@Edge restricts.
type edgeProperties struct {
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

// check names the first restriction that the function breaks (CloudFront Developer Guide,
// lambda-at-edge-function-restrictions, and cloudfront-limits for the timeout).
func (p edgeProperties) check() error {
	architecture := append(p.Architectures, "x86_64")[0]
	nodeOrPython := strings.HasPrefix(p.Runtime, "nodejs") || strings.HasPrefix(p.Runtime, "python")
	for _, rule := range []struct {
		broken bool
		says   string
	}{
		{len(p.Environment.Variables) > 0, "it has environment variables"},
		{p.Timeout > 30, fmt.Sprintf("its timeout is %d s, and 30 s is the most", p.Timeout)},
		{architecture != "x86_64", "its architecture is not x86_64"},
		{!nodeOrPython, "its runtime is neither Node.js nor Python"},
		{p.PackageType == "Image", "it is a container image"},
		{len(p.Layers) > 0, "it has layers"},
		{len(p.VpcConfig) > 0, "it is in a VPC"},
		{len(p.DeadLetterConfig) > 0, "it has a dead-letter queue"},
		{p.TracingConfig.Mode == "Active", "it has X-Ray tracing"},
		{p.EphemeralStorage.Size > 512, "it has more than 512 MB of ephemeral storage"},
	} {
		if rule.broken {
			return errors.New(rule.says)
		}
	}
	return nil
}
