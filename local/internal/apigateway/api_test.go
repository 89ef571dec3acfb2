package apigateway

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// TestNewRefuses: what is not simulated, and what AWS would refuse, is an error at start.
func TestNewRefuses(t *testing.T) {
	function := &Function{}
	token := func(change func(*Authorizer)) func(*Config) {
		return func(c *Config) {
			authorizer := &Authorizer{Path: "Stack/Auth", Type: "TOKEN", Lambda: function, Identity: []string{"method.request.header.Authorization"}, TTL: time.Minute}
			change(authorizer)
			c.Methods[0].Authorization, c.Methods[0].Authorizer = "CUSTOM", authorizer
		}
	}
	response := func(kind string, r GatewayResponse) func(*Config) {
		return func(c *Config) { c.GatewayResponses = map[string]GatewayResponse{kind: r} }
	}
	tests := []struct {
		name, why string
		change    func(*Config)
		refused   string // "": it is taken
	}{
		{"sound", "", func(*Config) {}, ""},
		{"no integration", "", func(c *Config) { c.Methods[0].Lambda = nil }, "method GET /x: its integration is not simulated"},
		{"two integrations", "", func(c *Config) { c.Methods[0].Mock = &PreflightResponse{} }, "method GET /x: its integration is not simulated"},
		{"no path", "would be the root", func(c *Config) { c.Methods[0].ResourcePath = "" }, "its resource is not in the assembly"},
		{"no authorization", "nobody says that it is open", func(c *Config) { c.Methods[0].Authorization = "" }, `AuthorizationType "" is not simulated`},
		{"unknown authorization", "", func(c *Config) { c.Methods[0].Authorization = "none" }, `AuthorizationType "none" is not simulated`},
		{"custom without authorizer", "", func(c *Config) { c.Methods[0].Authorization = "CUSTOM" }, "its authorizer is not a Lambda authorizer of the assembly"},
		{"binary types", "", func(c *Config) { c.BinaryMediaTypes = []string{"image/png", "*/*"} }, ""},
		{"binary types by wildcard", "AWS does not say what matches", func(c *Config) { c.BinaryMediaTypes = []string{"image/*"} }, "image/* is not simulated"},

		{"authorizer", "", token(func(*Authorizer) {}), ""},
		{"authorizer type", "", token(func(a *Authorizer) { a.Type = "JWT" }), "authorizer Stack/Auth: type JWT is not simulated"},
		{"token without source", "there is no token", token(func(a *Authorizer) { a.Identity = nil }), "one identity source"},
		{"token with two sources", "", token(func(a *Authorizer) { a.Identity = append(a.Identity, a.Identity[0]) }), "one identity source"},
		{"token in the query", "", token(func(a *Authorizer) { a.Identity = []string{"method.request.querystring.t"} }), "one identity source, a header"},
		{"other sources", "", token(func(a *Authorizer) { a.Type, a.Identity = "REQUEST", []string{"context.accountId"} }), "identity source context.accountId is not simulated"},
		{"cache without sources", "one answer for everyone", token(func(a *Authorizer) { a.Type, a.Identity = "REQUEST", nil }), "cannot be cached"},
		{"neither cache nor sources", "", token(func(a *Authorizer) { a.Type, a.Identity, a.TTL = "REQUEST", nil, 0 }), ""},
		{"validation", "Java's regular expressions can more", token(func(a *Authorizer) { a.Validation = "(?=a)" }), "IdentityValidationExpression"},
		{"open quotation in the validation", "would swallow the end", token(func(a *Authorizer) { a.Validation = `\Qa` }), "IdentityValidationExpression"},

		{"unknown response type", "", response("NOT_FOUND", GatewayResponse{}), "gateway response NOT_FOUND: AWS has no such response type"},
		{"our own response type", "is not AWS's", response(notSimulated, GatewayResponse{}), "AWS has no such response type"},
		{"variables", "", response("DEFAULT_4XX", GatewayResponse{Template: "$context.error.message $context.requestId."}), ""},
		{"unknown variable", "", response("DEFAULT_4XX", GatewayResponse{Template: "$context.path"}), "$context.path in its template is not simulated"},
		{"stage variable", "", response("DEFAULT_4XX", GatewayResponse{Template: "$stageVariables.a"}), "other than $context variables"},
		{"request parameter", "", response("DEFAULT_4XX", GatewayResponse{Template: "method.request.header.Origin"}), "other than $context variables"},
		{"Velocity", "AWS has none here either", response("DEFAULT_4XX", GatewayResponse{Template: "#set(x)"}), "other than $context variables"},
		{"mapping of a body", "", response("DEFAULT_4XX", GatewayResponse{Parameters: map[string]string{"gatewayresponse.body": "'x'"}}), "the mapping gatewayresponse.body = 'x' is not simulated"},
		{"mapping from the query", "", response("DEFAULT_4XX", GatewayResponse{Parameters: map[string]string{"gatewayresponse.header.X": "method.request.querystring.a"}}), "is not simulated"},
		{"literal without quotes", "", response("DEFAULT_4XX", GatewayResponse{Parameters: map[string]string{"gatewayresponse.header.X": "x"}}), "is not simulated"},
		{"half a literal", "", response("DEFAULT_4XX", GatewayResponse{Parameters: map[string]string{"gatewayresponse.header.X": "'"}}), "is not simulated"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := Config{Methods: []Method{{HTTPMethod: "GET", ResourcePath: "/x", Authorization: "NONE", Lambda: function}}, Credentials: &iam.Store{}}
			test.change(&config)
			_, err := New(config)
			if test.refused == "" && err != nil || test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused)) {
				t.Errorf("%s: error %v, want %q", test.why, err, test.refused)
			}
		})
	}
}

func TestNotSimulated(t *testing.T) {
	config := Config{Methods: []Method{{HTTPMethod: "GET", ResourcePath: "/x", Authorization: "NONE", Lambda: &Function{}}}, Credentials: &iam.Store{}}
	for _, row := range []struct {
		authorization string
		want          []string
	}{{"NONE", nil}, {"AWS_IAM", nil}, {"COGNITO_USER_POOLS", []string{"Cognito authorizers: their methods answer 501"}}} {
		config.Methods[0].Authorization = row.authorization
		api, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		if got := api.NotSimulated(); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.authorization, got, row.want)
		}
	}
}
