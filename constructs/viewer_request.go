package furl

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/furl-cdk/furl/lambdas"
)

// functionAssociations are the caller's, and Furl's own function for viewer-request unless the caller has one: a behaviour
// takes one function for an event (CloudFront Developer Guide, edge-function-restrictions-all).
func functionAssociations(scope constructs.Construct, at site, signing signing, own *[]*awscloudfront.FunctionAssociation) *[]*awscloudfront.FunctionAssociation {
	var all []*awscloudfront.FunctionAssociation
	if own != nil {
		all = append(all, *own...)
	}
	for _, association := range all {
		if association == nil {
			at.refuse("FunctionAssociations", "one of them is nil", "leave it out, or write EventType and Function")
		}
		if association.EventType == awscloudfront.FunctionEventType_VIEWER_REQUEST {
			warnOwnViewerRequest(scope, signing)
			return &all
		}
	}
	all = append(all, &awscloudfront.FunctionAssociation{
		EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: viewerRequest(scope, signing),
	})
	return &all
}

// viewerRequest is the function that a stack has for a setting: an account may have 100 (CloudFront Developer Guide,
// cloudfront-limits).
func viewerRequest(scope constructs.Construct, signing signing) awscloudfront.Function {
	const id = "Function"
	settings, ownerId := "var oac = false;\n", "FurlViewerRequest"
	if signing.auth.byOac() {
		settings = fmt.Sprintf("var oac = true;\nvar authorizationHeader = %q;\n", signing.authorizationHeader)
		ownerId += "Oac"
		if signing.authorizationHeader != defaultAuthorizationHeader {
			ownerId += shortHash(signing.authorizationHeader)
		}
	}
	return onceIn(awscdk.Stack_Of(scope), ownerId, id, func(owner constructs.Construct) awscloudfront.Function {
		return awscloudfront.NewFunction(owner, jsii.String(id), &awscloudfront.FunctionProps{
			FunctionName: jsii.String(uniqueName("furl", owner, 64)), // these are global
			Comment:      jsii.String("Passes on the viewer's host, and what origin access control would overwrite"),
			Runtime:      awscloudfront.FunctionRuntime_JS_2_0(),
			Code:         awscloudfront.FunctionCode_FromInline(jsii.String(settings + lambdas.ViewerRequest)),
		})
	})
}

// warnOwnViewerRequest says what the caller's function has to do itself, in the lines to write. They do what Furl's does.
func warnOwnViewerRequest(scope constructs.Construct, signing signing) {
	lines, risk := "request.headers['x-forwarded-host'] = { value: request.headers.host.value };", "x-forwarded-host is what the viewer says"
	if signing.auth.byOac() {
		names, pass := []string{defaultAuthorizationHeader}, ""
		if header := signing.authorizationHeader; header != "" {
			risk += ", its Authorization is lost"
			pass = fmt.Sprintf(" if (request.headers.authorization) request.headers['%s'] = request.headers.authorization;", header)
			if header != defaultAuthorizationHeader {
				names = append(names, header)
			}
		}
		risk += ", x-amz-* and " + strings.Join(names, " and ") + " can be forged"
		lines += fmt.Sprintf(" for (var name in request.headers) if (name !== 'x-amz-content-sha256' && /^(x-amz-|%s$)/.test(name)) delete request.headers[name];", strings.Join(names, "$|")) + pass
	}
	warn(scope, "furl:viewerRequest", "a viewer-request function of your own takes the place of Furl's. Without these lines in it %s: %s", risk, lines)
}
