package local

import (
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/awsapi"
)

// apiVariables lead the AWS SDKs' calls of these services to this machine (AWS SDKs and Tools Reference Guide,
// feature-ss-endpoints).
var apiVariables = []string{"AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS"}

// listenForAPIs opens the port of the AWS APIs that functions call.
func (c *cloud) listenForAPIs() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for AWS APIs: %w", err)
	}
	c.awsAPIs = &endpoint{path: "AWS APIs", listener: listener}
	return nil
}

// buildAPIs makes the handler of the AWS APIs, once the roles, functions and secrets are there.
func (c *cloud) buildAPIs() error {
	if limit := c.options.SessionDuration; limit != 0 && limit < time.Second {
		return fmt.Errorf("--session-duration %s: want a second or more, such as 20s", limit)
	}
	roles, err := c.leasableRoles()
	if err != nil {
		return err
	}
	functions := map[string]*awsapi.Function{}
	for arn, function := range c.functions {
		functions[arn] = &awsapi.Function{Function: function, Policy: c.policies[arn]}
	}
	config := awsapi.Config{
		Credentials: c.credentials, SessionLimit: c.options.SessionDuration, Now: time.Now, Verbose: c.verbose(),
		Roles:     func(arn string) *awsapi.LeasableRole { return roles[arn] },
		Functions: func(arn string) *awsapi.Function { return functions[arn] },
	}
	for _, stack := range c.assembly.Stacks {
		config.Account = stack.Account
		if !slices.Contains(config.Regions, stack.Region) {
			config.Regions = append(config.Regions, stack.Region)
		}
	}
	for _, s := range c.secrets {
		config.Secrets = append(config.Secrets, s.Secret)
	}
	c.awsAPIs.handler = awsapi.New(config)
	return nil
}

// leasableRoles are the roles that could be read, with the longest session that each allows.
func (c *cloud) leasableRoles() (map[string]*awsapi.LeasableRole, error) {
	roles := map[string]*awsapi.LeasableRole{}
	for _, resource := range c.assembly.Resources("AWS::IAM::Role") {
		arn, err := resource.Attribute("Arn")
		if err != nil {
			return nil, err
		}
		if err := c.roles[arn].err; err != nil {
			c.notSimulated = append(c.notSimulated, "sessions of a role that could not be read: "+err.Error())
			continue
		}
		seconds, err := maxSession(resource)
		if err != nil {
			return nil, err
		}
		roles[arn] = &awsapi.LeasableRole{Role: c.roles[arn].role, MaxSession: seconds}
	}
	return roles, nil
}

// maxSession is a role's MaxSessionDuration, an hour where it has none.
func maxSession(role *assembly.Resource) (time.Duration, error) {
	properties := struct{ MaxSessionDuration int }{3600}
	err := decode(role, &properties)
	return time.Duration(properties.MaxSessionDuration) * time.Second, err
}
