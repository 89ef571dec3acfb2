package furl

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// OidcTokenOptions are the settings of [OidcTokens]. Only Audiences is required.
type OidcTokenOptions struct {
	// Audiences of which a token must have at least one in its claim aud. An issuer names an API by its audience, or an
	// application by its client id.
	Audiences []string

	// JwksUri is the HTTPS URL of the issuer's keys. It is jwks_uri in the issuer's
	// "<issuer>/.well-known/openid-configuration", which Furl does not read.
	//
	// Default: "<issuer>/.well-known/jwks.json", with one slash after the issuer.
	JwksUri string

	// Scopes that a token must have, each of them.
	//
	// Default: none is asked for.
	Scopes []string

	// Cookie is the name of the cookie that the token comes in. The viewer's Authorization does not count then.
	//
	// Default: the token comes in Authorization, as "Bearer <token>".
	Cookie string

	// ResourceMetadata is the URL of the API's own description for clients, as in [CognitoTokenOptions].
	//
	// Default: none.
	ResourceMetadata string

	// Leeway for clocks that differ, at expiry and not-before time. Whole seconds, 5 minutes at most.
	//
	// Default: 0.
	Leeway awscdk.Duration
}

// OidcTokens takes the tokens of an OpenID Connect issuer. The issuer is the exact text of the tokens' claim iss, an
// HTTPS URL. A slash at its end counts. An issuer that is a CloudFormation token needs a JwksUri.
func OidcTokens(issuer string, options OidcTokenOptions) *Authorizer {
	known := !*awscdk.Token_IsUnresolved(jsii.String(issuer))
	jwksUri := options.JwksUri
	if jwksUri == "" && known {
		jwksUri = strings.TrimSuffix(issuer, "/") + "/.well-known/jwks.json"
	}
	if problem, remedy := oidcProblem(issuer, jwksUri, options.Audiences); problem != "" {
		return wrongTokens(problem, remedy)
	}
	further := furtherTokenSettings{
		scopes: options.Scopes, cookie: options.Cookie,
		resourceMetadata: options.ResourceMetadata, leeway: options.Leeway,
	}
	if problem, remedy := further.problem(); problem != "" {
		return wrongTokens(problem, remedy)
	}
	headersFor := func(constructs.IConstruct) []originHeader {
		return append([]originHeader{
			{"x-furl-issuer", issuer, "the issuer"},
			{"x-furl-jwks-uri", jwksUri, "JwksUri"},
			listHeader("x-furl-audience", options.Audiences, "Audiences"),
		}, further.headers()...)
	}
	return &Authorizer{headersFor: headersFor, cookie: options.Cookie}
}

// oidcProblem is the fault of the arguments that only OpenID Connect has, with its remedy. Both are "" for none.
func oidcProblem(issuer, jwksUri string, audiences []string) (problem, remedy string) {
	const example = `write furl.OidcTokens("https://login.example.com/", furl.OidcTokenOptions{…}), ` +
		"with the issuer as the tokens have it in iss"
	if problem := httpsProblem(issuer); problem != "" {
		return "the issuer " + problem, example
	}
	const configuration = "/.well-known/openid-configuration"
	if strings.Contains(issuer, "?") || strings.HasSuffix(issuer, configuration) {
		return fmt.Sprintf("the issuer %q has a query or a well-known path, which no issuer has", issuer), example
	}
	if jwksUri == "" {
		return "the issuer is known at deployment only, so that its keys have no default address",
			"write furl.CognitoTokens for a user pool, and JwksUri for another issuer"
	}
	if strings.HasSuffix(jwksUri, configuration) {
		return fmt.Sprintf("JwksUri %q describes the issuer and has no keys", jwksUri),
			"write the jwks_uri that stands in it"
	}
	if problem := httpsProblem(jwksUri); problem != "" {
		return "JwksUri " + problem, `write the address of the keys, such as "https://login.example.com/keys"`
	}
	if len(audiences) == 0 {
		return "Audiences is empty, so that a token for any other service of the issuer would pass",
			`write Audiences: []string{"https://api.example.com"}, with what the tokens have in aud`
	}
	return listProblem("Audiences", audiences, "an audience in printable ASCII")
}

// httpsProblem names the fault of an HTTPS URL, or is "". A URL that only the deployment knows has none.
func httpsProblem(text string) string {
	if *awscdk.Token_IsUnresolved(jsii.String(text)) {
		return ""
	}
	address, err := url.Parse(text)
	switch {
	case err != nil || !strings.HasPrefix(text, "https://") || address.Hostname() == "" || !isPort(address.Port()):
		return fmt.Sprintf("%q is no HTTPS URL", text)
	case address.User != nil || strings.Contains(text, "#"):
		return fmt.Sprintf("%q has a user or a fragment", text)
	case !headerText.MatchString(text) || strings.ContainsAny(text, `"\`):
		return fmt.Sprintf("%q has characters that a URL percent-encodes", text)
	}
	return ""
}

// isPort reports whether a port is one, or is "" for the default.
func isPort(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && number > 0
}
