package viewer

import (
	"fmt"
	"maps"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// request is an event as Furl's distribution makes it, with these headers. Its SourceIP is CloudFront's.
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
			name: "put back", why: "the signer's own gives way",
			from: ForwardedAuthorization,
			given: headers{
				"authorization":             "AWS4-HMAC-SHA256 of-the-signer",
				"x-forwarded-authorization": "Bearer t",
				"accept":                    "*/*",
			},
			want: headers{"authorization": "Bearer t", "accept": "*/*"},
		},
		{
			name: "put back where Lambda keeps the signer's", why: "it may not be passed on",
			from: ForwardedAuthorization, given: headers{"x-forwarded-authorization": "Bearer t"},
			want: headers{"authorization": "Bearer t"},
		},
		{
			name: "none sent", why: "the signer's must not be taken for the viewer's",
			from: ForwardedAuthorization, given: headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer"},
			want: headers{},
		},
		{
			name: "an empty one", why: "as good as none",
			from:  ForwardedAuthorization,
			given: headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer", "x-forwarded-authorization": ""},
			want:  headers{},
		},
		{
			name: "another name", why: "the construct can be given one, in any case",
			from: "X-Viewer-Authorization",
			given: headers{
				"authorization":             "AWS4-HMAC-SHA256 of-the-signer",
				"x-viewer-authorization":    "Bearer t",
				"x-forwarded-authorization": "Bearer claimed",
			},
			want: headers{"authorization": "Bearer t", "x-forwarded-authorization": "Bearer claimed"},
		},
		{
			name: "no name", why: "nothing is passed on, so nothing is put back",
			given: headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer"}, want: headers{},
		},
		{
			name: "its own name", why: "a mistake that must not let the signer's through",
			from: "Authorization", given: headers{"authorization": "AWS4-HMAC-SHA256 of-the-signer"},
			want: headers{},
		},
		{
			name: "host", why: "the viewer's, and nowhere else",
			from:  ForwardedAuthorization,
			given: headers{"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-host": "shop.example.com"},
			want:  headers{"host": "shop.example.com"},
		},
		{
			name: "no host passed on", why: "the Function URL's stays",
			from: ForwardedAuthorization, given: headers{"host": "abc.lambda-url.eu-west-1.on.aws"},
			want: headers{"host": "abc.lambda-url.eu-west-1.on.aws"},
		},
		{
			name: "an empty host", why: "as good as none",
			from:  ForwardedAuthorization,
			given: headers{"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-host": ""},
			want:  headers{"host": "abc.lambda-url.eu-west-1.on.aws"},
		},
		{name: "no headers", why: "a test's event, say", from: ForwardedAuthorization},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := request(maps.Clone(row.given))
			Restore(r, row.from)
			if !maps.Equal(r.Headers, row.want) {
				t.Errorf("%q became %q, want %q (%s)", row.given, r.Headers, row.want, row.why)
			}
			if got := r.RequestContext; got.HTTP.SourceIP != "198.51.100.66" ||
				got.DomainName != "abc.lambda-url.eu-west-1.on.aws" {
				t.Errorf("the request context changed: %+v", got)
			}
		})
	}
}

// addresses are values of cloudfront-viewer-address. want is "" if no address may be taken from the value.
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

// TestRestoreTakesNoForwardedFor has the values that AWS may make of a viewer's own x-forwarded-for.
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
