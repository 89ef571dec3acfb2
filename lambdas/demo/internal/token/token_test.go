package token

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestSubject(t *testing.T) {
	key, now := []byte("the key"), time.Unix(1_800_000_000, 0)
	good, err := New(key, "ada", now)
	if err != nil {
		t.Fatal(err)
	}
	claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := jwt.MapClaims{"iss": issuer, "aud": audience, "sub": "ada", "exp": now.Add(time.Minute).Unix()}
		change(c)
		return c
	}
	signed := func(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
		text, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	parts := strings.Split(good, ".")
	for _, row := range []struct {
		name, why, token string
		at               time.Time
		good             bool
	}{
		{name: "fresh", why: "as it is made", token: good, at: now, good: true},
		{
			name: "in its last second", why: "59 min 59 s old",
			token: good, at: now.Add(Lifetime - time.Second), good: true,
		},
		{
			name: "built here", why: "the rows below change this one",
			token: signed(jwt.SigningMethodHS256, key, claims(func(jwt.MapClaims) {})), at: now, good: true,
		},
		{name: "expired", why: "an hour old", token: good, at: now.Add(Lifetime)},
		{
			name: "another key", why: "forged",
			token: signed(jwt.SigningMethodHS256, []byte("other"), claims(func(jwt.MapClaims) {})), at: now,
		},
		{
			name: "alg none", why: "unsigned",
			token: signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(func(jwt.MapClaims) {})),
			at:    now,
		},
		{
			name: "HS512", why: "the right key, but not the algorithm",
			token: signed(jwt.SigningMethodHS512, key, claims(func(jwt.MapClaims) {})), at: now,
		},
		{name: "no signature", why: "cut off", token: parts[0] + "." + parts[1] + ".", at: now},
		{
			name: "no expiry", why: "would last for ever",
			token: signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "exp") })),
			at:    now,
		},
		{
			name: "other audience", why: "for something else",
			token: signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["aud"] = "x" })),
			at:    now,
		},
		{
			name: "other issuer", why: "by somebody else",
			token: signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["iss"] = "x" })),
			at:    now,
		},
		{
			name: "no subject", why: "for nobody",
			token: signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "sub") })),
			at:    now,
		},
		{name: "empty", why: "no token", at: now},
	} {
		t.Run(row.name, func(t *testing.T) {
			subject, err := Subject(key, row.token, row.at)
			if (err == nil) != row.good || row.good && subject != "ada" || !row.good && subject != "" {
				t.Errorf("%s: %q, %v", row.why, subject, err)
			}
		})
	}
}
