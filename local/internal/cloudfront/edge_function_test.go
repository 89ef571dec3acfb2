package cloudfront_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/cloudfront"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// withEdge is a distribution with the edge function on its default behavior.
func withEdge(t *testing.T, server *httptest.Server, timeout time.Duration, changes object) cloudfront.Config {
	t.Helper()
	association := object{"EventType": "origin-request", "LambdaFunctionARN": edgeARN, "IncludeBody": true}
	c := config(server, behavior(object{"LambdaFunctionAssociations": []object{association}}), changes)
	c.Functions = map[string]*lambda.Function{edgeARN: newEdge(t, timeout)}
	return c
}

func TestOriginRequestEvent(t *testing.T) {
	address, _ := serve(t, withEdge(t, newOrigin(t), 10*time.Second, object{
		"Origins": []object{{
			"Id": "origin", "DomainName": originDomain, "OriginPath": "/base",
			"OriginCustomHeaders": []object{{"HeaderName": "X-Origin-Secret", "HeaderValue": "s"}},
			"CustomOriginConfig": object{
				"OriginProtocolPolicy": "https-only",
				"OriginSSLProtocols":   []string{"TLSv1.2"},
				"OriginReadTimeout":    60,
			},
		}},
	}))
	response, body := exchange(t, address, "POST", request("POST", "/edge/event?b=2&a=1&a=%20", "\x00\xff",
		"Content-Length: 2", "Content-Type: application/octet-stream", "X-Many: one", "X-Many: two", "Cookie: b=2; a=1",
		"Connection: close, X-Hop", "X-Hop: 1", "Via: 1.0 proxy", "X-Forwarded-For: 192.0.2.4", "User-Agent: test",
		"X-Amzn-RequestId: 1", "X-Real-IP: 192.0.2.9", "X-Amz-Cf-Id: forged", "Authorization: Bearer x",
		"X-Origin-Secret: forged"))
	if response.StatusCode != 200 {
		t.Fatalf("%d %s", response.StatusCode, body)
	}
	if got := response.Header.Get("X-Cache"); got != "LambdaGeneratedResponse from cloudfront" {
		t.Errorf("X-Cache: %q", got)
	}
	var event struct {
		Records []struct {
			CF struct {
				Config  map[string]string
				Request map[string]any
			} `json:"cf"`
		}
	}
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		t.Fatal(err)
	}
	cf := event.Records[0].CF
	if cf.Config["requestId"] == "" || cf.Config["requestId"] != response.Header.Get("X-Amz-Cf-Id") {
		t.Errorf("requestId %q is not the response's X-Amz-Cf-Id", cf.Config["requestId"])
	}
	delete(cf.Config, "requestId")
	equal(t, "config", cf.Config,
		`{"distributionDomainName":"d111111abcdef8.cloudfront.net","distributionId":"E1EXAMPLE",
			"eventType":"origin-request"}`)

	headers := cf.Request["headers"].(map[string]any)
	via := headers["via"].([]any)[0].(map[string]any)["value"].(string)
	if !strings.HasPrefix(via, "1.0 proxy, 1.1 ") || !strings.HasSuffix(via, ".cloudfront.net (CloudFront)") {
		t.Errorf("via %q", via)
	}
	viewer := headers["cloudfront-viewer-address"].([]any)[0].(map[string]any)["value"].(string)
	if !strings.HasPrefix(viewer, "127.0.0.1:") {
		t.Errorf("cloudfront-viewer-address %q", viewer)
	}
	delete(headers, "via")
	delete(headers, "cloudfront-viewer-address")
	equal(t, "headers", headers, `{
		"authorization": [{"key":"Authorization","value":"Bearer x"}],
		"cloudfront-forwarded-proto": [{"key":"CloudFront-Forwarded-Proto","value":"https"}],
		"cloudfront-viewer-http-version": [{"key":"CloudFront-Viewer-Http-Version","value":"1.1"}],
		"content-length": [{"key":"Content-Length","value":"2"}],
		"content-type": [{"key":"Content-Type","value":"application/octet-stream"}],
		"cookie": [{"key":"Cookie","value":"a=1; b=2"}],
		"host": [{"key":"Host","value":"`+originDomain+`"}],
		"user-agent": [{"key":"User-Agent","value":"test"}],
		"x-forwarded-for": [{"key":"X-Forwarded-For","value":"192.0.2.4,127.0.0.1"}],
		"x-many": [{"key":"X-Many","value":"one"},{"key":"X-Many","value":"two"}]
	}`)
	delete(cf.Request, "headers")
	equal(t, "request", cf.Request, `{
		"clientIp": "127.0.0.1", "method": "POST", "uri": "/edge/event", "querystring": "b=2&a=1&a=%20",
		"body": {"action":"read-only","encoding":"base64","data":"AP8=","inputTruncated":false},
		"origin": {"custom": {
			"customHeaders":{"x-origin-secret":[{"key":"X-Origin-Secret","value":"s"}]},
			"domainName":"`+originDomain+`","keepaliveTimeout":5,"path":"/base","port":443,"protocol":"https",
			"readTimeout":60,"sslProtocols":["TLSv1.2"]}}
	}`)
}

// equal compares a value with JSON.
func equal(t *testing.T, what string, got any, want string) {
	t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	a, _ := json.MarshalIndent(got, "", " ")
	b, _ := json.MarshalIndent(wanted, "", " ")
	if !bytes.Equal(a, b) {
		t.Errorf("%s:\n%s\nwant\n%s", what, a, b)
	}
}

func TestEventQueryNeedsAllForwarded(t *testing.T) {
	c := withEdge(t, newOrigin(t), 10*time.Second, nil)
	c.Distribution["DefaultCacheBehavior"].(object)["OriginRequestPolicyId"] = "own"
	c.OriginRequestPolicies = map[string]map[string]any{"own": {
		"HeadersConfig": object{"HeaderBehavior": "none"}, "CookiesConfig": object{"CookieBehavior": "none"},
		"QueryStringsConfig": object{"QueryStringBehavior": "whitelist", "QueryStrings": []string{"a"}},
	}}
	address, _ := serve(t, c)
	_, body := get(t, address, "GET", "/edge/event?a=1&b=2")
	if !strings.Contains(body, `"querystring":""`) {
		t.Errorf("a function sees the query only where all of it is forwarded "+
			"(edge-function-restrictions-all): %s", body)
	}
	if !strings.Contains(body, `"body":{"action":"read-only","data":"","encoding":"base64","inputTruncated":false}`) {
		t.Errorf("signers read the body's data for every method: %s", body)
	}
	response, body := get(t, address, "GET", "/other?a=1&b=2")
	if got := atOrigin(t, response, body).Target; got != "/other?a=1" {
		t.Errorf("the function left the query alone, so the origin gets the forwarded part: %s", got)
	}
}

func TestRequestChangedByTheFunction(t *testing.T) {
	origin, other := newOrigin(t), newOrigin(t)
	c := withEdge(t, origin, 10*time.Second, nil)
	c.Origins["other.example.com"] = other.Listener.Addr().String()
	address, _ := serve(t, c)
	for _, row := range []struct {
		name, why, target string
		check             func(s originView) bool
	}{
		{
			name: "same", why: "nothing changes",
			target: "/edge/same?a=%zz+",
			check:  func(s originView) bool { return s.Target == "/edge/same?a=%zz+" && s.Host == originDomain },
		},
		{
			name: "uri and query", why: "both are written as the function left them",
			target: "/edge/rewrite",
			check:  func(s originView) bool { return s.Target == "/rewritten/%E5%A0%B4?a=1&b=%20" },
		},
		{
			name: "host", why: "Host is writable on origin-request",
			target: "/edge/rewrite", check: func(s originView) bool { return s.Host == "changed.example.com" },
		},
		{
			name: "authorization", why: "a header that the function adds",
			target: "/edge/rewrite",
			check:  func(s originView) bool { return s.Header.Get("Authorization") == "signed" },
		},
		{
			name: "removed header", why: "a header that the function deletes",
			target: "/edge/rewrite", check: func(s originView) bool { return s.Header.Get("X-Drop") == "" },
		},
		{
			name: "repeated header", why: "one header line for each value",
			target: "/edge/rewrite",
			check:  func(s originView) bool { return fmt.Sprint(s.Header["X-Many"]) == "[one two]" },
		},
		{
			name: "no host", why: "CloudFront sets the origin's domain name",
			target: "/edge/header-removed-without-host",
			check:  func(s originView) bool { return s.Host == originDomain },
		},
		{
			name: "other origin", why: "domain name, path and custom headers of another origin",
			target: "/edge/other-origin",
			check: func(s originView) bool {
				return s.Target == "/base/edge/other-origin" && s.Header.Get("X-From-Edge") == "yes"
			},
		},
		{
			name: "id", why: "added after the function",
			target: "/edge/same", check: func(s originView) bool { return s.Header.Get("X-Amz-Cf-Id") != "" },
		},
		{
			name: "unseen header", why: "a header that the function does not see goes on",
			target: "/edge/same", check: func(s originView) bool { return s.Header.Get("X-Amzn-Requestid") == "r" },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, "GET", row.target, "X-Drop: 1", "X-Amzn-RequestId: r")
			if s := atOrigin(t, response, body); !row.check(s) {
				t.Errorf("%s: origin saw %+v", row.why, s)
			}
		})
	}
}

// TestRequestMadeTooLarge checks the limit on the size of a request on its way to the origin.
func TestRequestMadeTooLarge(t *testing.T) {
	c := withEdge(t, newOrigin(t), 10*time.Second, object{
		"Origins": []object{{
			"Id": "origin", "DomainName": originDomain,
			"OriginCustomHeaders": []object{{"HeaderName": "X-Secret", "HeaderValue": strings.Repeat("s", 2000)}},
			"CustomOriginConfig":  object{"OriginProtocolPolicy": "https-only"},
		}},
	})
	address, log := serve(t, c)
	for _, row := range []struct {
		name, why, target string
		size, status      int
	}{
		{"edge function", "what it adds counts", "/edge/large-header", 11_000, 494},
		{"custom header", "the origin's custom headers count", "/edge/same", 31_500, 494},
		{"under the limit", "all together", "/edge/large-header", 9_000, 200},
		{"generated", "does not go to the origin", "/edge/response-base64", 31_500, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(log.String())
			response, body := get(t, address, "GET", row.target, "X-Viewer: "+strings.Repeat("x", row.size))
			if response.StatusCode != row.status || response.Close != (row.status == 494) {
				t.Errorf("%s: %d %.200s, connection closed: %v, want %d", row.why, response.StatusCode, body,
					response.Close, row.status)
			}
			line := "GET " + row.target + " 494" + decided + "request line and headers to the origin have "
			if lines := log.String()[before:]; strings.Contains(lines, line) != (row.status == 494) {
				t.Errorf("the log: %s", lines)
			}
		})
	}
}

func TestBody(t *testing.T) {
	address, _ := serve(t, withEdge(t, newOrigin(t), 10*time.Second, nil))
	million := strings.Repeat("\x00\xff\r\nabcdef", 100_000)
	for _, row := range []struct{ name, why, method, target, body, want string }{
		{name: "empty", why: "a POST without a body", method: "POST", target: "/x"},
		{
			name: "binary", why: "byte for byte",
			method: "PUT", target: "/x", body: "\x00\x01\xfe\xff\r\n\r\n", want: "\x00\x01\xfe\xff\r\n\r\n",
		},
		{name: "delete", why: "a DELETE may have a body", method: "DELETE", target: "/x", body: "gone", want: "gone"},
		{name: "options", why: "and so may OPTIONS", method: "OPTIONS", target: "/x", body: "hello", want: "hello"},
		{
			name: "1,000,000 bytes", why: "the largest body that everything agrees about",
			method: "PATCH", target: "/x", body: million, want: million,
		},
		{
			name: "over the limit", why: "the event is truncated, but read-only sends the whole body",
			method: "POST", target: "/x", body: million + million, want: million + million,
		},
		{
			name: "read-only", why: "changes of data are ignored",
			method: "POST", target: "/edge/body-read-only", body: "original", want: "original",
		},
		{
			name: "replaced", why: "the function's text goes instead",
			method: "POST", target: "/edge/body-replaced", body: "original", want: "replaced",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := exchange(t, address, row.method,
				request(row.method, row.target, row.body, fmt.Sprintf("Content-Length: %d", len(row.body))))
			s := atOrigin(t, response, body)
			hash := sha256.Sum256([]byte(row.want))
			wrong := s.BodyBytes != len(row.want) || s.BodySHA256 != hex.EncodeToString(hash[:]) ||
				s.ContentLength != int64(len(row.want))
			if wrong {
				t.Errorf("%s: origin got %d bytes (content-length %d), want %d", row.why, s.BodyBytes,
					s.ContentLength, len(row.want))
			}
		})
	}
	t.Run("chunked", func(t *testing.T) {
		response, body := exchange(t, address, "POST",
			request("POST", "/x", "3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))
		if s := atOrigin(t, response, body); s.Body != "abc" || fmt.Sprint(s.TransferEncoding) != "[chunked]" {
			t.Errorf("a body of unknown length stays one: %+v", s)
		}
	})
}

func TestTruncatedBody(t *testing.T) {
	address, _ := serve(t, withEdge(t, newOrigin(t), 10*time.Second, nil))
	for _, row := range []struct {
		name, why string
		size      int
		truncated bool
	}{
		{"1,000,000", "passes whole under either reading of 1 MB", 1_000_000, false},
		{"1,048,576", "the last size that passes whole here", 1 << 20, false},
		{"1,048,577", "one more is cut", 1<<20 + 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := exchange(t, address, "POST",
				request("POST", "/edge/truncated", strings.Repeat("x", row.size),
					fmt.Sprintf("Content-Length: %d", row.size)))
			want := fmt.Sprintf("%v %d", row.truncated, base64.StdEncoding.EncodedLen(min(row.size, 1<<20)))
			if body != want {
				t.Errorf("%s: %d %s, want %s", row.why, response.StatusCode, body, want)
			}
		})
	}
}

func TestGeneratedResponse(t *testing.T) {
	address, _ := serve(t, withEdge(t, newOrigin(t), 10*time.Second, nil))
	response, body := get(t, address, "GET", "/edge/response")
	wrong := response.StatusCode != 413 || body != `{"error":"PayloadTooLarge"}` ||
		fmt.Sprint(response.Header["Set-Cookie"]) != "[a=1 b=2]"
	if wrong {
		t.Errorf("%d %v %s", response.StatusCode, response.Header, body)
	}
	response, body = get(t, address, "GET", "/edge/response-base64")
	if body != "\x00\xff" || response.Header["Content-Type"] != nil {
		t.Errorf("%q %v", body, response.Header)
	}
	if response, body := get(t, address, "HEAD", "/edge/response"); body != "" || response.ContentLength != 27 {
		t.Errorf("HEAD: %q, content-length %d", body, response.ContentLength)
	}
}

func TestResultThatCloudFrontRefuses(t *testing.T) {
	address, log := serve(t, withEdge(t, newOrigin(t), 10*time.Second, nil))
	for _, row := range []struct{ target, why, reason string }{
		{
			target: "/edge/forbidden-header", why: "X-Edge-* may not be added",
			reason: "the header x-edge-anything is not allowed",
		},
		{target: "/edge/forbidden-id", why: "nor X-Amz-Cf-*", reason: "the header x-amz-cf-id is not allowed"},
		{target: "/edge/via-changed", why: "Via is read-only", reason: "the header via is read-only"},
		{target: "/edge/via-removed", why: "and may not be removed", reason: "the header via is read-only"},
		{
			target: "/edge/length-added", why: "nor a read-only header be added",
			reason: "the header transfer-encoding is read-only",
		},
		{target: "/edge/upper-case", why: "map names are in lower case", reason: "is not in lower case"},
		{target: "/edge/line-break", why: "no header injection", reason: "has a control character"},
		{target: "/edge/method-changed", why: "the method is read-only", reason: "the method is read-only"},
		{target: "/edge/client-changed", why: "clientIp is read-only", reason: "clientIp is read-only"},
		{target: "/edge/uri-without-slash", why: "a uri begins with a slash", reason: "does not begin with a slash"},
		{target: "/edge/uri-with-space", why: "a request line has no room for spaces", reason: "the uri has a space"},
		{
			target: "/edge/query-with-space", why: "the page on restrictions forbids spaces",
			reason: "the querystring has a space",
		},
		{
			target: "/edge/query-with-hash", why: "and fragments",
			reason: "the querystring has a space, a control character or #",
		},
		{target: "/edge/query-too-long", why: "8,192 characters in all", reason: "longer than 8192"},
		{
			target: "/edge/unknown-origin", why: "no address but loopback is ever dialled",
			reason: "not simulated: origin example.org",
		},
		{target: "/edge/s3-origin", why: "it has no authMethod", reason: "authMethod is neither none nor"},
		{target: "/edge/bad-timeout", why: "1 to 120 s", reason: "readTimeout is not from 1 to 120"},
		{
			target: "/edge/custom-header-twice", why: "a header is in one of the two places",
			reason: "in headers and in the origin's customHeaders",
		},
		{target: "/edge/body-too-large", why: "1 MB as text", reason: "larger than 1 MB"},
		{target: "/edge/body-bad-base64", why: "base64 must be valid", reason: "not valid base64"},
		{target: "/edge/body-bad-action", why: "two actions exist", reason: `"swap" is neither`},
		{target: "/edge/nothing", why: "no result", reason: "neither a request"},
		{target: "/edge/text", why: "a result of another type", reason: "not a request or response object"},
		{target: "/edge/status-number", why: "the status is a string", reason: "the status is not a string"},
		{target: "/edge/status-out-of-range", why: "200 to 599", reason: `the status "199"`},
		{target: "/edge/response-bad-base64", why: "base64 must be valid here too", reason: "not valid base64"},
		{target: "/edge/response-too-large", why: "1 MB for a generated response", reason: "larger than 1 MB"},
		{
			target: "/edge/response-forbidden-header", why: "a response may not carry these either",
			reason: "the header connection is not allowed",
		},
		{target: "/edge/response-read-only-header", why: "nor these", reason: "the header via is read-only"},
	} {
		t.Run(strings.TrimPrefix(row.target, "/edge/"), func(t *testing.T) {
			response, body := exchange(t, address, "POST", request("POST", row.target, "body", "Content-Length: 4"))
			wrong := response.StatusCode != http.StatusBadGateway ||
				!strings.Contains(body, "The request could not be satisfied")
			if wrong {
				t.Fatalf("%s: %d %s", row.why, response.StatusCode, body)
			}
			wrong = !strings.Contains(log.String(), "POST "+row.target+" 502 ") ||
				!strings.Contains(log.String(), row.reason)
			if wrong {
				t.Errorf("the log does not say %q:\n%s", row.reason, log)
			}
		})
	}
}

func TestFunctionThatFails(t *testing.T) {
	address, log := serve(t, withEdge(t, newOrigin(t), time.Second, nil))
	for _, row := range []struct{ target, why, reason string }{
		{"/edge/throw", "an execution error", "edge function Demo/Signer: the function reported Error: on purpose"},
		{"/edge/exit", "its process died", lambda.ErrExited.Error()},
		{"/edge/hang", "its timeout is over", lambda.ErrTimeout.Error()},
	} {
		t.Run(strings.TrimPrefix(row.target, "/edge/"), func(t *testing.T) {
			response, body := get(t, address, "GET", row.target)
			wrong := response.StatusCode != http.StatusServiceUnavailable ||
				response.Header.Get("X-Cache") != "LambdaExecutionError from cloudfront"
			if wrong {
				t.Errorf("%s: %d %v %s", row.why, response.StatusCode, response.Header, body)
			}
			if !strings.Contains(log.String(), row.reason) {
				t.Errorf("the log does not say %q:\n%s", row.reason, log)
			}
		})
	}
	if response, body := get(t, address, "GET", "/edge/same"); response.StatusCode != 200 {
		t.Errorf("the next request must find a function again: %d %s", response.StatusCode, body)
	}
}

func TestOverlappingRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes of the edge function")
	}
	address, _ := serve(t, withEdge(t, newOrigin(t), 30*time.Second, nil))
	var group sync.WaitGroup
	for i := range 200 {
		group.Go(func() {
			body := strings.Repeat(fmt.Sprintf("%08d", i), 1000)
			response, err := http.Post("http://"+address+fmt.Sprintf("/x/%d?n=%d", i, i), "text/plain",
				strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			var s originView
			if err := json.NewDecoder(response.Body).Decode(&s); err != nil {
				t.Errorf("%d: %v", response.StatusCode, err)
				return
			}
			hash := sha256.Sum256([]byte(body))
			if s.Target != fmt.Sprintf("/x/%d?n=%d", i, i) || s.BodySHA256 != hex.EncodeToString(hash[:]) {
				t.Errorf("request %d got the answer of %s", i, s.Target)
			}
		})
	}
	group.Wait()
}
