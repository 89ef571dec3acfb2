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

// TestServiceCaller checks a function's policy for CloudFront with an origin access control, on behalf of one
// distribution.
func TestServiceCaller(t *testing.T) {
	type properties = map[string]any
	caller := &Service{Principal: cloudFront, SourceARN: distribution, SourceAccount: account}
	for _, row := range []struct {
		name, why  string
		permission properties
		allowed    bool
		reason     string
	}{
		{
			name: "its distribution", why: "as the constructs write it",
			permission: properties{"Principal": cloudFront, "SourceArn": distribution}, allowed: true,
			reason: "to cloudfront.amazonaws.com for " + distribution + ": allowed by statement Permit of p",
		},
		{
			name: "via the URL", why: "the request came over it",
			permission: properties{"Principal": cloudFront, "SourceArn": distribution, "InvokedViaFunctionUrl": true},
			allowed:    true,
		},
		{
			name: "any distribution", why: "it was left out",
			permission: properties{"Principal": cloudFront}, allowed: true,
		},
		{
			name: "every distribution of the account", why: "ArnLike",
			permission: properties{
				"Principal": cloudFront, "SourceArn": "arn:aws:cloudfront::111122223333:distribution/*",
			},
			allowed: true,
		},
		{
			name: "its account", why: "aws:SourceAccount",
			permission: properties{"Principal": cloudFront, "SourceAccount": account}, allowed: true,
		},
		{
			name: "another distribution", why: "the ARN is compared whole",
			permission: properties{"Principal": cloudFront, "SourceArn": distribution + "2"},
			reason:     "which does not hold",
		},
		{
			name: "another account", why: "aws:SourceAccount",
			permission: properties{"Principal": cloudFront, "SourceAccount": foreign},
			reason:     "which does not hold",
		},
		{
			name: "another service", why: "only the named service may",
			permission: properties{"Principal": "s3.amazonaws.com", "SourceArn": distribution},
			reason: "no statement of p allows lambda:InvokeFunction on " + functionARN +
				" (lambda:InvokedViaFunctionUrl=true) to cloudfront.amazonaws.com for " + distribution,
		},
		{
			name: "a role", why: "a service has none",
			permission: properties{"Principal": signerARN}, reason: "no statement of p",
		},
		{
			name: "the account", why: "a service is not in it",
			permission: properties{"Principal": account}, reason: "no statement of p",
		},
		{
			name: "an organisation", why: "a service is in none",
			permission: properties{"Principal": "*", "PrincipalOrgID": "o-1"},
			reason:     "aws:PrincipalOrgID",
		},
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
				t.Errorf("%s: got %+v, want allowed %v with a reason that contains %q",
					row.why, decision, row.allowed, row.reason)
			}
		})
	}
}

func TestServiceRequestKeys(t *testing.T) {
	keys := (&Service{Principal: cloudFront, SourceARN: distribution, SourceAccount: account}).RequestKeys(
		httptest.NewRequest("GET", "/", nil), "eu-west-1", time.Now(),
	)
	for key, want := range map[string]string{
		"aws:SourceArn": distribution, "aws:SourceAccount": account, "aws:PrincipalIsAWSService": "true",
		"aws:PrincipalServiceName": cloudFront,
		"aws:RequestedRegion":      "eu-west-1", "aws:SourceIp": "192.0.2.1",
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

// TestIssueService checks that a lookup for roles does not find a service.
func TestIssueService(t *testing.T) {
	var store Store
	credentials := store.IssueService(Service{Principal: cloudFront, SourceARN: distribution, SourceAccount: account})
	found, ok := store.LookupService(credentials.AccessKeyID)
	if !ok || *found != (Service{cloudFront, distribution, account}) {
		t.Errorf("found %+v, %v", found, ok)
	}
	known, ok := store.Credentials(credentials.AccessKeyID)
	if !ok || known != credentials || credentials.SessionToken == "" {
		t.Error("the store holds other credentials for the service")
	}
	if _, ok := store.Lookup(credentials.AccessKeyID); ok {
		t.Error("the service was taken for a role's session")
	}
	other := store.Issue(trustedBy(t, signerARN, permit(`"*"`, "")), "edge")
	if found, ok := store.LookupService(other.AccessKeyID); ok || found != nil {
		t.Error("a role's session was taken for a service")
	}
}
