package local

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/cognito"
)

// suggestions are lines to paste next. They are for the first distribution, for the first Function URL that refuses
// unsigned requests, for the first path at which the edge signer wants a token, and for the first method that a Cognito
// authorizer guards.
func suggestions(g *generation, where listening, o Options) []string {
	var lines []string
	if len(where.Distributions) > 0 {
		comment := "through CloudFront: what your viewers get"
		if wantsToken(g, where.Distributions[0].ID) {
			comment = "through CloudFront, without a token: 401"
		}
		lines = append(lines, "curl -i "+where.Distributions[0].URL+"/    # "+comment)
	}
	for _, u := range where.FunctionURLs {
		if handler := g.composed.urls[u.ID]; handler != nil && handler.NeedsSignature() {
			lines = append(lines, "curl -i "+u.URL+"/    # "+u.ID+" itself, unsigned: 403")
			break
		}
	}
	edge, lease := edgeLines(g, where, o), leaseLines(g, where, o)
	if len(edge) > 0 && len(lease) > 0 && edge[0] == lease[0] {
		lease = lease[1:] // one token is for both
	}
	return slices.Concat(lines, edge, lease)
}

// wantsToken reports whether the edge signer wants a token at the path / of a distribution.
func wantsToken(g *generation, distribution string) bool {
	isRoot := func(guarded cognito.Guarded) bool { return guarded.Path == "/" }
	return slices.ContainsFunc(guardedPaths(g, distribution), isRoot)
}

// guardedPaths are those at which the edge signer wants a token that can be made here. There is none where the
// distribution with the construct path cannot be served.
func guardedPaths(g *generation, distribution string) []cognito.Guarded {
	for _, resource := range g.assembly.Resources(distributionType) {
		if resource.Path == distribution && g.composed.sites[distribution] != nil {
			return g.composed.pools.Guarded(resource)
		}
	}
	return nil
}

// edgeLines make a token for the first path of a distribution at which the edge signer wants one, and call the path.
func edgeLines(g *generation, where listening, o Options) []string {
	for _, distribution := range where.Distributions {
		paths := guardedPaths(g, distribution.ID)
		if len(paths) == 0 {
			continue
		}
		guarded := paths[0]
		credentials := `"Authorization: Bearer $TOKEN"`
		if guarded.Cookie != "" {
			credentials = quoted("Cookie: "+guarded.Cookie+"=") + `"$TOKEN"`
		}
		url := quoted(distribution.URL + guarded.Path)
		return []string{tokenLine(edgeToken(guarded), o), "curl -i " + url + " -H " + credentials}
	}
	return nil
}

// edgeToken is a token that the edge signer takes.
func edgeToken(guarded cognito.Guarded) TokenOptions {
	token := TokenOptions{
		Issuer: guarded.Issuer, Audience: guarded.Audiences, Use: guarded.Use, Scopes: guarded.Scopes,
	}
	if guarded.Pool != nil {
		token.Pool, token.Client = guarded.Pool.Path, clientOf(guarded.Pool, guarded.Client)
	}
	if guarded.Group != "" {
		token.Claims = map[string]string{"cognito:groups": guarded.Group}
	}
	return token
}

// clientOf names a client for furl token, "" for the pool's only one.
func clientOf(pool *cognito.Pool, client *cognito.Client) string {
	if len(pool.Clients) == 1 {
		return ""
	}
	return client.Path
}

// leaseLines make a token for the first method that a Cognito authorizer guards, and call the method. If that is a
// CredentialGrant's, they call the leased function too.
func leaseLines(g *generation, where listening, o Options) []string {
	for _, api := range where.RestAPIs {
		served := g.composed.apis[api.ID]
		if served == nil {
			continue
		}
		for _, guarded := range served.Guarded() {
			url := quoted(api.URL + guarded.Path)
			call := "curl -s -X " + guarded.HTTPMethod + " " + url + ` -H "Authorization: $TOKEN"`
			if name, ok := leasedFunction(g.assembly, guarded.FunctionARN); ok {
				return append([]string{tokenLine(methodToken(guarded), o)}, signedCall(call, name)...)
			}
			return []string{tokenLine(methodToken(guarded), o), call}
		}
	}
	return nil
}

// methodToken is a token that a method takes.
func methodToken(guarded apigateway.Guarded) TokenOptions {
	token := TokenOptions{Pool: guarded.Pool.Path, Client: clientOf(guarded.Pool, guarded.Client)}
	if guarded.Scope != "" {
		token.Use, token.Scopes = cognito.UseAccess, []string{guarded.Scope}
	}
	return token
}

// tokenLine is the line that makes a token. The flag --use stands in it where another use than the default is wanted.
func tokenLine(token TokenOptions, o Options) string {
	line := commandName() + " token"
	add := func(flag, value string) {
		if value != "" {
			line += " " + flag + " " + quoted(value)
		}
	}
	if o.Assembly != DefaultAssembly {
		add("--assembly", o.Assembly)
	}
	add("--pool", token.Pool)
	add("--client", token.Client)
	add("--issuer", token.Issuer)
	for _, audience := range token.Audience {
		add("--audience", audience)
	}
	if token.Use != cognito.UseID || token.Issuer != "" {
		add("--use", token.Use)
	}
	for _, scope := range token.Scopes {
		add("--scope", scope)
	}
	for _, name := range slices.Sorted(maps.Keys(token.Claims)) {
		add("--claim", name+"="+token.Claims[name])
	}
	return "TOKEN=$(" + line + " --user you)"
}

// leasedFunction is the name of the first function that a CredentialGrant leases. It reports whether the function with
// the ARN is a CredentialGrant's.
func leasedFunction(a *assembly.Assembly, arn string) (name string, ok bool) {
	for _, resource := range a.Resources("AWS::Lambda::Function") {
		var properties struct {
			Environment struct {
				Variables struct{ FURL_FUNCTIONS string }
			}
		}
		found, err := resource.Attribute("Arn")
		if err != nil || found != arn || resource.Decode(&properties) != nil {
			continue
		}
		var functions map[string]any
		if json.Unmarshal([]byte(properties.Environment.Variables.FURL_FUNCTIONS), &functions) == nil {
			names := slices.Sorted(maps.Keys(functions))
			return append(names, "")[0], len(names) > 0
		}
	}
	return "", false
}

// signedCall leases a function and calls its URL. sed reads the answer, which is one object of strings. curl signs from
// version 7.75 on. There is no comment in the lines, since zsh takes none from a terminal.
func signedCall(grant, function string) []string {
	return []string{
		"LEASE=$(" + grant + " -d " + quoted(`{"function":"`+function+`"}`) + ")",
		`field() { printf %s "$LEASE" | sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/"; }`,
		`curl -i "$(field FuncUrl)" --aws-sigv4 "aws:amz:$(field Region):lambda" ` +
			`--user "$(field AccessKeyId):$(field SecretAccessKey)" ` +
			`-H "x-amz-security-token: $(field SessionToken)"`,
	}
}

// commandName is how the developer runs furl, such as .build/furl. Programs of 'go tool' and 'go run' are in the
// build cache.
func commandName() string {
	if path, err := os.Executable(); err == nil && strings.Contains(path, "go-build") {
		return "go tool furl"
	}
	return quoted(os.Args[0])
}

var plain = regexp.MustCompile(`^[\w./:@%+=-]+$`)

// quoted is a word as a shell reads it.
func quoted(text string) string {
	if plain.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
