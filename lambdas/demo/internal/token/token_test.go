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
		{"fresh", "as it is made", good, now, true},
		{"in its last second", "59 min 59 s old", good, now.Add(Lifetime - time.Second), true},
		{"built here", "the rows below change this one", signed(jwt.SigningMethodHS256, key, claims(func(jwt.MapClaims) {})), now, true},
		{"expired", "an hour old", good, now.Add(Lifetime), false},
		{"another key", "forged", signed(jwt.SigningMethodHS256, []byte("other"), claims(func(jwt.MapClaims) {})), now, false},
		{"alg none", "unsigned", signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(func(jwt.MapClaims) {})), now, false},
		{"HS512", "the right key, but not the algorithm", signed(jwt.SigningMethodHS512, key, claims(func(jwt.MapClaims) {})), now, false},
		{"no signature", "cut off", parts[0] + "." + parts[1] + ".", now, false},
		{"no expiry", "would last for ever", signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "exp") })), now, false},
		{"other audience", "for something else", signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["aud"] = "x" })), now, false},
		{"other issuer", "by somebody else", signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { c["iss"] = "x" })), now, false},
		{"no subject", "for nobody", signed(jwt.SigningMethodHS256, key, claims(func(c jwt.MapClaims) { delete(c, "sub") })), now, false},
		{"empty", "no token", "", now, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			subject, err := Subject(key, row.token, row.at)
			if (err == nil) != row.good || row.good && subject != "ada" || !row.good && subject != "" {
				t.Errorf("%s: %q, %v", row.why, subject, err)
			}
		})
	}
}
