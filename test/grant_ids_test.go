package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// TestGrantsOfOneLogicalId grants to two resources with the same logical id in two stacks. They are two principals, or
// two sources.
func TestGrantsOfOneLogicalId(t *testing.T) {
	arnOf := func(role awsiam.Role) awsiam.IGrantable { return awsiam.NewArnPrincipal(role.RoleArn()) }
	topicArn := func(stack awscdk.Stack) *string {
		return awscdk.NewCfnResource(stack, jsii.String("Topic"),
			&awscdk.CfnResourceProps{Type: jsii.String("AWS::SNS::Topic")}).Ref()
	}
	rows := []struct {
		name, why string
		env       awscdk.Environment // of the two stacks, with the function's region by default
		grantee   func(awscdk.Stack) awsiam.IGrantable
	}{
		{
			name: "two roles by their ARNs", why: "only the stacks tell them apart",
			grantee: func(s awscdk.Stack) awsiam.IGrantable { return arnOf(workerRole(s)) },
		},
		{
			name: "two roles of another region", why: "they are referred to weakly",
			env:     awscdk.Environment{Region: jsii.String("eu-west-1")},
			grantee: func(s awscdk.Stack) awsiam.IGrantable { return arnOf(workerRole(s)) },
		},
		{
			name: "two ARNs put together", why: "each has a reference in it",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				return arnPrincipal("arn:aws:iam::" + account + ":role/" + *workerRole(s).RoleName())
			},
		},
		{
			name: "two closed roles", why: "the function's policy names them",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				return workerRole(s).WithoutPolicyUpdates(
					&awsiam.WithoutPolicyUpdatesOptions{AddGrantsToResources: jsii.Bool(true)})
			},
		},
		{
			name: "a service for two topics", why: "the sources differ",
			grantee: func(s awscdk.Stack) awsiam.IGrantable {
				return withConditions(servicePrincipal("sns.amazonaws.com"), sourceArn("ArnLike", topicArn(s)))
			},
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				api := defaultApi(stack)
				var both []awsiam.IGrantable
				for i := range 2 {
					env := awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)}
					if row.env.Region != nil {
						env.Region = row.env.Region
					}
					other := awscdk.NewStack(app, jsii.String(fmt.Sprint("Other", i)), &awscdk.StackProps{Env: &env})
					both = append(both, row.grantee(other))
				}
				for _, grantee := range slices.Concat(both, both) { // the second time adds nothing
					api.GrantInvokeUrl(grantee)
				}
				permissions := synth(t, app).stack(t, "Demo").resources("AWS::Lambda::Permission")
				granted := map[string]int{}
				for _, id := range slices.Sorted(maps.Keys(permissions)) {
					if p := properties(permissions[id]); strings.Contains(id, "Grant") {
						granted[toJSON([]any{p["Principal"], p["SourceArn"]})]++
					}
				}
				if len(granted) != 2 {
					t.Errorf("%s: %v", row.why, granted)
				}
				for principal, statements := range granted {
					if statements != 2 {
						t.Errorf("%s has %d statements, want 2", principal, statements)
					}
				}
			})
		}
	}
}
