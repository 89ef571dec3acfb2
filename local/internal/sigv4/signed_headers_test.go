package sigv4

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestVerifySignedHeaders signs headers that the SDK's signer leaves out. SigV4 lets a client sign any header that
// arrives (IAM User Guide, reference_sigv-create-signed-request). The readers of the tests sign, which share no code
// with the verifier. Each signature must end to hold once the header changes or does not arrive.
func TestVerifySignedHeaders(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	length := func(length int64, text string) func(*http.Request) {
		return func(r *http.Request) { r.ContentLength = length; r.Header.Set("Content-Length", text) }
	}
	for _, row := range []struct {
		name, why, signed string
		set, change, drop func(*http.Request)
		body              string
	}{
		{
			name: "user agent", why: "aws4 signs what the caller sets", signed: "user-agent",
			set: header("User-Agent", "curl/8  (x)"), change: header("User-Agent", "Amazon CloudFront"),
			drop: header("User-Agent", ""), body: payload,
		},
		{
			name: "trace", why: "a traced client sets it before it signs", signed: "x-amzn-trace-id",
			set:    header("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678"),
			change: header("X-Amzn-Trace-Id", "Root=1-67891234-abcdef012345678912345678"),
			drop:   func(r *http.Request) { r.Header.Del("X-Amzn-Trace-Id") }, body: payload,
		},
		{
			name: "no length", why: "aws4 signs content-length of a POST without a body", signed: "content-length",
			set: length(0, "0"), change: length(1, "1"),
			drop: func(r *http.Request) { r.Header.Del("Content-Length") },
		},
		{
			name: "length", why: "the SDK's signer takes this one", signed: "content-length",
			set: length(6, "6"), change: length(7, "7"), body: payload,
			drop: func(r *http.Request) { r.ContentLength = -1; r.Header.Del("Content-Length") },
		},
		{
			name: "expect", why: "curl sends it with a large body", signed: "expect",
			set: header("Expect", "100-continue"), change: header("Expect", "200-ok"),
			drop: func(r *http.Request) { r.Header.Del("Expect") }, body: payload,
		},
		{
			name: "chunked", why: "net/http keeps it outside of the header map", signed: "transfer-encoding",
			set:    func(r *http.Request) { r.TransferEncoding, r.ContentLength = []string{"chunked"}, -1 },
			change: func(r *http.Request) { r.TransferEncoding = []string{"gzip"} },
			drop:   func(r *http.Request) { r.TransferEncoding = nil }, body: payload,
		},
		{
			name: "connection", why: "no hop's business, and allowed", signed: "connection",
			set: header("Connection", "close"), change: header("Connection", "keep-alive"),
			drop: func(r *http.Request) { r.Header.Del("Connection") }, body: payload,
		},
		{
			name: "user agent and cookies", why: "several, one of them repeated", signed: "cookie;user-agent",
			set: func(r *http.Request) {
				r.Header["Cookie"] = []string{"a=1", "b=2"}
				r.Header.Set("User-Agent", "x")
			},
			change: func(r *http.Request) { r.Header["Cookie"] = []string{"b=2", "a=1"} },
			drop:   func(r *http.Request) { r.Header.Del("Cookie") }, body: payload,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := signedByReader(t, "/", row.body, row.set, strings.Split(row.signed, ";")...)
			_, err := verifier().Verify(r, []byte(row.body))
			expect(t, row.why, err, "", "")

			row.change(r)
			_, err = verifier().Verify(r, []byte(row.body))
			expect(t, "changed on the way", err, invalidSignature, mismatchMessage)

			row.set(r)
			_, err = verifier().Verify(r, []byte(row.body+"x"))
			expect(t, "another body", err, invalidSignature, mismatchMessage)

			row.drop(r)
			_, err = verifier().Verify(r, []byte(row.body))
			expect(t, "removed on the way", err, invalidSignature, mismatchMessage)
		})
	}
}

// TestVerifySignedTrailer checks that the detail of a refusal names the header, since net/http takes it away.
func TestVerifySignedTrailer(t *testing.T) {
	r := signedByReader(t, "/", payload, func(r *http.Request) { r.Header.Set("Trailer", "x") }, "trailer")
	r.Header.Del("Trailer") // as net/http does
	_, err := verifier().Verify(r, []byte(payload))
	expect(t, "not simulated", err, invalidSignature, mismatchMessage)
	if !strings.Contains(detail(err), `signed a header "trailer" that did not arrive`) {
		t.Errorf("the detail does not name the header:\n%s", detail(err))
	}
}

// TestVerifyOrderOfQuery takes a query that has one order by decoded names, and another by encoded ones. The
// specification sorts by encoded ones.
func TestVerifyOrderOfQuery(t *testing.T) {
	for _, names := range [][]string{nil, {"user-agent"}} {
		set := func(r *http.Request) { r.Header.Set("User-Agent", "x") }
		r := signedByReader(t, "/?~=1&%C3%A9=2&a=3", payload, set, names...)
		_, err := verifier().Verify(r, []byte(payload))
		expect(t, "%C3%A9 comes first", err, "", "")
		r.RequestURI = "/?~=1&%C3%A9=2&a=4"
		_, err = verifier().Verify(r, []byte(payload))
		expect(t, "another value", err, invalidSignature, mismatchMessage)
	}
}

// signedByReader makes a request for a target, signed by a reader. The signature is over the named headers, host,
// date and token.
func signedByReader(t *testing.T, target, body string, set func(*http.Request), names ...string) *http.Request {
	t.Helper()
	r := &http.Request{
		Method: "POST", Host: host, RequestURI: target, ContentLength: int64(len(body)), Header: http.Header{
			"X-Amz-Date": {clock.Format(timeFormat)}, "X-Amz-Security-Token": {token},
		},
	}
	set(r)
	c := claim{
		day: clock.Format(dayFormat), region: "ap-northeast-1", service: "lambda",
		signedHeaders: append([]string{"host", "x-amz-date", "x-amz-security-token"}, names...),
	}
	slices.Sort(c.signedHeaders)
	onWire := *r
	onWire.Header = r.Header.Clone()
	if r.TransferEncoding != nil {
		onWire.Header["Transfer-Encoding"] = r.TransferEncoding
	}
	canonical := reader{plusIsSpace: true}.canonicalRequest(&onWire, c.signedHeaders, hash([]byte(body)))
	r.Header.Set("Authorization", algorithm+" Credential=ASIAEXAMPLE/"+c.day+"/ap-northeast-1/lambda/aws4_request, "+
		"SignedHeaders="+strings.Join(c.signedHeaders, ";")+
		", Signature="+signatureOf(canonical, clock.Format(timeFormat), c, secret))
	return r
}
