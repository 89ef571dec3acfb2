package cognito

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"time"
)

const (
	// clockSkew is how far the clock of a container may be behind.
	clockSkew = time.Hour
	// certificateLife is longer than anybody lets furl local run.
	certificateLife = 30 * 24 * time.Hour
)

// TLSConfig answers for the hosts of the issuers with the run's certificate. A client that names another host, or none,
// gets no certificate.
func (r *Run) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if !slices.Contains(r.hosts, hello.ServerName) {
				return nil, errors.New("it is no host of an issuer")
			}
			return r.leaf, nil
		},
	}
}

// certify makes a CA and one certificate for the hosts, and writes the CA's certificate to its file. The CA's key signs
// this one certificate and is forgotten. The CA may certify these hosts only. With the same hosts the certificate
// stays.
func (r *Run) certify(hosts []string) error {
	hosts = slices.Sorted(slices.Values(hosts))
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Equal(hosts, r.hosts) {
		return nil
	}
	leaf, authority, err := newCertificate(hosts)
	if err == nil {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority})
		err = os.WriteFile(r.caFile, block, 0o600)
	}
	if err != nil {
		return fmt.Errorf("make a certificate for the issuers of tokens: %w", err)
	}
	r.hosts, r.leaf = hosts, leaf
	return nil
}

// newCertificate makes a certificate for the hosts, and the DER of the certificate of the CA that signed it.
func newCertificate(hosts []string) (leaf *tls.Certificate, authority []byte, err error) {
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "furl local, for this run"},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(certificateLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
		PermittedDNSDomains: hosts, PermittedDNSDomainsCritical: true,
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if authority, err = x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey); err != nil {
		return nil, nil, err
	}
	// Clients that ask for a certificate's key identifier need that of the signed CA.
	if ca, err = x509.ParseCertificate(authority); err != nil {
		return nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "furl local"}, DNSNames: hosts,
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, key.Public(), caKey)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority, err
}
