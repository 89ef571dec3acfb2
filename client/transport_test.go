package client_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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
		w.Header().Set("X-Target", r.RequestURI)
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
		{"query", "written strictly, so that a plus means one thing, in its own order", "GET", "/x?b=2&a=a+b&a=%E3%81%82&bare", nil, "", ""},
		{"escaped path", "encoded twice for service lambda", "PUT", "/a%20b/%E3%81%82/c+d", strings.NewReader("x"), "", ""},
		{"trailing slash", "a path of its own", "GET", "/x/", nil, "", ""},
		{"body of a stream", "cannot be hashed beforehand", "POST", "/", io.MultiReader(strings.NewReader("x")), "", "GetBody"},
		{"dot segment", "AWS does not say how it is verified", "GET", "/a/../b", nil, "", "dot segment"},
		{"empty segment", "likewise", "GET", "/a//b", nil, "", "dot segment"},
		{"encoded dot segment", "some readers decode before they split", "GET", "/a/%2e%2E/b", nil, "", "dot segment"},
		{"dot segment between encoded slashes", "likewise", "GET", "/a%2F..%5Cb", nil, "", "dot segment"},
		{"dots in a name", "no dot segment", "GET", "/a..b/.well-known/...", nil, "", ""},
		{"broken escape in the query", "readers differ", "GET", "/?a=%zz", nil, "", "broken or not UTF-8"},
		{"escape that is not UTF-8", "readers differ", "GET", "/?a=%FF", nil, "", "broken or not UTF-8"},
		{"signature in the query", "signed twice", "GET", "/?X-Amz-Signature=x", nil, "", "parameter X-Amz-Signature"},
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

// A redirect of the function leads to nobody who would get a signature, the owner of another Function URL least of all.
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
		{"lease", "it is for one function", provider(&grants{lasts: time.Hour}), first, another, 1, "another host"},
		{"role", "another Function URL may be anybody's", role, first, another, 1, "another host"},
		{"role on this machine", "likewise", role, "http://127.0.0.1:1111/", "http://127.0.0.1:2222/", 1, "another host"},
		{"role, elsewhere", "no Function URL", role, first, "https://other.example/", 1, "another host"},
		{"role, another path", "the same function", role, first, first + "next", 2, ""},
		{"lease for another", "asked for directly", provider(&grants{lasts: time.Hour}), another, "", 0, "the lease is for " + first},
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
			functions := &http.Client{Transport: &client.Transport{Credentials: row.credentials, Region: "eu-west-1", Base: base}}
			_, err := functions.Post(row.from, "text/plain", strings.NewReader("x"))
			if failed := err != nil; failed != (row.fails != "") || failed && !strings.Contains(err.Error(), row.fails) || calls != row.calls {
				t.Errorf("%s: %v, %d calls", row.why, err, calls)
			}
		})
	}
}

// TestCachedGrantProvider: behind a cache neither the leased function nor the server's clock could be seen.
func TestCachedGrantProvider(t *testing.T) {
	transport := &client.Transport{Credentials: aws.NewCredentialsCache(provider(&grants{lasts: time.Hour}))}
	_, err := (&http.Client{Transport: transport}).Get("https://abc.lambda-url.eu-west-1.on.aws/")
	if err == nil || !strings.Contains(err.Error(), "give the GrantProvider itself") {
		t.Errorf("%v", err)
	}
}

// TestRefusedRequests: what http.NewRequest does not make.
func TestRefusedRequests(t *testing.T) {
	const url = "https://abc.lambda-url.eu-west-1.on.aws/"
	for _, row := range []struct {
		name, why, url string
		spoil          func(*http.Request)
		says           string
	}{
		{"another Host", "the signature would be for it", url, func(r *http.Request) { r.Host = "other.example" }, "Host is other.example"},
		{"an opaque URL", "it is sent as it is", url, func(r *http.Request) { r.URL.Opaque = "//other.example/" }, "opaque"},
		{"a header in lower case", "the same header", url, func(r *http.Request) { r.Header["x-amz-date"] = []string{"x"} }, "x-amz-date"},
		{"another host, with Region", "Region is for this machine only", "https://other.example/", func(*http.Request) {}, "other.example is not one"},
		{"a password", "it would be in every error", "https://me:secret-word@abc.lambda-url.eu-west-1.on.aws/", func(*http.Request) {}, "user or password"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sent := false
			transport := &client.Transport{
				Credentials: credentials.NewStaticCredentialsProvider("AKIA", "x", ""), Region: "eu-west-1",
				Base: roundTripper(func(*http.Request) (*http.Response, error) { sent = true; return nil, errors.New("sent") }),
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, row.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			row.spoil(r)
			if _, err := transport.RoundTrip(r); err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "secret-word") || sent {
				t.Errorf("%s: %v, sent %t", row.why, err, sent)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestBareRequest: http.Client takes a request without method, headers and body for a GET, and so must the signature.
func TestBareRequest(t *testing.T) {
	secret := aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret"}
	target, err := url.Parse(verified(t, secret, 0).URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &client.Transport{Credentials: credentials.StaticCredentialsProvider{Value: secret}, Region: "eu-west-1"}
	response, err := transport.RoundTrip(&http.Request{URL: target})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("answered %d", response.StatusCode)
	}
}

// TestRandomRequests: whatever may be in a path, a query and a body arrives as it was signed.
func TestRandomRequests(t *testing.T) {
	secret := aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret", SessionToken: "the-token"}
	server := verified(t, secret, 0)
	functions := &http.Client{Transport: &client.Transport{Credentials: credentials.StaticCredentialsProvider{Value: secret}, Region: "eu-west-1"}}
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
		r, err := http.NewRequestWithContext(t.Context(), []string{"POST", "PUT", "PATCH", "DELETE"}[random.IntN(4)], server.URL+path+"?"+query.Encode(), strings.NewReader(body))
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
	transport := &client.Transport{Credentials: credentials.NewStaticCredentialsProvider("AKIA", "x", ""), Region: "eu-west-1"}
	if _, err := (&http.Client{Transport: transport}).Get("http://abc.lambda-url.eu-west-1.on.aws/"); err == nil || !strings.Contains(err.Error(), "not https") {
		t.Errorf("%v", err)
	}
}
