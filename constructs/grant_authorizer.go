package furl

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// GrantAuthorizer says who may ask for a lease. It is made by [CognitoAuthorizer], [LambdaAuthorizer],
// [IamAuthorizer] or [ApiKeyAuthorizer]. The zero value is none of them, and is refused.
type GrantAuthorizer struct {
	// subject is the value of FURL_SUBJECT. It tells the grant Lambda where the authenticated subject is.
	subject string
	// protect writes the authorizer's settings into the options of POST /grant.
	protect func(scope constructs.Construct, method *awsapigateway.MethodOptions)
	// attach is called once the method is there. It is nil where nothing is left to do.
	attach func(scope constructs.Construct, api awsapigateway.RestApi)
	// headers are those that it takes a token or an identity from, beside the ones that a grant always allows.
	headers []string
	// problem is a wrong argument of its maker, and remedy says what to write instead. Both are "" for none.
	problem, remedy string
}

// hasClaims reports whether the authorizer's answer has values for session tags.
func (a GrantAuthorizer) hasClaims() bool { return a.subject == "cognito" || a.subject == "lambda" }

// wrongArgument is the result of the makers for a wrong argument. NewCredentialGrant refuses it, since the makers do
// not know the site.
func wrongArgument(problem, remedy string) GrantAuthorizer {
	return GrantAuthorizer{problem: problem, remedy: remedy}
}

// authorizerMakers is what to write instead of an authorizer that is missing.
const authorizerMakers = "write Authorizer: furl.CognitoAuthorizer(pool), furl.LambdaAuthorizer(authorizer), " +
	"furl.IamAuthorizer() or furl.ApiKeyAuthorizer(plan)"

// CognitoAuthorizer takes tokens of a user pool, in the header Authorization. The subject is the claim sub.
//
// Without scopes it takes ID tokens. With scopes it takes access tokens that have at least one of them, such as
// "orders/read" or "aws.cognito.signin.user.admin" (API Gateway API Reference, API_Method, authorizationScopes). An
// access token has no e-mail address and no attributes. The sub of the client credentials flow is the app client's id.
func CognitoAuthorizer(pool awscognito.IUserPool, scopes ...string) GrantAuthorizer {
	if pool == nil {
		return wrongArgument("CognitoAuthorizer's pool is nil", authorizerMakers)
	}
	if problem := scopeProblem(scopes); problem != "" {
		return wrongArgument("CognitoAuthorizer's scopes: "+problem,
			`write each scope once, as the access tokens have it, such as "orders/read"`)
	}
	protect := func(scope constructs.Construct, method *awsapigateway.MethodOptions) {
		props := &awsapigateway.CognitoUserPoolsAuthorizerProps{
			CognitoUserPools: &[]awscognito.IUserPool{userPoolFor(scope, pool)},
		}
		method.AuthorizationType = awsapigateway.AuthorizationType_COGNITO
		if len(scopes) > 0 {
			method.AuthorizationScopes = jsii.Strings(scopes...)
		}
		method.Authorizer = awsapigateway.NewCognitoUserPoolsAuthorizer(scope, jsii.String("Authorizer"), props)
	}
	return GrantAuthorizer{subject: "cognito", protect: protect}
}

// scopeForm is the form of a scope in a token (RFC 6749, section 3.3). Cognito has no other scopes.
var scopeForm = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`)

// scopeProblem names the fault of scopes, or is "". CDK's tokens, such as a resource server's identifier, have the
// form of a scope too.
func scopeProblem(scopes []string) string {
	for i, scope := range scopes {
		switch {
		case slices.Contains(scopes[:i], scope):
			return fmt.Sprintf("%q is there twice", scope)
		case !scopeForm.MatchString(scope):
			return fmt.Sprintf("%q is not a scope of OAuth 2.0", scope)
		}
	}
	return ""
}

// LambdaAuthorizer takes your own token or request authorizer, from awsapigateway.NewTokenAuthorizer or
// NewRequestAuthorizer. The subject is the principalId of its answer. A request with a trailing slash has another
// method ARN. So the policy of the answer should be for the methodArn of the event, or for all methods.
//
// Pages may send the headers of its identity sources. A source that only the deployment knows cannot be read, so write
// its header into AllowedHeaders.
func LambdaAuthorizer(authorizer awsapigateway.IAuthorizer) GrantAuthorizer {
	if authorizer == nil {
		return wrongArgument("LambdaAuthorizer's authorizer is nil", authorizerMakers)
	}
	protect := func(_ constructs.Construct, method *awsapigateway.MethodOptions) {
		method.AuthorizationType = awsapigateway.AuthorizationType_CUSTOM
		method.Authorizer = authorizer
	}
	return GrantAuthorizer{subject: "lambda", protect: protect, headers: identityHeaders(authorizer)}
}

// IamAuthorizer takes requests that are signed for service execute-api. The identity that signs needs permission to
// execute-api:Invoke this method. The subject is the identity's ARN. Users of a Cognito identity pool share one
// ARN, so their subject is the identity's id. Only their names tell sessions of a role apart.
func IamAuthorizer() GrantAuthorizer {
	return GrantAuthorizer{subject: "iam", protect: func(_ constructs.Construct, method *awsapigateway.MethodOptions) {
		method.AuthorizationType = awsapigateway.AuthorizationType_IAM
	}}
}

// ApiKeyAuthorizer takes the keys of a usage plan, in the header x-api-key. The API's stage is added to the plan.
// The subject is the id of the key. A key identifies, and does not authenticate (API Gateway Developer Guide,
// api-gateway-api-usage-plans). Everyone who opens a web page can read a key in it. So synthesis warns.
func ApiKeyAuthorizer(plan awsapigateway.UsagePlan) GrantAuthorizer {
	if plan == nil {
		return wrongArgument("ApiKeyAuthorizer's plan is nil", authorizerMakers)
	}
	return GrantAuthorizer{
		subject: "api-key",
		protect: func(_ constructs.Construct, method *awsapigateway.MethodOptions) {
			method.AuthorizationType = awsapigateway.AuthorizationType_NONE
			method.ApiKeyRequired = jsii.Bool(true)
		},
		attach: func(scope constructs.Construct, api awsapigateway.RestApi) {
			plan.AddApiStage(&awsapigateway.UsagePlanPerApiStage{Api: api, Stage: api.DeploymentStage()})
			warn(scope, "furl:apiKey", "An API key identifies a caller and counts its use, but does not authenticate "+
				"it. Everyone who has the key gets leases. Let people in by CognitoAuthorizer, LambdaAuthorizer or "+
				"IamAuthorizer.")
		},
	}
}
