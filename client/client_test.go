package client_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/furl-cdk/furl/client"
)

// grants answers /grant without a network, so that synctest's clock reaches it: a lease of some minutes, by a clock that is ahead.
type grants struct {
	asked  atomic.Int64
	lasts  time.Duration
	ahead  time.Duration
	delay  time.Duration
	status int // 0: 200
	body   string
}

func (g *grants) RoundTrip(r *http.Request) (*http.Response, error) {
	g.asked.Add(1)
	time.Sleep(g.delay)
	now := time.Now().Add(g.ahead)
	text, _ := json.Marshal(map[string]string{
		"FuncUrl": "https://abc.lambda-url.eu-west-1.on.aws/", "Region": "eu-west-1", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "the-secret",
		"SessionToken": "the-token", "Expiration": now.Add(g.lasts).Format(time.RFC3339), "ServerTime": now.Format(time.RFC3339),
	})
	body, status := string(text), http.StatusOK
	if g.status != 0 {
		body, status = g.body, g.status
	}
	header := http.Header{"Retry-After": {"2"}, "Location": {"https://elsewhere.example/"}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
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

func TestRenewal(t *testing.T) {
	for _, row := range []struct {
		name, why     string
		lasts         time.Duration
		before, after time.Duration // since the first call: still the old lease; a new one
	}{
		{"15 minutes", "2 minutes before the end", 15 * time.Minute, 13*time.Minute - time.Second, 13*time.Minute + time.Second},
		{"20 seconds", "half its time, where that is less", 20 * time.Second, 9 * time.Second, 11 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &grants{lasts: row.lasts, ahead: time.Hour}
				p := provider(g)
				start := time.Now()
				for at, want := range map[time.Duration]int64{0: 1} {
					_, err := p.Retrieve(t.Context())
					if err != nil || g.asked.Load() != want {
						t.Fatalf("at %s: %d calls, %v", at, g.asked.Load(), err)
					}
				}
				time.Sleep(row.before - time.Since(start))
				if _, err := p.Retrieve(t.Context()); err != nil || g.asked.Load() != 1 {
					t.Errorf("%s: renewed too early (%d calls, %v)", row.why, g.asked.Load(), err)
				}
				time.Sleep(row.after - time.Since(start))
				c, err := p.Retrieve(t.Context())
				if err != nil || g.asked.Load() != 2 {
					t.Fatalf("%s: not renewed (%d calls, %v)", row.why, g.asked.Load(), err)
				}
				if left := time.Until(c.Expires); left > row.lasts || left < row.lasts-2*time.Second {
					t.Errorf("by this machine's clock it lasts %s", left)
				}
				g.status, g.body = 503, `{"error":"Unavailable","message":"later"}`
				time.Sleep(row.lasts - (row.lasts-row.after)/2)
				if _, err := p.Retrieve(t.Context()); err != nil {
					t.Errorf("a renewal failed while the old lease held: %v", err)
				}
				time.Sleep(row.lasts)
				var refused *client.GrantError
				if _, err := p.Retrieve(t.Context()); !errors.As(err, &refused) || refused.StatusCode != 503 || refused.Code != "Unavailable" || refused.RetryAfter != 2*time.Second {
					t.Errorf("after its end: %v", err)
				}
			})
		})
	}
}

// A caller that gives up returns at once, and those who wait on get their lease.
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
		{"http", "a token would be readable on the way", "http://api.example/grant", "", 0, "not https"},
		{"redirect", "a token must not travel on", "https://api.example/grant", "", 302, "302"},
		{"refused", "in the grant's own words", "https://api.example/grant", `{"error":"NoSubject","message":"nobody"}`, 403, "403 NoSubject: nobody"},
		{"a page", "another server", "https://api.example/grant", "<html>secret-page", 404, "check GrantURL"},
		{"not a lease", "a 200 of something else", "https://api.example/grant", `{"FuncUrl":"https://x/"}`, 200, "has no"},
		{"http in the answer", "credentials would be used over http", "https://api.example/grant", strings.Replace(lease, "https://", "http://", 1), 200, "not https"},
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

const lease = `{"FuncUrl":"https://abc.example/","Region":"eu-west-1","AccessKeyId":"ASIA","SecretAccessKey":"the-secret","SessionToken":"t","Expiration":"2026-01-01T01:00:00Z","ServerTime":"2026-01-01T00:00:00Z"}`

// verified is a Function URL that answers 200 to what AWS's signer signs likewise, from the request as it arrived.
func verified(t *testing.T, secret aws.Credentials, skew time.Duration) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:])
		at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		again, _ := http.NewRequest(r.Method, "http://"+r.Host+r.RequestURI, nil)
		again.Header.Set("X-Amz-Content-Sha256", r.Header.Get("X-Amz-Content-Sha256"))
		if err == nil {
			err = v4.NewSigner().SignHTTP(r.Context(), secret, again, hash, "lambda", "eu-west-1", at)
		}
		off := time.Until(at) - skew
		if err != nil || again.Header.Get("Authorization") != r.Header.Get("Authorization") || r.Header.Get("X-Amz-Content-Sha256") != hash || off > 5*time.Second || off < -5*time.Second {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestTransport(t *testing.T) {
	secret := aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret", SessionToken: "the-token"}
	server := verified(t, secret, 0)
	transport := &client.Transport{Credentials: credentials.StaticCredentialsProvider{Value: secret}, Region: "eu-west-1"}
	for _, row := range []struct {
		name, why, method, target string
		body                      io.Reader
		header                    string // a header of the request's own
		fails                     string // part of the error; "" for 200
	}{
		{"plain", "nothing to hash", "GET", "/", nil, "", ""},
		{"body", "hashed and sent", "POST", "/orders/1", strings.NewReader("こんにちは"), "", ""},
		{"query", "written strictly, so that the order and a plus mean one thing", "GET", "/x?b=2&a=a+b&a=%E3%81%82&bare", nil, "", ""},
		{"escaped path", "encoded twice for service lambda", "PUT", "/a%20b/%E3%81%82/c+d", strings.NewReader("x"), "", ""},
		{"trailing slash", "a path of its own", "GET", "/x/", nil, "", ""},
		{"body of a stream", "cannot be hashed beforehand", "POST", "/", io.MultiReader(strings.NewReader("x")), "", "GetBody"},
		{"dot segment", "AWS does not say how it is verified", "GET", "/a/../b", nil, "", "dot segment"},
		{"empty segment", "likewise", "GET", "/a//b", nil, "", "dot segment"},
		{"own signature", "would be signed over", "GET", "/", nil, "Authorization", "leave it out"},
		{"own x-amz header", "must be signed, and is not", "GET", "/", nil, "X-Amz-Meta", "leave it out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), row.method, server.URL+row.target, row.body)
			if err != nil {
				t.Fatal(err)
			}
			if row.header != "" {
				r.Header.Set(row.header, "x")
			}
			before := r.Clone(t.Context())
			response, err := (&http.Client{Transport: transport}).Do(r)
			if row.fails != "" {
				if err == nil || !strings.Contains(err.Error(), row.fails) {
					t.Errorf("%s: %v", row.why, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != 200 {
				t.Errorf("%s: %d", row.why, response.StatusCode)
			}
			if len(r.Header) != len(before.Header) || r.URL.String() != before.URL.String() {
				t.Error("the caller's request was changed, which a RoundTripper must not")
			}
		})
	}
}

// leased answers /grant for a Function URL on this machine.
func leased(t *testing.T, functionURL string, ahead time.Duration) *client.GrantProvider {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		now := time.Now().Add(ahead)
		_ = json.NewEncoder(w).Encode(map[string]string{
			"FuncUrl": functionURL + "/", "Region": "eu-west-1", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "the-secret", "SessionToken": "the-token",
			"Expiration": now.Add(15 * time.Minute).Format(time.RFC3339), "ServerTime": now.Format(time.RFC3339Nano),
		})
	}))
	t.Cleanup(server.Close)
	return &client.GrantProvider{GrantURL: server.URL + "/grant", Authorize: func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer token")
		return nil
	}}
}

// A machine whose clock is an hour behind signs by the server's clock.
func TestSkew(t *testing.T) {
	secret := aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret", SessionToken: "the-token"}
	server := verified(t, secret, time.Hour)
	functions := &http.Client{Transport: &client.Transport{Credentials: leased(t, server.URL, time.Hour)}}
	response, err := functions.Post(server.URL+"/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("answered %d", response.StatusCode)
	}
}

// A redirect of the function leads to nobody who would get a signature.
func TestNeverSignsForAnother(t *testing.T) {
	var calls atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer other.Close()
	function := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer function.Close()
	lease := leased(t, function.URL, 0)
	for name, transport := range map[string]*client.Transport{
		"lease": {Credentials: lease},
		"role":  {Credentials: credentials.NewStaticCredentialsProvider("AKIA", "x", "")},
	} {
		_, err := (&http.Client{Transport: transport}).Get(function.URL)
		var failed *url.Error
		if !errors.As(err, &failed) || calls.Load() != 0 {
			t.Errorf("%s: %v, %d calls elsewhere", name, err, calls.Load())
		}
	}
}

func TestPlainHTTPIsRefused(t *testing.T) {
	transport := &client.Transport{Credentials: credentials.NewStaticCredentialsProvider("AKIA", "x", ""), Region: "eu-west-1"}
	if _, err := (&http.Client{Transport: transport}).Get("http://abc.lambda-url.eu-west-1.on.aws/"); err == nil || !strings.Contains(err.Error(), "not https") {
		t.Errorf("%v", err)
	}
}
