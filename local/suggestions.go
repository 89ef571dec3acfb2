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
)

// suggestions are lines to paste next. They are for the first distribution, for the first Function URL that refuses
// unsigned requests, and for the first method that a Cognito authorizer guards.
func suggestions(g *generation, where listening, o Options) []string {
	var lines []string
	if len(where.Distributions) > 0 {
		lines = append(lines, "curl -i "+where.Distributions[0].URL+"/    # through CloudFront: what your viewers get")
	}
	for _, u := range where.FunctionURLs {
		if handler := g.composed.urls[u.ID]; handler != nil && handler.NeedsSignature() {
			lines = append(lines, "curl -i "+u.URL+"/    # "+u.ID+" itself, unsigned: 403")
			break
		}
	}
	return append(lines, leaseLines(g, where, o)...)
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
				return append([]string{tokenLine(guarded, o)}, signedCall(call, name)...)
			}
			return []string{tokenLine(guarded, o), call}
		}
	}
	return nil
}

// tokenLine is the line that makes a token for a method.
func tokenLine(guarded apigateway.Guarded, o Options) string {
	line := commandName() + " token"
	if o.Assembly != DefaultAssembly {
		line += " --assembly " + quoted(o.Assembly)
	}
	line += " --pool " + quoted(guarded.Pool.Path)
	if len(guarded.Pool.Clients) > 1 {
		line += " --client " + quoted(guarded.Client.Path)
	}
	if guarded.Scope != "" {
		line += " --use access --scope " + quoted(guarded.Scope)
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
