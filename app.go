// Command furl is the demo app of Furl. A Go function behind CloudFront, a web ACL and the edge signer serves a
// page. A second function beside it streams its answer. The page signs in users of a user pool. It shows what the
// edge says to their tokens, and calls a third function directly, with leased credentials.
//
//	npx cdk synth -q                      # templates for AWS, Go functions built for linux/arm64
//	npx cdk synth -q -c furl:target=host  # templates for furl local, Go functions built for this machine
//
// The CDK CLI finds the region (AWS_REGION or the profile) and hands it over in CDK_DEFAULT_REGION.
package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	newDemoStack(app)
	app.Synth(nil)
}

// newDemoStack has both patterns. The edge signs for a page, and the page's users lease a function. One user pool is
// for both.
func newDemoStack(app awscdk.App) {
	target := targetFor(app)
	stack := awscdk.NewStack(app, jsii.String("FurlDemo"), &awscdk.StackProps{
		Description: jsii.String("Furl's demo: a Lambda Function URL, signed at the edge" + target.note),
		Env: &awscdk.Environment{
			Account: fromEnv("CDK_DEFAULT_ACCOUNT", ""),
			// The region is not us-east-1, so the demo always goes the way across regions.
			Region: fromEnv("CDK_DEFAULT_REGION", "ap-northeast-1"),
		},
	})

	// Pattern A is signed at the edge, in one line.
	demo := newGoFunction(stack, "Demo", "./lambdas/demo", target, awscdk.Duration_Seconds(jsii.Number(60)))
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: demo})

	// A second function behind the same distribution streams its answer.
	stream := newGoFunction(stack, "Stream", "./lambdas/demo/stream", target, awscdk.Duration_Minutes(jsii.Number(5)))
	api.AddBehavior("/stream", stream, &furl.BehaviorProps{InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM})

	// At /me the edge lets in the users of a pool alone. All else is open.
	pool, client := newUserPool(stack)
	me := api.AddBehavior("/me", demo, &furl.BehaviorProps{
		Authorizer: furl.CognitoTokens(pool, furl.CognitoTokenOptions{
			Clients: []awscognito.IUserPoolClient{client}, Use: furl.TokenUse_ID,
		}),
	})
	awscdk.Annotations_Of(me).AcknowledgeWarning(jsii.String("furl:authorizerCors"),
		jsii.String("only the page calls it, which is of the same origin"))
	awscdk.Annotations_Of(me).AcknowledgeWarning(jsii.String("furl:openElsewhere"),
		jsii.String("the function asks viewer.Claims there"))

	// Pattern B is a lease. The page gets one with the same token, and calls this function directly, for up to 15
	// minutes.
	leased := newGoFunction(stack, "Leased", "./lambdas/demo", target, awscdk.Duration_Minutes(jsii.Number(15)))
	grant := furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
		Authorizer:     furl.CognitoAuthorizer(pool),
		Functions:      []furl.GrantFunction{{Name: "demo", Function: leased}},
		AllowedOrigins: []string{"https://" + *api.Distribution().DistributionDomainName()},
	})
	demo.AddEnvironment(jsii.String("CLIENT_ID"), client.UserPoolClientId(), nil)
	demo.AddEnvironment(jsii.String("GRANT_URL"), grant.GrantUrl(), nil)
	demo.AddEnvironment(jsii.String("SIGNER_ROLE"), api.Signer().Role().RoleArn(), nil)
}

// newUserPool has no user after a deployment, and nobody can sign up. The output has the lines that make one.
func newUserPool(scope constructs.Construct) (awscognito.UserPool, awscognito.UserPoolClient) {
	pool := awscognito.NewUserPool(scope, jsii.String("Users"), &awscognito.UserPoolProps{
		SelfSignUpEnabled: jsii.Bool(false),
		RemovalPolicy:     awscdk.RemovalPolicy_DESTROY,
	})
	client := pool.AddClient(jsii.String("Page"), &awscognito.UserPoolClientOptions{
		// The demo's function sees passwords. In a real app users sign in by managed login or SRP, and it sees none.
		AuthFlows:                  &awscognito.AuthFlow{UserPassword: jsii.Bool(true)},
		DisableOAuth:               jsii.Bool(true),
		PreventUserExistenceErrors: jsii.Bool(true),
	})
	user := " --user-pool-id " + *pool.UserPoolId() + " --username ada"
	awscdk.NewCfnOutput(scope, jsii.String("UserOnAWS"), &awscdk.CfnOutputProps{
		Description: jsii.String("Makes a user who may sign in on the demo's page"),
		Value: jsii.String("aws cognito-idp admin-create-user --message-action SUPPRESS" + user +
			" && aws cognito-idp admin-set-user-password --permanent --password 'PASSWORD'" + user),
	})
	return pool, client
}

// fromEnv is an environment variable, or the fallback where it is unset. It is nil where both are empty.
func fromEnv(name, fallback string) *string {
	if value := cmp.Or(os.Getenv(name), fallback); value != "" {
		return jsii.String(value)
	}
	return nil
}

// target is the machine that Go functions are built for.
type target struct {
	goos, goarch string
	architecture awslambda.Architecture
	note         string
}

// targetFor is linux/arm64. With context furl:target=host it is this machine, whose programs Lambda may not be able
// to run.
func targetFor(app awscdk.App) target {
	switch name := app.Node().TryGetContext(jsii.String("furl:target")); name {
	case nil:
		return target{"linux", "arm64", awslambda.Architecture_ARM_64(), ""}
	case "host":
		architecture := awslambda.Architecture_X86_64()
		if runtime.GOARCH == "arm64" {
			architecture = awslambda.Architecture_ARM_64()
		}
		return target{runtime.GOOS, runtime.GOARCH, architecture, " (built for furl local: not deployable)"}
	default:
		panic(fmt.Sprintf("context furl:target is %v: leave it out to build for Lambda, "+
			"or write -c furl:target=host to build for furl local", name))
	}
}

// newGoFunction builds a Go program and makes it a function. The build is reproducible. The same sources give the
// same bytes and so the same asset hash, in any checkout.
func newGoFunction(
	scope constructs.Construct, id, pkg string, target target, timeout awscdk.Duration,
) awslambda.Function {
	// Each build has a fresh folder, since CDK remembers the hash of a path that it has seen.
	dir, err := os.MkdirTemp("", "furl-")
	if err != nil {
		panic(fmt.Errorf("make a folder to build %s in: %w", pkg, err))
	}
	// CDK reads a folder later where it does not stage it.
	if scope.Node().TryGetContext(jsii.String("aws:cdk:disable-asset-staging")) == nil {
		defer os.RemoveAll(dir)
	}
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc",
		"-ldflags", "-s -w -buildid=", "-o", filepath.Join(dir, "bootstrap"), pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+target.goos, "GOARCH="+target.goarch)
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Errorf("build %s for %s/%s: %w\n%s", pkg, target.goos, target.goarch, err, out))
	}
	// The asset's zip keeps the mode, and Lambda runs as another user. So the mode is set under any umask.
	if err := os.Chmod(filepath.Join(dir, "bootstrap"), 0o755); err != nil {
		panic(err)
	}
	return awslambda.NewFunction(scope, jsii.String(id), &awslambda.FunctionProps{
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: target.architecture,
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(jsii.String(dir), nil),
		Timeout:      timeout,
		MemorySize:   jsii.Number(256),
	})
}
