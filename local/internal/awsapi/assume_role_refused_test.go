package awsapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// TestAssumeRoleByPolicy asks who may assume the role: the trust policy and the caller's own.
func TestAssumeRoleByPolicy(t *testing.T) {
	const accountRoot = `"AWS":"arn:aws:iam::111122223333:root"`
	trusts := func(principal, actions, condition string) string {
		return `{"Effect":"Allow","Principal":{` + principal + `},"Action":[` + actions + `],"Condition":{` + condition + `}}`
	}
	const (
		me     = `"AWS":"` + callerARN + `"`
		assume = `"sts:AssumeRole"`
		all    = `"sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"`
		none   = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	)
	tagged := func(input *sts.AssumeRoleInput) {
		input.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("tag-value")}}
	}
	named := func(input *sts.AssumeRoleInput) { input.SourceIdentity = aws.String("alice") }
	withExternalID := func(input *sts.AssumeRoleInput) { input.ExternalId = aws.String(external) }
	for _, row := range []struct {
		name, why, trust, caller string
		change                   func(*sts.AssumeRoleInput)
		refused                  string // the action, "" where it is allowed
	}{
		{"trusts the role", "its ARN is sufficient within the account", trusts(me, assume, ""), none, nil, ""},
		{"trusts the session", "so is the session's", trusts(`"AWS":"arn:aws:sts::111122223333:assumed-role/grant/grant-function"`, assume, ""), none, nil, ""},
		{"trusts the account", "the caller's policy must allow it then", trusts(accountRoot, assume, ""), mayAssume, nil, ""},
		{"trusts the account only", "which leaves it to the caller's policy", trusts(accountRoot, assume, ""), none, nil, "sts:AssumeRole"},
		{"trusts a service", "the caller is none, whatever its policy says", trusts(`"Service":"lambda.amazonaws.com"`, assume, ""), mayAssume, nil, "sts:AssumeRole"},
		{"trusts another role", "the caller's policy does not make up for it", trusts(`"AWS":"arn:aws:iam::111122223333:role/other"`, assume, ""), mayAssume, nil, "sts:AssumeRole"},
		{"trusts another account", "not this one", trusts(`"AWS":"444455556666"`, assume, ""), mayAssume, nil, "sts:AssumeRole"},
		{"trust denies", "a deny wins", trustsCaller + `,{"Effect":"Deny","Principal":"*","Action":"sts:*"}`, mayAssume, nil, "sts:AssumeRole"},
		{"caller denied", "a deny wins", trustsCaller, `{"Effect":"Deny","Action":"sts:*","Resource":"*"}`, nil, "sts:AssumeRole"},

		{"tags", "allowed", trusts(me, all, ""), none, tagged, ""},
		{"tags not trusted", "sts:TagSession must be in the trust policy", trusts(me, assume, ""), `{"Effect":"Allow","Action":"sts:*","Resource":"*"}`, tagged, "sts:TagSession"},
		{"tags denied", "to the caller", trusts(me, all, ""), `{"Effect":"Deny","Action":"sts:TagSession","Resource":"*"}`, tagged, "sts:TagSession"},
		{"tag as wanted", "aws:RequestTag", trusts(me, all, `"StringEquals":{"aws:RequestTag/team":"tag-value"}`), none, tagged, ""},
		{"another tag value", "aws:RequestTag", trusts(me, all, `"StringEquals":{"aws:RequestTag/team":"blue"}`), none, tagged, "sts:AssumeRole"},
		{"tag missing", "aws:RequestTag", trusts(me, all, `"StringEquals":{"aws:RequestTag/stage":"x"}`), none, tagged, "sts:AssumeRole"},
		{"tag keys", "aws:TagKeys", trusts(me, all, `"ForAllValues:StringEquals":{"aws:TagKeys":["stage"]}`), none, tagged, "sts:AssumeRole"},

		{"source identity", "both sides allow it", trusts(me, all, ""), mayAssume, named, ""},
		{"source identity not trusted", "sts:SetSourceIdentity must be in the trust policy", trusts(me, assume, ""), mayAssume, named, "sts:SetSourceIdentity"},
		{"source identity not the caller's", "and in its own policy: a function's role is a session, so this is role chaining", trusts(me, all, ""), none, named, "sts:SetSourceIdentity"},
		{"source identity as wanted", "sts:SourceIdentity", trusts(me, all, `"StringLike":{"sts:SourceIdentity":"al*"}`), mayAssume, named, ""},
		{"another source identity", "sts:SourceIdentity", trusts(me, all, `"StringLike":{"sts:SourceIdentity":"bo*"}`), mayAssume, named, "sts:AssumeRole"},
		{"source identity required", "and none given", trusts(me, all, `"StringLike":{"sts:SourceIdentity":"*"}`), mayAssume, nil, "sts:AssumeRole"},

		{"external id", "sts:ExternalId", trusts(me, assume, `"StringEquals":{"sts:ExternalId":"`+external+`"}`), none, withExternalID, ""},
		{"no external id", "sts:ExternalId", trusts(me, assume, `"StringEquals":{"sts:ExternalId":"x"}`), none, nil, "sts:AssumeRole"},
		{"another external id", "sts:ExternalId", trusts(me, assume, `"StringEquals":{"sts:ExternalId":"x"}`), none, withExternalID, "sts:AssumeRole"},
		{"session name", "sts:RoleSessionName", trusts(me, assume, `"StringLike":{"sts:RoleSessionName":"ali?e"}`), none, nil, ""},
		{"another session name", "sts:RoleSessionName", trusts(me, assume, `"StringLike":{"sts:RoleSessionName":"bob"}`), none, nil, "sts:AssumeRole"},
		{"without MFA", "nobody has it here", trusts(me, assume, `"Bool":{"aws:MultiFactorAuthPresent":"true"}`), none, nil, "sts:AssumeRole"},
		{"from here", "aws:SourceIp", trusts(me, assume, `"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}`), none, nil, ""},
		{"from elsewhere", "aws:SourceIp", trusts(me, assume, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), none, nil, "sts:AssumeRole"},
		{"in this region", "aws:RequestedRegion", trusts(me, assume, `"StringEquals":{"aws:RequestedRegion":"eu-west-1"}`), none, nil, ""},
		{"user agent", "aws:UserAgent", trusts(me, assume, `"StringLike":{"aws:UserAgent":"aws-sdk-go-v2/*"}`), none, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t, setup{trust: row.trust, caller: row.caller})
			_, err := a.lease(t, row.change)
			if row.refused == "" {
				if err != nil {
					t.Errorf("%s: %v\n%s", row.why, err, a.log)
				}
				return
			}
			message := "User: arn:aws:sts::111122223333:assumed-role/grant/grant-function is not authorized to perform: " + row.refused + " on resource: " + leasedARN
			a.expectRefusal(t, row.why, err, 403, "AccessDenied", message)
		})
	}
}

// TestAssumeRoleRefuses asks for what AssumeRole does not take.
func TestAssumeRoleRefuses(t *testing.T) {
	a := start(t, setup{})
	tags := func(pairs ...string) func(*sts.AssumeRoleInput) {
		return func(input *sts.AssumeRoleInput) {
			for i := 0; i < len(pairs); i += 2 {
				input.Tags = append(input.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
			}
		}
	}
	many := func(n int) func(*sts.AssumeRoleInput) {
		return func(input *sts.AssumeRoleInput) {
			for i := range n {
				tags(fmt.Sprint("k", i), "v")(input)
			}
		}
	}
	document := func(text string) func(*sts.AssumeRoleInput) {
		return func(input *sts.AssumeRoleInput) { input.Policy = &text }
	}
	padded := func(size int) func(*sts.AssumeRoleInput) {
		const head, tail = `{"Version":"2012-10-17","Statement":{"Sid":"`, `","Effect":"Allow","Action":"*","Resource":"*"}}`
		return document(head + strings.Repeat("é", size-len(head)-len(tail)) + tail) // two bytes, one character
	}
	for _, row := range []struct {
		name, why string
		change    func(*sts.AssumeRoleInput)
		code      string // "": it is allowed
		message   string
	}{
		{"15 minutes", "the shortest", func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(900) }, "", ""},
		{"shorter", "than 15 minutes", func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(899) }, "ValidationError", "durationSeconds"},
		{"an hour", "the longest by role chaining", func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(3600) }, "", ""},
		{"longer", "than an hour", func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(3601) }, "ValidationError", "1 hour session limit for roles assumed by role chaining"},
		{"longer than any role allows", "12 hours", func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(43201) }, "ValidationError", "durationSeconds"},

		{"session name of two", "the shortest", func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("a=") }, "", ""},
		{"session name of one", "too short", func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("a") }, "ValidationError", "roleSessionName"},
		{"session name of 64", "the longest", func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String(strings.Repeat("a", 64)) }, "", ""},
		{"session name of 65", "too long", func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String(strings.Repeat("a", 65)) }, "ValidationError", "roleSessionName"},
		{"session name with a bar", "as OpenID subjects have it", func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("auth0|1") }, "ValidationError", "roleSessionName"},
		{"session name with a line end", "at its end", func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("alice\n") }, "ValidationError", "roleSessionName"},
		{"source identity with a colon", "aws: is AWS's", func(input *sts.AssumeRoleInput) { input.SourceIdentity = aws.String("aws:alice") }, "ValidationError", "sourceIdentity"},
		{"source identity empty", "not the same as none", func(input *sts.AssumeRoleInput) { input.SourceIdentity = aws.String("") }, "ValidationError", "sourceIdentity"},
		{"external id empty", "not the same as none", func(input *sts.AssumeRoleInput) { input.ExternalId = aws.String("") }, "ValidationError", "externalId"},
		{"external id with a space", "not in its alphabet", func(input *sts.AssumeRoleInput) { input.ExternalId = aws.String("a b") }, "ValidationError", "externalId"},
		{"external id too long", "1224", func(input *sts.AssumeRoleInput) { input.ExternalId = aws.String(strings.Repeat("a", 1225)) }, "ValidationError", "externalId"},
		{"role ARN empty", "required", func(input *sts.AssumeRoleInput) { input.RoleArn = aws.String("") }, "ValidationError", "roleArn"},

		{"policy of 2048 characters", "the longest", padded(2048), "", ""},
		{"policy of 2049 characters", "too long", padded(2049), "ValidationError", "length less than or equal to 2048"},
		{"policy empty", "not the same as none, which would be no limit at all", document(""), "ValidationError", "'policy'"},
		{"policy beyond Latin-1", "not in its alphabet", document(`{"Version":"2012-10-17","Statement":{"Sid":"日本","Effect":"Allow","Action":"*","Resource":"*"}}`), "ValidationError", "'policy'"},
		{"policy not JSON", "malformed", document(`{"Statement":`), "MalformedPolicyDocument", "unexpected end"},
		{"policy with something after", "malformed", document(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}} x`), "MalformedPolicyDocument", "malformed"},
		{"policy with a typing error", "malformed", document(`{"Statement":{"Effect":"Allow","Actions":"tag-value","Resource":"*"}}`), "MalformedPolicyDocument", "Actions: unknown element"},
		{"policy with a principal", "a session policy has none", document(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`), "MalformedPolicyDocument", "the session policy, statement #1: an identity policy takes no Principal"},
		{"policy without resource", "required", document(`{"Statement":{"Effect":"Allow","Action":"*"}}`), "MalformedPolicyDocument", "no Resource"},
		{"policy with an unknown operator", "a condition left out would allow more", document(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"BinaryEquals":{"a":"b"}}}}`), "MalformedPolicyDocument", "not simulated"},

		{"50 tags", "the most", many(50), "", ""},
		{"51 tags", "too many", many(51), "ValidationError", "at most 50 tags"},
		{"tag keys that differ in case", "are one key", tags("Team", "a", "team", "b"), "ValidationError", "case insensitive"},
		{"tag keys that differ in case, in the other order", "are one key", tags("team", "a", "Team", "b"), "ValidationError", "case insensitive"},
		{"tag key of 128", "the longest", tags(strings.Repeat("é", 128), "v"), "", ""},
		{"tag key of 129", "too long", tags(strings.Repeat("é", 129), "v"), "ValidationError", "key of tag 1"},
		{"tag key empty", "required", tags("", "v"), "ValidationError", "key of tag 1"},
		{"tag key of AWS's", "reserved", tags("AWS:team", "v"), "ValidationError", "not begin with aws:"},
		{"tag key with a star", "not in its alphabet", tags("te*m", "v"), "ValidationError", "key of tag 1"},
		{"tag value of 257", "too long", tags("team", strings.Repeat("v", 257)), "ValidationError", "value of tag 1"},
		{"tag value with a star", "not in its alphabet", tags("team", "v*"), "ValidationError", "value of tag 1"},

		{"managed session policies", "they would narrow the session", func(input *sts.AssumeRoleInput) {
			input.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/AWSDenyAll")}}
		}, "ValidationError", `"PolicyArns.member.1.arn" is not simulated`},
		{"transitive tags", "they would stay", func(input *sts.AssumeRoleInput) { input.TransitiveTagKeys = []string{"team"} }, "ValidationError", "is not simulated"},
		{"MFA", "there is none", func(input *sts.AssumeRoleInput) {
			input.SerialNumber, input.TokenCode = aws.String("GAHT12345678"), aws.String("123456")
		}, "ValidationError", "is not simulated"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := a.lease(t, row.change)
			if row.code == "" {
				if err != nil {
					t.Errorf("%s: %v", row.why, err)
				}
				return
			}
			a.expectRefusal(t, row.why, err, 400, row.code, row.message)
		})
	}
}

// TestMaxSession: a role may allow less than role chaining does, as far as AssumeRole knows.
func TestMaxSession(t *testing.T) {
	a := start(t, setup{change: func(config *Config) {
		before := config.Roles
		config.Roles = func(arn string) *LeasableRole {
			return &LeasableRole{Role: before(arn).Role, MaxSession: 20 * time.Minute}
		}
	}})
	if _, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(1200) }); err != nil {
		t.Error(err)
	}
	_, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(1201) })
	a.expectRefusal(t, "too long", err, 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
}

func TestUnknownRole(t *testing.T) {
	a := start(t, setup{})
	const other = "arn:aws:iam::111122223333:role/nobody"
	_, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.RoleArn = aws.String(other) })
	a.expectRefusal(t, "as for a role that does not trust the caller", err, 403, "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: "+other)
	if !strings.Contains(a.log.String(), "there is no such role in the assembly") {
		t.Errorf("the log says:\n%s", a.log)
	}
}

// TestMalformedPolicyIsNotLogged: the answer quotes the policy for its author, and the log does not.
func TestMalformedPolicyIsNotLogged(t *testing.T) {
	a := start(t, setup{})
	_, err := a.lease(t, func(input *sts.AssumeRoleInput) {
		input.Policy = aws.String(`{"Statement":{"Effect":"Allow","Action":"of-the-author","Resource":"*"}}`)
	})
	if err == nil || !strings.Contains(err.Error(), "of-the-author") {
		t.Errorf("the answer is %v", err)
	}
	if text := a.log.String(); strings.Contains(text, "of-the-author") || !strings.Contains(text, "MalformedPolicyDocument") {
		t.Errorf("the log says:\n%s", text)
	}
}
