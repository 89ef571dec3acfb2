package local

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// endpoint is a resource that listens: a distribution, a Function URL or a REST API.
type endpoint struct {
	resource *assembly.Resource
	path     string // construct path
	host     string // AWS's name for it
	iam      bool   // a Function URL of auth type AWS_IAM
	stage    string // the stage of a REST API
	listener net.Listener
	handler  http.Handler // set once everything that it needs is built
}

// address is the loopback host:port.
func (e *endpoint) address() string { return e.listener.Addr().String() }

// url is where it answers, a REST API's up to and with the stage, without a trailing slash.
func (e *endpoint) url() string {
	if e.stage != "" {
		return "http://" + e.address() + "/" + e.stage
	}
	return "http://" + e.address()
}

const (
	distributionType = "AWS::CloudFront::Distribution"
	restAPIType      = "AWS::ApiGateway::RestApi"
	urlType          = "AWS::Lambda::Url"
)

// listen opens a loopback port for every distribution, Function URL and REST API, before anything is built: environments and outputs carry
// the addresses. The first distribution gets Options.Listen.
func (c *cloud) listen() error {
	resources := slices.Concat(c.assembly.Resources(distributionType), c.assembly.Resources(urlType), c.assembly.Resources(restAPIType))
	if len(resources) == 0 {
		return fmt.Errorf("%s has neither a CloudFront distribution nor a Function URL nor a REST API: there is nothing to serve", c.options.Assembly)
	}
	var replacements []string
	for i, resource := range resources {
		e := &endpoint{resource: resource, path: resource.Path}
		var err error
		if e.host, err = hostOf(resource); err != nil {
			return err
		}
		address := "127.0.0.1:0"
		if i == 0 {
			address = c.options.Listen
		}
		if err := loopback(address); err != nil {
			return err
		}
		if e.listener, err = net.Listen("tcp", address); err != nil {
			return fmt.Errorf("listen for %s: %w (--listen 127.0.0.1:0 takes a free port)", e.path, err)
		}
		c.endpoints = append(c.endpoints, e)
		replacements = append(replacements, "https://"+e.host, "http://"+e.address(), e.host, e.address())
	}
	c.localise = strings.NewReplacer(replacements...)
	return nil
}

// hostOf is AWS's host name of a distribution, REST API or Function URL.
func hostOf(resource *assembly.Resource) (string, error) {
	switch resource.Type {
	case distributionType:
		return resource.Attribute("DomainName")
	case restAPIType:
		id, err := resource.Ref()
		return id + ".execute-api." + resource.Stack.Region + ".amazonaws.com", err
	}
	functionURL, err := resource.Attribute("FunctionUrl")
	return strings.TrimSuffix(strings.TrimPrefix(functionURL, "https://"), "/"), err
}

// loopback refuses to serve the network: whatever answers here has no TLS and made-up credentials.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen %s: want HOST:PORT: %w", address, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("--listen %s: want a loopback address such as 127.0.0.1:8080", address)
	}
	return nil
}
