package cognito

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// handshake connects to a server of the run for a host. It trusts the run's CA, or else anybody.
func handshake(t *testing.T, run *Run, host string, anybody bool) error {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		connection, err := tls.NewListener(listener, run.TLSConfig()).Accept()
		if err == nil {
			_, _ = io.Copy(io.Discard, connection)
			_ = connection.Close()
		}
	}()
	authority, err := os.ReadFile(run.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) || strings.Contains(string(authority), "PRIVATE") {
		t.Fatalf("the CA's file is %s", authority)
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	connection, err := tls.DialWithDialer(dialer, "tcp", listener.Addr().String(),
		&tls.Config{RootCAs: roots, ServerName: host, InsecureSkipVerify: anybody})
	if err != nil {
		return err
	}
	return connection.Close()
}

// TestAuthority: the certificate is for the hosts of the pools, and a reload with the same hosts keeps it.
func TestAuthority(t *testing.T) {
	run := NewRun(t.TempDir())
	const eu, us = "cognito-idp.eu-west-1.amazonaws.com", "cognito-idp.us-east-1.amazonaws.com"
	if err := run.certify(nil); err != nil || run.leaf != nil {
		t.Fatalf("without a pool there is a certificate: %v", err)
	}
	if err := run.certify([]string{us, eu}); err != nil {
		t.Fatal(err)
	}
	leaf := run.leaf
	for _, host := range []string{eu, us} {
		if err := handshake(t, run, host, false); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"sts.amazonaws.com", "x." + eu, "cognito-idp.eu-west-2.amazonaws.com"} {
		if err := handshake(t, run, host, true); err == nil {
			t.Errorf("%s gets a certificate", host)
		}
	}
	if err := run.certify([]string{eu, us}); err != nil || run.leaf != leaf {
		t.Errorf("the same hosts have another certificate (%v)", err)
	}
	if err := run.certify([]string{eu}); err != nil || run.leaf == leaf {
		t.Errorf("other hosts have the same certificate (%v)", err)
	}
	if err := handshake(t, run, us, true); err == nil {
		t.Errorf("%s still has a certificate", us)
	}
}

// TestAuthorityIsConstrained: nothing that the CA signs holds for another host, by any verifier that reads constraints.
func TestAuthorityIsConstrained(t *testing.T) {
	run := NewRun(t.TempDir())
	if err := run.certify([]string{"cognito-idp.eu-west-1.amazonaws.com"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(run.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	leaf, err := x509.ParseCertificate(run.leaf.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	leaf.DNSNames = []string{"example.com"} // what a CA without a constraint could have signed
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots})
	var invalid x509.CertificateInvalidError
	if !errors.As(err, &invalid) || invalid.Reason != x509.CANotAuthorizedForThisName {
		t.Errorf("a certificate for example.com: %v", err)
	}
	if info, err := os.Stat(run.CAFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the CA's file has mode %v (%v)", info.Mode(), err)
	}
}
