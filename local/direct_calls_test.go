package local

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestDirectCalls sends requests byte for byte to the ports of a Function URL and a REST API. The function answers with
// a challenge, or with its event.
func TestDirectCalls(t *testing.T) {
	resources := restResources()
	maps.Copy(resources, object{
		"Challenge": function(`return {statusCode: 401, headers: {"WWW-Authenticate": "Basic"}, `+
			`body: JSON.stringify(event.rawQueryString)}`, nil),
		"Url": url(getAtt("Challenge", "Arn"), "NONE"),
	})
	open(getAtt("Challenge", "Arn"), resources, "Open")
	s := serveAssembly(t, assemble(t, resources, nil))
	url, api := strings.TrimPrefix(s.FunctionURLs[0].URL, "http://"), strings.TrimPrefix(s.RestAPIs[0].URL, "http://")
	api, _, _ = strings.Cut(api, "/")
	_, urlPort, _ := net.SplitHostPort(url)
	_, apiPort, _ := net.SplitHostPort(api)
	for _, row := range []struct {
		name, why, to, request string
		status                 int
		header, body           string // in the answer
	}{
		{
			name: "URL", why: "the function's challenge is renamed, and the query passes", to: url,
			request: "GET /?url=https://example.com&t=10:30 HTTP/1.1\r\nHost: " + url, status: 401,
			header: "X-Amzn-Remapped-Www-Authenticate", body: `"url=https://example.com&t=10:30"`,
		},
		{
			name: "URL by its AWS name", why: "CloudFront sends it", to: url,
			request: "GET / HTTP/1.1\r\nHost: " + s.FunctionURLs[0].Host, status: 401,
		},
		{
			name: "URL by localhost", why: "this machine", to: url,
			request: "GET / HTTP/1.1\r\nHost: localhost:" + urlPort, status: 401,
		},
		{
			name: "URL by a rebound name", why: "a page's own name", to: url,
			request: "GET / HTTP/1.1\r\nHost: evil.example:" + urlPort + "\r\nOrigin: http://evil.example:" + urlPort,
			status:  403, body: `{"Message":"Forbidden. For`,
		},
		{
			name: "URL without a host", why: "HTTP/1.0", to: url,
			request: "GET / HTTP/1.0", status: 400, body: `{"message":"Bad request"}`,
		},

		{
			name: "API", why: "11 KB of headers pass", to: api,
			request: "GET /Prod/x HTTP/1.1\r\nHost: " + api + "\r\nX-Long: " + strings.Repeat("x", 11<<10), status: 200,
			body: `"resource":"/x"`,
		},
		{
			name: "API with too many headers", why: "over 20,480 bytes", to: api,
			request: "GET /Prod/x HTTP/1.1\r\nHost: " + api + "\r\nX-Long: " + strings.Repeat("x", 20480), status: 400,
			body: `{"message":"Bad Request"}`,
		},
		{
			name: "API by localhost", why: "this machine", to: api,
			request: "GET /Prod/x HTTP/1.1\r\nHost: localhost:" + apiPort, status: 200,
		},
		{
			name: "API by a rebound name", why: "a page's own name", to: api,
			request: "GET /Prod/x HTTP/1.1\r\nHost: evil.example:" + apiPort, status: 403,
			body: `{"message":"Forbidden"}`,
		},
		{
			name: "API without a host", why: "HTTP/1.0", to: api,
			request: "GET /Prod/x HTTP/1.0", status: 400, body: `{"message":"Bad Request"}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := converse(t, row.to, row.request+"\r\nConnection: close\r\n\r\n")
			if response.StatusCode != row.status || !strings.Contains(body, row.body) ||
				row.header != "" && response.Header.Get(row.header) == "" {
				t.Errorf("%s: %d %v %s\n%s", row.why, response.StatusCode, response.Header, body, s.said())
			}
		})
	}
}

// converse sends a request byte for byte, and reads the answer.
func converse(t *testing.T, address, request string) (*http.Response, string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
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
