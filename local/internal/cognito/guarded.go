package cognito

import (
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// Guarded is a path of a distribution at which Furl's edge signer wants a token.
type Guarded struct {
	Path   string // one that the behaviour's pattern matches
	Cookie string // that has the token, "" for Authorization
	Use    string // the token_use, "" for any

	Pool   *Pool   // nil for an issuer that is no pool of the assembly
	Client *Client // of the pool, one that may have the scopes

	Issuer    string   // in place of a pool
	Audiences []string // of the issuer's token, nil for the only one that origins take

	Scopes []string // that a token must have, nil for none
	Group  string   // that a user must be in, "" for none
}

// Guarded lists the paths of a distribution at which the edge signer wants a token. The default behaviour comes first.
// It leaves out a path for which no token can be made here.
func (p *Pools) Guarded(distribution *assembly.Resource) []Guarded {
	var all []Guarded
	authorizers := readAuthorizers(distribution)
	for _, behavior := range readBehaviors(distribution) {
		isOfIts := func(a authorizerHeaders) bool { return a.origin == behavior.TargetOriginId }
		i := slices.IndexFunc(authorizers, isOfIts)
		if i < 0 || strings.Contains(behavior.PathPattern, "?") {
			continue
		}
		if guarded, ok := p.guardedBy(authorizers[i]); ok {
			guarded.Path = "/" + strings.TrimPrefix(strings.ReplaceAll(behavior.PathPattern, "*", ""), "/")
			all = append(all, guarded)
		}
	}
	return all
}

// guardedBy has a token for an authorizer. It reports whether one can be made.
func (p *Pools) guardedBy(a authorizerHeaders) (guarded Guarded, ok bool) {
	guarded = Guarded{Cookie: a.cookie, Use: a.use}
	if a.scopes != "" {
		guarded.Scopes = strings.Fields(a.scopes)
	}
	guarded.Group, _, _ = strings.Cut(a.groups, " ")
	if provider, err := p.Provider(a.issuer); err == nil {
		guarded.Issuer = a.issuer
		if len(provider.audiences) > 1 {
			first, _, _ := strings.Cut(a.audiences, " ")
			guarded.Audiences = []string{first}
		}
		return guarded, true
	}
	for _, id := range strings.Fields(a.audiences) {
		guarded.Pool, guarded.Client = p.client(id)
		if guarded.Pool != nil && guarded.Pool.URL == a.issuer && guarded.clientMayHaveScopes() {
			return guarded, true
		}
	}
	return Guarded{}, false
}

func (g Guarded) clientMayHaveScopes() bool {
	return !slices.ContainsFunc(g.Scopes, func(scope string) bool { return !g.Pool.MayHave(g.Client, scope) })
}

type behavior struct{ PathPattern, TargetOriginId string }

// readBehaviors reads the behaviours of a distribution, the default one first.
func readBehaviors(distribution *assembly.Resource) []behavior {
	var properties struct {
		DistributionConfig struct {
			DefaultCacheBehavior behavior
			CacheBehaviors       []behavior
		}
	}
	if distribution.Decode(&properties) != nil {
		return nil
	}
	config := properties.DistributionConfig
	return append([]behavior{config.DefaultCacheBehavior}, config.CacheBehaviors...)
}
