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
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Transport is an http.RoundTripper that signs requests for Function URLs. It is safe for concurrent use.
//
// It signs for no other host. Another host is an error, also after a redirect. Paths with empty or dot segments,
// parameters and headers that begin with x-amz-, and an Authorization header are errors too.
//
// A body is hashed before it is sent, so it is read twice. A bytes.Reader, a bytes.Buffer and a strings.Reader can be
// read twice, since http.NewRequest knows them. For another body set the request's GetBody.
//
// A Function URL takes an event of 6 MB (Lambda Developer Guide, gettingstarted-limits). So a text may have some 6 MB,
// and any other body 4.5 MB, since the event has it as base64. Lambda answers a longer body with 413. A Content-Type of
// text/*, application/json, application/xml or application/javascript makes a text. AWS does not list these types.
//
// A request is given to Base once. An http.Transport may send it again on another connection if none of it was
// written, or if its method is GET, HEAD, OPTIONS or TRACE.
type Transport struct {
	// Credentials give the key to sign with. A [*GrantProvider] is used as it is, because it keeps its lease and knows
	// the leased function. Any other provider will do, such as the default one of an aws.Config. Wrap a provider that
	// does not cache its credentials in aws.NewCredentialsCache.
	Credentials aws.CredentialsProvider

	// Region is the region to sign for on this machine, for furl local. Elsewhere the region is read from the host,
	// <id>.lambda-url.<region>.on.aws, or from the lease.
	Region string

	// Base sends the signed request. nil is http.DefaultTransport.
	Base http.RoundTripper
}

var (
	functionHost = regexp.MustCompile(`^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$`)
	signer       = v4.NewSigner() // keeps derived keys; safe for concurrent use
)

// RoundTrip signs a copy of the request and sends it, once.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	signed, err := t.sign(r)
	if err != nil {
		if r.Body != nil {
			r.Body.Close() // as a RoundTripper must
		}
		return nil, fmt.Errorf("sign for a Function URL: %w", err)
	}
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	return base.RoundTrip(signed)
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

// checkRequest refuses requests that cannot be signed. It returns the query, strictly written.
func checkRequest(r *http.Request) (query string, err error) {
	if err := checkSecure(r.URL.String()); err != nil {
		return "", err
	}
	if r.URL.Opaque != "" {
		return "", errors.New("its URL is opaque: set Host and Path")
	}
	if r.Host != "" && r.Host != r.URL.Host {
		return "", fmt.Errorf(
			"the request's Host is %s and its URL's is %s: a Function URL takes its own only", r.Host, r.URL.Host)
	}
	// After a redirect http.Client sets Response. The other Function URL may be another owner's.
	if from := r.Response; from != nil && (from.Request == nil || from.Request.URL.Host != r.URL.Host) {
		return "", fmt.Errorf("a redirect leads to another host, %s", r.URL.Host)
	}
	for name := range r.Header {
		if lower := strings.ToLower(name); lower == "authorization" || strings.HasPrefix(lower, "x-amz-") {
			return "", fmt.Errorf("the header %s is the signature's: leave it out", name)
		}
	}
	if err := checkPath(r.URL); err != nil {
		return "", err
	}
	return strictQuery(r.URL.RawQuery)
}

// checkPath refuses empty and dot segments. AWS does not document how its verifier reads them.
func checkPath(u *url.URL) error {
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		// Some readers decode before they split, and some take a backslash for a slash.
		parts := strings.FieldsFunc(decoded, func(r rune) bool { return r == '/' || r == '\\' })
		dotted := slices.Contains(parts, ".") || slices.Contains(parts, "..")
		if err != nil || dotted || segment == "" && i < len(segments)-1 {
			return errors.New("its path has an empty or dot segment: write it without")
		}
	}
	return nil
}

// strictQuery writes a query in a form that all readers agree on. A space is %20, each pair has its "=", and pairs keep
// their order. It refuses parameters of a signature, because the request would be signed twice.
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
			if decoded, err = url.QueryUnescape(*text); err != nil || !utf8.ValidString(decoded) {
				return "", errors.New("its query has an escape that is broken or not UTF-8: write a literal % as %25")
			}
			*text = strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20")
		}
		if strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			return "", fmt.Errorf("its parameter %s is a signature's: leave it out", name)
		}
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "&"), nil
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
