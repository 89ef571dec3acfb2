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

// BehaviorProps are the settings of a [Behavior]. The fields mean the same as in [SecureFunctionUrlProps].
type BehaviorProps struct {
	// OriginAuth says who signs the requests to the Function URL.
	//
	// Default: that of the SecureFunctionUrl.
	OriginAuth OriginAuth

	// AuthorizationHeader is the header in which the viewer's Authorization goes on to the function, as in
	// [EdgeSignerProps]. The edge signer has its own setting, and this field must not differ from it where that
	// signer signs.
	//
	// Default: that of the SecureFunctionUrl.
	AuthorizationHeader *string

	// Authorizer says which users' requests the edge signer signs. [NoAuthorizer] opens this behaviour.
	//
	// Default: that of the SecureFunctionUrl.
	Authorizer *Authorizer

	// Cors of the Function URL. A function that has a URL behind this distribution already keeps that URL's.
	//
	// Default: none. OPTIONS goes to the function like any other method, and with an Authorizer it needs a token.
	Cors *awslambda.FunctionUrlCorsOptions

	// InvokeMode of the Function URL. A function that has a URL behind this distribution already keeps that URL's.
	//
	// Default: awslambda.InvokeMode_BUFFERED.
	InvokeMode awslambda.InvokeMode

	// ReadTimeout of the origin, 1 to 120 s.
	//
	// Default: 60 s.
	ReadTimeout awscdk.Duration

	// KeepaliveTimeout of the origin, 1 to 120 s.
	//
	// Default: 60 s.
	KeepaliveTimeout awscdk.Duration

	// ResponseCompletionTimeout of the origin, from ReadTimeout to an hour.
	//
	// Default: none. An answer may take as long as its bytes keep coming.
	ResponseCompletionTimeout awscdk.Duration

	// ConnectionAttempts of the origin, 1 to 3.
	//
	// Default: 1 where the function's timeout is not known, or is ReadTimeout or longer. Otherwise CloudFront's 3.
	ConnectionAttempts int

	// CachePolicy of the behaviour. Its key must not have Host, and must have all query strings or none.
	//
	// Default: CachingDisabled.
	CachePolicy interfacesawscloudfront.ICachePolicyRef

	// OriginRequestPolicy of the behaviour. It must not forward Host. It must forward all query strings or none.
	//
	// Default: AllViewerExceptHostHeader.
	OriginRequestPolicy interfacesawscloudfront.IOriginRequestPolicyRef

	// ResponseHeadersPolicy of the behaviour.
	//
	// Default: that of the SecureFunctionUrl.
	ResponseHeadersPolicy interfacesawscloudfront.IResponseHeadersPolicyRef

	// FunctionAssociations are your CloudFront Functions.
	//
	// Default: Furl's own for viewer-request.
	FunctionAssociations *[]*awscloudfront.FunctionAssociation
}

// Behavior is a further path pattern behind the distribution of a [SecureFunctionUrl]. AddBehavior makes it. It has
// an output with the address of its function's URL, unless an earlier pattern has the same function.
type Behavior struct {
	constructs.Construct
	endpoint *endpoint
}

func newBehavior(parent *SecureFunctionUrl, pattern string, fn awslambda.IFunction, props *BehaviorProps) *Behavior {
	if pattern == "" {
		site{construct: "furl.SecureFunctionUrl", path: *parent.Node().Path()}.
			refuse("AddBehavior", "the path pattern is empty", `write one such as "/reports/*"`)
	}
	id := jsii.String("Behavior" + pattern)
	at := siteOf("furl.Behavior", parent, id)
	requireFunction(at, fn)
	settings := valueOf(props)
	if settings.ResponseHeadersPolicy == nil {
		settings.ResponseHeadersPolicy = parent.responseHeaders
	}
	b := &Behavior{}
	constructs.NewConstruct_Override(b, parent, id)
	if settings.Authorizer == nil {
		settings.Authorizer = parent.authorizer
	} else {
		settings.Authorizer = authorizerOf(at, b, settings.Authorizer)
	}
	auth := originAuthOf(at, settings.OriginAuth, parent.originAuth)
	if auth == OriginAuth_EDGE_SIGNER {
		requireSameHeader(at, settings.AuthorizationHeader, parent.ensureSigner(),
			"make a SecureFunctionUrl for it, with Distribution and PathPattern")
	}
	header := authorizationHeaderOf(at, settings.AuthorizationHeader, parent.authorizationHeader)
	signing := parent.signing(auth, header)
	endpoint, origin, behavior := parent.newBehavior(b, at, fn, signing, &settings)
	parent.distribution.AddBehavior(jsii.String(pattern), origin, behavior)
	endpoint.permit(b, signing.signer, parent.distribution)
	endpoint.markGuarded(parent.distribution, pattern, settings.Authorizer)
	b.endpoint = endpoint
	return b
}

// newBehavior has the endpoint, the origin and the options of a behaviour for a function. It makes an endpoint
// where the function has none behind the distribution yet.
func (s *SecureFunctionUrl) newBehavior(
	scope constructs.Construct, at site, fn awslambda.IFunction, signing signing, props *BehaviorProps,
) (*endpoint, awscloudfront.IOrigin, *awscloudfront.AddBehaviorOptions) {
	authorizer := props.Authorizer
	if authorizer != nil && authorizer.open {
		props.Authorizer = nil // its origin has no settings
	}
	key, forwarded := cachePolicyOf(props.CachePolicy), originRequestPolicyOf(props.OriginRequestPolicy)
	requireSignable(at, signing.auth, key, forwarded)
	props.Authorizer.requireCheckable(at, signing, key, forwarded)
	warnForwarding(scope, signing, key, forwarded)
	endpoint := s.endpoints.endpointOf(fn)
	if endpoint == nil {
		endpoint = newEndpoint(scope, at, fn, props)
		s.endpoints.all = append(s.endpoints.all, endpoint)
	}
	endpoint.requireSameUrl(at, props)
	props.InvokeMode = endpoint.invokeMode // props may leave out the URL's mode
	props.Authorizer.warnCors(scope, endpoint.cors)
	opensPattern := authorizer != nil && authorizer.open && authorizer != s.authorizer
	endpoint.noteAuthorizer(scope, authorizer, opensPattern)
	origin := endpoint.originOf(at, originSettingsOf(at, scope, fn, signing.auth, props))
	return endpoint, origin, newBehaviorOptions(scope, at, signing, props)
}

// FunctionUrl is the URL behind the behaviour.
func (b *Behavior) FunctionUrl() awslambda.FunctionUrl { return b.endpoint.url }

// GrantInvokeUrl lets a principal call the Function URL directly. The principal then signs for itself. It gets
// lambda:InvokeFunctionUrl with auth type AWS_IAM, and lambda:InvokeFunction by Function URL only (Lambda Developer
// Guide, urls-auth).
//
// A role or user of this account gets both in its own policy, in any stack and region. The function's resource
// policy names a principal of another account, and one whose policy the app cannot write. A principal of another
// account also needs both actions in its own policy. CDK writes these where the principal is in the app. The role
// and the function then need explicit names.
//
// A principal's conditions (awsiam.NewPrincipalWithConditions) stand in every statement that is written for it. A
// permission of the function takes three of them only: ArnLike on aws:SourceArn, StringEquals on aws:SourceAccount
// and StringEquals on aws:PrincipalOrgID. A service must have one of the first two, since it calls for all of its
// customers (IAM User Guide, confused-deputy). Each member of an awsiam.CompositePrincipal gets its own grant.
//
// The result can be depended on by the construct that makes the calls. GrantInvokeUrl panics for everyone ("*"
// outside an organization) and for an ARN with a wildcard. It panics for a federated identity or a canonical user,
// and where a condition cannot be written.
func (b *Behavior) GrantInvokeUrl(grantee awsiam.IGrantable) constructs.IDependable {
	return b.endpoint.grantInvokeUrl(grantee)
}
