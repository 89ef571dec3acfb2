package viewer

import (
	"fmt"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func TestOriginalURI(t *testing.T) {
	const own = "abc.lambda-url.eu-west-1.on.aws"
	for _, row := range []struct {
		name, why, path, query string
		headers                headers
		want                   string
	}{
		{
			name: "signed at the edge", why: "the event has what the signer made of the URL",
			path: "/a%22b", query: "m=Couldn%27t%20find&x=a%2Bb",
			headers: headers{
				"host": own, "x-forwarded-host": "shop.example.com",
				"x-forwarded-uri": "/a\"b?m=Couldn%27t+find&x=a%2Bb&&",
			},
			want: "https://shop.example.com/a\"b?m=Couldn%27t+find&x=a%2Bb&&",
		},
		{
			name: "signed by CloudFront", why: "the event has the URL as it was sent",
			path: "/a/", query: "m=Couldn%27t+find&x=a%2Bb",
			headers: headers{"host": own, "x-forwarded-host": "shop.example.com"},
			want:    "https://shop.example.com/a/?m=Couldn%27t+find&x=a%2Bb",
		},
		{
			name: "no query", why: "no question mark either", path: "/a",
			headers: headers{"host": own, "x-forwarded-host": "shop.example.com"}, want: "https://shop.example.com/a",
		},
		{
			name: "called directly", why: "the principal called this very URL", path: "/a", query: "b=c",
			headers: headers{"host": own}, want: "https://" + own + "/a?b=c",
		},
		{
			name: "an empty host", why: "as good as none", path: "/a",
			headers: headers{"host": own, "x-forwarded-host": ""}, want: "https://" + own + "/a",
		},
		{
			name: "an empty URI", why: "as good as none", path: "/a",
			headers: headers{"x-forwarded-host": "shop.example.com", "x-forwarded-uri": ""},
			want:    "https://shop.example.com/a",
		},
		{
			name: "a host in the place of the URI", why: "who calls directly writes it", path: "/a",
			headers: headers{"x-forwarded-host": "shop.example.com", "x-forwarded-uri": "@example.net/"},
			want:    "https://shop.example.com/a",
		},
		{name: "no headers", why: "a test's event, say", path: "/a", want: "https://" + own + "/a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			event := request(row.headers)
			event.RawPath, event.RawQueryString = row.path, row.query
			if got := OriginalURI(event); got != row.want {
				t.Errorf("%q, want %q (%s)", got, row.want, row.why)
			}
			if event.RawPath != row.path || event.RawQueryString != row.query {
				t.Errorf("the event changed: %+v", event)
			}
			Restore(event, ForwardedAuthorization)
			if got := OriginalURI(event); got != row.want {
				t.Errorf("after Restore %q, want %q (%s)", got, row.want, row.why)
			}
		})
	}
}

func ExampleOriginalURI() {
	fmt.Println(OriginalURI(&events.LambdaFunctionURLRequest{
		RawPath: "/voice", RawQueryString: "message=Couldn%27t%20find",
		Headers: map[string]string{
			"x-forwarded-host": "shop.example.com",
			"x-forwarded-uri":  "/voice?message=Couldn%27t+find",
		},
	}))
	// Output: https://shop.example.com/voice?message=Couldn%27t+find
}
