// Package furl has AWS CDK constructs that put a Lambda Function URL on the internet safely.
//
// A Function URL with auth type NONE is open to everyone, and no web ACL can stand in front of it. With auth type AWS_IAM
// it lets in whoever signs as a principal that may call it, and neither CloudFront nor a browser signs by itself. So either the edge
// signs for everybody whom the web ACL lets through:
//
//	viewer ──▶ CloudFront + WAF ──▶ Lambda@Edge EdgeSigner ──SigV4──▶ Function URL (AWS_IAM) ──▶ your function
//
// or users who are logged in lease credentials for some minutes, sign themselves and call the URL directly, for as long as Lambda runs a
// function, 15 minutes (Firefox gives up a request after 5 minutes without an answer, so stream where it takes longer):
//
//	browser ──POST /grant──▶ API Gateway + authorizer ──▶ grant Lambda ──AssumeRole──▶ STS
//	browser ──SigV4──▶ Function URL (AWS_IAM) ──▶ your function
//
// [SecureFunctionUrl] is the first in one line; [EdgeSigner] and [WebAcl] are its parts, to share or to use by themselves.
// [CredentialGrant] is the second.
//
//	import furl "github.com/furl-cdk/furl/constructs"
//
//	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn})
//
// With parts of one's own:
//
//	signer := furl.NewEdgeSigner(stack, jsii.String("Signer"), nil)
//	acl := furl.NewWebAcl(stack, jsii.String("Acl"), &furl.WebAclProps{
//		AllowedCidrs: []string{"203.0.113.0/24", "2001:db8::/32"},
//		RateLimit:    500,
//	})
//	api := furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
//		Function:          orders,
//		Signer:            signer,
//		WebAcl:            acl,
//		ReadTimeout:       awscdk.Duration_Seconds(jsii.Number(90)),
//		DistributionProps: &awscloudfront.DistributionProps{Comment: jsii.String("orders")},
//	})
//	api.AddBehavior("/reports/*", reports, nil).GrantInvokeUrl(workerRole)
//
// # Needed
//
// Furl needs Go 1.26, the CDK for Go 2.277 or newer, Node 22, and the CDK CLI 2.1148.1 or newer. Furl asks for that
// CDK, and go mod tidy takes the highest version that is asked for.
//
// # Who signs
//
// [OriginAuth] names the three ways: the edge signer; CloudFront's origin access control, for which clients send the hash of each body;
// or that with an edge function that sets the hash. Whichever signs, the viewer's Authorization reaches the function as
// x-forwarded-authorization and the viewer's host as x-forwarded-host; package viewer puts them back.
//
// # The web ACL
//
// [WebAcl] blocks by addresses, by rate and by AWS's managed rules. Of the common rule set it counts what an API's
// clients send in good faith: bodies that look like attacks or are over 8 KB, no User-Agent, long queries and cookies,
// and localhost in a query. WebAclProps.Strict has these blocked, but for large bodies. A path over 1,024 B and
// ?file=app.log are 403 either way. WAF looks into the first 16 KB of a body (BodyInspectionLimit). docs/web-acl.md has
// each rule, and how to see what is counted.
//
// # A lease
//
//	grant := furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
//		Authorizer:     furl.CognitoAuthorizer(pool),
//		Functions:      []furl.GrantFunction{{Name: "summarise", Function: summarise}},
//		AllowedOrigins: []string{"https://app.example.com"},
//	})
//
// A client posts {"function": "summarise"} to /grant with whatever the authorizer wants, and gets JSON with FuncUrl, Region, AccessKeyId,
// SecretAccessKey, SessionToken, Expiration and ServerTime (times in ISO 8601). Errors are {"error": "<Code>", "message": "<what to
// do>"}: 400 for an unknown function or a bad body, 401 or 403 by the authorizer, 403 OriginNotAllowed for a page that is not listed, 429
// when the stage throttles, 503 with Retry-After when STS does not answer. The module client/browser/furl.mjs and the Go package client
// do this, renew before the end, and sign.
//
// Only the grant Lambda's role may assume the leased role, which may call the listed functions by their URLs and do nothing else; the
// session policy of a lease names the one function. RoleSessionName and SourceIdentity are the authenticated subject where it is plain
// letters, digits and _+=,.-, and "sha256-" with 40 characters of its hash otherwise, so that CloudTrail and the function's
// requestContext.authorizer.iam tell users apart and have no e-mail address in clear (whoever guesses one can check it against the
// hash). A lease cannot be taken back: whoever loses the right to it keeps it until it ends. No web ACL stands before a Function URL
// that is called directly.
//
// A web ACL of scope REGIONAL stands before /grant. It answers 403 WAF_FILTERED to an address that makes more than
// RateLimit requests in 5 minutes, 1,000 by default. The stage's throttle, 50 requests a second by default, is one for
// all clients, and it also counts requests without a token. So without the ACL one client could keep everyone else out.
// AWS WAF judges before the authorizer. Clients with many addresses can still use up the throttle. A higher
// ThrottlingRateLimit helps against them, at the price of more requests to pay for, and so does a stricter ACL as
// WebAclArn.
//
// Who lets users in, and what their subject is:
//
//	CognitoAuthorizer(pool)       the claim sub of an ID token
//	LambdaAuthorizer(authorizer)  the principalId of the authorizer's answer
//	IamAuthorizer()               the ARN of whoever signed for execute-api, or the id in a Cognito identity pool
//	ApiKeyAuthorizer(plan)        the id of the key; synthesis warns, for a key identifies and does not authenticate
//
// The grant Lambda is a Go program, built for linux/arm64 while synthesising from the sources that the app's module has of Furl: in the
// module cache, a replaced folder, or vendor. Where there is no Go toolchain, build it beforehand and pass HandlerCode. Context
// furl:target=host builds it for furl local.
//
// The URL that is made has CORS for the grant's origins, so the function must send no CORS headers of its own. What refers to the grant's
// URL refers to the API alone; the domain of a distribution may be among the origins, unless the leased URL is behind that distribution.
//
// # Regions
//
// CloudFront takes edge functions and web ACLs from us-east-1 only. A stack there holds them itself. A stack anywhere else
// gets one support stack in us-east-1, named "<stack name>-furl-edge-<region>", which is found in the same app and deployed
// before it: bootstrap both regions, and deploy with cdk deploy --all. No flag is to be set and no custom resource is
// involved: the two ARNs travel by Fn::GetStackOutput, which never refuses a change of the signer while it is in use, as an
// Export would. Every stack needs a region in its Env; the account may stay unset, as long as all the stacks that share a
// signer or a web ACL leave it unset. The support stack is synthesised with the app's default synthesizer.
//
// A signer or a web ACL may be used from other stacks, in other regions too, if it is made in a top-level stack. A stack for
// shared ones only belongs in us-east-1: elsewhere it would be empty beside its support stack.
//
// # Permissions
//
// Since October 2025 a Function URL asks for two: lambda:InvokeFunctionUrl and lambda:InvokeFunction. Both are in the
// function's resource policy, the second one for calls by Function URL only, and name the signer's role. The role itself
// may do nothing, unless EdgeSignerProps.Logs lets it write its log. The leased role has both in its own policy.
// GrantInvokeUrl lets others call the URL directly, who then sign for themselves. For a
// function that is imported in a way that CDK cannot write its policy, a warning names the two commands to run.
//
// # Distributions of one's own
//
// SecureFunctionUrlProps.Distribution with PathPattern adds a behaviour to a distribution of the same stack. For all else,
// the signer is enough:
//
//	signer.AllowInvoke(fn)
//	url := fn.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_AWS_IAM})
//	awscloudfront.NewDistribution(stack, jsii.String("Own"), &awscloudfront.DistributionProps{
//		DefaultBehavior: &awscloudfront.BehaviorOptions{
//			Origin:              awscloudfrontorigins.NewFunctionUrlOrigin(url, nil),
//			EdgeLambdas:         &[]*awscloudfront.EdgeLambda{signer.EdgeLambda()},
//			AllowedMethods:      awscloudfront.AllowedMethods_ALLOW_ALL(),
//			CachePolicy:         awscloudfront.CachePolicy_CACHING_DISABLED(),
//			OriginRequestPolicy: awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
//		},
//	})
//
// What the viewer claims as x-forwarded-host reaches the function there: replace it at viewer-request, or do not use
// it. A viewer's accept-encoding passes there too. A function that streams may then be sent compressed, which was seen
// to end in 502. Delete the header in a viewer-request function of your own.
//
// # Refusals
//
// What would fail at deployment, or open what should be closed, is refused at synthesis: by a panic in the constructor that
// names the construct, the field, what is wrong and what to write instead; and by a validation error where only the whole
// app can tell, such as an AuthType changed to NONE. What may be meant is a warning.
//
// # What to know
//
//   - Bodies over 1 MB reach the edge truncated: the signer answers 413 unless the client sends x-amz-content-sha256.
//   - The viewer's Authorization reaches the function as x-forwarded-authorization: the signature takes its place.
//   - Deleting a stack fails at the edge function for some hours, since CloudFront's replicas outlive the distribution;
//     its versions are left behind (removal policy RETAIN).
//   - CloudFront keeps errors for 10 s whatever the function says. A distribution of Furl's gives 404, 414 and 500 to
//     504 a TTL of 0 in its ErrorResponses, which are for all of its behaviours.
//   - CloudFront repeats a GET or HEAD that got no byte within ReadTimeout, three times in all, while the first call
//     still runs. Furl allows one attempt where the function's timeout is not known or is ReadTimeout or longer. A
//     failed connection is then not tried again either.
//   - A function behind several patterns of a distribution has one URL, which belongs to the pattern that is added
//     first. Timeouts may differ by pattern. Cors and InvokeMode are the URL's. Keep the first pattern first: where
//     another one takes its place, CloudFormation makes a second URL before it deletes the first, which Lambda refuses.
//   - A client that sends a body with DELETE sends its SHA-256 in x-amz-content-sha256, since CloudFront may not show
//     that body to an edge function.
//   - A URL of auth type NONE that another alias of the function has, or that is made outside the app, is not seen.
//   - Construct ids are part of the contract: a change of one is a breaking change.
package furl
