package apigateway

import (
	"strings"

	"github.com/furl-cdk/furl/local/internal/cognito"
)

// Guarded is a method that a Cognito authorizer guards, with a client whose tokens it lets through.
type Guarded struct {
	HTTPMethod  string
	Path        string // of the resource, without the stage
	FunctionARN string
	Pool        *cognito.Pool
	Client      *cognito.Client
	Scope       string // that the access token must have; "" for an ID token
}

// Guarded lists the methods that a Cognito authorizer guards. It leaves out those that cannot be called as they stand,
// which are ANY and paths with variables, and those that no client's tokens pass.
func (a *API) Guarded() []Guarded {
	var all []Guarded
	for _, m := range a.methods {
		if m.Authorization != userPools || m.Lambda == nil || m.HTTPMethod == "ANY" ||
			strings.Contains(m.ResourcePath, "{") {
			continue
		}
		if guarded, ok := m.firstClient(); ok {
			guarded.HTTPMethod, guarded.Path, guarded.FunctionARN = m.HTTPMethod, m.ResourcePath, m.Lambda.ARN
			all = append(all, guarded)
		}
	}
	return all
}

// firstClient finds the first client whose tokens pass the method. It reports whether there is one.
func (m *method) firstClient() (guarded Guarded, ok bool) {
	expression := m.authorizer.validation
	for _, pool := range m.authorizer.Pools {
		for _, client := range pool.Clients {
			if len(m.Scopes) == 0 && (expression == nil || expression.MatchString(client.ID)) {
				return Guarded{Pool: pool, Client: client}, true
			}
			for _, scope := range m.Scopes {
				if expression == nil && pool.MayHave(client, scope) {
					return Guarded{Pool: pool, Client: client, Scope: scope}, true
				}
			}
		}
	}
	return Guarded{}, false
}
