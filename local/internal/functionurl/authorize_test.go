package functionurl

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/furl-cdk/furl/local/internal/iam"
)

// TestAuthorize checks in each row whether one caller may call. The request goes through the whole chain.
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
		logged            string
		details           string // below the line
	}{
		{
			name: "the signer", why: "named in the resource policy",
			target: "/echo", change: signedBy(u.credentials), status: 200,
		},
		{
			name: "an administrator", why: "same account: the identity policy suffices",
			target: "/echo", change: signedBy(admin), status: 200,
		},
		{
			name: "loopback host", why: "direct clients sign the host that they send",
			target: "/echo",
			change: func(r *http.Request) { r.Host = u.address; sign(t, r, "", u.credentials, clock) }, status: 200,
		},
		{
			name: "cloudfront's id", why: "added after signing",
			target: "/echo",
			change: func(r *http.Request) { sign(t, r, "", u.credentials, clock); r.Header.Set("X-Amz-Cf-Id", "x==") },
			status: 200,
		},
		{
			name: "unsigned", why: "AWS_IAM",
			target: "/echo", change: func(*http.Request) {}, status: 403, code: "AccessDeniedException",
			message: `{"Message":"Forbidden. For`,
			logged:  "Function URL Stack/Url: signature: the request has no Authorization header",
		},
		{
			name: "wrongly signed", why: "another secret",
			target: "/echo",
			change: func(r *http.Request) {
				wrong := u.credentials
				wrong.SecretAccessKey = "x"
				sign(t, r, "", wrong, clock)
			},
			status: 403, code: "InvalidSignatureException",
			message: `{"message":"The request signature we calculated does not match`,
			logged:  "signature: the signature does not match: no usual mistake gives its signature",
			details: "\n  canonical request that the client claims to have signed:\n      GET\n      /echo\n",
		},
		{
			name: "expired", why: "more than 5 minutes old",
			target: "/echo",
			change: func(r *http.Request) { sign(t, r, "", u.credentials, clock.Add(-6*time.Minute)) }, status: 403,
			code: "InvalidSignatureException", message: `{"message":"Signature expired: `,
			logged: "signature: Signature expired",
		},
		{
			name: "unknown", why: "credentials of another place",
			target: "/echo",
			change: signedBy(aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "x", SessionToken: "y"}),
			status: 403, code: "UnrecognizedClientException",
			message: "security token included in the request is invalid",
			logged:  "nobody was given the access key id ASIAX",
		},
		{
			name: "another role", why: "not named",
			target: "/echo", change: signedBy(other), status: 403, code: "AccessDeniedException",
			message: "Forbidden",
			logged: "policy: no statement of the resource policy of function orders or of the identity policies " +
				"of role other allows lambda:InvokeFunctionUrl on " + functionARN +
				" (lambda:FunctionUrlAuthType=AWS_IAM)",
		},
		{
			name: "half allowed", why: "both actions are needed",
			target: "/echo", change: signedBy(half), status: 403, code: "AccessDeniedException", message: "Forbidden",
			logged: "allows lambda:InvokeFunction on " + functionARN + " (lambda:InvokedViaFunctionUrl=true)",
		},
		{
			name: "another account", why: "the resource policy must allow it too",
			target: "/echo", change: signedBy(foreign), status: 403, code: "AccessDeniedException",
			message: "Forbidden", logged: "asks from outside",
		},
		{
			name: "another host", why: "CloudFront must not forward the viewer's",
			target: "/echo",
			change: func(r *http.Request) { r.Host = "d111.cloudfront.net"; sign(t, r, "", u.credentials, clock) },
			status: 403, code: "AccessDeniedException", message: "Forbidden",
			logged: "host: the request is for host d111.cloudfront.net",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(u.log.String())
			r := u.request(t, "GET", test.target, "")
			test.change(r)
			response, body := do(t, r)
			status, code := response.StatusCode, response.Header.Get("X-Amzn-Errortype")
			if status != test.status || code != test.code || !strings.Contains(string(body), test.message) {
				t.Errorf("%s: %s", test.why, describe(response, body))
			}
			if response.Header.Get("X-Amzn-Requestid") == "" {
				t.Error("no x-amzn-requestid")
			}
			if test.status != 200 && response.Header.Get("Content-Type") != "application/json" {
				t.Errorf("content type %s", response.Header.Get("Content-Type"))
			}
			logged := u.log.String()[before:]
			want := cmp.Or(test.logged, " ms  function Stack/Orders\n")
			if !strings.Contains(logged, want) {
				t.Errorf("the log does not say %q but:\n%s", want, logged)
			}
			if !strings.Contains(logged, test.details) || strings.Contains(logged, "\n  ") != (test.details != "") {
				t.Errorf("the details are not %q but:\n%s", test.details, logged)
			}
			lines := strings.Split(strings.TrimSuffix(logged, "\n"), "\n")
			for _, line := range lines[1:] {
				if !strings.HasPrefix(line, "  ") {
					t.Errorf("a line of the reason is not indented: %q", line)
				}
			}
			for _, secret := range []string{u.credentials.SessionToken, u.credentials.SecretAccessKey} {
				if strings.Contains(logged, secret) {
					t.Errorf("the log tells a secret:\n%s", logged)
				}
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
			if response.StatusCode != 403 || !strings.Contains(u.log.String(), "allows "+missing+" on") {
				t.Errorf("%s\n%s", describe(response, body), u.log)
			}
		})
	}
}

func TestAuthorizeNone(t *testing.T) {
	open := start(t, none(t))
	if response, body := do(t, open.request(t, "GET", "/echo", "")); response.StatusCode != 200 {
		t.Errorf("for anyone: %s\n%s", describe(response, body), open.log)
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
		{
			name: "host", why: "the id is part of it",
			config:  Config{Path: "Stack/Url", Host: "example.com"},
			message: `function URL Stack/Url: "example.com" is not the host name`,
		},
		{
			name: "auth type", why: "two only",
			config: Config{Host: awsHost, AuthType: "IAM"}, message: `AuthType must be AWS_IAM or NONE, not "IAM"`,
		},
		{
			name: "invoke mode", why: "two only",
			config: Config{Host: awsHost, AuthType: AuthIAM, InvokeMode: "STREAM"}, message: "InvokeMode must be",
		},
		{
			name: "no origins", why: "AWS refuses it",
			config:  Config{Host: awsHost, AuthType: AuthIAM, Cors: &Cors{}},
			message: "AllowOrigins must not be empty",
		},
		{
			name: "options", why: "AWS refuses it",
			config: Config{
				Host: awsHost, AuthType: AuthIAM,
				Cors: &Cors{AllowOrigins: []string{"*"}, AllowMethods: []string{"OPTIONS"}},
			},
			message: `"OPTIONS" is not allowed`,
		},
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

// TestRoleGoesMeanwhile: a role may go between the check of the signature and that of the policies.
func TestRoleGoesMeanwhile(t *testing.T) {
	var config Config
	u := start(t, func(c *Config) { config = *c })
	handler, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	handler.verifier.Credentials = func(string) (aws.Credentials, bool) {
		u.store.Adopt(&iam.Roles{}, &iam.Users{})
		return u.credentials, true
	}
	request := sign(t, u.request(t, "GET", "/echo", ""), "", u.credentials, clock)
	request.RequestURI = "/echo" // as a server gets it
	_, refused := handler.authenticate(request, nil)
	if refused == nil || refused.status != 403 || !strings.Contains(refused.reason, "its role is gone") {
		t.Errorf("the refusal is %+v", refused)
	}
}
