package cognito

import (
	"slices"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// Read reads each AWS::Cognito::UserPool with its clients and the providers that origins name. It makes the certificate
// of their hosts. A pool, client or provider that cannot be read is a gap, and no token is one of it.
func Read(a *assembly.Assembly, run *Run, gaps *assembly.Gaps) (*Pools, error) {
	pools := &Pools{run: run}
	for _, resource := range a.Resources("AWS::Cognito::UserPool") {
		pool, err := readPool(resource, run, gaps)
		if err != nil {
			gaps.Add(resource.Path, "user pool that cannot be read, so its tokens are refused: %v", err)
			continue
		}
		pools.All = append(pools.All, pool)
		if host := host(resource.Stack.Region); !slices.Contains(pools.hosts, host) {
			pools.hosts = append(pools.hosts, host)
		}
	}
	for _, resource := range a.Resources("AWS::Cognito::UserPoolClient") {
		if err := pools.readClient(resource, gaps); err != nil {
			gaps.Add(resource.Path, "client of a user pool that cannot be read, so it has no tokens: %v", err)
		}
	}
	pools.readProviders(a, gaps)
	return pools, run.certify(pools.hosts)
}

// readClient adds an AWS::Cognito::UserPoolClient to its pool.
func (p *Pools) readClient(resource *assembly.Resource, gaps *assembly.Gaps) error {
	var properties clientProperties
	if err := resource.Decode(&properties); err != nil {
		return err
	}
	i := slices.IndexFunc(p.All, func(pool *Pool) bool { return pool.ID == properties.UserPoolId })
	if i < 0 {
		gaps.Add(resource.Path, "client of a user pool that is not in the assembly")
		return nil
	}
	client, err := newClient(resource, properties)
	if err != nil {
		return err
	}
	p.All[i].Clients = append(p.All[i].Clients, client)
	return nil
}

// host is AWS's name of the endpoint in a region.
func host(region string) string { return "cognito-idp." + region + ".amazonaws.com" }

func readPool(resource *assembly.Resource, run *Run, gaps *assembly.Gaps) (*Pool, error) {
	var properties struct {
		LambdaConfig       map[string]any
		MfaConfiguration   string
		UsernameAttributes []string
	}
	if err := resource.Decode(&properties); err != nil {
		return nil, err
	}
	pool := &Pool{Path: resource.Path, signInByEmail: slices.Contains(properties.UsernameAttributes, "email")}
	_, pool.addsScopes = properties.LambdaConfig["PreTokenGenerationConfig"]
	if len(properties.LambdaConfig) > 0 {
		gaps.Add(resource.Path, "Lambda triggers of a user pool")
	}
	if properties.MfaConfiguration == "ON" {
		gaps.Add(resource.Path, "multi-factor authentication of a user pool")
	}
	var err error
	if pool.ID, err = resource.Ref(); err != nil {
		return nil, err
	}
	if pool.ARN, err = resource.Attribute("Arn"); err != nil {
		return nil, err
	}
	issuer, err := resource.Attribute("ProviderURL")
	pool.Issuer = run.Issuer(issuer)
	return pool, err
}
