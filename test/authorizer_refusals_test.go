package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestAuthorizerRefusals checks props beside an authorizer under which no token would count, or one user's answer
// would be given to another.
func TestAuthorizerRefusals(t *testing.T) {
	type props = furl.SecureFunctionUrlProps
	for _, row := range []struct {
		name, why string
		spoil     func(awscdk.Stack, *props)
		want      []string
	}{
		{
			name: "no authorizer at all", why: "the zero value lets nobody in and nobody out",
			spoil: func(_ awscdk.Stack, p *props) { p.Authorizer = &furl.Authorizer{} },
			want:  []string{"furl.Authorizer{} is no authorizer", "furl.CognitoTokens", "furl.NoAuthorizer()"},
		},
		{
			name: "origin access control", why: "nothing at the edge checks a token",
			spoil: func(_ awscdk.Stack, p *props) { p.OriginAuth = furl.OriginAuth_OAC },
			want:  []string{"OriginAuth OAC", "write OriginAuth: furl.OriginAuth_EDGE_SIGNER"},
		},
		{
			name: "origin access control with the hash", why: "the hash function checks none either",
			spoil: func(_ awscdk.Stack, p *props) { p.OriginAuth = furl.OriginAuth_OAC_WITH_BODY_HASH },
			want:  []string{"OriginAuth OAC_WITH_BODY_HASH", "furl.NoAuthorizer()"},
		},
		{
			name: "a dropped Authorization", why: "the function would not know the user",
			spoil: func(_ awscdk.Stack, p *props) { p.AuthorizationHeader = jsii.String("") },
			want:  []string{"AuthorizationHeader", "it is empty"},
		},
		{
			name: "a shared signer that drops Authorization", why: "its setting counts",
			spoil: func(s awscdk.Stack, p *props) {
				p.Signer = furl.NewEdgeSigner(s, jsii.String("Signer"),
					&furl.EdgeSignerProps{AuthorizationHeader: jsii.String("")})
			},
			want: []string{"AuthorizationHeader", "where a shared signer is made"},
		},
		{
			name: "a cache", why: "a cached answer is served to anybody",
			spoil: func(_ awscdk.Stack, p *props) { p.CachePolicy = awscloudfront.CachePolicy_CACHING_OPTIMIZED() },
			want:  []string{"CachePolicy: CachingOptimized", "CACHING_DISABLED()"},
		},
		{
			name: "a cache with Authorization in the key", why: "it outlives the token",
			spoil: func(s awscdk.Stack, p *props) {
				p.CachePolicy = awscloudfront.NewCachePolicy(s, jsii.String("Cache"), &awscloudfront.CachePolicyProps{
					HeaderBehavior: awscloudfront.CacheHeaderBehavior_AllowList(jsii.String("Authorization")),
				})
			},
			want: []string{"CachePolicy: Demo/Cache"},
		},
		{
			name: "a cache policy that is named by its id", why: "nobody knows what it keeps",
			spoil: func(s awscdk.Stack, p *props) {
				p.CachePolicy = awscloudfront.CachePolicy_FromCachePolicyId(s, jsii.String("Cache"),
					jsii.String("00000000-0000-0000-0000-000000000000"))
			},
			want: []string{"CachePolicy"},
		},
		{
			name: "no Authorization for the signer", why: "each request would be 401",
			spoil: func(_ awscdk.Stack, p *props) {
				p.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_CORS_CUSTOM_ORIGIN()
			},
			want: []string{"OriginRequestPolicy: CORS-CustomOrigin", "keeps Authorization from the edge signer"},
		},
		{
			name: "no cookie for the signer", why: "each request would be 401",
			spoil: func(s awscdk.Stack, p *props) {
				p.Authorizer = furl.OidcTokens("https://login.example.com/",
					furl.OidcTokenOptions{Audiences: []string{"orders"}, Cookie: "token"})
				p.OriginRequestPolicy = awscloudfront.NewOriginRequestPolicy(s, jsii.String("Policy"),
					&awscloudfront.OriginRequestPolicyProps{
						CookieBehavior: awscloudfront.OriginRequestCookieBehavior_AllowList(jsii.String("Token")),
					})
			},
			want: []string{"OriginRequestPolicy: Demo/Policy", "keeps the cookie token"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			p := &props{Function: newFunction(stack, "Function"), WithoutWebAcl: true, Authorizer: oidcTokens()}
			row.spoil(stack, p)
			message := refusal(t, func() { furl.NewSecureFunctionUrl(stack, jsii.String("Api"), p) })
			expectText(t, message, append(row.want, `furl.SecureFunctionUrl at "Demo/Api"`)...)
		})
	}
	t.Run("a behaviour that inherits and that CloudFront signs for", func(t *testing.T) {
		stack := newStack(newApp(t), "Demo", "us-east-1")
		api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &props{
			Function: newFunction(stack, "Function"), WithoutWebAcl: true, Authorizer: oidcTokens(),
		})
		expectText(t, refusal(t, func() {
			api.AddBehavior("/more", newFunction(stack, "More"), &furl.BehaviorProps{OriginAuth: furl.OriginAuth_OAC})
		}), `furl.Behavior at "Demo/Api/Behavior/more"`, "Authorizer", "OriginAuth OAC")
	})
}

// TestTokenOptionRefusals checks the arguments of the authorizers' makers. A header of an origin takes ASCII, 1,783
// characters of it, and 10,240 in all headers.
func TestTokenOptionRefusals(t *testing.T) {
	type (
		cognito = furl.CognitoTokenOptions
		oidc    = furl.OidcTokenOptions
	)
	const issuer = "https://login.example.com/"
	audiences := []string{"orders"}
	long := func(count int) (texts []string) {
		for i := range count {
			texts = append(texts, fmt.Sprintf("scope-%03d-%s", i, strings.Repeat("x", 89)))
		}
		return texts
	}
	for _, row := range []struct {
		name, why string
		make      func(awscdk.Stack) *furl.Authorizer
		want      []string
	}{
		{
			name: "no pool", why: "there is no issuer",
			make: func(awscdk.Stack) *furl.Authorizer { return furl.CognitoTokens(nil, cognito{}) },
			want: []string{"pool is nil"},
		},
		{
			name: "a pool of an unknown region", why: "the issuer's host has the region",
			make: func(s awscdk.Stack) *furl.Authorizer {
				users := awscdk.NewStack(s.Node().Root().(awscdk.App), jsii.String("Users"), nil)
				pool, clients := newPool(users, "Pool")
				return furl.CognitoTokens(pool, cognito{Clients: clients})
			},
			want: []string{"Users/Pool has no region that is known", "give the pool's stack a region in Env"},
		},
		{
			name: "an id without a region", why: "no pool has such an id",
			make: func(s awscdk.Stack) *furl.Authorizer {
				_, clients := newPool(s, "Pool")
				pool := awscognito.UserPool_FromUserPoolId(s, jsii.String("Theirs"), jsii.String("theirs"))
				return furl.CognitoTokens(pool, cognito{Clients: clients})
			},
			want: []string{"Demo/Theirs has no region that is known", "ap-northeast-1_example"},
		},
		{
			name: "no clients", why: "API Gateway would take every client", make: ofPool(cognito{}, false),
			want: []string{"Clients is empty", "[]awscognito.IUserPoolClient{client}"},
		},
		{
			name: "a nil client", why: "it has no id", want: []string{"Clients[0] is nil"},
			make: ofPool(cognito{Clients: []awscognito.IUserPoolClient{nil}}, false),
		},
		{
			name: "a use that is none", why: "a refresh token is no proof", want: []string{`"refresh" is no kind`},
			make: ofPool(cognito{Use: "refresh"}, true),
		},
		{
			name: "scopes of ID tokens", why: "they have none", want: []string{"ID tokens have no scopes"},
			make: ofPool(cognito{Use: furl.TokenUse_ID, Scopes: []string{"orders/read"}}, true),
		},
		{
			name: "a group that is not ASCII", why: "CloudFront's headers are", want: []string{"Groups[1]", "ASCII"},
			make: ofPool(cognito{Groups: []string{"staff", "Führung"}}, true),
		},
		{
			name: "a group with a space", why: "it would be two", want: []string{`Groups[0]: "a b"`},
			make: ofPool(cognito{Groups: []string{"a b"}}, true),
		},
		{
			name: "an empty group", why: "it would be lost", want: []string{`Groups[0]: ""`},
			make: ofPool(cognito{Groups: []string{""}}, true),
		},
		{
			name: "a group twice", why: "a slip", want: []string{`Groups[1]: "a" is there twice`},
			make: ofPool(cognito{Groups: []string{"a", "a"}}, true),
		},
		{
			name: "a scope with a space", why: "it would be two", want: []string{`Scopes: "a b" is not a scope`},
			make: ofPool(cognito{Scopes: []string{"a b"}}, true),
		},
		{
			name: "an issuer by HTTP", why: "its keys could be anybody's", want: []string{"the issuer", "no HTTPS URL"},
			make: of("http://login.example.com/", oidc{Audiences: audiences}),
		},
		{
			name: "an issuer without a scheme", why: "iss is a URL", want: []string{"the issuer", "no HTTPS URL"},
			make: of("login.example.com", oidc{Audiences: audiences}),
		},
		{
			name: "an issuer with a query", why: "OpenID Connect Core, section 2", want: []string{"has a query"},
			make: of("https://login.example.com/?tenant=a", oidc{Audiences: audiences}),
		},
		{
			name: "an issuer with a fragment", why: "the same", want: []string{"a user or a fragment"},
			make: of("https://login.example.com/#a", oidc{Audiences: audiences}),
		},
		{
			name: "an issuer with a password", why: "it would be in the template",
			want: []string{"a user or a fragment"},
			make: of("https://a:b@login.example.com/", oidc{Audiences: audiences}),
		},
		{
			name: "an issuer that is not ASCII", why: "CloudFront's headers are", want: []string{"percent-encodes"},
			make: of("https://login.example.com/ä", oidc{Audiences: audiences}),
		},
		{
			name: "keys by HTTP", why: "they could be anybody's", want: []string{"JwksUri", "no HTTPS URL"},
			make: of(issuer, oidc{Audiences: audiences, JwksUri: "http://login.example.com/keys"}),
		},
		{
			name: "an unknown issuer without keys", why: "its end decides the address",
			want: []string{"JwksUri for another issuer"},
			make: func(s awscdk.Stack) *furl.Authorizer {
				parameter := awscdk.NewCfnParameter(s, jsii.String("Issuer"), nil)
				return furl.OidcTokens(*parameter.ValueAsString(), oidc{Audiences: audiences})
			},
		},
		{
			name: "no audience", why: "tokens of other services would pass", want: []string{"Audiences is empty"},
			make: of(issuer, oidc{}),
		},
		{
			name: "a port that is none", why: "the signer would answer 500", want: []string{"is no HTTPS URL"},
			make: of("https://login.example.com:99999", oidc{Audiences: audiences}),
		},
		{
			name: "HTTPS in capitals", why: "tokens have it in small letters", want: []string{"is no HTTPS URL"},
			make: of("HTTPS://login.example.com/", oidc{Audiences: audiences}),
		},
		{
			name: "the configuration for the issuer", why: "no token has it in iss", want: []string{"well-known path"},
			make: of("https://login.example.com/.well-known/openid-configuration", oidc{Audiences: audiences}),
		},
		{
			name: "the configuration for the keys", why: "it has none", want: []string{"JwksUri", "jwks_uri"},
			make: of(issuer, oidc{
				Audiences: audiences, JwksUri: "https://login.example.com/.well-known/openid-configuration",
			}),
		},
		{
			name: "a pool's issuer", why: "access tokens of a pool have no aud", want: []string{"furl.CognitoTokens"},
			make: func(s awscdk.Stack) *furl.Authorizer {
				pool, _ := newPool(s, "Pool")
				return furl.OidcTokens(*pool.UserPoolProviderUrl(), oidc{Audiences: audiences})
			},
		},
		{
			name: "a client of another pool", why: "its tokens have another issuer",
			want: []string{"Clients[0], Demo/Other/Web, is a client of another pool than Demo/Pool"},
			make: func(s awscdk.Stack) *furl.Authorizer {
				pool, _ := newPool(s, "Pool")
				_, clients := newPool(s, "Other")
				return furl.CognitoTokens(pool, cognito{Clients: clients})
			},
		},
		{
			name: "an empty audience", why: "no token has it", want: []string{`Audiences[0]: ""`},
			make: of(issuer, oidc{Audiences: []string{""}}),
		},
		{
			name: "a cookie with a space", why: "no cookie has such a name", want: []string{"Cookie", "__Host-token"},
			make: of(issuer, oidc{Audiences: audiences, Cookie: "a b"}),
		},
		{
			name: "metadata that is no URL", why: "clients could not find it", want: []string{"ResourceMetadata"},
			make: of(issuer, oidc{Audiences: audiences, ResourceMetadata: "/.well-known/oauth-protected-resource"}),
		},
		{
			name: "metadata with a quote", why: "it stands between quotes in WWW-Authenticate",
			make: of(issuer, oidc{Audiences: audiences, ResourceMetadata: `https://a.example.com/"x`}),
			want: []string{"ResourceMetadata", "percent-encodes"},
		},
		{
			name: "a leeway of 301 s", why: "an expired token would live on", want: []string{"301 s", "up to 300"},
			make: of(issuer, oidc{Audiences: audiences, Leeway: seconds(301)}),
		},
		{
			name: "a leeway of half seconds", why: "whole ones travel", want: []string{"0.5 s"},
			make: of(issuer, oidc{Audiences: audiences, Leeway: awscdk.Duration_Millis(jsii.Number(500))}),
		},
		{
			name: "a list over 1,783 characters", why: "CloudFront takes no longer header",
			make: of(issuer, oidc{Audiences: audiences, Scopes: long(18)}),
			want: []string{"Scopes has 1799 characters", "1783", "shorten it"},
		},
		{
			name: "clients over 1,783 characters", why: "each counts 26, also where only the deployment knows it",
			make: func(s awscdk.Stack) *furl.Authorizer {
				pool, clients := newPool(s, "Pool")
				for i := range 66 {
					clients = append(clients, pool.AddClient(jsii.String(fmt.Sprint("Client", i)), nil))
				}
				return furl.CognitoTokens(pool, cognito{Clients: clients})
			},
			want: []string{"Clients has 1808 characters"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			p := &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true, Authorizer: row.make(stack),
			}
			message := refusal(t, func() { furl.NewSecureFunctionUrl(stack, jsii.String("Api"), p) })
			expectText(t, message, append(row.want, `furl.SecureFunctionUrl at "Demo/Api": Authorizer: `)...)
		})
	}
}

// TestTokenOptionsTooLong checks the limit of all headers together. Each of them is within its own.
func TestTokenOptionsTooLong(t *testing.T) {
	list := func(name string, count int) (texts []string) {
		for i := range count {
			texts = append(texts, fmt.Sprintf("%s-%03d-%s", name, i, strings.Repeat("x", 90)))
		}
		return texts
	}
	address := "https://login.example.com/" + strings.Repeat("x", 1700)
	stack := newStack(newApp(t), "Demo", "us-east-1")
	p := &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"), WithoutWebAcl: true,
		Authorizer: furl.OidcTokens(address, furl.OidcTokenOptions{
			Audiences: list("a", 17), Scopes: list("s", 17), JwksUri: address, ResourceMetadata: address,
			Cookie: strings.Repeat("c", 1700),
		}),
	}
	expectText(t, refusal(t, func() { furl.NewSecureFunctionUrl(stack, jsii.String("Api"), p) }),
		"its 6 settings are custom headers", "CloudFront takes 30 headers with 10240", "shorten its lists")
}

// ofPool makes the authorizer of a pool, with the pool's client or without any.
func ofPool(options furl.CognitoTokenOptions, withClient bool) func(awscdk.Stack) *furl.Authorizer {
	return func(stack awscdk.Stack) *furl.Authorizer {
		pool, clients := newPool(stack, "Pool")
		if withClient {
			options.Clients = clients
		}
		return furl.CognitoTokens(pool, options)
	}
}

func of(issuer string, options furl.OidcTokenOptions) func(awscdk.Stack) *furl.Authorizer {
	return func(awscdk.Stack) *furl.Authorizer { return furl.OidcTokens(issuer, options) }
}
