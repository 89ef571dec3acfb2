package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
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

	// AllowedHeaders are the names of further headers that the grant's pages may send, such as "x-correlation-id" or
	// "baggage". The preflight of /grant allows them, and so does the CORS of the URLs that the grant makes. A
	// GrantFunction.FunctionUrl keeps its own CORS. These are allowed without being listed: the headers of a
	// signature, content-type, x-amz-user-agent, x-api-key at /grant, x-forwarded-authorization at the URLs, and the
	// identity sources of a [LambdaAuthorizer].
	//
	// Default: none.
	AllowedHeaders []string

	// SessionTags are tags of each lease, by their keys. Each has the name of the claim that its value comes from.
	// With [CognitoAuthorizer] that is a claim of the token, and with [LambdaAuthorizer] a name in the answer's
	// context. The other authorizers have no claims. Policies read a tag as aws:PrincipalTag/<key>. CloudTrail has it
	// in clear.
	//
	// A request whose claim is missing, empty or no text gets 403 NoSessionTag. So does one whose claim STS does not
	// take as the value of a tag, which is 256 letters, digits, spaces and _.:/=+-@ at most (STS API Reference,
	// API_Tag). Nothing is shortened or left out. A claim with several groups has a comma, and is refused.
	//
	// A key has 1 to 128 letters, digits and _.:/=+-@. It does not begin with "aws:" or "furl:". Two keys differ in
	// more than letter case. The role's trust policy names each key, and has room for 19 keys of 20 characters.
	//
	// A Cognito user may change each attribute that the app client can write (Cognito Developer Guide,
	// user-pool-settings-attributes). So take a tag from an attribute that the client cannot write.
	//
	// Default: none. Each lease has the tag "furl:function", the function's name.
	SessionTags map[string]string

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
