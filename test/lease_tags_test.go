package test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/jsii-runtime-go"
	"github.com/aws/smithy-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// taggedAssembly leases a function to users of the plan "gold-canary" only. The bearer token is the plan of a user.
func taggedAssembly(t *testing.T) string {
	t.Helper()
	app, stack := hostStack(t, "Tagged")
	stack.Node().SetContext(jsii.String("aws:cdk:enable-path-metadata"), true) // as the CDK CLI does, for assetOf
	check := awslambda.NewFunction(stack, jsii.String("Check"), nodeFunction(`return {
		principalId: "ada", context: { plan: event.authorizationToken.slice(7).replace(/^-$/, ""), seats: 12 },
		policyDocument: { Version: "2012-10-17", Statement: [
			{ Effect: "Allow", Action: "execute-api:Invoke", Resource: event.methodArn },
		] },
	}`))
	props := &awsapigateway.TokenAuthorizerProps{
		Handler: check, ResultsCacheTtl: awscdk.Duration_Seconds(jsii.Number(0)),
	}
	grant := furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
		Authorizer: furl.LambdaAuthorizer(
			awsapigateway.NewTokenAuthorizer(stack, jsii.String("TokenAuthorizer"), props)),
		Functions: []furl.GrantFunction{
			{Name: "one", Function: awslambda.NewFunction(stack, jsii.String("One"), nodeFunction(callerCode))},
		},
		AnyOrigin:   true,
		SessionTags: map[string]string{"acme/plan": "plan", "seats": "seats"},
	})
	grant.Role().AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Effect: awsiam.Effect_DENY, Actions: jsii.Strings("lambda:InvokeFunctionUrl"), Resources: jsii.Strings("*"),
		Conditions: &map[string]any{"StringNotEquals": map[string]any{"aws:PrincipalTag/acme/plan": "gold-canary"}},
	}))
	return synth(t, app).dir
}

// TestLeaseWithTags checks that a policy tells leases apart by the tags of their sessions. A user without a tag gets no
// lease.
func TestLeaseWithTags(t *testing.T) {
	assembly, env := taggedAssembly(t), filepath.Join(t.TempDir(), "env")
	local := startLocal(t, assembly, "--run", leakCommandOf(t, assembly, "Tagged/Grant/Handler", env))
	for _, row := range []struct {
		name, why, plan string
		status          int // of the function
	}{
		{"gold", "the policy lets it in", "gold-canary", 200},
		{"silver", "the policy keeps it out, and the lease is the same", "silver-canary", 403},
		{"in another case", "values have a case", "Gold-Canary", 403},
	} {
		g := lease(t, grantRequest(t, local.restAPI(t), row.plan, ""))
		if a := send(t, call(t, g, "/", "", time.Now())); a.status != row.status {
			t.Errorf("%s, %s: %d %s, want %d", row.name, row.why, a.status, a.body, row.status)
		}
	}
	for _, row := range []struct{ name, why, plan string }{
		{"none", "the claim is empty", "-"},
		{"two plans", "a comma is not in STS's alphabet", "gold-canary,silver-canary"},
		{"a pattern", "likewise", "*-canary"},
		{"too long", "nothing is cut", strings.Repeat("canary", 50)},
	} {
		a := expectAnswer(t, row.name+": "+row.why, grantRequest(t, local.restAPI(t), row.plan, ""), 403,
			"NoSessionTag")
		if !a.has("acme/plan") || a.has("canary") {
			t.Errorf("%s: the answer names the tag only: %s", row.name, a.body)
		}
	}
	if strings.Contains(local.log(), "canary") {
		t.Errorf("a claim's value is in the log: %s", local.log())
	}
	expectTagsTrusted(t, variables(read(t, env)))
}

// expectTagsTrusted asks STS for sessions as the grant Lambda's role. They must have all the tags, and no others.
func expectTagsTrusted(t *testing.T, grantRole map[string]string) {
	t.Helper()
	all := []string{"furl:function", "acme/plan", "seats"}
	for _, row := range []struct {
		name, why string
		keys      []string
		code      string // of STS's refusal, "" for a session
	}{
		{"all", "as the grant Lambda asks", all, ""},
		{"one short", "as a program of before SessionTags would ask", all[:2], "AccessDenied"},
		{"the function's", "likewise", all[:1], "AccessDenied"},
		{"none", "as a program that knows no tags would ask", nil, "AccessDenied"},
		{"one more", "no policy knows it", append(all[:3:3], "team"), "AccessDenied"},
		{"another case", "a key's spelling counts", []string{"furl:function", "acme/plan", "Seats"}, "AccessDenied"},
	} {
		input := &sts.AssumeRoleInput{
			RoleArn: aws.String(grantRole["FURL_ROLE_ARN"]), RoleSessionName: aws.String("tagged"),
		}
		for _, key := range row.keys {
			input.Tags = append(input.Tags, types.Tag{Key: aws.String(key), Value: aws.String("1")})
		}
		_, err := stsClient(t, grantRole).AssumeRole(t.Context(), input)
		var refused smithy.APIError
		errors.As(err, &refused)
		if row.code == "" && err != nil || row.code != "" && (refused == nil || refused.ErrorCode() != row.code) {
			t.Errorf("%s, %s: %v, want %s", row.name, row.why, err, row.code)
		}
	}
}
