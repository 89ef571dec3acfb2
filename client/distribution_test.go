package client_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/client"
)

// distribution is one that lets in one token. Without one it answers 401 to every request. It keeps what it got.
type distribution struct {
	*httptest.Server
	token  string
	tokens []string // as they came
	bodies []string
	hashes []string
}

func newDistribution(t *testing.T, token string) *distribution {
	t.Helper()
	d := &distribution{token: token}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.tokens = append(d.tokens, r.Header.Get("Authorization"))
		d.bodies = append(d.bodies, string(body))
		d.hashes = append(d.hashes, r.Header.Get("X-Amz-Content-Sha256"))
		if d.token == "" || r.Header.Get("Authorization") != d.token {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, "answer")
	}))
	t.Cleanup(d.Close)
	return d
}

// tokens are given by Authorize one after the other. "" is an error of Authorize.
func tokens(given ...string) func(*http.Request) error {
	return func(r *http.Request) error {
		if len(given) == 0 {
			return errors.New("asked too often")
		}
		token := given[0]
		given = given[1:]
		if token == "" {
			return errors.New("signed out")
		}
		r.Header.Set("Authorization", token)
		return nil
	}
}

func TestDistribution(t *testing.T) {
	for _, row := range []struct {
		name, why string
		method    string // GET by default
		takes     string // the token that the distribution lets in
		given     []string
		body      io.Reader
		sent      []string // tokens that arrive
		status    int      // 0 for an error
		fails     string
	}{
		{
			name: "the first token", why: "it holds", takes: "new", given: []string{"new"},
			sent: []string{"new"}, status: 200,
		},
		{
			name: "an old token", why: "the second one holds", takes: "new", given: []string{"old", "new"},
			sent: []string{"old", "new"}, status: 200,
		},
		{
			name: "an old token and a body", why: "the body is sent again", method: http.MethodPost, takes: "new",
			given: []string{"old", "new"}, body: strings.NewReader("order"), sent: []string{"old", "new"}, status: 200,
		},
		{
			name: "the same token", why: "it would be refused again", takes: "new", given: []string{"old", "old"},
			sent: []string{"old"}, status: 401,
		},
		{
			name: "two old tokens", why: "once more is enough", takes: "new", given: []string{"old", "older"},
			sent: []string{"old", "older"}, status: 401,
		},
		{
			name: "no second token", why: "the user has signed out", takes: "new", given: []string{"old", ""},
			sent: []string{"old"}, fails: "after a 401: authorize the request: signed out",
		},
		{name: "no token", why: "nothing is sent", takes: "new", given: []string{""}, fails: "signed out"},
		{
			name: "a stream", why: "it is hashed before it is sent", method: http.MethodPost, takes: "new",
			given: []string{"new"}, body: io.MultiReader(strings.NewReader("x")), fails: "GetBody",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := newDistribution(t, row.takes)
			transport := &client.Transport{DistributionURL: server.URL, Authorize: tokens(row.given...)}
			r, err := http.NewRequestWithContext(t.Context(), row.method, server.URL+"/orders?a=b", row.body)
			if err != nil {
				t.Fatal(err)
			}
			response, err := (&http.Client{Transport: transport}).Do(r)
			if !slices.Equal(server.tokens, row.sent) {
				t.Errorf("sent %q, want %q (%s)", server.tokens, row.sent, row.why)
			}
			if row.fails != "" {
				if err == nil || !strings.Contains(err.Error(), row.fails) {
					t.Errorf("error %v, want %q (%s)", err, row.fails, row.why)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if body, err := io.ReadAll(response.Body); response.StatusCode != row.status || string(body) != "answer" {
				t.Errorf("%d %q %v, want %d (%s)", response.StatusCode, body, err, row.status, row.why)
			}
			if r.Header.Get("Authorization") != "" {
				t.Error("the caller's request has changed")
			}
			server.assertBodies(t, row.body != nil)
		})
	}
}

// assertBodies wants each request with the body "order" and its hash, or with neither.
func (d *distribution) assertBodies(t *testing.T, has bool) {
	t.Helper()
	body, hash := "", ""
	if has {
		sum := sha256.Sum256([]byte("order"))
		body, hash = "order", hex.EncodeToString(sum[:])
	}
	for i := range d.tokens {
		if d.bodies[i] != body || d.hashes[i] != hash {
			t.Errorf("body %q with the hash %q, want %q with %q", d.bodies[i], d.hashes[i], body, hash)
		}
	}
}

// TestTokensStay: a token goes to the DistributionURL alone, and to no host that is not safe.
func TestTokensStay(t *testing.T) {
	server := newDistribution(t, "token")
	elsewhere := httptest.NewServer(http.RedirectHandler(server.URL+"/stolen", http.StatusTemporaryRedirect))
	t.Cleanup(elsewhere.Close)
	leaving := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(leaving.Close)
	asked := 0
	authorize := func(r *http.Request) error {
		asked++
		r.Header.Set("Authorization", "token")
		return nil
	}
	for _, row := range []struct {
		name, why string
		transport *client.Transport
		target    string
		asked     int
		fails     string
	}{
		{
			name: "another host", why: "it is no Function URL, and gets no token", target: elsewhere.URL,
			transport: &client.Transport{DistributionURL: server.URL, Authorize: authorize}, fails: "no Credentials",
		},
		{
			name: "another scheme", why: "it is another origin",
			target:    strings.Replace(server.URL, "http:", "https:", 1),
			transport: &client.Transport{DistributionURL: server.URL, Authorize: authorize}, fails: "no Credentials",
		},
		{
			name: "a redirect to another host", why: "the token stays", target: leaving.URL, asked: 1,
			transport: &client.Transport{DistributionURL: leaving.URL, Authorize: authorize},
			fails:     "redirect leads to another host",
		},
		{
			name: "http", why: "the token would be read on the way", target: "http://d123.example/",
			transport: &client.Transport{DistributionURL: "http://d123.example", Authorize: authorize},
			fails:     "not https",
		},
		{
			name: "no Authorize", why: "there is no token to add", target: server.URL,
			transport: &client.Transport{DistributionURL: server.URL}, fails: "no Authorize",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			asked, server.tokens = 0, nil
			response, err := (&http.Client{Transport: row.transport}).Get(row.target)
			if err == nil {
				response.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), row.fails) || asked != row.asked || server.tokens != nil {
				const message = "error %v, Authorize called %d times, got %q; want %q and %d (%s)"
				t.Errorf(message, err, asked, server.tokens, row.fails, row.asked, row.why)
			}
		})
	}
	t.Run("a redirect from another host", func(t *testing.T) {
		asked = 0
		r, err := http.NewRequest(http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		from, err := http.NewRequest(http.MethodGet, elsewhere.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Response = &http.Response{Request: from}
		transport := &client.Transport{DistributionURL: server.URL, Authorize: authorize}
		if _, err := transport.RoundTrip(r); err == nil || asked != 0 || server.tokens != nil {
			t.Errorf("error %v, Authorize called %d times", err, asked)
		}
	})
}
