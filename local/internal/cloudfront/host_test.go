package cloudfront_test

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
)

func TestHost(t *testing.T) {
	address, log := serve(t, config(newOrigin(t), behavior(nil), object{
		"Aliases": []string{"www.example.com", "*.example.net"},
	}))
	_, port, _ := net.SplitHostPort(address)
	for _, row := range []struct {
		name, why, host string
		status          int
	}{
		{name: "address", why: "the printed one", host: address, status: 200},
		{name: "localhost", why: "resolves to this machine only", host: "localhost:" + port, status: 200},
		{name: "AWS's name", why: "CloudFront answers to it", host: "d111111abcdef8.cloudfront.net", status: 200},
		{
			name: "AWS's name with the port", why: "a browser that maps the name sends the port",
			host: "d111111abcdef8.cloudfront.net:" + port, status: 200,
		},
		{name: "alias", why: "CloudFront answers to it", host: "www.example.com:" + port, status: 200},
		{name: "alias in capitals", why: "host names have no case", host: "WWW.Example.com", status: 200},
		{name: "wildcard", why: "covers a label", host: "a.example.net", status: 200},
		{name: "wildcard, two labels", why: "covers them as well", host: "b.a.example.net", status: 200},
		{name: "apex of the wildcard", why: "is not covered", host: "example.net", status: 403},
		{name: "rebound name", why: "its pages must read nothing", host: "evil.example:" + port, status: 403},
		{name: "name that ends like an alias", why: "it is another one", host: "evilwww.example.com", status: 403},
		{name: "other port", why: "a port that is not this one", host: "127.0.0.1:1", status: 403},
		{name: "alias with another port", why: "a port that is not this one", host: "www.example.com:1", status: 403},
		{name: "address without port", why: "it stands for port 80", host: "127.0.0.1", status: 403},
		{name: "other loopback address", why: "nothing is printed with it", host: "127.0.0.2:" + port, status: 403},
		{name: "unspecified address", why: "browsers take it for this machine", host: "0.0.0.0:" + port, status: 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := exchange(t, address, "GET", "GET /x HTTP/1.1\r\nHost: "+row.host+"\r\n\r\n")
			if response.StatusCode != row.status {
				t.Errorf("%d, want %d: %s", response.StatusCode, row.status, row.why)
			}
			if row.status == 403 && !strings.Contains(body, "The request could not be satisfied") {
				t.Errorf("the body is not CloudFront's page: %s", body)
			}
		})
	}
	if !strings.Contains(log.String(), "GET /x 403"+decided+"the request's Host is none of") ||
		strings.Contains(log.String(), "evil") {
		t.Errorf("the log has the reason and no header: %s", log)
	}
}

func TestNoHost(t *testing.T) {
	address, _ := serve(t, config(newOrigin(t), behavior(nil), nil))
	for _, row := range []struct{ name, why, raw string }{
		{name: "HTTP/1.0", why: "CloudFront cannot tell the distribution", raw: "GET / HTTP/1.0\r\n\r\n"},
		{name: "HTTP/1.1", why: "RFC 9112, section 3.2", raw: "GET / HTTP/1.1\r\n\r\n"},
		{name: "empty", why: "the same as none", raw: "GET / HTTP/1.1\r\nHost: \r\n\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if response, _ := exchange(t, address, "GET", row.raw); response.StatusCode != 400 {
				t.Errorf("%d, want 400: %s", response.StatusCode, row.why)
			}
		})
	}
}

// TestHostOnIPv6 checks the loopback address of IPv6, which Host has in brackets.
func TestHostOnIPv6(t *testing.T) {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 loopback address here: %v", err)
	}
	distribution, err := cloudfront.New(config(newOrigin(t), behavior(nil), nil))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(distribution)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	address := listener.Addr().String()
	raw := "GET / HTTP/1.1\r\nHost: " + address + "\r\n\r\n"
	if response, body := exchange(t, address, "GET", raw); response.StatusCode != 200 {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}
