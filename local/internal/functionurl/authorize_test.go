package functionurl

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestAuthorize asks one question of the whole chain in each row: who may call?
func TestAuthorize(t *testing.T) {
	u := start(t, nil)
	other := u.store.Issue(role(t, "arn:aws:iam::111122223333:role/other", ""), "other")
	admin := u.store.Issue(role(t, "arn:aws:iam::111122223333:role/admin", "lambda:*"), "admin")
	half := u.store.Issue(role(t, "arn:aws:iam::111122223333:role/half", "lambda:InvokeFunctionUrl"), "half")
	foreign := u.store.Issue(role(t, "arn:aws:iam::444455556666:role/signer", "lambda:*"), "edge")
	signedBy := func(credentials aws.Credentials) func(*http.Request) {
		return func(r *http.Request) { sign(t, r, "", credentials, clock) }
	}
	tests := []struct {
		name, why, target string
		change            func(*http.Request)
		status            int
		code, message     string
		verbose           string
	}{
		{"the signer", "named in the resource policy", "/echo", signedBy(u.credentials), 200, "", "", ""},
		{"an administrator", "same account: the identity policy suffices", "/echo", signedBy(admin), 200, "", "", ""},
		{"loopback host", "direct clients sign the host that they send", "/echo", func(r *http.Request) { r.Host = u.address; sign(t, r, "", u.credentials, clock) }, 200, "", "", ""},
		{"cloudfront's id", "added after signing", "/echo", func(r *http.Request) { sign(t, r, "", u.credentials, clock); r.Header.Set("X-Amz-Cf-Id", "x==") }, 200, "", "", ""},
		{"unsigned", "AWS_IAM", "/echo", func(*http.Request) {}, 403, "AccessDeniedException", `{"Message":"Forbidden. For`, "signature: Forbidden"},
		{"wrongly signed", "another secret", "/echo", func(r *http.Request) {
			wrong := u.credentials
			wrong.SecretAccessKey = "x"
			sign(t, r, "", wrong, clock)
		}, 403, "InvalidSignatureException", `{"message":"The request signature we calculated does not match`, "canonical request that the client claims to have signed"},
		{"expired", "more than 5 minutes old", "/echo", func(r *http.Request) { sign(t, r, "", u.credentials, clock.Add(-6*time.Minute)) }, 403, "InvalidSignatureException", `{"message":"Signature expired: `, "signature: Signature expired"},
		{"unknown", "credentials of another place", "/echo", signedBy(aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "x", SessionToken: "y"}), 403, "UnrecognizedClientException", "security token included in the request is invalid", "nobody was given the access key id ASIAX"},
		{"another role", "not named", "/echo", signedBy(other), 403, "AccessDeniedException", "Forbidden", "policy: no statement of the resource policy of function orders or of the identity policies of role other allows lambda:InvokeFunctionUrl on " + functionARN + " (lambda:FunctionUrlAuthType=AWS_IAM)"},
		{"half allowed", "both actions are needed", "/echo", signedBy(half), 403, "AccessDeniedException", "Forbidden", "allows lambda:InvokeFunction on " + functionARN + " (lambda:InvokedViaFunctionUrl=true)"},
		{"another account", "the resource policy must allow it too", "/echo", signedBy(foreign), 403, "AccessDeniedException", "Forbidden", "asks from outside"},
		{"another host", "CloudFront must not forward the viewer's", "/echo", func(r *http.Request) { r.Host = "d111.cloudfront.net"; sign(t, r, "", u.credentials, clock) }, 403, "AccessDeniedException", "Forbidden", "host: the request is for host d111.cloudfront.net"},
		{"brackets in the query", "must be percent-encoded", "/echo?a[]=1", signedBy(u.credentials), 403, "AccessDeniedException", "Forbidden", `query: the query has an unescaped '['`},
		{"tilde in the query", "unreserved", "/echo?a=~", signedBy(u.credentials), 200, "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(u.verbose.String())
			r := u.request(t, "GET", test.target, "")
			test.change(r)
			response, body := do(t, r)
			if response.StatusCode != test.status || response.Header.Get("X-Amzn-Errortype") != test.code || !strings.Contains(string(body), test.message) {
				t.Errorf("%s: %s", test.why, describe(response, body))
			}
			if response.Header.Get("X-Amzn-Requestid") == "" {
				t.Error("no x-amzn-requestid")
			}
			if test.status != 200 && response.Header.Get("Content-Type") != "application/json" {
				t.Errorf("content type %s", response.Header.Get("Content-Type"))
			}
			verbose := u.verbose.String()[before:]
			if !strings.Contains(verbose, test.verbose) || (verbose == "") != (test.status == 200) {
				t.Errorf("--verbose does not say %q but:\n%s", test.verbose, verbose)
			}
			if strings.Contains(verbose, u.credentials.SessionToken) || strings.Contains(verbose, u.credentials.SecretAccessKey) {
				t.Errorf("--verbose tells a secret:\n%s", verbose)
			}
		})
	}
}

// TestAuthorizeNeedsBothPermissions takes away one of the signer's two permissions, and then the other.
func TestAuthorizeNeedsBothPermissions(t *testing.T) {
	for i, missing := range []string{"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} {
		t.Run(missing, func(t *testing.T) {
			u := start(t, func(config *Config) {
				config.Policy.Statements = append(config.Policy.Statements[:i:i], config.Policy.Statements[i+1:]...)
			})
			response, body := do(t, sign(t, u.request(t, "GET", "/echo", ""), "", u.credentials, clock))
			if response.StatusCode != 403 || !strings.Contains(u.verbose.String(), "allows "+missing+" on") {
				t.Errorf("%s\n%s", describe(response, body), u.verbose)
			}
		})
	}
}

func TestAuthorizeNone(t *testing.T) {
	open := start(t, none(t))
	if response, body := do(t, open.request(t, "GET", "/echo", "")); response.StatusCode != 200 {
		t.Errorf("for anyone: %s\n%s", describe(response, body), open.verbose)
	}
	response, body := do(t, open.request(t, "GET", "/echo?a[]=1", ""))
	if response.StatusCode != 400 || response.Header.Get("X-Amzn-Errortype") != "InvalidQueryStringException" {
		t.Errorf("brackets in the query: %s", describe(response, body))
	}
	closed := start(t, func(config *Config) { config.AuthType = AuthNone })
	if response, body := do(t, closed.request(t, "GET", "/echo", "")); response.StatusCode != 403 {
		t.Errorf("NONE needs a resource policy for everyone all the same: %s", describe(response, body))
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name, why string
		config    Config
		message   string
	}{
		{"host", "the id is part of it", Config{Path: "Stack/Url", Host: "example.com"}, `function URL Stack/Url: "example.com" is not the host name`},
		{"auth type", "two only", Config{Host: awsHost, AuthType: "IAM"}, `AuthType must be AWS_IAM or NONE, not "IAM"`},
		{"invoke mode", "two only", Config{Host: awsHost, AuthType: AuthIAM, InvokeMode: "STREAM"}, "InvokeMode must be"},
		{"no origins", "AWS refuses it", Config{Host: awsHost, AuthType: AuthIAM, Cors: &Cors{}}, "AllowOrigins must not be empty"},
		{"options", "AWS refuses it", Config{Host: awsHost, AuthType: AuthIAM, Cors: &Cors{AllowOrigins: []string{"*"}, AllowMethods: []string{"OPTIONS"}}}, `"OPTIONS" is not allowed`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(test.config)
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Errorf("%s: got %v, want an error that contains %q", test.why, err, test.message)
			}
		})
	}
}
