package functionurl

import (
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Needs holds the parts of furl local that Function URLs use.
type Needs struct {
	Function    func(arn string) (*lambda.Function, error)
	Policy      func(arn string) *iam.Policy // of a function or alias; nil for none
	Credentials *iam.Store
	Address     func(*assembly.Resource) (host, address string) // as in Config
	Localise    func(string) string                             // puts this machine's addresses in place of AWS's
}

// Read makes the handler of each AWS::Lambda::Url, by construct path. The failures say why a URL cannot be served.
func Read(a *assembly.Assembly, needs Needs) (handlers map[string]*Handler, failures map[string]error) {
	handlers, failures = map[string]*Handler{}, map[string]error{}
	for _, resource := range a.Resources("AWS::Lambda::Url") {
		handler, err := read(resource, needs)
		if err != nil {
			failures[resource.Path] = err
			continue
		}
		handlers[resource.Path] = handler
	}
	return handlers, failures
}

func read(resource *assembly.Resource, needs Needs) (*Handler, error) {
	var properties struct {
		AuthType, InvokeMode, Qualifier, TargetFunctionArn string
		Cors                                               *Cors
	}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	if properties.Cors != nil {
		for i, origin := range properties.Cors.AllowOrigins {
			properties.Cors.AllowOrigins[i] = needs.Localise(origin)
		}
	}
	arn, err := lambda.QualifiedARN(properties.TargetFunctionArn, properties.Qualifier, resource.Stack)
	if err != nil {
		return nil, err
	}
	function, err := needs.Function(arn)
	if err != nil {
		return nil, err
	}
	host, address := needs.Address(resource)
	return New(Config{
		Path: resource.Path, Host: host, Address: address,
		Region: resource.Stack.Region, Account: resource.Stack.Account, FunctionARN: arn,
		AuthType: properties.AuthType, InvokeMode: properties.InvokeMode, Cors: properties.Cors,
		Function: function, Credentials: needs.Credentials, Policy: needs.Policy(arn), Now: time.Now,
	})
}
