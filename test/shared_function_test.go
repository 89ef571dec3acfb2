package test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestFunctionBehindSeveralPatterns checks that a function has one URL. Its policy has each statement once.
func TestFunctionBehindSeveralPatterns(t *testing.T) {
	for _, row := range []struct {
		name, why   string
		auth        furl.OriginAuth
		props       *furl.BehaviorProps // of the second pattern
		origins     int
		permissions int // pairs
	}{
		{name: "the same settings", why: "one origin serves both", origins: 1, permissions: 1},
		{
			name: "origin access control", why: "the distribution is let in once", auth: furl.OriginAuth_OAC,
			origins: 1, permissions: 1,
		},
		{
			name: "a longer read timeout", why: "it is a setting of the origin",
			props: &furl.BehaviorProps{ReadTimeout: seconds(120)}, origins: 2, permissions: 1,
		},
		{
			name: "another number of attempts", why: "it is a setting of the origin",
			props: &furl.BehaviorProps{ConnectionAttempts: 2}, origins: 2, permissions: 1,
		},
		{
			name: "the URL's own settings again", why: "they do not differ", origins: 1, permissions: 1,
			props: &furl.BehaviorProps{InvokeMode: awslambda.InvokeMode_BUFFERED, ReadTimeout: seconds(60)},
		},
		{
			name: "signed in another way", why: "each signer is let in", origins: 2, permissions: 2,
			props: &furl.BehaviorProps{OriginAuth: furl.OriginAuth_OAC},
		},
		{
			name: "two ways of origin access control", why: "both are the distribution's", auth: furl.OriginAuth_OAC,
			origins: 1, permissions: 1,
			props: &furl.BehaviorProps{OriginAuth: furl.OriginAuth_OAC_WITH_BODY_HASH},
		},
	} {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				fn := newFunction(stack, "Function")
				api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: fn, WithoutWebAcl: true, OriginAuth: row.auth,
				})
				first, second := api.AddBehavior("/a/*", fn, nil), api.AddBehavior("/b/*", fn, row.props)
				one, other := *first.FunctionUrl().Node().Path(), *second.FunctionUrl().Node().Path()
				if one != other {
					t.Errorf("the URLs of the two patterns are %s and %s", one, other)
				}
				demo := synth(t, app).stack(t, "Demo")
				demo.only(t, "AWS::Lambda::Url")
				config := demo.distributionConfig(t)
				if got := len(config["Origins"].([]any)); got != row.origins {
					t.Errorf("%d origins, want %d (%s)", got, row.origins, row.why)
				}
				if got := len(config["CacheBehaviors"].([]any)); got != 2 {
					t.Errorf("%d behaviours, want 2", got)
				}
				expectPermissions(t, demo, row.permissions)
			})
		}
	}
}

// TestAliasesAreFunctionsOfTheirOwn checks that a function and each of its aliases may have a URL.
func TestAliasesAreFunctionsOfTheirOwn(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	fn := newFunction(stack, "Function")
	live := fn.AddAlias(jsii.String("live"), nil)
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"),
		&furl.SecureFunctionUrlProps{Function: fn, WithoutWebAcl: true})
	api.AddBehavior("/live/*", live, nil)
	api.AddBehavior("/next/*", fn.AddAlias(jsii.String("next"), nil), nil)
	api.AddBehavior("/v1/*", live, nil)
	demo := synth(t, app).stack(t, "Demo")
	expectCount(t, demo, "AWS::Lambda::Url", 3)
	expectPermissions(t, demo, 3)
}

// TestImportedFunctionBehindSeveralPatterns checks that two imports of one function are one function.
func TestImportedFunctionBehindSeveralPatterns(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	imported := func(id string) awslambda.IFunction {
		return awslambda.Function_FromFunctionAttributes(stack, jsii.String(id), &awslambda.FunctionAttributes{
			FunctionArn:     jsii.String("arn:aws:lambda:us-east-1:" + account + ":function:orders"),
			SameEnvironment: jsii.Bool(true),
		})
	}
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"),
		&furl.SecureFunctionUrlProps{Function: imported("One"), WithoutWebAcl: true})
	api.AddBehavior("/a/*", imported("Two"), nil)
	demo := synth(t, app).stack(t, "Demo")
	demo.only(t, "AWS::Lambda::Url")
	expectPermissions(t, demo, 1)
}

// TestFunctionsOfOneLogicalId checks functions of several stacks with the same logical id. They are different
// functions.
func TestFunctionsOfOneLogicalId(t *testing.T) {
	app := newApp(t)
	stack, other := newStack(app, "Demo", "us-east-1"), newStack(app, "Other", "us-east-1")
	nested := awscdk.NewNestedStack(stack, jsii.String("Nested"), nil)
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"), WithoutWebAcl: true,
	})
	theirs := newFunction(other, "Function")
	api.AddBehavior("/other/*", theirs, nil)
	api.AddBehavior("/nested/*", newFunction(nested, "Function"), nil)
	api.AddBehavior("/again/*", theirs, nil)
	imported := awslambda.Function_FromFunctionName(stack, jsii.String("Imported"), theirs.FunctionName())
	api.AddBehavior("/imported/*", imported, nil)
	demo := synth(t, app).stack(t, "Demo")
	expectCount(t, demo, "AWS::Lambda::Url", 4) // CDK does not know whose import it is
	if got := len(demo.distributionConfig(t)["Origins"].([]any)); got != 4 {
		t.Errorf("%d origins, want 4", got)
	}
}

// TestFunctionOfTwoConstructs adds behaviours of several constructs to one distribution. Two constructs share the
// first one's signer, and one has its own.
func TestFunctionOfTwoConstructs(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	fn := newFunction(stack, "Function")
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"),
		&furl.SecureFunctionUrlProps{Function: fn, WithoutWebAcl: true})
	for _, name := range []string{"a", "b"} {
		furl.NewSecureFunctionUrl(stack, jsii.String(name), &furl.SecureFunctionUrlProps{
			Function: fn, Distribution: api.Distribution(), PathPattern: "/" + name, Signer: api.Signer(),
		})
	}
	furl.NewSecureFunctionUrl(stack, jsii.String("c"), &furl.SecureFunctionUrlProps{
		Function: fn, Distribution: api.Distribution(), PathPattern: "/c",
	})
	demo := synth(t, app).stack(t, "Demo")
	demo.only(t, "AWS::Lambda::Url")
	expectPermissions(t, demo, 2)
}

func TestFunctionBehindSeveralPatternsRefused(t *testing.T) {
	cors := func(origin string, age int) furl.BehaviorProps {
		return furl.BehaviorProps{Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings(origin),
			MaxAge:         awscdk.Duration_Minutes(jsii.Number(age)),
		}}
	}
	for _, row := range []struct {
		name, why     string
		first, second furl.BehaviorProps
		want          string // "" for settings that are taken
	}{
		{
			name: "Cors where the URL has none", why: "a URL has one", want: "Cors",
			second: cors("https://a.example", 60),
		},
		{
			name: "another origin", why: "a URL has one", want: "Cors",
			first: cors("https://a.example", 60), second: cors("https://b.example", 60),
		},
		{
			name: "another age", why: "a URL has one", want: "Cors",
			first: cors("https://a.example", 60), second: cors("https://a.example", 5),
		},
		{
			name: "the defaults written out", why: "nothing differs",
			first: cors("https://a.example", 60),
			second: furl.BehaviorProps{Cors: &awslambda.FunctionUrlCorsOptions{
				AllowedOrigins: jsii.Strings("https://a.example"), MaxAge: awscdk.Duration_Seconds(jsii.Number(3600)),
				AllowCredentials: jsii.Bool(false), AllowedHeaders: jsii.Strings(),
			}},
		},
		{
			name: "the same Cors", why: "nothing differs",
			first: cors("https://a.example", 60), second: cors("https://a.example", 60),
		},
		{name: "left out", why: "it keeps the URL's", first: cors("https://a.example", 60)},
		{
			name: "streamed after buffered", why: "a URL has one mode", want: "InvokeMode",
			second: furl.BehaviorProps{InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM},
		},
		{
			name: "buffered after streamed", why: "a URL has one mode", want: "InvokeMode",
			first:  furl.BehaviorProps{InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM},
			second: furl.BehaviorProps{InvokeMode: awslambda.InvokeMode_BUFFERED},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			stack := newStack(newApp(t), "Demo", "us-east-1")
			api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), WithoutWebAcl: true,
			})
			fn := newFunction(stack, "Shared")
			api.AddBehavior("/a", fn, &row.first)
			add := func() { api.AddBehavior("/b", fn, &row.second) }
			if row.want == "" {
				add()
				return
			}
			expectText(t, refusal(t, add), fmt.Sprintf("furl.Behavior at \"Demo/Api/Behavior/b\": %s: ", row.want),
				"Demo/Api/Behavior--a", "AddAlias")
		})
	}
}
