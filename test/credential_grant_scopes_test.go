package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestGrantScopes checks which scopes a Cognito authorizer may want of access tokens.
func TestGrantScopes(t *testing.T) {
	const remedy = `write each scope once, as the access tokens have it, such as "orders/read"`
	rows := []struct {
		name, why string
		scopes    func(awscdk.Stack, awscognito.UserPool) []string
		want      any      // the method's AuthorizationScopes
		refused   []string // nil for scopes that are taken
	}{
		{
			name: "none", why: "ID tokens", want: assertions.Match_Absent(),
			scopes: func(awscdk.Stack, awscognito.UserPool) []string { return nil },
		},
		{
			name: "two", why: "API Gateway wants one of them",
			want: []any{"orders/read", "aws.cognito.signin.user.admin"},
			scopes: func(awscdk.Stack, awscognito.UserPool) []string {
				return []string{"orders/read", "aws.cognito.signin.user.admin"}
			},
		},
		{
			name: "a URL", why: "an identifier of a resource server", want: []any{"https://api.example.com/read"},
			scopes: func(awscdk.Stack, awscognito.UserPool) []string { return []string{"https://api.example.com/read"} },
		},
		{
			name: "of a resource server", why: "its identifier is a token",
			want: []any{map[string]any{"Fn::Join": []any{"", []any{
				map[string]any{"Ref": assertions.Match_AnyValue()}, "/read",
			}}}},
			scopes: func(_ awscdk.Stack, pool awscognito.UserPool) []string {
				read := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
					ScopeName: jsii.String("read"), ScopeDescription: jsii.String("Read orders"),
				})
				server := pool.AddResourceServer(jsii.String("Server"), &awscognito.UserPoolResourceServerOptions{
					Identifier: jsii.String("orders"), Scopes: &[]awscognito.ResourceServerScope{read},
				})
				return []string{*awscognito.OAuthScope_ResourceServer(server, read).ScopeName()}
			},
		},
		{
			name: "empty", why: "a variable that is not set",
			refused: []string{`"" is not a scope of OAuth 2.0`, remedy},
			scopes:  func(awscdk.Stack, awscognito.UserPool) []string { return []string{"orders/read", ""} },
		},
		{
			name: "two in one", why: "a token's claim scope has a list of them",
			refused: []string{`"orders/read openid" is not a scope`},
			scopes:  func(awscdk.Stack, awscognito.UserPool) []string { return []string{"orders/read openid"} },
		},
		{
			name: "a quote", why: "no scope has one", refused: []string{"is not a scope"},
			scopes: func(awscdk.Stack, awscognito.UserPool) []string { return []string{`"openid"`} },
		},
		{
			name: "twice", why: "which of the two is meant?", refused: []string{`"openid" is there twice`},
			scopes: func(awscdk.Stack, awscognito.UserPool) []string { return []string{"openid", "phone", "openid"} },
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			props := grantProps(stack)
			pool := awscognito.NewUserPool(stack, jsii.String("Pool"), nil)
			props.Authorizer = furl.CognitoAuthorizer(pool, row.scopes(stack, pool)...)
			if row.refused != nil {
				expectText(t, refusal(t, func() { newGrant(stack, props) }),
					append(row.refused, "Authorizer: CognitoAuthorizer's scopes: ")...)
				return
			}
			newGrant(stack, props)
			synth(t, app).stack(t, "Demo").has(t, "AWS::ApiGateway::Method", map[string]any{
				"HttpMethod": "POST", "AuthorizationType": "COGNITO_USER_POOLS", "AuthorizationScopes": row.want,
			})
		})
	}
}
