package cognito

import (
	"crypto/subtle"
)

// initiation is the body of InitiateAuth (Amazon Cognito API Reference, API_InitiateAuth).
type initiation struct {
	AuthFlow       string
	AuthParameters map[string]string
	ClientId       string
}

// authenticationResult is its answer. There are no refresh tokens here.
type authenticationResult struct {
	AccessToken, IdToken, TokenType string
	ExpiresIn                       int // of the access token, in seconds
}

type initiated struct {
	AuthenticationResult authenticationResult
	ChallengeParameters  struct{}
}

// initiateAuth signs a user in by password. Any name is a user's. The messages are those that AWS was seen to answer
// with.
func (h *Handler) initiateAuth(asked initiation) (any, *failure) {
	pool, client := h.pools.client(asked.ClientId)
	if client == nil {
		return nil, &failure{"ResourceNotFoundException", "User pool client does not exist."}
	}
	if failed := client.allows(asked); failed != nil {
		return nil, failed
	}
	password := []byte(asked.AuthParameters["PASSWORD"])
	if subtle.ConstantTimeCompare(password, []byte(h.pools.run.Password)) != 1 {
		return nil, &failure{"NotAuthorizedException", "Incorrect username or password."}
	}
	signIn := SignIn{Client: client, User: asked.AuthParameters["USERNAME"]}
	id, err := pool.Token(signIn, UseID, h.now())
	if err != nil {
		return nil, &failure{"InvalidParameterException", err.Error()}
	}
	access, err := pool.Token(signIn, UseAccess, h.now())
	if err != nil {
		return nil, &failure{"InvalidParameterException", err.Error()}
	}
	return initiated{AuthenticationResult: authenticationResult{
		AccessToken: access, IdToken: id, TokenType: "Bearer", ExpiresIn: int(client.lives[UseAccess].Seconds()),
	}}, nil
}

// allows checks that the client has the flow, that no parameter is missing, and the secret's hash.
func (c *Client) allows(asked initiation) *failure {
	const flow = "USER_PASSWORD_AUTH"
	hash, hashed := asked.AuthParameters["SECRET_HASH"]
	switch {
	case asked.AuthFlow != flow:
		return &failure{"InvalidParameterException", "furl local simulates the flow " + flow + ", and no other"}
	case !c.passwords:
		return &failure{"InvalidParameterException", flow + " flow not enabled for this client"}
	case asked.AuthParameters["USERNAME"] == "":
		return &failure{"InvalidParameterException", "Missing required parameter USERNAME"}
	case asked.AuthParameters["PASSWORD"] == "":
		return &failure{"InvalidParameterException", "Missing required parameter PASSWORD"}
	case c.secret != "" && !hashed:
		const message = " is configured for secret but secret was not received"
		return &failure{"NotAuthorizedException", "Client " + c.ID + message}
	case hashed && (c.secret == "" || !c.hasSecretHash(hash, asked.AuthParameters["USERNAME"])):
		return &failure{"NotAuthorizedException", "Unable to verify secret hash for client " + c.ID}
	}
	return nil
}
