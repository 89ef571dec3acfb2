package cognito

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrExpired says that a token was right until it expired.
var ErrExpired = errors.New("the token has expired")

// Claims are the claims of a verified token. Numbers are json.Number.
type Claims map[string]any

// Verify verifies a token of one of the issuers. It checks signature, issuer, use and times. The use is UseID or
// UseAccess. The client and the scopes are left to the caller. It fails with ErrExpired if nothing else is wrong.
func Verify(token, use string, issuers []*Issuer, now time.Time) (Claims, error) {
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithJSONNumber(), jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }),
	)
	_, err := parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		if err := checkTimes(claims); err != nil {
			return nil, err
		}
		return publicKey(t, use, issuers)
	})
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenNotValidYet):
		return nil, ErrExpired
	case err != nil:
		return nil, err
	}
	return Claims(claims), nil
}

// publicKey returns the key that must have signed a token of this use, which the token names by issuer and kid. Keys
// within a token are not looked at. An extension that the token calls critical is refused, since none is known
// (RFC 7515, crit).
func publicKey(token *jwt.Token, use string, issuers []*Issuer) (any, error) {
	claims := token.Claims.(jwt.MapClaims)
	if _, critical := token.Header["crit"]; critical {
		return nil, errors.New("its header has crit")
	}
	if claims["token_use"] != use {
		return nil, fmt.Errorf("its token_use is not %q", use)
	}
	for _, issuer := range issuers {
		if claims["iss"] != issuer.URL {
			continue
		}
		if signer := issuer.keys()[use]; token.Header["kid"] == signer.id {
			return signer.private.Public(), nil
		}
		return nil, fmt.Errorf("its kid is not that of the key for %s tokens", use)
	}
	return nil, errors.New("its issuer is none of the authorizer's user pools")
}

// latestTime is the year 9999 in seconds. Sums with times up to it do not overflow.
const latestTime = 253402300799

// checkTimes refuses times that are not whole seconds within the range of dates.
func checkTimes(claims jwt.MapClaims) error {
	for _, name := range []string{"exp", "iat", "nbf", "auth_time"} {
		value, present := claims[name]
		if !present && name != "exp" {
			continue
		}
		number, _ := value.(json.Number)
		if seconds, err := number.Int64(); err != nil || seconds < 0 || seconds > latestTime {
			return fmt.Errorf("its %s is not a time in whole seconds", name)
		}
	}
	return nil
}
