package test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	furl "github.com/furl-cdk/furl/constructs"
)

// acceptedFindings are the findings of cdk-nag's AwsSolutionsChecks that Furl accepts. The field on is the end of the
// resource's path. A row that cdk-nag no longer finds fails the test, so that the row is deleted.
var acceptedFindings = []struct{ rule, on, why string }{
	{"AwsSolutions-CFR1", "/Distribution/Resource", "the countries are the user's: DistributionProps.GeoRestriction"},
	{"AwsSolutions-CFR3", "/Distribution/Resource", "logs need a bucket of the user's: DistributionProps.LogBucket"},
	{
		"AwsSolutions-CFR4", "/Distribution/Resource",
		"CloudFront's own certificate fixes TLSv1; DistributionProps.Certificate with DomainNames raises it",
	},
	{"AwsSolutions-L1", "Signer/Function/Resource", "tested on nodejs22.x, which Lambda runs until 30 Apr 2027"},
	{"AwsSolutions-L1", "FurlBodyHash/Function/Resource", "as the signer's"},
	{
		"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
		"/Grant/Handler/ServiceRole/Resource", "rights to write logs, as CDK gives them to every function",
	},
	{"AwsSolutions-APIG1", "/Grant/Api/DeploymentStage.Prod/Resource", "needs a role of the whole account: AccessLogs"},
	{"AwsSolutions-APIG2", "/Grant/Api/Resource", "the grant Lambda checks the body, and answers with its own errors"},
	{"AwsSolutions-APIG6", "/Grant/Api/DeploymentStage.Prod/Resource", "execution logs may hold users' tokens"},
	{"AwsSolutions-COG4", "/Grant/Api/Default/grant/POST/Resource", "the authorizer is the user's choice, here IAM"},
}

// TestNag compares cdk-nag's findings in Furl's own resources with acceptedFindings, in the support stack too.
func TestNag(t *testing.T) {
	unseen := map[int]bool{}
	for i := range acceptedFindings {
		unseen[i] = true
	}
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			for _, finding := range nagFindings(t, region) {
				row := slices.IndexFunc(acceptedFindings, func(row struct{ rule, on, why string }) bool {
					return row.rule == finding.rule && strings.HasSuffix(finding.path, row.on)
				})
				if row < 0 {
					t.Errorf("%s at %s is not in the list", finding.rule, finding.path)
				}
				delete(unseen, row)
			}
		})
	}
	for _, row := range slices.Sorted(maps.Keys(unseen)) {
		t.Errorf("%s at …/%s is no longer found: delete its row", acceptedFindings[row].rule, acceptedFindings[row].on)
	}
}

// nagFinding is one finding. The rule may end in the id of the finding, as in AwsSolutions-IAM5[Resource::*].
type nagFinding struct{ rule, path string }

// nagFindings are the findings for each construct with its defaults. The functions are the user's, so theirs are left
// out.
func nagFindings(t *testing.T, region string) []nagFinding {
	t.Helper()
	app := newApp(t)
	stack := newStack(app, "Demo", region)
	users := constructs.NewConstruct(stack, jsii.String("Users"))
	for _, auth := range []furl.OriginAuth{
		furl.OriginAuth_EDGE_SIGNER, furl.OriginAuth_OAC, furl.OriginAuth_OAC_WITH_BODY_HASH,
	} {
		api := furl.NewSecureFunctionUrl(stack, jsii.String(string(auth)), &furl.SecureFunctionUrlProps{
			Function: newFunction(users, string(auth)), OriginAuth: auth,
		})
		api.AddBehavior("/reports/*", newFunction(users, string(auth)+"Reports"), nil)
	}
	furl.NewCredentialGrant(stack, jsii.String("Grant"), &furl.CredentialGrantProps{
		Authorizer:     furl.IamAuthorizer(),
		Functions:      []furl.GrantFunction{{Name: "leased", Function: newFunction(users, "Leased")}},
		AllowedOrigins: []string{"https://app.example.com"},
	})
	// An aspect on the app would report nothing for stacks in Stages.
	for _, child := range *app.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok {
			checks := cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(false)})
			awscdk.Aspects_Of(stack).Add(checks, nil)
		}
	}
	var found []nagFinding
	for _, stack := range synth(t, app).stacks {
		for _, message := range stack.messages {
			// CdkNagValidationFailure, a rule that could not run, is a finding too.
			rule, _, _ := strings.Cut(message.text, ": ")
			named := strings.HasPrefix(rule, "AwsSolutions-") || strings.HasPrefix(rule, "CdkNag")
			if named && !strings.HasPrefix(message.path, "/Demo/Users/") {
				found = append(found, nagFinding{rule, message.path})
			}
		}
	}
	return found
}
