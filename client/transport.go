package client

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Transport is an http.RoundTripper that signs requests for Function URLs. It signs for nobody else: another host is an error, also after
// a redirect. Bodies are hashed beforehand, so each must be one that can be read twice, as those are that http.NewRequest knows
// (bytes.Reader, bytes.Buffer, strings.Reader), or have GetBody. It is safe for concurrent use.
type Transport struct {
	// Credentials sign: a [*GrantProvider], or any other provider, such as the default one of an aws.Config. Wrap one that does not keep
	// what it gets into aws.NewCredentialsCache; a GrantProvider keeps its lease itself.
	Credentials aws.CredentialsProvider

	// Region to sign for where the host does not say it, which https://<id>.lambda-url.<region>.on.aws does and a lease too.
	Region string

	// Base sends the signed request. nil is http.DefaultTransport.
	Base http.RoundTripper
}

var functionHost = regexp.MustCompile(`^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$`)

// RoundTrip signs a copy of the request and sends it, once.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	signed, err := t.sign(r)
	if err != nil {
		if r.Body != nil {
			r.Body.Close() // as a RoundTripper must
		}
		return nil, err
	}
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	return base.RoundTrip(signed)
}

func (t *Transport) sign(r *http.Request) (*http.Request, error) {
	credentials, region, skew, err := t.credentials(r)
	if err != nil {
		return nil, err
	}
	if err := checkSecure(r.URL.String()); err != nil {
		return nil, fmt.Errorf("sign for a Function URL: %w", err)
	}
	if err := checkPath(r.URL); err != nil {
		return nil, err
	}
	hash, err := bodyHash(r)
	if err != nil {
		return nil, err
	}
	signed := r.Clone(r.Context())
	if signed.URL.RawQuery, err = strictQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	for name := range signed.Header {
		if name == "Authorization" || strings.HasPrefix(name, "X-Amz-") {
			return nil, fmt.Errorf("sign for a Function URL: the header %s is the signature's: leave it out", name)
		}
	}
	signed.Header.Set("X-Amz-Content-Sha256", hash)
	at := time.Now().Add(skew)
	// Only what nothing on the way changes is signed: the signer is shown these headers, and no others.
	bare := &http.Request{Method: signed.Method, URL: signed.URL, Host: signed.Host, Header: http.Header{"X-Amz-Content-Sha256": {hash}}}
	if err := v4.NewSigner().SignHTTP(r.Context(), credentials, bare, hash, "lambda", region, at); err != nil {
		return nil, fmt.Errorf("sign for a Function URL: %w", err)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		if value := bare.Header.Get(name); value != "" {
			signed.Header.Set(name, value)
		}
	}
	return signed, nil
}

// credentials are those for the request's host, with the region to sign for.
func (t *Transport) credentials(r *http.Request) (credentials aws.Credentials, region string, skew time.Duration, err error) {
	if t.Credentials == nil {
		return credentials, "", 0, errors.New("sign for a Function URL: the Transport has no Credentials")
	}
	if provider, ok := t.Credentials.(*GrantProvider); ok {
		lease, err := provider.Lease(r.Context())
		if err != nil {
			return credentials, "", 0, err
		}
		if leased, err := url.Parse(lease.FunctionURL); err != nil || leased.Host != r.URL.Host || leased.Scheme != r.URL.Scheme {
			return credentials, "", 0, fmt.Errorf("sign for a Function URL: the lease is for %s, not for %s", lease.FunctionURL, r.URL.Host)
		}
		return lease.Credentials, lease.Region, lease.Skew, nil
	}
	region = t.Region
	if named := functionHost.FindStringSubmatch(r.URL.Host); named != nil {
		region = named[1]
	}
	if region == "" {
		return credentials, "", 0, fmt.Errorf("sign for a Function URL: %s is not one: set Region for a host of another form", r.URL.Host)
	}
	credentials, err = t.Credentials.Retrieve(r.Context())
	if err != nil {
		return credentials, "", 0, fmt.Errorf("sign for a Function URL: %w", err)
	}
	return credentials, region, 0, nil
}

// checkPath refuses what AWS does not document how its verifier reads.
func checkPath(u *url.URL) error {
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if err != nil || decoded == "." || decoded == ".." || segment == "" && i < len(segments)-1 {
			return fmt.Errorf("sign for a Function URL: the path %q has an empty or dot segment: write it without", u.EscapedPath())
		}
	}
	return nil
}

// strictQuery writes a query so that every reader takes it for the same: a space is %20, each pair has its "=", pairs keep their order.
func strictQuery(query string) (string, error) {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		var err error
		for _, text := range []*string{&name, &value} {
			var decoded string
			if decoded, err = url.QueryUnescape(*text); err != nil {
				return "", fmt.Errorf("sign for a Function URL: the query cannot be read: %w", err)
			}
			*text = strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20")
		}
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "&"), nil
}

// bodyHash is the SHA-256 of the body, in hex; what is sent afterwards is another reader of the same.
func bodyHash(r *http.Request) (string, error) {
	hash := sha256.New()
	if r.Body != nil && r.Body != http.NoBody {
		if r.GetBody == nil {
			return "", errors.New("sign for a Function URL: the body can be read once only, and it is hashed before it is sent: give a bytes.Reader or strings.Reader, or set GetBody")
		}
		body, err := r.GetBody()
		if err != nil {
			return "", fmt.Errorf("sign for a Function URL: read the body: %w", err)
		}
		_, err = io.Copy(hash, body)
		if closing := body.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return "", fmt.Errorf("sign for a Function URL: read the body: %w", err)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
