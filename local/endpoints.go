package local

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// endpoint is a resource that listens: a distribution or a Function URL.
type endpoint struct {
	resource *assembly.Resource
	path     string // construct path
	host     string // AWS's name for it
	iam      bool   // a Function URL of auth type AWS_IAM
	listener net.Listener
	handler  http.Handler // set once everything that it needs is built
}

// address is the loopback host:port.
func (e *endpoint) address() string { return e.listener.Addr().String() }

// url is where it answers, without a trailing slash.
func (e *endpoint) url() string { return "http://" + e.address() }

const (
	distributionType = "AWS::CloudFront::Distribution"
	urlType          = "AWS::Lambda::Url"
)

// listen opens a loopback port for every distribution and Function URL, before anything is built: environments and outputs carry
// the addresses. The first distribution gets Options.Listen.
func (c *cloud) listen() error {
	resources := append(c.assembly.Resources(distributionType), c.assembly.Resources(urlType)...)
	if len(resources) == 0 {
		return fmt.Errorf("%s has neither a CloudFront distribution nor a Function URL: there is nothing to serve", c.options.Assembly)
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
		replacements = append(replacements, "https://"+e.host, e.url(), e.host, e.address())
	}
	c.localise = strings.NewReplacer(replacements...)
	return nil
}

// hostOf is AWS's host name of a distribution or Function URL.
func hostOf(resource *assembly.Resource) (string, error) {
	if resource.Type == distributionType {
		return resource.Attribute("DomainName")
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
