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

// CredentialGrantProps are the settings of a [CredentialGrant]. Authorizer, Functions and one of AllowedOrigins and
// AnyOrigin are required.
type CredentialGrantProps struct {
	// Authorizer lets a request for a lease through. It is made by [CognitoAuthorizer], [LambdaAuthorizer],
	// [IamAuthorizer] or [ApiKeyAuthorizer]. There is no open one.
	Authorizer GrantAuthorizer

	// Functions to lease, each under its own name. A request names one. It may leave the name out where there is
	// only one function.
	Functions []GrantFunction

	// AllowedOrigins are the origins of the web pages that may ask for a lease and use it, such as
	// "https://app.example.com". A request with another Origin is refused. A request without Origin, such as a Go
	// program's, is not refused.
	//
	// Default: none. AnyOrigin must then be true.
	AllowedOrigins []string

	// AnyOrigin lets the pages of every origin ask. They still need a token or key that the authorizer takes.
	// Cookies are never allowed.
	//
	// Default: false.
	AnyOrigin bool

	// SessionDuration is how long a lease lasts, 15 to 60 minutes. STS gives no shorter session. A Lambda calls STS
	// as a role session, and STS gives such a caller no session over an hour (STS API Reference, AssumeRole). A
	// lease cannot be taken back.
	//
	// Default: 15 minutes.
	SessionDuration awscdk.Duration

	// BindToSourceIp makes a lease work only from the address that asked for it, by aws:SourceIp in its session
	// policy. The URL then refuses a client that reaches the API over IPv4 and the URL over IPv6. It also refuses a
	// client whose address changes, as on the move. The API is made dual-stack, as Function URLs are, so most
	// clients use the same address for both.
	//
	// Default: false.
	BindToSourceIp bool

	// StageName of the API. It has letters, digits, "-" and "_".
	//
	// Default: "Prod".
	StageName string

	// EndpointType of the API, awsapigateway.EndpointType_REGIONAL or EndpointType_EDGE.
	//
	// Default: awsapigateway.EndpointType_REGIONAL.
	EndpointType awsapigateway.EndpointType

	// ThrottlingRateLimit is how many requests a second the stage takes on average. Above it API Gateway answers
	// 429. All clients share this limit, and a request without a token counts. The account's own limit for all of
	// its APIs in the region stands above it (API Gateway Developer Guide, api-gateway-request-throttling).
	//
	// Default: 50. That is far more than people make, and far fewer than would use up the account's STS calls.
	ThrottlingRateLimit int

	// ThrottlingBurstLimit is how many requests the stage takes at one moment. It is the capacity of the bucket
	// that ThrottlingRateLimit refills.
	//
	// Default: 100.
	ThrottlingBurstLimit int

	// RateLimit is how many requests one address may make in 5 minutes before a web ACL blocks it with 403, 10 to
	// 2,000,000,000. AWS WAF judges before the authorizer, so the ACL stops a client without a token (API Gateway
	// Developer Guide, apigateway-control-access-aws-waf). AWS does not document whether a blocked request still
	// counts for the stage's throttle. AWS WAF counts with a lag of some seconds, and preflights count too. Clients
	// behind one address share the limit, and a client with many addresses has it many times. The grants of a stack
	// share one ACL for each limit, so its price is paid once.
	//
	// Default: 1000.
	RateLimit int

	// WebAclArn is the ARN of an existing web ACL of scope REGIONAL, in the stack's account and region. An API with
	// EndpointType_EDGE takes one of that scope too. At most one of RateLimit, WebAclArn and WithoutWebAcl may be
	// set.
	//
	// Default: none. An ACL with RateLimit is made.
	WebAclArn *string

	// WithoutWebAcl leaves the stage without Furl's web ACL. A single client without a token can then use up the
	// stage's throttle, and everyone else gets 429.
	//
	// Default: false.
	WithoutWebAcl bool

	// AccessLogs writes a line for each request to a log group that is kept for a month. The line has the request's
	// id, time, method, path, status, address and user agent, and nothing secret. API Gateway writes logs under one
	// role for a whole account and region. Without that role the deployment fails with "CloudWatch Logs role ARN
	// must be set in account settings". CloudWatchRole makes the role.
	//
	// Default: false, unless CloudWatchRole is true.
	AccessLogs bool

	// CloudWatchRole makes the role that access logs need, and turns them on. The role is a setting of the whole
	// account and region, so this replaces the one that is there (API Gateway Developer Guide, set-up-logging).
	// Where there is one, AccessLogs alone will do.
	//
	// Default: false. The account is not changed.
	CloudWatchRole bool

	// HandlerCode is the grant Lambda's program for linux/arm64, or for this machine with context furl:target=host.
	// It is a folder with the file bootstrap. Build that file from github.com/furl-cdk/furl/lambdas/grant with
	// -tags lambda.norpc and CGO_ENABLED=0.
	//
	// Default: built while synthesising. The build needs the Go toolchain and Furl's dependencies.
	HandlerCode awslambda.Code
}

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
	g.newRole()
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

// leaseActions are the actions of AssumeRole with session tags and a source identity. The caller's policy must have
// sts:SetSourceIdentity too, since a Lambda's call is role chaining (IAM User Guide,
// id_credentials_temp_control-access_monitor).
var leaseActions = []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}

// newRole makes the leased role. The role trusts the grant Lambda's role alone. It may call the functions' URLs
// alone.
func (g *CredentialGrant) newRole() {
	caller := awsiam.NewArnPrincipal(g.handler.Role().RoleArn())
	g.role = awsiam.NewRole(g, jsii.String("Role"), &awsiam.RoleProps{
		Description:        description("May call Function URLs; leased by ", g),
		AssumedBy:          caller,
		MaxSessionDuration: awscdk.Duration_Hours(jsii.Number(1)),
	})
	g.role.AssumeRolePolicy().AddStatements(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings(leaseActions[1:]...), Principals: &[]awsiam.IPrincipal{caller},
	}))
	g.handler.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings(leaseActions...), Resources: &[]*string{g.role.RoleArn()},
	}))
	var arns []*string
	for _, function := range g.functions {
		arns = append(arns, function.fn.FunctionArn())
	}
	for _, statement := range invokeUrlStatements(&arns) {
		g.role.AddToPolicy(awsiam.NewPolicyStatement(statement))
	}
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
