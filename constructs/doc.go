// Package furl has AWS CDK constructs that put a Lambda Function URL on the internet safely.
//
// A Function URL with auth type NONE is open to everyone, and no web ACL can stand in front of it. A URL with auth
// type AWS_IAM lets in requests that are signed by a principal with permission to call it. Neither CloudFront nor a
// browser signs on its own. So there are two ways.
//
// In the first, the edge signs every request that the web ACL lets through.
//
//	viewer ──▶ CloudFront + WAF ──▶ Lambda@Edge EdgeSigner ──SigV4──▶ Function URL (AWS_IAM) ──▶ your function
//
// In the second, users who are logged in lease credentials for some minutes. They sign for themselves and call the
// URL directly.
//
//	browser ──POST /grant──▶ API Gateway + authorizer ──▶ grant Lambda ──AssumeRole──▶ STS
//	browser ──SigV4──▶ Function URL (AWS_IAM) ──▶ your function
//
// Such a call may take 15 minutes, as long as Lambda runs a function. Firefox gives up a request after 5 minutes
// without an answer, so a function that takes longer should stream.
//
// [SecureFunctionUrl] is the first way in one line. Its parts [EdgeSigner] and [WebAcl] can be shared, or used
// alone. [CredentialGrant] is the second way.
//
//	import furl "github.com/furl-cdk/furl/constructs"
//
//	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: fn})
//
// You can make the parts yourself.
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
// Furl needs Go 1.26, the CDK for Go 2.277 or newer, Node 22, and the CDK CLI 2.1148.1 or newer. Furl's go.mod
// requires that CDK. go mod tidy takes the highest version that any module requires.
//
// # Who signs
//
// [OriginAuth] names the three ways to sign. The edge signer is the default. The second way is CloudFront's origin
// access control, for which clients send the hash of each body. The third is origin access control with an edge
// function that sets the hash. In all three the viewer's Authorization reaches the function as
// x-forwarded-authorization, and the viewer's host as x-forwarded-host. Package viewer puts both back.
//
// # Who is calling
//
// Authorizer of a [SecureFunctionUrl] or of a [Behavior] has the edge signer check a token before it signs. A refused
// request reaches no function.
//
//	furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
//		Function: orders,
//		Authorizer: furl.CognitoTokens(pool, furl.CognitoTokenOptions{
//			Clients: []awscognito.IUserPoolClient{web},
//		}),
//	})
//
// [OidcTokens] takes the tokens of any other issuer, and [NoAuthorizer] opens one behaviour. docs/identity.md has the
// answers and the threats that remain.
//
// # The web ACL
//
// [WebAcl] blocks by address, by rate and by AWS's managed rules. It only counts the requests that an API's clients
// send in good faith and that the common rule set would block. These are bodies that look like attacks or are over
// 8 KB, requests without User-Agent, long queries, long cookies, and localhost in a query. WebAclProps.Strict
// blocks them too, except large bodies. A path over 1,024 B and ?file=app.log get 403 either way. WAF looks into
// the first 16 KB of a body, unless BodyInspectionLimit says more. docs/web-acl.md has each rule, and how to see
// the counted requests.
//
// # A lease
//
//	furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
//		Authorizer:     furl.CognitoAuthorizer(pool),
//		Functions:      []furl.GrantFunction{{Name: "summarise", Function: summarise}},
//		AllowedOrigins: []string{"https://app.example.com"},
//	})
//
// A client posts {"function": "summarise"} to /grant, with the token or key that the authorizer wants. The answer
// is JSON with FuncUrl, Region, AccessKeyId, SecretAccessKey, SessionToken, Expiration and ServerTime. The
// last two are times in ISO 8601. The module client/browser/furl.mjs and the Go package client make this request,
// renew the lease before it ends, and sign.
//
// An error is {"error": "<Code>", "message": "<what to do>"} with one of these statuses.
//
//	400  unknown function, or bad body
//	401  refused by the authorizer
//	403  refused by the authorizer, OriginNotAllowed for a page that is not listed, or NoSessionTag for a claim that
//	     is no tag
//	429  throttled by the stage
//	503  no answer from STS; the answer has Retry-After
//
// Only the grant Lambda's role may assume the leased role. The leased role may call the listed functions by their
// URLs and do nothing else. The session policy of a lease names the one function.
//
// RoleSessionName and SourceIdentity are the authenticated subject, where it has only letters, digits and the
// characters _+=,.- in it. Any other subject becomes "sha256-" with 40 characters of its hash. So CloudTrail and
// the function's requestContext.authorizer.iam tell users apart, and show no e-mail address in clear. Someone who
// guesses an address can check it against the hash.
//
// A lease cannot be taken back. A user who loses the right to it keeps it until it ends. No web ACL stands in front
// of a Function URL that is called directly.
//
// A web ACL of scope REGIONAL stands in front of /grant. It answers 403 WAF_FILTERED to an address that makes more
// than RateLimit requests in 5 minutes, 1,000 by default. The stage's throttle, 50 requests a second by default, is
// one for all clients, and it also counts requests without a token. So without the ACL one client could keep
// everyone else out. AWS WAF judges before the authorizer. Clients with many addresses can still use up the
// throttle. A higher ThrottlingRateLimit helps against them, at the price of more requests to pay for. A stricter
// ACL as WebAclArn helps too.
//
// The authorizer lets users in and names the subject.
//
//	CognitoAuthorizer(pool)            the claim sub of an ID token
//	CognitoAuthorizer(pool, scopes...) the claim sub of an access token that has one of the scopes
//	LambdaAuthorizer(authorizer)       the principalId of the authorizer's answer
//	IamAuthorizer()                    the ARN that signed for execute-api, or the id in a Cognito identity pool
//	ApiKeyAuthorizer(plan)             the id of the key; synthesis warns, for a key does not authenticate
//
// SessionTags copies claims of the user into tags of the lease, and policies decide by them. This grant leases to users
// of one plan only.
//
//	grant := furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
//		// ...
//		SessionTags: map[string]string{"plan": "custom:plan"},
//	})
//	grant.Role().AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
//		Effect:     awsiam.Effect_DENY,
//		Actions:    jsii.Strings("lambda:InvokeFunctionUrl"),
//		Resources:  jsii.Strings("*"),
//		Conditions: &map[string]any{"StringNotEquals": map[string]any{"aws:PrincipalTag/plan": "pro"}},
//	}))
//
// A claim that is missing, or that STS does not take as a tag, is a 403. The trust policy of the leased role wants
// exactly these tags. So a HandlerCode from before SessionTags gets no lease. While a deployment adds or removes a tag,
// /grant may answer 503.
//
// The grant Lambda is a Go program for linux/arm64. Synthesis builds it from the sources of Furl that the app's
// module uses: in the module cache, a replaced folder, or vendor. Where there is no Go toolchain, build it
// beforehand and pass HandlerCode. Context furl:target=host builds it for furl local.
//
// The Function URL that the grant makes has CORS for the grant's origins. So the function must send no CORS headers.
// Pages may send the headers of a signature, x-amz-user-agent of the AWS SDKs, the identity sources of a Lambda
// authorizer, and AllowedHeaders. The grant's URL refers to the API alone. So the domain of a distribution may be among
// the origins, unless the leased URL is behind that distribution.
//
// # Regions
//
// CloudFront takes edge functions and web ACLs from us-east-1 only. A stack in us-east-1 holds them itself. A stack
// anywhere else gets one support stack in us-east-1, named "<stack name>-furl-edge-<region>". Furl finds the support
// stack in the same app, and CDK deploys it first. Bootstrap both regions, and deploy with cdk deploy --all. You need
// no flag and get no custom resource. The two ARNs travel by Fn::GetStackOutput. An Export would refuse each change of
// a signer in use, and Fn::GetStackOutput never does.
//
// Every stack needs a region in its Env. The account may stay unset, as long as all the stacks that share a signer
// or a web ACL leave it unset. The support stack is synthesised with the app's default synthesizer.
//
// A signer or a web ACL may be used from other stacks, in other regions too, if it is made in a top-level stack. A
// stack that holds nothing but shared ones belongs in us-east-1. Elsewhere it would be empty beside its support
// stack.
//
// # Permissions
//
// Since October 2025 a call of a Function URL needs two permissions, lambda:InvokeFunctionUrl and
// lambda:InvokeFunction. Furl writes both into the function's resource policy, for the signer's role as principal.
// The second is for calls by Function URL only. The signer's role has no permission, unless EdgeSignerProps.Logs
// lets it write its log. The leased role has both permissions in its own policy.
//
// GrantInvokeUrl lets other principals call the URL directly. They then sign for themselves. CDK cannot write the
// policy of some imported functions. A warning then names the two commands to run.
//
// # Your own distribution
//
// SecureFunctionUrlProps.Distribution with PathPattern adds a behaviour to a distribution of the same stack. For
// everything else the signer is enough.
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
// A viewer's own x-forwarded-host reaches the function there. Replace that header at viewer-request, or do not use
// it. A viewer's accept-encoding passes there too. A function that streams may then be sent compressed, which was
// seen to end in 502. Delete accept-encoding in a viewer-request function.
//
// # Refusals
//
// Synthesis refuses a setting that would fail at deployment, or that would open what should be closed. Most
// refusals are a panic in the constructor. It names the construct, the field, the problem, and what to write
// instead. Some problems show only in the whole app, such as an AuthType changed to NONE. Those are validation
// errors. A setting that may be meant is a warning.
//
// # What to know
//
//   - A body over 1 MB reaches the edge truncated. The signer then answers 413, unless the client sends
//     x-amz-content-sha256.
//   - The viewer's Authorization reaches the function as x-forwarded-authorization, since the signature takes its
//     place.
//   - Deleting a stack fails at the edge function for some hours, since CloudFront's replicas outlive the
//     distribution. The function's versions are left behind (removal policy RETAIN).
//   - CloudFront keeps errors for 10 s, and the function cannot change that. A distribution of Furl's gives 404, 414
//     and 500 to 504 a TTL of 0 in its ErrorResponses. These are for all of its behaviours.
//   - CloudFront repeats a GET or HEAD that got no byte within ReadTimeout, three times in all, while the first
//     call still runs. Furl allows one attempt where the function's timeout is not known, or is ReadTimeout or
//     longer. A failed connection is then not tried again either.
//   - A function behind several patterns of a distribution has one URL. The URL belongs to the pattern that is
//     added first. Timeouts may differ by pattern. Cors and InvokeMode are the URL's. Keep the first pattern first.
//     If another pattern takes its place, CloudFormation makes a second URL before it deletes the first, and Lambda
//     refuses that.
//   - A client that sends a body with DELETE must send the body's SHA-256 in x-amz-content-sha256. CloudFront may
//     not show that body to an edge function.
//   - Furl does not see a URL of auth type NONE that another alias of the function has, or that is made outside the
//     app.
//   - Construct ids are part of the contract. A change of one is a breaking change.
package furl
