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
	Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }), authorization).ServeHTTP(httptest.NewRecorder(), r)
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
			"put back", "the signer's own gives way", ForwardedAuthorization,
			http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}, "X-Forwarded-Authorization": {"Bearer t"}, "Accept": {"*/*"}},
			http.Header{"Authorization": {"Bearer t"}, "Accept": {"*/*"}},
			url,
		},
		{
			"none sent", "the signer's must not be taken for the viewer's", ForwardedAuthorization,
			http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}},
			http.Header{},
			url,
		},
		{
			"an empty one", "as good as none", ForwardedAuthorization,
			http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}, "X-Forwarded-Authorization": {""}},
			http.Header{},
			url,
		},
		{
			"another name", "the construct can be given one", "x-viewer-authorization",
			http.Header{"X-Viewer-Authorization": {"Bearer t"}, "X-Forwarded-Authorization": {"Bearer claimed"}},
			http.Header{"Authorization": {"Bearer t"}, "X-Forwarded-Authorization": {"Bearer claimed"}},
			url,
		},
		{
			"no name", "nothing is passed on, so nothing is put back", "",
			http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}},
			http.Header{},
			url,
		},
		{
			"its own name", "a mistake that must not let the signer's through", "authorization",
			http.Header{"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}},
			http.Header{},
			url,
		},
		{
			"host", "the viewer's, and nowhere else", ForwardedAuthorization,
			http.Header{"Host": {url}, "X-Forwarded-Host": {"shop.example.com"}},
			http.Header{},
			"shop.example.com",
		},
		{
			"no host passed on", "the Function URL's stays", ForwardedAuthorization,
			http.Header{"Host": {url}},
			http.Header{"Host": {url}},
			url,
		},
		{
			"an empty host", "as good as none", ForwardedAuthorization,
			http.Header{"Host": {url}, "X-Forwarded-Host": {""}},
			http.Header{"Host": {url}},
			url,
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
			got := handled(incoming(http.Header{"Cloudfront-Viewer-Address": {row.value}, "X-Forwarded-For": {"192.0.2.1"}}), ForwardedAuthorization)
			if got.RemoteAddr != want {
				t.Errorf("%q gives %q, want %q (%s)", row.value, got.RemoteAddr, want, row.why)
			}
		})
	}
}

// TestHandlerLeavesTheRequest: whoever called may still be reading the request.
func TestHandlerLeavesTheRequest(t *testing.T) {
	all := func() http.Header {
		return http.Header{
			"Authorization": {"AWS4-HMAC-SHA256 of-the-signer"}, "X-Forwarded-Authorization": {"Bearer t"}, "Host": {"abc"},
			"X-Forwarded-Host": {"shop.example.com"}, "Cloudfront-Viewer-Address": {"203.0.113.7:46532"},
		}
	}
	r := incoming(all())
	handled(r, ForwardedAuthorization)
	if !reflect.DeepEqual(r.Header, all()) || r.Host != "abc.lambda-url.eu-west-1.on.aws" || r.RemoteAddr != "198.51.100.66" {
		t.Errorf("the caller's request became %q, host %s, from %s", r.Header, r.Host, r.RemoteAddr)
	}
}

// TestHandlerBehindLambdaurl: what lambdaurl makes of an event is what Handler reads.
func TestHandlerBehindLambdaurl(t *testing.T) {
	var got *http.Request
	handle := lambdaurl.Wrap(Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }), ForwardedAuthorization))
	event := request(headers{
		"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-host": "shop.example.com", "authorization": "AWS4-HMAC-SHA256 of-the-signer",
		"x-forwarded-authorization": "Bearer t", "cloudfront-viewer-address": "203.0.113.7:46532",
	})
	event.RawPath, event.RequestContext.HTTP.Method = "/", http.MethodGet
	if _, err := handle(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	want := http.Header{"Authorization": {"Bearer t"}, "Cloudfront-Viewer-Address": {"203.0.113.7:46532"}}
	if got.Host != "shop.example.com" || got.RemoteAddr != "203.0.113.7:46532" || !reflect.DeepEqual(got.Header, want) {
		t.Errorf("%q at %s from %s", got.Header, got.Host, got.RemoteAddr)
	}
	if event.Headers["x-forwarded-authorization"] != "Bearer t" || event.RequestContext.HTTP.SourceIP != "198.51.100.66" {
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
