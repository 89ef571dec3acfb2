package apigateway

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
)

// authorizers are the API's, by id.
func (r *reader) authorizers() (map[string]*Authorizer, error) {
	resources, err := r.own("AWS::ApiGateway::Authorizer")
	if err != nil {
		return nil, err
	}
	found := map[string]*Authorizer{}
	for _, resource := range resources {
		id, err := resource.Ref()
		if err != nil {
			return nil, err
		}
		if found[id], err = r.authorizer(id, resource); err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", resource.Path, err)
		}
	}
	return found, nil
}

// authorizer reads an AWS::ApiGateway::Authorizer. Without a TTL it caches for 300 s (API Gateway API Reference,
// API_Authorizer).
func (r *reader) authorizer(id string, resource *assembly.Resource) (*Authorizer, error) {
	properties := struct {
		AuthorizerCredentials, AuthorizerUri, IdentitySource, IdentityValidationExpression, Type string
		AuthorizerResultTtlInSeconds                                                             int
		ProviderARNs                                                                             []string
	}{AuthorizerResultTtlInSeconds: 300}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	if properties.AuthorizerCredentials != "" {
		return nil, errors.New("AuthorizerCredentials are not simulated: leave them out, " +
			"and let the function's policy allow API Gateway")
	}
	authorizer := &Authorizer{
		ID: id, Path: resource.Path, Type: properties.Type, Validation: properties.IdentityValidationExpression,
		TTL: time.Duration(properties.AuthorizerResultTtlInSeconds) * time.Second,
	}
	for source := range strings.SplitSeq(properties.IdentitySource, ",") {
		if source = strings.TrimSpace(source); source != "" {
			authorizer.Identity = append(authorizer.Identity, source)
		}
	}
	if authorizer.Type == userPools {
		authorizer.Pools = r.pools(resource, properties.ProviderARNs)
		return authorizer, nil
	}
	var err error
	authorizer.Lambda, err = r.integrated(properties.AuthorizerUri)
	return authorizer, err
}

// pools are the user pools of a Cognito authorizer. The tokens of a pool that is not in the assembly are refused.
func (r *reader) pools(resource *assembly.Resource, arns []string) []*cognito.Pool {
	var pools []*cognito.Pool
	for _, arn := range arns {
		if pool, found := r.needs.Pool(arn); found {
			pools = append(pools, pool)
		} else {
			r.gaps.Add(resource.Path, "tokens of the user pool %s, which is not in the assembly, are refused", arn)
		}
	}
	return pools
}
