// Package apigateway answers for one REST API of API Gateway on one stage: a web ACL, routing, authorizers with their
// cache, IAM authorization, resource policies, API keys, throttling, Lambda proxy integrations, CDK's CORS preflight,
// and gateway responses.
package apigateway

import (
	"io"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
	"github.com/furl-cdk/furl/local/internal/lambda"
	"github.com/furl-cdk/furl/local/internal/waf"
)

// Config describes a REST API. Names and ARNs are AWS's; origins in responses are those of this machine.
type Config struct {
	Path             string // construct path, for messages
	ID               string
	Host             string // on AWS: "<id>.execute-api.<region>.amazonaws.com"
	Address          string // on loopback: "127.0.0.1:8081". Requests may name either as their Host.
	Region, Account  string
	Stage            string
	StageVariables   map[string]string
	DeploymentID     string
	Throttle         *Throttle // of every method; nil: the account's, which is not simulated
	Methods          []Method
	GatewayResponses map[string]GatewayResponse // by ResponseType
	BinaryMediaTypes []string
	Keys             []Key       // that usage plans of this stage accept
	WebACL           *waf.ACL    // in front of the stage, of scope REGIONAL; nil: none
	Policy           *iam.Policy // resource policy of the API, with principals and full ARNs; nil: none
	Credentials      *iam.Store
	Now              func() time.Time
	Log              io.Writer // gets one record for each failure of a function; safe for concurrent use
	Verbose          io.Writer // gets one record for each refusal and each count of a web ACL's rule; nil: none
}

// Throttle is a token bucket: Rate requests per second, Burst at once.
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
	APIKeyRequired bool
	Lambda         *Function          // of an AWS_PROXY integration
	Timeout        time.Duration      // of the integration
	Mock           *PreflightResponse // of a MOCK integration
}

// Function is a Lambda function with what API Gateway needs to be allowed.
type Function struct {
	*lambda.Function
	ARN    string
	Policy *iam.Policy // nil: none
}

// Authorizer is a Lambda authorizer.
type Authorizer struct {
	ID         string
	Path       string // construct path, for messages
	Type       string // TOKEN or REQUEST
	Lambda     *Function
	Identity   []string      // identity sources, "method.request.header.Authorization"
	Validation string        // IdentityValidationExpression, which a TOKEN authorizer alone minds; "" for none
	TTL        time.Duration // of the cache; 0: no cache
}

// Key is an API key that a usage plan accepts on this stage.
type Key struct {
	ID, Value string
	MadeUpFor string // construct path of a key whose value was made up for this run, so that it may be told; "" for others
}

// GatewayResponse replaces what API Gateway answers by itself.
type GatewayResponse struct {
	StatusCode int               // 0: as it is
	Parameters map[string]string // "gatewayresponse.header.X" → "'literal'" or "method.request.header.Y"
	Template   string            // for application/json; "": as it is
}
