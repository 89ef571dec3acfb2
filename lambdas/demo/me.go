package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"github.com/furl-cdk/furl/viewer"
)

// me answers with who is calling, by the token that the edge signer verified. A request that the signer did not verify
// is refused, such as one by another behaviour.
func me(_ context.Context, r request) (response, error) {
	claims, err := viewer.Claims(&r, os.Getenv("SIGNER_ROLE"))
	if err != nil {
		return failure(http.StatusForbidden, "NotAuthenticated", err.Error())
	}
	document, err := json.MarshalIndent(map[string]any{
		"name": claims["cognito:username"], "subject": claims["sub"], "issuer": claims["iss"], "expires": claims["exp"],
	}, "", "  ")
	return answer(http.StatusOK, "application/json", string(document)), err
}
