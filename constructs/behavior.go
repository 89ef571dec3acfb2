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

// BehaviorProps are the settings of a [Behavior]; the fields mean what they mean in [SecureFunctionUrlProps].
type BehaviorProps struct {
	// OriginAuth says who signs the requests to the Function URL.
	//
	// Default: that of the SecureFunctionUrl.
	OriginAuth OriginAuth

	// AuthorizationHeader is the header in which the viewer's Authorization goes on to the function, as in [EdgeSignerProps].
	// Where the edge signer signs, it is that signer's to say.
	//
	// Default: that of the SecureFunctionUrl.
	AuthorizationHeader *string

	// Cors of the Function URL. A function that has a URL behind this distribution already keeps that URL's.
	//
	// Default: none.
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

	// ResponseCompletionTimeout of the origin, ReadTimeout or more, up to an hour.
	//
	// Default: none.
	ResponseCompletionTimeout awscdk.Duration

	// ConnectionAttempts of the origin, 1 to 3.
	//
	// Default: 1 where the function's timeout is not known, or is ReadTimeout or longer; otherwise CloudFront's 3.
	ConnectionAttempts int

	// CachePolicy of the behaviour; it must not have Host in its key, and all query strings or none.
	//
	// Default: CachingDisabled.
	CachePolicy interfacesawscloudfront.ICachePolicyRef

	// OriginRequestPolicy of the behaviour; it must not forward Host, and must forward all query strings or none.
	//
	// Default: AllViewerExceptHostHeader.
	OriginRequestPolicy interfacesawscloudfront.IOriginRequestPolicyRef

	// ResponseHeadersPolicy of the behaviour.
	//
	// Default: that of the SecureFunctionUrl.
	ResponseHeadersPolicy interfacesawscloudfront.IResponseHeadersPolicyRef

	// FunctionAssociations are CloudFront Functions of your own.
	//
	// Default: Furl's own for viewer-request.
	FunctionAssociations *[]*awscloudfront.FunctionAssociation
}

// Behavior is a further path pattern behind the distribution of a [SecureFunctionUrl], made by its AddBehavior. It has
// an output with the address of its function's URL, unless an earlier pattern has the same function.
type Behavior struct {
	constructs.Construct
	endpoint *endpoint
}

func newBehavior(parent *SecureFunctionUrl, pattern string, fn awslambda.IFunction, props *BehaviorProps) *Behavior {
	if pattern == "" {
		siteOf("furl.SecureFunctionUrl", parent, jsii.String("")).refuse("AddBehavior", "the path pattern is empty", `write one such as "/reports/*"`)
	}
	id := jsii.String("Behavior" + pattern)
	at := siteOf("furl.Behavior", parent, id)
	requireFunction(at, fn)
	copied := BehaviorProps{}
	if props != nil {
		copied = *props
	}
	if copied.ResponseHeadersPolicy == nil {
		copied.ResponseHeadersPolicy = parent.responseHeaders
	}
	b := &Behavior{}
	constructs.NewConstruct_Override(b, parent, id)
	auth := originAuthOf(at, copied.OriginAuth, parent.originAuth)
	if auth == OriginAuth_EDGE_SIGNER {
		requireSameHeader(at, copied.AuthorizationHeader, parent.ensureSigner(), "make a SecureFunctionUrl for it, with Distribution and PathPattern")
	}
	header := authorizationHeaderOf(at, copied.AuthorizationHeader, parent.authorizationHeader)
	signing := parent.signing(auth, header)
	endpoint, origin, behavior := parent.newBehavior(b, at, fn, signing, &copied)
	parent.distribution.AddBehavior(jsii.String(pattern), origin, behavior)
	endpoint.permit(b, signing.signer, parent.distribution)
	b.endpoint = endpoint
	return b
}

// FunctionUrl is the URL behind the behaviour.
func (b *Behavior) FunctionUrl() awslambda.FunctionUrl { return b.endpoint.url }

// GrantInvokeUrl lets a principal call the Function URL directly, signing for itself: lambda:InvokeFunctionUrl with auth
// type AWS_IAM, and lambda:InvokeFunction by Function URL only (Lambda Developer Guide, urls-auth). A role or user of this
// account gets both in its own policy, in whatever stack and region it is. A principal of another account, or one whose
// policy is not the app's to write, is named in the function's resource policy; one of another account needs both actions
// in its own policy too, which CDK writes where the principal is in the app (role and function need explicit names then).
//
// A principal's conditions (awsiam.NewPrincipalWithConditions) stand in every statement that is written for it. A
// permission of the function takes three of them only: ArnLike on aws:SourceArn, StringEquals on aws:SourceAccount and
// StringEquals on aws:PrincipalOrgID. A service must have one of the first two, since it calls for all of its customers
// (IAM User Guide, confused-deputy). Each member of an awsiam.CompositePrincipal is granted by itself.
//
// What it returns can be depended on by what makes the calls. It panics for everyone ("*" outside an organization),
// for an ARN with a wildcard, for a federated identity or a canonical user, and where a condition cannot be written.
func (b *Behavior) GrantInvokeUrl(grantee awsiam.IGrantable) constructs.IDependable {
	return b.endpoint.grantInvokeUrl(grantee)
}
