package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// cognitoProps are the props of a grant whose authorizer has claims.
func cognitoProps(stack awscdk.Stack) *furl.CredentialGrantProps {
	props := grantProps(stack)
	props.Authorizer = furl.CognitoAuthorizer(awscognito.NewUserPool(stack, jsii.String("Pool"), nil))
	return props
}

// TestGrantSessionTags checks that the grant Lambda knows the tags' claims. The leased role lets sessions have these
// tags and no others.
func TestGrantSessionTags(t *testing.T) {
	for _, row := range []struct {
		name, why, variable string
		tags                map[string]string
		keys                []any
	}{
		{name: "none", why: "the function's tag alone", variable: "{}", keys: []any{"furl:function"}},
		{
			name: "two", why: "in a fixed order", variable: `{"Plan":"plan","tenant":"custom:tenant"}`,
			tags: map[string]string{"tenant": "custom:tenant", "Plan": "plan"},
			keys: []any{"furl:function", "Plan", "tenant"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			props := cognitoProps(stack)
			props.SessionTags = row.tags
			newGrant(stack, props)
			main := synth(t, app).stack(t, "Demo")
			main.has(t, "AWS::Lambda::Function", handlerVariable("FURL_SESSION_TAGS", row.variable))
			present := map[string]any{}
			for _, key := range row.keys {
				present[fmt.Sprint("aws:RequestTag/", key)] = "false"
			}
			statements := properties(leasedRole(main))["AssumeRolePolicyDocument"].(map[string]any)["Statement"].([]any)
			got := statements[0].(map[string]any)
			want := map[string]any{
				"ForAllValues:StringEquals": map[string]any{"aws:TagKeys": row.keys}, "Null": present,
			}
			const actions = `["sts:AssumeRole","sts:TagSession"]`
			if jsonText(t, got["Action"]) != actions || jsonText(t, got["Condition"]) != jsonText(t, want) ||
				len(statements) != 2 {
				t.Errorf("%s: %s", row.why, jsonText(t, statements))
			}
		})
	}
}

// numbered are so many tags, with keys of a length.
func numbered(count, length int) map[string]string {
	tags := map[string]string{}
	for i := range count {
		tags[fmt.Sprintf("%0*d", length, i)] = "sub"
	}
	return tags
}

// TestGrantSessionTagRefusals checks tags that STS would refuse, or that could not be had.
func TestGrantSessionTagRefusals(t *testing.T) {
	const noClaims, notKey = "this Authorizer has no claims", "the key is not 1 to 128 letters, digits and _.:/=+-@"
	tag := func(key string) map[string]string { return map[string]string{key: "sub"} }
	rows := []struct {
		name, why string
		tags      map[string]string
		spoil     func(awscdk.Stack, *furl.CredentialGrantProps)
		want      []string // nil for tags that are taken
	}{
		{name: "every sign", why: "that a key may have", tags: tag("aZ9_.:/=+-@")},
		{name: "128 characters", why: "the longest key", tags: numbered(1, 128)},
		{
			name: "129 characters", why: "longer than STS takes", tags: numbered(1, 129),
			want: []string{`SessionTags["000`, notKey},
		},
		{
			name: "signatures", why: "who signs has no claims", tags: tag("tenant"),
			spoil: func(_ awscdk.Stack, p *furl.CredentialGrantProps) { p.Authorizer = furl.IamAuthorizer() },
			want:  []string{noClaims, "furl.CognitoAuthorizer(pool) or furl.LambdaAuthorizer(authorizer)"},
		},
		{
			name: "API keys", why: "likewise", tags: tag("tenant"), want: []string{noClaims},
			spoil: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				p.Authorizer = furl.ApiKeyAuthorizer(awsapigateway.NewUsagePlan(s, jsii.String("Plan"), nil))
			},
		},
		{name: "no key", why: "STS takes none", tags: tag(""), want: []string{`SessionTags[""]`, notKey}},
		{
			name: "a star", why: "the trust policy would let any tag in", tags: tag("*"),
			want: []string{notKey, `map[string]string{"tenant": "custom:tenant"}`},
		},
		{name: "a variable", why: "likewise", tags: tag("${aws:userid}"), want: []string{notKey}},
		{name: "a space", why: "a policy could not name it", tags: tag("cost centre"), want: []string{notKey}},
		{name: "Japanese", why: "a policy takes Latin-1 only", tags: tag("部署"), want: []string{notKey}},
		{name: "AWS's", why: "STS refuses these", tags: tag("AWS:x"), want: []string{"aws: or furl: are reserved"}},
		{
			name: "Furl's", why: "a claim would say which function is leased", tags: tag("Furl:Function"),
			want: []string{"aws: or furl: are reserved"},
		},
		{
			name: "twice", why: "STS does not tell them apart", tags: map[string]string{"Tenant": "a", "tenant": "b"},
			want: []string{`SessionTags["tenant"]: it is there twice`, "letter case does not count"},
		},
		{
			name: "no claim", why: "every request would be refused", tags: map[string]string{"tenant": ""},
			want: []string{`SessionTags["tenant"]: the name of its claim is empty`},
		},
		{
			name: "an unknown claim", why: "it is baked into the environment",
			spoil: func(s awscdk.Stack, p *furl.CredentialGrantProps) {
				name := awscdk.NewCfnParameter(s, jsii.String("Name"), nil).ValueAsString()
				p.SessionTags = map[string]string{"tenant": *name}
			},
			want: []string{`SessionTags["tenant"]`, "known at deployment only"},
		},
		{
			name: "41 tags", why: "a trust policy has 2,048 characters, and STS would take 50", tags: numbered(41, 2),
			want: []string{"SessionTags: they take some", "use fewer tags or shorter keys"},
		},
		{
			name: "long keys", why: "likewise", tags: numbered(5, 128),
			want: []string{"characters of the leased role's trust policy, which has 2048", "shorter keys"},
		},
		{
			name: "long claims", why: "Lambda's environment has 4 KB",
			tags: map[string]string{"a": strings.Repeat("x", 2000), "b": strings.Repeat("x", 2000)},
			want: []string{"Functions, AllowedOrigins and SessionTags", "which has 4096"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			p := cognitoProps(stack)
			p.SessionTags = row.tags
			if row.spoil != nil {
				row.spoil(stack, p)
			}
			if row.want == nil {
				newGrant(stack, p)
				return
			}
			expectText(t, refusal(t, func() { newGrant(stack, p) }),
				append(row.want, `furl.CredentialGrant at "Demo/Grant`)...)
		})
	}
}

// TestGrantTrustSize fills the trust policy with as many tags as are taken. It must fit into IAM's 2,048 characters,
// with the longest ARN that the grant Lambda's role can have.
func TestGrantTrustSize(t *testing.T) {
	longest := "arn:aws-us-gov:iam::111122223333:role/" + strings.Repeat("x", 64)
	for length, want := range map[int]int{2: 40, 20: 19, 128: 4} {
		withTags := func(app awscdk.App, count int) {
			stack := newStack(app, "Demo", "us-east-1")
			props := cognitoProps(stack)
			props.SessionTags = numbered(count, length)
			newGrant(stack, props)
		}
		refusal(t, func() { withTags(newApp(t), want+1) })
		app := newApp(t)
		withTags(app, want)
		document := properties(leasedRole(synth(t, app).stack(t, "Demo")))["AssumeRolePolicyDocument"]
		for _, statement := range document.(map[string]any)["Statement"].([]any) {
			statement.(map[string]any)["Principal"] = map[string]string{"AWS": longest}
		}
		if size := len(jsonText(t, document)); size > 2048 {
			t.Errorf("%d keys of %d characters: the trust policy has %d characters", want, length, size)
		}
	}
}
