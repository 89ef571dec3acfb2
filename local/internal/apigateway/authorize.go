package apigateway

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// authorize asks whatever the method is authorized by, and fails closed for what it does not know.
func (a *API) authorize(x *exchange) *refusal {
	switch x.method.Authorization {
	case "NONE", "":
		return nil
	case "AWS_IAM":
		return a.authorizeIAM(x)
	case "CUSTOM":
		return a.authorizeByLambda(x)
	case "COGNITO_USER_POOLS":
		return &refusal{kind: "NOT_SIMULATED", message: "furl local does not simulate Cognito authorizers, since it has no user pool: try the rest of the API with a Lambda authorizer"}
	}
	return &refusal{kind: "API_CONFIGURATION_ERROR", message: "Internal server error", reason: "authorization of type " + x.method.Authorization + " is not simulated"}
}

// authorizeIAM verifies the signature and asks the identity's policies and the API's (API Gateway Developer Guide,
// apigateway-authorization-flow-iam).
func (a *API) authorizeIAM(x *exchange) *refusal {
	if x.Header.Get("Authorization") == "" {
		return &refusal{kind: "MISSING_AUTHENTICATION_TOKEN", message: "Missing Authentication Token", reason: "it is not signed"}
	}
	verifier := sigv4.Verifier{
		Region: a.config.Region, Service: "execute-api", Now: a.config.Now, Credentials: a.config.Credentials.Credentials, Hosts: []string{a.config.Host, x.Host},
	}
	accessKeyID, err := verifier.Verify(x.Request, x.body)
	if err != nil {
		return signatureRefusal(err)
	}
	who, ok := a.config.Credentials.Lookup(accessKeyID)
	if !ok {
		return &refusal{kind: "INVALID_SIGNATURE", message: "The security token included in the request is invalid."}
	}
	decision := iam.Evaluate(iam.Request{
		Action: "execute-api:Invoke", Resource: a.arn(x), ResourceAccount: a.config.Account, Identity: who, Context: a.conditionKeys(x, who.ConditionKeys()),
	}, a.config.Policy)
	if !decision.Allowed {
		return &refusal{
			kind: "ACCESS_DENIED", reason: decision.Reason,
			message: fmt.Sprintf("User: %s is not authorized to perform: execute-api:Invoke on resource: %s", who.ARN(), a.arn(x)),
		}
	}
	x.caller.identity = identity{
		AccountID: who.Role.Account, AccessKey: accessKeyID, Caller: who.UserID(), User: who.UserID(), UserARN: who.ARN(),
	}
	return nil
}

func signatureRefusal(err error) *refusal {
	refused := &refusal{kind: "INVALID_SIGNATURE", message: err.Error()}
	var failed *sigv4.Error
	if errors.As(err, &failed) {
		refused.message, refused.reason = failed.Message, failed.Message+"\n  "+failed.Detail
		if failed.Code == "ExpiredTokenException" {
			refused.kind = "EXPIRED_TOKEN"
		}
	}
	return refused
}

// conditionKeys are the global ones of a request, with those of who asks.
func (a *API) conditionKeys(x *exchange, who map[string][]string) map[string][]string {
	keys := map[string][]string{
		"aws:SourceIp": {sourceIP(x.Request)}, "aws:SecureTransport": {"true"}, "aws:RequestedRegion": {a.config.Region},
		"aws:CurrentTime": {x.received.UTC().Format(time.RFC3339)}, "aws:EpochTime": {fmt.Sprint(x.received.Unix())},
	}
	maps.Copy(keys, who)
	return keys
}

// checkKey wants a key that a usage plan of this stage accepts. A key says whose usage to count; it authenticates nobody.
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
	return &refusal{kind: "INVALID_API_KEY", message: "Forbidden", reason: "x-api-key is not a key of a usage plan of stage " + a.config.Stage}
}

// permitted asks the function's policy whether this API may invoke it for what sourceARN names.
func (a *API) permitted(function *Function, sourceARN string) iam.Decision {
	return iam.EvaluateService("apigateway.amazonaws.com", iam.Request{
		Action: "lambda:InvokeFunction", Resource: function.ARN, ResourceAccount: a.config.Account,
		Context: map[string][]string{"aws:SourceArn": {sourceARN}, "aws:SourceAccount": {a.config.Account}, "aws:PrincipalIsAWSService": {"true"}},
	}, function.Policy)
}
