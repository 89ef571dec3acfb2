package local

import (
	"fmt"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/functionurl"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// buildFunctionURLs makes the handler of each Function URL.
func (c *cloud) buildFunctionURLs() error {
	for _, e := range c.endpoints {
		if e.resource.Type != urlType {
			continue
		}
		if err := c.buildFunctionURL(e); err != nil {
			return fmt.Errorf("function URL %s: %w", e.path, err)
		}
	}
	return nil
}

// buildFunctionURL reads an AWS::Lambda::Url.
func (c *cloud) buildFunctionURL(e *endpoint) error {
	var properties struct {
		AuthType, InvokeMode, Qualifier, TargetFunctionArn string
		Cors                                               *functionurl.Cors
	}
	if err := decode(e.resource, &properties); err != nil {
		return err
	}
	if properties.Cors != nil {
		for i, origin := range properties.Cors.AllowOrigins {
			properties.Cors.AllowOrigins[i] = c.localise.Replace(origin)
		}
	}
	arn, err := c.qualifiedARN(properties.TargetFunctionArn, properties.Qualifier, e.resource.Stack)
	if err != nil {
		return err
	}
	function, err := c.function(arn, e.resource.Stack.Region)
	if err != nil {
		return err
	}
	config := functionurl.Config{
		Path: e.path, Host: e.host, Address: e.address(), Region: e.resource.Stack.Region, Account: e.resource.Stack.Account, FunctionARN: arn,
		AuthType: properties.AuthType, InvokeMode: properties.InvokeMode, Cors: properties.Cors,
		Function: function, Credentials: c.credentials, Policy: c.policies[arn], Now: time.Now,
		Log: c.log, Verbose: c.verbose(),
	}
	e.iam = properties.AuthType == functionurl.AuthIAM
	e.handler, err = functionurl.New(config)
	return err
}

// buildPolicies collects the statements of AWS::Lambda::Permission by the ARN of the function or alias that they are on.
func (c *cloud) buildPolicies() error {
	for _, resource := range c.assembly.Resources("AWS::Lambda::Permission") {
		properties, err := resource.Properties()
		if err != nil && c.passOver(resource, err) {
			continue
		}
		if err != nil {
			return err
		}
		name, _ := properties["FunctionName"].(string)
		arn, err := c.qualifiedARN(name, "", resource.Stack)
		if err != nil {
			return fmt.Errorf("permission %s: %w", resource.Path, err)
		}
		statement, err := iam.PermissionStatement(properties, arn)
		if err != nil {
			return fmt.Errorf("permission %s: %w", resource.Path, err)
		}
		statement.Sid = resource.Path
		if c.policies[arn] == nil {
			c.policies[arn] = &iam.Policy{Name: "resource policy of " + arn}
		}
		c.policies[arn].Statements = append(c.policies[arn].Statements, statement)
	}
	return nil
}

// qualifiedARN is the ARN of a function or alias that a template names by ARN, by name or by NAME:ALIAS.
func (c *cloud) qualifiedARN(name, qualifier string, stack *assembly.Stack) (string, error) {
	arn := name
	if !strings.HasPrefix(name, "arn:") {
		arn = fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", stack.Region, stack.Account, name)
	}
	parsed, err := parseFunctionARN(arn)
	if err != nil {
		return "", err
	}
	if qualifier != "" {
		return parsed.unqualified + ":" + qualifier, nil
	}
	return arn, nil
}
