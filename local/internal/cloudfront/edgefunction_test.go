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
			"CustomOriginConfig":  object{"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": []string{"TLSv1.2"}, "OriginReadTimeout": "60"},
		}},
	}))
	response, body := exchange(t, address, "POST", request("POST", "/edge/event?b=2&a=1&a=%20", "\x00\xff",
		"Content-Length: 2", "Content-Type: application/octet-stream", "X-Many: one", "X-Many: two", "Cookie: b=2; a=1",
		"Connection: close, X-Hop", "X-Hop: 1", "Via: 1.0 proxy", "X-Forwarded-For: 192.0.2.4", "User-Agent: test",
		"X-Amzn-RequestId: 1", "X-Real-IP: 192.0.2.9", "X-Amz-Cf-Id: forged", "Authorization: Bearer x", "X-Origin-Secret: forged"))
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
	equal(t, "config", cf.Config, `{"distributionDomainName":"d111111abcdef8.cloudfront.net","distributionId":"E1EXAMPLE","eventType":"origin-request"}`)

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
		"origin": {"custom": {"customHeaders":{"x-origin-secret":[{"key":"X-Origin-Secret","value":"s"}]},"domainName":"`+originDomain+`",
			"keepaliveTimeout":5,"path":"/base","port":443,"protocol":"https","readTimeout":60,"sslProtocols":["TLSv1.2"]}}
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
		t.Errorf("a function sees the query only where all of it is forwarded (edge-function-restrictions-all): %s", body)
	}
	if strings.Contains(body, `"body"`) {
		t.Errorf("the body is shown for writable methods only: %s", body)
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
		check             func(s seen) bool
	}{
		{"same", "nothing changes", "/edge/same?a=%zz+", func(s seen) bool { return s.Target == "/edge/same?a=%zz+" && s.Host == originDomain }},
		{"uri and query", "both are written as the function left them", "/edge/rewrite", func(s seen) bool { return s.Target == "/rewritten/%E5%A0%B4?a=1&b=%20" }},
		{"host", "Host is writable on origin-request", "/edge/rewrite", func(s seen) bool { return s.Host == "changed.example.com" }},
		{"authorization", "a header that the function adds", "/edge/rewrite", func(s seen) bool { return s.Header.Get("Authorization") == "signed" }},
		{"removed header", "a header that the function deletes", "/edge/rewrite", func(s seen) bool { return s.Header.Get("X-Drop") == "" }},
		{"repeated header", "one header line for each value", "/edge/rewrite", func(s seen) bool { return fmt.Sprint(s.Header["X-Many"]) == "[one two]" }},
		{"no host", "CloudFront sets the origin's domain name", "/edge/header-removed-without-host", func(s seen) bool { return s.Host == originDomain }},
		{"other origin", "domain name, path and custom headers of another origin", "/edge/other-origin", func(s seen) bool {
			return s.Target == "/base/edge/other-origin" && s.Header.Get("X-From-Edge") == "yes"
		}},
		{"id", "added after the function", "/edge/same", func(s seen) bool { return s.Header.Get("X-Amz-Cf-Id") != "" }},
		{"unseen header", "a header that the function does not see goes on", "/edge/same", func(s seen) bool { return s.Header.Get("X-Amzn-Requestid") == "r" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := get(t, address, "GET", row.target, "X-Drop: 1", "X-Amzn-RequestId: r")
			if s := atOrigin(t, response, body); !row.check(s) {
				t.Errorf("%s: origin saw %+v", row.why, s)
			}
		})
	}
}

// TestRequestMadeTooLarge: the limit on the size of a request holds on CloudFront's way to the origin too.
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
				t.Errorf("%s: %d %.200s, connection closed: %v, want %d", row.why, response.StatusCode, body, response.Close, row.status)
			}
			line := "GET " + row.target + ": 494: request line and headers to the origin have "
			if said := log.String()[before:]; strings.Contains(said, line) != (row.status == 494) {
				t.Errorf("the log: %s", said)
			}
		})
	}
}

func TestBody(t *testing.T) {
	address, _ := serve(t, withEdge(t, newOrigin(t), 10*time.Second, nil))
	million := strings.Repeat("\x00\xff\r\nabcdef", 100_000)
	for _, row := range []struct{ name, why, method, target, body, want string }{
		{"empty", "a POST without a body", "POST", "/x", "", ""},
		{"binary", "byte for byte", "PUT", "/x", "\x00\x01\xfe\xff\r\n\r\n", "\x00\x01\xfe\xff\r\n\r\n"},
		{"delete", "a DELETE may have a body", "DELETE", "/x", "gone", "gone"},
		{"options", "and so may OPTIONS", "OPTIONS", "/x", "hello", "hello"},
		{"1,000,000 bytes", "the largest body that everything agrees about", "PATCH", "/x", million, million},
		{"over the limit", "truncated in the event only: read-only sends the whole", "POST", "/x", million + million, million + million},
		{"read-only", "changes of data are ignored", "POST", "/edge/body-read-only", "original", "original"},
		{"replaced", "the function's text goes instead", "POST", "/edge/body-replaced", "original", "replaced"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := exchange(t, address, row.method, request(row.method, row.target, row.body, fmt.Sprintf("Content-Length: %d", len(row.body))))
			s := atOrigin(t, response, body)
			hash := sha256.Sum256([]byte(row.want))
			if s.BodyBytes != len(row.want) || s.BodySHA256 != hex.EncodeToString(hash[:]) || s.ContentLength != int64(len(row.want)) {
				t.Errorf("%s: origin got %d bytes (content-length %d), want %d", row.why, s.BodyBytes, s.ContentLength, len(row.want))
			}
		})
	}
	t.Run("chunked", func(t *testing.T) {
		response, body := exchange(t, address, "POST", request("POST", "/x", "3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))
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
			response, body := exchange(t, address, "POST", request("POST", "/edge/truncated", strings.Repeat("x", row.size), fmt.Sprintf("Content-Length: %d", row.size)))
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
	if response.StatusCode != 413 || body != `{"error":"PayloadTooLarge"}` || fmt.Sprint(response.Header["Set-Cookie"]) != "[a=1 b=2]" {
		t.Errorf("%d %v %s", response.StatusCode, response.Header, body)
	}
	if response, body := get(t, address, "GET", "/edge/response-base64"); body != "\x00\xff" || response.Header["Content-Type"] != nil {
		t.Errorf("%q %v", body, response.Header)
	}
	if response, body := get(t, address, "HEAD", "/edge/response"); body != "" || response.ContentLength != 27 {
		t.Errorf("HEAD: %q, content-length %d", body, response.ContentLength)
	}
}

func TestResultThatCloudFrontRefuses(t *testing.T) {
	address, log := serve(t, withEdge(t, newOrigin(t), 10*time.Second, nil))
	for _, row := range []struct{ target, why, reason string }{
		{"/edge/forbidden-header", "X-Edge-* may not be added", "the header x-edge-anything is not allowed"},
		{"/edge/forbidden-id", "nor X-Amz-Cf-*", "the header x-amz-cf-id is not allowed"},
		{"/edge/via-changed", "Via is read-only", "the header via is read-only"},
		{"/edge/via-removed", "and may not be removed", "the header via is read-only"},
		{"/edge/length-added", "nor a read-only header be added", "the header transfer-encoding is read-only"},
		{"/edge/upper-case", "map names are in lower case", "is not in lower case"},
		{"/edge/line-break", "no header injection", "has a control character"},
		{"/edge/method-changed", "the method is read-only", "the method is read-only"},
		{"/edge/client-changed", "clientIp is read-only", "clientIp is read-only"},
		{"/edge/uri-without-slash", "a uri begins with a slash", "does not begin with a slash"},
		{"/edge/uri-with-space", "a request line has no room for spaces", "the uri has a space"},
		{"/edge/query-with-space", "the page on restrictions forbids spaces", "the querystring has a space"},
		{"/edge/query-with-hash", "and fragments", "the querystring has a space, a control character or #"},
		{"/edge/query-too-long", "8,192 characters in all", "longer than 8192"},
		{"/edge/unknown-origin", "no address but loopback is ever dialled", "not simulated: origin example.org"},
		{"/edge/s3-origin", "S3 is not simulated", "S3 origins are not simulated"},
		{"/edge/bad-timeout", "1 to 120 s", "readTimeout is not from 1 to 120"},
		{"/edge/custom-header-twice", "a header is in one of the two places", "in headers and in the origin's customHeaders"},
		{"/edge/body-too-large", "1 MB as text", "larger than 1 MB"},
		{"/edge/body-bad-base64", "base64 must be valid", "not valid base64"},
		{"/edge/body-bad-action", "two actions exist", `"swap" is neither`},
		{"/edge/nothing", "no result", "neither a request"},
		{"/edge/text", "a result of another type", "not a request or response object"},
		{"/edge/status-number", "the status is a string", "the status is not a string"},
		{"/edge/status-out-of-range", "200 to 599", `the status "199"`},
		{"/edge/response-bad-base64", "base64 must be valid here too", "not valid base64"},
		{"/edge/response-too-large", "1 MB for a generated response", "larger than 1 MB"},
		{"/edge/response-forbidden-header", "a response may not carry these either", "the header connection is not allowed"},
		{"/edge/response-read-only-header", "nor these", "the header via is read-only"},
	} {
		t.Run(strings.TrimPrefix(row.target, "/edge/"), func(t *testing.T) {
			response, body := exchange(t, address, "POST", request("POST", row.target, "body", "Content-Length: 4"))
			if response.StatusCode != http.StatusBadGateway || !strings.Contains(body, "The request could not be satisfied") {
				t.Fatalf("%s: %d %s", row.why, response.StatusCode, body)
			}
			if !strings.Contains(log.String(), "POST "+row.target+": 502: ") || !strings.Contains(log.String(), row.reason) {
				t.Errorf("the log does not say %q:\n%s", row.reason, log)
			}
		})
	}
}

func TestFunctionThatFails(t *testing.T) {
	address, log := serve(t, withEdge(t, newOrigin(t), time.Second, nil))
	for _, row := range []struct{ target, why, reason string }{
		{"/edge/throw", "an execution error", "edge function Signer:7: the function reported Error: on purpose"},
		{"/edge/exit", "its process died", lambda.ErrExited.Error()},
		{"/edge/hang", "its timeout is over", lambda.ErrTimeout.Error()},
	} {
		t.Run(strings.TrimPrefix(row.target, "/edge/"), func(t *testing.T) {
			response, body := get(t, address, "GET", row.target)
			if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("X-Cache") != "LambdaExecutionError from cloudfront" {
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
			response, err := http.Post("http://"+address+fmt.Sprintf("/x/%d?n=%d", i, i), "text/plain", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			var s seen
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
