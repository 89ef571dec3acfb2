package local

import (
	"fmt"
	"slices"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// edgeRegions are where edge functions may run here. A replica runs near the viewer, so neither in us-east-1, where the function
// was made, nor where the Function URL is.
var edgeRegions = []string{"sa-east-1", "eu-north-1", "af-south-1", "ca-west-1"}

// edgeRegion is AWS_REGION for edge functions: the first of edgeRegions that no stack is in, so that a signer that takes its region
// from there is refused here as it would be on AWS.
func (c *cloud) edgeRegion() string {
	for _, region := range edgeRegions {
		if !slices.ContainsFunc(c.assembly.Stacks, func(s *assembly.Stack) bool { return s.Region == region }) {
			return region
		}
	}
	return edgeRegions[0]
}

// buildDistributions makes the handler of each distribution.
func (c *cloud) buildDistributions() error {
	origins := map[string]string{}
	for _, e := range c.endpoints {
		if e.resource.Type == urlType {
			origins[e.host] = e.address()
		}
	}
	for _, e := range c.endpoints {
		if e.resource.Type != distributionType {
			continue
		}
		if err := c.buildDistribution(e, origins); err != nil {
			return fmt.Errorf("distribution %s: %w", e.path, err)
		}
	}
	return nil
}

// buildDistribution reads an AWS::CloudFront::Distribution.
func (c *cloud) buildDistribution(e *endpoint, origins map[string]string) error {
	properties, err := e.resource.Properties()
	if err != nil {
		return err
	}
	distribution, _ := properties["DistributionConfig"].(map[string]any)
	id, err := e.resource.Ref()
	if err != nil {
		return err
	}
	config := cloudfront.Config{
		Path: e.path, ID: id, DomainName: e.host, Distribution: distribution, Origins: origins,
		Log: c.log, Verbose: c.verbose(),
	}
	for resourceType, into := range map[string]*map[string]map[string]any{
		"CachePolicy":           &config.CachePolicies,
		"OriginRequestPolicy":   &config.OriginRequestPolicies,
		"ResponseHeadersPolicy": &config.ResponseHeadersPolicies,
		"OriginAccessControl":   &config.OriginAccessControls,
	} {
		if *into, err = c.policyConfigs(resourceType); err != nil {
			return err
		}
	}
	if config.Functions, err = c.edgeFunctions(distribution); err != nil {
		return err
	}
	if config.ViewerFunctions, err = c.viewerFunctions(distribution); err != nil {
		return err
	}
	account := e.resource.Stack.Account
	config.Credentials = c.credentials.IssueService(iam.Service{
		Principal: "cloudfront.amazonaws.com", SourceARN: "arn:aws:cloudfront::" + account + ":distribution/" + id, SourceAccount: account,
	})
	if arn, _ := distribution["WebACLId"].(string); arn != "" {
		if config.WebACL, err = c.webACL(arn, waf.CloudFront); err != nil {
			return err
		}
	}
	handler, err := cloudfront.New(config)
	if err != nil {
		return err
	}
	e.handler = handler
	for _, line := range handler.NotSimulated() {
		c.notSimulated = append(c.notSimulated, fmt.Sprintf("distribution %s: %s", e.path, line))
	}
	return nil
}

// policyConfigs are the template's own CloudFront policies or origin access controls, by id.
func (c *cloud) policyConfigs(kind string) (map[string]map[string]any, error) {
	configs := map[string]map[string]any{}
	for _, resource := range c.assembly.Resources("AWS::CloudFront::" + kind) {
		id, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		properties, err := resource.Properties()
		if err != nil {
			return nil, err
		}
		configs[id], _ = properties[kind+"Config"].(map[string]any)
	}
	return configs, nil
}

// edgeFunctions makes the Lambda@Edge functions that the distribution's behaviours name, by numbered version ARN.
func (c *cloud) edgeFunctions(distribution map[string]any) (map[string]*lambda.Function, error) {
	functions := map[string]*lambda.Function{}
	for _, arn := range associated(distribution, "LambdaFunctionAssociations", "LambdaFunctionARN") {
		function, err := c.edgeFunction(arn)
		if err != nil {
			return nil, fmt.Errorf("edge function: %w", err)
		}
		functions[arn] = function
	}
	return functions, nil
}

// associated lists the ARNs of the functions that a distribution's behaviours name.
func associated(distribution map[string]any, associations, arn string) []string {
	var arns []string
	behaviours, _ := distribution["CacheBehaviors"].([]any)
	for _, behaviour := range append([]any{distribution["DefaultCacheBehavior"]}, behaviours...) {
		properties, _ := behaviour.(map[string]any)
		list, _ := properties[associations].([]any)
		for _, association := range list {
			properties, _ := association.(map[string]any)
			text, _ := properties[arn].(string)
			arns = append(arns, text)
		}
	}
	return arns
}
