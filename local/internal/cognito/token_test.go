package cognito

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// verified makes a token and verifies it.
func verified(t *testing.T, pool *Pool, s SignIn, use string) Claims {
	t.Helper()
	token, err := pool.Token(s, use, now)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := Verify(token, use, []*Issuer{pool.Issuer}, now)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestTokens holds the claims to those of Cognito's documentation.
func TestTokens(t *testing.T) {
	_, pool, client := withClient(t, nil, object{
		"IdTokenValidity": 5, "AccessTokenValidity": "2", "TokenValidityUnits": object{"IdToken": "minutes"},
	})
	if !strings.HasPrefix(pool.URL, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_") {
		t.Errorf("the issuer is %s", pool.URL)
	}
	for _, row := range []struct {
		use     string
		claims  []string
		expires int64
		client  string // the claim that has the client
		name    string // the claim that has the user
	}{
		{
			use: UseID, expires: now.Unix() + 300, client: "aud", name: "cognito:username",
			claims: []string{
				"aud", "auth_time", "cognito:username", "email", "email_verified", "event_id", "exp", "iat", "iss",
				"jti", "origin_jti", "sub", "token_use",
			},
		},
		{
			use: UseAccess, expires: now.Unix() + 7200, client: "client_id", name: "username",
			claims: []string{
				"auth_time", "client_id", "event_id", "exp", "iat", "iss", "jti", "origin_jti", "scope", "sub",
				"token_use", "username",
			},
		},
	} {
		claims := verified(t, pool, SignIn{Client: client, User: "ada@example.com"}, row.use)
		if names := slices.Sorted(maps.Keys(claims)); !slices.Equal(names, row.claims) {
			t.Errorf("%s: claims %q", row.use, names)
		}
		if exp, err := claims["exp"].(json.Number).Int64(); exp != row.expires || err != nil {
			t.Errorf("%s: exp %d, want %d", row.use, exp, row.expires)
		}
		if claims[row.client] != client.ID || claims[row.name] != "ada@example.com" {
			t.Errorf("%s: client %v, name %v", row.use, claims[row.client], claims[row.name])
		}
		if row.use == UseAccess && claims["scope"] != AdminScope {
			t.Errorf("scope %v", claims["scope"])
		}
	}
}

// TestUsers: a user has the same sub in every run and for every client, and another one in another pool.
func TestUsers(t *testing.T) {
	_, pool, client := withClient(t, nil, nil)
	_, again, _ := withClient(t, nil, nil)
	ada := verified(t, pool, SignIn{Client: client, User: "ada"}, UseID)
	if sub := verified(t, again, SignIn{Client: client, User: "ada"}, UseAccess)["sub"]; sub != ada["sub"] {
		t.Errorf("another run: %v, want %v", sub, ada["sub"])
	}
	if sub := pool.sub("eve"); sub == ada["sub"] {
		t.Error("two users have one sub")
	}
	if other := (&Pool{Issuer: newIssuer("https://other.example")}); other.sub("ada") == ada["sub"] {
		t.Error("a user has the same sub in two pools")
	}
	if _, has := ada["email"]; has {
		t.Error("a name without @ is an e-mail address")
	}
	_, byEmail, client := withClient(t, object{"UsernameAttributes": []any{"email"}}, nil)
	eve := verified(t, byEmail, SignIn{Client: client, User: "eve@example.com"}, UseID)
	if eve["cognito:username"] != eve["sub"] || eve["email"] != "eve@example.com" {
		t.Errorf("a pool that signs in by e-mail address: %v", eve)
	}
}

func TestFurtherClaims(t *testing.T) {
	_, pool, client := withClient(t, nil, nil)
	claims := verified(t, pool, SignIn{Client: client, User: "ada", Claims: map[string]string{
		"cognito:groups": "a,b", "email": "a@example.com", "email_verified": "false", "custom:tenant": "7",
		"sub": "s", "auth_time": "17",
	}}, UseID)
	text, err := json.Marshal(map[string]any{
		"groups": claims["cognito:groups"], "email": claims["email"], "verified": claims["email_verified"],
		"tenant": claims["custom:tenant"], "sub": claims["sub"], "time": claims["auth_time"],
	})
	const want = `{"email":"a@example.com","groups":["a","b"],"sub":"s","tenant":"7","time":17,"verified":false}`
	if err != nil || string(text) != want {
		t.Errorf("claims %s, want %s (%v)", text, want, err)
	}
}

// TestAudienceOfAccessToken: an access token has no aud of its own, so --claim may give it one.
func TestAudienceOfAccessToken(t *testing.T) {
	_, pool, client := withClient(t, nil, nil)
	const audience = "https://api.example.com"
	signIn := SignIn{Client: client, User: "ada", Claims: map[string]string{"aud": audience}}
	if claims := verified(t, pool, signIn, UseAccess); claims["aud"] != audience || claims["client_id"] != client.ID {
		t.Errorf("aud %v, client_id %v", claims["aud"], claims["client_id"])
	}
}

// TestTokenRefused: furl token makes no token that the pool would not give.
func TestTokenRefused(t *testing.T) {
	_, pool, client := withClient(t, nil, object{"AllowedOAuthScopes": []any{"orders/read"}})
	for _, row := range []struct {
		name, why string
		signIn    SignIn
		use, want string
	}{
		{name: "no user", why: "somebody signs in", use: UseID, want: "a user's name"},
		{name: "a space", why: "Cognito takes none", signIn: SignIn{User: "a b"}, use: UseID, want: "a user's name"},
		{name: "a use", why: "there are two", signIn: SignIn{User: "ada"}, use: "refresh", want: `not "refresh"`},
		{
			name: "a scope of another client", why: "this one may not have it",
			signIn: SignIn{User: "ada", Scopes: []string{"orders/write"}}, use: UseAccess,
			want: "may have the scopes aws.cognito.signin.user.admin, orders/read, and not orders/write",
		},
		{
			name: "a scope of an ID token", why: "it has none",
			signIn: SignIn{User: "ada", Scopes: []string{"orders/read"}}, use: UseID, want: "--use access",
		},
		{
			name: "another issuer", why: "it is the pool's", use: UseID,
			signIn: SignIn{User: "ada", Claims: map[string]string{"iss": "x"}}, want: "settled by --pool",
		},
		{
			name: "another use", why: "the key is that of the use", use: UseID,
			signIn: SignIn{User: "ada", Claims: map[string]string{"token_use": "access"}}, want: "settled by --use",
		},
		{
			name: "a time", why: "it is a number", use: UseID,
			signIn: SignIn{User: "ada", Claims: map[string]string{"exp": "soon"}},
			want:   `the claim exp: want seconds since 1970, not "soon"`,
		},
		{
			name: "a truth", why: "it is one of two", use: UseID,
			signIn: SignIn{User: "ada", Claims: map[string]string{"email_verified": "yes"}},
			want:   `the claim email_verified: want true or false, not "yes"`,
		},
		{
			name: "an audience of an ID token", why: "its client is its audience", use: UseID,
			signIn: SignIn{User: "ada", Claims: map[string]string{"aud": "x"}}, want: "aud is settled by --client",
		},
		{
			name: "a client of an access token", why: "it is that of the sign-in", use: UseAccess,
			signIn: SignIn{User: "ada", Claims: map[string]string{"client_id": "x"}},
			want:   "client_id is settled by --client",
		},
	} {
		row.signIn.Client = client
		if _, err := pool.Token(row.signIn, row.use, now); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %q (%s)", row.name, err, row.want, row.why)
		}
	}
	claims := verified(t, pool, SignIn{Client: client, User: "ada", Scopes: []string{"orders/read"}}, UseAccess)
	if claims["scope"] != "orders/read" {
		t.Errorf("scope %v", claims["scope"])
	}
	_, pool, client = withClient(t, object{"LambdaConfig": object{
		"PreTokenGenerationConfig": object{"LambdaArn": "arn", "LambdaVersion": "V2_0"},
	}}, nil)
	verified(t, pool, SignIn{Client: client, User: "ada", Scopes: []string{"any/scope"}}, UseAccess)
}

// TestKeysOfRun: a token of before a reload holds after it, and none of another run does.
func TestKeysOfRun(t *testing.T) {
	run, url := NewRun(t.TempDir()), "https://issuer.example/one"
	token, err := run.Issuer(url).sign(UseID, jwt.MapClaims{"iss": url, "token_use": UseID, "exp": now.Unix() + 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(token, UseID, []*Issuer{run.Issuer(url)}, now); err != nil {
		t.Error("the same run:", err)
	}
	if _, err := Verify(token, UseID, []*Issuer{NewRun(t.TempDir()).Issuer(url)}, now); err == nil {
		t.Error("another run verified it")
	}
	if NewRun("").Password == run.Password {
		t.Error("two runs have the same password")
	}
}
