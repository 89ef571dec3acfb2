package viewer

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// incoming is a request as lambdaurl makes it, with these headers.
func incoming(headers http.Header) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://abc.lambda-url.eu-west-1.on.aws/cart?id=1", nil)
	r.RemoteAddr, r.Header = "198.51.100.66", headers
	return r
}

// handled is the request that next gets.
func handled(r *http.Request, authorization string) *http.Request {
	var got *http.Request
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })
	Handler(next, authorization).ServeHTTP(httptest.NewRecorder(), r)
	return got
}

func TestHandlerAuthorizationAndHost(t *testing.T) {
	const url = "abc.lambda-url.eu-west-1.on.aws"
	for _, row := range []struct {
		name, why, from string
		given, want     http.Header
		host            string
	}{
		{
			name: "put back", why: "the signer's own gives way",
			from: ForwardedAuthorization,
			given: http.Header{
				"Authorization":             {"AWS4-HMAC-SHA256 of-the-signer"},
				"X-Forwarded-Authorization": {"Bearer t"},
				"Accept":                    {"*/*"},
			},
			want: http.Header{"Authorization": {"Bearer t"}, "Accept": {"*/*"}}, host: url,
		},
		{
			name: "none sent", why: "the signer's must not be taken for the viewer's",
			from:  ForwardedAuthorization,
			given: http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}}, want: http.Header{},
			host: url,
		},
		{
			name: "an empty one", why: "as good as none",
			from:  ForwardedAuthorization,
			given: http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}, "X-Forwarded-Authorization": {""}},
			want:  http.Header{}, host: url,
		},
		{
			name: "another name", why: "the construct can be given one",
			from:  "x-viewer-authorization",
			given: http.Header{"X-Viewer-Authorization": {"Bearer t"}, "X-Forwarded-Authorization": {"Bearer claimed"}},
			want:  http.Header{"Authorization": {"Bearer t"}, "X-Forwarded-Authorization": {"Bearer claimed"}},
			host:  url,
		},
		{
			name: "no name", why: "nothing is passed on, so nothing is put back",
			given: http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}}, want: http.Header{},
			host: url,
		},
		{
			name: "its own name", why: "a mistake that must not let the signer's through",
			from: "authorization", given: http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}},
			want: http.Header{}, host: url,
		},
		{
			name: "host", why: "the viewer's, and nowhere else",
			from:  ForwardedAuthorization,
			given: http.Header{"Host": {url}, "X-Forwarded-Host": {"shop.example.com"}}, want: http.Header{},
			host: "shop.example.com",
		},
		{
			name: "no host passed on", why: "the Function URL's stays",
			from: ForwardedAuthorization, given: http.Header{"Host": {url}}, want: http.Header{"Host": {url}},
			host: url,
		},
		{
			name: "an empty host", why: "as good as none",
			from: ForwardedAuthorization, given: http.Header{"Host": {url}, "X-Forwarded-Host": {""}},
			want: http.Header{"Host": {url}}, host: url,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := handled(incoming(row.given), row.from)
			if !reflect.DeepEqual(got.Header, row.want) || got.Host != row.host {
				t.Errorf("%q at %s, want %q at %s (%s)", got.Header, got.Host, row.want, row.host, row.why)
			}
			if got.RemoteAddr != "198.51.100.66" || got.URL.String() != "https://"+url+"/cart?id=1" {
				t.Errorf("from %s to %s", got.RemoteAddr, got.URL)
			}
		})
	}
}

func TestHandlerAddress(t *testing.T) {
	for _, row := range addresses {
		t.Run(row.name, func(t *testing.T) {
			want := "198.51.100.66"
			if row.want != "" {
				want = net.JoinHostPort(row.want, row.port)
			}
			header := http.Header{"Cloudfront-Viewer-Address": {row.value}, "X-Forwarded-For": {"192.0.2.1"}}
			got := handled(incoming(header), ForwardedAuthorization)
			if got.RemoteAddr != want {
				t.Errorf("%q gives %q, want %q (%s)", row.value, got.RemoteAddr, want, row.why)
			}
		})
	}
}

// TestHandlerLeavesTheRequest: the caller may still be reading the request.
func TestHandlerLeavesTheRequest(t *testing.T) {
	all := func() http.Header {
		return http.Header{
			"Authorization":             {"AWS4-HMAC-SHA256 of-the-signer"},
			"X-Forwarded-Authorization": {"Bearer t"},
			"Host":                      {"abc"},
			"X-Forwarded-Host":          {"shop.example.com"},
			"Cloudfront-Viewer-Address": {"203.0.113.7:46532"},
		}
	}
	r := incoming(all())
	handled(r, ForwardedAuthorization)
	same := r.Host == "abc.lambda-url.eu-west-1.on.aws" && r.RemoteAddr == "198.51.100.66"
	if !reflect.DeepEqual(r.Header, all()) || !same {
		t.Errorf("the caller's request became %q, host %s, from %s", r.Header, r.Host, r.RemoteAddr)
	}
}

// TestHandlerBehindLambdaurl: Handler reads the request that lambdaurl makes of an event.
func TestHandlerBehindLambdaurl(t *testing.T) {
	var got *http.Request
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })
	handle := lambdaurl.Wrap(Handler(next, ForwardedAuthorization))
	event := request(headers{
		"host":                      "abc.lambda-url.eu-west-1.on.aws",
		"x-forwarded-host":          "shop.example.com",
		"authorization":             "AWS4-HMAC-SHA256 of-the-signer",
		"x-forwarded-authorization": "Bearer t",
		"cloudfront-viewer-address": "203.0.113.7:46532",
	})
	event.RawPath, event.RequestContext.HTTP.Method = "/", http.MethodGet
	if _, err := handle(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	want := http.Header{"Authorization": {"Bearer t"}, "Cloudfront-Viewer-Address": {"203.0.113.7:46532"}}
	if got.Host != "shop.example.com" || got.RemoteAddr != "203.0.113.7:46532" || !reflect.DeepEqual(got.Header, want) {
		t.Errorf("%q at %s from %s", got.Header, got.Host, got.RemoteAddr)
	}
	address := event.RequestContext.HTTP.SourceIP
	if event.Headers["x-forwarded-authorization"] != "Bearer t" || address != "198.51.100.66" {
		t.Errorf("the event changed: %+v", event)
	}
}

// TestHandlerBehindAnotherServer: only a Function URL needs a byte in an answer without a body.
func TestHandlerBehindAnotherServer(t *testing.T) {
	recorder := httptest.NewRecorder()
	Handler(http.HandlerFunc(answer), ForwardedAuthorization).ServeHTTP(recorder, incoming(http.Header{}))
	if recorder.Code != http.StatusOK || recorder.Body.Len() != 0 {
		t.Errorf("%d %q", recorder.Code, recorder.Body)
	}
}

func ExampleHandler() {
	handler := Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("Authorization"), r.Host, r.RemoteAddr)
	}), ForwardedAuthorization)

	// In a function: lambdaurl.Start(handler)
	_, err := lambdaurl.Wrap(handler)(context.Background(), &events.LambdaFunctionURLRequest{Headers: map[string]string{
		"x-forwarded-host":          "shop.example.com",
		"x-forwarded-authorization": "Bearer the-viewers-token",
		"cloudfront-viewer-address": "203.0.113.7:46532",
	}})
	if err != nil {
		fmt.Println(err)
	}
	// Output: Bearer the-viewers-token shop.example.com 203.0.113.7:46532
}
