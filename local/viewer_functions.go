package local

import (
	"fmt"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cloudfrontjs"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

const viewerFunctionType = "AWS::CloudFront::Function"

// viewerFunctions makes the CloudFront Functions that the distribution's behaviours name, by ARN.
func (c *cloud) viewerFunctions(distribution map[string]any) (map[string]*lambda.Function, error) {
	functions := map[string]*lambda.Function{}
	for _, arn := range associated(distribution, "FunctionAssociations", "FunctionARN") {
		function, err := c.viewerFunction(arn)
		if err != nil {
			return nil, err
		}
		functions[arn] = function
	}
	return functions, nil
}

// viewerFunction makes a CloudFront Function ready to run, once for all distributions.
func (c *cloud) viewerFunction(arn string) (*lambda.Function, error) {
	if running, ok := c.functions[arn]; ok {
		return running, nil
	}
	for _, resource := range c.assembly.Resources(viewerFunctionType) {
		ref, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		if ref != arn {
			continue
		}
		function, err := c.newViewerFunction(resource, arn)
		if err != nil {
			return nil, err
		}
		c.functions[arn] = function
		c.running = append(c.running, function)
		return function, nil
	}
	return nil, fmt.Errorf("CloudFront Function %s is not in the assembly, so it cannot run here", arn)
}

// newViewerFunction reads an AWS::CloudFront::Function.
func (c *cloud) newViewerFunction(resource *assembly.Resource, arn string) (*lambda.Function, error) {
	var properties struct {
		AutoPublish        bool
		FunctionCode, Name string
		FunctionConfig     struct {
			KeyValueStoreAssociations []any
			Runtime                   string
		}
	}
	if err := decode(resource, &properties); err != nil {
		return nil, err
	}
	if !properties.AutoPublish {
		return nil, fmt.Errorf("CloudFront Function %s: AutoPublish is not true, and CloudFront associates published functions only", resource.Path)
	}
	return cloudfrontjs.New(cloudfrontjs.Config{
		Path: resource.Path, Name: properties.Name, ARN: arn, Runtime: properties.FunctionConfig.Runtime, Code: properties.FunctionCode,
		KeyValueStores: len(properties.FunctionConfig.KeyValueStoreAssociations) > 0, Log: c.log,
	})
}
