package apigateway

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/cognito"
	"github.com/furl-cdk/furl/local/internal/iam"
)

// pools are two user pools of one run, which an authorizer may name.
type pools struct{ own, second, other *cognito.Pool }

func newPools(t *testing.T) pools {
	t.Helper()
	run := cognito.NewRun(t.TempDir())
	pool := func(id string) *cognito.Pool {
		return &cognito.Pool{Issuer: run.Issuer("https://cognito-idp." + region + ".amazonaws.com/" + id)}
	}
	return pools{pool("own"), pool("second"), pool("other")}
}

// token makes a token that lasts for a minute from the test's time.
func token(t *testing.T, pool *cognito.Pool, client, use string, claims map[string]string) string {
	t.Helper()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	all := map[string]string{"exp": strconv.FormatInt(now.Unix()+60, 10)}
	for name, value := range claims {
		all[name] = value
	}
	made, err := pool.Token(cognito.SignIn{Client: &cognito.Client{ID: client}, User: "ada", Claims: all}, use, now)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// guard puts a Cognito authorizer before the API's method.
func guard(p pools, validation string, scopes ...string) func(*Config) {
	return func(config *Config) {
		config.Methods[0].Authorization, config.Methods[0].Scopes = userPools, scopes
		config.Methods[0].Authorizer = &Authorizer{
			ID: "auth12", Path: "Stack/Auth", Type: userPools, Pools: []*cognito.Pool{p.own, p.second},
			Identity: []string{"method.request.header.Authorization"}, Validation: validation,
		}
	}
}

// TestCognito is the table of who may call. A refusal's reason is for the developer only.
func TestCognito(t *testing.T) {
	p := newPools(t)
	for _, row := range []struct {
		name, why  string
		validation string
		scopes     []string
		headers    []string // of Authorization
		reason     string   // "" for those who may
		message    string   // "Unauthorized" if ""
	}{
		{name: "an ID token", why: "no scope is asked for", headers: []string{token(t, p.own, "web", "id", nil)}},
		{
			name: "with Bearer", why: "as clients send it",
			headers: []string{"Bearer " + token(t, p.own, "web", "id", nil)},
		},
		{
			name: "with bearer", why: "schemes have no case",
			headers: []string{"bearer " + token(t, p.own, "web", "id", nil)},
		},
		{name: "the second pool", why: "it is named too", headers: []string{token(t, p.second, "web", "id", nil)}},
		{name: "any client", why: "AWS checks the audience by an expression only", headers: []string{
			token(t, p.own, "app", "id", nil),
		}},
		{
			name: "the right client", why: "the expression is for its id", validation: "web|app",
			headers: []string{token(t, p.own, "web", "id", nil)},
		},
		{
			name: "an access token", why: "it has one of the scopes", scopes: []string{"x/y", cognito.AdminScope},
			headers: []string{token(t, p.own, "web", "access", nil)},
		},

		{name: "no token", why: "nobody", reason: "there is no method.request.header.Authorization"},
		{name: "an empty one", why: "nobody", headers: []string{""}, reason: "there is no"},
		{name: "Bearer alone", why: "nobody", headers: []string{"Bearer "}, reason: "malformed"},
		{
			name: "two headers", why: "one of them was not looked at", reason: "or there are several",
			headers: []string{token(t, p.own, "web", "id", nil), token(t, p.own, "web", "id", nil)},
		},
		{name: "Basic", why: "another scheme", headers: []string{"Basic YWRhOmFkYQ=="}, reason: "malformed"},
		{
			name: "another pool", why: "the authorizer does not name it", reason: "its issuer is none",
			headers: []string{token(t, p.other, "web", "id", nil)},
		},
		{
			name: "expired", why: "a minute is over", message: "The incoming token has expired",
			reason:  "The incoming token has expired",
			headers: []string{token(t, p.own, "web", "id", map[string]string{"exp": "1795348800"})},
		},
		{
			name: "an access token for an ID token", why: "no scope is asked for", reason: `token_use is not "id"`,
			headers: []string{token(t, p.own, "web", "access", nil)},
		},
		{
			name: "an ID token for an access token", why: "a scope is asked for", scopes: []string{cognito.AdminScope},
			headers: []string{token(t, p.own, "web", "id", nil)}, reason: `token_use is not "access"`,
		},
		{
			name: "without the scope", why: "it has another", scopes: []string{"orders/read"},
			headers: []string{token(t, p.own, "web", "access", nil)}, reason: "it has none of the scopes orders/read",
		},
		{
			name: "part of a scope", why: "scopes are words", scopes: []string{"aws.cognito"},
			headers: []string{token(t, p.own, "web", "access", nil)}, reason: "it has none of the scopes",
		},
		{
			name: "another client", why: "the expression is not for it", validation: "web",
			headers: []string{token(t, p.own, "app", "id", nil)}, reason: "its aud does not fit",
		},
		{
			name: "part of a client id", why: "the whole id must match", validation: "web",
			headers: []string{token(t, p.own, "web2", "id", nil)}, reason: "its aud does not fit",
		},
		{
			name: "an access token's client", why: "it has no aud", validation: "web",
			scopes: []string{cognito.AdminScope}, headers: []string{token(t, p.own, "web", "access", nil)},
			reason: "its aud does not fit",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			api := start(t, guard(p, row.validation, row.scopes...))
			r := api.request(t, "GET", "/Prod/x", "")
			for _, value := range row.headers {
				r.Header.Add("Authorization", value)
			}
			response, body := do(t, r)
			if row.reason == "" {
				if response.StatusCode != 200 {
					t.Errorf("%s: %s\n%s", row.why, describe(response, body), api.log)
				}
				return
			}
			if row.message == "" {
				row.message = "Unauthorized"
			}
			expectRefusal(t, row.why, response, body, 401, "UnauthorizedException", `{"message":"`+row.message+`"}`)
			if !strings.Contains(api.log.String(), row.reason) {
				t.Errorf("the developer is told %q, want %q", api.log, row.reason)
			}
			for _, value := range row.headers {
				if len(value) > 20 && strings.Contains(api.log.String(), value[20:]) {
					t.Error("the log has the token")
				}
			}
		})
	}
}

// TestCognitoEvent: the function gets all claims as text, as recorded events have them.
func TestCognitoEvent(t *testing.T) {
	p := newPools(t)
	api := start(t, guard(p, ""))
	made := token(t, p.own, "web", "id", map[string]string{
		"cognito:groups": "a,b", "email": "ada@example.com", "email_verified": "true", "auth_time": "17", "sub": "s",
	})
	event := api.event(t, "GET", "/Prod/x", "", "Authorization: "+made)
	authorizer := event["requestContext"].(object)["authorizer"].(object)
	claims := authorizer["claims"].(object)
	for name, want := range map[string]string{
		"sub": "s", "cognito:groups": "a,b", "email_verified": "true", "auth_time": "17", "aud": "web",
		"exp": "Sun Nov 22 12:01:00 UTC 2026", "iat": "Sun Nov 22 12:00:00 UTC 2026", "token_use": "id",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %q", name, claims[name], want)
		}
	}
	if len(authorizer) != 1 {
		t.Errorf("beside the claims there is %v", authorizer)
	}
	if text := claimText(map[string]any{"a": []any{json.Number("1"), true}}); text != `{"a":[1,true]}` {
		t.Errorf("an object is %s", text)
	}
}

// TestCognitoExpires: a token that was right is asked again, since nothing is cached.
func TestCognitoExpires(t *testing.T) {
	p := newPools(t)
	api := start(t, guard(p, ""))
	made := token(t, p.own, "web", "id", nil)
	api.event(t, "GET", "/Prod/x", "", "Authorization: "+made)
	api.clock.pass(time.Minute)
	response, body := api.send(t, "GET", "/Prod/x", "", "Authorization: "+made)
	expectRefusal(t, "a minute later", response, body, 401, "UnauthorizedException",
		`{"message":"The incoming token has expired"}`)
}

// TestCognitoResourcePolicy: with a resource policy, both must let the caller in (API Gateway Developer Guide,
// apigateway-authorization-flow).
func TestCognitoResourcePolicy(t *testing.T) {
	p := newPools(t)
	statement := func(effect, what string) any {
		return object{"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": apiARN + what}
	}
	right := token(t, p.own, "web", "id", nil)
	for _, row := range []struct {
		name, why  string
		statements []any
		token      string
		status     int
	}{
		{"both", "an explicit allow", []any{statement("Allow", "/*")}, right, 200},
		{"no token", "the policy alone is not enough", []any{statement("Allow", "/*")}, "", 401},
		{"denied", "an explicit deny", []any{statement("Allow", "/*"), statement("Deny", "/*")}, right, 403},
		{"nothing allows", "a policy without an allow", []any{statement("Allow", "/Prod/PUT/*")}, right, 403},
	} {
		api := start(t, func(config *Config) {
			guard(p, "")(config)
			config.Policy = policy(t, row.statements...)
		})
		response, body := api.send(t, "GET", "/Prod/x", "", "Authorization: "+row.token)
		if response.StatusCode != row.status {
			t.Errorf("%s: %s, want %d (%s)", row.name, describe(response, body), row.status, row.why)
		}
	}
}

// TestCognitoConfig: a method is open to nobody where its authorizer is not what its authorization says.
func TestCognitoConfig(t *testing.T) {
	p := newPools(t)
	for _, row := range []struct {
		name, why string
		change    func(*Method)
		want      string
	}{
		{
			name: "no authorizer", why: "it is not in the assembly", want: "is not a Cognito authorizer",
			change: func(m *Method) { m.Authorizer = nil },
		},
		{
			name: "a Lambda authorizer", why: "it makes no claims", want: "is not a Cognito authorizer",
			change: func(m *Method) { m.Authorizer.Type = "TOKEN" },
		},
		{
			name: "for CUSTOM", why: "it has no function", want: "is not a Lambda authorizer",
			change: func(m *Method) { m.Authorization = "CUSTOM" },
		},
		{
			name: "a query parameter", why: "AWS takes a header", want: "one identity source, a header",
			change: func(m *Method) { m.Authorizer.Identity = []string{"method.request.querystring.token"} },
		},
		{
			name: "no identity source", why: "AWS wants one", want: "one identity source, a header",
			change: func(m *Method) { m.Authorizer.Identity = nil },
		},
	} {
		config := Config{
			Methods: []Method{{HTTPMethod: "GET", ResourcePath: "/x", Lambda: &Function{}}}, Credentials: &iam.Store{},
		}
		guard(p, "")(&config)
		row.change(&config.Methods[0])
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %q (%s)", row.name, err, row.want, row.why)
		}
	}
}

// TestGuarded: the methods are those that a client can call as they stand.
func TestGuarded(t *testing.T) {
	p := newPools(t)
	p.second.Clients = []*cognito.Client{{ID: "app"}, {ID: "web"}}
	for _, row := range []struct {
		name, why   string
		method      Method
		validation  string
		scopes      []string
		want, scope string // the client's id, "" if the method is left out
	}{
		{
			name: "a path", why: "by an ID token", method: Method{HTTPMethod: "POST", ResourcePath: "/grant"},
			want: "app",
		},
		{
			name: "an audience", why: "only this client's", method: Method{HTTPMethod: "POST", ResourcePath: "/grant"},
			validation: "web", want: "web",
		},
		{
			name: "a scope", why: "every client may have it", method: Method{HTTPMethod: "GET", ResourcePath: "/x"},
			scopes: []string{"x/y", cognito.AdminScope}, want: "app", scope: cognito.AdminScope,
		},
		{
			name: "another scope", why: "no client may have it", method: Method{HTTPMethod: "GET", ResourcePath: "/x"},
			scopes: []string{"x/y"},
		},
		{
			name: "a scope and an audience", why: "no access token has one",
			method: Method{HTTPMethod: "GET", ResourcePath: "/x"}, scopes: []string{cognito.AdminScope},
			validation: "web",
		},
		{name: "ANY", why: "it is no method", method: Method{HTTPMethod: "ANY", ResourcePath: "/any"}},
		{name: "a variable", why: "it has no value", method: Method{HTTPMethod: "GET", ResourcePath: "/{id}"}},
	} {
		config := Config{Methods: []Method{row.method}, Credentials: &iam.Store{}}
		guard(p, row.validation, row.scopes...)(&config)
		config.Methods[0].Lambda = &Function{ARN: "arn"}
		config.Methods = append(config.Methods, Method{
			HTTPMethod: "GET", ResourcePath: "/open", Authorization: "NONE", Lambda: &Function{},
		})
		made, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		guarded := made.Guarded()
		if row.want == "" {
			if len(guarded) > 0 {
				t.Errorf("%s: %+v (%s)", row.name, guarded, row.why)
			}
			continue
		}
		if len(guarded) != 1 || guarded[0].Client.ID != row.want || guarded[0].Scope != row.scope {
			t.Fatalf("%s: %+v (%s)", row.name, guarded, row.why)
		}
		only := guarded[0]
		if only.Path != row.method.ResourcePath || only.FunctionARN != "arn" || only.Pool != p.second {
			t.Errorf("%s: %+v", row.name, only)
		}
	}
}
