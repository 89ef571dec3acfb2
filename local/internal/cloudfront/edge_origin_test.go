package cloudfront_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestEdgeFunctionsAndBuckets checks functions on origin-request before an S3 origin.
func TestEdgeFunctionsAndBuckets(t *testing.T) {
	c := withEvents(t, newOrigin(t), "origin-request", "origin-response")
	c.Distribution["Origins"] = []object{{
		"Id": "origin", "DomainName": "content.s3.eu-west-1.amazonaws.com", "OriginPath": "/site",
		"S3OriginConfig": object{"OriginAccessIdentity": ""},
	}}
	bucket := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, name, " ", r.RequestURI, " ", r.Host)
		})
	}
	c.Contents = map[string]http.Handler{
		"content.s3.eu-west-1.amazonaws.com": bucket("content"), "other.s3.amazonaws.com": bucket("other"),
	}
	address, _ := serve(t, c)
	for _, row := range []struct {
		target, why string
		status      int
		want        string
	}{
		{
			target: "/x", why: "the function returns the origin that it got",
			status: 200, want: "content /site/x content.s3.eu-west-1.amazonaws.com",
		},
		{
			target: "/origin-request/event", why: "the origin is s3", status: 200,
			want: `"origin":{"s3":{"authMethod":"none","customHeaders":{},` +
				`"domainName":"content.s3.eu-west-1.amazonaws.com","path":"/site","region":"eu-west-1"}}`,
		},
		{target: "/origin-request/to-bucket", why: "another bucket", status: 200, want: "other /base/origin-request/"},
		{
			target: "/origin-request/to-custom", why: "an origin of the other kind",
			status: 200, want: `"Target":"/origin-request/to-custom"`,
		},
		{target: "/origin-request/to-both", why: "one origin a request", status: 502, want: "not one of custom and s3"},
	} {
		t.Run(row.target, func(t *testing.T) {
			response, body := get(t, address, "GET", row.target)
			if response.StatusCode != row.status || !strings.Contains(body, row.want) {
				t.Errorf("%d %s, want %d %s: %s", response.StatusCode, body, row.status, row.want, row.why)
			}
		})
	}
}

// TestRefusalNamesTheStandIn checks that the log says what to do about an origin that is not here.
func TestRefusalNamesTheStandIn(t *testing.T) {
	c := config(newOrigin(t), behavior(nil), nil)
	c.Origins = nil
	address, log := serve(t, c)
	response, _ := get(t, address, "GET", "/")
	want := "not simulated: origin " + originDomain + ". A folder or a local server stands in for it with --origin '" +
		originDomain + "=./www'"
	if response.StatusCode != 502 || !strings.Contains(log.String(), want) {
		t.Errorf("%d %s, want %s", response.StatusCode, log, want)
	}
}
