package functionurl

import (
	"net/http"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// caller is the signer of a request, which is a role's session or an AWS service. The zero value is an anonymous
// caller.
type caller struct {
	accessKeyID string
	identity    *iam.Identity
	service     *iam.Service
}

// decide asks the policies whether the caller may take an action, under one more condition key.
func (h *Handler) decide(r *http.Request, c caller, action, key, value string) iam.Decision {
	request := iam.Request{
		Action: action, Identity: c.identity, Resource: h.config.FunctionARN, ResourceAccount: h.config.Account,
	}
	if h.config.AuthType == AuthIAM && c.identity == nil {
		request.Context = c.service.RequestKeys(r, h.config.Region, h.config.Now())
		request.Context[key] = []string{value}
		return iam.EvaluateService(c.service.Principal, request, h.config.Policy)
	}
	request.Context = iam.RequestKeys(r, h.config.Region, h.config.Now(), c.identity)
	request.Context[key] = []string{value}
	return iam.Evaluate(request, h.config.Policy)
}

// CloudFront signs as a session of this role for each origin access control. AWS does not document the role. Events
// seen live in 2025 have it, and the key policies of awslabs/aws-solutions-constructs name it.
const (
	originAccessAccount = "856369053181"
	originAccessUserID  = "AROA4OY4SXX6VEIZRJRCJ:OriginAccessSession"
	originAccessARN     = "arn:aws:sts::" + originAccessAccount +
		":assumed-role/OriginAccessControlRole/OriginAccessSession"
)

// authorizer describes the caller for the event, nil for an anonymous one.
func (c caller) authorizer() *authorizer {
	switch {
	case c.identity != nil:
		return &authorizer{IAM: iamContext{
			AccessKey: c.accessKeyID, AccountID: c.identity.Role.Account,
			CallerID: c.identity.UserID(), UserARN: c.identity.ARN(), UserID: c.identity.UserID(),
		}}
	case c.service != nil:
		return &authorizer{IAM: iamContext{
			AccessKey: c.accessKeyID, AccountID: originAccessAccount,
			CallerID: originAccessUserID, UserARN: originAccessARN, UserID: originAccessUserID,
		}}
	}
	return nil
}
