package cognito

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// These are the values of the claim token_use.
const (
	UseID     = "id"
	UseAccess = "access"
)

// Issuer signs tokens, and verifies those that it signed. Its keys are made when they are first needed.
type Issuer struct {
	URL  string // the claim iss
	keys func() map[string]*key
}

// key signs the tokens of one use. ID tokens and access tokens have different keys (Amazon Cognito Developer Guide,
// amazon-cognito-user-pools-using-the-access-token).
type key struct {
	id      string // kid
	private *rsa.PrivateKey
}

func newIssuer(url string) *Issuer {
	return &Issuer{URL: url, keys: sync.OnceValue(func() map[string]*key {
		return map[string]*key{UseID: newKey(), UseAccess: newKey()}
	})}
}

func newKey() *key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Errorf("cognito: make a key: %w", err)) // crypto/rand never fails
	}
	id := make([]byte, 32)
	rand.Read(id) // never fails
	return &key{base64.StdEncoding.EncodeToString(id), private}
}

// sign makes a token. Its header has kid and alg only, as Cognito's has.
func (i *Issuer) sign(use string, claims jwt.MapClaims) (string, error) {
	signer := i.keys()[use]
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header = map[string]any{"kid": signer.id, "alg": jwt.SigningMethodRS256.Alg()}
	return token.SignedString(signer.private)
}

// jsonWebKey is a public key of RFC 7517.
type jsonWebKey struct {
	Alg string `json:"alg"`
	E   string `json:"e"`
	Kid string `json:"kid"`
	Kty string `json:"kty"`
	N   string `json:"n"`
	Use string `json:"use"`
}

// keySet is the document at /.well-known/jwks.json. Some providers share one.
func keySet(issuers ...*Issuer) any {
	set := struct {
		Keys []jsonWebKey `json:"keys"`
	}{}
	for _, issuer := range issuers {
		for _, use := range []string{UseID, UseAccess} {
			set.Keys = append(set.Keys, issuer.keys()[use].public())
		}
	}
	return set
}

func (k *key) public() jsonWebKey {
	public := k.private.PublicKey
	return jsonWebKey{
		Alg: jwt.SigningMethodRS256.Alg(), Kid: k.id, Kty: "RSA", Use: "sig",
		E: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		N: base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
	}
}

// configuration is the document at /.well-known/openid-configuration. It leaves out the endpoints of managed login,
// which are not simulated.
func (i *Issuer) configuration() any {
	return map[string]any{
		"issuer": i.URL, "jwks_uri": i.URL + "/.well-known/jwks.json",
		"id_token_signing_alg_values_supported": []string{jwt.SigningMethodRS256.Alg()},
		"response_types_supported":              []string{"code", "token"},
		"scopes_supported":                      []string{"openid", "email", "phone", "profile"},
		"subject_types_supported":               []string{"public"},
	}
}
