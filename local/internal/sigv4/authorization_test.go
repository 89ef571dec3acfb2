package sigv4

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestVerifySignatureInQuery puts parameters of a presigned request beside a signed header. The signed header is
// valid over the whole query, so only the parameter's name can refuse the request.
func TestVerifySignatureInQuery(t *testing.T) {
	for _, row := range []struct {
		name, why, query string
		refused          string // the parameter that the detail names, or "" for accepted
	}{
		{name: "signature", why: "a second one", query: "X-Amz-Signature=abc", refused: "X-Amz-Signature"},
		{name: "expiry", why: "of a presigned request", query: "a=1&X-Amz-Expires=60", refused: "X-Amz-Expires"},
		{name: "date", why: "a second one", query: "X-Amz-Date=20261122T120000Z", refused: "X-Amz-Date"},
		{name: "headers", why: "a second list", query: "X-Amz-SignedHeaders=host", refused: "X-Amz-SignedHeaders"},
		{name: "algorithm", why: "a second one", query: "X-Amz-Algorithm=x", refused: "X-Amz-Algorithm"},
		{name: "credential", why: "a second one", query: "X-Amz-Credential=x", refused: "X-Amz-Credential"},
		{name: "token", why: "a second one", query: "X-Amz-Security-Token=x", refused: "X-Amz-Security-Token"},
		{name: "encoded", why: "means the same", query: "%58-Amz-Signature=abc", refused: "X-Amz-Signature"},
		{name: "all encoded", why: "means the same", query: "%58%2D%61mz%2dExpires=1", refused: "X-amz-Expires"},
		{name: "lower case", why: "nobody documents the case", query: "b&x-amz-signature=", refused: "x-amz-signature"},
		{name: "bare", why: "a name without a value", query: "X-Amz-Signature", refused: "X-Amz-Signature"},
		{name: "in a value", why: "no name", query: "a=X-Amz-Signature%3Dabc"},
		{name: "encoded twice", why: "another name", query: "%2558-Amz-Signature=abc"},
		{name: "longer name", why: "another name", query: "X-Amz-Signature-2=abc"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &http.Request{
				Method: "POST", Host: host, URL: &url.URL{Opaque: "//" + host + "/", RawQuery: row.query},
				Header: http.Header{}, RequestURI: "/?" + row.query,
			}
			err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hash([]byte(payload)), "lambda",
				"ap-northeast-1", clock)
			if err != nil {
				t.Fatal(err)
			}
			_, err = verifier().Verify(r, []byte(payload))
			if row.refused == "" {
				expect(t, row.why, err, "", "")
				return
			}
			expect(t, row.why, err, accessDenied, forbiddenMessage)
			if !strings.Contains(detail(err), "the parameter "+row.refused+" of a presigned request") {
				t.Errorf("the detail does not name %s:\n%s", row.refused, detail(err))
			}
			r.Header.Del("Authorization")
			_, err = verifier().Verify(r, []byte(payload))
			expect(t, "presigned requests are not simulated", err, accessDenied, forbiddenMessage)
		})
	}
}
