package main

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/furl-cdk/furl/viewer"
)

// onlyOwnTokens refuses a token of another issuer, or for another resource. The edge has checked both as far as its
// settings say. Another distribution of the account may have other settings.
//
// Cognito writes the claim aud if the client asked for a resource, as MCP clients must (Cognito Developer Guide,
// cognito-user-pools-define-resource-servers). A token without aud has passed the edge by its client and its scope.
func onlyOwnTokens(next http.Handler, s settings) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := viewer.ClaimsFromContext(r.Context())
		audience, isBound := claims["aud"]
		if claims["iss"] != s.issuer || isBound && !names(audience, s.resource()) {
			http.Error(w, "the token is of another issuer or for another resource", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// names reports whether a claim aud names the resource. The claim is a string or a list of strings (RFC 7519).
func names(audience any, resource string) bool {
	list, isList := audience.([]any)
	return audience == any(resource) || isList && slices.Contains(list, any(resource))
}

// resourceMetadata describes this server (RFC 9728).
func resourceMetadata(s settings) *oauthex.ProtectedResourceMetadata {
	return &oauthex.ProtectedResourceMetadata{
		Resource:               s.resource(),
		ResourceName:           "Forecasts",
		AuthorizationServers:   []string{s.origin},
		ScopesSupported:        []string{s.scope},
		BearerMethodsSupported: []string{"header"},
	}
}

// serveLoginMetadata describes the user pool's login (RFC 8414). The pool's own description does not say that it takes
// PKCE, and strict clients refuse it therefore (modelcontextprotocol/typescript-sdk#2831). So this server's origin
// stands for the pool, with the pool's endpoints.
func serveLoginMetadata(s settings) http.HandlerFunc {
	metadata := oauthex.AuthServerMeta{
		Issuer:                            s.origin,
		AuthorizationEndpoint:             s.login + "/oauth2/authorize",
		TokenEndpoint:                     s.login + "/oauth2/token",
		JWKSURI:                           s.issuer + "/.well-known/jwks.json",
		ScopesSupported:                   []string{s.scope},
		ResponseTypesSupported:            []string{"code"},
		GrantTypesSupported:               []string{"authorization_code", "refresh_token"},
		TokenEndpointAuthMethodsSupported: []string{"none"}, // the client has no secret
		CodeChallengeMethodsSupported:     []string{"S256"},
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(metadata) // It fails only if the reader is gone.
	}
}
