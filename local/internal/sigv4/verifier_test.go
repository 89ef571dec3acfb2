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

// signedRequest makes the request that an honest client sends, signed by the SDK.
func signedRequest(t *testing.T, at time.Time, region, service string) *http.Request {
	t.Helper()
	r := &http.Request{
		Method: "POST", Host: host,
		URL:           &url.URL{Opaque: "//" + host + "/echo/a%20b", RawQuery: "b=2&a=%20&a=1&c"},
		ContentLength: int64(len(payload)),
		Header:        http.Header{"Content-Type": {"text/plain"}, "X-Amz-Content-Sha256": {hash([]byte(payload))}},
	}
	err := v4.NewSigner().SignHTTP(context.Background(), credentials, r,
		hash([]byte(payload)), service, region, at)
	if err != nil {
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
		{name: "nothing", why: "the honest request", change: func(*http.Request) {}},
		{
			name: "unsigned header added", why: "CloudFront adds Via and others",
			change: set("Via", "1.1 cloudfront"),
		},
		{name: "x-amz-cf-id added", why: "CloudFront adds it after signing", change: set("X-Amz-Cf-Id", "x==")},
		{
			name: "query in another order", why: "it is sorted before it is signed",
			change: uri("/echo/a%20b?c&a=1&a=%20&b=2"),
		},
		{
			name: "query encoded otherwise", why: "it is decoded before it is encoded",
			change: uri("/echo/a%20b?%62=%32&a=+&a=1&c="),
		},
		{name: "spaces in the header", why: "they mean nothing", change: auth(", ", ",")},

		{
			name: "no authorization", why: "unsigned",
			change: del("Authorization"), code: accessDenied, message: "Forbidden.",
		},
		{
			name: "bearer", why: "another scheme",
			change: set("Authorization", "Bearer x"), code: incompleteSignature,
			message: "requires the algorithm AWS4-HMAC-SHA256",
		},
		{
			name: "two authorizations", why: "nobody can tell which one counts",
			change: func(r *http.Request) { r.Header.Add("Authorization", "x") },
			code:   incompleteSignature, message: "once",
		},
		{
			name: "no credential", why: "required",
			change: auth("Credential=", "X="), code: incompleteSignature,
			message: "requires 'Credential' parameter",
		},
		{
			name: "no signature", why: "required",
			change: auth("Signature=", "X="), code: incompleteSignature,
			message: "requires 'Signature' parameter",
		},
		{
			name: "no signed headers", why: "required",
			change: auth("SignedHeaders=", "X="), code: incompleteSignature,
			message: "requires 'SignedHeaders' parameter",
		},
		{
			name: "parameter twice", why: "nobody can tell which one counts",
			change: auth("Signature=", "Signature=0, Signature="), code: incompleteSignature,
			message: "'Signature' more than once",
		},
		{
			name: "short scope", why: "five parts",
			change: auth("/lambda", ""), code: incompleteSignature,
			message: "5 slash-delimited elements",
		},
		{
			name: "other terminator", why: "aws4_request",
			change: auth("aws4_request", "aws5_request"), code: incompleteSignature,
			message: "aws4_request",
		},
		{
			name: "no date", why: "required",
			change: del("X-Amz-Date"), code: incompleteSignature, message: "X-Amz-Date",
		},
		{
			name: "bad date", why: "ISO 8601, basic",
			change: set("X-Amz-Date", "2026-11-22T12:00:00Z"), code: incompleteSignature,
			message: "ISO-8601",
		},
		{
			name: "other day in scope", why: "must be that of the date",
			change: auth("/20261122/", "/20261121/"), code: invalidSignature,
			message: "'20261121' != '20261122'",
		},
		{
			name: "other region in scope", why: "must be the URL's",
			change: auth("ap-northeast-1", "us-east-1"), code: invalidSignature,
			message: "Credential should be scoped to a valid region, not 'us-east-1'.",
		},
		{
			name: "other service in scope", why: "must be lambda",
			change: auth("/lambda/", "/s3/"), code: invalidSignature,
			message: "Credential should be scoped to correct service: 'lambda'.",
		},
		{
			name: "host not signed", why: "else a request could be sent elsewhere",
			change: auth("host;", ""), code: invalidSignature,
			message: "'Host' or ':authority' must be a 'SignedHeader'",
		},
		{
			name: "x-amz header not signed", why: "all must be",
			change: set("X-Amz-Invocation-Type", "Event"), code: invalidSignature,
			message: "'X-Amz-Invocation-Type' must be a 'SignedHeader'",
		},
		{
			name: "signed headers unsorted", why: "the canonical form is sorted",
			change: auth("content-length;content-type", "content-type;content-length"),
			code:   incompleteSignature, message: "sorted",
		},
		{
			name: "signed header gone", why: "it would be signed as empty",
			change: del("Content-Type"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "one signed header fewer", why: "the list itself is signed",
			change: auth("content-type;", ""), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "signed header changed", why: "signed",
			change: set("Content-Type", "text/html"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "signed header repeated", why: "signed with all its values",
			change: func(r *http.Request) { r.Header.Add("Content-Type", "text/html") },
			code:   invalidSignature, message: mismatchMessage,
		},
		{
			name: "unknown key", why: "nobody's",
			change: auth("ASIAEXAMPLE", "ASIAOTHER"), code: unrecognizedClient, message: invalidTokenMessage,
		},
		{
			name: "other token", why: "a mangled one",
			change: set("X-Amz-Security-Token", token+"x"), code: unrecognizedClient,
			message: invalidTokenMessage,
		},
		{
			name: "no token", why: "temporary credentials have one",
			change: func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") },
			code:   invalidSignature, message: mismatchMessage,
		},
		{
			name: "two tokens", why: "nobody can tell which one counts",
			change: func(r *http.Request) { r.Header.Add("X-Amz-Security-Token", "x") },
			code:   unrecognizedClient, message: invalidTokenMessage,
		},
		{
			name: "other date", why: "signed",
			change: set("X-Amz-Date", "20261122T120001Z"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "other method", why: "signed",
			change: func(r *http.Request) { r.Method = "PUT" }, code: invalidSignature,
			message: mismatchMessage,
		},
		{
			name: "other host", why: "signed",
			change: func(r *http.Request) { r.Host = "127.0.0.1:8080" }, code: invalidSignature,
			message: mismatchMessage,
		},
		{
			name: "other path", why: "signed",
			change: uri("/echo/a%20c?b=2&a=%20&a=1&c"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "path encoded otherwise", why: "the path is signed as on the wire",
			change: uri("/echo/%61%20b?b=2&a=%20&a=1&c"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "other query value", why: "signed",
			change: uri("/echo/a%20b?b=3&a=%20&a=1&c"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "query pair dropped", why: "signed",
			change: uri("/echo/a%20b?b=2&a=%20&c"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "query pair added", why: "signed",
			change: uri("/echo/a%20b?b=2&a=%20&a=1&c&d"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "unreadable pair added", why: "the SDK drops it unsigned",
			change: uri("/echo/a%20b?b=2&a=%20&a=1&c&d=%zz"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "pair with semicolon added", why: "the SDK drops it unsigned",
			change: uri("/echo/a%20b?b=2&a=%20&a=1&c&x=1;y=2"), code: invalidSignature,
			message: mismatchMessage,
		},
		{
			name: "empty segment", why: "ambiguous",
			change: uri("/echo//a%20b?b=2&a=%20&a=1&c"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "dot segment", why: "ambiguous",
			change: uri("/echo/./a%20b?b=2&a=%20&a=1&c"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "absolute target", why: "no path",
			change: uri("http://" + host + "/echo"), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "unsigned payload", why: "not accepted by Lambda",
			change: set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), code: invalidSignature,
			message: mismatchMessage,
		},
		{
			name: "no payload hash", why: "the header is there and empty",
			change: set("X-Amz-Content-Sha256", ""), code: invalidSignature, message: mismatchMessage,
		},
		{
			name: "two payload hashes", why: "nobody can tell which one counts",
			change: func(r *http.Request) { r.Header.Add("X-Amz-Content-Sha256", hash([]byte(payload))) },
			code:   invalidSignature, message: mismatchMessage,
		},
		{
			name: "other signature", why: "one digit is added",
			change: auth("Signature=", "Signature=0"), code: invalidSignature, message: mismatchMessage,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := signedRequest(t, clock, "ap-northeast-1", "lambda")
			test.change(r)
			_, err := verifier().Verify(r, []byte(payload))
			expect(t, test.why, err, test.code, test.message)
		})
	}
}

func TestVerifyBody(t *testing.T) {
	r := signedRequest(t, clock, "ap-northeast-1", "lambda")
	_, err := verifier().Verify(r, []byte("another body"))
	expect(t, "the body is hashed as it came", err, invalidSignature, mismatchMessage)

	r = signedTarget(t, "/", nil)
	_, err = verifier().Verify(r, []byte(payload))
	expect(t, "x-amz-content-sha256 is not required", err, "", "")
	_, err = verifier().Verify(r, []byte("another body"))
	expect(t, "the body is signed without x-amz-content-sha256 too", err, invalidSignature, mismatchMessage)

	r = signedTarget(t, "/", http.Header{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}})
	_, err = verifier().Verify(r, []byte(payload))
	expect(
		t, "x-amz-content-sha256 must be the hash, even if the right one was signed", err, invalidSignature,
		mismatchMessage,
	)

	twice := func(r *http.Request) {
		r.Header["X-Amz-Content-Sha256"] = []string{hash([]byte(payload)), hash([]byte("another body"))}
	}
	_, err = verifier().Verify(signedByReader(t, "/", payload, twice, "x-amz-content-sha256"), []byte(payload))
	expect(t, "nobody can tell which of two hashes counts, even if both are signed", err, invalidSignature,
		mismatchMessage)
}

// TestVerifyAmbiguousPath signs paths whose meaning AWS does not state, as the SDK does. The verifier must refuse
// them.
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
			explained := strings.Contains(detail(err), "empty or dot segment")
			if (err == nil) != test.accepted || !test.accepted && !explained {
				t.Errorf("%s: %s: %v: %s", test.why, test.path, err, detail(err))
			}
		})
	}
}

// signedTarget makes a request for a target, with a body, signed by the SDK.
func signedTarget(t *testing.T, target string, header http.Header) *http.Request {
	t.Helper()
	if header == nil {
		header = http.Header{}
	}
	r := &http.Request{
		Method: "POST", Host: host, URL: &url.URL{Opaque: "//" + host + target}, Header: header,
		RequestURI: target,
	}
	err := v4.NewSigner().SignHTTP(context.Background(), credentials, r,
		hash([]byte(payload)), "lambda", "ap-northeast-1", clock)
	if err != nil {
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
		{name: "5 minutes old", why: "the skew allowed", at: clock.Add(-maxSkew)},
		{
			name: "older", why: "one second too old",
			at: clock.Add(-maxSkew - time.Second),
			message: "Signature expired: 20261122T115459Z is now earlier than 20261122T115500Z " +
				"(20261122T120000Z - 5 min.)",
		},
		{name: "5 minutes ahead", why: "the skew allowed", at: clock.Add(maxSkew)},
		{
			name: "further ahead", why: "one second too far",
			at: clock.Add(maxSkew + time.Second),
			message: "Signature not yet current: 20261122T120501Z is still later than 20261122T120500Z " +
				"(20261122T120000Z + 5 min.)",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := verifier().Verify(signedRequest(t, test.at, "ap-northeast-1", "lambda"), []byte(payload))
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
		t.Errorf("the detail holds a secret:\n%s", detail(err))
	}
}
