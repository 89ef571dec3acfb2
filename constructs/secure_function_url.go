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
	// Function to put on the internet: a function or an alias, in this stack's account and region. A version cannot have a
	// URL (Lambda Developer Guide, urls-configuration), and each function or alias has at most one.
	Function awslambda.IFunction

	// OriginAuth says who signs the requests to the Function URL.
	//
	// Default: OriginAuth_EDGE_SIGNER.
	OriginAuth OriginAuth

	// AuthorizationHeader is the header in which the viewer's Authorization goes on to the function, as in [EdgeSignerProps].
	// Where a shared signer signs, it is that signer's to say. With origin access control, a viewer-request function of your
	// own, if you have one, must write this header: a warning gives the lines.
	//
	// Default: x-forwarded-authorization.
	AuthorizationHeader *string

	// Signer that signs the requests with OriginAuth_EDGE_SIGNER; it may be shared, also between stacks and regions.
	//
	// Default: one of its own.
	Signer *EdgeSigner

	// WebAcl in front of the distribution. At most one of WebAcl, WebAclArn and WithoutWebAcl may be set.
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

	// Cors of the Function URL, which then answers preflight requests by itself, without a signature and without calling
	// the function. Where it is set, the function must send no CORS headers of its own: the browser would get them twice.
	//
	// Default: none; OPTIONS goes to the function like any other method.
	Cors *awslambda.FunctionUrlCorsOptions

	// InvokeMode of the Function URL: buffered up to 6 MB, or streamed.
	//
	// Default: awslambda.InvokeMode_BUFFERED.
	InvokeMode awslambda.InvokeMode

	// ReadTimeout is how long CloudFront waits for the first byte of the answer and then between bytes, 1 to 120 s
	// (CloudFront Developer Guide, DownloadDistValuesOrigin). The viewer gets 504 after it.
	//
	// Default: 60 s.
	ReadTimeout awscdk.Duration

	// KeepaliveTimeout is how long CloudFront keeps an idle connection to the URL, 1 to 120 s.
	//
	// Default: 60 s.
	KeepaliveTimeout awscdk.Duration

	// ResponseCompletionTimeout is how long CloudFront waits for the whole answer, all attempts and bytes together:
	// ReadTimeout or more, up to an hour (CloudFront Developer Guide, DownloadDistValuesOrigin).
	//
	// Default: none, an answer may take as long as its bytes keep coming.
	ResponseCompletionTimeout awscdk.Duration

	// ConnectionAttempts is how often CloudFront calls the URL for one request, 1 to 3. It repeats a GET or HEAD that
	// got no byte within ReadTimeout, so the function runs again while the first call still runs (CloudFront Developer
	// Guide, DownloadDistValuesOrigin). With 1 it does not repeat a failed connection either.
	//
	// Default: 1 where the function's timeout is not known, or is ReadTimeout or longer; otherwise CloudFront's 3.
	ConnectionAttempts int

	// CachePolicy of the behaviour; it must not have Host in its key, and all query strings or none. A warning names
	// each of Authorization, cookies, query strings and x-forwarded-host that goes to the function and is not in the
	// key: the answer for one viewer would be given to another.
	//
	// Default: CachingDisabled.
	CachePolicy interfacesawscloudfront.ICachePolicyRef

	// OriginRequestPolicy of the behaviour; it must not forward Host, and must forward all query strings or none: an edge
	// function does not see a part of them. Where the app makes the policy, a warning says which headers the function
	// does not get because of it.
	//
	// Default: AllViewerExceptHostHeader.
	OriginRequestPolicy interfacesawscloudfront.IOriginRequestPolicyRef

	// ResponseHeadersPolicy of the behaviour.
	//
	// Default: one for all of the stack's, which adds strict-transport-security (a year), x-content-type-options:
	// nosniff and referrer-policy: no-referrer. What the function sends of the first and the last stands.
	ResponseHeadersPolicy interfacesawscloudfront.IResponseHeadersPolicyRef

	// FunctionAssociations are CloudFront Functions of your own. One for viewer-request takes the place of Furl's, which
	// passes on the viewer's host as x-forwarded-host and, with origin access control, the viewer's Authorization: a warning
	// says what yours has to do then.
	//
	// Default: Furl's own for viewer-request.
	FunctionAssociations *[]*awscloudfront.FunctionAssociation

	// DistributionProps are for the rest of the distribution: domain names, certificate, logging, price class. They are
	// copied. DefaultBehavior and WebAclId are refused in them: the fields above make these. CloudFront keeps errors
	// for 10 s whatever their cache-control says (CloudFront Developer Guide, HTTPStatusCodes), so 404, 414 and 500 to
	// 504 get an entry in ErrorResponses with a TTL of 0 unless they have one. ErrorResponses are for the whole
	// distribution.
	//
	// Default: CDK's.
	DistributionProps *awscloudfront.DistributionProps

	// Distribution of the same stack to add a behaviour to, instead of a new one. WebAcl, WebAclArn, WithoutWebAcl and
	// DistributionProps are refused then: that distribution has its own. Warnings say where it has no web ACL, keeps
	// errors, or turns the function's own errors into pages.
	//
	// Default: a new distribution.
	Distribution awscloudfront.Distribution

	// PathPattern of the behaviour, such as "/api/*": required with Distribution, refused without. The function sees the
	// whole path.
	//
	// Default: none.
	PathPattern string
}

// SecureFunctionUrl puts a Lambda function on the internet: a Function URL with auth type AWS_IAM, a CloudFront
// distribution with a web ACL in front of it, an [EdgeSigner] (or what else OriginAuth names) that signs the requests on
// their way, and the function's resource policy that lets in what was signed so. The URL called directly answers 403, but to
// principals of the account whose own policies allow both actions on the function.
//
// Its outputs are the address of the distribution and that of the URL.
type SecureFunctionUrl struct {
	constructs.Construct
	originAuth          OriginAuth
	authorizationHeader string
	signer              *EdgeSigner // nil as long as origin access control signs for all
	endpoint            *endpoint
	endpoints           *endpoints // all that the distribution has
	responseHeaders     interfacesawscloudfront.IResponseHeadersPolicyRef
	distribution        awscloudfront.Distribution
	webAcl              *WebAcl
}

// NewSecureFunctionUrl makes all of it, in a stack of any region; what CloudFront needs in us-east-1 goes into the support
// stack that [NewEdgeSigner] describes. It panics where a field is missing, contradicts another or would fail at
// deployment, and says what to write instead.
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
	s.responseHeaders = props.ResponseHeadersPolicy
	if s.responseHeaders == nil {
		s.responseHeaders = defaultResponseHeaders(s)
	}
	s.endpoints = endpointsBehind(props.Distribution)
	signing := s.signing(s.originAuth, s.authorizationHeader)
	endpoint, origin, behavior := s.newBehavior(s, at, props.Function, signing, &BehaviorProps{
		Cors: props.Cors, InvokeMode: props.InvokeMode,
		ReadTimeout: props.ReadTimeout, KeepaliveTimeout: props.KeepaliveTimeout,
		ResponseCompletionTimeout: props.ResponseCompletionTimeout, ConnectionAttempts: props.ConnectionAttempts,
		CachePolicy: props.CachePolicy, OriginRequestPolicy: props.OriginRequestPolicy,
		ResponseHeadersPolicy: s.responseHeaders, FunctionAssociations: props.FunctionAssociations,
	})
	s.distribution = props.Distribution
	if s.distribution == nil {
		s.distribution = s.newDistribution(props, origin, behavior)
	} else {
		s.distribution.AddBehavior(jsii.String(props.PathPattern), origin, behavior)
		warnOfDistribution(s, s.distribution)
	}
	endpoint.permit(s, signing.signer, s.distribution)
	s.endpoint = endpoint
	awscdk.NewCfnOutput(s, jsii.String("DistributionUrlOutput"), &awscdk.CfnOutputProps{
		Description: jsii.String("The function through CloudFront: the address to give out"),
		Value:       jsii.String("https://" + *s.distribution.DistributionDomainName() + "/"),
	})
	return s
}

// AddBehavior puts another function behind the same distribution, for the paths that match the pattern, such as
// "/reports/*"; the function sees the whole path. Its requests are signed in the same way, and by the same signer, unless
// its OriginAuth says otherwise. Nil props are all defaults. Where two patterns match a path, the one added first wins.
//
// A function that is behind the distribution already keeps its one URL: Cors and InvokeMode that differ from that URL's
// are refused. Timeouts and attempts may differ by pattern. The URL belongs to the pattern that was added first, so
// keep that one first: where another pattern of the function takes its place, CloudFormation makes a second URL before
// it deletes the first, which Lambda refuses. To change the order, give one pattern an alias of the function.
func (s *SecureFunctionUrl) AddBehavior(pattern string, fn awslambda.IFunction, props *BehaviorProps) *Behavior {
	return newBehavior(s, pattern, fn, props)
}

// GrantInvokeUrl lets a role, a user or another principal call the Function URL directly, around CloudFront and its web
// ACL, with both permissions that this takes. See [Behavior.GrantInvokeUrl].
func (s *SecureFunctionUrl) GrantInvokeUrl(grantee awsiam.IGrantable) constructs.IDependable {
	return s.endpoint.grantInvokeUrl(grantee)
}

// Distribution is the one made, or the one passed in.
func (s *SecureFunctionUrl) Distribution() awscloudfront.Distribution { return s.distribution }

// FunctionUrl is the URL behind the distribution.
func (s *SecureFunctionUrl) FunctionUrl() awslambda.FunctionUrl { return s.endpoint.url }

// Signer is the one made, or the one passed in; nil where origin access control signs for all.
func (s *SecureFunctionUrl) Signer() *EdgeSigner { return s.signer }

// WebAcl is the one made, or the one passed in; nil with WebAclArn, WithoutWebAcl or Distribution.
func (s *SecureFunctionUrl) WebAcl() *WebAcl { return s.webAcl }

// ensureSigner makes the signer where there is none yet.
func (s *SecureFunctionUrl) ensureSigner() *EdgeSigner {
	if s.signer == nil {
		s.signer = NewEdgeSigner(s, jsii.String("Signer"), &EdgeSignerProps{AuthorizationHeader: &s.authorizationHeader})
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

// newBehavior has the parts of a behaviour for a function: its endpoint, which is a new one where the function has none
// behind the distribution yet, the origin, and the options.
func (s *SecureFunctionUrl) newBehavior(
	scope constructs.Construct, at site, fn awslambda.IFunction, signing signing, props *BehaviorProps,
) (*endpoint, awscloudfront.IOrigin, *awscloudfront.AddBehaviorOptions) {
	checkForwarding(at, scope, signing, props.CachePolicy, props.OriginRequestPolicy)
	endpoint := s.endpoints.of(fn)
	if endpoint == nil {
		endpoint = newEndpoint(scope, at, fn, props)
		s.endpoints.all = append(s.endpoints.all, endpoint)
	}
	endpoint.requireSameUrl(at, props)
	props.InvokeMode = endpoint.invokeMode // the URL's, where it was left out
	origin := endpoint.originOf(originSettingsOf(at, scope, fn, signing.auth, props))
	return endpoint, origin, newBehaviorOptions(scope, at, signing, props)
}

func (s *SecureFunctionUrl) newDistribution(
	props *SecureFunctionUrlProps, origin awscloudfront.IOrigin, behavior *awscloudfront.AddBehaviorOptions,
) awscloudfront.Distribution {
	distributionProps := awscloudfront.DistributionProps{}
	if props.DistributionProps != nil {
		distributionProps = *props.DistributionProps
	}
	distributionProps.DefaultBehavior = &awscloudfront.BehaviorOptions{
		Origin:                origin,
		AllowedMethods:        behavior.AllowedMethods,
		CachePolicy:           behavior.CachePolicy,
		EdgeLambdas:           behavior.EdgeLambdas,
		FunctionAssociations:  behavior.FunctionAssociations,
		OriginRequestPolicy:   behavior.OriginRequestPolicy,
		ResponseHeadersPolicy: behavior.ResponseHeadersPolicy,
		ViewerProtocolPolicy:  behavior.ViewerProtocolPolicy,
	}
	distributionProps.ErrorResponses = withoutKeptErrors(distributionProps.ErrorResponses)
	distributionProps.Certificate = certificateFor(s, distributionProps.Certificate)
	switch {
	case props.WithoutWebAcl:
	case props.WebAclArn != nil:
		distributionProps.WebAclId = weakAcrossRegions(s, props.WebAclArn)
	default:
		s.webAcl = props.WebAcl
		if s.webAcl == nil {
			s.webAcl = NewWebAcl(s, jsii.String("WebAcl"), nil)
		}
		distributionProps.WebAclId = s.webAcl.Arn()
	}
	return awscloudfront.NewDistribution(s, jsii.String("Distribution"), &distributionProps)
}
