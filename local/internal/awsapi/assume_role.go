package awsapi

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// maxChained is the longest session for a caller that is a role session itself, as each is here (STS API Reference,
// API_AssumeRole).
const maxChained = time.Hour

func (h *Handler) assumeRole(c *call, form url.Values) (any, *failure) {
	asked, failed := readAssumption(form)
	if failed != nil {
		return nil, failed
	}
	role := h.config.Roles(asked.roleARN)
	if role == nil {
		return nil, notAuthorized(c, "sts:AssumeRole", asked.roleARN, "there is no such role in the assembly")
	}
	if failed := h.authorizeAssumption(c, asked, role); failed != nil {
		return nil, failed
	}
	now := h.config.Now()
	duration := asked.duration
	if limit := h.config.SessionLimit; limit > 0 && limit < duration {
		duration = limit
	}
	session := iam.Session{
		Role: role.Role, Name: asked.name, Policy: asked.policy, SourceIdentity: asked.sourceIdentity, Tags: asked.tags,
		IssuedAt: now, Expires: now.Add(duration).UTC().Truncate(time.Second),
	}
	credentials := h.config.Credentials.Assume(session)
	identity, _ := h.config.Credentials.Lookup(credentials.AccessKeyID)
	type user struct{ Arn, AssumedRoleId string }
	type keys struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	type result struct {
		AssumedRoleUser user
		Credentials     keys
		SourceIdentity  string `xml:",omitempty"`
	}
	return struct {
		XMLName          xml.Name         `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
		Result           result           `xml:"AssumeRoleResult"`
		ResponseMetadata responseMetadata `xml:"ResponseMetadata"`
	}{
		Result: result{
			user{identity.ARN(), identity.UserID()},
			keys{credentials.AccessKeyID, credentials.SecretAccessKey, credentials.SessionToken, session.Expires.Format(time.RFC3339)},
			asked.sourceIdentity,
		},
		ResponseMetadata: responseMetadata{c.requestID},
	}, nil
}

// authorizeAssumption asks the trust policy and the caller's policies for each of the actions that the request amounts to, then
// holds the duration against what role and role chaining allow.
func (h *Handler) authorizeAssumption(c *call, asked *assumption, role *LeasableRole) *failure {
	if before := c.identity.SourceIdentity; before != "" {
		if asked.sourceIdentity != "" && asked.sourceIdentity != before {
			return notAuthorized(c, "sts:SetSourceIdentity", role.ARN, "the caller's session has another source identity, which cannot be changed")
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
		decision := iam.EvaluateTrust(request, role.Role)
		if decision.Allowed && action == "sts:SetSourceIdentity" {
			// Under role chaining the caller's own policy must allow it too (IAM User Guide,
			// id_credentials_temp_control-access_monitor).
			request.Resource, request.ResourceAccount = role.ARN, role.Account
			decision = iam.Evaluate(request, nil)
		}
		if !decision.Allowed {
			return notAuthorized(c, action, role.ARN, decision.Reason)
		}
	}
	switch {
	case asked.duration > role.MaxSession:
		return invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case asked.duration > maxChained:
		return invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	return nil
}

// assumptionKeys are the condition keys of a request to assume a role (IAM User Guide, reference_policies_iam-condition-keys and
// id_session-tags).
func (h *Handler) assumptionKeys(c *call, asked *assumption) map[string][]string {
	own := map[string][]string{"sts:RoleSessionName": {asked.name}}
	if asked.externalID != "" {
		own["sts:ExternalId"] = []string{asked.externalID}
	}
	if asked.sourceIdentity != "" {
		own["sts:SourceIdentity"] = []string{asked.sourceIdentity}
	}
	for key, value := range asked.tags {
		own["aws:RequestTag/"+key] = []string{value}
		own["aws:TagKeys"] = append(own["aws:TagKeys"], key)
	}
	return h.conditionKeys(c, own)
}

func notAuthorized(c *call, action, resource, reason string) *failure {
	return &failure{
		status: 403, code: "AccessDenied", reason: reason,
		message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", c.identity.ARN(), action, resource),
	}
}
