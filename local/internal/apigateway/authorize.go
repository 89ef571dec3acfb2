package apigateway

import (
	"errors"
	"strings"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/sigv4"
)

// authorize authorizes a request in the way of its method. The API's resource policy has a say in each way (API
// Gateway Developer Guide, apigateway-authorization-flow).
func (a *API) authorize(x *exchange) *refusal {
	switch x.method.Authorization {
	case "NONE":
		return a.authorizeAnyone(x)
	case "AWS_IAM":
		return a.authorizeIAM(x)
	case "CUSTOM":
		return a.authorizeByLambda(x)
	}
	return a.authorizeByCognito(x)
}

// authorizeAnyone lets everyone in, unless the API has a resource policy. Then the policy must allow the request.
func (a *API) authorizeAnyone(x *exchange) *refusal {
	if a.config.Policy == nil {
		return nil
	}
	request := a.request(x, nil)
	if decision := iam.Evaluate(request, a.config.Policy); !decision.Allowed {
		return a.accessDenied(x, "anonymous", decision.Reason)
	}
	return nil
}

// authorizeIAM verifies the signature and asks the identity's policies and the API's.
func (a *API) authorizeIAM(x *exchange) *refusal {
	if x.Header.Get("Authorization") == "" {
		return &refusal{
			code: "MISSING_AUTHENTICATION_TOKEN", message: "Missing Authentication Token", reason: "it is not signed",
		}
	}
	accessKeyID, err := a.verifier.Verify(x.Request, x.body)
	if err != nil {
		return signatureRefusal(err)
	}
	who, ok := a.config.Credentials.Lookup(accessKeyID)
	if !ok {
		return &refusal{code: "INVALID_SIGNATURE", message: "The security token included in the request is invalid."}
	}
	request := a.request(x, who)
	if decision := iam.Evaluate(request, a.config.Policy); !decision.Allowed {
		return a.accessDenied(x, who.ARN(), decision.Reason)
	}
	userID, arn := who.UserID(), who.ARN()
	x.caller.identity = identity{
		AccountID: &who.Role.Account, AccessKey: &accessKeyID, Caller: &userID, User: &userID, UserARN: &arn,
	}
	return nil
}

func signatureRefusal(err error) *refusal {
	refused := &refusal{code: "INVALID_SIGNATURE", message: err.Error()}
	var failure *sigv4.Error
	if errors.As(err, &failure) {
		refused.message, refused.errorType = failure.Message, failure.Code
		refused.reason, refused.details = failure.Why(), failure.Details
		if failure.Code == "ExpiredTokenException" {
			refused.code = "EXPIRED_TOKEN"
		}
	}
	return refused
}

// request is the question to the policies. The identity is nil for an unsigned request.
func (a *API) request(x *exchange, who *iam.Identity) iam.Request {
	return iam.Request{
		Action: "execute-api:Invoke", Resource: a.arn(x), ResourceAccount: a.config.Account,
		Identity: who, Context: iam.RequestKeys(x.Request, a.config.Region, x.received, who),
	}
}

// accessDenied is the refusal of a user. As on AWS, the account in the resource's ARN is masked.
func (a *API) accessDenied(x *exchange, user, reason string) *refusal {
	masked := "********" + a.config.Account[max(0, len(a.config.Account)-4):]
	resource := strings.Replace(a.arn(x), ":"+a.config.Account+":", ":"+masked+":", 1)
	return &refusal{
		code:    "ACCESS_DENIED",
		message: "User: " + user + " is not authorized to perform: execute-api:Invoke on resource: " + resource,
		reason:  reason,
	}
}

// allowAllStatement is a statement of a resource policy that allows everything.
var allowAllStatement = func() *iam.Statement {
	policy, err := iam.ParsePolicy(map[string]any{"Statement": map[string]any{
		"Sid": "AllowAll", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
	}})
	if err != nil {
		panic(err) // the policy is a constant, so it cannot happen
	}
	return policy.Statements[0]
}()

// denies reports whether a policy denies an unsigned request explicitly. An explicit deny holds even beside a
// statement that allows everything.
func denies(policy *iam.Policy, request iam.Request) bool {
	return !iam.Evaluate(request, withAllowAll(policy)).Allowed
}

func withAllowAll(policy *iam.Policy) *iam.Policy {
	return &iam.Policy{Name: policy.Name, Statements: append([]*iam.Statement{allowAllStatement}, policy.Statements...)}
}

// invokePermission asks the function's policy whether this API may invoke the function. The source ARN names the
// method or the authorizer that invokes it.
func (a *API) invokePermission(x *exchange, function *Function, sourceARN string) iam.Decision {
	service := iam.Service{
		Principal: "apigateway.amazonaws.com", SourceARN: sourceARN, SourceAccount: a.config.Account,
	}
	return iam.EvaluateService(service.Principal, iam.Request{
		Action: "lambda:InvokeFunction", Resource: function.ARN, ResourceAccount: a.config.Account,
		Context: service.RequestKeys(x.Request, a.config.Region, a.config.Now()),
	}, function.Policy)
}
