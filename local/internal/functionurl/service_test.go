package functionurl

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/furl-cdk/furl/local/internal/iam"
)

const distribution = "arn:aws:cloudfront::111122223333:distribution/E1"

// allowDistribution gives the URL the resource policy of an origin access control.
func allowDistribution(t *testing.T) func(*Config) {
	return func(config *Config) {
		config.Policy = resourcePolicy(t,
			map[string]any{
				"Action": "lambda:InvokeFunctionUrl", "Principal": "cloudfront.amazonaws.com",
				"SourceArn": distribution, "FunctionUrlAuthType": "AWS_IAM",
			},
			map[string]any{
				"Action": "lambda:InvokeFunction", "Principal": "cloudfront.amazonaws.com", "SourceArn": distribution,
				"InvokedViaFunctionUrl": true,
			})
	}
}

// TestServiceSigns checks that the resource policy alone decides when CloudFront signs for a distribution.
func TestServiceSigns(t *testing.T) {
	u := start(t, allowDistribution(t))
	for _, row := range []struct {
		name, why string
		service   iam.Service
		status    int
		logged    string
	}{
		{
			name: "the distribution", why: "named in the resource policy",
			service: iam.Service{Principal: "cloudfront.amazonaws.com", SourceARN: distribution}, status: 200,
		},
		{
			name: "another distribution", why: "the policy names the first one only",
			service: iam.Service{Principal: "cloudfront.amazonaws.com", SourceARN: distribution + "2"}, status: 403,
			logged: "policy: no statement of the resource policy of function orders allows " +
				"lambda:InvokeFunctionUrl on " + functionARN +
				" (lambda:FunctionUrlAuthType=AWS_IAM) to cloudfront.amazonaws.com for " + distribution + "2",
		},
		{
			name: "another service", why: "the policy names CloudFront only",
			service: iam.Service{Principal: "s3.amazonaws.com", SourceARN: distribution}, status: 403,
			logged: "to s3.amazonaws.com for " + distribution,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(u.log.String())
			response, body := do(t,
				sign(t, u.request(t, "GET", "/echo", ""), "", u.store.IssueService(row.service), clock))
			if response.StatusCode != row.status || !strings.Contains(u.log.String()[before:], row.logged) {
				t.Fatalf("%s: %s\n%s", row.why, describe(response, body), u.log)
			}
		})
	}
}

// TestServiceEvent compares the event of a request that CloudFront signs with live ones of 2025 (mhart/aws4#163 and
// others). The access key id is this run's.
func TestServiceEvent(t *testing.T) {
	u := start(t, allowDistribution(t))
	credentials := u.store.IssueService(iam.Service{
		Principal: "cloudfront.amazonaws.com", SourceARN: distribution, SourceAccount: account,
	})
	_, body := do(t, sign(t, u.request(t, "GET", "/echo", ""), "", credentials, clock))
	var event struct {
		Headers        map[string]string
		RequestContext struct {
			AccountID  string
			Authorizer map[string]map[string]any
		}
	}
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	want := map[string]any{
		"accessKey": credentials.AccessKeyID, "accountId": "856369053181",
		"callerId": "AROA4OY4SXX6VEIZRJRCJ:OriginAccessSession", "cognitoIdentity": nil, "principalOrgId": nil,
		"userArn": "arn:aws:sts::856369053181:assumed-role/OriginAccessControlRole/OriginAccessSession",
		"userId":  "AROA4OY4SXX6VEIZRJRCJ:OriginAccessSession",
	}
	if got := event.RequestContext.Authorizer["iam"]; !reflect.DeepEqual(got, want) {
		t.Errorf("authorizer.iam is %v, want %v", got, want)
	}
	if event.RequestContext.AccountID != "856369053181" {
		t.Errorf("accountId is %s", event.RequestContext.AccountID)
	}
	_, signed := event.Headers["authorization"]
	if event.Headers["x-amz-source-arn"] != distribution || event.Headers["x-amz-source-account"] != account ||
		event.Headers["x-amz-security-token"] != credentials.SessionToken || signed {
		t.Errorf("headers %v", event.Headers)
	}
}

// TestServiceSignsBody checks bodies behind the hash of an empty body, which CloudFront signs without a hash of the
// viewer's. A POST without a body passes (aws-amplify/amplify-backend#3194, minorun365/html-share#4, live).
func TestServiceSignsBody(t *testing.T) {
	u := start(t, allowDistribution(t))
	credentials := u.store.IssueService(iam.Service{
		Principal: "cloudfront.amazonaws.com", SourceARN: distribution, SourceAccount: account,
	})
	for _, row := range []struct {
		name, why, body, code string
		status                int
	}{
		{name: "empty", why: "the hash is right", status: 200},
		{
			name: "some", why: "the hash is another", body: "{}", status: 403, code: "InvalidSignatureException",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, body := do(t, sign(t, u.request(t, "POST", "/echo", row.body), "", credentials, clock))
			code := response.Header.Get("X-Amzn-Errortype")
			if response.StatusCode != row.status || code != row.code {
				t.Errorf("%s: %s\n%s", row.why, describe(response, body), u.log)
			}
		})
	}
}

// TestForgedSource sends the headers that name a distribution. They are CloudFront's, so nobody else may send them
// unsigned, and a role that signs them stays a role.
func TestForgedSource(t *testing.T) {
	u := start(t, nil)
	r := sign(t, u.request(t, "GET", "/echo", ""), "", u.credentials, clock)
	r.Header.Set("X-Amz-Source-Arn", distribution)
	response, body := do(t, r)
	if response.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "'X-Amz-Source-Arn' must be a") {
		t.Errorf("unsigned: %s", describe(response, body))
	}
}
