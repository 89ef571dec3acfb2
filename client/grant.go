// Package client calls Lambda Function URLs of auth type AWS_IAM.
//
// A [Transport] signs for them. It is fed by any aws.CredentialsProvider: a server with a role of its own gives it its default
// credentials; any other program gives it a [GrantProvider], which leases a function through POST /grant of Furl's CredentialGrant.
//
//	lease := &client.GrantProvider{GrantURL: grantURL, Function: "summarise", Authorize: addToken}
//	functions := &http.Client{Transport: &client.Transport{Credentials: lease}}
//	response, err := functions.Post(functionURL+"/", "text/plain", strings.NewReader(text))
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// margin is how long before its end a lease is renewed; half its time where that is less.
	margin = 2 * time.Minute

	// last is how long before its end callers wait for the renewal, instead of getting the old lease: it might arrive too late.
	last = 10 * time.Second

	// pause is how long after a renewal that failed the next one is tried.
	pause = 10 * time.Second

	// grantTimeout is for one request to /grant, which API Gateway answers within 29 s.
	grantTimeout = 30 * time.Second

	maxAnswer = 64 << 10
)

// GrantProvider is an aws.CredentialsProvider that leases one function. The first caller fetches the lease; however many wait, there is
// one request to /grant at a time. Whoever calls in the last 2 minutes of a lease (half its time, for leases of less than 4 minutes)
// starts its renewal and gets the old one meanwhile, until 10 seconds before its end; from then on callers wait. A renewal that fails is
// tried again after 10 seconds, while the old lease holds; a lease that has ended is asked for with every call. Nothing runs between
// calls. Its fields must not change once it is in use; it is safe for concurrent use, and must not be copied.
type GrantProvider struct {
	// GrantURL is where to POST: https, or http on this machine.
	GrantURL string

	// Function is the name of the function, "" for the only one.
	Function string

	// Authorize adds what the grant's authorizer wants, such as a header with a token. nil adds nothing.
	Authorize func(*http.Request) error

	// HTTPClient sends the request to /grant; redirects are not followed, since a token must not travel on. nil is a client of its own.
	HTTPClient *http.Client

	mu      sync.Mutex
	lease   *Lease
	renewAt time.Time // when to ask for another one
	pending *refresh
}

// Lease is a lease as it was granted. It holds secrets.
type Lease struct {
	FunctionURL string // with the trailing slash
	Region      string
	Credentials aws.Credentials // Expires is by this machine's clock
	Skew        time.Duration   // how far the server's clock is ahead of this machine's
}

// refresh is one request to /grant, which many may wait for.
type refresh struct {
	done  chan struct{}
	lease *Lease
	err   error
}

// GrantError is an answer of /grant other than 200.
type GrantError struct {
	StatusCode    int
	Code, Message string        // as the answer has them
	RetryAfter    time.Duration // for whoever calls; 0 where the answer does not say
}

func (e *GrantError) Error() string {
	return fmt.Sprintf("no lease: %d %s: %s", e.StatusCode, e.Code, e.Message)
}

// Retrieve returns the lease's credentials.
func (p *GrantProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	lease, err := p.Lease(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return lease.Credentials, nil
}

// Lease returns the lease as it is, fetched or renewed if need be. Where a renewal fails while the old lease still holds, the old one is
// returned. An error is a [*GrantError] where /grant answered.
func (p *GrantProvider) Lease(ctx context.Context) (*Lease, error) {
	current, r := p.begin(ctx)
	if r == nil || current != nil && time.Until(current.Credentials.Expires) > last {
		return current, nil
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a lease: %w", ctx.Err())
	}
	if r.err != nil && current != nil && time.Now().Before(current.Credentials.Expires) {
		return current, nil
	}
	return r.lease, r.err
}

// begin returns the lease that holds, nil for none, and the request for another one where it is time for that.
func (p *GrantProvider) begin(ctx context.Context) (current *Lease, r *refresh) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.lease != nil && now.Before(p.lease.Credentials.Expires) {
		current = p.lease
	}
	if current != nil && now.Before(p.renewAt) {
		return current, nil
	}
	if p.pending == nil {
		p.pending = &refresh{done: make(chan struct{})}
		go p.refresh(context.WithoutCancel(ctx), p.pending) // it goes on for those who wait, whoever began it
	}
	return current, p.pending
}

func (p *GrantProvider) refresh(ctx context.Context, r *refresh) {
	ctx, cancel := context.WithTimeout(ctx, grantTimeout)
	defer cancel()
	r.lease, r.err = p.request(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now().Round(0)
	p.pending, p.renewAt = nil, now.Add(pause)
	if r.err == nil {
		left := r.lease.Credentials.Expires.Sub(now)
		p.lease, p.renewAt = r.lease, now.Add(left-min(margin, left/2))
	}
	close(r.done)
}

// request asks for a lease, once.
func (p *GrantProvider) request(ctx context.Context) (*Lease, error) {
	if err := checkSecure(p.GrantURL); err != nil {
		return nil, fmt.Errorf("GrantURL: %w", err)
	}
	asked := map[string]string{}
	if p.Function != "" {
		asked["function"] = p.Function
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, fmt.Errorf("ask for a lease: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.GrantURL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask for a lease: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if p.Authorize != nil {
		if err := p.Authorize(r); err != nil {
			return nil, fmt.Errorf("authorize the request for a lease: %w", err)
		}
	}
	sender := http.Client{}
	if p.HTTPClient != nil {
		sender = *p.HTTPClient
	}
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sent := time.Now().Round(0) // of the wall: the other clock stands still while a machine sleeps
	response, err := sender.Do(r)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the URL, whose query may hold a token
		}
		return nil, fmt.Errorf("ask for a lease: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the lease: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, grantError(response, answer, r.Header)
	}
	return readLease(answer, sent)
}

// grantError reads a refusal. API Gateway's own ones can quote the Authorization header or the canonical request, so an answer that has
// a word of the request's headers in it is not shown.
func grantError(response *http.Response, answer []byte, sent http.Header) error {
	var said struct{ Error, Message string }
	if json.Unmarshal(answer, &said) != nil || said.Error == "" || quotes(said.Error+" "+said.Message, sent) {
		said.Error, said.Message = http.StatusText(response.StatusCode), "the answer is not that of a CredentialGrant, or quotes a header: check GrantURL and Authorize"
	}
	failed := &GrantError{StatusCode: response.StatusCode, Code: said.Error, Message: said.Message}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		failed.RetryAfter = time.Duration(seconds) * time.Second
	}
	return failed
}

func quotes(text string, headers http.Header) bool {
	for name, values := range headers {
		for word := range strings.FieldsSeq(strings.Join(values, " ")) {
			if name != "Content-Type" && len(word) > 7 && strings.Contains(text, word) {
				return true
			}
		}
	}
	return false
}

// readLease reads the answer. The clock was read before it was asked for, so that a lease ends too early here by as long as the answer
// took, and never too late.
func readLease(answer []byte, sent time.Time) (*Lease, error) {
	var granted struct {
		FuncUrl, Region, AccessKeyId, SecretAccessKey, SessionToken string
		Expiration, ServerTime                                      time.Time
	}
	if json.Unmarshal(answer, &granted) != nil {
		return nil, errors.New("the answer of /grant is not a lease: check GrantURL")
	}
	for name, value := range map[string]string{
		"FuncUrl": granted.FuncUrl, "Region": granted.Region, "AccessKeyId": granted.AccessKeyId,
		"SecretAccessKey": granted.SecretAccessKey, "SessionToken": granted.SessionToken,
	} {
		if value == "" {
			return nil, fmt.Errorf("the answer of /grant has no %s", name)
		}
	}
	if granted.Expiration.IsZero() || granted.ServerTime.IsZero() {
		return nil, errors.New("the answer of /grant has no Expiration or no ServerTime")
	}
	if err := checkSecure(granted.FuncUrl); err != nil {
		return nil, fmt.Errorf("the answer of /grant: FuncUrl: %w", err)
	}
	left := granted.Expiration.Sub(granted.ServerTime)
	if left <= 0 {
		return nil, errors.New("the answer of /grant has an Expiration that is not after its ServerTime")
	}
	return &Lease{
		FunctionURL: granted.FuncUrl, Region: granted.Region, Skew: granted.ServerTime.Sub(sent),
		Credentials: aws.Credentials{
			AccessKeyID: granted.AccessKeyId, SecretAccessKey: granted.SecretAccessKey, SessionToken: granted.SessionToken,
			Source: "furl.GrantProvider", CanExpire: true, Expires: sent.Add(left),
		},
	}, nil
}

// checkSecure lets credentials and tokens go over https only, or to this machine. Its errors quote no more than the host: the rest of a
// URL may be secret.
func checkSecure(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return errors.New("it is not a whole URL, https://…")
	}
	if parsed.User != nil {
		return fmt.Errorf("it has a user or password before %s: leave them out", parsed.Host)
	}
	if parsed.Scheme != "https" && !(parsed.Scheme == "http" && isLocal(parsed)) {
		return fmt.Errorf("the URL of %s is not https", parsed.Host)
	}
	return nil
}

// isLocal tells whether a URL is of this machine, as those of furl local are.
func isLocal(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
