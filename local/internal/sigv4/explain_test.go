package sigv4

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// TestExplain signs with the usual mistakes. The detail must name each, with the canonical request that the
// client signed.
func TestExplain(t *testing.T) {
	const rightHead = "POST\n/echo/a%2520b\na=%20&a=1&b=2&c="
	base64Hash := hash([]byte(base64.StdEncoding.EncodeToString([]byte(payload))))
	tests := []struct {
		name, why, canonicalHead, payloadHash, want string
	}{
		{
			name: "path encoded once", why: "as for S3",
			canonicalHead: strings.Replace(rightHead, "%2520", "%20", 1),
			payloadHash:   hash([]byte(payload)), want: "the path is not encoded a second time",
		},
		{
			name: "query not sorted", why: "as sent",
			canonicalHead: strings.Replace(rightHead, "a=%20&a=1&b=2&c=", "b=2&a=%20&a=1&c=", 1),
			payloadHash:   hash([]byte(payload)),
			want:          "the signature does not match: the query is not sorted\n",
		},
		{
			name: "query raw", why: "as sent",
			canonicalHead: strings.Replace(rightHead, "a=%20&a=1&b=2&c=", "b=2&a=%20&a=1&c", 1),
			payloadHash:   hash([]byte(payload)), want: "the query is neither sorted nor encoded anew",
		},
		{
			name: "no query", why: "forgotten",
			canonicalHead: strings.Replace(rightHead, "a=%20&a=1&b=2&c=", "", 1),
			payloadHash:   hash([]byte(payload)), want: "the query is left out",
		},
		{
			name: "hash of base64", why: "the event's body taken as it is",
			canonicalHead: rightHead, payloadHash: base64Hash,
			want: "the payload hash is that of the body's base64 text",
		},
		{
			name: "unsigned payload", why: "as for S3",
			canonicalHead: rightHead, payloadHash: "UNSIGNED-PAYLOAD", want: "the payload is not signed",
		},
		{
			name: "two mistakes", why: "together",
			canonicalHead: "POST\n/echo/a%20b\n", payloadHash: hash(nil),
			want: "a second time (every service but S3 wants it); the query is left out; the payload hash is that " +
				"of an empty body",
		},
		{
			name: "another path", why: "no usual mistake",
			canonicalHead: "POST\n/other\n", payloadHash: hash([]byte(payload)),
			want: "no usual mistake gives its signature",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := signedRequest(t, clock, "ap-northeast-1", "lambda")
			r.Header.Set("X-Amz-Content-Sha256", test.payloadHash)
			auth, _ := parseAuthorization(r)
			a := &attempt{
				r: r, auth: auth, credentials: credentials, signedAt: clock, path: "/echo/a%20b",
				query: "b=2&a=%20&a=1&c", body: []byte(payload),
			}
			claimed := reading{host: variant{text: host}, payload: variant{text: test.payloadHash}}
			tail := strings.Split(a.canonicalRequest(claimed), "\n")[3:]
			signature := a.signature(test.canonicalHead + "\n" + strings.Join(tail, "\n"))
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), auth.signature, signature, 1))

			_, err := verifier().Verify(r, []byte(payload))
			expect(t, test.why, err, invalidSignature, mismatchMessage)
			text := detail(err)
			if !strings.Contains(text, test.want) {
				t.Errorf("%s: the detail does not say %q:\n%s", test.why, test.want, text)
			}
			if !strings.Contains(text, "    /echo/a%2520b\n    a=%20&a=1&b=2&c=\n    content-length:6\n") {
				t.Errorf("the verifier's canonical request is not in the detail:\n%s", text)
			}
			clientHead := strings.ReplaceAll(test.canonicalHead, "\n", "\n    ") + "\n    content-length:6\n"
			if test.name != "another path" && !strings.Contains(text, clientHead) {
				t.Errorf("the client's canonical request is not in the detail:\n%s", text)
			}
			if !strings.Contains(text, "    x-amz-security-token:(28 characters)\n") {
				t.Errorf("the token's line is not there, or not redacted:\n%s", text)
			}
		})
	}
}

// TestExplainPayloadHeader sends a hash other than the one that is signed.
func TestExplainPayloadHeader(t *testing.T) {
	set := func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }
	r := signedByReader(t, "/", payload, set, "x-amz-content-sha256")
	_, err := verifier().Verify(r, []byte(payload))
	expect(t, "the header is signed, and is not the hash that is signed", err, invalidSignature, mismatchMessage)
	const want = "the signature does not match: X-Amz-Content-Sha256 is not the hash of the body\n"
	if !strings.Contains(detail(err), want) {
		t.Errorf("the detail does not say %q:\n%s", want, detail(err))
	}
}

func TestExplainHost(t *testing.T) {
	r := signedRequest(t, clock, "ap-northeast-1", "lambda")
	r.Host = "127.0.0.1:8081"
	v := verifier()
	v.Hosts = []string{host, r.Host}
	_, err := v.Verify(r, []byte(payload))
	expect(t, "the host is signed", err, invalidSignature, mismatchMessage)
	want := "the signature does not match: it is signed for host " + host + " and was sent to 127.0.0.1:8081\n"
	if !strings.Contains(detail(err), want) {
		t.Errorf("the detail does not say %q:\n%s", want, detail(err))
	}
}
