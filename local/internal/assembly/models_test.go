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
			"function", "generated name", `"Type": "AWS::Lambda::Function"`, `Demo-R-[A-Z0-9]{12}`,
			map[string]string{"Arn": `arn:aws:lambda:ap-northeast-1:111122223333:function:Demo-R-[A-Z0-9]{12}`},
		},
		{
			"function with name", "explicit name", `"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "orders"}`, `orders`,
			map[string]string{"Arn": arn},
		},
		{
			"function with no name after all", "NoValue is as if left out",
			`"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Ref": "AWS::NoValue"}}`, `Demo-R-[A-Z0-9]{12}`, nil,
		},
		{
			"version", "Ref is the versioned ARN", `"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}`, arn + `:1`,
			map[string]string{"Version": `1`, "FunctionArn": arn + `:1`},
		},
		{
			"version of an ARN", "the property takes both", `"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Fn::GetAtt": ["F", "Arn"]}}`,
			arn + `:1`, nil,
		},
		{
			"alias", "Ref is the alias ARN", `"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "F"}, "Name": "live"}`, arn + `:live`,
			map[string]string{"AliasArn": arn + `:live`},
		},
		{
			"URL", "of a function", `"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Ref": "F"}}`, arn,
			map[string]string{"FunctionArn": arn, "FunctionUrl": `https://[a-z0-9]{32}\.lambda-url\.ap-northeast-1\.on\.aws/`},
		},
		{
			"URL of an alias", "its permissions belong to the alias", `"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Ref": "F"}, "Qualifier": "live"}`,
			arn + `:live`,
			map[string]string{"FunctionArn": arn + `:live`},
		},
		{
			"role", "generated name", `"Type": "AWS::IAM::Role"`, `Demo-R-[A-Z0-9]{12}`,
			map[string]string{"Arn": `arn:aws:iam::111122223333:role/Demo-R-[A-Z0-9]{12}`, "RoleId": `AROA[A-Z0-9]{17}`},
		},
		{
			"role with name", "the edge role's name is explicit", `"Type": "AWS::IAM::Role", "Properties": {"RoleName": "edge"}`, `edge`,
			map[string]string{"Arn": `arn:aws:iam::111122223333:role/edge`},
		},
		{
			"managed policy", "Ref is the ARN", `"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Path": "/team/"}`,
			`arn:aws:iam::111122223333:policy/team/Demo-R-[A-Z0-9]{12}`, nil,
		},
		{
			"distribution", "host names are lower case", `"Type": "AWS::CloudFront::Distribution"`, `E[A-Z0-9]{13}`,
			map[string]string{"Id": `E[A-Z0-9]{13}`, "DomainName": `d[a-z0-9]{13}\.cloudfront\.net`},
		},
		{"origin access control", "Id", `"Type": "AWS::CloudFront::OriginAccessControl"`, `E[A-Z0-9]{13}`, map[string]string{"Id": `E[A-Z0-9]{13}`}},
		{
			"CloudFront Function", "Ref is the ARN", `"Type": "AWS::CloudFront::Function", "Properties": {"Name": "host"}`, `arn:aws:cloudfront::111122223333:function/host`,
			map[string]string{"FunctionARN": `arn:aws:cloudfront::111122223333:function/host`, "FunctionMetadata.FunctionARN": `arn:aws:cloudfront::111122223333:function/host`},
		},
		{"cache policy", "Ref and Id", `"Type": "AWS::CloudFront::CachePolicy"`, uuid, map[string]string{"Id": uuid}},
		{"origin request policy", "Ref and Id", `"Type": "AWS::CloudFront::OriginRequestPolicy"`, uuid, map[string]string{"Id": uuid}},
		{"response headers policy", "Ref and Id", `"Type": "AWS::CloudFront::ResponseHeadersPolicy"`, uuid, map[string]string{"Id": uuid}},
		{
			"global web ACL", "a distribution takes no other", `"Type": "AWS::WAFv2::WebACL", "Properties": {"Scope": "CLOUDFRONT"}`,
			`Demo-R-[A-Z0-9]{12}\|` + uuid + `\|CLOUDFRONT`,
			map[string]string{"Id": uuid, "Arn": `arn:aws:wafv2:ap-northeast-1:111122223333:global/webacl/Demo-R-[A-Z0-9]{12}/` + uuid},
		},
		{
			"regional IP set", "the other scope", `"Type": "AWS::WAFv2::IPSet", "Properties": {"Scope": "REGIONAL", "Name": "office"}`,
			`office\|` + uuid + `\|REGIONAL`,
			map[string]string{"Arn": `arn:aws:wafv2:ap-northeast-1:111122223333:regional/ipset/office/` + uuid},
		},
		{
			"REST API", "its root resource comes with it", `"Type": "AWS::ApiGateway::RestApi"`, `[a-z0-9]{10}`,
			map[string]string{"RestApiId": `[a-z0-9]{10}`, "RootResourceId": `[a-z0-9]{10}`},
		},
		{"resource of an API", "Ref is its id", `"Type": "AWS::ApiGateway::Resource"`, `[a-z0-9]{6}`, map[string]string{"ResourceId": `[a-z0-9]{6}`}},
		{"authorizer", "Ref is its id", `"Type": "AWS::ApiGateway::Authorizer"`, `[a-z0-9]{6}`, map[string]string{"AuthorizerId": `[a-z0-9]{6}`}},
		{"deployment", "Ref is its id", `"Type": "AWS::ApiGateway::Deployment"`, `[a-z0-9]{6}`, map[string]string{"DeploymentId": `[a-z0-9]{6}`}},
		{"stage", "Ref is its name", `"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "Prod"}`, `Prod`, nil},
		{"API key", "Ref is its id, not its value", `"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Value": "secret"}`, `[a-z0-9]{10}`, map[string]string{"APIKeyId": `[a-z0-9]{10}`}},
		{"usage plan", "Ref is its id", `"Type": "AWS::ApiGateway::UsagePlan"`, `[a-z0-9]{6}`, map[string]string{"Id": `[a-z0-9]{6}`}},
		{
			"user pool", "an authorizer names its ARN, an app its id", `"Type": "AWS::Cognito::UserPool"`, `ap-northeast-1_[a-z0-9]{9}`,
			map[string]string{
				"UserPoolId": `ap-northeast-1_[a-z0-9]{9}`, "Arn": `arn:aws:cognito-idp:ap-northeast-1:111122223333:userpool/ap-northeast-1_[a-z0-9]{9}`,
				"ProviderName": `cognito-idp\.ap-northeast-1\.amazonaws\.com/ap-northeast-1_[a-z0-9]{9}`,
				"ProviderURL":  `https://cognito-idp\.ap-northeast-1\.amazonaws\.com/ap-northeast-1_[a-z0-9]{9}`,
			},
		},
		{"user pool client", "Ref is its id", `"Type": "AWS::Cognito::UserPoolClient"`, `[a-z0-9]{26}`, map[string]string{"ClientId": `[a-z0-9]{26}`}},
		{
			"log group", "the ARN ends in a wildcard", `"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/x"}`, `/aws/lambda/x`,
			map[string]string{"Arn": `arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/lambda/x:\*`},
		},
		{
			"table", "functions' policies name it", `"Type": "AWS::DynamoDB::Table"`, `Demo-R-[A-Z0-9]{12}`,
			map[string]string{"Arn": `arn:aws:dynamodb:ap-northeast-1:111122223333:table/Demo-R-[A-Z0-9]{12}`},
		},
		{
			"bucket", "its names are lower case", `"Type": "AWS::S3::Bucket"`, `demo-r-[a-z0-9]{12}`,
			map[string]string{"Arn": `arn:aws:s3:::demo-r-[a-z0-9]{12}`},
		},
		{
			"table of CDK's TableV2", "another type with the same ARN", `"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"TableName": "t"}`, `t`,
			map[string]string{"Arn": `arn:aws:dynamodb:ap-northeast-1:111122223333:table/t`},
		},
		{"key", "it has no name", `"Type": "AWS::KMS::Key"`, uuid, map[string]string{"Arn": `arn:aws:kms:ap-northeast-1:111122223333:key/` + uuid}},
		{
			"secret", "Ref is the ARN", `"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "db"}`,
			`arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:db-[a-z0-9]{6}`, nil,
		},
		{
			"topic", "Ref is the ARN", `"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}`, `arn:aws:sns:ap-northeast-1:111122223333:news`,
			map[string]string{"TopicArn": `arn:aws:sns:ap-northeast-1:111122223333:news`, "TopicName": `news`},
		},
		{
			"queue", "Ref is the URL", `"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}`,
			`https://sqs\.ap-northeast-1\.amazonaws\.com/111122223333/jobs`,
			map[string]string{"Arn": `arn:aws:sqs:ap-northeast-1:111122223333:jobs`},
		},
		{"permission", "a generated name", `"Type": "AWS::Lambda::Permission"`, `Demo-R-[A-Z0-9]{12}`, nil},
		{"anything else", "a generated name", `"Type": "AWS::X::Y"`, `Demo-R-[A-Z0-9]{12}`, nil},
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

// Names must not depend on the run, and must differ wherever two resources could meet.
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
	for _, other := range []string{url("Demo", "aws://1/eu-west-1"), url("Demo", "aws://2/us-east-1"), url("Other", "aws://1/us-east-1")} {
		if other == first {
			t.Errorf("another stack, region or account gives the same id %s", first)
		}
	}
}

func TestGeneratedNameLimits(t *testing.T) {
	const long = "ALogicalIdThatIsLongerThanFunctionNamesMayBeSoThatItMustBeCutSomewhere"
	s := loadStack(t, fmt.Sprintf(`{"Resources": {"%s1": {"Type": "AWS::Lambda::Function"}, "%s2": {"Type": "AWS::Lambda::Function"}}}`, long, long))
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
