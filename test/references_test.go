package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// ownAcl is a web ACL that the user makes.
func ownAcl(stack awscdk.Stack) awswafv2.CfnWebACL {
	return awswafv2.NewCfnWebACL(stack, jsii.String("Acl"), &awswafv2.CfnWebACLProps{
		Scope:         jsii.String("CLOUDFRONT"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		VisibilityConfig: &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: jsii.Bool(true), MetricName: jsii.String("acl"),
			SampledRequestsEnabled: jsii.Bool(false),
		},
	})
}

// TestReferencesToTheUsers checks references to the user's resources. Across regions they are Fn::GetStackOutput
// without a custom resource, for each context setting. Within a region the context decides, since a deployed Export can
// only go after its imports.
func TestReferencesToTheUsers(t *testing.T) {
	api := func(stack awscdk.Stack, props furl.SecureFunctionUrlProps) *furl.SecureFunctionUrl {
		if props.Function == nil {
			props.Function = newFunction(stack, "Function")
		}
		return furl.NewSecureFunctionUrl(stack, jsii.String("Api"), &props)
	}
	grantPool := func(stack, theirs awscdk.Stack) {
		bucket := awss3.Bucket_FromBucketName(stack, jsii.String("Bucket"), jsii.String("builds"))
		furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
			Authorizer:  furl.CognitoAuthorizer(awscognito.NewUserPool(theirs, jsii.String("Pool"), nil)),
			Functions:   []furl.GrantFunction{{Name: "f", Function: newFunction(stack, "Leased")}},
			AnyOrigin:   true,
			HandlerCode: awslambda.Code_FromBucket(bucket, jsii.String("grant.zip"), nil),
		})
	}
	rows := []struct {
		name, why string
		from      string // the region of the user's stack, while Furl's is in ap-northeast-1
		build     func(stack, theirs awscdk.Stack)
		imports   bool // without a context and with "strong"
	}{
		{
			name: "a web ACL", why: "it has to be in us-east-1", from: "us-east-1",
			build: func(stack, theirs awscdk.Stack) {
				api(stack, furl.SecureFunctionUrlProps{WebAclArn: ownAcl(theirs).AttrArn()})
			},
		},
		{
			name: "a web ACL by a literal", why: "there is no reference", from: "us-east-1",
			build: func(stack, theirs awscdk.Stack) {
				arn := "arn:aws:wafv2:us-east-1:" + account + ":global/webacl/a/473e64fd-f30b-4765-81a0-62ad96dd167a"
				api(stack, furl.SecureFunctionUrlProps{WebAclArn: jsii.String(arn)})
			},
		},
		{
			name: "a web ACL by a name put together", why: "no one reference can be weakened",
			from: "ap-northeast-1", imports: true,
			build: func(stack, theirs awscdk.Stack) {
				id := awscdk.NewCfnWaitConditionHandle(theirs, jsii.String("Id"), nil).Ref()
				arn := "arn:aws:wafv2:us-east-1:" + account + ":global/webacl/a/" + *id
				api(stack, furl.SecureFunctionUrlProps{WebAclArn: jsii.String(arn)})
			},
		},
		{
			name: "a certificate", why: "CloudFront takes those of us-east-1", from: "us-east-1",
			build: func(stack, theirs awscdk.Stack) {
				certificate := awscertificatemanager.NewCertificate(theirs, jsii.String("Certificate"),
					&awscertificatemanager.CertificateProps{DomainName: jsii.String("a.example.com")})
				api(stack, furl.SecureFunctionUrlProps{DistributionProps: &awscloudfront.DistributionProps{
					DomainNames: jsii.Strings("a.example.com"), Certificate: certificate,
				}})
			},
		},
		{name: "a user pool", why: "the context decides", from: "ap-northeast-1", imports: true, build: grantPool},
		{
			name: "a user pool of another region", why: "CDK would make custom resources", from: "eu-west-1",
			build: grantPool,
		},
		{
			name: "an authorizer's pool", why: "the context decides", from: "ap-northeast-1", imports: true,
			build: func(stack, theirs awscdk.Stack) {
				api(stack, furl.SecureFunctionUrlProps{Authorizer: poolTokens(theirs)})
			},
		},
		{
			name: "an authorizer's pool of another region", why: "CDK would make custom resources", from: "eu-west-1",
			build: func(stack, theirs awscdk.Stack) {
				api(stack, furl.SecureFunctionUrlProps{Authorizer: poolTokens(theirs)})
			},
		},
		{
			name: "a function", why: "the context decides", from: "ap-northeast-1", imports: true,
			build: func(stack, theirs awscdk.Stack) {
				api(stack, furl.SecureFunctionUrlProps{Function: newFunction(theirs, "Function")})
			},
		},
		{
			name: "a role by its ARN", why: "the context decides", from: "ap-northeast-1", imports: true,
			build: func(stack, theirs awscdk.Stack) {
				worker := awsiam.NewArnPrincipal(workerRole(theirs).RoleArn())
				api(stack, furl.SecureFunctionUrlProps{}).GrantInvokeUrl(worker)
			},
		},
		{
			name: "a role of another region by its ARN", why: "CDK would throw", from: "us-east-1",
			build: func(stack, theirs awscdk.Stack) {
				worker := awsiam.NewArnPrincipal(workerRole(theirs).RoleArn())
				api(stack, furl.SecureFunctionUrlProps{}).GrantInvokeUrl(worker)
			},
		},
		{
			name: "a closed role of another region", why: "CDK would throw", from: "us-east-1",
			build: func(stack, theirs awscdk.Stack) {
				api(stack, furl.SecureFunctionUrlProps{}).GrantInvokeUrl(workerRole(theirs).WithoutPolicyUpdates(
					&awsiam.WithoutPolicyUpdatesOptions{AddGrantsToResources: jsii.Bool(true)}))
			},
		},
		{
			name: "a role of another region with a condition", why: "its own policy names the function",
			from: "us-east-1",
			build: func(stack, theirs awscdk.Stack) {
				api(stack, furl.SecureFunctionUrlProps{}).GrantInvokeUrl(withConditions(workerRole(theirs), fromOffice))
			},
		},
	}
	for _, row := range rows {
		for _, strength := range []any{nil, "weak", "strong"} {
			t.Run(fmt.Sprint(row.name, " ", strength), func(t *testing.T) {
				context := map[string]any{"aws:cdk:enable-asset-metadata": true}
				if strength != nil {
					context["@aws-cdk/core:defaultCrossStackReferences"] = strength
				}
				app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: &context})
				theirs, stack := newStack(app, "Theirs", row.from), newStack(app, "Demo", "ap-northeast-1")
				newTopic(theirs)
				row.build(stack, theirs)
				imports, custom := 0, 0
				for _, s := range readAssembly(t, *app.Synth(nil).Directory()).stacks {
					walk(s.template, func(value map[string]any) {
						if value["Fn::ImportValue"] != nil {
							imports++
						}
						if kind, _ := value["Type"].(string); strings.HasPrefix(kind, "Custom::") {
							custom++
						}
					})
				}
				if custom != 0 || (imports > 0) != (row.imports && strength != "weak") {
					t.Errorf("%d imports, %d custom resources", imports, custom)
				}
			})
		}
	}
}
