package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestGrantThrottle checks the stage's limits, given and by default.
func TestGrantThrottle(t *testing.T) {
	rows := []struct {
		name, why                       string
		rate, burst                     int
		rateInTemplate, burstInTemplate int
	}{
		{name: "neither", why: "the defaults", rateInTemplate: 50, burstInTemplate: 100},
		{name: "rate", why: "each has its own default", rate: 700, rateInTemplate: 700, burstInTemplate: 100},
		{name: "burst", why: "likewise", burst: 1, rateInTemplate: 50, burstInTemplate: 1},
		{
			name: "both", why: "an account's limits can be raised", rate: 20_000, burst: 9_000, rateInTemplate: 20_000,
			burstInTemplate: 9_000,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			props := grantProps(stack)
			props.ThrottlingRateLimit, props.ThrottlingBurstLimit = row.rate, row.burst
			newGrant(stack, props)
			settings := map[string]any{
				"HttpMethod": "*", "ResourcePath": "/*",
				"ThrottlingRateLimit": row.rateInTemplate, "ThrottlingBurstLimit": row.burstInTemplate,
			}
			main := synth(t, app).stack(t, "Demo")
			main.has(t, "AWS::ApiGateway::Stage", map[string]any{"MethodSettings": []any{settings}})
		})
	}
}

// TestGrantLimitRefusals checks that limits and ACLs without a meaning are refused.
func TestGrantLimitRefusals(t *testing.T) {
	arn := func(text string) func(awscdk.Stack, *furl.CredentialGrantProps) {
		return func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.WebAclArn = jsii.String(text) }
	}
	notRegional := []string{
		"is not a web ACL of scope REGIONAL", "arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>",
	}
	const sound = "arn:aws:wafv2:ap-northeast-1:" + account + ":regional/webacl/a/b"
	rows := []struct {
		name, why string
		spoil     func(awscdk.Stack, *furl.CredentialGrantProps)
		want      []string
	}{
		{
			name: "a negative rate", why: "it would turn throttling off",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.ThrottlingRateLimit = -1 },
			want:  []string{"ThrottlingRateLimit: -1", "write 1 to 2147483647, or leave it out for 50"},
		},
		{
			name: "a negative burst", why: "likewise",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.ThrottlingBurstLimit = -100 },
			want:  []string{"ThrottlingBurstLimit: -100", "leave it out for 100"},
		},
		{
			name: "a burst over 32 bits", why: "API Gateway cannot keep it",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.ThrottlingBurstLimit = 1 << 31 },
			want:  []string{"ThrottlingBurstLimit: 2147483648"},
		},
		{
			name: "9 requests", why: "AWS WAF counts from 10",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.RateLimit = 9 },
			want:  []string{"RateLimit: 9", "10 to 2000000000", "leave it out"},
		},
		{
			name: "a negative limit", why: "likewise",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.RateLimit = -1000 },
			want:  []string{"RateLimit: -1000"},
		},
		{
			name: "2,000,000,001 requests", why: "AWS WAF counts no further",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.RateLimit = 2_000_000_001 },
			want:  []string{"RateLimit: 2000000001"},
		},
		{
			name: "a limit and no ACL", why: "which of the two is meant?",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.RateLimit, p.WithoutWebAcl = 500, true },
			want:  []string{"RateLimit, WebAclArn, WithoutWebAcl: more than one of them is set"},
		},
		{
			name: "a limit and another ACL", why: "the limit would change nothing",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.RateLimit, p.WebAclArn = 500, jsii.String(sound)
			},
			want: []string{"more than one of them is set", "set one, or none"},
		},
		{
			name: "another ACL and none", why: "which of the two is meant?",
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) {
				p.WithoutWebAcl, p.WebAclArn = true, jsii.String(sound)
			},
			want: []string{"more than one of them is set"},
		},
		{
			name: "an ACL for CloudFront", why: "an API takes a REGIONAL one",
			spoil: arn("arn:aws:wafv2:us-east-1:" + account + ":global/webacl/a/b"), want: notRegional,
		},
		{name: "an empty ARN", why: "a variable that is not set", spoil: arn(""), want: notRegional},
		{name: "a name", why: "an association takes an ARN", spoil: arn("ours"), want: notRegional},
		{
			name: "a rule group", why: "it is no ACL",
			spoil: arn("arn:aws:wafv2:ap-northeast-1:" + account + ":regional/rulegroup/a/b"), want: notRegional,
		},
		{
			name: "an ACL of WAF Classic", why: "it has other ARNs",
			spoil: arn("arn:aws:waf-regional:ap-northeast-1:" + account + ":webacl/a"), want: notRegional,
		},
		{
			name: "two lines", why: "the form is that of the whole text",
			spoil: arn(sound + "\n"), want: notRegional,
		},
		{
			name: "another region", why: "AWS WAF associates within a region",
			spoil: arn("arn:aws:wafv2:eu-west-1:" + account + ":regional/webacl/a/b"),
			want:  []string{"it is in region eu-west-1 and the stack in ap-northeast-1", "the stack's own region"},
		},
		{
			name: "another account", why: "AWS WAF associates within an account",
			spoil: arn("arn:aws:wafv2:ap-northeast-1:999999999999:regional/webacl/a/b"),
			want:  []string{"it is in account 999999999999 and the stack in " + account, "the stack's own account"},
		},
		{
			name: "Furl's own ACL", why: "its scope is CLOUDFRONT, though its ARN is a token",
			spoil: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				p.WebAclArn = furl.NewWebAcl(s, jsii.String("Acl"), nil).Arn()
			},
			want: []string{"WebAclArn: it is a web ACL of scope CLOUDFRONT", "scope REGIONAL"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "ap-northeast-1")
			p := grantProps(stack)
			row.spoil(stack, p)
			message := refusal(t, func() { newGrant(stack, p) })
			expectText(t, message, append(row.want, `furl.CredentialGrant at "Demo/Grant`)...)
		})
	}
}
