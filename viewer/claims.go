package viewer

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Claims returns the claims of the token that the edge signer verified. signerRole is the ARN of the signer's role.
// Numbers are json.Number. It can be called before [Restore] and after.
//
// Claims does not check the token's signature. The signer's authorizer has checked it, and has written the token's
// issuer into the header x-furl-verified. No viewer can send that header through the signer. Claims accepts the
// signer's events alone, and none without the header. The construct must have the default AuthorizationHeader.
//
// Whoever may create distributions in the account can use the signer with keys of their own, and so forge every claim,
// the issuer too. Where that matters, verify the token's signature in the function.
//
// It is an error if signerRole is not the ARN of a role, if another principal sent the event, or if no authorizer has
// verified a token. A principal of GrantInvokeUrl or of a lease writes its headers itself, so its token is not looked
// at. No error has a part of the event in it.
func Claims(event *events.LambdaFunctionURLRequest, signerRole string) (map[string]any, error) {
	sessions, err := sessionsOf(signerRole)
	if err != nil {
		return nil, err
	}
	return claimsFrom(event, sessions)
}

// verified is the header in which the signer names the issuer of a token that its authorizer has verified.
const verified = "x-furl-verified"

// roleARN has the partition, the account and the name of a role. The name follows the path (IAM User Guide,
// reference_identifiers).
var roleARN = regexp.MustCompile(`^arn:([a-z-]+):iam::([0-9]{12}):role/(?:[\x21-\x7e]*/)?([\w+=,.@-]{1,64})$`)

// sessionsOf is the prefix of the ARNs of a role's sessions. They lack the role's path.
func sessionsOf(role string) (string, error) {
	parts := roleARN.FindStringSubmatch(role)
	if parts == nil {
		return "", errors.New("signerRole is not the ARN of a role: give the function the ARN of EdgeSigner.Role()")
	}
	return "arn:" + parts[1] + ":sts::" + parts[2] + ":assumed-role/" + parts[3] + "/", nil
}

var errNoObject = errors.New("the payload of the token is not one JSON object")

// claimsFrom reads the claims of an event that a session with the prefix must have signed.
func claimsFrom(event *events.LambdaFunctionURLRequest, sessions string) (map[string]any, error) {
	authorizer := event.RequestContext.Authorizer
	if authorizer == nil || authorizer.IAM == nil || !strings.HasPrefix(authorizer.IAM.UserARN, sessions) {
		return nil, errors.New("the edge signer did not send this request: call the function by its distribution")
	}
	if event.Headers[verified] == "" {
		return nil, errors.New("no authorizer has verified a token of this request: " +
			"give the behaviour an Authorizer, and ask for no claims where it has none")
	}
	token, ok := strings.CutPrefix(cmp.Or(event.Headers[ForwardedAuthorization], event.Headers["authorization"]),
		"Bearer ")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return nil, errors.New("the request has no verified token: leave AuthorizationHeader at its default")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, errors.New("the payload of the token is not base64url")
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	var claims map[string]any
	if decoder.Decode(&claims) != nil || claims == nil {
		return nil, errNoObject
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errNoObject
	}
	return claims, nil
}
