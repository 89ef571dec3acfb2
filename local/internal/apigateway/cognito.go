package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/cognito"
)

// authorizeByCognito verifies a user pool's token, and then asks the resource policy like that of an open method (API
// Gateway Developer Guide, apigateway-enable-cognito-user-pool, and apigateway-authorization-flow).
func (a *API) authorizeByCognito(x *exchange) *refusal {
	claims, err := x.method.verify(x, a.config.Now())
	switch {
	case errors.Is(err, cognito.ErrExpired):
		return &refusal{code: "UNAUTHORIZED", message: "The incoming token has expired"}
	case err != nil:
		return &refusal{code: "UNAUTHORIZED", message: "Unauthorized", reason: err.Error()}
	}
	if refused := a.authorizeAnyone(x); refused != nil {
		return refused
	}
	x.caller.authorizer = map[string]any{"claims": claimTexts(claims)}
	return nil
}

// verify verifies the token of a request. A method without scopes takes ID tokens. A method with scopes takes access
// tokens that have one of them. The client is checked only where the authorizer has an expression for the audience, and
// access tokens have no audience.
func (m *method) verify(x *exchange, now time.Time) (cognito.Claims, error) {
	source := m.authorizer.Identity[0]
	token := bearerToken(x.Header.Values(strings.TrimPrefix(source, headerSource)))
	if token == "" {
		return nil, fmt.Errorf("there is no %s, or there are several", source)
	}
	use := cognito.UseID
	if len(m.Scopes) > 0 {
		use = cognito.UseAccess
	}
	var issuers []*cognito.Issuer
	for _, pool := range m.authorizer.Pools {
		issuers = append(issuers, pool.Issuer)
	}
	claims, err := cognito.Verify(token, use, issuers, now)
	if err != nil {
		return nil, err
	}
	if audience, _ := claims["aud"].(string); m.authorizer.validation != nil &&
		!m.authorizer.validation.MatchString(audience) {
		return nil, errors.New("its aud does not fit the authorizer's IdentityValidationExpression")
	}
	if scope, _ := claims["scope"].(string); len(m.Scopes) > 0 && !sharesAny(strings.Fields(scope), m.Scopes) {
		return nil, fmt.Errorf("it has none of the scopes %s", strings.Join(m.Scopes, ", "))
	}
	return claims, nil
}

// bearerToken is the token of the only value of a header. The word Bearer before it may be left out.
func bearerToken(values []string) string {
	if len(values) != 1 {
		return ""
	}
	const scheme = "bearer "
	if len(values[0]) > len(scheme) && strings.EqualFold(values[0][:len(scheme)], scheme) {
		return values[0][len(scheme):]
	}
	return values[0]
}

// sharesAny reports whether two lists have an item in common.
func sharesAny(x, y []string) bool {
	return slices.ContainsFunc(x, func(item string) bool { return slices.Contains(y, item) })
}

// claimTexts are the claims as integrations get them, all of them as text. AWS does not document the form. Recorded
// events have the dates of exp and iat, and commas between the items of a list.
func claimTexts(claims cognito.Claims) map[string]string {
	texts := map[string]string{}
	for name, value := range claims {
		texts[name] = claimText(value)
		if number, ok := value.(json.Number); ok && (name == "exp" || name == "iat") {
			seconds, _ := number.Int64() // it is a verified claim, so it cannot fail
			texts[name] = time.Unix(seconds, 0).UTC().Format("Mon Jan 02 15:04:05 MST 2006")
		}
	}
	return texts
}

func claimText(value any) string {
	switch value := value.(type) {
	case []any:
		var items []string
		for _, item := range value {
			items = append(items, claimText(item))
		}
		return strings.Join(items, ",")
	case map[string]any:
		return string(encode(value))
	}
	return fmt.Sprint(value)
}
