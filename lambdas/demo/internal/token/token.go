// Package token makes and checks the tokens of the demo's users. They are JWTs by HS256, and last an hour.
package token

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer   = "furl-demo"
	audience = "furl-demo-grant"

	// Lifetime is how long a token lasts.
	Lifetime = time.Hour
)

// New makes a token for a subject.
func New(key []byte, subject string, now time.Time) (string, error) {
	claims := jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: subject,
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(Lifetime)),
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// Subject checks a token and returns its subject. Only HS256 counts, even if the token names another algorithm.
func Subject(key []byte, token string, now time.Time) (string, error) {
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return "", fmt.Errorf("check a token: %w", err)
	}
	if claims.Subject == "" {
		return "", errors.New("check a token: it has no subject")
	}
	return claims.Subject, nil
}
