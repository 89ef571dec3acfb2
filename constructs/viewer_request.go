package furl

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/furl-cdk/furl/lambdas"
)

// functionAssociations are the given ones, and Furl's own function for viewer-request unless one is given. A
// behaviour takes one function for an event (CloudFront Developer Guide, edge-function-restrictions-all).
func functionAssociations(
	scope constructs.Construct, at site, signing signing, mode awslambda.InvokeMode,
	given *[]*awscloudfront.FunctionAssociation,
) *[]*awscloudfront.FunctionAssociation {
	stream := mode == awslambda.InvokeMode_RESPONSE_STREAM
	var all []*awscloudfront.FunctionAssociation
	if given != nil {
		all = append(all, *given...)
	}
	for _, association := range all {
		if association == nil {
			at.refuse("FunctionAssociations", "one of them is nil", "leave it out, or write EventType and Function")
		}
		if association.EventType == awscloudfront.FunctionEventType_VIEWER_REQUEST {
			warnOwnViewerRequest(scope, signing, stream)
			return &all
		}
	}
	all = append(all, &awscloudfront.FunctionAssociation{
		EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: viewerRequest(scope, signing, stream),
	})
	return &all
}

// viewerRequest is the function that a stack has for a setting. An account may have 100 (CloudFront Developer Guide,
// cloudfront-limits).
func viewerRequest(scope constructs.Construct, signing signing, stream bool) awscloudfront.Function {
	const id = "Function"
	settings, ownerId := "var oac = false;\n", "FurlViewerRequest"
	if signing.auth.byOac() {
		settings = fmt.Sprintf("var oac = true;\nvar authorizationHeader = %q;\n", signing.authorizationHeader)
		ownerId += "Oac"
		if signing.authorizationHeader != defaultAuthorizationHeader {
			ownerId += shortHash(signing.authorizationHeader)
		}
	}
	settings += fmt.Sprintf("var stream = %v;\n", stream)
	if stream {
		ownerId += "Stream"
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

// warnOwnViewerRequest gives the lines that the caller's function must have. They do what Furl's function does.
func warnOwnViewerRequest(scope constructs.Construct, signing signing, stream bool) {
	risks := []string{"x-forwarded-host is what the viewer says"} // the edge signer writes x-forwarded-uri itself
	lines := []string{
		"request.headers['x-forwarded-host'] = { value: request.headers.host.value };",
		"delete request.headers['x-forwarded-uri'];",
	}
	if stream {
		risks = append(risks, "a compressed stream may end in 502")
		lines = append(lines, "delete request.headers['accept-encoding'];")
	}
	if signing.auth.byOac() {
		risks[0] = "x-forwarded-host and x-forwarded-uri are what the viewer says"
		names, header := []string{defaultAuthorizationHeader}, signing.authorizationHeader
		if header != "" && header != defaultAuthorizationHeader {
			names = append(names, header)
		}
		lines = append(lines, fmt.Sprintf("for (var name in request.headers)"+
			" if (name !== 'x-amz-content-sha256' && /^(x-amz-|%s$)/.test(name)) delete request.headers[name];",
			strings.Join(names, "$|")))
		if header != "" {
			risks = append(risks, "its Authorization is lost")
			lines = append(lines, fmt.Sprintf("if (request.headers.authorization)"+
				" request.headers['%s'] = request.headers.authorization;", header))
		}
		risks = append(risks, "x-amz-* and "+strings.Join(names, " and ")+" can be forged")
	}
	warn(scope, "furl:viewerRequest",
		"a viewer-request function of your own takes the place of Furl's. Without these lines in it %s: %s",
		strings.Join(risks, ", "), strings.Join(lines, " "))
}
