package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	"github.com/furl-cdk/furl/lambdas/demo/internal/secret"
	"github.com/furl-cdk/furl/lambdas/demo/internal/token"
)

const (
	maxLoginBytes = 4 << 10
	maxNameLength = 64

	// failureDelay makes guessing slow. The web ACL's rate limit does the rest.
	failureDelay = time.Second
)

// secrets are read when the first user signs in.
var secrets secret.Reader

// login answers POST /login, {"name","passphrase"}, with {"token"}.
func login(ctx context.Context, r request) (response, error) {
	name, passphrase, err := credentials(r)
	if err != nil {
		return failure(http.StatusBadRequest, "BadRequest", err.Error())
	}
	right, err := secrets.Read(ctx, os.Getenv("PASSPHRASE_SECRET_ARN"))
	if err != nil {
		return unavailable(ctx, err)
	}
	key, err := secrets.Read(ctx, os.Getenv("SIGNING_KEY_SECRET_ARN"))
	if err != nil {
		return unavailable(ctx, err)
	}
	return signIn(name, passphrase, right, key, time.Now())
}

// signIn compares the passphrase in constant time. The time does not tell the place of the first difference. It does
// not tell the length either, because hashes are compared. Any name may sign in, so a refusal does not tell whether the
// name or the passphrase was wrong. Nothing ends the delay early. Lambda does not notice that a client has left.
func signIn(name, passphrase string, right, key []byte, now time.Time) (response, error) {
	given, wanted := sha256.Sum256([]byte(passphrase)), sha256.Sum256(right)
	if subtle.ConstantTimeCompare(given[:], wanted[:]) != 1 {
		time.Sleep(failureDelay)
		return failure(http.StatusUnauthorized, "Unauthorized", "the name or the passphrase is wrong")
	}
	signed, err := token.New(key, name, now)
	if err != nil {
		return response{}, err
	}
	body, err := json.Marshal(map[string]string{"token": signed})
	return answer(http.StatusOK, "application/json", string(body)), err
}

// credentials reads the body. The errors are for the client, and quote nothing of the body.
func credentials(r request) (name, passphrase string, err error) {
	const want = `send {"name":"…","passphrase":"…"}`
	body, err := bodyOf(r)
	if err != nil || len(body) > maxLoginBytes || !utf8.Valid(body) {
		return "", "", errors.New("the body is not JSON of at most 4 KB: " + want)
	}
	var fields struct{ Name, Passphrase string }
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&fields) != nil {
		return "", "", errors.New("the body is not the JSON of a login: " + want)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "", "", errors.New("something follows the JSON object: " + want)
	}
	if length := utf8.RuneCountInString(fields.Name); length < 1 || length > maxNameLength || fields.Passphrase == "" {
		return "", "", fmt.Errorf("a name of 1 to %d characters and a passphrase: %s", maxNameLength, want)
	}
	return fields.Name, fields.Passphrase, nil
}

// unavailable writes the reason to the log only, because clients have no use for it.
func unavailable(ctx context.Context, err error) (response, error) {
	slog.ErrorContext(ctx, "nobody can sign in", "error", err)
	return failure(
		http.StatusServiceUnavailable, "Unavailable", "nobody can sign in at the moment: try again in some seconds")
}
