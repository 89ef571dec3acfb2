package apigateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// signedAPI is an API with IAM authorization; change, unless nil, changes that.
func signedAPI(t *testing.T, change func(*Config)) *testAPI {
	t.Helper()
	return start(t, func(config *Config) {
		config.Methods[0].Authorization = "AWS_IAM"
		if change != nil {
			change(config)
		}
	})
}

// role makes a role of an account with the given statements in its own policy.
func role(t *testing.T, in, name string, statements ...any) *iam.Role {
	t.Helper()
	config := iam.RoleConfig{
		ARN:   "arn:aws:iam::" + in + ":role/" + name,
		Trust: policy(t, object{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": "lambda.amazonaws.com"}}),
	}
	if len(statements) > 0 {
		config.Policies = []*iam.Policy{policy(t, statements...)}
	}
	made, err := iam.NewRole(config)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func statement(effect, resource string) object {
	return object{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
}

// sign signs with the SDK: host, date, token and body hash.
func sign(t *testing.T, r *http.Request, body string, credentials aws.Credentials, service string, at time.Time) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	payloadHash := hex.EncodeToString(sum[:])
	clone := r.Clone(context.Background())
	clone.URL.Opaque = "//" + r.Host + r.URL.Opaque
	clone.Header = http.Header{}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, clone, payloadHash, service, region, at); err != nil {
		t.Fatal(err)
	}
	for name, values := range clone.Header {
		r.Header[name] = values
	}
}

const (
	badSignature = `{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`
	badToken     = `{"message":"The security token included in the request is invalid."}`
)

// notAuthorized is AWS's message, with the account masked.
func notAuthorized(who, what string) string {
	return `{"message":"User: ` + who + ` is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:ap-northeast-1:********3333:a1b2c3d4e5/Prod/` + what + `"}`
}

func TestIAM(t *testing.T) {
	api := signedAPI(t, nil)
	session := func(name string, statements ...any) aws.Credentials {
		return api.store.Issue(role(t, account, name, statements...), "s")
	}
	allowed := session("allowed", statement("Allow", apiARN+"/Prod/POST/x"))
	nothing := session("nothing")
	elsewhere := session("elsewhere", statement("Allow", apiARN+"/Prod/GET/*"))
	denied := session("denied", statement("Allow", "*"), statement("Deny", apiARN+"/Prod/POST/x"))
	narrowed := api.store.Assume(iam.Session{
		Role: role(t, account, "narrowed", statement("Allow", "*")), Name: "s", Policy: policy(t, statement("Allow", apiARN+"/Prod/GET/*")),
	})
	foreign := api.store.Issue(role(t, "444455556666", "foreign", statement("Allow", "*")), "s")
	expired := api.store.Assume(iam.Session{Role: role(t, account, "expired", statement("Allow", "*")), Name: "s", Expires: api.clock.Now()})
	wrongSecret, unknown := allowed, allowed
	wrongSecret.SecretAccessKey, unknown.AccessKeyID = "x", "ASIAUNKNOWN"
	signed := func(credentials aws.Credentials) func(*http.Request) {
		return func(r *http.Request) { sign(t, r, "text", credentials, "execute-api", api.clock.Now()) }
	}
	refusal := func(name string) string {
		return notAuthorized("arn:aws:sts::111122223333:assumed-role/"+name+"/s", "POST/x")
	}
	tests := []struct {
		name, why string
		change    func(*http.Request)
		status    int
		errorType string
		body      string
	}{
		{"allowed", "by the identity's policy", signed(allowed), 200, "", ""},
		{"unsigned", "", func(*http.Request) {}, 403, "MissingAuthenticationTokenException", missingToken},
		{"bearer token", "is no signature", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 403, "IncompleteSignatureException", `{"message":"Authorization header requires the algorithm AWS4-HMAC-SHA256."}`},
		{"another service", "of the signature's scope", func(r *http.Request) { sign(t, r, "text", allowed, "lambda", api.clock.Now()) }, 403, "InvalidSignatureException", `{"message":"Credential should be scoped to correct service: 'execute-api'."}`},
		{"another secret", "", signed(wrongSecret), 403, "InvalidSignatureException", badSignature},
		{"another body", "the hash is signed", func(r *http.Request) { sign(t, r, "other", allowed, "execute-api", api.clock.Now()) }, 403, "InvalidSignatureException", badSignature},
		{"old", "more than 5 minutes", func(r *http.Request) { sign(t, r, "text", allowed, "execute-api", api.clock.Now().Add(-6*time.Minute)) }, 403, "InvalidSignatureException", `{"message":"Signature expired: 20261122T115400Z is now earlier than 20261122T115500Z (20261122T120000Z - 5 min.)"}`},
		{"unknown key", "", signed(unknown), 403, "UnrecognizedClientException", badToken},
		{"expired session", "at its very end", signed(expired), 403, "ExpiredTokenException", `{"message":"The security token included in the request is expired"}`},
		{"allowed nothing", "", signed(nothing), 403, "AccessDeniedException", refusal("nothing")},
		{"allowed another method", "", signed(elsewhere), 403, "AccessDeniedException", refusal("elsewhere")},
		{"denied", "a denial wins", signed(denied), 403, "AccessDeniedException", refusal("denied")},
		{"session policy", "must allow too", signed(narrowed), 403, "AccessDeniedException", refusal("narrowed")},
		{"another account", "the resource policy must allow too", signed(foreign), 403, "AccessDeniedException", notAuthorized("arn:aws:sts::444455556666:assumed-role/foreign/s", "POST/x")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(api.verbose.String())
			r := api.request(t, "POST", "/Prod/x", "text")
			test.change(r)
			response, body := do(t, r)
			if test.status != 200 {
				expectRefusal(t, test.why, response, body, test.status, test.errorType, test.body)
			} else if response.StatusCode != 200 {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.verbose)
			}
			said := api.verbose.String()[before:]
			if expired := test.errorType == "ExpiredTokenException"; strings.Contains(said, "403 EXPIRED_TOKEN to POST") != expired {
				t.Errorf("of the wrong response type: %s", said)
			}
			if strings.Contains(said, allowed.SessionToken) || strings.Contains(said, allowed.SecretAccessKey) || (said == "") != (test.status == 200) {
				t.Errorf("--verbose: %s", said)
			}
		})
	}
}

// TestIAMEvent: the integration sees who signed, and not the signature.
func TestIAMEvent(t *testing.T) {
	api := signedAPI(t, nil)
	signer := role(t, account, "caller", statement("Allow", "*"))
	credentials := api.store.Issue(signer, "alice")
	r := api.request(t, "GET", "/Prod/x", "")
	sign(t, r, "", credentials, "execute-api", api.clock.Now())
	response, body := do(t, r)
	if response.StatusCode != 200 {
		t.Fatal(describe(response, body))
	}
	event := parse(t, body)
	got := event["requestContext"].(object)["identity"].(object)
	for name, want := range map[string]any{
		"accessKey": credentials.AccessKeyID, "accountId": account, "caller": signer.ID + ":alice", "user": signer.ID + ":alice",
		"userArn": "arn:aws:sts::111122223333:assumed-role/caller/alice", "principalOrgId": nil,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if event["headers"].(object)["Authorization"] != nil || event["multiValueHeaders"].(object)["Authorization"] != nil {
		t.Error("the signature reached the function")
	}
}

func TestCognito(t *testing.T) {
	api := start(t, func(config *Config) { config.Methods[0].Authorization = "COGNITO_USER_POOLS" })
	response, body := api.send(t, "GET", "/Prod/x", "", "Authorization: Bearer x")
	expectRefusal(t, "there is no user pool", response, body, 501, "NotSimulatedException",
		`{"message":"furl local does not simulate Cognito authorizers, since it has no user pool: try the rest of the API with a Lambda authorizer"}`)
}
