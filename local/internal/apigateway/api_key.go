package apigateway

import "crypto/subtle"

// checkKey wants a key that a usage plan of this stage accepts. A key says whose usage counts, and authenticates
// nobody.
func (a *API) checkKey(x *exchange) *refusal {
	if !x.method.APIKeyRequired {
		return nil
	}
	given := []byte(x.Header.Get("X-Api-Key"))
	for _, key := range a.config.Keys {
		if len(given) > 0 && subtle.ConstantTimeCompare(given, []byte(key.Value)) == 1 {
			x.caller.identity.APIKeyID, x.caller.identity.APIKey = key.ID, key.Value
			return nil
		}
	}
	return &refusal{
		code: "INVALID_API_KEY", message: "Forbidden",
		reason: "x-api-key is not a key of a usage plan of stage " + a.config.Stage,
	}
}
