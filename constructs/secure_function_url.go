package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// SecureFunctionUrlProps are the settings of a [SecureFunctionUrl]. Only Function is required.
type SecureFunctionUrlProps struct {
	// Function to put on the internet. It is a function or an alias, in this stack's account and region. A version
	// cannot have a URL. Each function or alias has at most one (Lambda Developer Guide, urls-configuration).
	Function awslambda.IFunction

	// OriginAuth says who signs the requests to the Function URL.
	//
	// Default: OriginAuth_EDGE_SIGNER.
	OriginAuth OriginAuth

	// AuthorizationHeader is the header in which the viewer's Authorization goes on to the function, as in
	// [EdgeSignerProps]. A shared signer has its own setting, and this field must not differ from it. With origin
	// access control, a viewer-request function of yours must write this header. A warning gives the lines.
	//
	// Default: x-forwarded-authorization.
	AuthorizationHeader *string

	// Signer signs the requests with OriginAuth_EDGE_SIGNER. It may be shared, also between stacks and regions.
	//
	// Default: a new one for this construct.
	Signer *EdgeSigner

	// Authorizer says which users' requests the edge signer signs. It is [CognitoTokens], [OidcTokens] or
	// [NoAuthorizer]. It is refused with origin access control, with an empty AuthorizationHeader, and with a
	// CachePolicy other than CachingDisabled. The behaviours that AddBehavior adds have it too.
	//
	// Default: none. Every request that the web ACL lets through is signed.
	Authorizer *Authorizer

	// WebAcl stands in front of the distribution. At most one of WebAcl, WebAclArn and WithoutWebAcl may be set.
	//
	// Default: a new one with the defaults of [WebAclProps].
	WebAcl *WebAcl

	// WebAclArn is the ARN of an existing ACL of scope CLOUDFRONT.
	//
	// Default: none.
	WebAclArn *string

	// WithoutWebAcl leaves the distribution without an ACL.
	//
	// Default: false.
	WithoutWebAcl bool

	// Cors of the Function URL. With it the URL answers preflight requests without a signature, and without a call
	// of the function. The function must then send no CORS headers, since the browser would get them twice.
	//
	// Default: none. OPTIONS goes to the function like any other method, and with an Authorizer it needs a token.
	Cors *awslambda.FunctionUrlCorsOptions

	// InvokeMode of the Function URL. An answer is buffered, up to 6 MB, or streamed.
	//
	// Default: awslambda.InvokeMode_BUFFERED.
	InvokeMode awslambda.InvokeMode

	// ReadTimeout is how long CloudFront waits for the first byte of the answer and then between bytes, 1 to 120 s.
	// The viewer gets 504 after it (CloudFront Developer Guide, DownloadDistValuesOrigin).
	//
	// Default: 60 s.
	ReadTimeout awscdk.Duration

	// KeepaliveTimeout is how long CloudFront keeps an idle connection to the URL, 1 to 120 s.
	//
	// Default: 60 s.
	KeepaliveTimeout awscdk.Duration

	// ResponseCompletionTimeout is how long CloudFront waits for the whole answer, with all attempts and bytes. It
	// is ReadTimeout or more, and an hour at most (CloudFront Developer Guide, DownloadDistValuesOrigin).
	//
	// Default: none. An answer may take as long as its bytes keep coming.
	ResponseCompletionTimeout awscdk.Duration

	// ConnectionAttempts is how often CloudFront calls the URL for one request, 1 to 3. CloudFront repeats a GET or
	// HEAD that got no byte within ReadTimeout. The function then runs again while the first call still runs
	// (CloudFront Developer Guide, DownloadDistValuesOrigin). With 1 CloudFront does not repeat a failed connection
	// either.
	//
	// Default: 1 where the function's timeout is not known, or is ReadTimeout or longer. Otherwise CloudFront's 3.
	ConnectionAttempts int

	// CachePolicy of the behaviour. Its key must not have Host, and must have all query strings or none.
	// Authorization, cookies, query strings or x-forwarded-host may go to the function without being in the key.
	// The answer for one viewer would then be given to another, so a warning names each of them.
	//
	// Default: CachingDisabled.
	CachePolicy interfacesawscloudfront.ICachePolicyRef

	// OriginRequestPolicy of the behaviour. It must not forward Host. It must forward all query strings or none,
	// since an edge function does not see a part of them. A policy that the app makes can keep headers from the
	// function. A warning then names them.
	//
	// Default: AllViewerExceptHostHeader.
	OriginRequestPolicy interfacesawscloudfront.IOriginRequestPolicyRef

	// ResponseHeadersPolicy of the behaviour.
	//
	// Default: one for all of the stack's behaviours. It adds strict-transport-security (a year),
	// x-content-type-options: nosniff and referrer-policy: no-referrer. The first and the last of these do not
	// replace the function's own.
	ResponseHeadersPolicy interfacesawscloudfront.IResponseHeadersPolicyRef

	// FunctionAssociations are your CloudFront Functions. One for viewer-request takes the place of Furl's. Furl's
	// passes on the viewer's host as x-forwarded-host. With origin access control it passes on the viewer's
	// Authorization too. A warning says what yours has to do then.
	//
	// Default: Furl's own for viewer-request.
	FunctionAssociations *[]*awscloudfront.FunctionAssociation

	// DistributionProps are for the rest of the distribution, such as domain names, certificate, logging and price
	// class. They are copied. DefaultBehavior and WebAclId are refused in them, since the fields above make these.
	//
	// CloudFront keeps errors for 10 s, even against their cache-control (CloudFront Developer Guide,
	// HTTPStatusCodes). So 404, 414 and 500 to 504 get an entry in ErrorResponses with a TTL of 0, unless they have
	// one. ErrorResponses are for the whole distribution.
	//
	// Default: CDK's.
	DistributionProps *awscloudfront.DistributionProps

	// Distribution of the same stack to add a behaviour to, instead of a new one. WebAcl, WebAclArn, WithoutWebAcl
	// and DistributionProps are refused then, since that distribution has its own. Warnings say where it has no web
	// ACL, keeps errors, or turns the function's own errors into pages.
	//
	// Default: a new distribution.
	Distribution awscloudfront.Distribution

	// PathPattern of the behaviour, such as "/api/*". It is required with Distribution, and refused without. The
	// function sees the whole path.
	//
	// Default: none.
	PathPattern string
}

// SecureFunctionUrl puts a Lambda function on the internet. It has a Function URL with auth type AWS_IAM, and a
// CloudFront distribution with a web ACL in front of it. An [EdgeSigner] signs the requests on their way, or
// CloudFront where OriginAuth says so. The function's resource policy lets in the requests that are signed so. The
// URL answers 403 to a direct call. The exception is a principal of the account whose own policies allow both
// actions on the function.
//
// Its outputs are the address of the distribution and the address of the URL.
type SecureFunctionUrl struct {
	constructs.Construct
	originAuth          OriginAuth
	authorizationHeader string
	signer              *EdgeSigner // nil as long as origin access control signs for all
	authorizer          *Authorizer // nil for none
	endpoint            *endpoint
	endpoints           *endpoints // all of the distribution
	responseHeaders     interfacesawscloudfront.IResponseHeadersPolicyRef
	distribution        awscloudfront.Distribution
	webAcl              *WebAcl
}

// NewSecureFunctionUrl makes the URL and everything around it, in a stack of any region. CloudFront needs some of
// it in us-east-1. That goes into the support stack that [NewEdgeSigner] describes. It panics where a field is
// missing, contradicts another, or would fail at deployment. The panic says what to write instead.
func NewSecureFunctionUrl(scope constructs.Construct, id *string, props *SecureFunctionUrlProps) *SecureFunctionUrl {
	at := siteOf("furl.SecureFunctionUrl", scope, id)
	if props == nil {
		props = &SecureFunctionUrlProps{}
	}
	checkSecureFunctionUrl(at, scope, props)

	s := &SecureFunctionUrl{
		originAuth:          originAuthOf(at, props.OriginAuth, OriginAuth_EDGE_SIGNER),
		authorizationHeader: authorizationHeaderOf(at, props.AuthorizationHeader, defaultAuthorizationHeader),
		signer:              props.Signer,
	}
	if props.Signer != nil {
		requireSameHeader(at, props.AuthorizationHeader, props.Signer, "leave Signer out")
		s.authorizationHeader = props.Signer.authorizationHeader
	}
	constructs.NewConstruct_Override(s, scope, id)
	s.authorizer = authorizerOf(at, s, props.Authorizer)
	s.responseHeaders = props.ResponseHeadersPolicy
	if s.responseHeaders == nil {
		s.responseHeaders = defaultResponseHeaders(s)
	}
	s.endpoints = endpointsBehind(props.Distribution)
	signing := s.signing(s.originAuth, s.authorizationHeader)
	endpoint, origin, behavior := s.newBehavior(s, at, props.Function, signing, s.firstBehavior(props))
	s.distribution = props.Distribution
	if s.distribution == nil {
		s.distribution = s.newDistribution(props, origin, behavior)
	} else {
		s.distribution.AddBehavior(jsii.String(props.PathPattern), origin, behavior)
		warnOfDistribution(s, s.distribution)
	}
	endpoint.permit(s, signing.signer, s.distribution)
	endpoint.markGuarded(s.distribution, props.PathPattern, s.authorizer)
	s.endpoint = endpoint
	awscdk.NewCfnOutput(s, jsii.String("DistributionUrlOutput"), &awscdk.CfnOutputProps{
		Description: jsii.String("The function through CloudFront: the address to give out"),
		Value:       jsii.String("https://" + *s.distribution.DistributionDomainName() + "/"),
	})
	return s
}

// firstBehavior has the settings of the behaviour that the constructor makes.
func (s *SecureFunctionUrl) firstBehavior(props *SecureFunctionUrlProps) *BehaviorProps {
	return &BehaviorProps{
		Authorizer:                s.authorizer,
		Cors:                      props.Cors,
		InvokeMode:                props.InvokeMode,
		ReadTimeout:               props.ReadTimeout,
		KeepaliveTimeout:          props.KeepaliveTimeout,
		ResponseCompletionTimeout: props.ResponseCompletionTimeout,
		ConnectionAttempts:        props.ConnectionAttempts,
		CachePolicy:               props.CachePolicy,
		OriginRequestPolicy:       props.OriginRequestPolicy,
		ResponseHeadersPolicy:     s.responseHeaders,
		FunctionAssociations:      props.FunctionAssociations,
	}
}

// AddBehavior puts another function behind the same distribution, for the paths that match the pattern, such as
// "/reports/*". The function sees the whole path. Its requests are signed in the same way and by the same signer,
// unless its OriginAuth says otherwise. Nil props are all defaults. Where two patterns match a path, the one that
// is added first wins.
//
// A function that is behind the distribution already keeps its one URL. Cors and InvokeMode that differ from that
// URL's are refused. Timeouts and attempts may differ by pattern. The URL belongs to the pattern that was added
// first, so keep that one first. If another pattern of the function takes its place, CloudFormation makes a second
// URL before it deletes the first, and Lambda refuses that. To change the order, give one pattern an alias of the
// function.
func (s *SecureFunctionUrl) AddBehavior(pattern string, fn awslambda.IFunction, props *BehaviorProps) *Behavior {
	return newBehavior(s, pattern, fn, props)
}

// GrantInvokeUrl lets a role, a user or another principal call the Function URL directly, around CloudFront and its
// web ACL. It gives both permissions that such a call needs. See [Behavior.GrantInvokeUrl].
func (s *SecureFunctionUrl) GrantInvokeUrl(grantee awsiam.IGrantable) constructs.IDependable {
	return s.endpoint.grantInvokeUrl(grantee)
}

// Distribution is the distribution that was made or passed in.
func (s *SecureFunctionUrl) Distribution() awscloudfront.Distribution { return s.distribution }

// FunctionUrl is the URL behind the distribution.
func (s *SecureFunctionUrl) FunctionUrl() awslambda.FunctionUrl { return s.endpoint.url }

// Signer is the signer that was made or passed in. It is nil where origin access control signs for all.
func (s *SecureFunctionUrl) Signer() *EdgeSigner { return s.signer }

// WebAcl is the web ACL that was made or passed in. It is nil with WebAclArn, WithoutWebAcl or Distribution.
func (s *SecureFunctionUrl) WebAcl() *WebAcl { return s.webAcl }

// ensureSigner makes the signer where there is none yet.
func (s *SecureFunctionUrl) ensureSigner() *EdgeSigner {
	if s.signer == nil {
		s.signer = NewEdgeSigner(s, jsii.String("Signer"), &EdgeSignerProps{
			AuthorizationHeader: &s.authorizationHeader,
		})
	}
	return s.signer
}

// signing is how the requests of a behaviour of this distribution are signed.
func (s *SecureFunctionUrl) signing(auth OriginAuth, authorizationHeader string) signing {
	if auth.byOac() {
		return signing{auth: auth, authorizationHeader: authorizationHeader}
	}
	return signing{auth: auth, authorizationHeader: authorizationHeader, signer: s.ensureSigner()}
}
