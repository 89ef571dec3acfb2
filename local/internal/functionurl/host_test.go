package functionurl

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestHost sends each Host header to a URL that anyone may call. A page that rebinds its name to this machine sends
// its own name, so it must not reach the function.
func TestHost(t *testing.T) {
	u := start(t, none(t))
	_, port, err := net.SplitHostPort(u.address)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, why, protocol, headers string
		status                       int
		logged                       string // "" for an accepted request
	}{
		{name: "loopback", why: "the printed address", headers: "Host: " + u.address, status: 200},
		{name: "localhost", why: "no page can own it", headers: "Host: localhost:" + port, status: 200},
		{name: "AWS", why: "CloudFront sends it", headers: "Host: " + awsHost, status: 200},
		{name: "AWS in capitals", why: "names have no case", headers: "Host: " + strings.ToUpper(awsHost), status: 200},
		{
			name: "HTTP/1.0 with a host", why: "is as good", protocol: "HTTP/1.0",
			headers: "Host: " + awsHost, status: 200,
		},

		{
			name: "rebound name", why: "a page's own name", headers: "Host: evil.example:" + port,
			status: 403, logged: "host: the request is for host evil.example:" + port,
		},
		{
			name: "rebound name and Origin", why: "a page's own name",
			headers: "Host: evil.example:" + port + "\r\nOrigin: http://evil.example:" + port,
			status:  403, logged: "host: the request is for host evil.example",
		},
		{
			name: "rebound name that ends well", why: "another name", headers: "Host: " + awsHost + ".evil.example",
			status: 403, logged: "host: ",
		},
		{
			name: "rebound name that begins well", why: "another name", headers: "Host: localhost.evil.example:" + port,
			status: 403, logged: "host: ",
		},
		{
			name: "forwarded host", why: "nobody on the way decides",
			headers: "Host: evil.example\r\nX-Forwarded-Host: " + awsHost, status: 403, logged: "host: ",
		},
		{
			name: "localhost of another port", why: "another server", headers: "Host: localhost:1",
			status: 403, logged: "host: ",
		},
		{
			name: "HTTP/1.0 without a host", why: "nobody is asked", protocol: "HTTP/1.0", headers: "X: y",
			status: 400, logged: "host: the request has no Host header",
		},
		{
			name: "empty host", why: "nobody is asked", headers: "Host: ",
			status: 400, logged: "host: the request has no Host header",
		},
		{name: "HTTP/1.1 without a host", why: "net/http answers", headers: "X: y", status: 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(u.log.String())
			protocol := "HTTP/1.1"
			if row.protocol != "" {
				protocol = row.protocol
			}
			status := raw(t, u.address, "GET /echo "+protocol+"\r\n"+row.headers+"\r\n\r\n").StatusCode
			logged := u.log.String()[before:]
			if status != row.status || !strings.Contains(logged, row.logged) {
				t.Errorf("%s: %d, want %d\n%s", row.why, status, row.status, logged)
			}
		})
	}
}

// raw sends a request byte for byte, and reads the head of the answer.
func raw(t *testing.T, address, request string) *http.Response {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if _, err := connection.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}
