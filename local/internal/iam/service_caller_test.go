package iam

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	cloudFront   = "cloudfront.amazonaws.com"
	distribution = "arn:aws:cloudfront::111122223333:distribution/E1EXAMPLE"
)

// TestServiceCaller asks what a function's policy says to CloudFront with an origin access control, for one distribution.
func TestServiceCaller(t *testing.T) {
	type properties = map[string]any
	caller := &Service{Principal: cloudFront, SourceARN: distribution, SourceAccount: account}
	for _, row := range []struct {
		name, why  string
		permission properties
		allowed    bool
		reason     string
	}{
		{"its distribution", "as the constructs write it", properties{"Principal": cloudFront, "SourceArn": distribution}, true, "to cloudfront.amazonaws.com for " + distribution + ": allowed by statement Permit of p"},
		{"via the URL", "", properties{"Principal": cloudFront, "SourceArn": distribution, "InvokedViaFunctionUrl": true}, true, ""},
		{"any distribution", "it was left out", properties{"Principal": cloudFront}, true, ""},
		{"every distribution of the account", "ArnLike", properties{"Principal": cloudFront, "SourceArn": "arn:aws:cloudfront::111122223333:distribution/*"}, true, ""},
		{"its account", "", properties{"Principal": cloudFront, "SourceAccount": account}, true, ""},
		{"another distribution", "", properties{"Principal": cloudFront, "SourceArn": distribution + "2"}, false, "which does not hold"},
		{"another account", "", properties{"Principal": cloudFront, "SourceAccount": foreign}, false, "which does not hold"},
		{"another service", "", properties{"Principal": "s3.amazonaws.com", "SourceArn": distribution}, false, "no statement of p allows lambda:InvokeFunction on " + functionARN + " (lambda:InvokedViaFunctionUrl=true) to cloudfront.amazonaws.com for " + distribution},
		{"a role", "a service has none", properties{"Principal": signerARN}, false, "no statement of p"},
		{"the account", "a service is not in it", properties{"Principal": account}, false, "no statement of p"},
		{"an organisation", "a service is in none", properties{"Principal": "*", "PrincipalOrgID": "o-1"}, false, "aws:PrincipalOrgID"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.permission["Action"] = "lambda:InvokeFunction"
			s, err := PermissionStatement(row.permission, functionARN)
			if err != nil {
				t.Fatal(err)
			}
			s.Sid = "Permit"
			context := caller.RequestKeys(httptest.NewRequest("GET", "/", nil), "eu-west-1", time.Now())
			context["lambda:InvokedViaFunctionUrl"] = []string{"true"}
			decision := EvaluateService(caller.Principal, Request{
				Action: "lambda:InvokeFunction", Resource: functionARN, ResourceAccount: account, Context: context,
			}, &Policy{Name: "p", Statements: []*Statement{s}})
			if decision.Allowed != row.allowed || !strings.Contains(decision.Reason, row.reason) {
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q", row.why, decision, row.allowed, row.reason)
			}
		})
	}
}

func TestServiceRequestKeys(t *testing.T) {
	keys := (&Service{Principal: cloudFront, SourceARN: distribution, SourceAccount: account}).RequestKeys(httptest.NewRequest("GET", "/", nil), "eu-west-1", time.Now())
	for key, want := range map[string]string{
		"aws:SourceArn": distribution, "aws:SourceAccount": account, "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": cloudFront,
		"aws:RequestedRegion": "eu-west-1", "aws:SourceIp": "192.0.2.1",
	} {
		if len(keys[key]) != 1 || keys[key][0] != want {
			t.Errorf("%s is %v, want %s", key, keys[key], want)
		}
	}
	for _, key := range []string{"aws:PrincipalType", "aws:PrincipalArn", "aws:PrincipalAccount"} {
		if keys[key] != nil {
			t.Errorf("%s is %v: a service has none", key, keys[key])
		}
	}
}

// TestIssueService: what asks the store for roles does not take a service for one.
func TestIssueService(t *testing.T) {
	var store Store
	credentials := store.IssueService(Service{Principal: cloudFront, SourceARN: distribution, SourceAccount: account})
	found, ok := store.LookupService(credentials.AccessKeyID)
	if !ok || *found != (Service{cloudFront, distribution, account}) {
		t.Errorf("found %+v, %v", found, ok)
	}
	if known, ok := store.Credentials(credentials.AccessKeyID); !ok || known != credentials || credentials.SessionToken == "" {
		t.Errorf("its credentials are others")
	}
	if _, ok := store.Lookup(credentials.AccessKeyID); ok {
		t.Error("the service was taken for a role's session")
	}
	other := store.Issue(trustedBy(t, signerARN, permit(`"*"`, "")), "edge")
	if found, ok := store.LookupService(other.AccessKeyID); ok || found != nil {
		t.Error("a role's session was taken for a service")
	}
}
