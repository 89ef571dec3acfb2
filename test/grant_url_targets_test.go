package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestGivenUrlTargets checks that a Function URL is leased with its own function only. The two may name the function in
// different ways.
func TestGivenUrlTargets(t *testing.T) {
	options := &awslambda.FunctionUrlOptions{
		AuthType: awslambda.FunctionUrlAuthType_AWS_IAM,
		Cors: &awslambda.FunctionUrlCorsOptions{
			AllowedOrigins: jsii.Strings("https://app.example.com"), AllowedHeaders: jsii.Strings("*"),
		},
	}
	imported := func(stack awscdk.Stack, id string, arn *string) awslambda.IFunction {
		return awslambda.Function_FromFunctionAttributes(stack, jsii.String(id),
			&awslambda.FunctionAttributes{FunctionArn: arn, SameEnvironment: jsii.Bool(true)})
	}
	named := func(stack awscdk.Stack, id, name string) awslambda.IFunction {
		return awslambda.Function_FromFunctionName(stack, jsii.String(id), jsii.String(name))
	}
	rows := []struct {
		name, why string
		make      func(a, b awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl)
		refused   bool
	}{
		{
			name: "of a function of one logical id in another stack", why: "the texts are the same", refused: true,
			make: func(a, b awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				return newFunction(a, "Fn"), newFunction(b, "Fn").AddFunctionUrl(options)
			},
		},
		{
			name: "of an alias of one logical id in another stack", why: "the texts are the same", refused: true,
			make: func(a, b awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				live := newFunction(a, "Fn").AddAlias(jsii.String("live"), nil)
				return live, newFunction(b, "Fn").AddAlias(jsii.String("live"), nil).AddFunctionUrl(options)
			},
		},
		{
			name: "of imports of one logical id", why: "each is another function", refused: true,
			make: func(a, b awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				url := imported(a, "B", newFunction(b, "Fn").FunctionArn()).AddFunctionUrl(options)
				return imported(a, "A", newFunction(a, "Fn").FunctionArn()), url
			},
		},
		{
			name: "of another import by name", why: "the names differ", refused: true,
			make: func(a, _ awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				return named(a, "One", "orders"), named(a, "Other", "users").AddFunctionUrl(options)
			},
		},
		{
			name: "of the L1's ARN", why: "the L1 and the L2 have each a token",
			make: func(a, _ awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				fn := newFunction(a, "Fn")
				url := fn.AddFunctionUrl(options)
				url.Node().DefaultChild().(awslambda.CfnUrl).SetTargetFunctionArn(
					fn.Node().DefaultChild().(awslambda.CfnFunction).AttrArn())
				return fn, url
			},
		},
		{
			name: "of an import of the function", why: "its ARN is the function's",
			make: func(a, _ awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				fn := newFunction(a, "Fn")
				return imported(a, "Imported", fn.FunctionArn()), fn.AddFunctionUrl(options)
			},
		},
		{
			name: "of an alias in another stack", why: "it is the alias' own",
			make: func(_, b awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				live := newFunction(b, "Fn").AddAlias(jsii.String("live"), nil)
				return live, live.AddFunctionUrl(options)
			},
		},
		{
			name: "of an import by a literal ARN", why: "both have the same text",
			make: func(a, _ awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				arn := jsii.String(functionArn("us-east-1", "orders"))
				return imported(a, "One", arn), imported(a, "Other", arn).AddFunctionUrl(options)
			},
		},
		{
			name: "of an import by name", why: "both ARNs are put together from the same parts",
			make: func(a, _ awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				return named(a, "One", "orders"), named(a, "Other", "orders").AddFunctionUrl(options)
			},
		},
		{
			name: "of an import of another app's export", why: "both have the same text",
			make: func(a, _ awscdk.Stack) (awslambda.IFunction, awslambda.IFunctionUrl) {
				one := imported(a, "One", awscdk.Fn_ImportValue(jsii.String("orders")))
				other := imported(a, "Other", awscdk.Fn_ImportValue(jsii.String("orders")))
				return one, other.AddFunctionUrl(options)
			},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			a, b := newStack(app, "A", "us-east-1"), newStack(app, "B", "us-east-1")
			newTopic(b)
			fn, url := row.make(a, b)
			props := grantProps(a)
			props.Functions = []furl.GrantFunction{{Name: "orders", Function: fn, FunctionUrl: url}}
			if !row.refused {
				newGrant(a, props)
				app.Synth(nil)
				return
			}
			expectText(t, refusal(t, func() { newGrant(a, props) }),
				"is not a URL of", "pass the URL's own function or alias")
		})
	}
}
