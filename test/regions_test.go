package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestRegionWarnings checks the warnings for a region without Function URLs, and for an opt-in region that reads
// outputs of another one. A stack has each warning once.
func TestRegionWarnings(t *testing.T) {
	secure := func(stack awscdk.Stack) {
		defaultApi(stack).AddBehavior("/more", newFunction(stack, "More"), nil)
	}
	leased := func(stack awscdk.Stack) {
		bucket := awss3.Bucket_FromBucketName(stack, jsii.String("Bucket"), jsii.String("builds"))
		furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
			Authorizer:  furl.IamAuthorizer(),
			Functions:   []furl.GrantFunction{{Name: "f", Function: newFunction(stack, "Leased")}},
			AnyOrigin:   true,
			HandlerCode: awslambda.Code_FromBucket(bucket, jsii.String("grant.zip"), nil),
		})
	}
	const no, optIn = "Lambda has no Function URLs in ", " is an opt-in region"
	rows := []struct {
		region, why string
		build       func(awscdk.Stack)
		want        []string
	}{
		{"us-east-1", "it has them, and needs no other stack", secure, nil},
		{"ap-northeast-1", "it has them, and is on in every account", secure, nil},
		{"ap-southeast-2", "it has them, and is on in every account", secure, nil},
		{"ap-east-1", "it has them, and is an opt-in region", secure, []string{optIn}},
		{"af-south-1", "it has them, and is an opt-in region", secure, []string{optIn}},
		{"mx-central-1", "it is newer than the list, and on none", secure, []string{optIn}},
		{"il-central-1", "C17", secure, []string{optIn, no}},
		{"ap-southeast-6", "C17", secure, []string{optIn, no}},
		{"ca-west-1", "C17, with no support stack", leased, []string{no}},
		{"me-central-1", "C17, with no support stack", leased, []string{no}},
		{"me-south-1", "it has them, and needs no other stack", leased, nil},
	}
	for _, row := range rows {
		t.Run(row.region, func(t *testing.T) {
			app := newApp(t)
			stack := newStack(app, "Demo", row.region)
			row.build(awscdk.NewNestedStack(stack, jsii.String("Nested"), nil).(awscdk.Stack))
			var got []string
			for _, s := range readAssembly(t, *app.Synth(nil).Directory()).stacks {
				for _, m := range s.messages {
					for _, kind := range []string{optIn, no} {
						if strings.Contains(m.text, kind) {
							got = append(got, kind)
							if m.path != "/Demo" || m.level != "warning" {
								t.Errorf("%s at %s", m.level, m.path)
							}
							says := map[string]string{no: "30 November 2026", optIn: "v2Token"}
							expectText(t, m.text, row.region, says[kind])
						}
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, row.want) {
				t.Errorf("warned of %q, not %q", got, row.want)
			}
		})
	}
}

// TestOptInReaders checks the warning for stacks that read an output across regions. One of the two regions is opt-in.
func TestOptInReaders(t *testing.T) {
	rows := []struct {
		name, why string
		build     func(app awscdk.App)
		path      string
	}{
		{"a shared signer", "its version is in us-east-1", func(app awscdk.App) {
			signer := furl.NewEdgeSigner(newStack(app, "Edge", "us-east-1"), jsii.String("Signer"), nil)
			stack := newStack(app, "Demo", "eu-south-1")
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), Signer: signer, WithoutWebAcl: true,
			})
		}, "/Demo"},
		{"a role elsewhere", "its policy names the function", func(app awscdk.App) {
			api := defaultApi(newStack(app, "Demo", "ap-east-1"))
			api.GrantInvokeUrl(workerRole(newStack(app, "Workers", "us-west-2")))
		}, "/Workers"},
		{"a role there", "its policy names the function", func(app awscdk.App) {
			api := defaultApi(newStack(app, "Demo", "us-east-1"))
			api.GrantInvokeUrl(workerRole(newStack(app, "Workers", "ap-east-1")))
		}, "/Workers"},
		{"a web ACL of the user's", "it is in us-east-1", func(app awscdk.App) {
			acl := ownAcl(newStack(app, "Edge", "us-east-1"))
			stack := newStack(app, "Demo", "me-south-1")
			furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{
				Function: newFunction(stack, "Function"), OriginAuth: furl.OriginAuth_OAC, WebAclArn: acl.AttrArn(),
			})
		}, "/Demo"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			row.build(app)
			told := 0
			for _, s := range readAssembly(t, *app.Synth(nil).Directory()).stacks {
				for _, m := range s.messages {
					if m.path == row.path && strings.Contains(m.text, "is an opt-in region") {
						told++
					}
				}
			}
			if told != 1 {
				t.Errorf("told %d times", told)
			}
		})
	}
}
