package awsapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// assumption is a request to AssumeRole.
type assumption struct {
	roleARN        string
	name           string
	policy         *iam.Policy
	sourceIdentity string
	tags           map[string]string
	duration       time.Duration
	externalID     string
}

// These are the constraints of the parameters (STS API Reference, API_AssumeRole and API_Tag).
const (
	minDuration, defaultDuration, maxDuration = 900, 3600, 43200 // seconds
	minRoleARN, maxRoleARN                    = 20, 2048
	minExternalID, maxExternalID              = 2, 1224
	maxPolicy                                 = 2048
	maxTags, maxTagKey, maxTagValue           = 50, 128, 256
)

var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	policyText  = regexp.MustCompile(`^[\t\n\r\x{20}-\x{FF}]+$`)
	tagText     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)
	tagMember   = regexp.MustCompile(`^Tags\.member\.\d+\.(Key|Value)$`)
)

// parameters are the simulated parameters besides the members of Tags. An SDK writes an empty list of tags as
// "Tags=".
var parameters = []string{
	"Action", "Version", "RoleArn", "RoleSessionName", "SourceIdentity", "ExternalId", "DurationSeconds", "Policy",
	"Tags",
}

// readAssumption reads and checks the request's parameters. A parameter that is not simulated is an error, since
// it might narrow the session. A parameter that is present but empty is an error, too.
func readAssumption(form url.Values) (*assumption, *refusal) {
	for parameter, values := range form {
		if !slices.Contains(parameters, parameter) && !tagMember.MatchString(parameter) {
			return nil, validationError("the parameter %s is not simulated", quote(parameter))
		}
		if len(values) != 1 {
			return nil, validationError("the parameter %s is given more than once", quote(parameter))
		}
	}
	asked := &assumption{
		roleARN: form.Get("RoleArn"), name: form.Get("RoleSessionName"),
		sourceIdentity: form.Get("SourceIdentity"), externalID: form.Get("ExternalId"),
		duration: defaultDuration * time.Second, tags: map[string]string{},
	}
	const (
		pattern  = "Member must satisfy regular expression pattern: "
		nameForm = pattern + `[\w+=,.@-]* and have length from 2 to 64`
		idForm   = pattern + `[\w+=,.@:\/-]* and have length from %d to %d`
	)
	switch size := len(asked.externalID); {
	case len(asked.roleARN) < minRoleARN || len(asked.roleARN) > maxRoleARN:
		return nil, violation("roleArn", "Member must have length from %d to %d", minRoleARN, maxRoleARN)
	case !sessionName.MatchString(asked.name):
		return nil, violation("roleSessionName", nameForm)
	case form.Has("SourceIdentity") && !sessionName.MatchString(asked.sourceIdentity):
		// The form allows no ":", so a source identity cannot begin with "aws:" either.
		return nil, violation("sourceIdentity", nameForm)
	case form.Has("ExternalId") &&
		(!externalID.MatchString(asked.externalID) || size < minExternalID || size > maxExternalID):
		return nil, violation("externalId", idForm, minExternalID, maxExternalID)
	}
	for _, read := range []func(url.Values) *refusal{asked.readDuration, asked.readPolicy, asked.readTags} {
		if refused := read(form); refused != nil {
			return nil, refused
		}
	}
	return asked, nil
}

func (a *assumption) readDuration(form url.Values) *refusal {
	if !form.Has("DurationSeconds") {
		return nil
	}
	seconds, err := strconv.Atoi(form.Get("DurationSeconds"))
	if err != nil || seconds < minDuration || seconds > maxDuration {
		return violation("durationSeconds", "Member must have value from %d to %d", minDuration, maxDuration)
	}
	a.duration = time.Duration(seconds) * time.Second
	return nil
}

func (a *assumption) readPolicy(form url.Values) *refusal {
	if !form.Has("Policy") {
		return nil
	}
	text := form.Get("Policy")
	switch {
	case utf8.RuneCountInString(text) > maxPolicy:
		return violation("policy", "Member must have length less than or equal to %d", maxPolicy)
	case !policyText.MatchString(text):
		return violation("policy", `Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`)
	}
	var document any
	err := json.Unmarshal([]byte(text), &document)
	if err == nil {
		a.policy, err = iam.ParsePolicy(document)
	}
	if err == nil {
		a.policy.Name = "the session policy"
		err = a.policy.CheckIdentityPolicy()
	}
	if err != nil {
		// The error quotes the policy, which the caller may see and the log may not.
		return &refusal{
			status: 400, code: "MalformedPolicyDocument",
			message: "The session policy is malformed: " + err.Error(),
			reason:  "the session policy is malformed; the answer says where",
		}
	}
	return nil
}

// readTags reads Tags.member.N.Key and Tags.member.N.Value. N counts from 1 without a gap, and keys that differ in
// case only are the same key.
func (a *assumption) readTags(form url.Values) *refusal {
	members := 0
	for parameter := range form {
		if tagMember.MatchString(parameter) {
			members++
		}
	}
	lowerKeys := map[string]bool{}
	for n := 1; n <= members/2 && n <= maxTags; n++ {
		member := fmt.Sprintf("Tags.member.%d.", n)
		key, value := form.Get(member+"Key"), form.Get(member+"Value")
		lowerKey := strings.ToLower(key)
		switch {
		case !form.Has(member+"Key") || !form.Has(member+"Value"):
			return validationError("tag %d has no Key or no Value", n)
		case key == "" || utf8.RuneCountInString(key) > maxTagKey || !tagText.MatchString(key) ||
			strings.HasPrefix(lowerKey, "aws:"):
			return validationError("the key of tag %d must have from 1 to %d letters, digits, spaces or _.:/=+-@ "+
				"and not begin with aws:", n, maxTagKey)
		case utf8.RuneCountInString(value) > maxTagValue || !tagText.MatchString(value):
			return validationError("the value of tag %d must have up to %d letters, digits, spaces or _.:/=+-@",
				n, maxTagValue)
		case lowerKeys[lowerKey]:
			return validationError("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		lowerKeys[lowerKey], a.tags[key] = true, value
	}
	if members != 2*len(a.tags) || form.Get("Tags") != "" {
		return validationError("want at most %d tags, numbered from 1, each with Key and Value", maxTags)
	}
	return nil
}

// violation refuses a parameter that breaks a constraint, in AWS's words. AWS repeats the value there, and this
// message leaves it out.
func violation(parameter, constraint string, args ...any) *refusal {
	return validationError("1 validation error detected: Value at '%s' failed to satisfy constraint: %s",
		parameter, fmt.Sprintf(constraint, args...))
}

func validationError(message string, args ...any) *refusal {
	return &refusal{status: 400, code: "ValidationError", message: fmt.Sprintf(message, args...)}
}
