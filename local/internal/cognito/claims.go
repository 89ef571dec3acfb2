package cognito

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// settledOfPool are the claims that a flag of furl token settles, by that flag. An access token has no aud of its own.
func settledOfPool(use string) map[string]string {
	settled := map[string]string{"iss": "--pool", "client_id": "--client", "token_use": "--use", "scope": "--scope"}
	if use == UseID {
		settled["aud"] = "--client"
	}
	return settled
}

// settledOfProvider are likewise those of a provider's tokens. An access token has its audience in client_id.
func settledOfProvider(use string) map[string]string {
	settled := map[string]string{"iss": "--issuer", "token_use": "--use", "scope": "--scope"}
	if use == UseAccess {
		settled["client_id"] = "--audience"
	} else {
		settled["aud"] = "--audience"
	}
	return settled
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
		want := ""
		switch name {
		case "cognito:groups", "cognito:roles":
			claims[name] = strings.Split(text, ",")
		case "email_verified", "phone_number_verified":
			want = "true or false"
			claims[name], err = strconv.ParseBool(text)
		case "exp", "iat", "nbf", "auth_time":
			want = "seconds since 1970"
			claims[name], err = strconv.ParseInt(text, 10, 64)
		default:
			claims[name] = text
		}
		if err != nil {
			return nil, fmt.Errorf("the claim %s: want %s, not %q", name, want, text)
		}
	}
	return claims, nil
}
