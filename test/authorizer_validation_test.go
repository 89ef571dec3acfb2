package test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestLostAuthorizer checks that an override cannot take away an authorizer, or what keeps one user's answer from
// another. No requests would be refused then, and synthesis alone can tell.
func TestLostAuthorizer(t *testing.T) {
	const config = "DistributionConfig"
	own := []any{map[string]any{"HeaderName": "X-Env", "HeaderValue": "prod"}}
	for _, row := range []struct {
		name, why string
		override  func(awscloudfront.CfnDistribution)
		want      []string // parts of the one finding, nil for none
	}{
		{name: "nothing", why: "all is as it was written", override: func(awscloudfront.CfnDistribution) {}},
		{
			name: "a header of the app's own", why: "the list takes the place of Furl's",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyOverride(jsii.String(config+".Origins.0.OriginCustomHeaders"), own)
			},
			want: []string{
				"The default behaviour", "lost the custom headers x-furl-issuer, x-furl-jwks-uri, x-furl-audience.",
			},
		},
		{
			name: "no headers", why: "the signer takes the origin for an open one",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyDeletionOverride(jsii.String(config + ".Origins.0.OriginCustomHeaders"))
			},
			want: []string{"The default behaviour", "NoAuthorizer()"},
		},
		{
			name: "no scopes", why: "a token without them would pass",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyOverride(jsii.String(config+".Origins.1.OriginCustomHeaders.3.HeaderName"), "X-Env")
			},
			want: []string{"The behaviour /reports/*", "lost the custom headers x-furl-scopes."},
		},
		{
			name: "another origin", why: "it is the one of the open behaviour",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyOverride(jsii.String(config+".CacheBehaviors.0.TargetOriginId"), "open")
			},
			want: []string{"The behaviour /reports/*", "x-furl-issuer"},
		},
		{
			name: "another pattern", why: "the default behaviour would answer at the old one",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyOverride(jsii.String(config+".CacheBehaviors.0.PathPattern"), "/report/*")
			},
			want: []string{"The behaviour /reports/*", "does not show the behaviour any more"},
		},
		{
			name: "no behaviours", why: "nothing can be told of them",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyDeletionOverride(jsii.String(config + ".CacheBehaviors"))
			},
			want: []string{"The behaviour /reports/*", "does not show the behaviour any more"},
		},
		{
			name: "a cache", why: "one user's answer is served to others",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyOverride(jsii.String(config+".DefaultCacheBehavior.CachePolicyId"),
					awscloudfront.CachePolicy_CACHING_OPTIMIZED().CachePolicyId())
			},
			want: []string{"The default behaviour", "its cache policy is 658327ea", "Leave CachePolicyId"},
		},
		{
			name: "upper case", why: "names of headers have no case",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyOverride(jsii.String(config+".Origins.0.OriginCustomHeaders.0.HeaderName"),
					"X-FURL-AUDIENCE")
			},
		},
		{
			name: "the open behaviour's headers", why: "they are no authorizer's",
			override: func(d awscloudfront.CfnDistribution) {
				d.AddPropertyOverride(jsii.String(config+".Origins.2.OriginCustomHeaders"), own)
			},
		},
	} {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, "Function"), WithoutWebAcl: true, Authorizer: oidcTokens(),
				})
				api.AddBehavior("/reports/*", newFunction(stack, "Reports"), &furl.BehaviorProps{
					Authorizer: furl.OidcTokens("https://login.example.com/",
						furl.OidcTokenOptions{Audiences: []string{"reports"}, Scopes: []string{"read"}}),
				})
				api.AddBehavior("/open/*", newFunction(stack, "Open"),
					&furl.BehaviorProps{Authorizer: furl.NoAuthorizer()})
				row.override(api.Distribution().Node().DefaultChild().(awscloudfront.CfnDistribution))
				found, failed := validate(t, app)
				if (row.want != nil) != strings.Contains(failed, "Validation failed") {
					t.Errorf("synthesis: %q (%s)", failed, row.why)
				}
				var told []string
				for _, f := range found {
					told = append(told, f.RuleName+" "+f.Severity+" "+f.Description+" "+f.SuggestedFix)
				}
				if len(told) == 0 && row.want == nil {
					return
				}
				if row.want == nil || len(told) != 1 || !strings.HasPrefix(told[0], "authorizer fatal ") {
					t.Fatalf("found %q (%s)", told, row.why)
				}
				expectText(t, told[0], row.want...)
			})
		}
	}
}

// TestOpenElsewhere checks the warning of a function that has an authorizer at some paths only.
func TestOpenElsewhere(t *testing.T) {
	for _, row := range []struct {
		name, why string
		props     furl.SecureFunctionUrlProps
		add       func(*furl.SecureFunctionUrl, awslambda.Function)
		warns     bool
	}{
		{
			name: "a closed pattern", why: "a router may take /ME for /me", warns: true,
			add: func(api *furl.SecureFunctionUrl, fn awslambda.Function) {
				api.AddBehavior("/me", fn, &furl.BehaviorProps{Authorizer: oidcTokens()})
			},
		},
		{
			name: "a closed pattern, open on purpose elsewhere", why: "the router is the same", warns: true,
			props: furl.SecureFunctionUrlProps{Authorizer: furl.NoAuthorizer()},
			add: func(api *furl.SecureFunctionUrl, fn awslambda.Function) {
				api.AddBehavior("/me", fn, &furl.BehaviorProps{Authorizer: oidcTokens()})
			},
		},
		{
			name: "an open pattern", why: "all else is closed",
			props: furl.SecureFunctionUrlProps{Authorizer: oidcTokens()},
			add: func(api *furl.SecureFunctionUrl, fn awslambda.Function) {
				api.AddBehavior("/health", fn, &furl.BehaviorProps{Authorizer: furl.NoAuthorizer()})
				api.AddBehavior("/orders", fn, nil)
			},
		},
		{
			name: "two authorizers", why: "both are closed",
			props: furl.SecureFunctionUrlProps{Authorizer: oidcTokens()},
			add: func(api *furl.SecureFunctionUrl, fn awslambda.Function) {
				api.AddBehavior("/me", fn, &furl.BehaviorProps{Authorizer: oidcTokens()})
			},
		},
		{
			name: "another function", why: "it has its own paths",
			add: func(api *furl.SecureFunctionUrl, fn awslambda.Function) {
				api.AddBehavior("/me", newFunction(awscdk.Stack_Of(fn), "Other"),
					&furl.BehaviorProps{Authorizer: oidcTokens()})
			},
		},
		{
			name: "a second construct", why: "it forgot the authorizer", warns: true,
			props: furl.SecureFunctionUrlProps{Authorizer: oidcTokens()},
			add: func(api *furl.SecureFunctionUrl, fn awslambda.Function) {
				furl.NewSecureFunctionUrl(awscdk.Stack_Of(fn), jsii.String("Second"), &furl.SecureFunctionUrlProps{
					Function: fn, Distribution: api.Distribution(), PathPattern: "/second/*",
				})
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			fn := newFunction(stack, "Function")
			props := row.props
			props.Function, props.WithoutWebAcl = fn, true
			row.add(furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &props), fn)
			warned := 0
			for _, m := range synth(t, app).stack(t, "Demo").messages {
				if m.level == "warning" && strings.Contains(m.text, "takes /ME or /me/ for /me") {
					expectText(t, m.text, "Demo/Function is behind this distribution", "viewer.Claims")
					warned++
				}
			}
			if (warned == 1) != row.warns || warned > 1 {
				t.Errorf("%d warnings (%s)", warned, row.why)
			}
		})
	}
}

// TestAuthorizerScopes checks the warning of scopes that no client may have. furl token would refuse them too.
func TestAuthorizerScopes(t *testing.T) {
	custom := func(scope awscognito.OAuthScope) *awscognito.UserPoolClientOptions {
		return &awscognito.UserPoolClientOptions{OAuth: &awscognito.OAuthSettings{
			Scopes: &[]awscognito.OAuthScope{scope}, CallbackUrls: jsii.Strings("https://app.example.com/"),
		}}
	}
	withoutOAuth := &awscognito.UserPoolClientOptions{DisableOAuth: jsii.Bool(true)}
	for _, row := range []struct {
		name, why string
		scopes    []string
		clients   func(awscognito.UserPool) []awscognito.IUserPoolClient
		warns     bool
	}{
		{
			name: "CDK's default", why: "it has openid and others", scopes: []string{"openid"},
			clients: func(pool awscognito.UserPool) []awscognito.IUserPoolClient {
				return []awscognito.IUserPoolClient{pool.AddClient(jsii.String("Web"), nil)}
			},
		},
		{
			name: "a scope of nobody", why: "no token has it", scopes: []string{"openid", "orders/read"}, warns: true,
			clients: func(pool awscognito.UserPool) []awscognito.IUserPoolClient {
				return []awscognito.IUserPoolClient{pool.AddClient(jsii.String("Web"), nil)}
			},
		},
		{
			name: "one client of two", why: "its tokens pass", scopes: []string{"orders/read"},
			clients: func(pool awscognito.UserPool) []awscognito.IUserPoolClient {
				return []awscognito.IUserPoolClient{
					pool.AddClient(jsii.String("Web"), nil),
					pool.AddClient(jsii.String("App"),
						custom(awscognito.OAuthScope_Custom(jsii.String("orders/read")))),
				}
			},
		},
		{
			name: "a resource server's", why: "only the deployment knows its name", scopes: []string{"orders/read"},
			clients: func(pool awscognito.UserPool) []awscognito.IUserPoolClient {
				read := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
					ScopeName: jsii.String("read"), ScopeDescription: jsii.String("Read orders"),
				})
				server := pool.AddResourceServer(jsii.String("Server"), &awscognito.UserPoolResourceServerOptions{
					Identifier: jsii.String("orders"), Scopes: &[]awscognito.ResourceServerScope{read},
				})
				return []awscognito.IUserPoolClient{
					pool.AddClient(jsii.String("Web"), custom(awscognito.OAuthScope_ResourceServer(server, read))),
				}
			},
		},
		{
			name: "without OAuth", why: "InitiateAuth gives one scope", scopes: []string{"openid"}, warns: true,
			clients: func(pool awscognito.UserPool) []awscognito.IUserPoolClient {
				return []awscognito.IUserPoolClient{pool.AddClient(jsii.String("Web"), withoutOAuth)}
			},
		},
		{
			name: "without OAuth, the one scope", why: "InitiateAuth gives it",
			scopes: []string{"aws.cognito.signin.user.admin"},
			clients: func(pool awscognito.UserPool) []awscognito.IUserPoolClient {
				return []awscognito.IUserPoolClient{pool.AddClient(jsii.String("Web"), withoutOAuth)}
			},
		},
		{
			name: "an imported client", why: "its scopes are not known", scopes: []string{"orders/read"},
			clients: func(pool awscognito.UserPool) []awscognito.IUserPoolClient {
				return []awscognito.IUserPoolClient{awscognito.UserPoolClient_FromUserPoolClientId(
					pool, jsii.String("Web"), jsii.String("1example23456789"))}
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			pool := awscognito.NewUserPool(stack, jsii.String("Pool"), nil)
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
				Authorizer: furl.CognitoTokens(pool, furl.CognitoTokenOptions{
					Clients: row.clients(pool), Scopes: row.scopes,
				}),
			})
			warned := synth(t, app).stack(t, "Demo").warningsOf("/Demo/Api", "furl:authorizerScopes")
			if (len(warned) == 1) != row.warns {
				t.Errorf("warned %q (%s)", warned, row.why)
			}
		})
	}
}
