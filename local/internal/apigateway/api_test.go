package apigateway

import (
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// TestNewRefuses checks that New refuses parts that are not simulated, and parts that AWS would refuse.
func TestNewRefuses(t *testing.T) {
	function := &Function{}
	token := func(change func(*Authorizer)) func(*Config) {
		return func(c *Config) {
			authorizer := &Authorizer{
				Path: "Stack/Auth", Type: "TOKEN", Lambda: function,
				Identity: []string{"method.request.header.Authorization"}, TTL: time.Minute,
			}
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
		refused   string // part of the error, "" for none
	}{
		{name: "sound", why: "nothing to refuse", change: func(*Config) {}},
		{
			name: "no integration", why: "nothing would answer",
			change:  func(c *Config) { c.Methods[0].Lambda = nil },
			refused: "method GET /x: its integration is not simulated",
		},
		{
			name: "two integrations", why: "one of them would answer",
			change:  func(c *Config) { c.Methods[0].Mock = &PreflightResponse{} },
			refused: "method GET /x: its integration is not simulated",
		},
		{
			name: "no path", why: "would be the root",
			change:  func(c *Config) { c.Methods[0].ResourcePath = "" },
			refused: "its resource is not in the assembly",
		},
		{
			name: "no authorization", why: "nobody says that it is open",
			change:  func(c *Config) { c.Methods[0].Authorization = "" },
			refused: `AuthorizationType "" is not simulated`,
		},
		{
			name: "unknown authorization", why: "the names are AWS's",
			change:  func(c *Config) { c.Methods[0].Authorization = "none" },
			refused: `AuthorizationType "none" is not simulated`,
		},
		{
			name: "custom without authorizer", why: "nobody would be asked",
			change:  func(c *Config) { c.Methods[0].Authorization = "CUSTOM" },
			refused: "its authorizer is not a Lambda authorizer of the assembly",
		},
		{
			name: "binary types", why: "named, or all of them",
			change: func(c *Config) { c.BinaryMediaTypes = []string{"image/png", "*/*"} },
		},
		{
			name: "binary types by wildcard", why: "AWS does not say what matches",
			change: func(c *Config) { c.BinaryMediaTypes = []string{"image/*"} }, refused: "image/* is not simulated",
		},

		{name: "authorizer", why: "nothing to refuse", change: token(func(*Authorizer) {})},
		{
			name: "authorizer type", why: "a type of HTTP APIs",
			change:  token(func(a *Authorizer) { a.Type = "JWT" }),
			refused: "authorizer Stack/Auth: type JWT is not simulated",
		},
		{
			name: "token without source", why: "there is no token",
			change: token(func(a *Authorizer) { a.Identity = nil }), refused: "one identity source",
		},
		{
			name: "token with two sources", why: "a TOKEN authorizer has one",
			change:  token(func(a *Authorizer) { a.Identity = append(a.Identity, a.Identity[0]) }),
			refused: "one identity source",
		},
		{
			name: "token in the query", why: "the token is in a header",
			change:  token(func(a *Authorizer) { a.Identity = []string{"method.request.querystring.t"} }),
			refused: "one identity source, a header",
		},
		{
			name: "other sources", why: "headers and query only",
			change:  token(func(a *Authorizer) { a.Type, a.Identity = "REQUEST", []string{"context.accountId"} }),
			refused: "identity source context.accountId is not simulated",
		},
		{
			name: "cache without sources", why: "one answer for everyone",
			change: token(func(a *Authorizer) { a.Type, a.Identity = "REQUEST", nil }), refused: "cannot be cached",
		},
		{
			name: "neither cache nor sources", why: "it is asked every time",
			change: token(func(a *Authorizer) { a.Type, a.Identity, a.TTL = "REQUEST", nil, 0 }),
		},
		{
			name: "validation", why: "Java's regular expressions can more",
			change: token(func(a *Authorizer) { a.Validation = "(?=a)" }), refused: "IdentityValidationExpression",
		},
		{
			name: "open quotation in the validation", why: "would swallow the end",
			change: token(func(a *Authorizer) { a.Validation = `\Qa` }), refused: "IdentityValidationExpression",
		},

		{
			name: "unknown response type", why: "AWS refuses it",
			change:  response("NOT_FOUND", GatewayResponse{}),
			refused: "gateway response NOT_FOUND: AWS has no such response type",
		},
		{
			name: "our own response type", why: "is not AWS's",
			change: response(notSimulated, GatewayResponse{}), refused: "AWS has no such response type",
		},
		{
			name: "variables", why: "these are simulated",
			change: response("DEFAULT_4XX", GatewayResponse{Template: "$context.error.message $context.requestId."}),
		},
		{
			name: "unknown variable", why: "this one is not simulated",
			change:  response("DEFAULT_4XX", GatewayResponse{Template: "$context.path"}),
			refused: "$context.path in its template is not simulated",
		},
		{
			name: "stage variable", why: "not a $context variable",
			change:  response("DEFAULT_4XX", GatewayResponse{Template: "$stageVariables.a"}),
			refused: "other than $context variables",
		},
		{
			name: "request parameter", why: "not a $context variable",
			change:  response("DEFAULT_4XX", GatewayResponse{Template: "method.request.header.Origin"}),
			refused: "other than $context variables",
		},
		{
			name: "Velocity", why: "AWS has none here either",
			change:  response("DEFAULT_4XX", GatewayResponse{Template: "#set(x)"}),
			refused: "other than $context variables",
		},
		{
			name: "mapping of a body", why: "headers only",
			change: response("DEFAULT_4XX", GatewayResponse{
				Parameters: map[string]string{"gatewayresponse.body": "'x'"},
			}),
			refused: "the mapping gatewayresponse.body = 'x' is not simulated",
		},
		{
			name: "mapping from the query", why: "headers only",
			change: response("DEFAULT_4XX", GatewayResponse{
				Parameters: map[string]string{"gatewayresponse.header.X": "method.request.querystring.a"},
			}),
			refused: "is not simulated",
		},
		{
			name: "literal without quotes", why: "it is no literal",
			change: response("DEFAULT_4XX", GatewayResponse{
				Parameters: map[string]string{"gatewayresponse.header.X": "x"},
			}),
			refused: "is not simulated",
		},
		{
			name: "half a literal", why: "it has one quote only",
			change: response("DEFAULT_4XX", GatewayResponse{
				Parameters: map[string]string{"gatewayresponse.header.X": "'"},
			}),
			refused: "is not simulated",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := Config{
				Methods:     []Method{{HTTPMethod: "GET", ResourcePath: "/x", Authorization: "NONE", Lambda: function}},
				Credentials: &iam.Store{},
			}
			test.change(&config)
			_, err := New(config)
			if (err == nil) != (test.refused == "") || err != nil && !strings.Contains(err.Error(), test.refused) {
				t.Errorf("%s: error %v, want %q", test.why, err, test.refused)
			}
		})
	}
}
