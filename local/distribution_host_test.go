package local

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDistributionHost checks whom a distribution's port serves. A page whose name was pointed at this machine sends
// its own name as Host.
func TestDistributionHost(t *testing.T) {
	resources := hello()
	resources["Cdn"] = distribution("")
	propertiesOf(resources, "Cdn", "DistributionConfig")["Aliases"] = []any{"www.example.com"}
	s := serveAssembly(t, assemble(t, resources, object{"Name": object{"Value": getAtt("Cdn", "DomainName")}}))
	address := s.distributionAddress()
	_, port, _ := net.SplitHostPort(address)
	const start = "GET / HTTP/1.1\r\nHost: "
	for _, row := range []struct {
		name, why, start string
		status           int
	}{
		{name: "address", why: "the printed one", start: start + address, status: 200},
		{name: "localhost", why: "is this machine", start: start + "localhost:" + port, status: 200},
		{name: "alias", why: "is in the template", start: start + "www.example.com:" + port, status: 200},
		{name: "rebound name", why: "reads nothing", start: start + "evil.example:" + port, status: 403},
		{name: "name in the target", why: "it is Host", start: "GET http://evil.example/ HTTP/1.1\r\nHost: " + address, status: 403},
		{name: "HTTP/1.0 without Host", why: "no distribution is named", start: "GET / HTTP/1.0", status: 400},
		{name: "HTTP/1.1 without Host", why: "no distribution is named", start: "GET / HTTP/1.1", status: 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			connection, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(20 * time.Second))
			io.WriteString(connection, row.start+"\r\nConnection: close\r\n\r\n")
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != row.status || row.status != 200 && strings.Contains(string(body), "hello") {
				t.Errorf("%d %s, want %d: %s", response.StatusCode, body, row.status, row.why)
			}
		})
	}
}
