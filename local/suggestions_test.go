package local

import (
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/apigateway"
	"github.com/furl-cdk/furl/local/internal/cognito"
)

// TestQuoted lets a shell read the words back.
func TestQuoted(t *testing.T) {
	for _, row := range []struct{ name, why, text, want string }{
		{"a construct path", "nothing in it is the shell's", "Demo/Pool", "Demo/Pool"},
		{"a space", "it would be two words", "My Stage/Pool", "'My Stage/Pool'"},
		{"a variable", "it would be replaced", "$HOME", "'$HOME'"},
		{"a quote", "it would end the word", "it's", `'it'\''s'`},
		{"nothing", "it would be no word", "", "''"},
	} {
		if got := quoted(row.text); got != row.want {
			t.Errorf("%s: %s, want %s (%s)", row.name, got, row.want, row.why)
		}
		read, err := exec.Command("sh", "-c", "printf %s "+quoted(row.text)).Output()
		if err != nil || string(read) != row.text {
			t.Errorf("%s: a shell reads %q (%v)", row.name, read, err)
		}
	}
}

func TestTokenLine(t *testing.T) {
	web := &cognito.Client{Path: "Demo/Web"}
	one := apigateway.Guarded{Pool: &cognito.Pool{Path: "Demo/Pool", Clients: []*cognito.Client{web}}, Client: web}
	two := one
	two.Pool = &cognito.Pool{Path: "Demo/Pool", Clients: []*cognito.Client{{Path: "Demo/App"}, web}}
	two.Scope = "orders/read"
	for _, row := range []struct {
		name, why, assembly string
		token               TokenOptions
		want                string
	}{
		{"the shortest", "the rest is by default", "cdk.out", methodToken(one), "token --pool Demo/Pool --user you"},
		{
			"another folder", "furl token must find it", "../my app", methodToken(one),
			"token --assembly '../my app' --pool Demo/Pool --user you",
		},
		{
			"a scope and clients", "the method wants them", "cdk.out", methodToken(two),
			"token --pool Demo/Pool --client Demo/Web --use access --scope orders/read --user you",
		},
		{
			"a group", "the edge signer wants it", "cdk.out",
			edgeToken(cognito.Guarded{Pool: one.Pool, Client: web, Use: cognito.UseID, Group: "the staff"}),
			"token --pool Demo/Pool --claim 'cognito:groups=the staff' --user you",
		},
		{
			"another issuer", "its origins take several of each", "cdk.out",
			edgeToken(cognito.Guarded{
				Issuer: loginIssuer, Use: cognito.UseID, Audiences: []string{"orders"}, Scopes: []string{"a", "b"},
			}),
			"token --issuer https://login.example.com/ --audience orders --use id --scope a --scope b --user you",
		},
	} {
		want := "TOKEN=$(" + commandName() + " " + row.want + ")"
		if got := tokenLine(row.token, Options{Assembly: row.assembly}); got != want {
			t.Errorf("%s: %s, want %s (%s)", row.name, got, want, row.why)
		}
	}
}

// TestTryTheAuthorizer checks the lines for a path at which the edge signer wants a token.
func TestTryTheAuthorizer(t *testing.T) {
	login := map[string]string{
		"x-furl-issuer": loginIssuer, "x-furl-audience": "orders", "x-furl-jwks-uri": "https://keys.example.com/",
	}
	inCookie := maps.Clone(login)
	inCookie["x-furl-cookie"] = "__Host-token"
	for _, row := range []struct {
		name, why string
		origins   []map[string]string // of the default behaviour and of the patterns
		patterns  []string
		token     string // arguments of furl token
		path      string
		header    string
	}{
		{
			name: "the default behaviour", why: "it comes first", origins: []map[string]string{login, inCookie},
			patterns: []string{"/page/*"}, token: "--issuer " + loginIssuer, path: "/",
			header: `"Authorization: Bearer $TOKEN"`,
		},
		{
			name: "a pattern", why: "the default behaviour is open", origins: []map[string]string{nil, inCookie},
			patterns: []string{"/page/*"}, token: "--issuer " + loginIssuer, path: "/page/",
			header: `'Cookie: __Host-token='"$TOKEN"`,
		},
		{
			name: "a pattern without a slash", why: "CloudFront has it after one", patterns: []string{"*.json"},
			origins: []map[string]string{nil, login}, token: "--issuer " + loginIssuer, path: "/.json",
			header: `"Authorization: Bearer $TOKEN"`,
		},
		{name: "no authorizer", why: "no token is wanted", origins: []map[string]string{nil}},
		{
			name: "a pool elsewhere", why: "no token of it is made here",
			origins: []map[string]string{{
				"x-furl-issuer": loginIssuer, "x-furl-audience": "orders", "x-furl-jwks-uri": "http://keys.example.com/",
			}},
		},
	} {
		resources := hello()
		resources["Cdn"] = distribution("")
		addOrigins(resources, row.origins, row.patterns)
		s := serveAssembly(t, assembleIn(t, "us-east-1", resources, nil))
		_, lines, _ := strings.Cut(s.said(), "\nTry:\n")
		comment := "through CloudFront: what your viewers get"
		if row.path == "/" {
			comment = "through CloudFront, without a token: 401"
		}
		if !strings.Contains(lines, "  curl -i "+s.Distributions[0].URL+"/    # "+comment+"\n") {
			t.Errorf("%s: the lines are %s, want %q (%s)", row.name, lines, comment, row.why)
		}
		if row.token == "" {
			if strings.Contains(lines, "TOKEN") {
				t.Errorf("%s: the lines are %s (%s)", row.name, lines, row.why)
			}
			continue
		}
		call := "\n  curl -i " + s.Distributions[0].URL + row.path + " -H " + row.header + "\n"
		if !strings.Contains(lines, " "+row.token+" --user you)") || !strings.Contains(lines, call) {
			t.Errorf("%s: the lines are %s, want %s and %s (%s)", row.name, s.said(), row.token, call, row.why)
		}
	}
}

// addOrigins gives the distribution "Cdn" an origin for the default behaviour and for each pattern, with these custom
// headers.
func addOrigins(resources object, headers []map[string]string, patterns []string) {
	config := propertiesOf(resources, "Cdn", "DistributionConfig")
	behavior, origin := config["DefaultCacheBehavior"].(object), config["Origins"].([]any)[0].(object)
	var behaviors, origins []any
	for i, settings := range headers {
		id := fmt.Sprint("o", i)
		var list []any
		for name, value := range settings {
			list = append(list, object{"HeaderName": name, "HeaderValue": value})
		}
		origins = append(origins, with(origin, object{"Id": id, "OriginCustomHeaders": list}))
		if i > 0 {
			behaviors = append(behaviors, with(behavior, object{"PathPattern": patterns[i-1], "TargetOriginId": id}))
		}
	}
	behavior["TargetOriginId"] = "o0"
	config["CacheBehaviors"], config["Origins"] = behaviors, origins
}
