package test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// newPool makes a user pool with the app client "Web".
func newPool(scope constructs.Construct, id string) (awscognito.UserPool, []awscognito.IUserPoolClient) {
	pool := awscognito.NewUserPool(scope, jsii.String(id), nil)
	return pool, []awscognito.IUserPoolClient{pool.AddClient(jsii.String("Web"), nil)}
}

// poolTokens is an authorizer for a new pool's access tokens.
func poolTokens(scope constructs.Construct) *furl.Authorizer {
	pool, clients := newPool(scope, "Pool")
	return furl.CognitoTokens(pool, furl.CognitoTokenOptions{Clients: clients})
}

// oidcTokens is an authorizer with defaults.
func oidcTokens() *furl.Authorizer {
	return furl.OidcTokens("https://login.example.com/", furl.OidcTokenOptions{Audiences: []string{"orders"}})
}

// originHeaders are the custom headers of the origins, in the order of the origins. Values are JSON.
func (s *stack) originHeaders(t *testing.T) []map[string]string {
	t.Helper()
	var all []map[string]string
	for _, origin := range s.distributionConfig(t)["Origins"].([]any) {
		headers := map[string]string{}
		list, _ := origin.(map[string]any)["OriginCustomHeaders"].([]any)
		for _, item := range list {
			header := item.(map[string]any)
			value, err := json.Marshal(header["HeaderValue"])
			if err != nil {
				t.Fatal(err)
			}
			headers[header["HeaderName"].(string)] = string(value)
		}
		all = append(all, headers)
	}
	return all
}

// TestAuthorizerHeaders checks the settings that travel to the edge signer.
func TestAuthorizerHeaders(t *testing.T) {
	cors := &awslambda.FunctionUrlCorsOptions{
		AllowedOrigins: jsii.Strings("https://a.example.com", "https://b.example.com"),
		AllowedHeaders: jsii.Strings("Authorization"), AllowCredentials: jsii.Bool(true),
	}
	const keys = `/.well-known/jwks.json"`
	for _, row := range []struct {
		name, why string
		make      func(awscdk.Stack) *furl.Authorizer
		cors      *awslambda.FunctionUrlCorsOptions
		want      map[string]string
	}{
		{
			name: "OpenID Connect", why: "the slash of the issuer counts, and the keys have one slash",
			make: func(awscdk.Stack) *furl.Authorizer { return oidcTokens() },
			want: map[string]string{
				"x-furl-issuer": `"https://login.example.com/"`, "x-furl-jwks-uri": `"https://login.example.com` + keys,
				"x-furl-audience": `"orders"`,
			},
		},
		{
			name: "all of OpenID Connect", why: "lists have a space between", cors: cors,
			make: func(awscdk.Stack) *furl.Authorizer {
				return furl.OidcTokens("https://login.example.com", furl.OidcTokenOptions{
					Audiences: []string{"orders", "https://api.example.com"}, JwksUri: "https://keys.example.com/v1",
					Scopes: []string{"read", "write"}, Cookie: "__Host-token", Leeway: seconds(30),
					ResourceMetadata: "https://api.example.com/.well-known/oauth-protected-resource",
				})
			},
			want: map[string]string{
				"x-furl-issuer": `"https://login.example.com"`, "x-furl-jwks-uri": `"https://keys.example.com/v1"`,
				"x-furl-audience": `"orders https://api.example.com"`, "x-furl-scopes": `"read write"`,
				"x-furl-cookie": `"__Host-token"`, "x-furl-leeway": `"30"`,
				"x-furl-resource-metadata": `"https://api.example.com/.well-known/oauth-protected-resource"`,
				"x-furl-cors":              `"https://a.example.com https://b.example.com"`,
				"x-furl-cors-credentials":  `"true"`,
			},
		},
		{
			name: "pages without cookies", why: "their refusals allow no credentials, as the URL",
			cors: &awslambda.FunctionUrlCorsOptions{
				AllowedOrigins: jsii.Strings("https://a.example.com"), AllowCredentials: jsii.Bool(false),
			},
			make: func(awscdk.Stack) *furl.Authorizer { return oidcTokens() },
			want: map[string]string{
				"x-furl-issuer": `"https://login.example.com/"`, "x-furl-jwks-uri": `"https://login.example.com` + keys,
				"x-furl-audience": `"orders"`, "x-furl-cors": `"https://a.example.com"`,
			},
		},
		{
			name: "every origin", why: "beside it no other counts",
			cors: &awslambda.FunctionUrlCorsOptions{AllowedOrigins: jsii.Strings("https://a.example.com", "*")},
			make: func(awscdk.Stack) *furl.Authorizer { return oidcTokens() },
			want: map[string]string{
				"x-furl-issuer": `"https://login.example.com/"`, "x-furl-jwks-uri": `"https://login.example.com` + keys,
				"x-furl-audience": `"orders"`, "x-furl-cors": `"*"`,
			},
		},
		{
			name: "an imported pool of another region", why: "its id tells the region, and CDK does not",
			make: func(stack awscdk.Stack) *furl.Authorizer {
				return furl.CognitoTokens(
					awscognito.UserPool_FromUserPoolId(stack, jsii.String("Pool"), jsii.String("eu-west-1_a1B2c3")),
					furl.CognitoTokenOptions{Use: furl.TokenUse_ID, Clients: []awscognito.IUserPoolClient{
						awscognito.UserPoolClient_FromUserPoolClientId(stack, jsii.String("Web"), jsii.String("web")),
						awscognito.UserPoolClient_FromUserPoolClientId(stack, jsii.String("App"), jsii.String("app")),
					}, Groups: []string{"staff", "admins"}})
			},
			want: map[string]string{
				"x-furl-issuer":    `"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3"`,
				"x-furl-jwks-uri":  `"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3` + keys,
				"x-furl-token-use": `"id"`, "x-furl-audience": `"web app"`, "x-furl-groups": `"staff admins"`,
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
				Cors: row.cors, Authorizer: row.make(stack),
			})
			got := synth(t, app).stack(t, "Demo").originHeaders(t)
			if len(got) != 1 || !maps.Equal(got[0], row.want) {
				t.Errorf("the headers are %v, want %v (%s)", got, row.want, row.why)
			}
		})
	}
}

// TestAuthorizerAcrossStacks checks how a pool of another stack gets into the headers. Only between regions it goes by
// Fn::GetStackOutput.
func TestAuthorizerAcrossStacks(t *testing.T) {
	for _, row := range []struct{ name, why, poolRegion, want string }{
		{"one region", "the reference stays as the app has it", "ap-northeast-1", "Fn::ImportValue"},
		{"two regions", "an Export does not cross regions", "eu-west-1", "Fn::GetStackOutput"},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "ap-northeast-1")
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
				Authorizer: poolTokens(newStack(app, "Users", row.poolRegion)),
			})
			api.AddBehavior("/more/*", newFunction(stack, "More"), nil)
			all := synth(t, app).stack(t, "Demo").originHeaders(t)
			if len(all) != 2 || !maps.Equal(all[0], all[1]) {
				t.Fatalf("the headers of the two origins are %v", all)
			}
			for _, name := range []string{"x-furl-issuer", "x-furl-jwks-uri", "x-furl-audience"} {
				if !strings.Contains(all[0][name], row.want) {
					t.Errorf("%s is %s, without %s (%s)", name, all[0][name], row.want, row.why)
				}
			}
			if host := "https://cognito-idp." + row.poolRegion + ".amazonaws.com/"; !strings.Contains(
				all[0]["x-furl-issuer"], host) {
				t.Errorf("the issuer is %s, not at %s", all[0]["x-furl-issuer"], host)
			}
		})
	}
}

// TestAuthorizerOfBehavior checks that behaviours inherit the authorizer. Another one needs an origin of its own.
func TestAuthorizerOfBehavior(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "ap-northeast-1")
	fn := newFunction(stack, "Function")
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: fn, WithoutWebAcl: true, Authorizer: poolTokens(stack),
	})
	api.AddBehavior("/same/*", fn, nil)
	api.AddBehavior("/oidc/*", fn, &furl.BehaviorProps{Authorizer: oidcTokens()})
	api.AddBehavior("/open/*", fn, &furl.BehaviorProps{Authorizer: furl.NoAuthorizer()})
	demo := synth(t, app).stack(t, "Demo")

	config, all := demo.distributionConfig(t), demo.originHeaders(t)
	headersOf := map[any]map[string]string{}
	for i, origin := range config["Origins"].([]any) {
		headersOf[origin.(map[string]any)["Id"]] = all[i]
	}
	if len(headersOf) != 3 {
		t.Errorf("%d origins, want 3", len(headersOf))
	}
	targets := map[string]any{"default": config["DefaultCacheBehavior"].(map[string]any)["TargetOriginId"]}
	for _, behavior := range config["CacheBehaviors"].([]any) {
		targets[behavior.(map[string]any)["PathPattern"].(string)] = behavior.(map[string]any)["TargetOriginId"]
	}
	if targets["/same/*"] != targets["default"] {
		t.Error("a behaviour that inherits has another origin")
	}
	for pattern, want := range map[string]string{
		"default": "amazonaws.com", "/oidc/*": "login.example.com", "/open/*": "",
	} {
		headers := headersOf[targets[pattern]]
		if want == "" && len(headers) > 0 || !strings.Contains(headers["x-furl-issuer"], want) {
			t.Errorf("%s has the headers %v", pattern, headers)
		}
	}
	opened := slices.DeleteFunc(slices.Clone(demo.messages), func(m message) bool {
		return m.level != "info" || !strings.Contains(m.text, "NoAuthorizer")
	})
	if len(opened) != 1 || opened[0].path != "/Demo/Api/Behavior--open--*" {
		t.Errorf("open behaviours are told as %v", opened)
	}
}

// TestAuthorizerCorsWarnings checks the warnings of a URL that pages of other origins cannot call.
func TestAuthorizerCorsWarnings(t *testing.T) {
	origins := jsii.Strings("https://app.example.com")
	inCookie := furl.OidcTokenOptions{Audiences: []string{"orders"}, Cookie: "token"}
	for _, row := range []struct {
		name, why  string
		authorizer *furl.Authorizer
		cors       *awslambda.FunctionUrlCorsOptions
		want       string // "" for no warning
	}{
		{name: "no authorizer", why: "the function answers the preflight"},
		{name: "no Cors", why: "nobody answers the preflight", authorizer: oidcTokens(), want: "has no Cors"},
		{
			name: "no Authorization", why: "the preflight does not allow it", authorizer: oidcTokens(),
			cors: &awslambda.FunctionUrlCorsOptions{AllowedOrigins: origins, AllowedHeaders: jsii.Strings("*")},
			want: `Add "authorization"`,
		},
		{
			name: "Authorization", why: "the preflight allows it", authorizer: oidcTokens(),
			cors: &awslambda.FunctionUrlCorsOptions{
				AllowedOrigins: origins, AllowedHeaders: jsii.Strings("Authorization"),
			},
		},
		{
			name: "no cookies", why: "the browser sends none", want: "no AllowCredentials",
			authorizer: furl.OidcTokens("https://login.example.com/", inCookie),
			cors:       &awslambda.FunctionUrlCorsOptions{AllowedOrigins: origins},
		},
		{
			name: "cookies without Cors", why: "pages of the same site send them",
			authorizer: furl.OidcTokens("https://login.example.com/", inCookie),
		},
		{
			name: "cookies", why: "the browser sends them",
			authorizer: furl.OidcTokens("https://login.example.com/", inCookie),
			cors: &awslambda.FunctionUrlCorsOptions{
				AllowedOrigins: origins, AllowCredentials: jsii.Bool(true),
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", "us-east-1")
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
				Cors: row.cors, Authorizer: row.authorizer,
			})
			var warned string
			for _, m := range synth(t, app).stack(t, "Demo").messages {
				if m.level == "warning" && strings.Contains(m.text, "Authorizer") {
					warned += m.text
				}
			}
			if (row.want == "") != (warned == "") || !strings.Contains(warned, row.want) {
				t.Errorf("warned %q, want %q (%s)", warned, row.want, row.why)
			}
		})
	}
}

// TestAuthorizerCorsStays checks that an override removes no Cors by which the URL answers the preflights that the
// signer lets through.
func TestAuthorizerCorsStays(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"), WithoutWebAcl: true, Authorizer: oidcTokens(),
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings("https://app.example.com"), AllowedHeaders: jsii.Strings("authorization"),
		},
	})
	cfnUrl(api).AddPropertyDeletionOverride(jsii.String("Cors"))
	synth(t, app).stack(t, "Demo").has(t, "AWS::Lambda::Url", map[string]any{
		"Cors": map[string]any{"AllowOrigins": []any{"https://app.example.com"}},
	})
}

// TestAuthorizerCorsThatFits checks that origins which do not fit into the header are left out. The others stay.
func TestAuthorizerCorsThatFits(t *testing.T) {
	var origins []string
	for i := range 20 {
		label := strings.Repeat(string(rune('a'+i)), 60)
		origins = append(origins, "https://"+label+"."+strings.Repeat("x", 40)+".example")
	}
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"), WithoutWebAcl: true, Authorizer: oidcTokens(),
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings(origins...), AllowedHeaders: jsii.Strings("authorization"),
		},
	})
	header := synth(t, app).stack(t, "Demo").originHeaders(t)[0]["x-furl-cors"]
	listed := strings.Fields(strings.Trim(header, `"`))
	if len(header) > 1783+2 || len(listed) != 15 || !slices.Equal(listed, origins[:15]) {
		t.Errorf("%d origins in %d characters, want the first 15", len(listed), len(header))
	}
}
