package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// originSettings are how CloudFront calls a Function URL. Behaviours that differ in them need two origins.
type originSettings struct {
	byOac              bool
	readTimeout        int         // seconds
	keepaliveTimeout   int         // seconds
	completionTimeout  int         // seconds, 0 for none
	connectionAttempts int         // 0 for CloudFront's default
	authorizer         *Authorizer // nil for none
}

// originSettingsOf checks the settings of an origin and fills in the defaults.
func originSettingsOf(
	at site, scope constructs.Construct, fn awslambda.IFunction, auth OriginAuth, props *BehaviorProps,
) originSettings {
	// CloudFront waits up to 120 s without a quota increase (CloudFront Developer Guide, cloudfront-limits).
	// Lambda@Edge takes keep-alive timeouts of up to 120 s.
	s := originSettings{
		byOac:              auth.byOac(),
		readTimeout:        secondsOf(at, "ReadTimeout", props.ReadTimeout, 60, 120),
		keepaliveTimeout:   secondsOf(at, "KeepaliveTimeout", props.KeepaliveTimeout, 60, 120),
		completionTimeout:  secondsOf(at, "ResponseCompletionTimeout", props.ResponseCompletionTimeout, 0, 3600),
		connectionAttempts: props.ConnectionAttempts,
		authorizer:         props.Authorizer,
	}
	if s.completionTimeout != 0 && s.completionTimeout < s.readTimeout {
		at.refuse("ResponseCompletionTimeout",
			fmt.Sprintf("%d s is shorter than ReadTimeout, %d s, which CloudFront does not take",
				s.completionTimeout, s.readTimeout),
			"raise it, or lower ReadTimeout")
	}
	if s.connectionAttempts < 0 || s.connectionAttempts > 3 {
		at.refuse("ConnectionAttempts",
			fmt.Sprintf("%d is not within CloudFront's 1 to 3", s.connectionAttempts),
			"write 1, 2 or 3, or leave it out")
	}
	timeout, known := functionTimeout(fn)
	if s.connectionAttempts == 0 && (!known || timeout >= s.readTimeout) {
		s.connectionAttempts = 1
	}
	// A stream that has begun is measured between its bytes. That measure says nothing about the function's
	// timeout.
	if known && timeout > s.readTimeout && props.InvokeMode != awslambda.InvokeMode_RESPONSE_STREAM {
		warn(scope, "furl:readTimeout", "%s may run for %d s, but CloudFront answers 504 after %d s without a byte. "+
			"Raise ReadTimeout (120 s at most), lower the function's timeout, or stream.",
			*fn.Node().Path(), timeout, s.readTimeout)
	}
	return s
}

func (s originSettings) newOrigin(
	scope constructs.Construct, url awslambda.FunctionUrl, headers *map[string]*string,
) awscloudfront.IOrigin {
	props := &awscloudfrontorigins.FunctionUrlOriginProps{
		ReadTimeout: durationOf(s.readTimeout), KeepaliveTimeout: durationOf(s.keepaliveTimeout),
		CustomHeaders: headers,
	}
	if s.completionTimeout != 0 {
		props.ResponseCompletionTimeout = durationOf(s.completionTimeout)
	}
	if s.connectionAttempts != 0 {
		props.ConnectionAttempts = jsii.Number(s.connectionAttempts)
	}
	if s.byOac {
		// CDK's FunctionUrlOrigin_WithOriginAccessControl would write its own permissions.
		props.OriginAccessControlId = originAccessControl(scope).OriginAccessControlId()
	}
	return awscloudfrontorigins.NewFunctionUrlOrigin(url, props)
}

// secondsOf is a timeout of the origin in seconds, at least 1. It is the fallback where the timeout is unset.
func secondsOf(at site, field string, timeout awscdk.Duration, fallback, limit int) int {
	if timeout == nil {
		return fallback
	}
	const remedy = "write awscdk.Duration_Seconds(jsii.Number(60)), or leave it out"
	if *timeout.IsUnresolved() {
		at.refuse(field, "it is known at deployment only, and CDK's origin takes a known one", remedy)
	}
	seconds := *timeout.ToSeconds(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)})
	if seconds < 1 || seconds > float64(limit) || seconds != float64(int(seconds)) {
		at.refuse(field,
			fmt.Sprintf("%v s is not a whole number of seconds from 1 to %d, CloudFront's limits", seconds, limit),
			remedy)
	}
	return int(seconds)
}

func durationOf(seconds int) awscdk.Duration { return awscdk.Duration_Seconds(jsii.Number(seconds)) }

// functionTimeout is the timeout in seconds of a function, or of the function behind an alias. It is not known for
// an imported function, nor where only the deployment knows it. A timeout that AddPropertyOverride sets is not
// seen.
func functionTimeout(fn awslambda.IFunction) (seconds int, known bool) {
	if alias, ok := fn.(awslambda.IAlias); ok {
		fn = alias.Version().Lambda()
	}
	function, ok := fn.Node().DefaultChild().(awslambda.CfnFunction)
	switch {
	case !ok || function.Timeout() != nil && *awscdk.Token_IsUnresolved(function.Timeout()):
		return 0, false
	case function.Timeout() == nil:
		return 3, true // Lambda's default (Lambda API Reference, CreateFunction)
	}
	return int(*function.Timeout()), true
}
