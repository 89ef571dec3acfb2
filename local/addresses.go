package local

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

const (
	distributionType = "AWS::CloudFront::Distribution"
	restAPIType      = "AWS::ApiGateway::RestApi"
	urlType          = "AWS::Lambda::Url"
	awsAPIs          = "" // what the functions' SDK calls reach
)

// apiVariables lead the AWS SDKs' calls of these services to this machine (AWS SDKs and Tools Reference Guide,
// feature-ss-endpoints).
var apiVariables = []string{"AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS"}

// addresses are the loopback ports of an assembly. They are open before anything is composed, since environments and
// outputs carry them, and they outlive the composition.
type addresses struct {
	endpoints []*endpoint // distributions, Function URLs, REST APIs and the AWS APIs, in this order
	localiser *strings.Replacer
}

// endpoint is what listens: a distribution, a Function URL, a REST API or the AWS APIs.
type endpoint struct {
	kind     string // a resource type, or awsAPIs
	path     string // construct path
	host     string // AWS's name for it
	listener net.Listener
}

// address is the loopback host:port.
func (e *endpoint) address() string { return e.listener.Addr().String() }

// listen opens a port for each resource that listens, the first of them at --listen. The addresses must be closed,
// with an error too.
func listen(a *assembly.Assembly, o Options) (*addresses, error) {
	at := &addresses{}
	resources := slices.Concat(a.Resources(distributionType), a.Resources(urlType), a.Resources(restAPIType))
	if len(resources) == 0 {
		const has = "has neither a CloudFront distribution nor a Function URL nor a REST API: there is nothing to serve"
		return at, fmt.Errorf("%s %s", o.Assembly, has)
	}
	if err := loopback(o.Listen); err != nil {
		return at, err
	}
	var replacements []string
	address := o.Listen
	for _, resource := range resources {
		host, err := hostOf(resource)
		if err != nil {
			return at, err
		}
		e, err := listenAt(resource.Type, resource.Path, host, address)
		if err != nil {
			return at, err
		}
		address = anyPort // of the others
		at.endpoints = append(at.endpoints, e)
		replacements = append(replacements, "https://"+host, "http://"+e.address(), host, e.address())
	}
	at.localiser = strings.NewReplacer(replacements...)
	e, err := listenAt(awsAPIs, "AWS APIs", "", anyPort)
	if err == nil {
		at.endpoints = append(at.endpoints, e)
	}
	return at, err
}

const anyPort = "127.0.0.1:0"

// listenAt listens at a loopback address.
func listenAt(kind, path, host, address string) (*endpoint, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w (--listen %s takes a free port)", path, err, anyPort)
	}
	return &endpoint{kind, path, host, listener}, nil
}

// close ends all listening.
func (at *addresses) close() {
	for _, e := range at.endpoints {
		e.listener.Close() // closed by its server already, where that ran
	}
}

// of is AWS's host name of a resource that listens, and its loopback address.
func (at *addresses) of(resource *assembly.Resource) (host, address string) {
	i := slices.IndexFunc(at.endpoints, func(e *endpoint) bool {
		return e.path == resource.Path && e.kind == resource.Type
	})
	return at.endpoints[i].host, at.endpoints[i].address()
}

// localise puts this machine's addresses in place of AWS's.
func (at *addresses) localise(text string) string { return at.localiser.Replace(text) }

// environment makes a function's variables those of this machine. An endpoint that the template sets stands.
func (at *addresses) environment(variables map[string]string) map[string]string {
	environment := map[string]string{}
	for _, name := range apiVariables {
		environment[name] = "http://" + at.endpoints[len(at.endpoints)-1].address()
	}
	for name, value := range variables {
		environment[name] = at.localise(value)
	}
	return environment
}

// origins are the loopback addresses of the Function URLs, by AWS's host name.
func (at *addresses) origins() map[string]string {
	origins := map[string]string{}
	for _, e := range at.endpoints {
		if e.kind == urlType {
			origins[e.host] = e.address()
		}
	}
	return origins
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

// loopback refuses an address on the network, since what answers here has no TLS and made-up credentials.
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
