package local

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/assembly"
)

// authorizers are the API's, by id; nil for those that are not Lambda authorizers.
func (a *restAPI) authorizers() (map[string]*apigateway.Authorizer, error) {
	resources, err := a.own("AWS::ApiGateway::Authorizer")
	if err != nil {
		return nil, err
	}
	found := map[string]*apigateway.Authorizer{}
	for _, resource := range resources {
		id, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		if found[id], err = a.authorizer(id, resource); err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", resource.Path, err)
		}
	}
	return found, nil
}

// authorizer reads an AWS::ApiGateway::Authorizer. Without a TTL it caches for 300 s (API Gateway API Reference, API_Authorizer).
func (a *restAPI) authorizer(id string, resource *assembly.Resource) (*apigateway.Authorizer, error) {
	properties := struct {
		AuthorizerCredentials, AuthorizerUri, IdentitySource, IdentityValidationExpression, Type string
		AuthorizerResultTtlInSeconds                                                             int
	}{AuthorizerResultTtlInSeconds: 300}
	if err := decode(resource, &properties); err != nil {
		return nil, err
	}
	switch {
	case properties.Type == "COGNITO_USER_POOLS":
		return nil, nil
	case properties.AuthorizerCredentials != "":
		return nil, errors.New("AuthorizerCredentials are not simulated: leave them out, and let the function's policy allow API Gateway")
	}
	authorizer := &apigateway.Authorizer{
		ID: id, Path: resource.Path, Type: properties.Type, Validation: properties.IdentityValidationExpression,
		TTL: time.Duration(properties.AuthorizerResultTtlInSeconds) * time.Second,
	}
	for source := range strings.SplitSeq(properties.IdentitySource, ",") {
		if source = strings.TrimSpace(source); source != "" {
			authorizer.Identity = append(authorizer.Identity, source)
		}
	}
	var err error
	authorizer.Lambda, err = a.integrated(properties.AuthorizerUri, resource.Stack)
	return authorizer, err
}
