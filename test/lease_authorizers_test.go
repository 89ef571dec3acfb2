package test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// callerCode is a handler that answers with the session that called.
const callerCode = "return { statusCode: 200, body: event.requestContext.authorizer.iam.userArn }"

// hostStack is a stack whose grant Lambda is built for this machine.
func hostStack(t *testing.T, id string) (awscdk.App, awscdk.Stack) {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, id, "ap-northeast-1")
	stack.Node().SetContext(jsii.String("furl:target"), jsii.String("host"))
	return app, stack
}

// leaseOf is a grant of one function with this code, for any origin.
func leaseOf(stack awscdk.Stack, id, code string, authorizer furl.GrantAuthorizer) *furl.CredentialGrant {
	fn := awslambda.NewFunction(stack, jsii.String(id+"Function"), nodeFunction(code))
	return furl.NewCredentialGrant(stack, jsii.String(id), &furl.CredentialGrantProps{
		Authorizer: authorizer, Functions: []furl.GrantFunction{{Name: "one", Function: fn}}, AnyOrigin: true,
	})
}

// restAPIOf is the address of the API at a construct path.
func (r *running) restAPIOf(t *testing.T, path string) string {
	t.Helper()
	for _, api := range r.RestAPIs {
		if api.ID == path {
			return api.URL
		}
	}
	t.Fatalf("no REST API %s among %v", path, r.RestAPIs)
	return ""
}

func withHeader(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

// expectAnswer sends a request and wants this status and error code. The code of a lease is "".
func expectAnswer(t *testing.T, why string, r *http.Request, status int, code string) answer {
	t.Helper()
	a := send(t, r)
	var refusal struct{ Error, Message string }
	err := json.Unmarshal(a.body, &refusal)
	unexplained := code != "" && refusal.Message == ""
	if a.status != status || err != nil || refusal.Error != code || unexplained {
		t.Errorf("%s: answered %d %s, want %d %s", why, a.status, a.body, status, code)
	}
	return a
}

// TestLeaseByApiKey checks that only the usage plan's key leases. The session has the key's id as its name, not the
// key.
func TestLeaseByApiKey(t *testing.T) {
	app, stack := hostStack(t, "ByKey")
	plan := awsapigateway.NewUsagePlan(stack, jsii.String("Plan"), nil)
	plan.AddApiKey(awsapigateway.NewApiKey(stack, jsii.String("Key"), nil), nil)
	awsapigateway.NewApiKey(stack, jsii.String("Unplanned"), &awsapigateway.ApiKeyProps{
		Value: jsii.String("a-key-that-is-in-no-usage-plan"),
	})
	leaseOf(stack, "Grant", callerCode, furl.ApiKeyAuthorizer(plan))
	local := startLocal(t, synth(t, app).dir)
	api := local.restAPI(t)
	key := local.secret(t, "ByKey/Key")
	for _, row := range []struct{ name, why, key string }{
		{"none", "a key is required", ""},
		{"wrong", "a guess", "0123456789012345678901234567890123456789"},
		{"unplanned", "a key of this account, but of no plan", "a-key-that-is-in-no-usage-plan"},
	} {
		expectAnswer(t, row.why, withHeader(grantRequest(t, api, "", ""), "X-Api-Key", row.key), 403, "INVALID_API_KEY")
	}
	g := lease(t, withHeader(grantRequest(t, api, "", ""), "X-Api-Key", key))
	a := send(t, call(t, g, "/", "", time.Now()))
	if a.status != 200 || a.has(key) {
		t.Errorf("called with the lease: %d %s", a.status, a.body)
	}
	if strings.Count(local.log(), key) != 1 {
		t.Error("the key is in the log other than where it is announced")
	}
}

// TestLeaseByIam checks that a role with execute-api:Invoke on the method leases, and another role does not. The test
// takes a role's credentials from a second grant with a REQUEST authorizer. Its function answers with its environment.
func TestLeaseByIam(t *testing.T) {
	app, stack := hostStack(t, "ByIam")
	check := awslambda.NewFunction(stack, jsii.String("Check"), nodeFunction(`return {
		principalId: event.headers["X-User"],
		policyDocument: { Version: "2012-10-17", Statement: [{
			Effect: event.queryStringParameters?.deny ? "Deny" : "Allow",
			Action: "execute-api:Invoke", Resource: event.methodArn,
		}] },
	}`))
	leaseOf(stack, "Leak", "return { statusCode: 200, body: JSON.stringify(process.env) }", furl.LambdaAuthorizer(
		awsapigateway.NewRequestAuthorizer(stack, jsii.String("Request"), &awsapigateway.RequestAuthorizerProps{
			Handler: check, IdentitySources: jsii.Strings(*awsapigateway.IdentitySource_Header(jsii.String("X-User"))),
		})))
	grant := leaseOf(stack, "Grant", callerCode, furl.IamAuthorizer())
	invoker, _ := stack.Node().FindChild(jsii.String("LeakFunction")).(awslambda.Function)
	invoker.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("execute-api:Invoke"),
		Resources: &[]*string{
			grant.RestApi().ArnForExecuteApi(jsii.String("POST"), jsii.String("/grant"), jsii.String("Prod")),
		},
	}))
	local := startLocal(t, synth(t, app).dir)

	leakApi, api := local.restAPIOf(t, "ByIam/Leak/Api"), local.restAPIOf(t, "ByIam/Grant/Api")
	expectAnswer(t, "the identity source is missing", grantRequest(t, leakApi, "", ""), 401, "UNAUTHORIZED")
	denied := withHeader(grantRequest(t, leakApi, "", ""), "X-User", "eve")
	denied.URL.RawQuery = "deny=1"
	expectAnswer(t, "the authorizer denies", denied, 403, "ACCESS_DENIED")
	env := map[string]string{}
	a := send(t, call(t, lease(t, withHeader(grantRequest(t, leakApi, "", ""), "X-User", "ada")), "/", "", time.Now()))
	if err := json.Unmarshal(a.body, &env); err != nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	role := credentialsOf(t, env)

	signedGrant := func(c aws.Credentials, service string, at time.Time) *http.Request {
		r := grantRequest(t, api, "", "{}")
		signV4(t, r, c, "{}", service, "ap-northeast-1", at)
		return r
	}
	g := lease(t, signedGrant(role, "execute-api", time.Now()))
	if a := send(t, call(t, g, "/", "", time.Now())); a.status != 200 || !a.has("/sha256-") {
		t.Errorf("called with the lease: %d %s", a.status, a.body)
	}
	for _, row := range []struct {
		name, why string
		request   *http.Request
		code      string
	}{
		{
			name: "unsigned", why: "nobody", request: grantRequest(t, api, "", "{}"),
			code: "MISSING_AUTHENTICATION_TOKEN",
		},
		{
			name: "a wrong secret", why: "the key id alone",
			request: signedGrant(withSecret(role, strings.Repeat("x", 40)), "execute-api", time.Now()),
			code:    "INVALID_SIGNATURE",
		},
		{
			name: "another service", why: "a signature for the Function URL",
			request: signedGrant(role, "lambda", time.Now()), code: "INVALID_SIGNATURE",
		},
		{
			name: "old", why: "a replay",
			request: signedGrant(role, "execute-api", time.Now().Add(-6*time.Minute)),
			code:    "INVALID_SIGNATURE",
		},
		{
			name: "the lease itself", why: "the leased role may call Function URLs only",
			request: signedGrant(g.credentials(), "execute-api", time.Now()),
			code:    "ACCESS_DENIED",
		},
	} {
		expectAnswer(t, row.name+": "+row.why, row.request, 403, row.code)
	}
	trailing := grantRequest(t, api, "", "{}")
	trailing.URL.Path += "/"
	signV4(t, trailing, role, "{}", "execute-api", "ap-northeast-1", time.Now())
	expectAnswer(t, "the role's policy is for /grant, not for /grant/", trailing, 403, "ACCESS_DENIED")
}
