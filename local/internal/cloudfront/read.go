package cloudfront

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// Needs holds the parts of furl local that distributions use.
type Needs struct {
	Edge    func(arn string) (*lambda.Function, error) // a Lambda@Edge function
	Viewer  func(arn string) (*lambda.Function, error) // a CloudFront Function
	ACL     func(arn string) (*waf.ACL, error)         // nil where it is not in the assembly
	Sign    func(iam.Service) aws.Credentials          // makes the credentials that CloudFront signs with
	Origins map[string]string                          // as in Config
	// StandIns are the folders ("./www") and servers ("http://127.0.0.1:5173") that stand in for origins. A key is an
	// origin's domain name, its Id, or the construct path of its bucket.
	StandIns map[string]string
	Localise func(text string) string // puts this machine's addresses in place of AWS's
}

// Read makes the handler of each AWS::CloudFront::Distribution, by construct path. The failures say why a distribution
// cannot be served.
func Read(a *assembly.Assembly, needs Needs, gaps *assembly.Gaps) (
	distributions map[string]*Distribution, failures map[string]error, err error,
) {
	contents, err := readContents(a, needs, gaps)
	if err != nil {
		return nil, nil, err
	}
	distributions, failures = map[string]*Distribution{}, map[string]error{}
	for _, resource := range a.Resources("AWS::CloudFront::Distribution") {
		distribution, err := read(a, resource, needs, contents)
		if err != nil {
			failures[resource.Path] = err
			continue
		}
		for _, line := range distribution.NotSimulated() {
			gaps.Add(resource.Path, "%s", line)
		}
		distributions[resource.Path] = distribution
	}
	return distributions, failures, contents.check()
}

// read reads one AWS::CloudFront::Distribution.
func read(
	a *assembly.Assembly, resource *assembly.Resource, needs Needs, contents *contents,
) (*Distribution, error) {
	properties, err := resource.Properties()
	if err != nil {
		return nil, err
	}
	config := Config{Path: resource.Path, Origins: needs.Origins}
	for resourceType, into := range map[string]*map[string]map[string]any{
		"CachePolicy":           &config.CachePolicies,
		"OriginRequestPolicy":   &config.OriginRequestPolicies,
		"ResponseHeadersPolicy": &config.ResponseHeadersPolicies,
		"OriginAccessControl":   &config.OriginAccessControls,
	} {
		if *into, err = policyConfigs(a, resourceType); err != nil {
			return nil, err
		}
	}
	config.Distribution, _ = properties["DistributionConfig"].(map[string]any)
	if config.ID, err = resource.Ref(); err != nil {
		return nil, err
	}
	if config.DomainName, err = resource.Attribute("DomainName"); err != nil {
		return nil, err
	}
	var parsed distributionConfig
	if err := assembly.Decode(config.Distribution, &parsed); err != nil {
		return nil, fmt.Errorf("read DistributionConfig: %w", err)
	}
	if err := config.findFunctions(parsed, needs); err != nil {
		return nil, err
	}
	if parsed.WebACLId != "" {
		if config.WebACL, err = needs.ACL(parsed.WebACLId); err != nil {
			return nil, err
		}
	}
	service := iam.Service{
		Principal: "cloudfront.amazonaws.com", SourceAccount: resource.Stack.Account,
		SourceARN: "arn:aws:cloudfront::" + resource.Stack.Account + ":distribution/" + config.ID,
	}
	config.Credentials = needs.Sign(service)
	config.StandIns, config.Contents = map[string]string{}, map[string]http.Handler{}
	for _, origin := range parsed.Origins {
		if err := contents.add(origin, service, &config); err != nil {
			return nil, err
		}
	}
	return New(config)
}

// findFunctions finds the functions that the behaviors name.
func (c *Config) findFunctions(parsed distributionConfig, needs Needs) (err error) {
	c.Functions, c.ViewerFunctions = map[string]*lambda.Function{}, map[string]*lambda.Function{}
	for _, behavior := range append(parsed.CacheBehaviors, parsed.DefaultCacheBehavior) {
		for _, association := range behavior.LambdaFunctionAssociations {
			arn := association.LambdaFunctionARN
			if c.Functions[arn], err = needs.Edge(arn); err != nil {
				return fmt.Errorf("edge function: %w", err)
			}
		}
		for _, association := range behavior.FunctionAssociations {
			arn := association.FunctionARN
			if c.ViewerFunctions[arn], err = needs.Viewer(arn); err != nil {
				return err
			}
		}
	}
	return nil
}

// policyConfigs are the template's own CloudFront policies or origin access controls, by id.
func policyConfigs(a *assembly.Assembly, kind string) (map[string]map[string]any, error) {
	configs := map[string]map[string]any{}
	for _, resource := range a.Resources("AWS::CloudFront::" + kind) {
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
