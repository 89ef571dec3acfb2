package furl

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
)

// CognitoTokenOptions are the settings of [CognitoTokens]. Only Clients is required.
type CognitoTokenOptions struct {
	// Clients are the app clients of the pool whose tokens are taken. None of them may have a callback URL at the
	// distribution's own domain name, which CloudFormation knows after the origin only. Give the distribution a domain
	// name of yours then.
	Clients []awscognito.IUserPoolClient

	// Use is the kind of the tokens.
	//
	// Default: TokenUse_ACCESS.
	Use TokenUse

	// Scopes that an access token must have, each of them, such as "orders/read". API Gateway asks for one of several.
	// A warning says where none of Clients may have them. A user who signs in by InitiateAuth gets the scope
	// aws.cognito.signin.user.admin alone, unless a trigger of the pool adds others.
	//
	// Default: none is asked for.
	Scopes []string

	// Groups of the pool, of which the user must be in at least one.
	//
	// Default: none is asked for.
	Groups []string

	// Cookie is the name of the cookie that the token comes in. The viewer's Authorization does not count then.
	//
	// Default: the token comes in Authorization, as "Bearer <token>".
	Cookie string

	// ResourceMetadata is the URL of the API's own description for clients (RFC 9728), for example of MCP. Each 401
	// names it in WWW-Authenticate. It must not refer to the distribution's own domain name, which CloudFormation
	// knows after the origin only.
	//
	// Default: none.
	ResourceMetadata string

	// Leeway for clocks that differ, at expiry and not-before time. Whole seconds, 5 minutes at most.
	//
	// Default: 0.
	Leeway awscdk.Duration
}

// CognitoTokens takes the tokens of a user pool. The pool and its clients may be in another stack, and in another
// region. The issuer is "https://cognito-idp.<region>.amazonaws.com/<pool id>", and its keys are at
// "<issuer>/.well-known/jwks.json" (Cognito Developer Guide,
// amazon-cognito-user-pools-using-tokens-verifying-a-jwt).
//
// A token counts until it expires, also for a user who is signed out or disabled in the meantime.
func CognitoTokens(pool awscognito.IUserPool, options CognitoTokenOptions) *Authorizer {
	if pool == nil {
		return wrongTokens("CognitoTokens' pool is nil", authorizerExample)
	}
	region := regionOfPool(pool)
	if region == "" {
		return wrongTokens("the user pool "+*pool.Node().Path()+" has no region that is known at synthesis, "+
			"and the issuer's address has the region",
			"give the pool's stack a region in Env, or import the pool by awscognito.UserPool_FromUserPoolId "+
				`with a known id, such as "ap-northeast-1_example"`)
	}
	if problem, remedy := cognitoProblem(options); problem != "" {
		return wrongTokens(problem, remedy)
	}
	if problem, remedy := foreignClient(pool, options.Clients); problem != "" {
		return wrongTokens(problem, remedy)
	}
	further := furtherTokenSettings{
		scopes: options.Scopes, cookie: options.Cookie,
		resourceMetadata: options.ResourceMetadata, leeway: options.Leeway,
	}
	if problem, remedy := further.problem(); problem != "" {
		return wrongTokens(problem, remedy)
	}
	headersFor := func(consumer constructs.IConstruct) []originHeader {
		id := *weakAcrossRegions(consumer, pool.UserPoolId())
		issuer := "https://cognito-idp." + region + ".amazonaws.com/" + id
		var clients []string
		for _, client := range options.Clients {
			clients = append(clients, *weakAcrossRegions(consumer, client.UserPoolClientId()))
		}
		return append([]originHeader{
			{"x-furl-issuer", issuer, "the pool"},
			{"x-furl-jwks-uri", issuer + "/.well-known/jwks.json", "the pool"},
			{"x-furl-token-use", string(cmp.Or(options.Use, TokenUse_ACCESS)), "Use"},
			listHeader("x-furl-audience", clients, "Clients"),
			listHeader("x-furl-groups", options.Groups, "Groups"),
		}, further.headers()...)
	}
	return &Authorizer{
		headersFor: headersFor, cookie: options.Cookie, scopeWarning: scopeWarning(options.Clients, options.Scopes),
	}
}

// cognitoProblem is the fault of options that only a user pool has, with its remedy. Both are "" for none.
func cognitoProblem(options CognitoTokenOptions) (problem, remedy string) {
	if len(options.Clients) == 0 {
		return "Clients is empty, so that no token could be for this function",
			"write Clients: []awscognito.IUserPoolClient{client}"
	}
	for i, client := range options.Clients {
		if client == nil {
			return fmt.Sprintf("Clients[%d] is nil", i), "leave it out"
		}
	}
	switch options.Use {
	case "", TokenUse_ACCESS:
	case TokenUse_ID:
		if len(options.Scopes) > 0 {
			return "ID tokens have no scopes, so that none would pass", "leave Scopes or Use out"
		}
	default:
		return fmt.Sprintf("Use: %q is no kind of token", string(options.Use)),
			"write furl.TokenUse_ACCESS or furl.TokenUse_ID, or leave it out"
	}
	return listProblem("Groups", options.Groups, "the name of a group in printable ASCII")
}

// foreignClient finds a client of another pool, as far as the app shows it. Its tokens would have another issuer.
func foreignClient(pool awscognito.IUserPool, clients []awscognito.IUserPoolClient) (problem, remedy string) {
	for i, client := range clients {
		cfnClient, ok := client.Node().DefaultChild().(awscognito.CfnUserPoolClient)
		if ok && areDifferentPools(cfnClient.UserPoolId(), pool.UserPoolId()) {
			return fmt.Sprintf("Clients[%d], %s, is a client of another pool than %s", i, *client.Node().Path(),
				*pool.Node().Path()), "write clients of this pool, or give that pool a path pattern of its own"
		}
	}
	return "", ""
}

// areDifferentPools reports whether two ids are those of two pools of the app, or are known to differ.
func areDifferentPools(a, b *string) bool {
	if !*awscdk.Token_IsUnresolved(a) && !*awscdk.Token_IsUnresolved(b) {
		return *a != *b
	}
	addressA, addressB := addressesIn([]*string{a}), addressesIn([]*string{b})
	return addressA != "" && addressB != "" && addressA != addressB
}

// scopeWarning says that no client may have the scopes. It is "" if one may, or if only the deployment knows. A trigger
// of the pool may add scopes.
func scopeWarning(clients []awscognito.IUserPoolClient, scopes []string) string {
	var paths []string
	for _, client := range clients {
		cfnClient, ok := client.Node().DefaultChild().(awscognito.CfnUserPoolClient)
		if !ok || mayHave(valueOf(cfnClient.AllowedOAuthScopes()), scopes) {
			return ""
		}
		paths = append(paths, *client.Node().Path())
	}
	return fmt.Sprintf("Authorizer: none of Clients (%s) may have the scopes %s, so that no token passes. "+
		"Add them to a client's OAuth.Scopes, by OAuthScope_ResourceServer or OAuthScope_Custom. "+
		"Acknowledge this warning where a trigger of the pool adds them to access tokens.",
		strings.Join(paths, ", "), strings.Join(scopes, ", "))
}

// mayHave reports whether a client may have each of the scopes. A scope that only the deployment knows may be any.
func mayHave(allowed []*string, scopes []string) bool {
	for _, scope := range scopes {
		if scope != adminScope && !slices.ContainsFunc(allowed, func(text *string) bool {
			return *text == scope || *awscdk.Token_IsUnresolved(text)
		}) {
			return false
		}
	}
	return true
}

// adminScope is in each access token that InitiateAuth gives.
const adminScope = "aws.cognito.signin.user.admin"

// poolId is an id that is known. It begins with the pool's region (Cognito API Reference, API_UserPoolType).
var poolId = regexp.MustCompile(`^([a-z]{2,}(?:-[a-z]+)+-[0-9]+)_[0-9A-Za-z]+$`)

// regionOfPool is the region of a pool, or "" where only the deployment knows it. CDK takes an imported pool for one
// of the importing stack's region, so a known id comes first.
func regionOfPool(pool awscognito.IUserPool) string {
	if found := poolId.FindStringSubmatch(*pool.UserPoolId()); found != nil {
		return found[1]
	}
	region := pool.Env().Region
	if region == nil || *awscdk.Token_IsUnresolved(region) || !*awscdk.Token_IsUnresolved(pool.UserPoolId()) {
		return ""
	}
	return *region
}
