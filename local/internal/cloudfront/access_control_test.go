package cloudfront_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

var signingCredentials = aws.Credentials{
	AccessKeyID:     "ASIACLOUDFRONT",
	SecretAccessKey: "secret",
	SessionToken:    "token",
}

// newVerifyingOrigin starts an origin that verifies signatures as a Function URL does. It then answers with the
// request that it saw.
func newVerifyingOrigin(t *testing.T) *httptest.Server {
	t.Helper()
	verifier := sigv4.Verifier{
		Region: "ap-northeast-1", Service: "lambda", Now: time.Now, Hosts: []string{originDomain},
		Credentials: func(accessKeyID string) (aws.Credentials, bool) {
			return signingCredentials, accessKeyID == signingCredentials.AccessKeyID
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := verifier.Verify(r, body); err != nil {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		echo(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// configWithControl is a distribution whose origin has an origin access control, with changes.
func configWithControl(server *httptest.Server, control, originChanges object) cloudfront.Config {
	c := config(server, behavior(nil), nil)
	origin := c.Distribution["Origins"].([]object)[0]
	origin["OriginAccessControlId"] = "E2OAC"
	maps.Copy(origin, originChanges)
	settings := object{
		"Name":                          "oac",
		"OriginAccessControlOriginType": "lambda",
		"SigningBehavior":               "always",
		"SigningProtocol":               "sigv4",
	}
	maps.Copy(settings, control)
	c.OriginAccessControls = map[string]map[string]any{"E2OAC": settings}
	c.Credentials = signingCredentials
	return c
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return "X-Amz-Content-Sha256: " + hex.EncodeToString(sum[:])
}

func TestAccessControlSigns(t *testing.T) {
	address, _ := serve(t, configWithControl(newVerifyingOrigin(t), nil, object{"OriginPath": "/base"}))
	for _, row := range []struct {
		name, why, method, target, body string
		header                          []string
		refused                         string // "" for passed
	}{
		{name: "GET", why: "an empty body has a hash too", method: "GET", target: "/x"},
		{name: "HEAD", method: "HEAD", target: "/x"},
		{
			name: "path and query", why: "as on the wire",
			method: "GET", target: "/a%20b/%E5%A0%B4/(x)/?b=2&a=%2B&a=1+2&c",
		},
		{
			name: "POST with its hash", why: "as AWS asks of clients",
			method: "POST", target: "/x", body: "hi", header: []string{hashOf("hi")},
		},
		{name: "empty POST with its hash", method: "POST", target: "/x", header: []string{hashOf("")}},
		{
			name: "POST without a hash", why: "CloudFront signs the hash of nothing",
			method: "POST", target: "/x", body: "hi", refused: "signature we calculated does not match",
		},
		{
			name: "empty POST without a hash", why: "seen to pass on AWS",
			method: "POST", target: "/x",
		},
		{name: "empty PUT without a hash", why: "as a POST", method: "PUT", target: "/x"},
		{name: "empty PATCH without a hash", why: "as a POST", method: "PATCH", target: "/x"},
		{
			name: "wrong hash", why: "the body is another",
			method: "POST", target: "/x", body: "hi", header: []string{hashOf("ho")},
			refused: "signature we calculated does not match",
		},
		{
			name: "two hashes", method: "POST", target: "/x", body: "hi",
			header: []string{hashOf("hi"), hashOf("hi")}, refused: "signature we calculated does not match",
		},
		{
			name: "unsigned payload", why: "Lambda does not take it",
			method: "POST", target: "/x", body: "hi", header: []string{"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"},
			refused: "signature we calculated does not match",
		},
		{name: "DELETE", method: "DELETE", target: "/x"},
		{
			name: "DELETE with a body", why: "its hash is not an empty body's",
			method: "DELETE", target: "/x", body: "hi", refused: "signature we calculated does not match",
		},
		{
			name: "DELETE with a body and its hash", method: "DELETE", target: "/x", body: "hi",
			header: []string{hashOf("hi")},
		},
		{
			name: "viewer's Authorization", why: "overwritten",
			method: "DELETE", target: "/x",
			header: []string{
				"Authorization: AWS4-HMAC-SHA256 " +
					"Credential=ASIAX/20261122/ap-northeast-1/lambda/aws4_request, SignedHeaders=host, Signature=00",
				"X-Amz-Date: 20200101T000000Z", "X-Amz-Security-Token: forged", "X-Amz-Security-Token: twice",
			},
		},
		{
			name: "another x-amz header", why: "nobody signs it",
			method: "GET", target: "/x", header: []string{"X-Amz-Meta: x"}, refused: "must be a 'SignedHeader'",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			header := append(row.header, fmt.Sprintf("Content-Length: %d", len(row.body)))
			if row.method == "GET" || row.method == "HEAD" {
				header = row.header
			}
			response, body := exchange(t, address, row.method, request(row.method, row.target, row.body, header...))
			if row.refused != "" {
				if response.StatusCode != 403 || !strings.Contains(body, row.refused) {
					t.Errorf("%s: %d %s, want %q", row.why, response.StatusCode, body, row.refused)
				}
				return
			}
			if response.StatusCode != 200 {
				t.Fatalf("%s: %d %s", row.why, response.StatusCode, body)
			}
			if row.method == "HEAD" {
				return
			}
			s := atOrigin(t, response, body)
			if s.Target != "/base"+row.target || s.Body != row.body || len(s.Header["Authorization"]) != 1 {
				t.Errorf("origin saw %+v", s)
			}
		})
	}
}

// TestAccessControlSignsLast checks that CloudFront signs after the edge function on origin-request. The signature
// covers the hash that the function set, and the origin's host.
func TestAccessControlSignsLast(t *testing.T) {
	c := configWithControl(newVerifyingOrigin(t), nil, nil)
	edge := withEdge(t, newOrigin(t), 10*time.Second, nil)
	c.Functions = edge.Functions
	c.Distribution["DefaultCacheBehavior"] = edge.Distribution["DefaultCacheBehavior"]
	c.Origins["other.example.com"] = newOrigin(t).Listener.Addr().String()
	address, log := serve(t, c)
	response, body := exchange(t, address, "POST",
		request("POST", "/edge/hash", "hi", "Content-Length: 2", hashOf("forged")))
	if s := atOrigin(t, response, body); s.Body != "hi" {
		t.Errorf("origin saw %+v", s)
	}
	response, body = get(t, address, "GET", "/edge/authorization")
	s := atOrigin(t, response, body)
	if !strings.Contains(s.Header.Get("Authorization"), signingCredentials.AccessKeyID) {
		t.Errorf("origin saw %+v", s)
	}
	response, body = get(t, address, "GET", "/edge/other-origin")
	if response.StatusCode != 502 || !strings.Contains(log.String(), "other.example.com, to which the edge function") {
		t.Errorf("a request to an origin that is not a Function URL: %d %s\n%s", response.StatusCode, body, log)
	}
}

// TestAccessControlSize checks that the signature counts towards the size of the request to the origin. The
// session token is a part of it.
func TestAccessControlSize(t *testing.T) {
	c := configWithControl(newVerifyingOrigin(t), nil, nil)
	c.Credentials.SessionToken = strings.Repeat("t", 1000)
	for _, row := range []struct {
		name, why string
		size      int
		status    int
	}{
		{"room for it", "403, since the origin does not know this token", 30_500, 403},
		{"no room for it", "the viewer's request alone has less than 32,768 bytes", 32_000, 494},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, log := serve(t, c)
			response, body := get(t, address, "GET", "/x", "X-Large: "+strings.Repeat("x", row.size))
			if response.StatusCode != row.status || response.Close != (row.status == 494) {
				t.Errorf("%s: %d %s, connection closed: %v, want %d\n%s", row.why, response.StatusCode, body,
					response.Close, row.status, log)
			}
			if named := strings.Contains(log.String(), "headers to the origin have"); named != (row.status == 494) {
				t.Errorf("the log: %s", log)
			}
		})
	}
}

func TestAccessControlNever(t *testing.T) {
	address, _ := serve(t, configWithControl(newOrigin(t), object{"SigningBehavior": "never"}, nil))
	response, body := get(t, address, "GET", "/x", "Authorization: Bearer x")
	if s := atOrigin(t, response, body); s.Header.Get("Authorization") != "Bearer x" || s.Header["X-Amz-Date"] != nil {
		t.Errorf("origin saw %v", s.Header)
	}
}

func TestAccessControlRefusedAtStart(t *testing.T) {
	for _, row := range []struct {
		name, why       string
		control, origin object
		want            string
	}{
		{
			name: "unknown", why: "not in the assembly",
			origin: object{"OriginAccessControlId": "E3"}, want: "origin access control E3 is not in the assembly",
		},
		{
			name: "no-override", why: "a viewer may sign for itself",
			control: object{"SigningBehavior": "no-override"},
			want:    `SigningBehavior "no-override" is not simulated`,
		},
		{
			name: "S3", why: "signs for another service",
			control: object{"OriginAccessControlOriginType": "s3"}, want: `origin type "s3" is not simulated`,
		},
		{
			name: "protocol", why: "there is one",
			control: object{"SigningProtocol": "sigv4a"}, want: "SigningProtocol must be sigv4",
		},
		{
			name: "host", why: "the region to sign for is in it",
			origin: object{"DomainName": "example.com"}, want: "origin example.com is not a Function URL",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := cloudfront.New(configWithControl(newOrigin(t), row.control, row.origin))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q (%s)", err, row.want, row.why)
			}
		})
	}
	c := configWithControl(newOrigin(t), nil, object{"OriginAccessControlId": "E3"})
	delete(c.Distribution["Origins"].([]object)[0], "CustomOriginConfig")
	if _, err := cloudfront.New(c); err != nil {
		t.Errorf("an S3 origin, which is not called: %v", err)
	}
}
