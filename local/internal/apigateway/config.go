// Package apigateway answers for one REST API of API Gateway on one stage. It has a web ACL, routing, throttling,
// IAM authorization, resource policies, Lambda authorizers with their cache, Cognito authorizers, and API keys. A
// request that passes goes to a Lambda proxy integration or to CDK's CORS preflight. Gateway responses change the
// refusals.
package apigateway

import (
	"time"

	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// Config describes a REST API. Names and ARNs are AWS's, and origins in responses are this machine's.
type Config struct {
	Path             string // construct path, for messages
	ID               string
	Host             string // on AWS: "<id>.execute-api.<region>.amazonaws.com"
	Address          string // on loopback: "127.0.0.1:8081". Requests may name either, or localhost, as their Host.
	Region, Account  string
	Stage            string
	StageVariables   map[string]string
	DeploymentID     string
	Throttle         *Throttle // of every method; nil for the account's, which is not simulated
	Methods          []Method
	GatewayResponses map[string]GatewayResponse // by ResponseType
	BinaryMediaTypes []string
	Keys             []Key       // that usage plans of this stage accept
	WebACL           *waf.ACL    // in front of the stage, of scope REGIONAL; nil for none
	Policy           *iam.Policy // resource policy of the API, with principals and full ARNs; nil for none
	Credentials      *iam.Store
	Now              func() time.Time
}

// Throttle is a token bucket for Rate requests per second and Burst requests at once.
type Throttle struct {
	Rate  float64
	Burst int
}

// Method is one method of one resource.
type Method struct {
	HTTPMethod     string // or ANY
	ResourceID     string
	ResourcePath   string // "/grant", "/items/{id}", "/{proxy+}"
	Authorization  string // NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS
	Authorizer     *Authorizer
	Scopes         []string // AuthorizationScopes, of which an access token of COGNITO_USER_POOLS has one
	APIKeyRequired bool
	Lambda         *Function          // of an AWS_PROXY integration
	Timeout        time.Duration      // of the integration
	Mock           *PreflightResponse // of a MOCK integration
}

// Function is a Lambda function that API Gateway invokes, if the function's policy allows it.
type Function struct {
	*lambda.Function
	ARN    string
	Policy *iam.Policy // nil for none
}

// Authorizer is a Lambda authorizer or a Cognito authorizer.
type Authorizer struct {
	ID       string
	Path     string // construct path, for messages
	Type     string // TOKEN, REQUEST or COGNITO_USER_POOLS
	Lambda   *Function
	Pools    []*cognito.Pool // of a Cognito authorizer, without those that are not in the assembly
	Identity []string        // identity sources, e.g. "method.request.header.Authorization"
	// Validation is the IdentityValidationExpression, "" for none. A TOKEN authorizer has it for the token, and a
	// Cognito authorizer for the audience. A REQUEST authorizer has none.
	Validation string
	TTL        time.Duration // of a Lambda authorizer's cache; 0 for no cache
}

// Key is an API key that a usage plan accepts on this stage.
type Key struct {
	ID, Value string
	// MadeUpFor is the construct path of a key whose value was made up for this run. Such a value may be told. ""
	// is for the others.
	MadeUpFor string
}

// GatewayResponse changes the refusals of one response type.
type GatewayResponse struct {
	StatusCode int               // 0 keeps AWS's
	Parameters map[string]string // "gatewayresponse.header.X" → "'literal'" or "method.request.header.Y"
	Template   string            // for application/json; "" keeps AWS's
}
