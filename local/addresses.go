package local

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
)

const (
	distributionType = "AWS::CloudFront::Distribution"
	restAPIType      = "AWS::ApiGateway::RestApi"
	urlType          = "AWS::Lambda::Url"
	awsAPIs          = ""                 // what the functions' SDK calls reach
	userPools        = "user pools"       // the endpoint of Amazon Cognito
	userPoolsByTLS   = "user pools (TLS)" // the issuers under their own names, for functions
	otherCommands    = "other commands"   // the socket that furl token and furl credentials ask
)

// addresses are the loopback ports of an assembly. They are open before anything is composed, since environments and
// outputs carry them, and they outlive the composition.
type addresses struct {
	ports       *ports
	endpoints   []*endpoint // distributions, Function URLs, REST APIs, and furl local's own, in this order
	localiser   *strings.Replacer
	variables   []Variable // of functions' environments
	socketError error      // why furl's other commands cannot ask this one; nil: they can
}

// endpoint listens for a distribution, a Function URL, a REST API or furl local itself.
type endpoint struct {
	*port
	host string // AWS's name for it
}

// listen holds a port for each resource that is served, the first of them at --listen. The others have the port that
// their construct path gives them, or the next free one. The addresses must be closed, with an error too.
func listen(a *assembly.Assembly, o Options, ports *ports, run *cognito.Run) (*addresses, error) {
	at := &addresses{ports: ports, variables: o.Variables}
	resources := slices.Concat(a.Resources(distributionType), a.Resources(urlType), a.Resources(restAPIType))
	if err := o.checkListen(resources); err != nil {
		return at, err
	}
	var replacements []string
	for _, resource := range resources {
		host, err := hostOf(resource)
		if err != nil {
			return at, err
		}
		address := o.ListenAt[resource.Path]
		if address == "" && len(at.endpoints) == 0 {
			address = o.Listen
		}
		if err := at.add(resource.Type, resource.Path, host, address); err != nil {
			return at, err
		}
		local := at.endpoints[len(at.endpoints)-1].address()
		replacements = append(replacements, "https://"+host, "http://"+local, host, local)
	}
	at.localiser = strings.NewReplacer(replacements...)
	if len(at.endpoints) == 0 {
		return at, nil
	}
	return at, at.listenForOwn(a, o, run)
}

// add holds the port of an endpoint. One that does not listen yet listens at the address, or where the construct path
// says if the address is "".
func (at *addresses) add(kind, path, host, address string) error {
	return at.addWith(kind, path, host, address, func(address string) (net.Listener, error) {
		return listenFor(path, address)
	})
}

// addWith holds the port of an endpoint, which open opens if nobody holds it yet.
func (at *addresses) addWith(kind, path, host, address string, open opener) error {
	port, err := at.ports.hold(kind, path, address, open)
	if err == nil {
		at.endpoints = append(at.endpoints, &endpoint{port, host})
	}
	return err
}

// checkListen refuses addresses on the network, and those of a construct path that does not listen.
func (o Options) checkListen(resources []*assembly.Resource) error {
	if err := loopback("--listen "+o.Listen, o.Listen); err != nil {
		return err
	}
	var paths []string
	for _, resource := range resources {
		paths = append(paths, resource.Path)
	}
	for _, path := range slices.Sorted(maps.Keys(o.ListenAt)) {
		flag := "--listen " + path + "=" + o.ListenAt[path]
		if !slices.Contains(paths, path) {
			return fmt.Errorf("%s: nothing of that construct path listens; what listens is %s", flag,
				strings.Join(paths, ", "))
		}
		if err := loopback(flag, o.ListenAt[path]); err != nil {
			return err
		}
	}
	return nil
}

// close gives the ports up. Those that no other generation holds are closed.
func (at *addresses) close() {
	for _, e := range at.endpoints {
		at.ports.release(e.port)
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

// environment makes a function's variables those of this machine. An endpoint that the template sets stands, and so do
// all variables that the developer sets.
func (at *addresses) environment(path string, variables map[string]string) map[string]string {
	environment := at.apiVariables()
	for name, value := range variables {
		environment[name] = at.localise(value)
	}
	for _, variable := range at.variables {
		if fits(variable.Functions, path) {
			environment[variable.Name] = variable.Value
		}
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

// loopback refuses an address on the network, since what answers here has no TLS and made-up credentials. The flag is
// for the message.
func loopback(flag, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: want HOST:PORT: %w", flag, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s: want a loopback address such as 127.0.0.1:8080", flag)
	}
	return nil
}
