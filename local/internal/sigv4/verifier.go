package sigv4

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	timeFormat = "20060102T150405Z"
	dayFormat  = "20060102"
)

// Verifier verifies requests to one service in one region. It is safe for concurrent use.
type Verifier struct {
	Region, Service string
	Now             func() time.Time
	Credentials     func(accessKeyID string) (aws.Credentials, bool)
	// Hosts are the service's names. A client may sign any Host that it sends. The names help a refusal to say
	// that a client signed one of them and sent another.
	Hosts []string
}

// Verify returns the access key id that signed a request. The request is as a server receives it, so r.RequestURI
// gives the path and the query as on the wire. The body must be whole. The error is an *[Error].
func (v *Verifier) Verify(r *http.Request, body []byte) (accessKeyID string, err error) {
	auth, refusal := parseAuthorization(r)
	if refusal != nil {
		return "", refusal
	}
	signedAt, refusal := v.checkScope(r, auth)
	if refusal != nil {
		return "", refusal
	}
	if refusal := checkSignedHeaders(r, auth); refusal != nil {
		return "", refusal
	}
	credentials, refusal := v.credentials(r, auth)
	if refusal != nil {
		return "", refusal
	}
	if refusal := v.checkClock(signedAt); refusal != nil {
		return "", refusal
	}
	path, query, refusal := target(r)
	if refusal != nil {
		return "", refusal
	}
	a := &attempt{r: r, auth: auth, credentials: credentials, signedAt: signedAt, path: path, query: query, body: body}
	a.otherHosts = slices.DeleteFunc(slices.Clone(v.Hosts), func(host string) bool { return host == r.Host })
	if !a.matches() {
		refusal := invalidError(mismatchMessage)
		refusal.Reason, refusal.Details = a.explain()
		return "", refusal
	}
	return auth.accessKeyID, nil
}

// checkScope compares the credential scope with the request's date and with the verifier's region and service. It
// returns the date.
func (v *Verifier) checkScope(r *http.Request, auth *authorization) (time.Time, *Error) {
	dates := r.Header.Values("X-Amz-Date")
	if len(dates) != 1 {
		refusal := incompleteError("Authorization header requires existence of " +
			"either a 'X-Amz-Date' or a 'Date' header.")
		refusal.Reason = fmt.Sprintf("the request has %d X-Amz-Date headers: send one, since Date is not simulated",
			len(dates))
		return time.Time{}, refusal
	}
	signedAt, err := time.Parse(timeFormat, dates[0])
	if err != nil {
		return time.Time{}, incompleteError("Date must be in ISO-8601 'basic format'. Got '%s'. "+
			"See http://en.wikipedia.org/wiki/ISO_8601", dates[0])
	}
	switch {
	case auth.region != v.Region:
		return time.Time{}, invalidError("Credential should be scoped to a valid region, not '%s'.", auth.region)
	case auth.service != v.Service:
		return time.Time{}, invalidError("Credential should be scoped to correct service: '%s'.", v.Service)
	case auth.date != signedAt.Format(dayFormat):
		return time.Time{}, invalidError("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "+
			"date from HTTP: '%s' != '%s', from '%s'.",
			auth.date, signedAt.Format(dayFormat), dates[0])
	}
	return signedAt, nil
}

// checkSignedHeaders requires host and every x-amz-* header to be signed (IAM User Guide,
// reference_sigv-create-signed-request). X-Amz-Cf-Id is exempt. CloudFront adds it after the edge function has
// signed, and all signers at the edge depend on this.
func checkSignedHeaders(r *http.Request, auth *authorization) *Error {
	unique := slices.Compact(slices.Clone(auth.signedHeaders))
	if !slices.IsSorted(auth.signedHeaders) || len(unique) != len(auth.signedHeaders) {
		return incompleteError("SignedHeaders must be in lower case, sorted and without repetition.")
	}
	if !slices.Contains(auth.signedHeaders, "host") {
		return invalidError("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range r.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && lower != "x-amz-cf-id" && !slices.Contains(auth.signedHeaders, lower) {
			return invalidError("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	for _, name := range auth.signedHeaders {
		if len(arrived(r, name)) == 0 {
			refusal := invalidError(mismatchMessage)
			refusal.Reason = fmt.Sprintf("the client signed a header %q that did not arrive: "+
				"something on the way removes it", name)
			return refusal
		}
	}
	if hashes := len(r.Header.Values("X-Amz-Content-Sha256")); hashes > 1 {
		refusal := invalidError(mismatchMessage)
		refusal.Reason = fmt.Sprintf("the request has %d X-Amz-Content-Sha256 headers: send one", hashes)
		return refusal
	}
	return nil
}

func (v *Verifier) credentials(r *http.Request, auth *authorization) (aws.Credentials, *Error) {
	credentials, ok := v.Credentials(auth.accessKeyID)
	if !ok {
		reason := "nobody was given the access key id " + auth.accessKeyID
		return aws.Credentials{}, &Error{Code: unrecognizedClient, Message: invalidTokenMessage, Reason: reason}
	}
	tokens := r.Header.Values("X-Amz-Security-Token")
	if credentials.SessionToken == "" && len(tokens) == 0 {
		return credentials, nil
	}
	if len(tokens) != 1 || subtle.ConstantTimeCompare([]byte(tokens[0]), []byte(credentials.SessionToken)) != 1 {
		reason := "X-Amz-Security-Token is not the session token that goes with access key id " + auth.accessKeyID
		if len(tokens) == 0 {
			reason = "X-Amz-Security-Token is missing: temporary credentials need it"
		}
		return aws.Credentials{}, &Error{Code: unrecognizedClient, Message: invalidTokenMessage, Reason: reason}
	}
	if credentials.CanExpire && !v.Now().Before(credentials.Expires) {
		reason := fmt.Sprintf("the session of access key id %s ended at %s",
			auth.accessKeyID, credentials.Expires.UTC().Format(time.RFC3339))
		return aws.Credentials{}, &Error{Code: expiredToken, Message: expiredTokenMessage, Reason: reason}
	}
	return credentials, nil
}

// target returns the path and query as on the wire. It refuses a path or query whose meaning is not certain. A
// query that is not well formed must not pass. The SDK's signer drops the part that it cannot parse, so that part
// would be unsigned.
func target(r *http.Request) (path, query string, refusal *Error) {
	path, query, _ = strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		refusal = invalidError(mismatchMessage)
		refusal.Reason = fmt.Sprintf("the request target %q is not a path", path)
		return "", "", refusal
	}
	for i, segment := range strings.Split(path[1:], "/") {
		isLast := i == strings.Count(path[1:], "/")
		if segment == "." || segment == ".." || segment == "" && !isLast {
			refusal = invalidError(mismatchMessage)
			refusal.Reason = fmt.Sprintf("the path %q has an empty or dot segment: "+
				"AWS does not say how it verifies such a path, so it is not simulated", path)
			return "", "", refusal
		}
	}
	if _, err := url.ParseQuery(query); err != nil {
		refusal = invalidError(mismatchMessage)
		refusal.Reason = fmt.Sprintf("the query cannot be read: %v", err)
		return "", "", refusal
	}
	return path, query, nil
}
