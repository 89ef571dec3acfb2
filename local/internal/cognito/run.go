package cognito

import (
	"crypto/rand"
	"crypto/tls"
	"sync"
)

// Run holds the keys and secrets that are made once for a run of furl local. It is safe for concurrent use.
type Run struct {
	// Password is that of every user of every pool.
	Password string

	caFile  string
	mu      sync.Mutex
	issuers map[string]*Issuer // by URL
	hosts   []string           // of the certificate, sorted
	leaf    *tls.Certificate   // nil while there is no host
}

// NewRun makes the password. The file of the CA's certificate comes into the folder once a pool is read.
func NewRun(folder string) *Run {
	return &Run{Password: rand.Text(), caFile: folder + "/furl-ca.pem", issuers: map[string]*Issuer{}}
}

// CAFile is the path of the PEM file with the certificate of the run's CA. It is there once a pool is read.
func (r *Run) CAFile() string { return r.caFile }

// Issuer returns the issuer of a URL, which has the same keys for the whole run.
func (r *Run) Issuer(url string) *Issuer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.issuers[url] == nil {
		r.issuers[url] = newIssuer(url)
	}
	return r.issuers[url]
}
