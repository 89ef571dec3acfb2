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
	"github.com/aws/smithy-go/logging"
)

// attempt is one request with all that goes into its signature.
type attempt struct {
	r           *http.Request
	auth        *authorization
	credentials aws.Credentials
	signedAt    time.Time
	path, query string // as on the wire
	body        []byte
	otherHosts  []string // of the verifier
}

// matches tells whether the client's signature is the SDK's, over the body that really came.
func (a *attempt) matches() bool {
	payloadHash := hash(a.body)
	if claimed := a.r.Header.Values("X-Amz-Content-Sha256"); len(claimed) > 1 || len(claimed) == 1 && claimed[0] != payloadHash {
		return false
	}
	computed, refusal := parseAuthorization(a.sign(payloadHash, nil))
	return refusal == nil && subtle.ConstantTimeCompare([]byte(computed.signature), []byte(a.auth.signature)) == 1
}

// sign returns a copy of the request, with what the client says it signed and nothing else, signed by the SDK. record, unless
// nil, gets the canonical request.
func (a *attempt) sign(payloadHash string, record func(canonicalRequest string)) *http.Request {
	signed := &http.Request{
		Method: a.r.Method,
		Host:   a.r.Host,
		// Opaque is the only form in which the signer takes a path byte for byte; without a scheme it leaves the port in Host.
		URL:    &url.URL{Opaque: "//" + a.r.Host + a.path, RawQuery: a.query},
		Header: http.Header{},
	}
	for _, name := range a.auth.signedHeaders {
		switch name {
		case "host": // is in signed.Host
		case "content-length": // the signer takes it from here, and leaves it out where it is 0
			signed.ContentLength = a.r.ContentLength
		default:
			key := http.CanonicalHeaderKey(name)
			signed.Header[key] = slices.Clone(a.r.Header[key])
		}
	}
	// A signer for each request: it caches derived keys by access key id, whatever the secret.
	signer := v4.NewSigner(func(options *v4.SignerOptions) {
		options.LogSigning = record != nil
		options.Logger = logging.LoggerFunc(func(_ logging.Classification, _ string, parts ...any) { record(parts[0].(string)) })
	})
	err := signer.SignHTTP(context.Background(), a.credentials, signed, payloadHash, a.auth.service, a.auth.region, a.signedAt)
	if err != nil {
		signed.Header.Del("Authorization") // then it matches nothing
	}
	return signed
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
