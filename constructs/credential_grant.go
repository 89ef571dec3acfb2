package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// CredentialGrant leases functions to users who are logged in. POST /grant, behind an authorizer, answers with
// short-lived credentials of a role. The role may call the functions' URLs and nothing else. The credentials are
// for the one function that was asked for. The browser signs with them and calls the Function URL directly, for as
// long as the function takes. See the package's manual.
type CredentialGrant struct {
	constructs.Construct
	api       awsapigateway.RestApi
	handler   awslambda.Function
	role      awsiam.Role
	webAcl    awswafv2.CfnWebACL
	url       *string
	functions []leasedFunction
}

// NewCredentialGrant makes the API with its stage, logs and web ACL, the grant Lambda, and the leased role. It
// makes a Function URL for each function that has none yet. It panics where the props make no sense, and says what
// to write instead.
func NewCredentialGrant(scope constructs.Construct, id *string, props *CredentialGrantProps) *CredentialGrant {
	at := siteOf("furl.CredentialGrant", scope, id)
	settings := grantSettingsOf(at, scope, props)
	g := &CredentialGrant{}
	constructs.NewConstruct_Override(g, scope, id)
	warnRegion(g)
	for _, function := range props.Functions {
		g.functions = append(g.functions, newLeasedFunction(g, at, function, settings))
	}
	g.newHandler(at, props, settings)
	g.newRole(props.SessionTags)
	g.newApi(props, settings)
	g.newWebAcl(props, settings)
	g.handler.AddEnvironment(jsii.String("FURL_ROLE_ARN"), g.role.RoleArn(), nil)
	g.handler.AddEnvironment(jsii.String("FURL_FUNCTIONS"), functionsJson(g.functions), nil)
	g.newOutputs()
	return g
}

// RestApi is the API of POST /grant.
func (g *CredentialGrant) RestApi() awsapigateway.RestApi { return g.api }

// CfnWebAcl is the web ACL in front of the API. Other grants of the stack may share it. It is nil with WebAclArn or
// WithoutWebAcl.
func (g *CredentialGrant) CfnWebAcl() awswafv2.CfnWebACL { return g.webAcl }

// Handler is the grant Lambda.
func (g *CredentialGrant) Handler() awslambda.Function { return g.handler }

// Role is the leased role. A lease carries no other permissions of the role, since the session policy does not have
// them.
func (g *CredentialGrant) Role() awsiam.Role { return g.role }

// GrantUrl is where to POST, without a trailing slash. It refers to the API alone, not to its stage. So any
// function may have it in its environment without a cycle.
func (g *CredentialGrant) GrantUrl() *string { return g.url }

// FunctionUrl is the URL of the function of that name. It is nil where there is no such function.
func (g *CredentialGrant) FunctionUrl(name string) awslambda.IFunctionUrl {
	for _, function := range g.functions {
		if function.name == name {
			return function.url
		}
	}
	return nil
}

// newHandler makes the grant Lambda. It waits 3 s for STS at most. The rest of its timeout is for a cold start.
func (g *CredentialGrant) newHandler(at site, props *CredentialGrantProps, settings grantSettings) {
	target := grantTargetFor(at, g)
	makeHandler := func(code awslambda.Code) {
		g.handler = awslambda.NewFunction(g, jsii.String("Handler"), &awslambda.FunctionProps{
			Description:  description("POST /grant of ", g),
			Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
			Architecture: target.architecture(),
			Handler:      jsii.String("bootstrap"),
			Code:         code,
			Timeout:      awscdk.Duration_Seconds(jsii.Number(10)),
			MemorySize:   jsii.Number(256),
			LogGroup:     g.newLogGroup("HandlerLogs"),
			Environment: &map[string]*string{
				"FURL_SESSION_SECONDS":   jsii.String(fmt.Sprint(settings.seconds)),
				"FURL_ALLOWED_ORIGINS":   originsJson(settings.origins),
				"FURL_SUBJECT":           jsii.String(props.Authorizer.subject),
				"FURL_SESSION_TAGS":      jsii.String(settings.sessionTags),
				"FURL_BIND_TO_SOURCE_IP": jsii.String(fmt.Sprint(props.BindToSourceIp)),
			},
		})
	}
	if props.HandlerCode != nil {
		makeHandler(props.HandlerCode)
		return
	}
	withGrantCode(at, g, target, makeHandler)
}

func (g *CredentialGrant) newLogGroup(id string) awslogs.LogGroup {
	return awslogs.NewLogGroup(g, jsii.String(id), &awslogs.LogGroupProps{
		Retention: awslogs.RetentionDays_ONE_MONTH,
	})
}

func (g *CredentialGrant) newOutputs() {
	awscdk.NewCfnOutput(g, jsii.String("GrantUrl"), &awscdk.CfnOutputProps{
		Description: jsii.String("Where to POST for a lease"), Value: g.url,
	})
	for _, function := range g.functions {
		awscdk.NewCfnOutput(g, jsii.String("FunctionUrlOutput-"+function.name), &awscdk.CfnOutputProps{
			Description: jsii.String("The Function URL that is leased as " + function.name), Value: function.url.Url(),
		})
	}
}
