package cognito

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// SignIn is a user who signs in to a client of a pool, or who is made to.
type SignIn struct {
	Client *Client
	User   string            // the name that signs in
	Claims map[string]string // further claims, or others; nil for none
	Scopes []string          // of the access token; nil for what InitiateAuth gives
}

// userName is what Cognito takes for the name of a user.
var userName = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$`)

// Token makes the token of a use, which is UseID or UseAccess. The error says which part of the sign-in cannot be.
func (p *Pool) Token(s SignIn, use string, now time.Time) (string, error) {
	switch {
	case !userName.MatchString(s.User):
		return "", errors.New("a user's name has from 1 to 128 letters, digits, signs and no spaces")
	case use != UseID && use != UseAccess:
		return "", fmt.Errorf("the use of a token is %s or %s, not %q", UseID, UseAccess, use)
	case use == UseID && s.Scopes != nil:
		return "", errors.New("an ID token has no scopes: ask for an access token with --use access")
	}
	if err := p.checkScopes(s); err != nil {
		return "", err
	}
	further, err := readClaims(s.Claims, settledOfPool(use))
	if err != nil {
		return "", err
	}
	claims := p.claims(s, use, now)
	maps.Copy(claims, further)
	return p.sign(use, claims)
}

// claims are those of Cognito's tokens (Amazon Cognito Developer Guide, amazon-cognito-user-pools-using-the-id-token
// and -the-access-token).
func (p *Pool) claims(s SignIn, use string, now time.Time) jwt.MapClaims {
	sub := p.sub(s.User)
	name := s.User
	if p.signInByEmail {
		name = sub
	}
	claims := jwt.MapClaims{
		"sub": sub, "iss": p.URL, "token_use": use, "jti": lambda.NewRequestID(),
		"origin_jti": lambda.NewRequestID(), "event_id": lambda.NewRequestID(),
		"auth_time": now.Unix(), "iat": now.Unix(), "exp": now.Add(s.Client.lives[use]).Unix(),
	}
	if use == UseAccess {
		claims["client_id"], claims["username"], claims["scope"] = s.Client.ID, name, AdminScope
		if s.Scopes != nil {
			claims["scope"] = strings.Join(s.Scopes, " ")
		}
		return claims
	}
	claims["aud"], claims["cognito:username"] = s.Client.ID, name
	if strings.Contains(s.User, "@") {
		claims["email"], claims["email_verified"] = s.User, true
	}
	return claims
}

// sub is a UUID that is the same in every run, and different for each user of each pool.
func (p *Pool) sub(user string) string {
	sum := sha256.Sum256([]byte(p.URL + "\x00" + user))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8 and the variant (RFC 9562)
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// MayHave reports whether AWS would give a scope to a client of the pool. A trigger of the pool may add any scope.
func (p *Pool) MayHave(client *Client, scope string) bool {
	return p.addsScopes || scope == AdminScope || slices.Contains(client.scopes, scope)
}

// checkScopes refuses a scope that the client may not have.
func (p *Pool) checkScopes(s SignIn) error {
	for _, scope := range s.Scopes {
		if !p.MayHave(s.Client, scope) {
			allowed := slices.Sorted(slices.Values(append([]string{AdminScope}, s.Client.scopes...)))
			return fmt.Errorf("client %s may have the scopes %s, and not %s", s.Client.Path,
				strings.Join(slices.Compact(allowed), ", "), scope)
		}
	}
	return nil
}
