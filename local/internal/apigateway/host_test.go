package apigateway

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestHost sends each Host header to an API that anyone may call. A page that rebinds its name to this machine sends
// its own name, so it must not reach the function.
func TestHost(t *testing.T) {
	api := start(t, func(config *Config) {
		config.GatewayResponses = map[string]GatewayResponse{"DEFAULT_4XX": {
			StatusCode: 418, Parameters: map[string]string{"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
		}}
	})
	_, port, err := net.SplitHostPort(api.address)
	if err != nil {
		t.Fatal(err)
	}
	const forbidden, badRequest = `{"message":"Forbidden"}`, `{"message":"Bad Request"}`
	for _, row := range []struct {
		name, why, protocol, headers string
		status                       int
		body                         string // of a refusal
	}{
		{name: "loopback", why: "the printed address", headers: "Host: " + api.address, status: 200},
		{name: "localhost", why: "no page can own it", headers: "Host: localhost:" + port, status: 200},
		{name: "AWS", why: "clients may have it", headers: "Host: " + awsHost, status: 200},
		{name: "AWS in capitals", why: "names have no case", headers: "Host: " + strings.ToUpper(awsHost), status: 200},
		{
			name: "HTTP/1.0 with a host", why: "is as good", protocol: "HTTP/1.0",
			headers: "Host: " + awsHost, status: 200,
		},

		{
			name: "rebound name", why: "a page's own name", headers: "Host: evil.example:" + port,
			status: 403, body: forbidden,
		},
		{
			name: "rebound name and Origin", why: "a page's own name",
			headers: "Host: evil.example:" + port + "\r\nOrigin: http://evil.example:" + port,
			status:  403, body: forbidden,
		},
		{
			name: "rebound name that begins well", why: "another name", headers: "Host: localhost.evil.example:" + port,
			status: 403, body: forbidden,
		},
		{
			name: "forwarded host", why: "nobody on the way decides",
			headers: "Host: evil.example\r\nX-Forwarded-Host: " + awsHost, status: 403, body: forbidden,
		},
		{
			name: "localhost of another port", why: "another server", headers: "Host: localhost:1",
			status: 403, body: forbidden,
		},
		{
			name: "HTTP/1.0 without a host", why: "no API is asked", protocol: "HTTP/1.0", headers: "X: y",
			status: 400, body: badRequest,
		},
		{name: "empty host", why: "no API is asked", headers: "Host: ", status: 400, body: badRequest},
		{
			name: "HTTP/1.1 without a host", why: "net/http answers", headers: "X: y",
			status: 400, body: "400 Bad Request: missing required Host header",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			protocol := "HTTP/1.1"
			if row.protocol != "" {
				protocol = row.protocol
			}
			response, body := raw(t, api.address,
				"GET /Prod/x "+protocol+"\r\n"+row.headers+"\r\nConnection: close\r\n\r\n")
			if response.StatusCode != row.status || row.body != "" && body != row.body {
				t.Errorf("%s: got %s\nwant %d %s", row.why, describe(response, body), row.status, row.body)
			}
			if origin := response.Header.Get("Access-Control-Allow-Origin"); origin != "" {
				t.Errorf("%s: the answer has the API's gateway response: %v", row.why, response.Header)
			}
		})
	}
}

// raw sends a request byte for byte, and reads the answer.
func raw(t *testing.T, address, request string) (*http.Response, string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := connection.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}
