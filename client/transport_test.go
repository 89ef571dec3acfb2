package client_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/furl-cdk/furl/client"
)

// verified is a Function URL. It signs each request as it arrived with AWS's signer, and answers 403 to a request whose
// signature differs.
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
		signed := again.Header.Get("Authorization") == r.Header.Get("Authorization") &&
			r.Header.Get("X-Amz-Content-Sha256") == hash
		if err != nil || !signed || off.Abs() > 5*time.Second {
			w.WriteHeader(http.StatusForbidden)
		}
		w.Header().Set("X-Target", r.RequestURI)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server
}

// signer signs by these credentials, on this machine for eu-west-1.
func signer(secret aws.Credentials) *client.Transport {
	return &client.Transport{Credentials: credentials.StaticCredentialsProvider{Value: secret}, Region: "eu-west-1"}
}

func TestTransport(t *testing.T) {
	secret := aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret", SessionToken: "the-token"}
	server := verified(t, secret, 0)
	transport := signer(secret)
	for _, row := range []struct {
		name, why, method, target string
		body                      io.Reader
		header                    string // a header that the caller sets
		fails                     string // part of the error; "" for 200
	}{
		{name: "plain", why: "nothing to hash", method: "GET", target: "/"},
		{name: "body", why: "hashed and sent", method: "POST", target: "/orders/1", body: strings.NewReader("こんにちは")},
		{
			name: "query", why: "written strictly, so that a plus means one thing, in its own order",
			method: "GET", target: "/x?b=2&a=a+b&a=%E3%81%82&bare",
		},
		{
			name: "escaped path", why: "encoded twice for service lambda",
			method: "PUT", target: "/a%20b/%E3%81%82/c+d", body: strings.NewReader("x"),
		},
		{name: "trailing slash", why: "a path of its own", method: "GET", target: "/x/"},
		{
			name: "body of a stream", why: "cannot be hashed beforehand",
			method: "POST", target: "/", body: io.MultiReader(strings.NewReader("x")), fails: "GetBody",
		},
		{
			name: "dot segment", why: "AWS does not say how it is verified",
			method: "GET", target: "/a/../b", fails: "dot segment",
		},
		{name: "empty segment", why: "likewise", method: "GET", target: "/a//b", fails: "dot segment"},
		{
			name: "encoded dot segment", why: "some readers decode before they split",
			method: "GET", target: "/a/%2e%2E/b", fails: "dot segment",
		},
		{
			name: "dot segment between encoded slashes", why: "likewise",
			method: "GET", target: "/a%2F..%5Cb", fails: "dot segment",
		},
		{name: "dots in a name", why: "no dot segment", method: "GET", target: "/a..b/.well-known/..."},
		{
			name: "broken escape in the query", why: "readers differ",
			method: "GET", target: "/?a=%zz", fails: "broken or not UTF-8",
		},
		{
			name: "escape that is not UTF-8", why: "readers differ",
			method: "GET", target: "/?a=%FF", fails: "broken or not UTF-8",
		},
		{
			name: "signature in the query", why: "signed twice",
			method: "GET", target: "/?X-Amz-Signature=x", fails: "parameter X-Amz-Signature",
		},
		{
			name: "own signature", why: "would be signed over",
			method: "GET", target: "/", header: "Authorization", fails: "leave it out",
		},
		{
			name: "own x-amz header", why: "must be signed, and is not",
			method: "GET", target: "/", header: "X-Amz-Meta", fails: "leave it out",
		},
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
			if row.name == "query" && response.Header.Get("X-Target") != "/x?b=2&a=a%20b&a=%E3%81%82&bare=" {
				t.Errorf("%s: sent as %s", row.why, response.Header.Get("X-Target"))
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
			"FuncUrl": functionURL + "/", "Region": "eu-west-1",
			"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "the-secret", "SessionToken": "the-token",
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

// A redirect of the function gives no other host a signature, another Function URL least of all.
func TestNeverSignsForAnother(t *testing.T) {
	const first, another = "https://abc.lambda-url.eu-west-1.on.aws/", "https://evil.lambda-url.eu-west-1.on.aws/"
	role := credentials.NewStaticCredentialsProvider("AKIA", "x", "")
	for _, row := range []struct {
		name, why   string
		credentials aws.CredentialsProvider
		from, to    string
		calls       int
		fails       string // "" for a redirect that is followed
	}{
		{
			name: "lease", why: "it is for one function",
			credentials: provider(&grants{lasts: time.Hour}), from: first, to: another, calls: 1,
			fails: "another host",
		},
		{
			name: "role", why: "another Function URL may be anybody's",
			credentials: role, from: first, to: another, calls: 1, fails: "another host",
		},
		{
			name: "role on this machine", why: "likewise",
			credentials: role, from: "http://127.0.0.1:1111/", to: "http://127.0.0.1:2222/", calls: 1,
			fails: "another host",
		},
		{
			name: "role, elsewhere", why: "no Function URL",
			credentials: role, from: first, to: "https://other.example/", calls: 1, fails: "another host",
		},
		{
			name: "role, another path", why: "the same function",
			credentials: role, from: first, to: first + "next", calls: 2,
		},
		{
			name: "lease for another", why: "asked for directly",
			credentials: provider(&grants{lasts: time.Hour}), from: another, fails: "the lease is for " + first,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			calls := 0
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				calls++
				answer := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}
				if calls == 1 {
					answer.StatusCode, answer.Header = http.StatusTemporaryRedirect, http.Header{"Location": {row.to}}
				}
				return answer, nil
			})
			transport := &client.Transport{Credentials: row.credentials, Region: "eu-west-1", Base: base}
			_, err := (&http.Client{Transport: transport}).Post(row.from, "text/plain", strings.NewReader("x"))
			expected := (err != nil) == (row.fails != "") && strings.Contains(fmt.Sprint(err), row.fails)
			if !expected || calls != row.calls {
				t.Errorf("%s: %v, %d calls", row.why, err, calls)
			}
		})
	}
}

// TestCachedGrantProvider: a cache hides the leased function and the server's clock.
func TestCachedGrantProvider(t *testing.T) {
	transport := &client.Transport{Credentials: aws.NewCredentialsCache(provider(&grants{lasts: time.Hour}))}
	_, err := (&http.Client{Transport: transport}).Get("https://abc.lambda-url.eu-west-1.on.aws/")
	if err == nil || !strings.Contains(err.Error(), "give the GrantProvider itself") {
		t.Errorf("%v", err)
	}
}

// TestRefusedRequests has requests that http.NewRequest does not make.
func TestRefusedRequests(t *testing.T) {
	const url = "https://abc.lambda-url.eu-west-1.on.aws/"
	for _, row := range []struct {
		name, why, url string
		spoil          func(*http.Request)
		says           string
	}{
		{
			name: "another Host", why: "the signature would be for it",
			url: url, spoil: func(r *http.Request) { r.Host = "other.example" }, says: "Host is other.example",
		},
		{
			name: "an opaque URL", why: "it is sent as it is",
			url: url, spoil: func(r *http.Request) { r.URL.Opaque = "//other.example/" }, says: "opaque",
		},
		{
			name: "a header in lower case", why: "the same header",
			url: url, spoil: func(r *http.Request) { r.Header["x-amz-date"] = []string{"x"} },
			says: "x-amz-date",
		},
		{
			name: "another host, with Region", why: "Region is for this machine only",
			url: "https://other.example/", spoil: func(*http.Request) {}, says: "other.example is not one",
		},
		{
			name: "a password", why: "it would be in every error",
			url: "https://me:secret-word@abc.lambda-url.eu-west-1.on.aws/", spoil: func(*http.Request) {},
			says: "user or password",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			sent := false
			transport := &client.Transport{
				Credentials: credentials.NewStaticCredentialsProvider("AKIA", "x", ""), Region: "eu-west-1",
				Base: roundTripper(func(*http.Request) (*http.Response, error) {
					sent = true
					return nil, errors.New("sent")
				}),
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, row.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			row.spoil(r)
			_, err = transport.RoundTrip(r)
			text := fmt.Sprint(err)
			if !strings.Contains(text, row.says) || strings.Contains(text, "secret-word") || sent {
				t.Errorf("%s: %v, sent %t", row.why, err, sent)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestBareRequest: http.Client takes a request without method, headers and body for a GET. The signature must too.
func TestBareRequest(t *testing.T) {
	secret := aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret"}
	target, err := url.Parse(verified(t, secret, 0).URL)
	if err != nil {
		t.Fatal(err)
	}
	response, err := signer(secret).RoundTrip(&http.Request{URL: target})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("answered %d", response.StatusCode)
	}
}

// TestRandomRequests: any path, query and body arrive as they were signed.
func TestRandomRequests(t *testing.T) {
	secret := aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret", SessionToken: "the-token"}
	server := verified(t, secret, 0)
	functions := &http.Client{Transport: signer(secret)}
	random := rand.New(rand.NewPCG(1, 2))
	text := func(alphabet string, most int) string {
		characters := []rune(alphabet)
		var b strings.Builder
		for range random.IntN(most + 1) {
			b.WriteRune(characters[random.IntN(len(characters))])
		}
		return b.String()
	}
	for range 500 {
		path := "/" + url.PathEscape(text("aZ09-_~!$&'()*+,;=:@ %あé\"<>[]{}|^`", 12))
		query := url.Values{}
		for range random.IntN(4) {
			query.Add("k"+text("ab=&+ %あ/?", 4), text("ab=&+ %あ/?!'()*~", 8))
		}
		body := text("x\x00\n&=あ", 50)
		method, target := []string{"POST", "PUT", "PATCH", "DELETE"}[random.IntN(4)], server.URL+path+"?"+query.Encode()
		r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := functions.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 200 || string(answer) != body {
			t.Fatalf("%s %s: %d", r.Method, r.URL, response.StatusCode)
		}
	}
}

func TestPlainHTTPIsRefused(t *testing.T) {
	functions := &http.Client{Transport: signer(aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "x"})}
	_, err := functions.Get("http://abc.lambda-url.eu-west-1.on.aws/")
	if err == nil || !strings.Contains(err.Error(), "not https") {
		t.Errorf("%v", err)
	}
}
