package furl

// TokenUse is the kind of a user pool's token, as in its claim token_use (Cognito Developer Guide,
// amazon-cognito-user-pools-using-tokens-verifying-a-jwt).
type TokenUse string

const (
	// TokenUse_ACCESS takes access tokens. The app client is in the claim client_id.
	TokenUse_ACCESS TokenUse = "access"

	// TokenUse_ID takes ID tokens. The app client is in the claim aud. They have no scopes.
	TokenUse_ID TokenUse = "id"
)
