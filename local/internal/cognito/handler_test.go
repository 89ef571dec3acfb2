package cognito

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/furl-cdk/furl/local/internal/journal"
)

const address = "127.0.0.1:24001"

// initiate is a request to InitiateAuth.
func initiate(body any) *http.Request {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://"+address+"/", bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth")
	return r
}

// answer serves a request, and returns its lines in the log.
func answer(pools *Pools, r *http.Request) (response *httptest.ResponseRecorder, log string) {
	var written bytes.Buffer
	response = httptest.NewRecorder()
	handler := NewHandler(pools, address, func() time.Time { return now })
	journal.New(journal.Options{To: &written, Verbose: true}).Handler("user pools", handler).ServeHTTP(response, r)
	return response, written.String()
}

func TestInitiateAuth(t *testing.T) {
	pools, pool, client := withClient(t, nil, nil)
	response, _ := answer(pools, initiate(object{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client.ID,
		"AuthParameters": object{"USERNAME": "ada", "PASSWORD": pools.Password()},
	}))
	var answered initiated
	if err := json.Unmarshal(response.Body.Bytes(), &answered); err != nil || response.Code != 200 {
		t.Fatalf("%d %s: %v", response.Code, response.Body, err)
	}
	result := answered.AuthenticationResult
	if result.TokenType != "Bearer" || result.ExpiresIn != 3600 {
		t.Errorf("the answer is for %d s, of type %s", result.ExpiresIn, result.TokenType)
	}
	for use, token := range map[string]string{UseID: result.IdToken, UseAccess: result.AccessToken} {
		if _, err := Verify(token, use, []*Issuer{pool.Issuer}, now); err != nil {
			t.Errorf("%s token: %v", use, err)
		}
	}
}

// TestInitiateAuthRefused holds the refusals to AWS's words. No answer and no log has text of the caller's.
func TestInitiateAuthRefused(t *testing.T) {
	pools, _, client := withClient(t, nil, nil)
	closedPools, _, closed := withClient(t, nil, object{"ExplicitAuthFlows": []any{"ALLOW_USER_SRP_AUTH"}})
	secretPools, _, secret := withClient(t, nil, object{"GenerateSecret": true})
	for _, row := range []struct {
		name, why  string
		pools      *Pools
		client     *Client
		flow       string
		parameters object // changes; nil removes one
		want       string
	}{
		{
			name: "a wrong password", why: "the password is the run's", parameters: object{"PASSWORD": "wrong-one"},
			want: "NotAuthorizedException: Incorrect username or password.",
		},
		{
			name: "no password", why: "nothing to compare", parameters: object{"PASSWORD": nil},
			want: "InvalidParameterException: Missing required parameter PASSWORD",
		},
		{
			name: "no user", why: "nobody signs in", parameters: object{"USERNAME": nil},
			want: "InvalidParameterException: Missing required parameter USERNAME",
		},
		{
			name: "a user with a space", why: "Cognito takes none", parameters: object{"USERNAME": "wrong one"},
			want: "InvalidParameterException: a user's name",
		},
		{
			name: "an unknown client", why: "it has no pool", client: &Client{ID: "unknown"},
			want: "ResourceNotFoundException: User pool client does not exist.",
		},
		{
			name: "a flow that is not enabled", why: "the template leaves it out", pools: closedPools, client: closed,
			want: "InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client",
		},
		{
			name: "another flow", why: "it is not simulated", flow: "USER_SRP_AUTH",
			want: "InvalidParameterException: furl local simulates the flow USER_PASSWORD_AUTH",
		},
		{
			name: "no secret hash", why: "the client has a secret", pools: secretPools, client: secret,
			want: "NotAuthorizedException: Client " + secret.ID + " is configured for secret but secret was not " +
				"received",
		},
		{
			name: "a wrong secret hash", why: "likewise", pools: secretPools, client: secret,
			parameters: object{"SECRET_HASH": "wrong"},
			want:       "NotAuthorizedException: Unable to verify secret hash for client " + secret.ID,
		},
		{
			name: "a secret hash for no secret", why: "nothing to compare it with",
			parameters: object{"SECRET_HASH": secretHash("", "ada", client.ID)},
			want:       "NotAuthorizedException: Unable to verify secret hash for client " + client.ID,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.pools == nil {
				row.pools = pools
			}
			if row.client == nil {
				row.client = client
			}
			if row.flow == "" {
				row.flow = "USER_PASSWORD_AUTH"
			}
			parameters := object{"USERNAME": "ada", "PASSWORD": row.pools.Password()}
			for name, value := range row.parameters {
				if parameters[name] = value; value == nil {
					delete(parameters, name)
				}
			}
			response, log := answer(row.pools, initiate(object{
				"AuthFlow": row.flow, "ClientId": row.client.ID, "AuthParameters": parameters,
			}))
			var refused struct {
				Type    string `json:"__type"`
				Message string `json:"message"`
			}
			err := json.Unmarshal(response.Body.Bytes(), &refused)
			if said := refused.Type + ": " + refused.Message; err != nil || response.Code != 400 ||
				!strings.HasPrefix(said, row.want) {
				t.Errorf("%s: %d %s, want %s", row.why, response.Code, response.Body, row.want)
			}
			if !strings.Contains(log, refused.Message) || strings.Contains(log+response.Body.String(), "wrong-one") ||
				strings.Contains(log, row.pools.Password()) {
				t.Errorf("the log is %q", log)
			}
		})
	}
	hash := secretHash(secret.secret, "ada", secret.ID)
	response, _ := answer(secretPools, initiate(object{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": secret.ID,
		"AuthParameters": object{"USERNAME": "ada", "PASSWORD": secretPools.Password(), "SECRET_HASH": hash},
	}))
	if response.Code != 200 {
		t.Errorf("the right secret hash: %d %s", response.Code, response.Body)
	}
}

func secretHash(secret, user, client string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(user + client))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestDocuments(t *testing.T) {
	pools, pool, _ := withClient(t, nil, nil)
	get := func(host, path string) (*httptest.ResponseRecorder, string) {
		r := httptest.NewRequest(http.MethodGet, "http://"+host+path, nil)
		return answer(pools, r)
	}
	awsHost, keys := "cognito-idp.eu-west-1.amazonaws.com", "/"+pool.ID+"/.well-known/jwks.json"
	for _, row := range []struct {
		name, why, host, path string
		status                int
		want                  string
	}{
		{"keys", "two of them", address, keys, 200, `{"keys":[{"alg":"RS256"`},
		{"keys by localhost", "a page's name", "localhost:24001", keys, 200, "keys"},
		{"keys by AWS's name", "functions'", awsHost, keys, 200, "keys"},
		{
			"configuration", "it names AWS's issuer", address, "/" + pool.ID + "/.well-known/openid-configuration", 200,
			`"issuer":"` + pool.URL + `"`,
		},
		{"another pool", "it is not there", address, "/eu-west-1_x/.well-known/jwks.json", 404, "furl local has"},
		{"another path", "nothing is there", address, "/" + pool.ID, 404, "furl local has"},
		{"the root", "it takes POST", address, "/", 404, "furl local has"},
		{"a rebound name", "a page elsewhere", "evil.example:24001", keys, 403, "host"},
		{"no port", "another server's name", "127.0.0.1", keys, 403, "host"},
	} {
		response, _ := get(row.host, row.path)
		if response.Code != row.status || !strings.Contains(response.Body.String(), row.want) {
			const message = "%s: %d %s, want %d %s (%s)"
			t.Errorf(message, row.name, response.Code, response.Body, row.status, row.want, row.why)
		}
		if open := response.Header().Get("Access-Control-Allow-Origin") == "*"; open != (row.status != 403) {
			t.Errorf("%s: pages may read it: %v", row.name, open)
		}
	}
	preflight := httptest.NewRequest(http.MethodOptions, "http://"+address+"/", nil)
	preflight.Header.Set("Access-Control-Request-Headers", "x-amz-target,content-type")
	response, _ := answer(pools, preflight)
	if response.Code != 200 || response.Header().Get("Access-Control-Allow-Headers") != "x-amz-target,content-type" {
		t.Errorf("preflight: %d %v", response.Code, response.Header())
	}
	other := initiate(object{})
	other.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp")
	if response, _ := answer(pools, other); response.Code != 400 ||
		!strings.Contains(response.Body.String(), "UnknownOperationException") {
		t.Errorf("SignUp: %d %s", response.Code, response.Body)
	}
	long := initiate(object{"ClientId": strings.Repeat("x", maxBody)})
	if response, _ := answer(pools, long); !strings.Contains(response.Body.String(), "SerializationException") {
		t.Errorf("a long body: %d %s", response.Code, response.Body)
	}
}
