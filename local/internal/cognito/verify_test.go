package cognito

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// signed makes a token with any header and claims. The header's alg is the method's, unless it has another.
func signed(t *testing.T, method jwt.SigningMethod, key any, header object, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestVerify feeds what an attacker or a wrong set-up may send. Each row changes one thing of a token that is right.
func TestVerify(t *testing.T) {
	issuer, other := newIssuer("https://issuer.example/one"), newIssuer("https://issuer.example/two")
	own := issuer.keys()[UseID]
	der, err := x509.MarshalPKIXPublicKey(own.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	seconds := now.Unix()
	for _, row := range []struct {
		name, why string
		method    jwt.SigningMethod // RS256 if nil
		key       any               // the issuer's if nil
		header    object            // changes
		claims    jwt.MapClaims     // changes; nil removes one
		use       string            // "id" if ""
		expired   bool
		want      string // part of the error; "" for a token that is right
	}{
		{name: "right", why: "the others differ from it"},
		{
			name: "alg none", why: "anyone can make it", method: jwt.SigningMethodNone,
			key: jwt.UnsafeAllowNoneSignatureType, want: "signing method none is invalid",
		},
		{
			name: "HS256 with the public key", why: "the public key is public", method: jwt.SigningMethodHS256,
			key: der, want: "signing method HS256 is invalid",
		},
		{
			name: "RS512", why: "Cognito signs with RS256 only", method: jwt.SigningMethodRS512,
			want: "signing method RS512 is invalid",
		},
		{
			name: "another key", why: "with the right kid", key: other.keys()[UseID].private,
			want: "verification error",
		},
		{
			name: "the key of access tokens", why: "with the right kid", key: issuer.keys()[UseAccess].private,
			want: "verification error",
		},
		{name: "an unknown kid", why: "no key has it", header: object{"kid": "x"}, want: "its kid is not"},
		{name: "no kid", why: "keys are not guessed", header: object{"kid": nil}, want: "its kid is not"},
		{name: "a kid that is no text", why: "it equals none", header: object{"kid": []int{1}}, want: "its kid is not"},
		{
			name: "the kid of access tokens", why: "an access token says it is an ID token",
			header: object{"kid": issuer.keys()[UseAccess].id}, key: issuer.keys()[UseAccess].private,
			want: "its kid is not",
		},
		{
			name: "another pool's kid", why: "signed by that pool for this one",
			header: object{"kid": other.keys()[UseID].id}, key: other.keys()[UseID].private, want: "its kid is not",
		},
		{
			name: "another pool's token", why: "nobody asked for that pool", key: other.keys()[UseID].private,
			header: object{"kid": other.keys()[UseID].id}, claims: jwt.MapClaims{"iss": other.URL},
			want: "its issuer is none",
		},
		{name: "no issuer", why: "it could be anyone's", claims: jwt.MapClaims{"iss": nil}, want: "its issuer is none"},
		{
			name: "an embedded key", why: "it is the attacker's", key: other.keys()[UseID].private,
			header: object{"jwk": object{"kty": "RSA"}, "jku": "https://evil.example", "x5u": "https://evil.example"},
			want:   "verification error",
		},
		{name: "crit", why: "it may change the meaning", header: object{"crit": []string{"b64"}}, want: "has crit"},
		{name: "no exp", why: "it would never end", claims: jwt.MapClaims{"exp": nil}, want: "its exp is not a time"},
		{
			name: "exp 1e300", why: "it overflows", claims: jwt.MapClaims{"exp": json.Number("1e300")},
			want: "its exp is not a time",
		},
		{
			name: "exp 9007199254740993", why: "it is millions of years ahead",
			claims: jwt.MapClaims{"exp": 9007199254740993}, want: "its exp is not a time",
		},
		{
			name: "exp as text", why: "it has another type",
			claims: jwt.MapClaims{"exp": "9999999999"}, want: "its exp is not a time",
		},
		{name: "a negative exp", why: "it wraps", claims: jwt.MapClaims{"exp": -1}, want: "its exp is not a time"},
		{
			name: "nbf 1e300", why: "likewise", claims: jwt.MapClaims{"nbf": json.Number("1e300")},
			want: "its nbf is not a time",
		},
		{name: "expired", why: "the second is over", claims: jwt.MapClaims{"exp": seconds}, expired: true},
		{name: "a second left", why: "the bound", claims: jwt.MapClaims{"exp": seconds + 1}},
		{
			name: "not yet valid", why: "nbf", claims: jwt.MapClaims{"nbf": seconds + 1},
			want: "token is not valid yet",
		},
		{
			name: "expired and not yet valid", why: "more is wrong than the time",
			claims: jwt.MapClaims{"exp": seconds, "nbf": seconds + 1}, want: "token is not valid yet",
		},
		{
			name: "expired by another key", why: "a forged token does not learn that it is late",
			key: other.keys()[UseID].private, claims: jwt.MapClaims{"exp": seconds}, want: "verification error",
		},
		{name: "an access token wanted", why: "the use differs", use: UseAccess, want: `its token_use is not "access"`},
		{name: "no use", why: "the use differs", claims: jwt.MapClaims{"token_use": nil}, want: "its token_use is not"},
	} {
		t.Run(row.name, func(t *testing.T) {
			claims := jwt.MapClaims{"iss": issuer.URL, "token_use": UseID, "exp": seconds + 60, "iat": seconds}
			for name, value := range row.claims {
				if claims[name] = value; value == nil {
					delete(claims, name)
				}
			}
			header := object{"kid": own.id}
			for name, value := range row.header {
				header[name] = value
			}
			method, key, use := row.method, row.key, row.use
			if method == nil {
				method = jwt.SigningMethodRS256
			}
			if key == nil {
				key = own.private
			}
			if use == "" {
				use = UseID
			}
			_, err := Verify(signed(t, method, key, header, claims), use, []*Issuer{issuer}, now)
			switch {
			case errors.Is(err, ErrExpired) != row.expired:
				t.Errorf("%s: error %v", row.why, err)
			case row.expired:
			case (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want):
				t.Errorf("%s: error %v, want %q", row.why, err, row.want)
			}
		})
	}
}

// TestVerifyShape feeds texts that are no token, or that a lenient reader takes for one.
func TestVerifyShape(t *testing.T) {
	issuer := newIssuer("https://issuer.example/one")
	token, err := issuer.sign(UseID, jwt.MapClaims{
		"iss": issuer.URL, "token_use": UseID, "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	flipped := []byte(parts[2])
	last := len(flipped) - 1 // of 256 bytes the last digit has 4 bits that do not count
	flipped[last] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte(
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", flipped[last])^1]
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	twice := strings.Replace(string(claims), "{", `{"sub":"mallory",`, 1)
	for _, row := range []struct{ name, why, token string }{
		{"empty", "no text", ""},
		{"no signature", "two parts", parts[0] + "." + parts[1]},
		{"an empty signature", "three parts", parts[0] + "." + parts[1] + "."},
		{"four parts", "an encrypted token has five", token + ".x"},
		{"padded", "base64url has no padding here", token + "="},
		{"other base64", "the unused bits of the last digit", parts[0] + "." + parts[1] + "." + string(flipped)},
		{"white space", "a header's value with more in it", token + " "},
		{"line break", "likewise", strings.Replace(token, ".", ".\n", 1)},
		{
			"another body", "its signature is of other claims",
			parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(twice)) + "." + parts[2],
		},
	} {
		if _, err := Verify(row.token, UseID, []*Issuer{issuer}, now); err == nil {
			t.Errorf("%s: it was verified (%s)", row.name, row.why)
		}
	}
	if _, err := Verify(token, UseID, []*Issuer{issuer}, now); err != nil {
		t.Error("the token itself:", err)
	}
	if _, err := Verify(token, UseID, nil, now); err == nil {
		t.Error("no issuer: it was verified")
	}
}

// FuzzVerify holds the verifier to two promises: it never panics, and of all texts it takes only tokens of the issuer.
func FuzzVerify(f *testing.F) {
	issuer := newIssuer("https://issuer.example/one")
	token, err := issuer.sign(UseID, jwt.MapClaims{
		"iss": issuer.URL, "token_use": UseID, "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if claims, err := Verify(text, UseID, []*Issuer{issuer}, now); err == nil && text != token {
			t.Errorf("verified %q: %v", text, claims)
		}
	})
}
