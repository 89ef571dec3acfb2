package awsapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// TestAssumeRoleByPolicy checks who may assume the role. The trust policy and the caller's policy decide.
func TestAssumeRoleByPolicy(t *testing.T) {
	const accountRoot = `"AWS":"arn:aws:iam::111122223333:root"`
	trusts := func(principal, actions, condition string) string {
		return `{"Effect":"Allow","Principal":{` + principal + `},"Action":[` + actions + `],` +
			`"Condition":{` + condition + `}}`
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
		refused                  string // the refused action, "" if all are allowed
	}{
		{
			name: "trusts the role", why: "its ARN is sufficient within the account",
			trust: trusts(me, assume, ""), caller: none,
		},
		{
			name: "trusts the session", why: "so is the session's",
			trust:  trusts(`"AWS":"arn:aws:sts::111122223333:assumed-role/grant/grant-function"`, assume, ""),
			caller: none,
		},
		{
			name: "trusts the account", why: "the caller's policy must allow it then",
			trust: trusts(accountRoot, assume, ""), caller: mayAssume,
		},
		{
			name: "trusts the account only", why: "which leaves it to the caller's policy",
			trust: trusts(accountRoot, assume, ""), caller: none, refused: "sts:AssumeRole",
		},
		{
			name: "trusts a service", why: "the caller is none, whatever its policy says",
			trust: trusts(`"Service":"lambda.amazonaws.com"`, assume, ""), caller: mayAssume,
			refused: "sts:AssumeRole",
		},
		{
			name: "trusts another role", why: "the caller's policy does not make up for it",
			trust: trusts(`"AWS":"arn:aws:iam::111122223333:role/other"`, assume, ""), caller: mayAssume,
			refused: "sts:AssumeRole",
		},
		{
			name: "trusts another account", why: "not this one",
			trust: trusts(`"AWS":"444455556666"`, assume, ""), caller: mayAssume, refused: "sts:AssumeRole",
		},
		{
			name: "trust denies", why: "a deny wins",
			trust: trustsCaller + `,{"Effect":"Deny","Principal":"*","Action":"sts:*"}`, caller: mayAssume,
			refused: "sts:AssumeRole",
		},
		{
			name: "caller denied", why: "a deny wins",
			trust: trustsCaller, caller: `{"Effect":"Deny","Action":"sts:*","Resource":"*"}`,
			refused: "sts:AssumeRole",
		},

		{name: "tags", why: "allowed", trust: trusts(me, all, ""), caller: none, change: tagged},
		{
			name: "tags not trusted", why: "sts:TagSession must be in the trust policy",
			trust: trusts(me, assume, ""), caller: `{"Effect":"Allow","Action":"sts:*","Resource":"*"}`,
			change: tagged, refused: "sts:TagSession",
		},
		{
			name: "tags denied", why: "to the caller",
			trust: trusts(me, all, ""), caller: `{"Effect":"Deny","Action":"sts:TagSession","Resource":"*"}`,
			change: tagged, refused: "sts:TagSession",
		},
		{
			name: "tag as wanted", why: "aws:RequestTag",
			trust: trusts(me, all, `"StringEquals":{"aws:RequestTag/team":"tag-value"}`), caller: none,
			change: tagged,
		},
		{
			name: "another tag value", why: "aws:RequestTag",
			trust: trusts(me, all, `"StringEquals":{"aws:RequestTag/team":"blue"}`), caller: none, change: tagged,
			refused: "sts:AssumeRole",
		},
		{
			name: "tag missing", why: "aws:RequestTag",
			trust: trusts(me, all, `"StringEquals":{"aws:RequestTag/stage":"x"}`), caller: none, change: tagged,
			refused: "sts:AssumeRole",
		},
		{
			name: "tag keys", why: "aws:TagKeys",
			trust: trusts(me, all, `"ForAllValues:StringEquals":{"aws:TagKeys":["stage"]}`), caller: none,
			change: tagged, refused: "sts:AssumeRole",
		},

		{
			name: "source identity", why: "both sides allow it",
			trust: trusts(me, all, ""), caller: mayAssume, change: named,
		},
		{
			name: "source identity not trusted", why: "sts:SetSourceIdentity must be in the trust policy",
			trust: trusts(me, assume, ""), caller: mayAssume, change: named, refused: "sts:SetSourceIdentity",
		},
		{
			name:  "source identity not the caller's",
			why:   "and in its own policy: a function's role is a session, so this is role chaining",
			trust: trusts(me, all, ""), caller: none, change: named, refused: "sts:SetSourceIdentity",
		},
		{
			name: "source identity as wanted", why: "sts:SourceIdentity",
			trust: trusts(me, all, `"StringLike":{"sts:SourceIdentity":"al*"}`), caller: mayAssume, change: named,
		},
		{
			name: "another source identity", why: "sts:SourceIdentity",
			trust: trusts(me, all, `"StringLike":{"sts:SourceIdentity":"bo*"}`), caller: mayAssume, change: named,
			refused: "sts:AssumeRole",
		},
		{
			name: "source identity required", why: "and none given",
			trust: trusts(me, all, `"StringLike":{"sts:SourceIdentity":"*"}`), caller: mayAssume,
			refused: "sts:AssumeRole",
		},

		{
			name: "external id", why: "sts:ExternalId",
			trust: trusts(me, assume, `"StringEquals":{"sts:ExternalId":"`+external+`"}`), caller: none,
			change: withExternalID,
		},
		{
			name: "no external id", why: "sts:ExternalId",
			trust: trusts(me, assume, `"StringEquals":{"sts:ExternalId":"x"}`), caller: none,
			refused: "sts:AssumeRole",
		},
		{
			name: "another external id", why: "sts:ExternalId",
			trust: trusts(me, assume, `"StringEquals":{"sts:ExternalId":"x"}`), caller: none, change: withExternalID,
			refused: "sts:AssumeRole",
		},
		{
			name: "session name", why: "sts:RoleSessionName",
			trust: trusts(me, assume, `"StringLike":{"sts:RoleSessionName":"ali?e"}`), caller: none,
		},
		{
			name: "another session name", why: "sts:RoleSessionName",
			trust: trusts(me, assume, `"StringLike":{"sts:RoleSessionName":"bob"}`), caller: none,
			refused: "sts:AssumeRole",
		},
		{
			name: "without MFA", why: "nobody has it here",
			trust: trusts(me, assume, `"Bool":{"aws:MultiFactorAuthPresent":"true"}`), caller: none,
			refused: "sts:AssumeRole",
		},
		{
			name: "from here", why: "aws:SourceIp",
			trust: trusts(me, assume, `"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}`), caller: none,
		},
		{
			name: "from elsewhere", why: "aws:SourceIp",
			trust: trusts(me, assume, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), caller: none,
			refused: "sts:AssumeRole",
		},
		{
			name: "in this region", why: "aws:RequestedRegion",
			trust: trusts(me, assume, `"StringEquals":{"aws:RequestedRegion":"eu-west-1"}`), caller: none,
		},
		{
			name: "user agent", why: "aws:UserAgent",
			trust: trusts(me, assume, `"StringLike":{"aws:UserAgent":"aws-sdk-go-v2/*"}`), caller: none,
		},
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
			message := "User: arn:aws:sts::111122223333:assumed-role/grant/grant-function is not authorized to " +
				"perform: " + row.refused + " on resource: " + leasedARN
			a.expectRefusal(t, row.why, err, 403, "AccessDenied", message)
		})
	}
}

// TestAssumeRoleRefuses checks the limits of each parameter, and the parameters that are not simulated.
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
		const (
			head = `{"Version":"2012-10-17","Statement":{"Sid":"`
			tail = `","Effect":"Allow","Action":"*","Resource":"*"}}`
		)
		return document(head + strings.Repeat("é", size-len(head)-len(tail)) + tail) // two bytes, one character
	}
	for _, row := range []struct {
		name, why string
		change    func(*sts.AssumeRoleInput)
		code      string // "" if it is allowed
		message   string
	}{
		{
			name: "15 minutes", why: "the shortest",
			change: func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(900) },
		},
		{
			name: "shorter", why: "than 15 minutes",
			change: func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(899) },
			code:   "ValidationError", message: "durationSeconds",
		},
		{
			name: "an hour", why: "the longest by role chaining",
			change: func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(3600) },
		},
		{
			name: "longer", why: "than an hour",
			change: func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(3601) },
			code:   "ValidationError", message: "1 hour session limit for roles assumed by role chaining",
		},
		{
			name: "longer than any role allows", why: "12 hours",
			change: func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(43201) },
			code:   "ValidationError", message: "durationSeconds",
		},

		{
			name: "session name of two", why: "the shortest",
			change: func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("a=") },
		},
		{
			name: "session name of one", why: "too short",
			change: func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("a") },
			code:   "ValidationError", message: "roleSessionName",
		},
		{
			name: "session name of 64", why: "the longest",
			change: func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String(strings.Repeat("a", 64)) },
		},
		{
			name: "session name of 65", why: "too long",
			change: func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String(strings.Repeat("a", 65)) },
			code:   "ValidationError", message: "roleSessionName",
		},
		{
			name: "session name with a bar", why: "as OpenID subjects have it",
			change: func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("auth0|1") },
			code:   "ValidationError", message: "roleSessionName",
		},
		{
			name: "session name with a line end", why: "at its end",
			change: func(input *sts.AssumeRoleInput) { input.RoleSessionName = aws.String("alice\n") },
			code:   "ValidationError", message: "roleSessionName",
		},
		{
			name: "source identity with a colon", why: "aws: is AWS's",
			change: func(input *sts.AssumeRoleInput) { input.SourceIdentity = aws.String("aws:alice") },
			code:   "ValidationError", message: "sourceIdentity",
		},
		{
			name: "source identity empty", why: "not the same as none",
			change: func(input *sts.AssumeRoleInput) { input.SourceIdentity = aws.String("") },
			code:   "ValidationError", message: "sourceIdentity",
		},
		{
			name: "external id empty", why: "not the same as none",
			change: func(input *sts.AssumeRoleInput) { input.ExternalId = aws.String("") }, code: "ValidationError",
			message: "externalId",
		},
		{
			name: "external id with a space", why: "not in its alphabet",
			change: func(input *sts.AssumeRoleInput) { input.ExternalId = aws.String("a b") },
			code:   "ValidationError", message: "externalId",
		},
		{
			name: "external id too long", why: "1224",
			change: func(input *sts.AssumeRoleInput) { input.ExternalId = aws.String(strings.Repeat("a", 1225)) },
			code:   "ValidationError", message: "externalId",
		},
		{
			name: "role ARN empty", why: "required",
			change: func(input *sts.AssumeRoleInput) { input.RoleArn = aws.String("") }, code: "ValidationError",
			message: "roleArn",
		},

		{name: "policy of 2048 characters", why: "the longest", change: padded(2048)},
		{
			name: "policy of 2049 characters", why: "too long",
			change: padded(2049), code: "ValidationError", message: "length less than or equal to 2048",
		},
		{
			name: "policy empty", why: "not the same as none, which would be no limit at all",
			change: document(""), code: "ValidationError", message: "'policy'",
		},
		{
			name: "policy beyond Latin-1", why: "not in its alphabet",
			change: document(`{"Statement":{"Sid":"日本","Effect":"Allow","Action":"*","Resource":"*"}}`),
			code:   "ValidationError", message: "'policy'",
		},
		{
			name: "policy not JSON", why: "malformed",
			change: document(`{"Statement":`), code: "MalformedPolicyDocument", message: "unexpected end",
		},
		{
			name: "policy with something after", why: "malformed",
			change: document(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}} x`),
			code:   "MalformedPolicyDocument", message: "malformed",
		},
		{
			name: "policy with a typing error", why: "malformed",
			change: document(`{"Statement":{"Effect":"Allow","Actions":"tag-value","Resource":"*"}}`),
			code:   "MalformedPolicyDocument", message: "Actions: unknown element",
		},
		{
			name: "policy with a principal", why: "a session policy has none",
			change:  document(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`),
			code:    "MalformedPolicyDocument",
			message: "the session policy, statement #1: an identity policy takes no Principal",
		},
		{
			name: "policy without resource", why: "required",
			change: document(`{"Statement":{"Effect":"Allow","Action":"*"}}`), code: "MalformedPolicyDocument",
			message: "no Resource",
		},
		{
			name: "policy with an unknown operator", why: "a condition left out would allow more",
			change: document(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",` +
				`"Condition":{"BinaryEquals":{"a":"b"}}}}`),
			code: "MalformedPolicyDocument", message: "not simulated",
		},

		{name: "50 tags", why: "the most", change: many(50)},
		{name: "51 tags", why: "too many", change: many(51), code: "ValidationError", message: "at most 50 tags"},
		{
			name: "tag keys that differ in case", why: "are one key",
			change: tags("Team", "a", "team", "b"), code: "ValidationError", message: "case insensitive",
		},
		{
			name: "tag keys that differ in case, in the other order", why: "are one key",
			change: tags("team", "a", "Team", "b"), code: "ValidationError", message: "case insensitive",
		},
		{name: "tag key of 128", why: "the longest", change: tags(strings.Repeat("é", 128), "v")},
		{
			name: "tag key of 129", why: "too long",
			change: tags(strings.Repeat("é", 129), "v"), code: "ValidationError", message: "key of tag 1",
		},
		{
			name: "tag key empty", why: "required",
			change: tags("", "v"), code: "ValidationError", message: "key of tag 1",
		},
		{
			name: "tag key of AWS's", why: "reserved",
			change: tags("AWS:team", "v"), code: "ValidationError", message: "not begin with aws:",
		},
		{
			name: "tag key with a star", why: "not in its alphabet",
			change: tags("te*m", "v"), code: "ValidationError", message: "key of tag 1",
		},
		{
			name: "tag value of 257", why: "too long",
			change: tags("team", strings.Repeat("v", 257)), code: "ValidationError", message: "value of tag 1",
		},
		{
			name: "tag value with a star", why: "not in its alphabet",
			change: tags("team", "v*"), code: "ValidationError", message: "value of tag 1",
		},

		{
			name: "managed session policies", why: "they would narrow the session",
			change: func(input *sts.AssumeRoleInput) {
				input.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/AWSDenyAll")}}
			},
			code: "ValidationError", message: `"PolicyArns.member.1.arn" is not simulated`,
		},
		{
			name: "transitive tags", why: "they would stay",
			change: func(input *sts.AssumeRoleInput) { input.TransitiveTagKeys = []string{"team"} },
			code:   "ValidationError", message: "is not simulated",
		},
		{
			name: "MFA", why: "there is none",
			change: func(input *sts.AssumeRoleInput) {
				input.SerialNumber, input.TokenCode = aws.String("GAHT12345678"), aws.String("123456")
			},
			code: "ValidationError", message: "is not simulated",
		},
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

// TestMaxSession checks the limit of a role that allows less than role chaining does.
func TestMaxSession(t *testing.T) {
	a := start(t, setup{change: func(config *Config) {
		before := config.Role
		config.Role = func(arn string) (*iam.Role, error) {
			role, err := before(arn)
			role.MaxSession = 20 * time.Minute
			return role, err
		}
	}})
	if _, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(1200) }); err != nil {
		t.Error(err)
	}
	_, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(1201) })
	a.expectRefusal(t, "too long", err, 400, "ValidationError",
		"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
}

func TestUnknownRole(t *testing.T) {
	a := start(t, setup{})
	const other = "arn:aws:iam::111122223333:role/nobody"
	_, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.RoleArn = aws.String(other) })
	a.expectRefusal(t, "as for a role that does not trust the caller", err, 403, "AccessDenied",
		"is not authorized to perform: sts:AssumeRole on resource: "+other)
	if !strings.Contains(a.log.String(), "is not in the assembly") {
		t.Errorf("the log says:\n%s", a.log)
	}
}

// TestMalformedPolicyIsNotLogged checks that the answer quotes the policy for its author, and that the log does not.
func TestMalformedPolicyIsNotLogged(t *testing.T) {
	a := start(t, setup{})
	_, err := a.lease(t, func(input *sts.AssumeRoleInput) {
		input.Policy = aws.String(`{"Statement":{"Effect":"Allow","Action":"of-the-author","Resource":"*"}}`)
	})
	if err == nil || !strings.Contains(err.Error(), "of-the-author") {
		t.Errorf("the answer is %v", err)
	}
	text := a.log.String()
	if strings.Contains(text, "of-the-author") || !strings.Contains(text, "MalformedPolicyDocument") {
		t.Errorf("the log says:\n%s", text)
	}
}
