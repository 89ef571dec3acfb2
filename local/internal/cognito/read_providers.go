package cognito

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
)

// authorizerHeaders are an origin's custom headers that set an authorizer of Furl's edge signer.
type authorizerHeaders struct {
	origin                                               string // id
	issuer, keys, use, audiences, scopes, groups, cookie string
}

// NamesIssuer reports whether an origin of the assembly takes tokens of an issuer.
func NamesIssuer(a *assembly.Assembly) bool {
	return slices.ContainsFunc(a.Resources("AWS::CloudFront::Distribution"), func(r *assembly.Resource) bool {
		return len(readAuthorizers(r)) > 0
	})
}

// readProviders reads the providers that origins name. An issuer whose keys cannot be served is a gap.
func (p *Pools) readProviders(a *assembly.Assembly, gaps *assembly.Gaps) {
	for _, resource := range a.Resources("AWS::CloudFront::Distribution") {
		for _, origin := range readAuthorizers(resource) {
			isPool := func(pool *Pool) bool { return pool.URL == origin.issuer }
			if slices.ContainsFunc(p.All, isPool) {
				continue
			}
			keys, err := keysURL(origin.keys)
			if err != nil {
				gaps.Add(resource.Path, "issuer of an origin whose tokens are refused: %v", err)
				continue
			}
			p.addProvider(origin, keys)
		}
	}
}

// readAuthorizers reads the authorizers of a distribution's origins. The edge signer takes names of headers in any
// case. CloudFront answers 502 here for a distribution whose origins cannot be read.
func readAuthorizers(resource *assembly.Resource) (found []authorizerHeaders) {
	var properties struct {
		DistributionConfig struct {
			Origins []struct {
				Id                  string
				OriginCustomHeaders []struct{ HeaderName, HeaderValue string }
			}
		}
	}
	if resource.Decode(&properties) != nil {
		return nil
	}
	for _, origin := range properties.DistributionConfig.Origins {
		values := map[string]string{}
		for _, header := range origin.OriginCustomHeaders {
			values[strings.ToLower(header.HeaderName)] = header.HeaderValue
		}
		if issuer := values["x-furl-issuer"]; issuer != "" {
			found = append(found, authorizerHeaders{
				origin: origin.Id, issuer: issuer, keys: values["x-furl-jwks-uri"], use: values["x-furl-token-use"],
				audiences: values["x-furl-audience"], scopes: values["x-furl-scopes"],
				groups: values["x-furl-groups"], cookie: values["x-furl-cookie"],
			})
		}
	}
	return found
}

// keysURL reads the URL of the keys. It must be one that the run's certificate can stand for.
func keysURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Path == "" {
		return nil, errors.New("x-furl-jwks-uri is not an https URL with a path")
	}
	if net.ParseIP(u.Hostname()) != nil || cmp.Or(u.Port(), "443") != "443" {
		return nil, errors.New("x-furl-jwks-uri has an address or a port, and only names with port 443 are simulated")
	}
	return u, nil
}

func (p *Pools) addProvider(origin authorizerHeaders, keys *url.URL) {
	i := slices.IndexFunc(p.Providers, func(provider *Provider) bool { return provider.URL == origin.issuer })
	if i < 0 {
		i = len(p.Providers)
		p.Providers = append(p.Providers, &Provider{Issuer: p.run.Issuer(origin.issuer)})
	}
	provider := p.Providers[i]
	host := strings.ToLower(keys.Hostname())
	provider.documents = with(provider.documents, host+keys.RequestURI())
	provider.uses = with(provider.uses, origin.use)
	for audience := range strings.FieldsSeq(origin.audiences) {
		provider.audiences = with(provider.audiences, audience)
	}
	p.hosts = with(p.hosts, host)
}

// with adds a text that is not there yet.
func with(texts []string, text string) []string {
	if slices.Contains(texts, text) {
		return texts
	}
	return append(texts, text)
}
