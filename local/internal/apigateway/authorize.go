package apigateway

import (
	"errors"
	"strings"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// authorize asks whatever the method is authorized by, and the API's resource policy with it (API Gateway Developer Guide,
// apigateway-authorization-flow).
func (a *API) authorize(x *exchange) *refusal {
	switch x.method.Authorization {
	case "NONE":
		return a.authorizeAnyone(x)
	case "AWS_IAM":
		return a.authorizeIAM(x)
	case "CUSTOM":
		return a.authorizeByLambda(x)
	}
	return &refusal{
		kind:    notSimulated,
		message: "furl local does not simulate Cognito authorizers, since it has no user pool: try the rest of the API with a Lambda authorizer",
	}
}

// authorizeAnyone lets everyone in where there is no resource policy; where there is one, it must allow.
func (a *API) authorizeAnyone(x *exchange) *refusal {
	if a.config.Policy == nil {
		return nil
	}
	request := a.request(x, nil)
	if decision := iam.Evaluate(request, a.config.Policy); !decision.Allowed {
		return a.denied(x, "anonymous", decision.Reason)
	}
	return nil
}

// authorizeIAM verifies the signature and asks the identity's policies and the API's.
func (a *API) authorizeIAM(x *exchange) *refusal {
	if x.Header.Get("Authorization") == "" {
		return &refusal{kind: "MISSING_AUTHENTICATION_TOKEN", message: "Missing Authentication Token", reason: "it is not signed"}
	}
	accessKeyID, err := a.verifier.Verify(x.Request, x.body)
	if err != nil {
		return signatureRefusal(err)
	}
	who, ok := a.config.Credentials.Lookup(accessKeyID)
	if !ok {
		return &refusal{kind: "INVALID_SIGNATURE", message: "The security token included in the request is invalid."}
	}
	request := a.request(x, who)
	if decision := iam.Evaluate(request, a.config.Policy); !decision.Allowed {
		return a.denied(x, who.ARN(), decision.Reason)
	}
	userID, arn := who.UserID(), who.ARN()
	x.caller.identity = identity{AccountID: &who.Role.Account, AccessKey: &accessKeyID, Caller: &userID, User: &userID, UserARN: &arn}
	return nil
}

func signatureRefusal(err error) *refusal {
	refused := &refusal{kind: "INVALID_SIGNATURE", message: err.Error()}
	var failed *sigv4.Error
	if errors.As(err, &failed) {
		refused.message, refused.reason, refused.errorType = failed.Message, failed.Message+"\n  "+failed.Detail, failed.Code
		if failed.Code == "ExpiredTokenException" {
			refused.kind = "EXPIRED_TOKEN"
		}
	}
	return refused
}

// request is the question to policies; who is nil where nobody signed.
func (a *API) request(x *exchange, who *iam.Identity) iam.Request {
	return iam.Request{Action: "execute-api:Invoke", Resource: a.arn(x), ResourceAccount: a.config.Account, Identity: who, Context: iam.RequestKeys(x.Request, a.config.Region, x.received, who)}
}

// denied is the refusal of who, with the account in the ARN as AWS shows it.
func (a *API) denied(x *exchange, who, reason string) *refusal {
	masked := "********" + a.config.Account[max(0, len(a.config.Account)-4):]
	shown := strings.Replace(a.arn(x), ":"+a.config.Account+":", ":"+masked+":", 1)
	return &refusal{kind: "ACCESS_DENIED", message: "User: " + who + " is not authorized to perform: execute-api:Invoke on resource: " + shown, reason: reason}
}

// allowAll is a statement of a resource policy that allows everything.
var allowAll = func() *iam.Statement {
	policy, err := iam.ParsePolicy(map[string]any{"Statement": map[string]any{
		"Sid": "AllowAll", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
	}})
	if err != nil {
		panic(err) // a constant: cannot happen
	}
	return policy.Statements[0]
}()

// denies tells whether a resource policy denies an unsigned request explicitly: whether it would, had it allowed everything too.
func denies(policy *iam.Policy, request iam.Request) bool {
	return !iam.Evaluate(request, withAllowAll(policy)).Allowed
}

func withAllowAll(policy *iam.Policy) *iam.Policy {
	return &iam.Policy{Name: policy.Name, Statements: append([]*iam.Statement{allowAll}, policy.Statements...)}
}

// permitted asks the function's policy whether this API may invoke it for what sourceARN names.
func (a *API) permitted(function *Function, sourceARN string) iam.Decision {
	return iam.EvaluateService("apigateway.amazonaws.com", iam.Request{
		Action: "lambda:InvokeFunction", Resource: function.ARN, ResourceAccount: a.config.Account,
		Context: map[string][]string{"aws:SourceArn": {sourceARN}, "aws:SourceAccount": {a.config.Account}, "aws:PrincipalIsAWSService": {"true"}},
	}, function.Policy)
}
