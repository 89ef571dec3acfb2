package cloudfront_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// BenchmarkLargeBody measures a request of 1 MB past an edge function that hashes its body and returns all of it.
func BenchmarkLargeBody(b *testing.B) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
	}))
	defer origin.Close()
	association := object{"EventType": "origin-request", "LambdaFunctionARN": edgeARN, "IncludeBody": true}
	c := config(origin, behavior(object{"LambdaFunctionAssociations": []object{association}}), nil)
	c.Functions = map[string]*lambda.Function{edgeARN: newEdge(b, 10*time.Second)}
	distribution, err := cloudfront.New(c)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(distribution)
	defer server.Close()
	body := bytes.Repeat([]byte("\x00\x9f\x92\x96"), 1<<18)
	for b.Loop() {
		response, err := http.Post(server.URL+"/edge/hash", "application/octet-stream", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			b.Fatal(response.Status)
		}
	}
}

// BenchmarkViewerFunction measures a request past a CloudFront Function that adds a header.
func BenchmarkViewerFunction(b *testing.B) {
	origin := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer origin.Close()
	c := config(origin, behavior(associations("viewer-request")), nil)
	c.ViewerFunctions = viewerFunctions(b, `function handler(event) {
		event.request.headers['x-forwarded-host'] = { value: event.request.headers.host.value };
		return event.request;
	}`)
	distribution, err := cloudfront.New(c)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(distribution)
	defer server.Close()
	for b.Loop() {
		response, err := http.Get(server.URL + "/path?a=1&b=2")
		if err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			b.Fatal(response.Status)
		}
	}
}
