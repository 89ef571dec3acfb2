package client

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Transport is an http.RoundTripper that signs requests for Function URLs. It is safe for concurrent use.
//
// It signs for no other host. Another host is an error, also after a redirect. Paths with empty or dot segments,
// parameters and headers that begin with x-amz-, and an Authorization header are errors too. Requests for the
// DistributionURL have the program's own token in place of a signature.
//
// A body is hashed before it is sent, so it is read twice. A bytes.Reader, a bytes.Buffer and a strings.Reader can be
// read twice, since http.NewRequest knows them. For another body set the request's GetBody.
//
// A Function URL takes an event of 6 MB (Lambda Developer Guide, gettingstarted-limits). So a text may have some 6 MB,
// and any other body 4.5 MB, since the event has it as base64. Lambda answers a longer body with 413. A Content-Type of
// text/*, application/json, application/xml or application/javascript makes a text. AWS does not list these types.
//
// A request is given to Base once, or twice if a distribution answers 401. An http.Transport may send it again on
// another connection if none of it was written, or if its method is GET, HEAD, OPTIONS or TRACE.
type Transport struct {
	// Credentials give the key to sign with. A [*GrantProvider] is used as it is, because it keeps its lease and knows
	// the leased function. Any other provider will do, such as the default one of an aws.Config. Wrap a provider that
	// does not cache its credentials in aws.NewCredentialsCache.
	Credentials aws.CredentialsProvider

	// Region is the region to sign for on this machine, for furl local. Elsewhere the region is read from the host,
	// <id>.lambda-url.<region>.on.aws, or from the lease.
	Region string

	// DistributionURL is the origin of a CloudFront distribution whose edge signer verifies the program's tokens, such
	// as "https://d123.cloudfront.net". Default: none.
	DistributionURL string

	// Authorize adds the token to a request for the DistributionURL, as its header Authorization or as a cookie. After
	// a 401 it is called once more. If the headers are others then, the request is sent again, once.
	Authorize func(*http.Request) error

	// Base sends the request. nil is http.DefaultTransport.
	Base http.RoundTripper
}

var (
	functionHost = regexp.MustCompile(`^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$`)
	signer       = v4.NewSigner() // keeps derived keys; safe for concurrent use
)

// RoundTrip signs a copy of the request and sends it. A copy for the DistributionURL gets the token.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.isDistribution(r.URL) {
		defer closeBody(r)
		return t.throughDistribution(r)
	}
	signed, err := t.sign(r)
	if err != nil {
		closeBody(r)
		return nil, fmt.Errorf("sign for a Function URL: %w", err)
	}
	return t.base().RoundTrip(signed)
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// closeBody closes the body of a request that is not sent itself, as a RoundTripper must.
func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

func (t *Transport) sign(r *http.Request) (*http.Request, error) {
	query, err := checkRequest(r)
	if err != nil {
		return nil, err
	}
	credentials, region, skew, err := t.credentials(r)
	if err != nil {
		return nil, err
	}
	hash, err := bodyHash(r)
	if err != nil {
		return nil, err
	}
	signed := r.Clone(r.Context())
	signed.URL.RawQuery = query
	if signed.Header == nil {
		signed.Header = http.Header{}
	}
	signed.Header.Set("X-Amz-Content-Sha256", hash)
	at := time.Now().Add(skew)
	// The signer gets only the headers that nothing on the way changes. It gets a copy of the URL, because it sorts the
	// query, repeated values too.
	target := *signed.URL
	bare := &http.Request{
		Method: cmp.Or(r.Method, http.MethodGet),
		URL:    &target,
		Header: http.Header{"X-Amz-Content-Sha256": {hash}},
	}
	if err := signer.SignHTTP(r.Context(), credentials, bare, hash, "lambda", region, at); err != nil {
		return nil, err
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		if value := bare.Header.Get(name); value != "" {
			signed.Header.Set(name, value)
		}
	}
	return signed, nil
}

// credentials returns the key for the request's host, the region to sign for, and how far the server's clock is ahead.
func (t *Transport) credentials(r *http.Request) (
	credentials aws.Credentials, region string, skew time.Duration, err error,
) {
	if t.Credentials == nil {
		return credentials, "", 0, errors.New("the Transport has no Credentials")
	}
	if provider, ok := t.Credentials.(*GrantProvider); ok {
		lease, err := provider.Lease(r.Context())
		if err != nil {
			return credentials, "", 0, err
		}
		leased, err := url.Parse(lease.FunctionURL)
		if err != nil || leased.Host != r.URL.Host || leased.Scheme != r.URL.Scheme {
			return credentials, "", 0, fmt.Errorf(
				"the lease is for %s, not for %s://%s", lease.FunctionURL, r.URL.Scheme, r.URL.Host)
		}
		return lease.Credentials, lease.Region, lease.Skew, nil
	}
	// config.LoadDefaultConfig puts a cache around every provider that it is given.
	if aws.IsCredentialsProvider(t.Credentials, (*GrantProvider)(nil)) {
		return credentials, "", 0, errors.New(
			"a cache hides the GrantProvider's function and its server's clock: give the GrantProvider itself")
	}
	if named := functionHost.FindStringSubmatch(r.URL.Host); named != nil {
		region = named[1]
	} else if isLocal(r.URL) {
		region = t.Region
	}
	if region == "" {
		return credentials, "", 0, fmt.Errorf(
			"%s is not one, https://<id>.lambda-url.<region>.on.aws (for furl local, set Region)", r.URL.Host)
	}
	credentials, err = t.Credentials.Retrieve(r.Context())
	return credentials, region, 0, err
}

// bodyHash is the SHA-256 of the body, in hex. It reads a copy, and the body itself is sent afterwards.
func bodyHash(r *http.Request) (string, error) {
	hash := sha256.New()
	if r.Body != nil && r.Body != http.NoBody {
		if r.GetBody == nil {
			return "", errors.New("the body can be read once only, and it is hashed before it is sent: " +
				"give a bytes.Reader or strings.Reader, or set GetBody")
		}
		body, err := r.GetBody()
		if err != nil {
			return "", fmt.Errorf("read the body: %w", err)
		}
		_, err = io.Copy(hash, body)
		if closing := body.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return "", fmt.Errorf("read the body: %w", err)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
