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

// assumption is what AssumeRole was asked for.
type assumption struct {
	roleARN        string
	name           string
	policy         *iam.Policy
	sourceIdentity string
	tags           map[string]string
	duration       time.Duration
	externalID     string
}

// The constraints of the parameters (STS API Reference, API_AssumeRole and API_Tag).
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

// parameters are those that are simulated, beside the tags. An SDK writes an empty list of these as "Tags=".
var parameters = []string{"Action", "Version", "RoleArn", "RoleSessionName", "SourceIdentity", "ExternalId", "DurationSeconds", "Policy", "Tags"}

// readAssumption reads and checks the request's parameters. One that is not simulated is an error, never passed over: it might
// narrow the session. So is one that is there and empty.
func readAssumption(form url.Values) (*assumption, *failure) {
	for parameter, values := range form {
		if !slices.Contains(parameters, parameter) && !tagMember.MatchString(parameter) {
			return nil, invalid("the parameter %s is not simulated", quoted(parameter))
		}
		if len(values) != 1 {
			return nil, invalid("the parameter %s is given more than once", quoted(parameter))
		}
	}
	asked := &assumption{
		roleARN: form.Get("RoleArn"), name: form.Get("RoleSessionName"), sourceIdentity: form.Get("SourceIdentity"), externalID: form.Get("ExternalId"),
		duration: defaultDuration * time.Second, tags: map[string]string{},
	}
	const word = `Member must satisfy regular expression pattern: [\w+=,.@-]* and have length from 2 to 64`
	switch {
	case len(asked.roleARN) < minRoleARN || len(asked.roleARN) > maxRoleARN:
		return nil, violates("roleArn", "Member must have length from %d to %d", minRoleARN, maxRoleARN)
	case !sessionName.MatchString(asked.name):
		return nil, violates("roleSessionName", word)
	case form.Has("SourceIdentity") && !sessionName.MatchString(asked.sourceIdentity): // no ":" in it, so it cannot begin with "aws:" either
		return nil, violates("sourceIdentity", word)
	case form.Has("ExternalId") && (!externalID.MatchString(asked.externalID) || len(asked.externalID) < minExternalID || len(asked.externalID) > maxExternalID):
		return nil, violates("externalId", `Member must satisfy regular expression pattern: [\w+=,.@:\/-]* and have length from %d to %d`, minExternalID, maxExternalID)
	}
	for _, read := range []func(url.Values) *failure{asked.readDuration, asked.readPolicy, asked.readTags} {
		if failed := read(form); failed != nil {
			return nil, failed
		}
	}
	return asked, nil
}

func (a *assumption) readDuration(form url.Values) *failure {
	if !form.Has("DurationSeconds") {
		return nil
	}
	seconds, err := strconv.Atoi(form.Get("DurationSeconds"))
	if err != nil || seconds < minDuration || seconds > maxDuration {
		return violates("durationSeconds", "Member must have value from %d to %d", minDuration, maxDuration)
	}
	a.duration = time.Duration(seconds) * time.Second
	return nil
}

func (a *assumption) readPolicy(form url.Values) *failure {
	if !form.Has("Policy") {
		return nil
	}
	text := form.Get("Policy")
	switch {
	case utf8.RuneCountInString(text) > maxPolicy:
		return violates("policy", "Member must have length less than or equal to %d", maxPolicy)
	case !policyText.MatchString(text):
		return violates("policy", `Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`)
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
		// The error quotes the policy: the caller's to see, and nothing for a log.
		return &failure{
			status: 400, code: "MalformedPolicyDocument", message: "The session policy is malformed: " + err.Error(),
			reason: "the session policy is malformed; the answer says where",
		}
	}
	return nil
}

// readTags reads Tags.member.N.Key and .Value, N from 1 without a gap. Keys that differ in case only are the same key.
func (a *assumption) readTags(form url.Values) *failure {
	given := 0
	for parameter := range form {
		if tagMember.MatchString(parameter) {
			given++
		}
	}
	folded := map[string]bool{}
	for n := 1; n <= given/2 && n <= maxTags; n++ {
		member := fmt.Sprintf("Tags.member.%d.", n)
		key, value := form.Get(member+"Key"), form.Get(member+"Value")
		lower := strings.ToLower(key)
		switch {
		case !form.Has(member+"Key") || !form.Has(member+"Value"):
			return invalid("tag %d has no Key or no Value", n)
		case key == "" || utf8.RuneCountInString(key) > maxTagKey || !tagText.MatchString(key) || strings.HasPrefix(lower, "aws:"):
			return invalid("the key of tag %d must have from 1 to %d letters, digits, spaces or _.:/=+-@ and not begin with aws:", n, maxTagKey)
		case utf8.RuneCountInString(value) > maxTagValue || !tagText.MatchString(value):
			return invalid("the value of tag %d must have up to %d letters, digits, spaces or _.:/=+-@", n, maxTagValue)
		case folded[lower]:
			return invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		folded[lower], a.tags[key] = true, value
	}
	if given != 2*len(a.tags) || form.Get("Tags") != "" {
		return invalid("want at most %d tags, numbered from 1, each with Key and Value", maxTags)
	}
	return nil
}

// violates is AWS's words for a parameter that breaks a constraint; the value, which AWS repeats there, is left out.
func violates(parameter, constraint string, args ...any) *failure {
	return invalid("1 validation error detected: Value at '%s' failed to satisfy constraint: %s", parameter, fmt.Sprintf(constraint, args...))
}

func invalid(message string, args ...any) *failure {
	return &failure{status: 400, code: "ValidationError", message: fmt.Sprintf(message, args...)}
}
