package cognito

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// settledOfPool are the claims that a flag of furl token settles, by that flag.
var settledOfPool = map[string]string{
	"iss": "--pool", "aud": "--client", "client_id": "--client", "token_use": "--use", "scope": "--scope",
}

// settledOfProvider are likewise those of a provider's tokens.
var settledOfProvider = map[string]string{
	"iss": "--issuer", "aud": "--audience", "token_use": "--use", "scope": "--scope",
}

// readClaims gives each claim the type that it has in Cognito's tokens. Lists have their items between commas. Other
// claims are strings, as user attributes are.
func readClaims(texts, settled map[string]string) (map[string]any, error) {
	claims := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		if flag, is := settled[name]; is {
			return nil, fmt.Errorf("the claim %s is settled by %s", name, flag)
		}
		var err error
		switch name {
		case "cognito:groups", "cognito:roles":
			claims[name] = strings.Split(text, ",")
		case "email_verified", "phone_number_verified":
			claims[name], err = strconv.ParseBool(text)
		case "exp", "iat", "nbf", "auth_time":
			claims[name], err = strconv.ParseInt(text, 10, 64)
		default:
			claims[name] = text
		}
		if err != nil {
			return nil, fmt.Errorf("the claim %s: %w", name, err)
		}
	}
	return claims, nil
}
