package assembly

import (
	"fmt"
	"regexp"
	"testing"
)

func TestModels(t *testing.T) {
	const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	const function = `"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "orders"}}`
	const arn = `arn:aws:lambda:ap-northeast-1:111122223333:function:orders`
	tests := []struct {
		name, why  string
		resource   string // type and properties of R
		ref        string // pattern
		attributes map[string]string
	}{
		{
			name: "function", why: "generated name",
			resource: `"Type": "AWS::Lambda::Function"`, ref: `Demo-R-[A-Z0-9]{12}`,
			attributes: map[string]string{
				"Arn": `arn:aws:lambda:ap-northeast-1:111122223333:function:Demo-R-[A-Z0-9]{12}`,
			},
		},
		{
			name: "function with name", why: "explicit name",
			resource: `"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "orders"}`,
			ref:      `orders`, attributes: map[string]string{"Arn": arn},
		},
		{
			name: "function with no name after all", why: "NoValue is as if left out",
			resource: `"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Ref": "AWS::NoValue"}}`,
			ref:      `Demo-R-[A-Z0-9]{12}`,
		},
		{
			name: "version", why: "Ref is the versioned ARN",
			resource: `"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}`,
			ref:      arn + `:1`, attributes: map[string]string{"Version": `1`, "FunctionArn": arn + `:1`},
		},
		{
			name: "version of an ARN", why: "the property takes both",
			resource: `"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Fn::GetAtt": ["F", "Arn"]}}`,
			ref:      arn + `:1`,
		},
		{
			name: "alias", why: "Ref is the alias ARN",
			resource: `"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "F"}, "Name": "live"}`,
			ref:      arn + `:live`, attributes: map[string]string{"AliasArn": arn + `:live`},
		},
		{
			name: "URL", why: "of a function",
			resource: `"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Ref": "F"}}`,
			ref:      arn,
			attributes: map[string]string{
				"FunctionArn": arn, "FunctionUrl": `https://[a-z0-9]{32}\.lambda-url\.ap-northeast-1\.on\.aws/`,
			},
		},
		{
			name: "URL of an alias", why: "its permissions belong to the alias",
			resource: `"Type": "AWS::Lambda::Url",
				"Properties": {"TargetFunctionArn": {"Ref": "F"}, "Qualifier": "live"}`,
			ref: arn + `:live`, attributes: map[string]string{"FunctionArn": arn + `:live`},
		},
		{
			name: "role", why: "generated name",
			resource: `"Type": "AWS::IAM::Role"`, ref: `Demo-R-[A-Z0-9]{12}`,
			attributes: map[string]string{
				"Arn":    `arn:aws:iam::111122223333:role/Demo-R-[A-Z0-9]{12}`,
				"RoleId": `AROA[A-Z0-9]{17}`,
			},
		},
		{
			name: "role with name", why: "the edge role's name is explicit",
			resource: `"Type": "AWS::IAM::Role", "Properties": {"RoleName": "edge"}`, ref: `edge`,
			attributes: map[string]string{"Arn": `arn:aws:iam::111122223333:role/edge`},
		},
		{
			name: "user", why: "a resource policy names it",
			resource: `"Type": "AWS::IAM::User", "Properties": {"UserName": "ada", "Path": "/team/"}`, ref: `ada`,
			attributes: map[string]string{"Arn": `arn:aws:iam::111122223333:user/team/ada`},
		},
		{
			name: "managed policy", why: "Ref is the ARN",
			resource: `"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Path": "/team/"}`,
			ref:      `arn:aws:iam::111122223333:policy/team/Demo-R-[A-Z0-9]{12}`,
		},
		{
			name: "distribution", why: "host names are lower case",
			resource: `"Type": "AWS::CloudFront::Distribution"`, ref: `E[A-Z0-9]{13}`,
			attributes: map[string]string{"Id": `E[A-Z0-9]{13}`, "DomainName": `d[a-z0-9]{13}\.cloudfront\.net`},
		},
		{
			name: "origin access control", why: "Id",
			resource: `"Type": "AWS::CloudFront::OriginAccessControl"`, ref: `E[A-Z0-9]{13}`,
			attributes: map[string]string{"Id": `E[A-Z0-9]{13}`},
		},
		{
			name: "CloudFront Function", why: "Ref is the ARN",
			resource: `"Type": "AWS::CloudFront::Function", "Properties": {"Name": "host"}`,
			ref:      `arn:aws:cloudfront::111122223333:function/host`,
			attributes: map[string]string{
				"FunctionARN":                  `arn:aws:cloudfront::111122223333:function/host`,
				"FunctionMetadata.FunctionARN": `arn:aws:cloudfront::111122223333:function/host`,
			},
		},
		{
			name: "cache policy", why: "Ref and Id",
			resource: `"Type": "AWS::CloudFront::CachePolicy"`, ref: uuid,
			attributes: map[string]string{"Id": uuid},
		},
		{
			name: "origin request policy", why: "Ref and Id",
			resource: `"Type": "AWS::CloudFront::OriginRequestPolicy"`, ref: uuid,
			attributes: map[string]string{"Id": uuid},
		},
		{
			name: "response headers policy", why: "Ref and Id",
			resource: `"Type": "AWS::CloudFront::ResponseHeadersPolicy"`, ref: uuid,
			attributes: map[string]string{"Id": uuid},
		},
		{
			name: "global web ACL", why: "a distribution takes no other",
			resource: `"Type": "AWS::WAFv2::WebACL", "Properties": {"Scope": "CLOUDFRONT"}`,
			ref:      `Demo-R-[A-Z0-9]{12}\|` + uuid + `\|CLOUDFRONT`,
			attributes: map[string]string{
				"Id":  uuid,
				"Arn": `arn:aws:wafv2:ap-northeast-1:111122223333:global/webacl/Demo-R-[A-Z0-9]{12}/` + uuid,
			},
		},
		{
			name: "regional IP set", why: "the other scope",
			resource: `"Type": "AWS::WAFv2::IPSet", "Properties": {"Scope": "REGIONAL", "Name": "office"}`,
			ref:      `office\|` + uuid + `\|REGIONAL`,
			attributes: map[string]string{
				"Arn": `arn:aws:wafv2:ap-northeast-1:111122223333:regional/ipset/office/` + uuid,
			},
		},
		{
			name: "regex pattern set", why: "as an IP set",
			resource: `"Type": "AWS::WAFv2::RegexPatternSet", "Properties": {"Scope": "CLOUDFRONT", "Name": "bad"}`,
			ref:      `bad\|` + uuid + `\|CLOUDFRONT`,
			attributes: map[string]string{
				"Arn": `arn:aws:wafv2:ap-northeast-1:111122223333:global/regexpatternset/bad/` + uuid,
			},
		},
		{
			name: "rule group", why: "its name is in the labels of its rules",
			resource: `"Type": "AWS::WAFv2::RuleGroup", "Properties": {"Scope": "CLOUDFRONT", "Name": "own"}`,
			ref:      `own\|` + uuid + `\|CLOUDFRONT`,
			attributes: map[string]string{
				"Id":  uuid,
				"Arn": `arn:aws:wafv2:ap-northeast-1:111122223333:global/rulegroup/own/` + uuid,
			},
		},
		{
			name: "REST API", why: "its root resource comes with it",
			resource: `"Type": "AWS::ApiGateway::RestApi"`, ref: `[a-z0-9]{10}`,
			attributes: map[string]string{"RestApiId": `[a-z0-9]{10}`, "RootResourceId": `[a-z0-9]{10}`},
		},
		{
			name: "resource of an API", why: "Ref is its id",
			resource: `"Type": "AWS::ApiGateway::Resource"`, ref: `[a-z0-9]{6}`,
			attributes: map[string]string{"ResourceId": `[a-z0-9]{6}`},
		},
		{
			name: "authorizer", why: "Ref is its id",
			resource: `"Type": "AWS::ApiGateway::Authorizer"`, ref: `[a-z0-9]{6}`,
			attributes: map[string]string{"AuthorizerId": `[a-z0-9]{6}`},
		},
		{
			name: "deployment", why: "Ref is its id",
			resource: `"Type": "AWS::ApiGateway::Deployment"`, ref: `[a-z0-9]{6}`,
			attributes: map[string]string{"DeploymentId": `[a-z0-9]{6}`},
		},
		{
			name: "stage", why: "Ref is its name",
			resource: `"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "Prod"}`,
			ref:      `Prod`,
		},
		{
			name: "API key", why: "Ref is its id, not its value",
			resource: `"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Value": "secret"}`,
			ref:      `[a-z0-9]{10}`, attributes: map[string]string{"APIKeyId": `[a-z0-9]{10}`},
		},
		{
			name: "usage plan", why: "Ref is its id",
			resource: `"Type": "AWS::ApiGateway::UsagePlan"`, ref: `[a-z0-9]{6}`,
			attributes: map[string]string{"Id": `[a-z0-9]{6}`},
		},
		{
			name: "user pool", why: "an authorizer names its ARN, an app its id",
			resource: `"Type": "AWS::Cognito::UserPool"`, ref: `ap-northeast-1_[a-z0-9]{9}`,
			attributes: map[string]string{
				"UserPoolId":   `ap-northeast-1_[a-z0-9]{9}`,
				"Arn":          `arn:aws:cognito-idp:ap-northeast-1:111122223333:userpool/ap-northeast-1_[a-z0-9]{9}`,
				"ProviderName": `cognito-idp\.ap-northeast-1\.amazonaws\.com/ap-northeast-1_[a-z0-9]{9}`,
				"ProviderURL":  `https://cognito-idp\.ap-northeast-1\.amazonaws\.com/ap-northeast-1_[a-z0-9]{9}`,
			},
		},
		{
			name: "user pool client", why: "Ref is its id",
			resource: `"Type": "AWS::Cognito::UserPoolClient"`, ref: `[a-z0-9]{26}`,
			attributes: map[string]string{"ClientId": `[a-z0-9]{26}`, "ClientSecret": `furl-unknown-.*`},
		},
		{
			name: "user pool client with a secret", why: "a function may be told the secret",
			resource: `"Type": "AWS::Cognito::UserPoolClient", "Properties": {"GenerateSecret": true}`,
			ref:      `[a-z0-9]{26}`, attributes: map[string]string{"ClientSecret": `[a-f0-9]{32}`},
		},
		{
			name: "resource server", why: "its identifier stands in scopes",
			resource: `"Type": "AWS::Cognito::UserPoolResourceServer", "Properties": {"Identifier": "orders"}`,
			ref:      `orders`,
		},
		{
			name: "log group", why: "the ARN ends in a wildcard",
			resource:   `"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/x"}`,
			ref:        `/aws/lambda/x`,
			attributes: map[string]string{"Arn": `arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/lambda/x:\*`},
		},
		{
			name: "table", why: "functions' policies name it",
			resource: `"Type": "AWS::DynamoDB::Table"`, ref: `Demo-R-[A-Z0-9]{12}`,
			attributes: map[string]string{
				"Arn": `arn:aws:dynamodb:ap-northeast-1:111122223333:table/Demo-R-[A-Z0-9]{12}`,
			},
		},
		{
			name: "bucket", why: "its names are lower case",
			resource: `"Type": "AWS::S3::Bucket"`, ref: `demo-r-[a-z0-9]{12}`,
			attributes: map[string]string{"Arn": `arn:aws:s3:::demo-r-[a-z0-9]{12}`},
		},
		{
			name: "table of CDK's TableV2", why: "another type with the same ARN",
			resource:   `"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"TableName": "t"}`,
			ref:        `t`,
			attributes: map[string]string{"Arn": `arn:aws:dynamodb:ap-northeast-1:111122223333:table/t`},
		},
		{
			name: "key", why: "it has no name",
			resource: `"Type": "AWS::KMS::Key"`, ref: uuid,
			attributes: map[string]string{"Arn": `arn:aws:kms:ap-northeast-1:111122223333:key/` + uuid},
		},
		{
			name: "secret", why: "Ref is the ARN",
			resource: `"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "db"}`,
			ref:      `arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:db-[a-z0-9]{6}`,
		},
		{
			name: "topic", why: "Ref is the ARN",
			resource: `"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}`,
			ref:      `arn:aws:sns:ap-northeast-1:111122223333:news`,
			attributes: map[string]string{
				"TopicArn": `arn:aws:sns:ap-northeast-1:111122223333:news`, "TopicName": `news`,
			},
		},
		{
			name: "queue", why: "Ref is the URL",
			resource:   `"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}`,
			ref:        `https://sqs\.ap-northeast-1\.amazonaws\.com/111122223333/jobs`,
			attributes: map[string]string{"Arn": `arn:aws:sqs:ap-northeast-1:111122223333:jobs`},
		},
		{
			name: "permission", why: "a generated name",
			resource: `"Type": "AWS::Lambda::Permission"`, ref: `Demo-R-[A-Z0-9]{12}`,
		},
		{
			name: "certificate", why: "Ref is the ARN",
			resource: `"Type": "AWS::CertificateManager::Certificate"`,
			ref:      `arn:aws:acm:ap-northeast-1:111122223333:certificate/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
		},
		{
			name: "SSM parameter", why: "Ref is its name",
			resource: `"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/app/level"}`, ref: `/app/level`,
		},
		{
			name: "anything else", why: "Ref may be an ARN",
			resource: `"Type": "AWS::StepFunctions::StateMachine", "Properties": {"StateMachineName": "orders"}`,
			ref:      `furl-unknown-Demo-R-Ref`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := loadStack(t, `{"Resources": {"R": {`+tt.resource+`}, `+function+`}}`).byID["R"]
			matches(t, "Ref", must(t, r.Ref), tt.ref, tt.why)
			for name, pattern := range tt.attributes {
				value, err := r.Attribute(name)
				if err != nil {
					t.Fatal(err)
				}
				matches(t, name, value, pattern, tt.why)
			}
		})
	}
}

func TestVersionNumbers(t *testing.T) {
	s := loadStack(t, `{"Resources": {
		"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f"}},
		"G": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "g"}},
		"V1": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}},
		"V2": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "G"}}},
		"V3": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}}}}`)
	for id, want := range map[string]string{"V1": "1", "V2": "1", "V3": "2"} {
		if got, err := s.byID[id].Attribute("Version"); got != want || err != nil {
			t.Errorf("version of %s is %q, %v, want %s: counted by function", id, got, err, want)
		}
	}
}

// TestGeneratedNames checks that names do not depend on the run. They must differ wherever two resources could
// meet.
func TestGeneratedNames(t *testing.T) {
	const template = `{"Resources": {"R": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": "f"}}}}`
	url := func(name, environment string) string {
		s := loadStacks(t, map[string]string{name: environment}, map[string]string{name: template})[0]
		value, err := s.byID["R"].Attribute("FunctionUrl")
		if err != nil {
			t.Fatal(err)
		}
		return value[:len("https://")+32]
	}
	first := url("Demo", "aws://1/us-east-1")
	if again := url("Demo", "aws://1/us-east-1"); again != first {
		t.Errorf("a second run gives %s after %s", again, first)
	}
	for _, other := range []string{
		url("Demo", "aws://1/eu-west-1"), url("Demo", "aws://2/us-east-1"), url("Other", "aws://1/us-east-1"),
	} {
		if other == first {
			t.Errorf("another stack, region or account gives the same id %s", first)
		}
	}
}

func TestGeneratedNameLimits(t *testing.T) {
	const long = "ALogicalIdThatIsLongerThanFunctionNamesMayBeSoThatItMustBeCutSomewhere"
	const template = `{"Resources": {
		"%s1": {"Type": "AWS::Lambda::Function"}, "%s2": {"Type": "AWS::Lambda::Function"}}}`
	s := loadStack(t, fmt.Sprintf(template, long, long))
	one, two := must(t, s.byID[long+"1"].Ref), must(t, s.byID[long+"2"].Ref)
	if len(one) != 64 || len(two) != 64 || one == two {
		t.Errorf("names are %q and %q, want two of 64 characters", one, two)
	}
}

func matches(t *testing.T, what, value, pattern, why string) {
	t.Helper()
	if !regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(value) {
		t.Errorf("%s is %q, want %s: %s", what, value, pattern, why)
	}
}
