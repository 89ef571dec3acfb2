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

// signedAPI is an API with IAM authorization. A change, unless nil, alters its configuration.
func signedAPI(t *testing.T, change func(*Config)) *testAPI {
	t.Helper()
	return start(t, func(config *Config) {
		config.Methods[0].Authorization = "AWS_IAM"
		if change != nil {
			change(config)
		}
	})
}

// role makes a role of an account, with the given statements in its identity policy.
func role(t *testing.T, in, name string, statements ...any) *iam.Role {
	t.Helper()
	config := iam.RoleConfig{
		ARN: "arn:aws:iam::" + in + ":role/" + name,
		Trust: policy(t, object{
			"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": "lambda.amazonaws.com"},
		}),
	}
	if len(statements) > 0 {
		config.Policies = []*iam.Policy{policy(t, statements...)}
	}
	role, err := iam.NewRole(config)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

func statement(effect, resource string) object {
	return object{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
}

// sign signs with the SDK. The signature is over host, date, token and body hash.
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
	badSignature = `{"message":"The request signature we calculated does not match the signature you provided. ` +
		`Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`
	badToken = `{"message":"The security token included in the request is invalid."}`
)

// notAuthorized is AWS's message, with the account masked.
func notAuthorized(user, method string) string {
	return `{"message":"User: ` + user + ` is not authorized to perform: execute-api:Invoke on resource: ` +
		`arn:aws:execute-api:ap-northeast-1:********3333:a1b2c3d4e5/Prod/` + method + `"}`
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
		Role: role(t, account, "narrowed", statement("Allow", "*")), Name: "s",
		Policy: policy(t, statement("Allow", apiARN+"/Prod/GET/*")),
	})
	foreign := api.store.Issue(role(t, "444455556666", "foreign", statement("Allow", "*")), "s")
	expired := api.store.Assume(iam.Session{
		Role: role(t, account, "expired", statement("Allow", "*")), Name: "s", Expires: api.clock.Now(),
	})
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
		{name: "allowed", why: "by the identity's policy", change: signed(allowed), status: 200},
		{
			name: "unsigned", why: "AWS_IAM needs a signature",
			change: func(*http.Request) {}, status: 403, errorType: "MissingAuthenticationTokenException",
			body: missingToken,
		},
		{
			name: "bearer token", why: "is no signature",
			change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, status: 403,
			errorType: "IncompleteSignatureException",
			body:      `{"message":"Authorization header requires the algorithm AWS4-HMAC-SHA256."}`,
		},
		{
			name: "another service", why: "of the signature's scope",
			change: func(r *http.Request) { sign(t, r, "text", allowed, "lambda", api.clock.Now()) }, status: 403,
			errorType: "InvalidSignatureException",
			body:      `{"message":"Credential should be scoped to correct service: 'execute-api'."}`,
		},
		{
			name: "another secret", why: "the signature differs",
			change: signed(wrongSecret), status: 403, errorType: "InvalidSignatureException", body: badSignature,
		},
		{
			name: "another body", why: "the hash is signed",
			change: func(r *http.Request) { sign(t, r, "other", allowed, "execute-api", api.clock.Now()) },
			status: 403, errorType: "InvalidSignatureException", body: badSignature,
		},
		{
			name: "old", why: "more than 5 minutes",
			change: func(r *http.Request) {
				sign(t, r, "text", allowed, "execute-api", api.clock.Now().Add(-6*time.Minute))
			},
			status: 403, errorType: "InvalidSignatureException",
			body: `{"message":"Signature expired: 20261122T115400Z is now earlier than 20261122T115500Z ` +
				`(20261122T120000Z - 5 min.)"}`,
		},
		{
			name: "unknown key", why: "nobody has it",
			change: signed(unknown), status: 403, errorType: "UnrecognizedClientException", body: badToken,
		},
		{
			name: "expired session", why: "at its very end",
			change: signed(expired), status: 403, errorType: "ExpiredTokenException",
			body: `{"message":"The security token included in the request is expired"}`,
		},
		{
			name: "a service", why: "CloudFront signs for Function URLs only",
			change: signed(api.store.IssueService(iam.Service{Principal: "cloudfront.amazonaws.com"})), status: 403,
			errorType: "InvalidSignatureException", body: badToken,
		},
		{
			name: "allowed nothing", why: "nothing is allowed that is not named",
			change: signed(nothing), status: 403, errorType: "AccessDeniedException", body: refusal("nothing"),
		},
		{
			name: "allowed another method", why: "nothing is allowed that is not named",
			change: signed(elsewhere), status: 403, errorType: "AccessDeniedException", body: refusal("elsewhere"),
		},
		{
			name: "denied", why: "a denial wins",
			change: signed(denied), status: 403, errorType: "AccessDeniedException", body: refusal("denied"),
		},
		{
			name: "session policy", why: "must allow too",
			change: signed(narrowed), status: 403, errorType: "AccessDeniedException", body: refusal("narrowed"),
		},
		{
			name: "another account", why: "the resource policy must allow too",
			change: signed(foreign), status: 403, errorType: "AccessDeniedException",
			body: notAuthorized("arn:aws:sts::444455556666:assumed-role/foreign/s", "POST/x"),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(api.log.String())
			r := api.request(t, "POST", "/Prod/x", "text")
			test.change(r)
			response, body := do(t, r)
			if test.status != 200 {
				expectRefusal(t, test.why, response, body, test.status, test.errorType, test.body)
			} else if response.StatusCode != 200 {
				t.Errorf("%s: %s\n%s", test.why, describe(response, body), api.log)
			}
			log := api.log.String()[before:]
			lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
			for _, line := range lines[1:] {
				if !strings.HasPrefix(line, "  ") {
					t.Errorf("a line of the reason is not indented: %q", line)
				}
			}
			if last := lines[len(lines)-1]; log != "" && strings.TrimSpace(last) == "" {
				t.Errorf("the reason ends in a line of blanks:\n%s", log)
			}
			expired := test.errorType == "ExpiredTokenException"
			if strings.Contains(log, "REST API Stack/Api: EXPIRED_TOKEN: ") != expired {
				t.Errorf("of the wrong response type: %s", log)
			}
			if strings.Contains(log, allowed.SessionToken) || strings.Contains(log, allowed.SecretAccessKey) ||
				strings.Contains(log, "REST API Stack/Api: ") != (test.status != 200) {
				t.Errorf("the log: %s", log)
			}
		})
	}
}

// TestIAMEvent checks that the integration sees who signed, and does not see the signature.
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
		"accessKey": credentials.AccessKeyID, "accountId": account, "caller": signer.ID + ":alice",
		"user":    signer.ID + ":alice",
		"userArn": "arn:aws:sts::111122223333:assumed-role/caller/alice", "principalOrgId": nil,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	for _, field := range []string{"headers", "multiValueHeaders"} {
		if event[field].(object)["Authorization"] != nil {
			t.Errorf("the signature reached the function in %s", field)
		}
	}
}
