package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/client"
)

// grants answers /grant without a network, so that it runs by synctest's clock.
type grants struct {
	asked  atomic.Int64
	lasts  time.Duration // how long each lease lasts
	ahead  time.Duration // how far its clock is ahead
	delay  time.Duration // how long each answer takes
	status int           // 0 is 200, with a lease
	body   string        // of other statuses
}

func (g *grants) RoundTrip(r *http.Request) (*http.Response, error) {
	g.asked.Add(1)
	select {
	case <-time.After(g.delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	now := time.Now().Add(g.ahead)
	text, _ := json.Marshal(map[string]string{
		"FuncUrl": "https://abc.lambda-url.eu-west-1.on.aws/", "Region": "eu-west-1",
		"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "the-secret", "SessionToken": "the-token",
		"Expiration": now.Add(g.lasts).Format(time.RFC3339), "ServerTime": now.Format(time.RFC3339),
	})
	body, status := string(text), http.StatusOK
	if g.status != 0 {
		body, status = g.body, g.status
	}
	header := http.Header{"Retry-After": {"2"}, "Location": {"https://elsewhere.example/"}}
	return &http.Response{
		StatusCode: status,
		Header:     header,
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}, nil
}

func provider(g *grants) *client.GrantProvider {
	return &client.GrantProvider{GrantURL: "https://api.example/Prod/grant", HTTPClient: &http.Client{Transport: g}}
}

func TestFiveHundredCallersMakeOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grants{lasts: 15 * time.Minute, delay: time.Second}
		p := provider(g)
		var group sync.WaitGroup
		for range 500 {
			group.Go(func() {
				if c, err := p.Retrieve(t.Context()); err != nil || c.AccessKeyID != "ASIAEXAMPLE" {
					t.Errorf("%v, %v", c.AccessKeyID, err)
				}
			})
		}
		group.Wait()
		if n := g.asked.Load(); n != 1 {
			t.Errorf("500 callers made %d calls", n)
		}
	})
}

// TestRenewal: a lease is renewed before its end, and callers get the old one meanwhile.
func TestRenewal(t *testing.T) {
	for _, row := range []struct {
		name, why string
		lasts     time.Duration
		renews    time.Duration // since the first call
	}{
		{"15 minutes", "2 minutes before the end", 15 * time.Minute, 13 * time.Minute},
		{"2 minutes", "half its time, where that is less", 2 * time.Minute, time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &grants{lasts: row.lasts, ahead: time.Hour}
				p := provider(g)
				first := retrieve(t, p)
				if left := time.Until(first.Expires); left > row.lasts || left < row.lasts-2*time.Second {
					t.Errorf("by this machine's clock it lasts %s", left)
				}
				time.Sleep(row.renews - 2*time.Second) // the times of an answer are whole seconds
				if retrieve(t, p); g.asked.Load() != 1 {
					t.Errorf("%s: renewed too early", row.why)
				}
				time.Sleep(3 * time.Second)
				g.delay = 5 * time.Second
				start := time.Now()
				if c := retrieve(t, p); time.Since(start) != 0 || !c.Expires.Equal(first.Expires) {
					t.Error("the caller waited for the renewal, though the old lease holds for long")
				}
				time.Sleep(6 * time.Second)
				if c := retrieve(t, p); g.asked.Load() != 2 || !c.Expires.After(first.Expires) {
					t.Errorf("%s: %d calls, expires %s after %s", row.why, g.asked.Load(), c.Expires, first.Expires)
				}
			})
		})
	}
}

// TestRenewalFails: callers get the old lease as long as it holds, and the error afterwards. The renewal is tried every
// 10 seconds.
func TestRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grants{lasts: 15 * time.Minute}
		p := provider(g)
		retrieve(t, p)
		g.status, g.body = 503, `{"error":"Unavailable","message":"later"}`
		time.Sleep(13*time.Minute + time.Second)
		for range 100 { // 50 seconds
			retrieve(t, p)
			time.Sleep(500 * time.Millisecond)
		}
		if n := g.asked.Load() - 1; n != 5 {
			t.Errorf("%d tries in 50 seconds", n)
		}
		time.Sleep(65 * time.Second) // 4 seconds are left
		if retrieve(t, p).AccessKeyID == "" {
			t.Error("the lease still holds")
		}
		time.Sleep(5 * time.Second)
		before := g.asked.Load()
		for range 2 {
			var refused *client.GrantError
			if _, err := p.Retrieve(t.Context()); !errors.As(err, &refused) {
				t.Fatalf("after its end: %v", err)
			}
			if refused.StatusCode != 503 || refused.Code != "Unavailable" || refused.RetryAfter != 2*time.Second {
				t.Errorf("after its end: %+v", refused)
			}
		}
		if n := g.asked.Load() - before; n != 2 {
			t.Errorf("a lease that has ended was asked for %d times in 2 calls", n)
		}
	})
}

// TestLastSeconds: shortly before the end callers wait for the new lease. A request with the old one might arrive too
// late.
func TestLastSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grants{lasts: 15 * time.Minute}
		p := provider(g)
		first := retrieve(t, p)
		g.delay = 5 * time.Second
		time.Sleep(15*time.Minute - 9*time.Second)
		start := time.Now()
		if c := retrieve(t, p); time.Since(start) != g.delay || !c.Expires.After(first.Expires) {
			t.Errorf("after %s: expires %s", time.Since(start), c.Expires)
		}
	})
}

// TestSlowAnswer: the time that an answer takes is not added to the lease's.
func TestSlowAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grants{lasts: 15 * time.Minute, delay: 20 * time.Second}
		start := time.Now()
		if c := retrieve(t, provider(g)); c.Expires.After(start.Add(15 * time.Minute)) {
			t.Errorf("expires %s after it was asked for", c.Expires.Sub(start))
		}
	})
}

func retrieve(t *testing.T, p *client.GrantProvider) aws.Credentials {
	t.Helper()
	c, err := p.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A caller that gives up returns at once. The other callers get their lease.
func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grants{lasts: 15 * time.Minute, delay: 10 * time.Second}
		p := provider(g)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		patient := make(chan error, 1)
		go func() {
			time.Sleep(time.Millisecond)
			_, err := p.Retrieve(t.Context())
			patient <- err
		}()
		if _, err := p.Retrieve(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		if err := <-patient; err != nil || g.asked.Load() != 1 {
			t.Errorf("%d calls, %v", g.asked.Load(), err)
		}
	})
}

func TestBadGrants(t *testing.T) {
	for _, row := range []struct {
		name, why, url, body string
		status               int
		says                 string
	}{
		{
			name: "http", why: "a token would be readable on the way",
			url: "http://api.example/grant", says: "not https",
		},
		{
			name: "a password in the URL", why: "it would be in every error",
			url: "https://me:secret-word@api.example/grant", says: "user or password",
		},
		{name: "no URL", why: "a typing error", url: "api.example/secret-grant", says: "not a whole URL"},
		{
			name: "ended already", why: "it could not be used",
			url: "https://api.example/grant", body: strings.Replace(lease, "T01:", "T00:", 1), status: 200,
			says: "not after its ServerTime",
		},
		{
			name: "redirect", why: "a token must not travel on",
			url: "https://api.example/grant", status: 302, says: "302",
		},
		{
			name: "refused", why: "in the grant's own words",
			url: "https://api.example/grant", body: `{"error":"NoSubject","message":"nobody"}`, status: 403,
			says: "403 NoSubject: nobody",
		},
		{
			name: "a page", why: "another server",
			url: "https://api.example/grant", body: "<html>secret-page", status: 404, says: "check GrantURL",
		},
		{
			name: "not a lease", why: "a 200 of something else",
			url: "https://api.example/grant", body: `{"FuncUrl":"https://x/"}`, status: 200, says: "has no",
		},
		{
			name: "http in the answer", why: "credentials would be used over http",
			url: "https://api.example/grant", body: strings.Replace(lease, "https://", "http://", 1),
			status: 200, says: "not https",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := provider(&grants{lasts: time.Hour, status: row.status, body: row.body})
			p.GrantURL = row.url
			_, err := p.Retrieve(t.Context())
			if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", row.why, err)
			}
		})
	}
}

const lease = `{
	"FuncUrl": "https://abc.example/", "Region": "eu-west-1",
	"AccessKeyId": "ASIA", "SecretAccessKey": "the-secret", "SessionToken": "t",
	"Expiration": "2026-01-01T01:00:00Z", "ServerTime": "2026-01-01T00:00:00Z"
}`

// TestQuotedToken: no error has the token in it, although the gateway's answer has.
func TestQuotedToken(t *testing.T) {
	for _, quote := range []string{
		"Invalid key=value pair in Authorization header: 'Bearer the-users-token'.",
		"the-users-token",
	} {
		p := provider(&grants{status: 403, body: `{"error":"DEFAULT_4XX","message":"` + quote + `"}`})
		p.Authorize = func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer the-users-token")
			return nil
		}
		_, err := p.Retrieve(t.Context())
		if err == nil || strings.Contains(err.Error(), "the-users-token") || !strings.Contains(err.Error(), "403") {
			t.Errorf("%v", err)
		}
	}
}

// TestAuthorizeFails: nothing is sent if Authorize fails.
func TestAuthorizeFails(t *testing.T) {
	g := &grants{lasts: time.Hour}
	p := provider(g)
	missing := errors.New("nobody is logged in")
	p.Authorize = func(*http.Request) error { return missing }
	if _, err := p.Retrieve(t.Context()); !errors.Is(err, missing) || g.asked.Load() != 0 {
		t.Errorf("%v, %d calls", err, g.asked.Load())
	}
}

// TestUnreachableGrant: the error does not have the URL in it. An authorizer may take a token from the query.
func TestUnreachableGrant(t *testing.T) {
	p := provider(nil)
	p.HTTPClient.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("no connection")
	})
	p.Authorize = func(r *http.Request) error {
		r.URL.RawQuery = "token=the-users-token"
		return nil
	}
	_, err := p.Retrieve(t.Context())
	if text := fmt.Sprint(err); !strings.Contains(text, "no connection") || strings.Contains(text, "the-users-token") {
		t.Errorf("%v", err)
	}
}

// TestWallClock: a lease ends by the wall clock, which goes on while a machine sleeps.
func TestWallClock(t *testing.T) {
	if c := retrieve(t, provider(&grants{lasts: time.Hour})); c.Expires != c.Expires.Round(0) {
		t.Errorf("%s is by the monotonic clock", c.Expires)
	}
}
