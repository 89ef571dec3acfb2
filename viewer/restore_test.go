package viewer

import (
	"fmt"
	"maps"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// request is an event as Furl's distribution makes it, with these headers; its peer is CloudFront.
func request(headers map[string]string) *events.LambdaFunctionURLRequest {
	r := &events.LambdaFunctionURLRequest{Headers: headers}
	r.RequestContext.DomainName = "abc.lambda-url.eu-west-1.on.aws"
	r.RequestContext.HTTP.SourceIP = "198.51.100.66"
	return r
}

type headers = map[string]string

func TestRestoreAuthorizationAndHost(t *testing.T) {
	for _, row := range []struct {
		name, why, from string
		given, want     headers
	}{
		{
			"put back", "the signer's own gives way", ForwardedAuthorization,
			headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer", "x-forwarded-authorization": "Bearer t", "accept": "*/*"},
			headers{"authorization": "Bearer t", "accept": "*/*"},
		},
		{
			"put back where Lambda keeps the signer's", "it may not be passed on", ForwardedAuthorization,
			headers{"x-forwarded-authorization": "Bearer t"},
			headers{"authorization": "Bearer t"},
		},
		{
			"none sent", "the signer's must not be taken for the viewer's", ForwardedAuthorization,
			headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer"},
			headers{},
		},
		{
			"an empty one", "as good as none", ForwardedAuthorization,
			headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer", "x-forwarded-authorization": ""},
			headers{},
		},
		{
			"another name", "the construct can be given one, in any case", "X-Viewer-Authorization",
			headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer", "x-viewer-authorization": "Bearer t", "x-forwarded-authorization": "Bearer claimed"},
			headers{"authorization": "Bearer t", "x-forwarded-authorization": "Bearer claimed"},
		},
		{
			"no name", "nothing is passed on, so nothing is put back", "",
			headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer"},
			headers{},
		},
		{
			"its own name", "a mistake that must not let the signer's through", "Authorization",
			headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer"},
			headers{},
		},
		{
			"host", "the viewer's, and nowhere else", ForwardedAuthorization,
			headers{"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-host": "shop.example.com"},
			headers{"host": "shop.example.com"},
		},
		{
			"no host passed on", "the Function URL's stays", ForwardedAuthorization,
			headers{"host": "abc.lambda-url.eu-west-1.on.aws"},
			headers{"host": "abc.lambda-url.eu-west-1.on.aws"},
		},
		{
			"an empty host", "as good as none", ForwardedAuthorization,
			headers{"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-host": ""},
			headers{"host": "abc.lambda-url.eu-west-1.on.aws"},
		},
		{"no headers", "a test's event, say", ForwardedAuthorization, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := request(maps.Clone(row.given))
			Restore(r, row.from)
			if !maps.Equal(r.Headers, row.want) {
				t.Errorf("%q became %q, want %q (%s)", row.given, r.Headers, row.want, row.why)
			}
			if r.RequestContext.HTTP.SourceIP != "198.51.100.66" || r.RequestContext.DomainName != "abc.lambda-url.eu-west-1.on.aws" {
				t.Errorf("the request context changed: %+v", r.RequestContext)
			}
		})
	}
}

// addresses are what cloudfront-viewer-address may hold; want is "" where nothing may be taken from it.
var addresses = []struct{ name, why, value, want, port string }{
	{"IPv4", "the form in AWS's documentation", "203.0.113.7:46532", "203.0.113.7", "46532"},
	{"IPv6", "the form in published events", "2406:2d40:728d:fa10::c4a:42838", "2406:2d40:728d:fa10::c4a", "42838"},
	{"IPv6 in brackets", "the form in RFC 3986, and furl local's", "[2001:db8::7]:443", "2001:db8::7", "443"},
	{"absent", "a policy that does not ask for it", "", "", ""},
	{"no port", "not CloudFront's", "203.0.113.7", "", ""},
	{"port too high", "not a port", "203.0.113.7:65536", "", ""},
	{"name", "not an address", "localhost:80", "", ""},
	{"list", "a second value would be somebody's claim", "203.0.113.8:1,203.0.113.7:46532", "", ""},
	{"list with a space", "the same", "203.0.113.8:1, 203.0.113.7:46532", "", ""},
	{"zone", "an interface of some machine", "[fe80::1%eth0]:80", "", ""},
	{"IPv4 in brackets", "nobody writes this", "[203.0.113.7]:80", "", ""},
	{"colon only", "must not panic", ":", "", ""},
}

func TestRestoreAddress(t *testing.T) {
	for _, row := range addresses {
		t.Run(row.name, func(t *testing.T) {
			want := row.want
			if want == "" {
				want = "198.51.100.66"
			}
			r := request(headers{"cloudfront-viewer-address": row.value, "x-forwarded-for": "192.0.2.1"})
			Restore(r, ForwardedAuthorization)
			if got := r.RequestContext.HTTP.SourceIP; got != want {
				t.Errorf("%q gives %q, want %q (%s)", row.value, got, want, row.why)
			}
		})
	}
}

// TestRestoreTakesNoForwardedFor: each of these is what some reading of AWS makes of a viewer's own x-forwarded-for.
func TestRestoreTakesNoForwardedFor(t *testing.T) {
	for _, value := range []string{"192.0.2.1", "192.0.2.1, 203.0.113.7", "192.0.2.1, 203.0.113.7, 198.51.100.66"} {
		r := request(headers{"x-forwarded-for": value})
		Restore(r, ForwardedAuthorization)
		if got := r.RequestContext.HTTP.SourceIP; got != "198.51.100.66" || r.Headers["x-forwarded-for"] != value {
			t.Errorf("x-forwarded-for %q gave %q, %q", value, got, r.Headers)
		}
	}
}

func ExampleRestore() {
	handle := func(event events.LambdaFunctionURLRequest) {
		Restore(&event, ForwardedAuthorization)
		fmt.Println(event.Headers["authorization"], event.Headers["host"], event.RequestContext.HTTP.SourceIP)
	}
	handle(events.LambdaFunctionURLRequest{Headers: map[string]string{
		"host":                      "abc.lambda-url.eu-west-1.on.aws",
		"x-forwarded-host":          "shop.example.com",
		"x-forwarded-authorization": "Bearer the-viewers-token",
		"cloudfront-viewer-address": "203.0.113.7:46532",
	}})
	// Output: Bearer the-viewers-token shop.example.com 203.0.113.7
}
