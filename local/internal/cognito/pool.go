package cognito

import (
	"fmt"
	"slices"
	"strings"
)

// Pool is a user pool with its app clients.
type Pool struct {
	*Issuer
	Path    string // construct path
	ID, ARN string
	Clients []*Client // by construct path

	signInByEmail bool // the user name is made up, and the e-mail address signs in
	addsScopes    bool // a trigger may add scopes to access tokens
}

// Pools are the user pools of an assembly, and the other issuers whose tokens its origins take.
type Pools struct {
	All       []*Pool // by construct path
	Providers []*Provider
	run       *Run
	hosts     []string
}

// Hosts are AWS's names of the pools' endpoints and the hosts of the providers' keys, each once.
func (p *Pools) Hosts() []string { return slices.Clone(p.hosts) }

// Password is that of every user of every pool.
func (p *Pools) Password() string { return p.run.Password }

// At finds a pool by its ARN. It reports whether there is one.
func (p *Pools) At(arn string) (*Pool, bool) {
	for _, pool := range p.All {
		if pool.ARN == arn {
			return pool, true
		}
	}
	return nil, false
}

// AtPath finds a pool by its construct path. The error names the pools that there are.
func (p *Pools) AtPath(path string) (*Pool, error) {
	var paths []string
	for _, pool := range p.All {
		if pool.Path == path {
			return pool, nil
		}
		paths = append(paths, pool.Path)
	}
	if paths == nil {
		return nil, fmt.Errorf("the assembly has no user pool")
	}
	return nil, fmt.Errorf("there is no user pool %s: there is %s", path, strings.Join(paths, ", "))
}

// client finds the pool and the client of a client id.
func (p *Pools) client(id string) (*Pool, *Client) {
	for _, pool := range p.All {
		for _, client := range pool.Clients {
			if client.ID == id {
				return pool, client
			}
		}
	}
	return nil, nil
}

// Client finds a client by its construct path or id. Without either the pool's only client is meant. The error names
// the clients that there are.
func (p *Pool) Client(name string) (*Client, error) {
	if name == "" && len(p.Clients) == 1 {
		return p.Clients[0], nil
	}
	i := slices.IndexFunc(p.Clients, func(c *Client) bool { return c.Path == name || c.ID == name })
	if i >= 0 {
		return p.Clients[i], nil
	}
	var paths []string
	for _, client := range p.Clients {
		paths = append(paths, client.Path)
	}
	switch {
	case paths == nil:
		return nil, fmt.Errorf("user pool %s has no client: add one to the app, since tokens are for a client", p.Path)
	case name == "":
		return nil, fmt.Errorf("user pool %s has several clients: name one with --client, of %s", p.Path,
			strings.Join(paths, ", "))
	}
	return nil, fmt.Errorf("user pool %s has no client %s: it has %s", p.Path, name, strings.Join(paths, ", "))
}
