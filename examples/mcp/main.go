// Command mcp is a CDK app with an MCP server. The server is a Go function that streams. It stands behind CloudFront, a
// web ACL and an edge signer that checks the tokens of a user pool.
//
//	npx cdk synth -q                      # the function is built for Lambda, linux/arm64
//	npx cdk synth -q -c furl:target=host  # the function is built for this machine, for furl local
//
// The context in cdk.json has the names that are yours.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	newMcp(app)
	app.Synth(nil)
}

// newMcp has the server and its users. Tokens, clients and the 401 name the address of the server, so it must be known
// before there is a distribution. Therefore the server has a domain name of yours.
func newMcp(app awscdk.App) {
	stack := awscdk.NewStack(app, jsii.String("Mcp"), &awscdk.StackProps{
		Env: &awscdk.Environment{Region: jsii.String("eu-west-1")}, // Furl must know the region.
	})
	domain := setting(stack, "domain")
	origin := "https://" + domain
	users := newUsers(stack, domain, origin+"/mcp")

	server := newGoFunction(stack, "Server", "./server")
	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function:   server,
		InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM,
		Authorizer: furl.CognitoTokens(users.pool, furl.CognitoTokenOptions{
			Clients:          []awscognito.IUserPoolClient{users.client},
			Scopes:           []string{users.scope},
			ResourceMetadata: origin + "/.well-known/oauth-protected-resource/mcp",
		}),
		DistributionProps: &awscloudfront.DistributionProps{
			DomainNames: jsii.Strings(domain),
			Certificate: awscertificatemanager.Certificate_FromCertificateArn(stack, jsii.String("Certificate"),
				jsii.String(setting(stack, "certificate"))),
		},
	})
	// Clients read these paths before they have a token.
	api.AddBehavior("/.well-known/oauth-*", server, &furl.BehaviorProps{
		InvokeMode: awslambda.InvokeMode_RESPONSE_STREAM, Authorizer: furl.NoAuthorizer(),
	})
	awscdk.Annotations_Of(api).AcknowledgeWarning(jsii.String("furl:authorizerCors"),
		jsii.String("MCP clients are programs, and no pages of other origins"))

	for name, value := range map[string]*string{
		"ORIGIN": &origin, "SCOPE": &users.scope, "ISSUER": users.pool.UserPoolProviderUrl(),
		"LOGIN": users.login.BaseUrl(nil), "SIGNER_ROLE": api.Signer().Role().RoleArn(),
	} {
		server.AddEnvironment(&name, value, nil)
	}
}

// users are a user pool with a login page, and one client of it. The scope is that of the client's tokens.
type users struct {
	pool   awscognito.UserPool
	login  awscognito.UserPoolDomain
	client awscognito.UserPoolClient
	scope  string
}

// newUsers makes the users of a resource. MCP clients are told the id of the client, which the outputs have.
func newUsers(stack awscdk.Stack, domain, resource string) users {
	pool := awscognito.NewUserPool(stack, jsii.String("Users"), nil)
	login := pool.AddDomain(jsii.String("Login"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{ // the prefix must be free in the region
			DomainPrefix: jsii.String(strings.ReplaceAll(domain, ".", "-")),
		},
	})
	use := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
		ScopeName: jsii.String("use"), ScopeDescription: jsii.String("Use the tools"),
	})
	server := pool.AddResourceServer(jsii.String("Server"), &awscognito.UserPoolResourceServerOptions{
		UserPoolResourceServerName: jsii.String("Mcp"), Identifier: jsii.String(resource),
		Scopes: &[]awscognito.ResourceServerScope{use},
	})
	client := pool.AddClient(jsii.String("Client"), &awscognito.UserPoolClientOptions{
		AccessTokenValidity: awscdk.Duration_Minutes(jsii.Number(15)),
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &[]awscognito.OAuthScope{awscognito.OAuthScope_ResourceServer(server, use)},
			CallbackUrls: jsii.Strings(setting(stack, "callback")),
		},
	})
	awscdk.NewCfnOutput(stack, jsii.String("ClientId"), &awscdk.CfnOutputProps{Value: client.UserPoolClientId()})
	return users{pool, login, client, resource + "/use"}
}

// setting is a text of the context in cdk.json.
func setting(scope constructs.Construct, name string) string {
	value, _ := scope.Node().TryGetContext(jsii.String(name)).(string)
	if value == "" {
		panic(fmt.Sprintf("the context has no %s: write it into cdk.json", name))
	}
	return value
}

// newGoFunction builds a program below .build, and makes it a function.
func newGoFunction(scope constructs.Construct, id, pkg string) awslambda.Function {
	goos, goarch := "linux", "arm64"
	if scope.Node().TryGetContext(jsii.String("furl:target")) == "host" {
		goos, goarch = runtime.GOOS, runtime.GOARCH
	}
	architecture := awslambda.Architecture_X86_64()
	if goarch == "arm64" {
		architecture = awslambda.Architecture_ARM_64()
	}
	dir := filepath.Join(".build", id)
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc",
		"-o", filepath.Join(dir, "bootstrap"), pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Errorf("build %s: %w\n%s", pkg, err, out))
	}
	return awslambda.NewFunction(scope, jsii.String(id), &awslambda.FunctionProps{
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: architecture,
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(jsii.String(dir), nil),
		Timeout:      awscdk.Duration_Minutes(jsii.Number(1)),
		MemorySize:   jsii.Number(512),
	})
}
