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

var signing = aws.Credentials{AccessKeyID: "ASIACLOUDFRONT", SecretAccessKey: "secret", SessionToken: "token"}

// verifying is an origin that verifies signatures as a Function URL does, and then answers with what it saw.
func verifying(t *testing.T) *httptest.Server {
	t.Helper()
	verifier := sigv4.Verifier{
		Region: "ap-northeast-1", Service: "lambda", Now: time.Now, Hosts: []string{originDomain},
		Credentials: func(accessKeyID string) (aws.Credentials, bool) { return signing, accessKeyID == signing.AccessKeyID },
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

// controlled is a distribution whose origin has an origin access control, with changes.
func controlled(server *httptest.Server, control, originChanges object) cloudfront.Config {
	c := config(server, behavior(nil), nil)
	origin := c.Distribution["Origins"].([]object)[0]
	origin["OriginAccessControlId"] = "E2OAC"
	maps.Copy(origin, originChanges)
	settings := object{"Name": "oac", "OriginAccessControlOriginType": "lambda", "SigningBehavior": "always", "SigningProtocol": "sigv4"}
	maps.Copy(settings, control)
	c.OriginAccessControls = map[string]map[string]any{"E2OAC": settings}
	c.Credentials = signing
	return c
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return "X-Amz-Content-Sha256: " + hex.EncodeToString(sum[:])
}

func TestAccessControlSigns(t *testing.T) {
	address, _ := serve(t, controlled(verifying(t), nil, object{"OriginPath": "/base"}))
	for _, row := range []struct {
		name, why, method, target, body string
		header                          []string
		refused                         string // "" for passed
	}{
		{"GET", "an empty body has a hash of its own", "GET", "/x", "", nil, ""},
		{"HEAD", "", "HEAD", "/x", "", nil, ""},
		{"path and query", "as on the wire", "GET", "/a%20b/%E5%A0%B4/(x)/?b=2&a=%2B&a=1+2&c", "", nil, ""},
		{"POST with its hash", "as AWS asks of clients", "POST", "/x", "hi", []string{hashOf("hi")}, ""},
		{"empty POST with its hash", "", "POST", "/x", "", []string{hashOf("")}, ""},
		{"POST without a hash", "Lambda does not take unsigned payloads", "POST", "/x", "hi", nil, "signature we calculated does not match"},
		{"empty POST without a hash", "AWS asks for one with every POST", "POST", "/x", "", nil, "signature we calculated does not match"},
		{"empty PUT without a hash", "", "PUT", "/x", "", nil, "signature we calculated does not match"},
		{"empty PATCH without a hash", "", "PATCH", "/x", "", nil, "signature we calculated does not match"},
		{"wrong hash", "the body is another", "POST", "/x", "hi", []string{hashOf("ho")}, "signature we calculated does not match"},
		{"two hashes", "", "POST", "/x", "hi", []string{hashOf("hi"), hashOf("hi")}, "signature we calculated does not match"},
		{"unsigned payload", "Lambda does not take it", "POST", "/x", "hi", []string{"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"}, "signature we calculated does not match"},
		{"DELETE", "", "DELETE", "/x", "", nil, ""},
		{"DELETE with a body", "its hash is not an empty body's", "DELETE", "/x", "hi", nil, "signature we calculated does not match"},
		{"DELETE with a body and its hash", "", "DELETE", "/x", "hi", []string{hashOf("hi")}, ""},
		{"viewer's Authorization", "overwritten", "DELETE", "/x", "", []string{
			"Authorization: AWS4-HMAC-SHA256 Credential=ASIAX/20261122/ap-northeast-1/lambda/aws4_request, SignedHeaders=host, Signature=00",
			"X-Amz-Date: 20200101T000000Z", "X-Amz-Security-Token: forged", "X-Amz-Security-Token: twice",
		}, ""},
		{"another x-amz header", "nobody signs it", "GET", "/x", "", []string{"X-Amz-Meta: x"}, "must be a 'SignedHeader'"},
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
			if s := atOrigin(t, response, body); s.Target != "/base"+row.target || s.Body != row.body || len(s.Header["Authorization"]) != 1 {
				t.Errorf("origin saw %+v", s)
			}
		})
	}
}

// TestAccessControlSignsLast: what an edge function on origin-request did is signed: the hash that it set, and the origin's host.
func TestAccessControlSignsLast(t *testing.T) {
	c := controlled(verifying(t), nil, nil)
	edge := withEdge(t, newOrigin(t), 10*time.Second, nil)
	c.Functions = edge.Functions
	c.Distribution["DefaultCacheBehavior"] = edge.Distribution["DefaultCacheBehavior"]
	c.Origins["other.example.com"] = newOrigin(t).Listener.Addr().String()
	address, log := serve(t, c)
	response, body := exchange(t, address, "POST", request("POST", "/edge/hash", "hi", "Content-Length: 2", hashOf("forged")))
	if s := atOrigin(t, response, body); s.Body != "hi" {
		t.Errorf("origin saw %+v", s)
	}
	response, body = get(t, address, "GET", "/edge/authorization")
	if s := atOrigin(t, response, body); !strings.Contains(s.Header.Get("Authorization"), signing.AccessKeyID) {
		t.Errorf("origin saw %+v", s)
	}
	if response, body := get(t, address, "GET", "/edge/other-origin"); response.StatusCode != 502 || !strings.Contains(log.String(), "other.example.com, to which the edge function") {
		t.Errorf("a request to what is no Function URL: %d %s\n%s", response.StatusCode, body, log)
	}
}

// TestAccessControlSize: the signature, session token included, counts towards the size of the request to the origin.
func TestAccessControlSize(t *testing.T) {
	c := controlled(verifying(t), nil, nil)
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
				t.Errorf("%s: %d %s, connection closed: %v, want %d\n%s", row.why, response.StatusCode, body, response.Close, row.status, log)
			}
			if said := strings.Contains(log.String(), "headers to the origin have"); said != (row.status == 494) {
				t.Errorf("the log: %s", log)
			}
		})
	}
}

func TestAccessControlNever(t *testing.T) {
	address, _ := serve(t, controlled(newOrigin(t), object{"SigningBehavior": "never"}, nil))
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
		{"unknown", "not in the assembly", nil, object{"OriginAccessControlId": "E3"}, "origin access control E3 is not in the assembly"},
		{"no-override", "a viewer may sign for itself", object{"SigningBehavior": "no-override"}, nil, `SigningBehavior "no-override" is not simulated`},
		{"S3", "signs for another service", object{"OriginAccessControlOriginType": "s3"}, nil, `origin type "s3" is not simulated`},
		{"protocol", "there is one", object{"SigningProtocol": "sigv4a"}, nil, "SigningProtocol must be sigv4"},
		{"host", "the region to sign for is in it", nil, object{"DomainName": "example.com"}, "origin example.com is not a Function URL"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := cloudfront.New(controlled(newOrigin(t), row.control, row.origin))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q (%s)", err, row.want, row.why)
			}
		})
	}
	c := controlled(newOrigin(t), nil, object{"OriginAccessControlId": "E3"})
	delete(c.Distribution["Origins"].([]object)[0], "CustomOriginConfig")
	if _, err := cloudfront.New(c); err != nil {
		t.Errorf("an S3 origin, which is not called: %v", err)
	}
}
