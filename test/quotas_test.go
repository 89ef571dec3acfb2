package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// cachePolicies makes so many cache policies in a stack.
func cachePolicies(stack awscdk.Stack, count int) {
	for i := range count {
		awscloudfront.NewCachePolicy(stack, jsii.String(fmt.Sprint("Policy", i)), &awscloudfront.CachePolicyProps{
			CachePolicyName: jsii.String(fmt.Sprint(*stack.StackName(), i)),
		})
	}
}

// rawBehaviors overrides the distribution's behaviours with so many, beside the default one.
func rawBehaviors(s situation, count int) {
	var all []any
	for i := range count {
		all = append(all, map[string]any{
			"PathPattern": fmt.Sprintf("/p%d/*", i), "TargetOriginId": "DemoApiDistributionOrigin1",
			"ViewerProtocolPolicy": "https-only", "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
		})
	}
	s.api.Distribution().Node().DefaultChild().(awscloudfront.CfnDistribution).
		AddPropertyOverride(jsii.String("DistributionConfig.CacheBehaviors"), all)
}

// permissions grants a function to so many roles. Each one takes two statements of the function's policy.
func permissions(s situation, fn awslambda.IFunction, count int) {
	behavior := s.api.AddBehavior("/"+*fn.Node().Id(), fn, nil)
	for i := range count {
		arn := fmt.Sprintf("arn:aws:iam::%s:role/a-team-with-a-long-name/worker-%03d", theirs, i)
		behavior.GrantInvokeUrl(arnPrincipal(arn))
	}
}

// ownPermissions adds so many of the user's own permissions, for a service.
func ownPermissions(fn awslambda.Function, count int) {
	for i := range count {
		fn.AddPermission(jsii.String(fmt.Sprint("Own", i)), &awslambda.Permission{
			Principal: servicePrincipal("events.amazonaws.com"), SourceArn: jsii.String(fmt.Sprint(source, i)),
		})
	}
}

// TestQuotas checks that the synthesis tells of quotas that the deployment would exceed.
func TestQuotas(t *testing.T) {
	rows := []struct {
		name, why string
		build     func(situation)
		want      string   // rule and severity of each finding
		says      []string // parts of the first finding's description
	}{
		{
			name: "75 behaviours", why: "they are the quota, with the default one",
			build: func(s situation) { rawBehaviors(s, 74) },
		},
		{
			name: "76 behaviours", why: "the quota can be raised",
			build: func(s situation) { rawBehaviors(s, 75) },
			want:  "cacheBehaviors warning", says: []string{"76 cache behaviours", "default quota is 75"},
		},
		{
			name: "20 cache policies", why: "they are the quota",
			build: func(s situation) { cachePolicies(s.stack, 20) },
		},
		{
			name: "21 cache policies in two stacks", why: "the account's quota counts",
			build: func(s situation) {
				cachePolicies(s.stack, 10)
				cachePolicies(newStack(s.scope, "Other", "eu-west-1"), 11)
			},
			want: "policyQuota warning", says: []string{"21 cache policies", "default quota is 20"},
		},
		{
			name: "22 cache policies in two accounts", why: "each has its quota",
			build: func(s situation) {
				cachePolicies(s.stack, 11)
				cachePolicies(awscdk.NewStack(s.scope, jsii.String("Other"), &awscdk.StackProps{
					Env: &awscdk.Environment{Account: jsii.String(theirs), Region: jsii.String("eu-west-1")},
				}), 11)
			},
		},
		{
			name: "origin request and response headers policies", why: "each kind has its quota",
			build: func(s situation) {
				nested := awscdk.NewNestedStack(s.stack, jsii.String("Nested"), nil)
				for i := range 21 {
					name := jsii.String(fmt.Sprint("Policy", i))
					awscloudfront.NewOriginRequestPolicy(nested, jsii.String(fmt.Sprint("Request", i)),
						&awscloudfront.OriginRequestPolicyProps{OriginRequestPolicyName: name})
					awscloudfront.NewResponseHeadersPolicy(nested, jsii.String(fmt.Sprint("Response", i)),
						&awscloudfront.ResponseHeadersPolicyProps{
							ResponseHeadersPolicyName: name, RemoveHeaders: jsii.Strings("server"),
						})
				}
			},
			want: "policyQuota warning, policyQuota warning", says: []string{"21 origin request policies"},
		},
		{
			name: "a policy of some 20 principals", why: "it fits",
			build: func(s situation) { permissions(s, newFunction(s.stack, "Many"), 20) },
		},
		{
			name: "a policy of 40 principals", why: "it does not",
			build: func(s situation) { permissions(s, newFunction(s.stack, "Many"), 40) },
			want:  "policySize error", says: []string{"82 permissions, 82 of them Furl's", "20480"},
		},
		{
			name: "two functions of 20 principals", why: "each has its policy",
			build: func(s situation) {
				permissions(s, newFunction(s.stack, "Many"), 20)
				permissions(s, newFunction(s.stack, "More"), 20)
			},
		},
		{
			name: "a function and its alias", why: "each has its policy",
			build: func(s situation) {
				fn := newFunction(s.stack, "Many")
				permissions(s, fn, 20)
				permissions(s, fn.AddAlias(jsii.String("live"), nil), 20)
			},
		},
		{
			name: "permissions of the user's beside ours", why: "they are in the same policy",
			build: func(s situation) {
				fn := newFunction(s.stack, "Many")
				permissions(s, fn, 20)
				ownPermissions(fn, 60)
			},
			want: "policySize error", says: []string{"102 permissions, 42 of them Furl's"},
		},
		{
			name: "a large policy that Furl has no part in", why: "it is none of ours",
			build: func(s situation) {
				ownPermissions(newFunction(s.stack, "Many"), 120)
			},
		},
		{
			name: "an estimate that is acknowledged", why: "it is an estimate",
			build: func(s situation) {
				permissions(s, newFunction(s.stack, "Many"), 40)
				awscdk.Validations_Of(s.stack).Acknowledge(&awscdk.Acknowledgment{
					Id: jsii.String("furl::policySize"), Reason: jsii.String("measured"),
				})
			},
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				s := newSituation(t, region, region != "us-east-1")
				row.build(s)
				found, failed := validate(t, s.app)
				var got []string
				for _, f := range found {
					got = append(got, f.RuleName+" "+f.Severity)
				}
				if strings.Join(got, ", ") != row.want {
					t.Fatalf("found %q, not %q", got, row.want)
				}
				if len(found) > 0 {
					expectText(t, found[0].Description, row.says...)
				}
				if strings.Contains(row.want, "error") != strings.Contains(failed, "Validation failed") {
					t.Errorf("synthesis: %q", failed)
				}
			})
		}
	}
}

// TestPolicySizeAtTheLimit checks that the estimate may have 20,480 bytes, and not one more.
func TestPolicySizeAtTheLimit(t *testing.T) {
	const limit = 20_480
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			over := func(padding int) (found []finding, size int) {
				s := newSituation(t, region, region != "us-east-1")
				fn := newFunction(s.stack, "Many")
				permissions(s, fn, 23)
				fn.AddPermission(jsii.String("Own"), &awslambda.Permission{
					Principal: servicePrincipal("scheduler.amazonaws.com"),
					SourceArn: jsii.String(source + strings.Repeat("x", padding)),
				})
				found, _ = validate(t, s.app)
				if len(found) > 0 {
					_, about, _ := strings.Cut(found[0].Description, "a policy of about ")
					if _, err := fmt.Sscan(about, &size); err != nil {
						t.Fatal(found[0].Description)
					}
				}
				return found, size
			}
			const padding = 1_000 // enough to pass the limit
			_, size := over(padding)
			if found, _ := over(padding - (size - limit)); len(found) != 0 {
				t.Errorf("%d findings at the limit", len(found))
			}
			if _, size := over(padding - (size - limit) + 1); size != limit+1 {
				t.Errorf("a byte over the limit: %d", size)
			}
		})
	}
}
