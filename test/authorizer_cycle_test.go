package test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestAuthorizerCycle checks that synthesis refuses what CloudFormation would refuse in the middle of a deployment.
func TestAuthorizerCycle(t *testing.T) {
	cycle := "ApiDistribution2AD4699A → PoolWeb"
	for _, row := range []struct {
		name, why string
		callback  func(api *furl.SecureFunctionUrl, client awscognito.CfnUserPoolClient)
		want      string // a part of the finding, "" for none
	}{
		{
			name: "a domain name of the app's own", why: "it is known before",
			callback: func(_ *furl.SecureFunctionUrl, client awscognito.CfnUserPoolClient) {
				client.SetCallbackUrLs(jsii.Strings("https://app.example.com/signed-in"))
			},
		},
		{
			name: "the distribution's domain name", why: "the origin names the client", want: cycle,
			callback: func(api *furl.SecureFunctionUrl, client awscognito.CfnUserPoolClient) {
				client.SetCallbackUrLs(jsii.Strings(
					"https://" + *api.Distribution().DistributionDomainName() + "/signed-in"))
			},
		},
		{
			name: "Fn::Sub", why: "it is a reference too", want: cycle,
			callback: func(api *furl.SecureFunctionUrl, client awscognito.CfnUserPoolClient) {
				client.AddPropertyOverride(jsii.String("CallbackURLs"),
					[]any{map[string]any{"Fn::Sub": "https://${ApiDistribution2AD4699A.DomainName}/"}})
			},
		},
		{
			name: "DependsOn", why: "it is an order too", want: cycle,
			callback: func(api *furl.SecureFunctionUrl, client awscognito.CfnUserPoolClient) {
				client.AddDependency(api.Distribution().Node().DefaultChild().(awscdk.CfnResource))
			},
		},
		{
			name: "DependsOn as a text", why: "CloudFormation takes one too", want: cycle,
			callback: func(_ *furl.SecureFunctionUrl, client awscognito.CfnUserPoolClient) {
				client.AddOverride(jsii.String("DependsOn"), "ApiDistribution2AD4699A")
			},
		},
	} {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				pool, clients := newPool(stack, "Pool")
				api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
					Function: newFunction(stack, "Function"), WithoutWebAcl: true,
					Authorizer: furl.CognitoTokens(pool, furl.CognitoTokenOptions{Clients: clients}),
				})
				row.callback(api, clients[0].Node().DefaultChild().(awscognito.CfnUserPoolClient))
				expectCycle(t, app, row.want)
			})
		}
	}
}

// TestMetadataCycle checks an address of the metadata at the distribution's own domain name.
func TestMetadataCycle(t *testing.T) {
	app := newApp(t)
	stack := newStack(app, "Demo", "us-east-1")
	site := awscloudfront.NewDistribution(stack, jsii.String("Site"), &awscloudfront.DistributionProps{
		DefaultBehavior: &awscloudfront.BehaviorOptions{
			Origin: awscloudfrontorigins.NewHttpOrigin(jsii.String("www.example.com"), nil),
		},
	})
	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
		Function: newFunction(stack, "Function"), Distribution: site, PathPattern: "/api/*",
		Authorizer: furl.OidcTokens("https://login.example.com/", furl.OidcTokenOptions{
			Audiences:        []string{"orders"},
			ResourceMetadata: "https://" + *site.DistributionDomainName() + "/.well-known/oauth-protected-resource",
		}),
	})
	expectCycle(t, app, "Site")
}

// expectCycle wants one finding with this text, or a synthesis without any.
func expectCycle(t *testing.T, app awscdk.App, want string) {
	t.Helper()
	found, failed := validate(t, app)
	if want == "" {
		if len(found) > 0 || failed != "" {
			t.Errorf("found %v: %s", found, failed)
		}
		return
	}
	if len(found) != 1 || found[0].RuleName+" "+found[0].Severity != "authorizerCycle fatal" ||
		!strings.Contains(failed, "Validation failed") {
		t.Fatalf("found %v: %s", found, failed)
	}
	expectText(t, found[0].Description, want, "CloudFormation refuses")
	expectText(t, found[0].SuggestedFix, "DistributionProps.DomainNames", "callback URLs", "ResourceMetadata")
}
