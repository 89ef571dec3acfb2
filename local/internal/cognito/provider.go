package cognito

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// Provider is an OpenID provider whose tokens an origin of a distribution takes. No user pool of the assembly has its
// issuer. Any login service can be one, and so can a user pool of another app.
type Provider struct {
	*Issuer
	audiences []string // that origins take, each once
	uses      []string // the token_use that origins want, each once; "" for any
	documents []string // host, path and query of the keys, each once
}

// ProviderSignIn is a user who is made to sign in at a provider.
type ProviderSignIn struct {
	User      string            // the claim sub
	Audiences []string          // nil for the only audience that origins take
	Use       string            // UseID or UseAccess; "" for the only one that origins want
	Claims    map[string]string // further claims, or others; nil for none
	Scopes    []string          // nil for no claim scope
}

// providerLife is how long a token of a provider holds.
const providerLife = time.Hour

// Token makes a token. The error says which part of the sign-in cannot be.
func (p *Provider) Token(s ProviderSignIn, now time.Time) (string, error) {
	if s.User == "" {
		return "", errors.New("a user has a name")
	}
	use, err := p.use(s.Use)
	if err != nil {
		return "", err
	}
	audiences, err := p.audience(s.Audiences)
	if err != nil {
		return "", err
	}
	claims := jwt.MapClaims{
		"iss": p.URL, "sub": s.User, "jti": lambda.NewRequestID(),
		"iat": now.Unix(), "exp": now.Add(providerLife).Unix(),
	}
	if use != "" {
		claims["token_use"] = use
	}
	switch {
	case use == UseAccess && len(audiences) > 1:
		return "", errors.New("an access token of a user pool is for one client: give one --audience")
	case use == UseAccess:
		claims["client_id"] = audiences[0]
	case len(audiences) == 1:
		claims["aud"] = audiences[0]
	default:
		claims["aud"] = audiences
	}
	if s.Scopes != nil {
		claims["scope"] = strings.Join(s.Scopes, " ")
	}
	further, err := readClaims(s.Claims, settledOfProvider(use))
	if err != nil {
		return "", err
	}
	maps.Copy(claims, further)
	return p.sign(cmp.Or(use, UseID), claims)
}

// use is the token_use of a token, "" for none.
func (p *Provider) use(asked string) (string, error) {
	switch {
	case asked == "" && len(p.uses) == 1:
		return p.uses[0], nil
	case asked == "":
		return "", fmt.Errorf("origins take several uses of tokens: name one with --use, of %s", listed(p.uses))
	case !slices.Contains(p.uses, asked):
		return "", fmt.Errorf("no origin takes the use %q of this issuer's tokens: leave --use out", asked)
	}
	return asked, nil
}

// audience are the audiences of a token, one at least. Those that are asked for need not be an origin's.
func (p *Provider) audience(asked []string) ([]string, error) {
	switch {
	case asked != nil:
		return asked, nil
	case len(p.audiences) == 1:
		return p.audiences, nil
	case p.audiences == nil:
		return nil, errors.New("the origins name no audience: name one with --audience")
	}
	return nil, fmt.Errorf("origins take several audiences: name one with --audience, of %s", listed(p.audiences))
}

func listed(texts []string) string { return strings.Join(texts, ", ") }

// Provider finds a provider by the exact text of its issuer. The error names the issuers that there are.
func (p *Pools) Provider(issuer string) (*Provider, error) {
	var issuers []string
	for _, provider := range p.Providers {
		if provider.URL == issuer {
			return provider, nil
		}
		issuers = append(issuers, provider.URL)
	}
	for _, pool := range p.All {
		if pool.URL == issuer {
			return nil, fmt.Errorf("it is the issuer of the user pool %s: make its tokens with --pool %s", pool.Path,
				pool.Path)
		}
	}
	if issuers == nil {
		return nil, errors.New("no origin of the assembly takes tokens of an issuer")
	}
	return nil, fmt.Errorf("no origin takes tokens of the issuer %s: there is %s", issuer, listed(issuers))
}

// keysAt are the keys of the providers whose document a host has at a path with query. Some providers share one.
func (p *Pools) keysAt(host, uri string) (issuers []*Issuer) {
	for _, provider := range p.Providers {
		if slices.Contains(provider.documents, host+uri) {
			issuers = append(issuers, provider.Issuer)
		}
	}
	return issuers
}
