package awsapi

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// The limits of AssumeRole (STS API Reference, API_AssumeRole).
const (
	minSession      = 15 * time.Minute
	defaultSession  = time.Hour
	maxChained      = time.Hour // for a caller that is a role session itself, as each is here
	maxPolicyLength = 2048
	maxTags         = 50
)

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// assumption is what AssumeRole was asked for.
type assumption struct {
	role           *LeasableRole
	name           string
	policy         *iam.Policy
	sourceIdentity string
	tags           map[string]string
	duration       time.Duration
	externalID     string
}

func (h *Handler) assumeRole(c *call, form url.Values) (any, *failure) {
	asked, failed := h.readAssumption(c, form)
	if failed == nil {
		failed = h.authorizeAssumption(c, asked)
	}
	if failed != nil {
		return nil, failed
	}
	now := h.config.Now()
	duration := asked.duration
	if limit := h.config.SessionLimit; limit > 0 && limit < duration {
		duration = limit
	}
	session := iam.Session{
		Role: asked.role.Role, Name: asked.name, Policy: asked.policy, SourceIdentity: asked.sourceIdentity, Tags: asked.tags,
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

// readAssumption reads and checks the request's parameters; one that is not simulated is an error, never passed over.
func (h *Handler) readAssumption(c *call, form url.Values) (*assumption, *failure) {
	asked := &assumption{name: form.Get("RoleSessionName"), sourceIdentity: form.Get("SourceIdentity"), externalID: form.Get("ExternalId"), duration: defaultSession, tags: map[string]string{}}
	for parameter := range form {
		top, _, _ := strings.Cut(parameter, ".")
		if !slices.Contains([]string{"Action", "Version", "RoleArn", "RoleSessionName", "SourceIdentity", "ExternalId", "DurationSeconds", "Policy", "Tags"}, top) {
			return nil, invalid("the parameter %s is not simulated", quoted(top))
		}
	}
	if !sessionName.MatchString(asked.name) {
		return nil, invalid("1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]* and have length from 2 to 64")
	}
	if asked.sourceIdentity != "" && (!sessionName.MatchString(asked.sourceIdentity) || strings.HasPrefix(asked.sourceIdentity, "aws:")) {
		return nil, invalid("1 validation error detected: Value at 'sourceIdentity' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]* and have length from 2 to 64")
	}
	if text := form.Get("DurationSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < int(minSession.Seconds()) {
			return nil, invalid("1 validation error detected: Value %s at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900", quoted(text))
		}
		asked.duration = time.Duration(seconds) * time.Second
	}
	if failed := asked.readPolicy(form.Get("Policy")); failed != nil {
		return nil, failed
	}
	if failed := asked.readTags(form); failed != nil {
		return nil, failed
	}
	if asked.role = h.config.Roles(form.Get("RoleArn")); asked.role == nil {
		return nil, notAuthorized(c, "sts:AssumeRole", form.Get("RoleArn"), "there is no such role in the assembly")
	}
	return asked, nil
}

func (a *assumption) readPolicy(text string) *failure {
	if text == "" {
		return nil
	}
	if len(text) > maxPolicyLength {
		return invalid("1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to %d", maxPolicyLength)
	}
	var document any
	err := json.Unmarshal([]byte(text), &document)
	if err == nil {
		a.policy, err = iam.ParsePolicy(document)
	}
	if err == nil {
		err = a.policy.CheckIdentityPolicy()
	}
	if err != nil {
		return &failure{status: 400, code: "MalformedPolicyDocument", message: "The session policy is malformed: " + err.Error()}
	}
	a.policy.Name = "the session policy"
	return nil
}

// readTags reads Tags.member.N.Key and .Value.
func (a *assumption) readTags(form url.Values) *failure {
	for n := 1; form.Has(fmt.Sprintf("Tags.member.%d.Key", n)); n++ {
		key, value := form.Get(fmt.Sprintf("Tags.member.%d.Key", n)), form.Get(fmt.Sprintf("Tags.member.%d.Value", n))
		if _, twice := a.tags[key]; twice || key == "" || len(key) > 128 || len(value) > 256 || n > maxTags || strings.HasPrefix(strings.ToLower(key), "aws:") {
			return invalid("tag %s: at most %d tags, each key once, of 1 to 128 characters and not beginning with aws:, each value of up to 256", quoted(key), maxTags)
		}
		a.tags[key] = value
	}
	return nil
}

// authorizeAssumption asks the trust policy and the caller's policies for each of the actions that the request amounts to, then
// holds the duration against what role and role chaining allow.
func (h *Handler) authorizeAssumption(c *call, asked *assumption) *failure {
	if before := c.identity.SourceIdentity; before != "" {
		if asked.sourceIdentity != "" && asked.sourceIdentity != before {
			return notAuthorized(c, "sts:SetSourceIdentity", asked.role.ARN, "the caller's session has another source identity, which cannot be changed")
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
		decision := iam.EvaluateTrust(request, asked.role.Role)
		if decision.Allowed && action == "sts:SetSourceIdentity" {
			// Under role chaining the caller's own policy must allow it too (IAM User Guide,
			// id_credentials_temp_control-access_monitor).
			request.Resource, request.ResourceAccount = asked.role.ARN, asked.role.Account
			decision = iam.Evaluate(request, nil)
		}
		if !decision.Allowed {
			return notAuthorized(c, action, asked.role.ARN, decision.Reason)
		}
	}
	switch {
	case asked.duration > asked.role.MaxSession:
		return invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case asked.duration > maxChained:
		return invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	return nil
}

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

func invalid(message string, args ...any) *failure {
	return &failure{status: 400, code: "ValidationError", message: fmt.Sprintf(message, args...)}
}

func notAuthorized(c *call, action, resource, reason string) *failure {
	return &failure{
		status: 403, code: "AccessDenied", reason: reason,
		message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", c.identity.ARN(), action, resource),
	}
}
