package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	awslambdaclient "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/jsii-runtime-go"
	"github.com/aws/smithy-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// refusesInvokeAPI wants Lambda's own API to refuse a lease, which is for the URL only. grantEnv is the grant Lambda's
// environment.
func refusesInvokeAPI(t *testing.T, g granted, grantEnv map[string]string) {
	t.Helper()
	var functions map[string]struct{ ARN string }
	err := json.Unmarshal([]byte(grantEnv["FURL_FUNCTIONS"]), &functions)
	if err != nil || functions["demo"].ARN == "" {
		t.Fatalf("FURL_FUNCTIONS is %q (%v)", grantEnv["FURL_FUNCTIONS"], err)
	}
	api := awslambdaclient.New(awslambdaclient.Options{
		Region: g.Region, BaseEndpoint: aws.String(grantEnv["AWS_ENDPOINT_URL_LAMBDA"]),
		Credentials: credentials.StaticCredentialsProvider{Value: g.credentials()},
	})
	_, err = api.Invoke(t.Context(), &awslambdaclient.InvokeInput{FunctionName: aws.String(functions["demo"].ARN)})
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != "AccessDeniedException" {
		t.Errorf("Invoke: %v, want AccessDeniedException", err)
	}
}

// refusesOtherRoles wants STS to refuse the leased role to another role of the account. env has that role's
// credentials.
func refusesOtherRoles(t *testing.T, leasedRole string, env map[string]string) {
	t.Helper()
	_, err := stsClient(t, env).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(leasedRole), RoleSessionName: aws.String("other"),
	})
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != "AccessDenied" {
		t.Errorf("AssumeRole by %s: %v, want AccessDenied", env["AWS_LAMBDA_FUNCTION_NAME"], err)
	}
}

// stsClient is AWS's own client, with the settings of a function's environment.
func stsClient(t *testing.T, env map[string]string) *sts.Client {
	t.Helper()
	return sts.New(sts.Options{
		Region: env["AWS_REGION"], BaseEndpoint: aws.String(env["AWS_ENDPOINT_URL_STS"]),
		Credentials: credentials.StaticCredentialsProvider{Value: credentialsOf(t, env)},
	})
}

// TestRealSTSClient runs AWS's STS client, AssumeRoleProvider and credentials cache as the grant Lambda's role. None of
// them is modified. Then it calls the function with their credentials.
func TestRealSTSClient(t *testing.T) {
	assembly, env := demoAssembly(t, "ap-northeast-1", "host"), filepath.Join(t.TempDir(), "env")
	l := startLeasing(t, assembly, "--run", leakCommand(t, assembly, "Grant/Handler", env), "--session-duration", "8m")
	g := lease(t, grantRequest(t, l.restAPI(t), l.token, "")) // starts the function
	grantRole := variables(read(t, env))
	leasedARN := grantRole["FURL_ROLE_ARN"]
	tags := []types.Tag{{Key: aws.String("furl:function"), Value: aws.String("demo")}} // the trust policy wants it
	provider := stscreds.NewAssumeRoleProvider(stsClient(t, grantRole), leasedARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.SourceIdentity, o.Duration = "sdk", aws.String("sdk"), 15*time.Minute
		o.Tags = tags
	})
	cache := aws.NewCredentialsCache(provider)
	first, err := cache.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(first.Expires); !first.CanExpire || left > 8*time.Minute || left < 7*time.Minute {
		t.Errorf("the session expires in %s, want the 8 minutes that furl local was told", left)
	}
	if again, err := cache.Retrieve(t.Context()); err != nil || again.AccessKeyID != first.AccessKeyID {
		t.Errorf("the cache asked again: %v", err)
	}
	g.AccessKeyId, g.SecretAccessKey, g.SessionToken = first.AccessKeyID, first.SecretAccessKey, first.SessionToken
	if a := send(t, call(t, g, "/slow?seconds=0", "x", time.Now())); a.status != 200 || !a.has("/sdk\"") {
		t.Errorf("called with it: %d %s", a.status, a.body)
	}
	t.Run("longer than a chained session may last", func(t *testing.T) {
		_, err := stsClient(t, grantRole).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String(leasedARN), RoleSessionName: aws.String("long"),
			DurationSeconds: aws.Int32(3601), Tags: tags,
		})
		var refused smithy.APIError
		if !errors.As(err, &refused) || refused.ErrorCode() != "ValidationError" {
			t.Errorf("%v, want ValidationError", err)
		}
	})
}

// twoLeased runs furl local on a stack with two leased functions. The authorizer lets everybody in.
func twoLeased(t *testing.T, region string, change func(*furl.CredentialGrantProps), args ...string) *running {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "TwoLeased", region)
	stack.Node().SetContext(jsii.String("furl:target"), jsii.String("host"))
	echo := "return { statusCode: 200, body: event.requestContext.authorizer.iam.userArn }"
	alias := awslambda.NewFunction(stack, jsii.String("Other"), nodeFunction(echo)).AddAlias(jsii.String("live"), nil)
	props := &furl.CredentialGrantProps{
		Authorizer: furl.LambdaAuthorizer(awsapigateway.NewTokenAuthorizer(stack, jsii.String("Authorizer"),
			&awsapigateway.TokenAuthorizerProps{
				Handler: awslambda.NewFunction(stack, jsii.String("Check"), nodeFunction(`return {
				principalId: event.authorizationToken.slice(7),
				policyDocument: { Version: "2012-10-17", Statement: [
					{ Effect: "Allow", Action: "execute-api:Invoke", Resource: event.methodArn },
				] },
			}`)),
			})),
		Functions: []furl.GrantFunction{
			{Name: "one", Function: awslambda.NewFunction(stack, jsii.String("One"), nodeFunction(echo))},
			{Name: "other", Function: alias},
		},
		AllowedOrigins: []string{"https://app.example.com", "http://localhost:3000"},
	}
	if change != nil {
		change(props)
	}
	furl.NewCredentialGrant(stack, jsii.String("Grant"), props)
	return startLocal(t, synth(t, app).dir, args...)
}

// TestLeaseIsForOneFunction checks that a lease of one function does not open the other. The role may call both, and
// one of them is an alias.
func TestLeaseIsForOneFunction(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			local := twoLeased(t, region, nil)
			leases := map[string]granted{}
			for _, name := range []string{"one", "other"} {
				leases[name] = lease(t, grantRequest(t, local.restAPI(t), "ada@example.com", `{"function":"`+name+`"}`))
			}
			for with, g := range leases {
				for at, target := range leases {
					g.FuncUrl = target.FuncUrl
					want := http.StatusForbidden
					if with == at {
						want = http.StatusOK
					}
					a := send(t, call(t, g, "/", "", time.Now()))
					if a.status != want {
						t.Errorf("a lease of %s at %s: %d, want %d: %s", with, at, a.status, want, a.body)
					}
					if want == 200 && (a.has("ada") || !a.has("/sha256-")) {
						t.Errorf("the session is named %s: an e-mail address must not be in clear", a.body)
					}
				}
			}
			a := send(t, grantRequest(t, local.restAPI(t), "ada", ""))
			if a.status != 400 || !a.has("UnknownFunction") && !a.has("BadRequest") {
				t.Errorf("no name among two functions: %d %s", a.status, a.body)
			}
		})
	}
}

// TestLeaseExpires checks that a lease opens nothing after its time.
func TestLeaseExpires(t *testing.T) {
	local := twoLeased(t, "ap-northeast-1", nil, "--session-duration", "3s")
	g := lease(t, grantRequest(t, local.restAPI(t), "ada", `{"function":"one"}`))
	if a := send(t, call(t, g, "/", "", time.Now())); a.status != 200 {
		t.Fatalf("the fresh lease: %d %s", a.status, a.body)
	}
	if left := time.Until(g.Expiration); left > 3*time.Second {
		t.Fatalf("the lease lasts another %s", left)
	}
	eventually(t, "403 once the lease is over", func() (string, bool) {
		a := send(t, call(t, g, "/", "", time.Now()))
		return fmt.Sprintf("%d %s", a.status, a.body), a.status == 403 && time.Now().After(g.Expiration)
	})
}

// TestLeaseBoundToAddress checks the addresses that a lease works from. With BindToSourceIp it is the address that
// asked for the lease. Without, it is any address.
func TestLeaseBoundToAddress(t *testing.T) {
	for _, bound := range []bool{true, false} {
		t.Run(fmt.Sprintf("bound %t", bound), func(t *testing.T) {
			local := twoLeased(t, "ap-northeast-1", func(props *furl.CredentialGrantProps) {
				props.BindToSourceIp = bound
			})
			g := lease(t, grantRequest(t, local.restAPI(t), "ada", `{"function":"one"}`))
			for address, want := range map[string]int{
				"127.0.0.1": 200, "127.0.0.2": map[bool]int{true: 403, false: 200}[bound],
			} {
				response, err := clientFrom(address).Do(call(t, g, "/", "", time.Now()))
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != want {
					t.Errorf("from %s: %d, want %d", address, response.StatusCode, want)
				}
			}
		})
	}
}

// TestSeveralOrigins checks that the answer to a listed origin allows that origin. Another origin is not allowed.
func TestSeveralOrigins(t *testing.T) {
	local := twoLeased(t, "ap-northeast-1", nil)
	for origin, allowed := range map[string]string{
		"https://app.example.com": "https://app.example.com", "http://localhost:3000": "http://localhost:3000",
		"https://evil.example": "",
	} {
		preflight := request(t, http.MethodOptions, local.restAPI(t)+"/grant", "", nil)
		preflight.URL.Opaque = ""
		preflight.Header.Set("Origin", origin)
		preflight.Header.Set("Access-Control-Request-Method", "POST")
		a := send(t, preflight)
		if a.allowOrigin() != allowed && allowed != "" || allowed == "" && a.allowOrigin() == origin {
			t.Errorf("preflight from %s: %v", origin, a.header)
		}
		r := grantRequest(t, local.restAPI(t), "ada", `{"function":"one"}`)
		r.Header.Set("Origin", origin)
		a = send(t, r)
		var refusal struct{ Error string }
		_ = json.Unmarshal(a.body, &refusal)
		refused := a.status == 403 && refusal.Error == "OriginNotAllowed"
		taken := a.status == 200 && a.allowOrigin() == allowed
		if allowed == "" && !refused || allowed != "" && !taken {
			t.Errorf("POST from %s: %d %s, %v", origin, a.status, refusal.Error, a.header)
		}
		unauthorized := grantRequest(t, local.restAPI(t), "", `{"function":"one"}`)
		unauthorized.Header.Set("Origin", origin)
		if a := send(t, unauthorized); a.status != 401 || a.allowOrigin() != "*" {
			t.Errorf("the gateway's own refusal to %s: %d, %v", origin, a.status, a.header)
		}
	}
}
