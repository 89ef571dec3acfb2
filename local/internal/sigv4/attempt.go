package sigv4

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// attempt is one request with all inputs of its signature.
type attempt struct {
	r           *http.Request
	auth        *authorization
	credentials aws.Credentials
	signedAt    time.Time
	path, query string // as on the wire
	body        []byte
	otherHosts  []string // of the verifier
}

// matches reports whether the client's signature is the one over the received body. The SDK's signer decides. It
// leaves out User-Agent, X-Amzn-Trace-Id, Expect, Transfer-Encoding and a Content-Length of 0, though a client may
// sign each header that arrives. For a signature over one of these, the text of the specification decides.
func (a *attempt) matches() bool {
	payloadHash := hash(a.body)
	if claimed := a.r.Header.Values("X-Amz-Content-Sha256"); len(claimed) > 0 && claimed[0] != payloadHash {
		return false
	}
	computed, refusal := parseAuthorization(a.sign(payloadHash))
	if refusal == nil && slices.Equal(computed.signedHeaders, a.auth.signedHeaders) {
		return a.isSignature(computed.signature)
	}
	return a.isSignature(a.signature(a.canonicalRequest(a.specified())))
}

func (a *attempt) isSignature(computed string) bool {
	return subtle.ConstantTimeCompare([]byte(computed), []byte(a.auth.signature)) == 1
}

// sign returns a copy of the request, signed by the SDK. The copy holds only the parts that the client claims to
// have signed.
func (a *attempt) sign(payloadHash string) *http.Request {
	signed := &http.Request{
		Method: a.r.Method,
		Host:   a.r.Host,
		// Only in Opaque does the signer take a path byte for byte. Without a scheme, it leaves the port in Host.
		URL:    &url.URL{Opaque: "//" + a.r.Host + a.path, RawQuery: a.query},
		Header: http.Header{},
	}
	for _, name := range a.auth.signedHeaders {
		switch name {
		case "host": // is in signed.Host
		case "content-length": // the signer reads ContentLength, and omits a length of 0
			signed.ContentLength = a.r.ContentLength
		default:
			key := http.CanonicalHeaderKey(name)
			signed.Header[key] = slices.Clone(a.r.Header[key])
		}
	}
	// Each request has a new signer. A signer caches derived keys by access key id, without regard to the secret.
	err := v4.NewSigner().SignHTTP(context.Background(), a.credentials, signed,
		payloadHash, a.auth.service, a.auth.region, a.signedAt)
	if err != nil {
		signed.Header.Del("Authorization") // then no signature matches
	}
	return signed
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
