package furl

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// GrantAuthorizer says who may ask for a lease. It is made by [CognitoAuthorizer], [LambdaAuthorizer], [IamAuthorizer] or
// [ApiKeyAuthorizer]; the zero value is none of them, and refused.
type GrantAuthorizer struct {
	// subject is the value of FURL_SUBJECT, by which the grant Lambda knows where the authenticated subject is.
	subject string
	// protect writes what the authorizer needs into the options of POST /grant.
	protect func(scope constructs.Construct, method *awsapigateway.MethodOptions)
	// attach is called once the method is there; nil where nothing is left to do.
	attach func(scope constructs.Construct, api awsapigateway.RestApi)
	// missing is the argument that its maker was not given, "" for none.
	missing string
}

// without is what the makers return for a nil argument: a constructor refuses it, with the site that they do not know.
func without(argument string) GrantAuthorizer { return GrantAuthorizer{missing: argument} }

// CognitoAuthorizer takes the ID tokens of a user pool, in the header Authorization. The subject is the claim sub.
func CognitoAuthorizer(pool awscognito.IUserPool) GrantAuthorizer {
	if pool == nil {
		return without("CognitoAuthorizer's pool")
	}
	return GrantAuthorizer{subject: "cognito", protect: func(scope constructs.Construct, method *awsapigateway.MethodOptions) {
		method.AuthorizationType = awsapigateway.AuthorizationType_COGNITO
		method.Authorizer = awsapigateway.NewCognitoUserPoolsAuthorizer(scope, jsii.String("Authorizer"), &awsapigateway.CognitoUserPoolsAuthorizerProps{
			CognitoUserPools: &[]awscognito.IUserPool{userPoolFor(scope, pool)},
		})
	}}
}

// LambdaAuthorizer takes a token or request authorizer of one's own: awsapigateway.NewTokenAuthorizer or NewRequestAuthorizer. The
// subject is the principalId of its answer. A request with a trailing slash has a method ARN of its own, so the policy of the
// answer should be for the methodArn of the event, or for all methods.
func LambdaAuthorizer(authorizer awsapigateway.IAuthorizer) GrantAuthorizer {
	if authorizer == nil {
		return without("LambdaAuthorizer's authorizer")
	}
	return GrantAuthorizer{subject: "lambda", protect: func(_ constructs.Construct, method *awsapigateway.MethodOptions) {
		method.AuthorizationType = awsapigateway.AuthorizationType_CUSTOM
		method.Authorizer = authorizer
	}}
}

// IamAuthorizer takes requests that are signed, for service execute-api, by an identity that may execute-api:Invoke this method. The
// subject is its ARN, or for users of a Cognito identity pool, who share one, the identity's id. Sessions of a role are told apart by
// their names only.
func IamAuthorizer() GrantAuthorizer {
	return GrantAuthorizer{subject: "iam", protect: func(_ constructs.Construct, method *awsapigateway.MethodOptions) {
		method.AuthorizationType = awsapigateway.AuthorizationType_IAM
	}}
}

// ApiKeyAuthorizer takes the keys of a usage plan, in the header x-api-key; the API's stage is added to the plan. The subject is the
// id of the key. A key identifies, it does not authenticate (API Gateway Developer Guide, api-gateway-api-usage-plans), and one that
// is in a web page is known to all who open it: synthesis warns.
func ApiKeyAuthorizer(plan awsapigateway.UsagePlan) GrantAuthorizer {
	if plan == nil {
		return without("ApiKeyAuthorizer's plan")
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
				"it: whoever has the key gets leases. Let people in by CognitoAuthorizer, LambdaAuthorizer or "+
				"IamAuthorizer.")
		},
	}
}
