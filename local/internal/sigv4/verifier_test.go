package sigv4

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	host    = "abc123.lambda-url.ap-northeast-1.on.aws"
	payload = "a body"
	secret  = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	token   = "FwoGZXIvYXdzEXAMPLE+/token=="
)

var (
	clock       = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	credentials = aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: secret, SessionToken: token}
)

func verifier() *Verifier {
	return &Verifier{
		Region: "ap-northeast-1", Service: "lambda",
		Now: func() time.Time { return clock },
		Credentials: func(key string) (aws.Credentials, bool) {
			return credentials, key == credentials.AccessKeyID
		},
	}
}

// signed makes the request that an honest client sends, signed by the SDK.
func signed(t *testing.T, at time.Time, region, service string) *http.Request {
	t.Helper()
	r := &http.Request{
		Method: "POST", Host: host, URL: &url.URL{Opaque: "//" + host + "/echo/a%20b", RawQuery: "b=2&a=%20&a=1&c"}, ContentLength: int64(len(payload)),
		Header: http.Header{"Content-Type": {"text/plain"}, "X-Amz-Content-Sha256": {hash([]byte(payload))}},
	}
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hash([]byte(payload)), service, region, at); err != nil {
		t.Fatal(err)
	}
	r.RequestURI = "/echo/a%20b?b=2&a=%20&a=1&c"
	return r
}

// TestVerify changes an honest request, one part in each row.
func TestVerify(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	del := func(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }
	auth := func(old, with string) func(*http.Request) {
		return func(r *http.Request) {
			was := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(was, old, with, 1))
			if r.Header.Get("Authorization") == was {
				panic("nothing changed")
			}
		}
	}
	uri := func(uri string) func(*http.Request) { return func(r *http.Request) { r.RequestURI = uri } }
	tests := []struct {
		name, why     string
		change        func(*http.Request)
		code, message string // "" is accepted
	}{
		{"nothing", "the honest request", func(*http.Request) {}, "", ""},
		{"unsigned header added", "CloudFront adds Via and others", set("Via", "1.1 cloudfront"), "", ""},
		{"x-amz-cf-id added", "CloudFront adds it after signing", set("X-Amz-Cf-Id", "x=="), "", ""},
		{"query in another order", "it is sorted before it is signed", uri("/echo/a%20b?c&a=1&a=%20&b=2"), "", ""},
		{"query encoded otherwise", "it is decoded before it is encoded", uri("/echo/a%20b?%62=%32&a=+&a=1&c="), "", ""},
		{"spaces in the header", "they mean nothing", auth(", ", ","), "", ""},

		{"no authorization", "unsigned", del("Authorization"), accessDenied, "Forbidden."},
		{"presigned", "a signature in the query is not simulated", uri("/?X-Amz-Signature=abc"), accessDenied, "Forbidden."},
		{"bearer", "another scheme", set("Authorization", "Bearer x"), incompleteSignature, "requires the algorithm AWS4-HMAC-SHA256"},
		{"two authorizations", "which one?", func(r *http.Request) { r.Header.Add("Authorization", "x") }, incompleteSignature, "once"},
		{"no credential", "required", auth("Credential=", "X="), incompleteSignature, "requires 'Credential' parameter"},
		{"no signature", "required", auth("Signature=", "X="), incompleteSignature, "requires 'Signature' parameter"},
		{"no signed headers", "required", auth("SignedHeaders=", "X="), incompleteSignature, "requires 'SignedHeaders' parameter"},
		{"parameter twice", "which one?", auth("Signature=", "Signature=0, Signature="), incompleteSignature, "'Signature' more than once"},
		{"short scope", "five parts", auth("/lambda", ""), incompleteSignature, "5 slash-delimited elements"},
		{"other terminator", "aws4_request", auth("aws4_request", "aws5_request"), incompleteSignature, "aws4_request"},
		{"no date", "required", del("X-Amz-Date"), incompleteSignature, "X-Amz-Date"},
		{"bad date", "ISO 8601, basic", set("X-Amz-Date", "2026-11-22T12:00:00Z"), incompleteSignature, "ISO-8601"},
		{"other day in scope", "must be that of the date", auth("/20261122/", "/20261121/"), invalidSignature, "'20261121' != '20261122'"},
		{"other region in scope", "must be the URL's", auth("ap-northeast-1", "us-east-1"), invalidSignature, "Credential should be scoped to a valid region, not 'us-east-1'."},
		{"other service in scope", "must be lambda", auth("/lambda/", "/s3/"), invalidSignature, "Credential should be scoped to correct service: 'lambda'."},
		{"host not signed", "else a request could be sent elsewhere", auth("host;", ""), invalidSignature, "'Host' or ':authority' must be a 'SignedHeader'"},
		{"x-amz header not signed", "all must be", set("X-Amz-Invocation-Type", "Event"), invalidSignature, "'X-Amz-Invocation-Type' must be a 'SignedHeader'"},
		{"signed headers unsorted", "the canonical form is sorted", auth("content-length;content-type", "content-type;content-length"), incompleteSignature, "sorted"},
		{"signed header gone", "it would be signed as empty", del("Content-Type"), invalidSignature, mismatch},
		{"one signed header fewer", "the list itself is signed", auth("content-type;", ""), invalidSignature, mismatch},
		{"signed header changed", "signed", set("Content-Type", "text/html"), invalidSignature, mismatch},
		{"signed header repeated", "signed with all its values", func(r *http.Request) { r.Header.Add("Content-Type", "text/html") }, invalidSignature, mismatch},
		{"unknown key", "nobody's", auth("ASIAEXAMPLE", "ASIAOTHER"), unrecognizedClient, invalidToken},
		{"other token", "a mangled one", set("X-Amz-Security-Token", token+"x"), unrecognizedClient, invalidToken},
		{"no token", "temporary credentials have one", func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") }, invalidSignature, mismatch},
		{"two tokens", "which one?", func(r *http.Request) { r.Header.Add("X-Amz-Security-Token", "x") }, unrecognizedClient, invalidToken},
		{"other date", "signed", set("X-Amz-Date", "20261122T120001Z"), invalidSignature, mismatch},
		{"other method", "signed", func(r *http.Request) { r.Method = "PUT" }, invalidSignature, mismatch},
		{"other host", "signed", func(r *http.Request) { r.Host = "127.0.0.1:8080" }, invalidSignature, mismatch},
		{"other path", "signed", uri("/echo/a%20c?b=2&a=%20&a=1&c"), invalidSignature, mismatch},
		{"path encoded otherwise", "the path is signed as on the wire", uri("/echo/%61%20b?b=2&a=%20&a=1&c"), invalidSignature, mismatch},
		{"other query value", "signed", uri("/echo/a%20b?b=3&a=%20&a=1&c"), invalidSignature, mismatch},
		{"query pair dropped", "signed", uri("/echo/a%20b?b=2&a=%20&c"), invalidSignature, mismatch},
		{"query pair added", "signed", uri("/echo/a%20b?b=2&a=%20&a=1&c&d"), invalidSignature, mismatch},
		{"unreadable pair added", "the SDK drops it unsigned", uri("/echo/a%20b?b=2&a=%20&a=1&c&d=%zz"), invalidSignature, mismatch},
		{"pair with semicolon added", "the SDK drops it unsigned", uri("/echo/a%20b?b=2&a=%20&a=1&c&x=1;y=2"), invalidSignature, mismatch},
		{"empty segment", "ambiguous", uri("/echo//a%20b?b=2&a=%20&a=1&c"), invalidSignature, mismatch},
		{"dot segment", "ambiguous", uri("/echo/./a%20b?b=2&a=%20&a=1&c"), invalidSignature, mismatch},
		{"absolute target", "no path", uri("http://" + host + "/echo"), invalidSignature, mismatch},
		{"unsigned payload", "not accepted by Lambda", set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), invalidSignature, mismatch},
		{"two payload hashes", "which one?", func(r *http.Request) { r.Header.Add("X-Amz-Content-Sha256", hash(nil)) }, invalidSignature, mismatch},
		{"other signature", "flipped", auth("Signature=", "Signature=0"), invalidSignature, mismatch},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := signed(t, clock, "ap-northeast-1", "lambda")
			test.change(r)
			_, err := verifier().Verify(r, []byte(payload))
			expect(t, test.why, err, test.code, test.message)
		})
	}
}

func TestVerifyBody(t *testing.T) {
	r := signed(t, clock, "ap-northeast-1", "lambda")
	_, err := verifier().Verify(r, []byte("another body"))
	expect(t, "the body is hashed as it came", err, invalidSignature, mismatch)

	r = signedTarget(t, "/", nil)
	_, err = verifier().Verify(r, []byte(payload))
	expect(t, "x-amz-content-sha256 is not required", err, "", "")
	_, err = verifier().Verify(r, []byte("another body"))
	expect(t, "but the body is signed all the same", err, invalidSignature, mismatch)

	r = signedTarget(t, "/", http.Header{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}})
	_, err = verifier().Verify(r, []byte(payload))
	expect(t, "x-amz-content-sha256 must be the hash, even if the right one was signed", err, invalidSignature, mismatch)
}

// TestVerifyAmbiguousPath signs paths whose meaning AWS does not state, as the SDK does, and has them refused all the same.
func TestVerifyAmbiguousPath(t *testing.T) {
	tests := []struct {
		name, why, path string
		accepted        bool
	}{
		{"root", "no segment at all", "/", true},
		{"trailing slash", "one is common", "/echo/", true},
		{"encoded dots", "they are dots for nobody but the signer", "/%2e%2e/a", true},
		{"three dots", "a name", "/.../a", true},
		{"leading empty", "empty", "//echo", false},
		{"middle empty", "empty", "/echo//a", false},
		{"trailing empty", "two slashes are one too many", "/echo//", false},
		{"dot", "normalised by most signers", "/echo/./a", false},
		{"dot at the end", "normalised by most signers", "/echo/.", false},
		{"two dots", "normalised by most signers", "/echo/../a", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := verifier().Verify(signedTarget(t, test.path, nil), []byte(payload))
			if (err == nil) != test.accepted || !test.accepted && !strings.Contains(detail(err), "empty or dot segment") {
				t.Errorf("%s: %s: %v: %s", test.why, test.path, err, detail(err))
			}
		})
	}
}

func TestVerifyHeadersTheSDKNeverSigns(t *testing.T) {
	r := signedTarget(t, "/", nil)
	r.Header.Set("User-Agent", "a")
	auth, _ := parseAuthorization(r)
	auth.signedHeaders = []string{"host", "user-agent", "x-amz-date", "x-amz-security-token"}
	a := &attempt{r: r, auth: auth, credentials: credentials, signedAt: clock, path: "/", body: []byte(payload)}
	signature := a.signature(a.canonicalRequest(a.readings()[0]))
	r.Header.Set("Authorization", algorithm+" Credential=ASIAEXAMPLE/20261122/ap-northeast-1/lambda/aws4_request, SignedHeaders="+
		strings.Join(auth.signedHeaders, ";")+", Signature="+signature)
	_, err := verifier().Verify(r, []byte(payload))
	expect(t, "it cannot be verified", err, invalidSignature, mismatch)
	if !strings.Contains(detail(err), "among host;user-agent;x-amz-date;x-amz-security-token is a header that the verifier's signer never signs") {
		t.Errorf("the detail does not say why:\n%s", detail(err))
	}
}

// signedTarget makes a request for a target, with a body, signed by the SDK.
func signedTarget(t *testing.T, target string, header http.Header) *http.Request {
	t.Helper()
	if header == nil {
		header = http.Header{}
	}
	r := &http.Request{Method: "POST", Host: host, URL: &url.URL{Opaque: "//" + host + target}, Header: header, RequestURI: target}
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hash([]byte(payload)), "lambda", "ap-northeast-1", clock); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerifyClock(t *testing.T) {
	tests := []struct {
		name, why string
		at        time.Time
		message   string // "" is accepted
	}{
		{"5 minutes old", "the skew allowed", clock.Add(-skew), ""},
		{"older", "one second too old", clock.Add(-skew - time.Second), "Signature expired: 20261122T115459Z is now earlier than 20261122T115500Z (20261122T120000Z - 5 min.)"},
		{"5 minutes ahead", "the skew allowed", clock.Add(skew), ""},
		{"further ahead", "one second too far", clock.Add(skew + time.Second), "Signature not yet current: 20261122T120501Z is still later than 20261122T120500Z (20261122T120000Z + 5 min.)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := verifier().Verify(signed(t, test.at, "ap-northeast-1", "lambda"), []byte(payload))
			code := ""
			if test.message != "" {
				code = invalidSignature
			}
			expect(t, test.why, err, code, test.message)
		})
	}
}

func expect(t *testing.T, why string, err error, code, message string) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Errorf("%s: refused: %v\n%s", why, err, detail(err))
		}
		return
	}
	refusal, ok := err.(*Error)
	if !ok || refusal.Code != code || !strings.Contains(refusal.Message, message) {
		t.Errorf("%s: got %v, want %s: …%s…", why, err, code, message)
	}
	if strings.Contains(detail(err), secret) || strings.Contains(detail(err), token) {
		t.Errorf("the detail holds a secret:\n%s", refusal.Detail)
	}
}
