package viewer

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-lambda-go/lambdaurl"
)

// claimsKey is that of the claims in a request's context.
type claimsKey struct{}

// Authenticated calls next with the [Claims] of the event in the request's context. [ClaimsFromContext] returns them.
// Authenticated must be behind lambdaurl, which has the event. It may stand around [Handler] or within.
//
// A request whose claims cannot be had is refused, and next is not called. The answer is 403 NotAuthenticated. It is
// 500 InternalError if signerRole is not the ARN of a role.
func Authenticated(next http.Handler, signerRole string) http.Handler {
	sessions, wrong := sessionsOf(signerRole)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wrong != nil {
			refuse(w, http.StatusInternalServerError, "InternalError", wrong.Error())
			return
		}
		event, ok := lambdaurl.RequestFromContext(r.Context())
		if !ok {
			refuse(w, http.StatusForbidden, "NotAuthenticated", "the request has no event of lambdaurl")
			return
		}
		claims, err := claimsFrom(event, sessions)
		if err != nil {
			refuse(w, http.StatusForbidden, "NotAuthenticated", err.Error())
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
	})
}

// ClaimsFromContext returns the claims that [Authenticated] put into the context. It reports whether there are any.
func ClaimsFromContext(ctx context.Context) (map[string]any, bool) {
	claims, ok := ctx.Value(claimsKey{}).(map[string]any)
	return claims, ok
}

// refuse writes an answer in the form of the edge signer's refusals.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// It fails only if the reader is gone.
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "message": message})
}
