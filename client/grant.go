// Package client calls Lambda Function URLs of auth type AWS_IAM.
//
// A [Transport] signs for them with the credentials of any aws.CredentialsProvider. A server that has a role gives it
// the role's default credentials. Any other program gives it a [GrantProvider], which leases a function through
// POST /grant of Furl's CredentialGrant.
//
//	lease := &client.GrantProvider{GrantURL: grantURL, Function: "summarise", Authorize: addToken}
//	functions := &http.Client{Transport: &client.Transport{Credentials: lease}}
//	response, err := functions.Post(functionURL+"/", "text/plain", strings.NewReader(text))
//
// A Transport also calls a CloudFront distribution whose edge signer verifies tokens. It adds the program's token there
// and signs nothing.
package client

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// renewalMargin is how long before its end a lease is renewed. It is half the lease's time if that is less.
	renewalMargin = 2 * time.Minute

	// waitingMargin is how long before a lease's end callers wait for the renewal. Until then they get the old lease. A
	// request with the old lease might arrive too late after that.
	waitingMargin = 10 * time.Second

	// retryInterval is how long after a failed renewal the next one is tried.
	retryInterval = 10 * time.Second

	// grantTimeout is for one request to /grant. API Gateway answers it within 29 s.
	grantTimeout = 30 * time.Second
)

// GrantProvider is an aws.CredentialsProvider that leases one function. The first caller fetches the lease. There is
// only one request to /grant at a time, however many callers wait for it.
//
// The renewal starts with the first call in the last 2 minutes of a lease. It starts in its second half for leases of
// less than 4 minutes. Callers get the old lease meanwhile, and in its last 10 seconds they wait for the new one. A
// failed renewal is tried again after 10 seconds while the old lease holds. After its end every call asks for a lease.
// Nothing runs between calls.
//
// The fields must not change once the provider is in use. It is safe for concurrent use, and must not be copied.
type GrantProvider struct {
	// GrantURL is where to POST. It is https, or http on this machine.
	GrantURL string

	// Function is the name of the function, "" for the only one.
	Function string

	// Authorize adds the header or parameter that the grant's authorizer reads, such as a token. nil adds nothing.
	Authorize func(*http.Request) error

	// HTTPClient sends the request to /grant. It follows no redirects, because a token must not travel on. nil is a
	// client with net/http's defaults.
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

// refresh is one request to /grant. Many callers may wait for it.
type refresh struct {
	done  chan struct{}
	lease *Lease
	err   error
}

// Retrieve returns the lease's credentials.
func (p *GrantProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	lease, err := p.Lease(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return lease.Credentials, nil
}

// Lease returns the lease, which it fetches or renews if necessary. It returns the old lease if a renewal fails while
// the old one still holds. An error is a [*GrantError] if /grant answered.
func (p *GrantProvider) Lease(ctx context.Context) (*Lease, error) {
	current, r := p.begin(ctx)
	if r == nil || current != nil && time.Until(current.Credentials.Expires) > waitingMargin {
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

// begin returns the lease that holds, nil for none. It also returns the request for another one, nil if it is too
// early for that.
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
		// The request goes on for the other callers when the first one gives up.
		go p.refresh(context.WithoutCancel(ctx), p.pending)
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
	p.pending, p.renewAt = nil, now.Add(retryInterval)
	if r.err == nil {
		remaining := r.lease.Credentials.Expires.Sub(now)
		p.lease, p.renewAt = r.lease, now.Add(remaining-min(renewalMargin, remaining/2))
	}
	close(r.done)
}
