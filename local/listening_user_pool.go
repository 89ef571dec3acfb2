package local

import "github.com/furl-cdk/furl/local/internal/cognito"

// listeningUserPool has the issuer of tokens, which is AWS's name. The URL has the pool's documents below it, and its
// root answers InitiateAuth.
type listeningUserPool struct {
	ID      string           `json:"id"`
	Issuer  string           `json:"issuer"`
	URL     string           `json:"url"`
	Clients []userPoolClient `json:"clients"`
}

type userPoolClient struct {
	ID       string `json:"id"`
	ClientID string `json:"clientId"`
}

// addUserPools adds the user pools, the password if there is a pool, and the other issuers.
func (l *listening) addUserPools(pools *cognito.Pools, url string) {
	for _, pool := range pools.All {
		clients := []userPoolClient{}
		for _, client := range pool.Clients {
			clients = append(clients, userPoolClient{client.Path, client.ID})
		}
		l.UserPools = append(l.UserPools, listeningUserPool{pool.Path, pool.URL, url + "/" + pool.ID, clients})
		l.Password = pools.Password()
	}
	for _, provider := range pools.Providers {
		l.Issuers = append(l.Issuers, provider.URL)
	}
}

// describeUserPools prints the user pools, the password if there is a pool, and the other issuers.
func (l *listening) describeUserPools(out *printer) {
	for _, pool := range l.UserPools {
		out.line("  user pool     " + pool.URL + "  " + pool.ID)
		out.line("                " + pool.Issuer + "  (the issuer of its tokens)")
	}
	if l.Password != "" {
		out.line("  password      " + l.Password + "  of every user of the user pools (made up for this run)")
	}
	for _, issuer := range l.Issuers {
		out.line("  issuer        " + issuer + "  (furl token --issuer makes its tokens)")
	}
}
