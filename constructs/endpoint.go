package furl

import (
	"cmp"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// endpoint is a function on the internet. Its URL may be the origin of several behaviours of one distribution.
type endpoint struct {
	scope            constructs.Construct
	fn               awslambda.IFunction
	cors             *awslambda.FunctionUrlCorsOptions
	invokeMode       awslambda.InvokeMode
	url              awslambda.FunctionUrl
	origins          map[originSettings]awscloudfront.IOrigin
	settings         map[*Authorizer][]string // names of the headers that its origins have
	open, guarded    bool                     // whether behaviours without and with an authorizer have it
	permittedSigners map[*EdgeSigner]bool     // the signers that the function's policy lets in; nil is CloudFront
}

// signing is how requests to an endpoint are signed.
type signing struct {
	auth                OriginAuth
	authorizationHeader string
	signer              *EdgeSigner // nil unless auth is OriginAuth_EDGE_SIGNER
}

// newEndpoint makes the Function URL in the scope, and so in the distribution's stack. Function and signer may be
// in other stacks. This stack refers to theirs, and neither refers back.
func newEndpoint(scope constructs.Construct, at site, fn awslambda.IFunction, props *BehaviorProps) *endpoint {
	requireSameEnvironment(at, scope, fn)
	warnRegion(scope)
	checkCors(at, props.Cors)
	e := &endpoint{
		scope: scope, fn: fn, cors: props.Cors, invokeMode: props.InvokeMode,
		origins: map[originSettings]awscloudfront.IOrigin{}, settings: map[*Authorizer][]string{},
		permittedSigners: map[*EdgeSigner]bool{},
	}
	e.url = awslambda.NewFunctionUrl(scope, jsii.String("FunctionUrl"), &awslambda.FunctionUrlProps{
		Function: fn, AuthType: awslambda.FunctionUrlAuthType_AWS_IAM, Cors: props.Cors, InvokeMode: props.InvokeMode,
	})
	scope.Node().AddValidation(&urlValidation{url: e.url})
	awscdk.NewCfnOutput(scope, jsii.String("FunctionUrlOutput"), &awscdk.CfnOutputProps{
		Description: jsii.String(
			"The Function URL itself: 403 for whoever does not sign as a principal that it was granted to"),
		Value: e.url.Url(),
	})
	return e
}

// requireSameUrl refuses settings that the function's URL does not have. A function or alias has one URL, and so
// one Cors and one InvokeMode.
func (e *endpoint) requireSameUrl(at site, props *BehaviorProps) {
	const remedy = "leave it out here, or give this pattern an alias with a URL of its own: fn.AddAlias"
	taken := "the function has a URL already, at " + *e.scope.Node().Path() + ","
	if props.Cors != nil && !sameCors(props.Cors, e.cors) {
		at.refuse("Cors", taken+" with other Cors", remedy)
	}
	if props.InvokeMode != "" && props.InvokeMode != cmp.Or(e.invokeMode, awslambda.InvokeMode_BUFFERED) {
		at.refuse("InvokeMode", taken+" with another InvokeMode", remedy)
	}
}

// originOf is the URL as an origin. Behaviours with the same settings share one.
func (e *endpoint) originOf(at site, settings originSettings) awscloudfront.IOrigin {
	if e.origins[settings] == nil {
		e.origins[settings] = settings.newOrigin(e.scope, e.url, customHeaders(at, e, settings.authorizer))
	}
	return e.origins[settings]
}

// permit writes the function's policy into a scope. It is called once the distribution is there.
func (e *endpoint) permit(scope constructs.Construct, signer *EdgeSigner, distribution awscloudfront.Distribution) {
	if e.permittedSigners[signer] {
		return
	}
	e.permittedSigners[signer] = true
	if signer != nil {
		signer.allow(scope, "AllowSigner", e.fn)
		return
	}
	const service = "cloudfront.amazonaws.com"
	source := callSource{arn: distribution.DistributionArn()}
	principal := awsiam.NewServicePrincipal(jsii.String(service), nil)
	if !permitInvokeUrl(scope, "AllowDistribution", e.fn, principal, source) {
		warnUnwrittenPolicy(scope, e.fn, service, source)
	}
}

// endpoints are all endpoints of one distribution.
type endpoints struct{ all []*endpoint }

// endpointsBehind finds the endpoints that a distribution has by another [SecureFunctionUrl]. A distribution that
// is not made yet is nil, and has none.
func endpointsBehind(distribution awscloudfront.Distribution) *endpoints {
	if distribution != nil {
		for _, construct := range *awscdk.Stack_Of(distribution).Node().FindAll("") {
			other, ok := construct.(*SecureFunctionUrl)
			if ok && other.distribution != nil && sameConstruct(other.distribution, distribution) {
				return other.endpoints
			}
		}
	}
	return &endpoints{}
}

// endpointOf is the endpoint that a function or alias has. It is nil where the function has none.
func (e *endpoints) endpointOf(fn awslambda.IFunction) *endpoint {
	arn, qualifier := urlTarget(fn)
	for _, endpoint := range e.all {
		otherArn, otherQualifier := urlTarget(endpoint.fn)
		if sameValue(endpoint.scope, arn, otherArn) && valueOf(qualifier) == valueOf(otherQualifier) {
			return endpoint
		}
	}
	return nil
}

// newBehaviorOptions has the options of a behaviour whose requests are signed in this way. The origin is not among
// them.
func newBehaviorOptions(
	scope constructs.Construct, at site, signing signing, props *BehaviorProps,
) *awscloudfront.AddBehaviorOptions {
	options := &awscloudfront.AddBehaviorOptions{
		AllowedMethods:        awscloudfront.AllowedMethods_ALLOW_ALL(),
		CachePolicy:           props.CachePolicy,
		FunctionAssociations:  functionAssociations(scope, at, signing, props.InvokeMode, props.FunctionAssociations),
		OriginRequestPolicy:   props.OriginRequestPolicy,
		ResponseHeadersPolicy: props.ResponseHeadersPolicy,
		ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
	}
	switch signing.auth {
	case OriginAuth_EDGE_SIGNER:
		options.EdgeLambdas = &[]*awscloudfront.EdgeLambda{signing.signer.EdgeLambda()}
	case OriginAuth_OAC:
		informOfHash(scope)
	case OriginAuth_OAC_WITH_BODY_HASH:
		options.EdgeLambdas = &[]*awscloudfront.EdgeLambda{edgeLambda(bodyHash(scope))}
	}
	if options.CachePolicy == nil {
		options.CachePolicy = awscloudfront.CachePolicy_CACHING_DISABLED()
	}
	if options.OriginRequestPolicy == nil {
		options.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER()
	}
	return options
}

// requireFunction refuses a nil function, and a version, which can have no Function URL.
func requireFunction(at site, fn awslambda.IFunction) {
	if fn == nil {
		at.refuse("Function", "there is none", "pass the function, or an alias of it")
	}
	if _, ok := fn.(awslambda.IVersion); ok {
		at.refuse("Function", fmt.Sprintf("%s is a version, which can have no Function URL", *fn.Node().Path()),
			`pass an alias of it, fn.AddAlias(jsii.String("live"), nil), or the function itself`)
	}
}

func requireSameEnvironment(at site, scope constructs.Construct, fn awslambda.IFunction) {
	stack, env := awscdk.Stack_Of(scope), fn.Env()
	for _, place := range []struct {
		name             string
		endpointOf, here *string
	}{
		{"region", env.Region, stack.Region()},
		{"account", env.Account, stack.Account()},
	} {
		if !knownToDiffer(place.endpointOf, place.here) {
			continue
		}
		at.refuse("Function",
			fmt.Sprintf("%s is in %s %s and this stack in %s, but a Function URL is made where its function is",
				*fn.Node().Path(), place.name, *place.endpointOf, *place.here),
			"make this construct in a stack of that "+place.name)
	}
}
