package cognito

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/furl-cdk/furl/local/internal/journal"
)

const (
	loginIssuer = "https://login.example.com/"
	loginKeys   = "https://keys.example.com/v1/keys?tenant=a"
)

// distribution is one whose origins have these custom headers.
func distribution(origins ...map[string]string) object {
	var all []any
	for _, headers := range origins {
		var list []any
		for name, value := range headers {
			list = append(list, object{"HeaderName": name, "HeaderValue": value})
		}
		all = append(all, object{"Id": "o", "DomainName": "x.example", "OriginCustomHeaders": list})
	}
	return object{"Type": "AWS::CloudFront::Distribution", "Properties": object{
		"DistributionConfig": object{"Origins": all},
	}}
}

// authorizer are an origin's headers for tokens of the issuer, and these.
func authorizer(further map[string]string) map[string]string {
	headers := map[string]string{
		"x-furl-issuer": loginIssuer, "x-furl-jwks-uri": loginKeys, "x-furl-audience": "orders",
	}
	for name, value := range further {
		headers[name] = value
	}
	return headers
}

// readOrigins reads an assembly with such a distribution "Demo/Site", and with a user pool "Demo/Pool".
func readOrigins(t *testing.T, origins ...map[string]string) (*Pools, []string) {
	t.Helper()
	pools, gaps, err := readResources(t, object{
		"Pool": object{"Type": "AWS::Cognito::UserPool"}, "Site": distribution(origins...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return pools, gaps.Lines()
}

// verifiedByKeys are the claims of a token that a key of a document must have signed.
func verifiedByKeys(t *testing.T, pools *Pools, token, keys string) jwt.MapClaims {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, keys, nil)
	response, _ := answer(pools, r)
	var set struct{ Keys []jsonWebKey }
	if err := json.Unmarshal(response.Body.Bytes(), &set); err != nil || response.Code != 200 {
		t.Fatalf("the keys: %d %s %v", response.Code, response.Body, err)
	}
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithoutClaimsValidation()).ParseWithClaims(token, claims,
		func(parsed *jwt.Token) (any, error) {
			for _, provider := range pools.Providers {
				for _, key := range provider.keys() {
					published := slices.ContainsFunc(set.Keys, func(k jsonWebKey) bool { return k.Kid == key.id })
					if published && key.id == parsed.Header["kid"] {
						return key.private.Public(), nil
					}
				}
			}
			return nil, jwt.ErrTokenUnverifiable
		})
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestProviderTokens(t *testing.T) {
	access := authorizer(map[string]string{"x-furl-token-use": "access"})
	id := authorizer(map[string]string{"x-furl-token-use": "id"})
	for _, row := range []struct {
		name, why string
		origins   []map[string]string
		signIn    ProviderSignIn
		claims    object // beside iss, sub, jti, iat and exp
		fails     string
	}{
		{
			name: "the shortest", why: "the origin names one audience",
			origins: []map[string]string{authorizer(nil)}, claims: object{"aud": "orders"},
		},
		{
			name: "another audience", why: "a test may want a refusal", origins: []map[string]string{authorizer(nil)},
			signIn: ProviderSignIn{Audiences: []string{"x"}}, claims: object{"aud": "x"},
		},
		{
			name: "two audiences", why: "aud may be a list", origins: []map[string]string{authorizer(nil)},
			signIn: ProviderSignIn{Audiences: []string{"x", "y"}}, claims: object{"aud": []any{"x", "y"}},
		},
		{
			name: "scopes and claims", why: "the function reads them", origins: []map[string]string{authorizer(nil)},
			signIn: ProviderSignIn{
				Scopes: []string{"a", "b"}, Claims: map[string]string{"tenant": "t", "nbf": "5", "client_id": "c"},
			},
			claims: object{"aud": "orders", "scope": "a b", "tenant": "t", "nbf": 5.0, "client_id": "c"},
		},
		{
			name: "an access token of a pool elsewhere", why: "it has client_id and no aud",
			origins: []map[string]string{access}, claims: object{"client_id": "orders", "token_use": "access"},
		},
		{
			name: "an ID token of a pool elsewhere", why: "one of two uses", origins: []map[string]string{access, id},
			signIn: ProviderSignIn{Use: "id"}, claims: object{"aud": "orders", "token_use": "id"},
		},
		{
			name: "no use of two", why: "none is meant", origins: []map[string]string{access, id},
			fails: "name one with --use, of access, id",
		},
		{
			name: "a use that no origin wants", why: "the flag would have no effect",
			origins: []map[string]string{authorizer(nil)}, signIn: ProviderSignIn{Use: "id"}, fails: "leave --use out",
		},
		{
			name: "two clients", why: "client_id is one", origins: []map[string]string{access},
			signIn: ProviderSignIn{Audiences: []string{"x", "y"}}, fails: "one --audience",
		},
		{
			name: "no audience of several", why: "none is meant",
			origins: []map[string]string{authorizer(map[string]string{"x-furl-audience": "a b"}), authorizer(nil)},
			fails:   "name one with --audience, of a, b, orders",
		},
		{
			name: "no audience at all", why: "the setting is broken",
			origins: []map[string]string{authorizer(map[string]string{"x-furl-audience": ""})}, fails: "no audience",
		},
		{
			name: "a settled claim", why: "its flag says it", origins: []map[string]string{authorizer(nil)},
			signIn: ProviderSignIn{Claims: map[string]string{"iss": "x"}}, fails: "settled by --issuer",
		},
		{
			name: "an audience as a claim", why: "its flag says it", origins: []map[string]string{authorizer(nil)},
			signIn: ProviderSignIn{Claims: map[string]string{"aud": "x"}}, fails: "aud is settled by --audience",
		},
		{
			name: "a client as a claim", why: "--audience has it", origins: []map[string]string{access},
			signIn: ProviderSignIn{Claims: map[string]string{"client_id": "x"}},
			fails:  "client_id is settled by --audience",
		},
		{
			name: "aud in an access token", why: "it has none of its own", origins: []map[string]string{access},
			signIn: ProviderSignIn{Claims: map[string]string{"aud": "x"}},
			claims: object{"client_id": "orders", "token_use": "access", "aud": "x"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			pools, _ := readOrigins(t, row.origins...)
			provider, err := pools.Provider(loginIssuer)
			if err != nil {
				t.Fatal(err)
			}
			row.signIn.User = "ada"
			token, err := provider.Token(row.signIn, now)
			if row.fails != "" {
				if err == nil || !strings.Contains(err.Error(), row.fails) {
					t.Errorf("error %v, want %q (%s)", err, row.fails, row.why)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			claims := verifiedByKeys(t, pools, token, loginKeys)
			if id, _ := claims["jti"].(string); len(id) < 20 {
				t.Errorf("jti %v", claims["jti"])
			}
			delete(claims, "jti")
			row.claims["iss"], row.claims["sub"] = loginIssuer, "ada"
			row.claims["iat"], row.claims["exp"] = float64(now.Unix()), float64(now.Unix()+3600)
			if !reflect.DeepEqual(object(claims), row.claims) {
				t.Errorf("claims %v, want %v (%s)", claims, row.claims, row.why)
			}
		})
	}
}

func TestReadProviders(t *testing.T) {
	for _, row := range []struct {
		name, why string
		headers   map[string]string
		issuers   []string
		gap       string
	}{
		{name: "an issuer", why: "the origin names it", headers: authorizer(nil), issuers: []string{loginIssuer}},
		{
			name: "names in capitals", why: "names of headers have no case",
			headers: map[string]string{"X-Furl-Issuer": loginIssuer, "X-Furl-Jwks-Uri": loginKeys},
			issuers: []string{loginIssuer},
		},
		{
			name: "no issuer", why: "the origin has no authorizer",
			headers: map[string]string{"x-furl-jwks-uri": loginKeys},
		},
		{name: "another header", why: "it is the user's", headers: map[string]string{"x-secret": "s"}},
		{
			name: "no keys", why: "the signer could not verify",
			headers: map[string]string{"x-furl-issuer": loginIssuer}, gap: "not an https URL",
		},
		{
			name: "http", why: "the signer asks by https",
			headers: authorizer(map[string]string{"x-furl-jwks-uri": "http://keys.example.com/k"}), gap: "not an https URL",
		},
		{
			name: "an address", why: "the certificate is for names",
			headers: authorizer(map[string]string{"x-furl-jwks-uri": "https://192.0.2.1/k"}), gap: "address or a port",
		},
		{
			name: "a port", why: "the host leads to one port here",
			headers: authorizer(map[string]string{"x-furl-jwks-uri": "https://keys.example.com:8443/k"}),
			gap:     "address or a port",
		},
		{
			name: "a password", why: "no certificate is for it",
			headers: authorizer(map[string]string{"x-furl-jwks-uri": "https://a:b@keys.example.com/k"}),
			gap:     "not an https URL",
		},
		{
			name: "the port of https", why: "it goes without saying",
			headers: authorizer(map[string]string{"x-furl-jwks-uri": "https://Keys.example.com:443/k"}),
			issuers: []string{loginIssuer},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			pools, gaps := readOrigins(t, row.headers)
			var issuers []string
			for _, provider := range pools.Providers {
				issuers = append(issuers, provider.URL)
			}
			if !slices.Equal(issuers, row.issuers) {
				t.Errorf("issuers %q, want %q (%s)", issuers, row.issuers, row.why)
			}
			said := strings.Join(gaps, "\n")
			if (said != "") != (row.gap != "") || !strings.Contains(said, row.gap) {
				t.Errorf("gaps %q, want %q (%s)", said, row.gap, row.why)
			}
			hosts := []string{"cognito-idp.eu-west-1.amazonaws.com"}
			if row.issuers != nil {
				hosts = append(hosts, "keys.example.com")
			}
			if !slices.Equal(pools.Hosts(), hosts) {
				t.Errorf("hosts %q, want %q", pools.Hosts(), hosts)
			}
		})
	}
}

// TestPoolIsNoProvider: a user pool of the assembly that an origin names stays a pool.
func TestPoolIsNoProvider(t *testing.T) {
	name := object{"Fn::GetAtt": []any{"Pool", "ProviderName"}}
	pools, _, err := readResources(t, object{
		"Pool": object{"Type": "AWS::Cognito::UserPool"},
		"Site": object{"Type": "AWS::CloudFront::Distribution", "Properties": object{
			"DistributionConfig": object{"Origins": []any{object{"OriginCustomHeaders": []any{
				object{
					"HeaderName": "x-furl-issuer", "HeaderValue": object{"Fn::Join": []any{"", []any{"https://", name}}},
				},
				object{"HeaderName": "x-furl-jwks-uri", "HeaderValue": loginKeys},
			}}}},
		}},
	})
	if err != nil || len(pools.Providers) != 0 {
		t.Fatalf("%d providers: %v", len(pools.Providers), err)
	}
	for _, row := range []struct{ name, why, issuer, want string }{
		{"the pool's", "furl token has --pool for it", pools.All[0].URL, "--pool Demo/Pool"},
		{"another", "no origin names it", loginIssuer, "no origin of the assembly"},
	} {
		if _, err := pools.Provider(row.issuer); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q (%s)", row.name, err, row.want, row.why)
		}
	}
	others, _ := readOrigins(t, authorizer(nil))
	_, err = others.Provider(strings.TrimSuffix(loginIssuer, "/"))
	if err == nil || !strings.Contains(err.Error(), "there is "+loginIssuer) {
		t.Errorf("an issuer without its slash: %v", err)
	}
}

func TestProviderKeys(t *testing.T) {
	shared := authorizer(map[string]string{"x-furl-issuer": "https://other.example.com"})
	pools, _ := readOrigins(t, authorizer(nil), shared)
	for _, row := range []struct {
		name, why, method, url string
		status, keys           int
	}{
		{"the keys", "those of both issuers", http.MethodGet, loginKeys, 200, 4},
		{"another query", "another tenant's", http.MethodGet, "https://keys.example.com/v1/keys?tenant=b", 404, 0},
		{"another path", "nothing is there", http.MethodGet, "https://keys.example.com/", 404, 0},
		{"a POST", "keys are read", http.MethodPost, loginKeys, 404, 0},
		{"the issuer's host", "its keys are elsewhere", http.MethodGet, loginIssuer, 403, 0},
		{
			"the endpoint of the pools", "it has other keys", http.MethodGet, "http://" + address + "/v1/keys?tenant=a",
			404, 0,
		},
	} {
		response, _ := answer(pools, httptest.NewRequest(row.method, row.url, nil))
		var set struct{ Keys []jsonWebKey }
		_ = json.Unmarshal(response.Body.Bytes(), &set)
		if response.Code != row.status || len(set.Keys) != row.keys {
			const message = "%s: %d with %d keys, want %d with %d (%s)"
			t.Errorf(message, row.name, response.Code, len(set.Keys), row.status, row.keys, row.why)
		}
	}
}

// TestHandlerWithoutAddress: a request without a host is refused where there is no loopback address.
func TestHandlerWithoutAddress(t *testing.T) {
	pools, _ := readOrigins(t, authorizer(nil))
	handler := NewHandler(pools, "", func() time.Time { return now })
	for host, status := range map[string]int{"": 403, "localhost:": 403, "keys.example.com": 200} {
		r := httptest.NewRequest(http.MethodGet, loginKeys, nil)
		r.Host = host
		response := httptest.NewRecorder()
		journal.New(journal.Options{To: io.Discard}).Handler("issuers", handler).ServeHTTP(response, r)
		if response.Code != status {
			t.Errorf("host %q: %d, want %d", host, response.Code, status)
		}
	}
}
