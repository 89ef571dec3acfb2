package client

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// isDistribution reports whether a URL is below the DistributionURL.
func (t *Transport) isDistribution(u *url.URL) bool {
	origin := u.Scheme + "://" + u.Host
	return u.Host != "" && origin == strings.TrimSuffix(t.DistributionURL, "/")
}

// throughDistribution sends a request with the token. It is sent again after a 401 if Authorize then adds another one.
func (t *Transport) throughDistribution(r *http.Request) (*http.Response, error) {
	first, err := t.authorize(r)
	if err != nil {
		return nil, fmt.Errorf("call a distribution: %w", err)
	}
	response, err := t.base().RoundTrip(first)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	second, err := t.authorize(r)
	if err == nil && maps.EqualFunc(first.Header, second.Header, slices.Equal) {
		closeBody(second)
		return response, nil
	}
	// A connection can be used again once the answer has been read.
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswerBytes)
	response.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("call a distribution after a 401: %w", err)
	}
	return t.base().RoundTrip(second)
}

// authorize returns a copy of the request with the token and with a body of its own. The edge signer signs by the
// body's hash if it does not see the whole body. A GET and a HEAD have no hash, as those of the browser module.
func (t *Transport) authorize(r *http.Request) (*http.Request, error) {
	if t.Authorize == nil {
		return nil, errors.New("the Transport has a DistributionURL and no Authorize: set both")
	}
	if err := checkSecure(t.DistributionURL); err != nil {
		return nil, fmt.Errorf("DistributionURL: %w", err)
	}
	if err := checkRedirect(r); err != nil {
		return nil, err
	}
	hash, err := bodyHash(r)
	if err != nil {
		return nil, err
	}
	authorized := r.Clone(r.Context())
	authorized.Body = nil
	if authorized.Header == nil {
		authorized.Header = http.Header{}
	}
	if r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodHead {
		authorized.Header.Set("X-Amz-Content-Sha256", hash)
	}
	if err := t.Authorize(authorized); err != nil {
		return nil, fmt.Errorf("authorize the request: %w", err)
	}
	if r.Body != nil && r.Body != http.NoBody {
		if authorized.Body, err = r.GetBody(); err != nil {
			return nil, fmt.Errorf("read the body: %w", err)
		}
	}
	return authorized, nil
}
