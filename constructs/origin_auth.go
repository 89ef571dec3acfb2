package furl

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// OriginAuth says who signs CloudFront's requests to a Function URL. The URL's auth type is AWS_IAM in each case.
// The statements that Furl adds to the function's resource policy let in that signer alone. To change OriginAuth on
// a live stack takes an order (docs/signing.md).
type OriginAuth string

const (
	// OriginAuth_EDGE_SIGNER has an [EdgeSigner] sign, under its own role. Bodies of up to 1 MB need no hash from
	// the client, except a DELETE's. CloudFront may not show that body to the edge, so the client sends its SHA-256
	// in the header x-amz-content-sha256. Some paths and queries are read differently by different readers. They
	// are answered 400, or written in one way.
	OriginAuth_EDGE_SIGNER OriginAuth = "EDGE_SIGNER"

	// OriginAuth_OAC has CloudFront's origin access control sign, without Lambda@Edge. Clients must send the
	// SHA-256 of the body with each PUT, POST and PATCH, and with every other request that has a body. It goes in
	// the header x-amz-content-sha256. Lambda takes no unsigned body (CloudFront Developer Guide,
	// private-content-restricting-access-to-lambda).
	OriginAuth_OAC OriginAuth = "OAC"

	// OriginAuth_OAC_WITH_BODY_HASH has origin access control sign. A small Lambda@Edge function sets that header,
	// for bodies of up to 1 MB. The client still sends the header with a DELETE that has a body. The function has
	// no permission.
	OriginAuth_OAC_WITH_BODY_HASH OriginAuth = "OAC_WITH_BODY_HASH"
)

// byOac reports whether CloudFront signs, and not an edge function of Furl's.
func (a OriginAuth) byOac() bool { return a != OriginAuth_EDGE_SIGNER }

// originAuthOf is the auth, or the fallback where none is set. It refuses an unknown one.
func originAuthOf(at site, auth, fallback OriginAuth) OriginAuth {
	switch auth {
	case "":
		return fallback
	case OriginAuth_EDGE_SIGNER, OriginAuth_OAC, OriginAuth_OAC_WITH_BODY_HASH:
		return auth
	}
	at.refuse("OriginAuth", fmt.Sprintf("%q is no way to sign", auth),
		"write furl.OriginAuth_EDGE_SIGNER, furl.OriginAuth_OAC or furl.OriginAuth_OAC_WITH_BODY_HASH, or leave it out")
	return ""
}

// originAccessControl is the one that a stack has for all of its Function URLs. An account may have 100 (CloudFront
// Developer Guide, cloudfront-limits).
func originAccessControl(scope constructs.Construct) awscloudfront.FunctionUrlOriginAccessControl {
	const id = "OriginAccessControl"
	newIn := func(owner constructs.Construct) awscloudfront.FunctionUrlOriginAccessControl {
		props := &awscloudfront.FunctionUrlOriginAccessControlProps{
			Description: jsii.String("Signs CloudFront's requests to Lambda Function URLs"),
			// Origin access controls are global, and CDK's own name has neither stack name nor region in it.
			OriginAccessControlName: jsii.String(uniqueName("furl", owner, 64)),
			Signing:                 awscloudfront.Signing_SIGV4_ALWAYS(),
		}
		return awscloudfront.NewFunctionUrlOriginAccessControl(owner, jsii.String(id), props)
	}
	return onceIn(awscdk.Stack_Of(scope), "FurlOriginAccessControl", id, newIn)
}

// onceIn finds or makes a stack's construct, as a child of an owner.
func onceIn[T constructs.IConstruct](
	stack awscdk.Stack, ownerId, id string, newIn func(owner constructs.Construct) T,
) T {
	if owner := stack.Node().TryFindChild(jsii.String(ownerId)); owner != nil {
		return owner.Node().FindChild(jsii.String(id)).(T)
	}
	return newIn(constructs.NewConstruct(stack, jsii.String(ownerId)))
}

// informOfHash says at synthesis which header clients have to send.
func informOfHash(scope constructs.Construct) {
	awscdk.Annotations_Of(scope).AddInfoV2(jsii.String("furl:contentSha256"), jsii.String(
		"origin access control signs, so clients must send the SHA-256 of the body with each PUT, POST and PATCH, "+
			"and with every other request that has a body. It goes in the header x-amz-content-sha256, "+
			"in lower-case hexadecimal. Without it the answer is 403. "+
			"furl.OriginAuth_OAC_WITH_BODY_HASH sets it for them."))
}
