// Command furl is the demo app of Furl: a Go function behind CloudFront, a web ACL and the edge signer, which serves a page; one
// beside it that streams its answer; and one that the page calls directly with leased credentials.
//
//	npx cdk synth -q                      # templates for AWS, Go functions built for linux/arm64
//	npx cdk synth -q -c furl:target=host  # templates for furl local, Go functions built for this machine
//
// The region is the one the CDK CLI finds (AWS_REGION or the profile), handed over in CDK_DEFAULT_REGION.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
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

// newDemoStack has both patterns: a page that is signed for at the edge, and a function that the page's users lease.
func newDemoStack(app awscdk.App) {
	target := targetFor(app)
	stack := awscdk.NewStack(app, jsii.String("FurlDemo"), &awscdk.StackProps{
		Description: jsii.String("Furl's demo: a Lambda Function URL, signed at the edge" + target.note),
		Env: &awscdk.Environment{
			Account: fromEnv("CDK_DEFAULT_ACCOUNT", ""),
			// Not us-east-1, so that the way across regions is the one always exercised.
			Region: fromEnv("CDK_DEFAULT_REGION", "ap-northeast-1"),
		},
	})

	// Pattern A, signed at the edge: one line.
	demo := newGoFunction(stack, "Demo", "./lambdas/demo", target, awscdk.Duration_Seconds(jsii.Number(60)))
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: demo})

	// A second function behind the same distribution, which streams its answer.
	api.AddBehavior("/stream", newGoFunction(stack, "Stream", "./lambdas/demo/stream", target, awscdk.Duration_Minutes(jsii.Number(5))),
		&furl.BehaviorProps{InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM})

	// Pattern B, a lease: the page of the function above signs its users in and calls this one directly, for up to 15 minutes.
	leased := newGoFunction(stack, "Leased", "./lambdas/demo", target, awscdk.Duration_Minutes(jsii.Number(15)))
	passphrase, signingKey := newSecret(stack, "Passphrase"), newSecret(stack, "SigningKey")
	grant := furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
		Authorizer:     furl.LambdaAuthorizer(newAuthorizer(stack, signingKey, target)),
		Functions:      []furl.GrantFunction{{Name: "demo", Function: leased}},
		AllowedOrigins: []string{"https://" + *api.Distribution().DistributionDomainName()},
	})
	demo.AddEnvironment(jsii.String("GRANT_URL"), grant.GrantUrl(), nil)
	demo.AddEnvironment(jsii.String("PASSPHRASE_SECRET_ARN"), passphrase.SecretArn(), nil)
	demo.AddEnvironment(jsii.String("SIGNING_KEY_SECRET_ARN"), signingKey.SecretArn(), nil)
	passphrase.GrantRead(demo, nil)
	signingKey.GrantRead(demo, nil)
	awscdk.NewCfnOutput(stack, jsii.String("PassphraseSecret"), &awscdk.CfnOutputProps{
		Description: jsii.String("The secret that holds the passphrase of the demo's page"), Value: passphrase.SecretArn(),
	})
}

// newSecret has a value that is made up at deployment, and never seen by whoever deploys.
func newSecret(scope constructs.Construct, id string) awssecretsmanager.Secret {
	return awssecretsmanager.NewSecret(scope, jsii.String(id), &awssecretsmanager.SecretProps{
		RemovalPolicy:        awscdk.RemovalPolicy_DESTROY,
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{PasswordLength: jsii.Number(32), ExcludePunctuation: jsii.Bool(true)},
	})
}

// newAuthorizer checks the tokens that the demo's page gets at sign-in.
func newAuthorizer(scope constructs.Construct, signingKey awssecretsmanager.ISecret, target target) awsapigateway.IAuthorizer {
	handler := newGoFunction(scope, "Authorizer", "./lambdas/demo/authorizer", target, awscdk.Duration_Seconds(jsii.Number(10)))
	handler.AddEnvironment(jsii.String("SIGNING_KEY_SECRET_ARN"), signingKey.SecretArn(), nil)
	signingKey.GrantRead(handler, nil)
	return awsapigateway.NewTokenAuthorizer(scope, jsii.String("TokenAuthorizer"), &awsapigateway.TokenAuthorizerProps{
		Handler:         handler,
		ResultsCacheTtl: awscdk.Duration_Minutes(jsii.Number(1)), // a token may be taken for so long after its end
		ValidationRegex: jsii.String(`^Bearer [\w-]+\.[\w-]+\.[\w-]+$`),
	})
}

func fromEnv(name, otherwise string) *string {
	if value := os.Getenv(name); value != "" {
		return jsii.String(value)
	}
	if otherwise == "" {
		return nil
	}
	return jsii.String(otherwise)
}

// target is the machine that Go functions are built for.
type target struct {
	goos, goarch string
	architecture awslambda.Architecture
	note         string
}

// targetFor is linux/arm64, or with context furl:target=host the machine at hand, which Lambda may not be able to run.
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
		panic(fmt.Sprintf("context furl:target is %v: leave it out to build for Lambda, or write -c furl:target=host to build for furl local", name))
	}
}

// newGoFunction builds a Go program and makes it a function. The build is reproducible: the same sources give the same
// bytes and so the same asset hash, wherever the checkout lies.
func newGoFunction(scope constructs.Construct, id, pkg string, target target, timeout awscdk.Duration) awslambda.Function {
	// A fresh folder for each build: CDK remembers the hash of a path that it has seen.
	dir, err := os.MkdirTemp("", "furl-")
	if err != nil {
		panic(fmt.Errorf("make a folder to build %s in: %w", pkg, err))
	}
	if scope.Node().TryGetContext(jsii.String("aws:cdk:disable-asset-staging")) == nil { // else CDK reads it after us
		defer os.RemoveAll(dir)
	}
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", filepath.Join(dir, "bootstrap"), pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+target.goos, "GOARCH="+target.goarch)
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Errorf("build %s for %s/%s: %w\n%s", pkg, target.goos, target.goarch, err, out))
	}
	// Whatever the umask: the asset's zip keeps the mode, and Lambda runs as another user.
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
