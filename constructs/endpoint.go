package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// endpoint is one function on the internet: what SecureFunctionUrl and Behavior have in common.
type endpoint struct {
	scope    constructs.Construct
	fn       awslambda.IFunction
	signing  signing
	url      awslambda.FunctionUrl
	origin   awscloudfront.IOrigin
	behavior *awscloudfront.AddBehaviorOptions
}

// signing is how requests to an endpoint are signed.
type signing struct {
	auth                OriginAuth
	authorizationHeader string
	signer              *EdgeSigner // nil unless auth is OriginAuth_EDGE_SIGNER
}

// newEndpoint makes the Function URL in the scope, so in the distribution's stack, and permit the two permissions: wherever
// function and signer are, this stack refers to theirs and neither refers back.
func newEndpoint(scope constructs.Construct, at site, fn awslambda.IFunction, signing signing, props *BehaviorProps) *endpoint {
	requireSameEnvironment(at, scope, fn)
	checkCors(at, props.Cors)
	read := timeoutOf(at, "ReadTimeout", props.ReadTimeout)
	keepalive := timeoutOf(at, "KeepaliveTimeout", props.KeepaliveTimeout)
	checkForwarding(at, scope, signing, props.CachePolicy, props.OriginRequestPolicy)

	e := &endpoint{scope: scope, fn: fn, signing: signing}
	e.url = awslambda.NewFunctionUrl(scope, jsii.String("FunctionUrl"), &awslambda.FunctionUrlProps{
		Function: fn, AuthType: awslambda.FunctionUrlAuthType_AWS_IAM, Cors: props.Cors, InvokeMode: props.InvokeMode,
	})
	scope.Node().AddValidation(&urlValidation{url: e.url})
	originProps := &awscloudfrontorigins.FunctionUrlOriginProps{ReadTimeout: read, KeepaliveTimeout: keepalive}
	if signing.auth.byOac() {
		// Not FunctionUrlOrigin_WithOriginAccessControl, which before CDK 2.273 writes one of the two permissions only.
		originProps.OriginAccessControlId = originAccessControl(scope).OriginAccessControlId()
	}
	if signing.auth == OriginAuth_OAC {
		informOfHash(scope)
	}
	e.origin = awscloudfrontorigins.NewFunctionUrlOrigin(e.url, originProps)
	e.behavior = e.behaviorOptions(at, props)
	e.warnSlowFunction(read, props.InvokeMode)
	awscdk.NewCfnOutput(scope, jsii.String("FunctionUrlOutput"), &awscdk.CfnOutputProps{
		Description: jsii.String("The Function URL itself: 403 for whoever does not sign as a principal that it was granted to"),
		Value:       e.url.Url(),
	})
	return e
}

// permit writes the function's policy, once the distribution is there.
func (e *endpoint) permit(distribution awscloudfront.Distribution) {
	if e.signing.signer != nil {
		e.signing.signer.allow(e.scope, "AllowSigner", e.fn)
		return
	}
	const service = "cloudfront.amazonaws.com"
	arn := distribution.DistributionArn()
	if !permitInvokeUrl(e.scope, "AllowDistribution", e.fn, awsiam.NewServicePrincipal(jsii.String(service), nil), arn) {
		warnUnwrittenPolicy(e.scope, e.fn, service, arn)
	}
}

func (e *endpoint) behaviorOptions(at site, props *BehaviorProps) *awscloudfront.AddBehaviorOptions {
	options := &awscloudfront.AddBehaviorOptions{
		AllowedMethods:        awscloudfront.AllowedMethods_ALLOW_ALL(),
		CachePolicy:           props.CachePolicy,
		FunctionAssociations:  functionAssociations(e.scope, at, e.signing, props.FunctionAssociations),
		OriginRequestPolicy:   props.OriginRequestPolicy,
		ResponseHeadersPolicy: props.ResponseHeadersPolicy,
		ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
	}
	switch e.signing.auth {
	case OriginAuth_EDGE_SIGNER:
		options.EdgeLambdas = &[]*awscloudfront.EdgeLambda{e.signing.signer.EdgeLambda()}
	case OriginAuth_OAC_WITH_BODY_HASH:
		options.EdgeLambdas = &[]*awscloudfront.EdgeLambda{edgeLambda(bodyHash(e.scope))}
	}
	if options.CachePolicy == nil {
		options.CachePolicy = awscloudfront.CachePolicy_CACHING_DISABLED()
	}
	if options.OriginRequestPolicy == nil {
		options.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER()
	}
	return options
}

// warnSlowFunction warns where the function may still work when CloudFront has given up. A stream that has begun is
// measured between its bytes, which says nothing about the function's timeout.
func (e *endpoint) warnSlowFunction(read awscdk.Duration, mode awslambda.InvokeMode) {
	timeout := functionTimeout(e.fn)
	if mode == awslambda.InvokeMode_RESPONSE_STREAM || timeout == nil || *timeout.IsUnresolved() {
		return
	}
	if *timeout.ToSeconds(nil) > *read.ToSeconds(nil) {
		warn(e.scope, "furl:readTimeout", "%s may run for %.0f s, but CloudFront answers 504 after %.0f s without a byte: raise ReadTimeout (120 s at most), lower the function's timeout, or stream.",
			*e.fn.Node().Path(), *timeout.ToSeconds(nil), *read.ToSeconds(nil))
	}
}

// functionTimeout is the function's own, or that of the function behind an alias; nil where the app does not know it, as
// of an imported function, and where it is Lambda's default of 3 s.
func functionTimeout(fn awslambda.IFunction) awscdk.Duration {
	if alias, ok := fn.(awslambda.IAlias); ok {
		fn = alias.Version().Lambda()
	}
	if function, ok := fn.(awslambda.Function); ok {
		return function.Timeout()
	}
	return nil
}

// requireFunction refuses what can have no Function URL.
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
	for _, place := range []struct{ name, of, here *string }{
		{jsii.String("region"), env.Region, stack.Region()},
		{jsii.String("account"), env.Account, stack.Account()},
	} {
		if !knownToDiffer(place.of, place.here) {
			continue
		}
		at.refuse("Function", fmt.Sprintf("%s is in %s %s and this stack in %s, but a Function URL is made where its function is", *fn.Node().Path(), *place.name, *place.of, *place.here),
			"make this construct in a stack of that "+*place.name)
	}
}

// timeoutOf checks a timeout of the origin, 60 s where it is unset (CloudFront Developer Guide, cloudfront-limits: up to
// 120 s without a quota increase; Lambda@Edge takes keep-alive timeouts up to 120 s).
func timeoutOf(at site, field string, timeout awscdk.Duration) awscdk.Duration {
	if timeout == nil {
		return awscdk.Duration_Seconds(jsii.Number(60))
	}
	if *timeout.IsUnresolved() {
		at.refuse(field, "it is known at deployment only, and CDK's origin takes known ones", "write awscdk.Duration_Seconds(jsii.Number(60)), or leave it out")
	}
	seconds := *timeout.ToSeconds(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)})
	if seconds < 1 || seconds > 120 || seconds != float64(int(seconds)) {
		at.refuse(field, fmt.Sprintf("%v s is not a whole number of seconds from 1 to 120, which is what CloudFront waits", seconds),
			"write awscdk.Duration_Seconds(jsii.Number(60)), or leave it out")
	}
	return timeout
}
