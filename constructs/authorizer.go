package furl

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Authorizer says whose requests the edge signer signs. It is made by [CognitoTokens], [OidcTokens] or
// [NoAuthorizer]. The zero value is none of them, and is refused.
//
// The signer checks a token before it signs, so a refused request reaches no function. It checks the signature, the
// issuer, the audience or client, the expiry and the not-before time, and the scopes and groups that are asked for.
// The answers are 401 MissingToken, InvalidToken or ExpiredToken, 400 AmbiguousToken, and 403 InsufficientScope. The
// verified token goes on to the function as "Bearer <token>" in the header that AuthorizationHeader names.
//
// The settings travel to the signer as custom headers of the origin, whose names begin with "x-furl-". The signer
// takes them out of the request, and takes a viewer's own headers of such names out too.
type Authorizer struct {
	open bool // of NoAuthorizer
	// headersFor has the settings as custom headers of an origin in the consumer's stack, but for those of CORS.
	headersFor func(consumer constructs.IConstruct) []originHeader
	cookie     string // the name of the cookie with the token, "" for Authorization
	// problem is a wrong argument of its maker, and remedy says what to write instead. Both are "" for none.
	problem, remedy string
	scopeWarning    string // says that no client may have the scopes, "" if one may or if it is not known
}

// authorizerExample is what to write instead of an authorizer that is none.
const authorizerExample = "write furl.CognitoTokens(pool, furl.CognitoTokenOptions{…}), " +
	`furl.OidcTokens("https://login.example.com/", furl.OidcTokenOptions{…}), or furl.NoAuthorizer()`

// NoAuthorizer lets every request through that the web ACL lets through. It opens one behaviour of a
// [SecureFunctionUrl] that has an authorizer. Synthesis says so in an information.
func NoAuthorizer() *Authorizer { return &Authorizer{open: true} }

// wrongTokens is the result of the makers for a wrong argument. The construct refuses it, since the makers do not know
// the site.
func wrongTokens(problem, remedy string) *Authorizer {
	return &Authorizer{problem: problem, remedy: remedy}
}

// authorizerOf checks an authorizer that is written for a construct. It tells of NoAuthorizer, and of scopes that no
// client may have.
func authorizerOf(at site, scope constructs.Construct, authorizer *Authorizer) *Authorizer {
	switch {
	case authorizer == nil:
		return nil
	case authorizer.problem != "":
		at.refuse("Authorizer", authorizer.problem, authorizer.remedy)
	case authorizer.open:
		awscdk.Annotations_Of(scope).AddInfoV2(jsii.String("furl:noAuthorizer"), jsii.String(
			"NoAuthorizer: the edge signer checks no token here, so the function gets the requests of everybody whom "+
				"the web ACL lets through."))
	case authorizer.headersFor == nil:
		at.refuse("Authorizer", "furl.Authorizer{} is no authorizer", authorizerExample)
	}
	if authorizer.scopeWarning != "" {
		warn(scope, "furl:authorizerScopes", "%s", authorizer.scopeWarning)
	}
	return authorizer
}

// requireCheckable refuses settings under which the edge signer could not check tokens, or under which the answer for
// one user would be given to another.
func (a *Authorizer) requireCheckable(at site, signing signing, key, forwarded forwardingPolicy) {
	if a == nil {
		return
	}
	if signing.auth.byOac() {
		at.refuse("Authorizer",
			"with OriginAuth "+string(signing.auth)+" CloudFront signs, and nothing at the edge checks a token",
			"write OriginAuth: furl.OriginAuth_EDGE_SIGNER, or Authorizer: furl.NoAuthorizer() and check the token in "+
				"the function")
	}
	if signing.authorizationHeader == "" {
		at.refuse("AuthorizationHeader", "it is empty, so that the verified token would not reach the function",
			"leave it out, here and where a shared signer is made")
	}
	if !key.managed || !key.noCache {
		at.refuse("CachePolicy",
			key.name+" may keep the answer for one user and give it to others, without a token too",
			"leave it out with an Authorizer, or write awscloudfront.CachePolicy_CACHING_DISABLED()")
	}
	if !forwarded.known {
		return
	}
	if a.cookie != "" && !forwarded.cookies.includes(a.cookie, equalCase) {
		at.refuse("OriginRequestPolicy",
			forwarded.name+" keeps the cookie "+a.cookie+" from the edge signer, so that each request would be 401",
			"leave it out, or forward the cookie in it")
	}
	if a.cookie == "" && !forwarded.includesHeader("Authorization") {
		at.refuse("OriginRequestPolicy",
			forwarded.name+" keeps Authorization from the edge signer, so that each request would be 401",
			"write awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(), or leave it out")
	}
}

// noteAuthorizer warns of a function that has an authorizer at some paths of its distribution only. The pattern that an
// AddBehavior opens by NoAuthorizer is meant so, and the function is closed at all other paths.
func (e *endpoint) noteAuthorizer(scope constructs.Construct, authorizer *Authorizer, opensPattern bool) {
	isGuarded := authorizer != nil && !authorizer.open
	mixes := isGuarded && e.open || !isGuarded && e.guarded
	e.guarded = e.guarded || isGuarded
	if opensPattern {
		return
	}
	e.open = e.open || !isGuarded
	if !mixes {
		return
	}
	warn(scope, "furl:openElsewhere", "Authorizer: %s is behind this distribution without an authorizer too, and a "+
		"function sees the whole path. A router that takes /ME or /me/ for /me answers there without a token. Ask "+
		"viewer.Claims in the function, which refuses such a request, and acknowledge this warning. Or give the "+
		"guarded paths a function of their own.", *e.fn.Node().Path())
}

// warnCors warns of a Function URL that pages of other origins cannot call with a token. Without Cors the edge signer
// refuses a preflight, since a browser sends no token with it. "*" does not stand for Authorization (Fetch Standard,
// CORS protocol and credentials).
func (a *Authorizer) warnCors(scope constructs.Construct, cors *awslambda.FunctionUrlCorsOptions) {
	switch {
	case a == nil, a.cookie != "" && cors == nil: // a cookie is for pages of the same site
	case cors == nil:
		warn(scope, "furl:authorizerCors", "Authorizer: the Function URL has no Cors, so pages of other origins "+
			"cannot call it. Browsers send no token with a preflight, and the edge signer refuses it. Set Cors for "+
			"such pages. Where there are none, acknowledge this warning: awscdk.Annotations_Of(api)."+
			`AcknowledgeWarning(jsii.String("furl:authorizerCors"), jsii.String("no pages of other origins"))`)
	case a.cookie != "" && !valueOf(cors.AllowCredentials):
		warn(scope, "furl:authorizerCors", "Authorizer: Cors has no AllowCredentials, so browsers send the cookie %s "+
			"from no page of another origin. Set it, or leave Cors out.", a.cookie)
	case a.cookie == "" && !namesAuthorization(cors.AllowedHeaders):
		warn(scope, "furl:authorizerCors", "Authorizer: Cors.AllowedHeaders does not name authorization, so pages of "+
			`other origins cannot send a token. Add "authorization". Browsers do not take "*" for it.`)
	}
}

func namesAuthorization(headers *[]*string) bool {
	return slices.ContainsFunc(valueOf(headers), func(header *string) bool {
		return strings.EqualFold(*header, "authorization")
	})
}
