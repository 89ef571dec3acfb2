// Command consumer is a CDK app in a module of its own: each way to sign, and a lease.
package main

import (
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Consumer"), &awscdk.StackProps{
		Env: &awscdk.Environment{Region: jsii.String(os.Getenv("CDK_DEFAULT_REGION"))},
	})
	newFunction := func(id string) awslambda.Function {
		return awslambda.NewFunction(stack, jsii.String(id), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"),
			Code: awslambda.Code_FromInline(jsii.String("exports.handler = async () => ({ statusCode: 200 })")),
		})
	}
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction("Function"),
	})
	api.AddBehavior("/oac/*", newFunction("Oac"), &furl.BehaviorProps{OriginAuth: furl.OriginAuth_OAC})
	api.AddBehavior("/hash/*", newFunction("Hash"), &furl.BehaviorProps{
		OriginAuth: furl.OriginAuth_OAC_WITH_BODY_HASH,
	}).GrantInvokeUrl(newFunction("Worker"))
	furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
		Authorizer: furl.IamAuthorizer(), AnyOrigin: true,
		Functions: []furl.GrantFunction{{Name: "leased", Function: newFunction("Leased")}},
	})
	app.Synth(nil)
}
