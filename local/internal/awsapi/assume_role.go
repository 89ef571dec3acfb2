package awsapi

import (
	"encoding/xml"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// maxChainedDuration is the longest session under role chaining, which is every one but a user's (STS API Reference,
// API_AssumeRole).
const maxChainedDuration = time.Hour

func (h *Handler) assumeRole(c *call, form url.Values) (any, *refusal) {
	asked, refused := readAssumption(form)
	if refused != nil {
		return nil, refused
	}
	role, err := h.config.Role(asked.roleARN)
	if err != nil {
		return nil, accessDenied(c, "sts:AssumeRole", asked.roleARN, err.Error())
	}
	if refused := h.authorizeAssumption(c, asked, role); refused != nil {
		return nil, refused
	}
	now := h.config.Now()
	duration := asked.duration
	if limit := h.config.SessionLimit; limit > 0 && limit < duration {
		duration = limit
	}
	session := iam.Session{
		Role: role, Name: asked.name, Policy: asked.policy, SourceIdentity: asked.sourceIdentity, Tags: asked.tags,
		IssuedAt: now, Expires: now.Add(duration).UTC().Truncate(time.Second),
	}
	credentials := h.config.Credentials.Assume(session)
	identity, ok := h.config.Credentials.Lookup(credentials.AccessKeyID)
	if !ok {
		return nil, accessDenied(c, "sts:AssumeRole", asked.roleARN, "the role has just gone with a new assembly")
	}
	return assumeRoleAnswer(c.requestID, session, identity, credentials), nil
}

// These are the parts of AssumeRole's answer (STS API Reference, API_AssumeRole).
type (
	assumedRoleUser    struct{ Arn, AssumedRoleId string }
	sessionCredentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	assumeRoleResult   struct {
		AssumedRoleUser assumedRoleUser
		Credentials     sessionCredentials
		SourceIdentity  string `xml:",omitempty"`
	}
)

func assumeRoleAnswer(requestID string, session iam.Session, identity *iam.Identity, keys aws.Credentials) any {
	return struct {
		XMLName          xml.Name         `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
		Result           assumeRoleResult `xml:"AssumeRoleResult"`
		ResponseMetadata responseMetadata `xml:"ResponseMetadata"`
	}{
		Result: assumeRoleResult{
			AssumedRoleUser: assumedRoleUser{identity.ARN(), identity.UserID()},
			Credentials: sessionCredentials{
				keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, session.Expires.Format(time.RFC3339),
			},
			SourceIdentity: session.SourceIdentity,
		},
		ResponseMetadata: responseMetadata{requestID},
	}
}

// authorizeAssumption asks the trust policy and the caller's policies for each action that the request amounts
// to. The duration must be within the limits of the role and of role chaining.
func (h *Handler) authorizeAssumption(c *call, asked *assumption, role *iam.Role) *refusal {
	if before := c.identity.SourceIdentity; before != "" {
		if asked.sourceIdentity != "" && asked.sourceIdentity != before {
			return accessDenied(c, "sts:SetSourceIdentity", role.ARN,
				"the caller's session has another source identity, which cannot be changed")
		}
		asked.sourceIdentity = before
	}
	keys := h.assumptionKeys(c, asked)
	actions := []string{"sts:AssumeRole"}
	if len(asked.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if asked.sourceIdentity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	for _, action := range actions {
		request := iam.Request{Action: action, Identity: c.identity, Context: keys}
		decision := iam.EvaluateTrust(request, role)
		if decision.Allowed && action == "sts:SetSourceIdentity" {
			// Under role chaining the caller's policy must allow this action, too (IAM User Guide,
			// id_credentials_temp_control-access_monitor).
			request.Resource, request.ResourceAccount = role.ARN, role.Account
			decision = iam.Evaluate(request, nil)
		}
		if !decision.Allowed {
			return accessDenied(c, action, role.ARN, decision.Reason)
		}
	}
	switch {
	case asked.duration > role.MaxSession:
		return validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case asked.duration > maxChainedDuration && !c.identity.Role.User:
		return validationError(
			"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	return nil
}

// assumptionKeys are the condition keys of a request to assume a role (IAM User Guide,
// reference_policies_iam-condition-keys and id_session-tags).
func (h *Handler) assumptionKeys(c *call, asked *assumption) map[string][]string {
	keys := map[string][]string{"sts:RoleSessionName": {asked.name}}
	if asked.externalID != "" {
		keys["sts:ExternalId"] = []string{asked.externalID}
	}
	if asked.sourceIdentity != "" {
		keys["sts:SourceIdentity"] = []string{asked.sourceIdentity}
	}
	for key, value := range asked.tags {
		keys["aws:RequestTag/"+key] = []string{value}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], key)
	}
	return h.conditionKeys(c, keys)
}

func accessDenied(c *call, action, resource, reason string) *refusal {
	return &refusal{
		status: 403, code: "AccessDenied",
		message: notAuthorized(c, action, resource), reason: reason,
	}
}
