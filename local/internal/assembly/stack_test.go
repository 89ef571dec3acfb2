package assembly

import (
	"reflect"
	"strings"
	"testing"
)

// TestCrossRegionReferences reads the demo's distribution in ap-northeast-1. It uses an edge function and a web
// ACL of us-east-1 by weak references.
func TestCrossRegionReferences(t *testing.T) {
	a := demo(t)
	properties, err := byPathOf(t, a, "AWS::CloudFront::Distribution", "Demo/Distribution").Properties()
	if err != nil {
		t.Fatal(err)
	}
	version := must(t, byPathOf(t, a, "AWS::Lambda::Version", "Edge/Signer/CurrentVersion").Ref)
	acl, err := byPathOf(t, a, "AWS::WAFv2::WebACL", "Edge/Acl").Attribute("Arn")
	if err != nil {
		t.Fatal(err)
	}
	config := properties["DistributionConfig"].(map[string]any)
	if got := config["WebACLId"]; got != acl {
		t.Errorf("web ACL is %v, want %s", got, acl)
	}
	associations := config["DefaultCacheBehavior"].(map[string]any)["LambdaFunctionAssociations"].([]any)
	got := associations[0].(map[string]any)["LambdaFunctionARN"]
	if got != version || !strings.HasPrefix(version, "arn:aws:lambda:us-east-1:") {
		t.Errorf("edge function is %v, want %s of us-east-1", got, version)
	}
	url, err := byPathOf(t, a, "AWS::Lambda::Url", "Demo/Handler/Aliaslive/FunctionUrl").Attribute("FunctionUrl")
	if err != nil {
		t.Fatal(err)
	}
	origin := config["Origins"].([]any)[0].(map[string]any)["DomainName"]
	if want := strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/"); origin != want {
		t.Errorf("origin is %v, want the Function URL's host %s", origin, want)
	}
}

// TestEdgeFunctionOfCDK reads the templates that aws-cdk-lib's EdgeFunction makes in a region other than us-east-1.
func TestEdgeFunctionOfCDK(t *testing.T) {
	for _, row := range []struct{ name, why, region, want string }{
		{
			name: "us-east-1", why: "the version's ARN is stored there", region: "us-east-1",
			want: "arn:aws:lambda:us-east-1:1:function:signer:1",
		},
		{
			name: "another region", why: "it has no such parameter", region: "eu-west-1",
			want: "furl-unknown-cdk-EdgeFunctionArn-Signer",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			stacks := loadStacks(t, map[string]string{"App": "aws://1/ap-northeast-1", "Edge": "aws://1/us-east-1"},
				map[string]string{
					"App": `{
						"Resources": {"Reader": {"Type": "Custom::CrossRegionStringParameterReader", "Properties": {
							"ParameterName": "/cdk/EdgeFunctionArn/Signer", "Region": "` + row.region + `"}}},
						"Outputs": {"Version": {"Value": {"Fn::GetAtt": ["Reader", "FunctionArn"]}}}}`,
					"Edge": `{"Resources": {
						"Signer": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "signer"}},
						"Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Signer"}}},
						"Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {
							"Name": "/cdk/EdgeFunctionArn/Signer", "Value": {"Ref": "Version"}}}}}`,
				})
			outputs, err := stacks[0].ResolvedOutputs()
			if err != nil || outputs[0].Value != row.want {
				t.Errorf("%s: %v, %v, want %s", row.why, outputs, err, row.want)
			}
		})
	}
}

func TestNestedStacks(t *testing.T) {
	a := demo(t)
	handler := byPathOf(t, a, "AWS::Lambda::Function", "Demo/Handler")
	arn, err := handler.Attribute("Arn")
	if err != nil {
		t.Fatal(err)
	}
	if got := peer(t, byPathOf(t, a, "AWS::Lambda::Function", "Demo/Nested/Handler")); got != arn {
		t.Errorf("the nested function's PEER is %q, want the parent's %s", got, arn)
	}
	deep := byPathOf(t, a, "AWS::Lambda::Function", "Demo/Nested/Deep/Handler")
	if got, want := peer(t, deep), must(t, handler.Ref); got != want {
		t.Errorf("the PEER two levels down is %q, want %s", got, want)
	}
	if deep.Stack.Parent == nil || deep.Stack.Parent.Parent != handler.Stack || handler.Stack.Parent != nil {
		t.Error("the chain of parents is wrong")
	}
	if must(t, deep.Ref) == must(t, handler.Ref) {
		t.Error("two functions with one logical id, in nested stacks, have one name")
	}
	nested := byPathOf(t, a, "AWS::CloudFormation::Stack", "Demo/Nested.NestedStack/Nested.NestedStackResource")
	id := must(t, nested.Ref)
	if !strings.HasPrefix(id, "arn:aws:cloudformation:ap-northeast-1:111122223333:stack/Demo-") {
		t.Errorf("Ref of a nested stack is %q, want its stack id", id)
	}
}

func TestImportValue(t *testing.T) {
	a := demo(t)
	want, err := byPathOf(t, a, "AWS::Lambda::Function", "Prod/Shared/Handler").Attribute("Arn")
	if err != nil {
		t.Fatal(err)
	}
	if got := peer(t, byPathOf(t, a, "AWS::Lambda::Function", "Prod/App/Handler")); got != want {
		t.Errorf("the imported ARN is %q, want %q", got, want)
	}
}

func TestResolvedOutputs(t *testing.T) {
	a := demo(t)
	outputs, err := a.Stacks[0].ResolvedOutputs()
	if err != nil {
		t.Fatal(err)
	}
	url, _ := byPathOf(t, a, "AWS::Lambda::Url", "Demo/Handler/Aliaslive/FunctionUrl").Attribute("FunctionUrl")
	domain, _ := byPathOf(t, a, "AWS::CloudFront::Distribution", "Demo/Distribution").Attribute("DomainName")
	inner, _ := byPathOf(t, a, "AWS::Lambda::Function", "Demo/Nested/Handler").Attribute("Arn")
	want := []Output{
		{Name: "DistributionUrl", Value: "https://" + domain},
		{Name: "FunctionUrl", Description: "Answers signed requests only", Value: url},
		{Name: "InnerArn", Value: inner},
	}
	if !reflect.DeepEqual(outputs, want) {
		t.Errorf("outputs are\n%v, want\n%v", outputs, want)
	}
}

func TestOutputsThatFail(t *testing.T) {
	s := loadStack(t, `{
		"Conditions": {"Never": {"Fn::Equals": [1, 2]}},
		"Resources": {"Api": {"Type": "AWS::AppSync::GraphQLApi"}},
		"Outputs": {
			"Bad": {"Value": {"Fn::GetAtt": ["Nowhere", "Arn"]}},
			"Good": {"Value": 7},
			"Off": {"Condition": "Never", "Value": {"Ref": "Nowhere"}}
		}}`)
	outputs, err := s.ResolvedOutputs()
	wantError(t, err, []string{"output Bad of stack Demo", "Nowhere"}, "one output that is wrong must be told")
	if want := []Output{{Name: "Good", Value: "7"}}; !reflect.DeepEqual(outputs, want) {
		t.Errorf("outputs are %v, want %v: the others must still be listed, and Off does not exist",
			outputs, want)
	}
}

func TestStackReferences(t *testing.T) {
	producer := `{"Resources": {}, "Outputs": {
		"Name": {"Value": {"Fn::Sub": "${AWS::StackName} in ${AWS::Region} of ${AWS::AccountId}"},
			"Export": {"Name": {"Fn::Sub": "${AWS::StackName}:Name"}}}}}`
	consumer := `{"Resources": {}, "Outputs": {"Got": {"Value": %s}}}`
	tests := []struct {
		name, why    string
		environments map[string]string // of the producers
		expression   string
		want         string
	}{
		{
			name: "own region by default", why: "Region left out means the region of the asking stack",
			environments: map[string]string{"Shared": "aws://1/eu-west-1"},
			expression:   `{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Name"}}`,
			want:         "Shared in eu-west-1 of 1",
		},
		{
			name: "not another region by default", why: "the same rule, broken",
			environments: map[string]string{"Shared": "aws://1/us-east-1"},
			expression:   `{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Name"}}`,
			want:         "furl-unknown-Shared.Name",
		},
		{
			name: "another region", why: "the case that weak references are for",
			environments: map[string]string{"Shared": "aws://1/us-east-1"},
			expression: `{"Fn::GetStackOutput": {
				"StackName": "Shared", "OutputName": "Name", "Region": "us-east-1"}}`,
			want: "Shared in us-east-1 of 1",
		},
		{
			name: "region by function", why: "arguments may be functions",
			environments: map[string]string{"Shared": "aws://1/eu-west-1"},
			expression: `{"Fn::GetStackOutput": {
				"StackName": {"Fn::Sub": "Shared"}, "OutputName": "Name", "Region": {"Ref": "AWS::Region"}}}`,
			want: "Shared in eu-west-1 of 1",
		},
		{
			name:         "only stack of its name, other account",
			why:          "one stack with an account, the other without",
			environments: map[string]string{"Shared": "aws://unknown-account/eu-west-1"},
			expression:   `{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Name"}}`,
			want:         "Shared in eu-west-1 of 111122223333",
		},
		{
			name: "import", why: "an export of the same region and account",
			environments: map[string]string{"Shared": "aws://1/eu-west-1"},
			expression:   `{"Fn::ImportValue": {"Fn::Sub": "Shared:Name"}}`,
			want:         "Shared in eu-west-1 of 1",
		},
		{
			name: "import from another region", why: "exports do not cross regions",
			environments: map[string]string{"Shared": "aws://1/us-east-1"},
			expression:   `{"Fn::ImportValue": "Shared:Name"}`,
			want:         "furl-unknown-Shared-Name",
		},
		{
			name: "import from another account", why: "exports do not cross accounts",
			environments: map[string]string{"Shared": "aws://2/eu-west-1"},
			expression:   `{"Fn::ImportValue": "Shared:Name"}`,
			want:         "furl-unknown-Shared-Name",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			templates := map[string]string{"App": strings.Replace(consumer, "%s", tt.expression, 1)}
			for name := range tt.environments {
				templates[name] = producer
			}
			tt.environments["App"] = "aws://1/eu-west-1"
			outputs, err := loadStacks(t, tt.environments, templates)[0].ResolvedOutputs()
			if err != nil || outputs[0].Value != tt.want {
				t.Errorf("have %v, %v, want %q: %s", outputs, err, tt.want, tt.why)
			}
		})
	}
}

// TestGetStackOutputAcrossAccounts has two stages with a stack of the same name in one region, each in its
// account.
func TestGetStackOutputAcrossAccounts(t *testing.T) {
	stack := func(account, template string) string {
		return `{"type": "aws:cloudformation:stack", "environment": "aws://` + account + `/eu-west-1",
			"properties": {"templateFile": "` + template + `.json", "stackName": "` + template + `"}}`
	}
	a, err := load(t, map[string]string{
		"manifest.json": `{"version": "54.0.0", "artifacts": {"A": ` + stack("1",
			"Shared") + `, "B": ` + stack("2", "Shared") +
			`, "C": ` + stack("2", "App") + `}}`,
		"Shared.json": `{"Outputs": {"Account": {"Value": {"Ref": "AWS::AccountId"}}}}`,
		"App.json": `{"Outputs": {
			"Other": {"Value": {"Fn::GetStackOutput": {
				"StackName": "Shared", "OutputName": "Account", "RoleArn": "arn:aws:iam::1:role/reader"}}},
			"Own": {"Value": {"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Account"}}}}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := a.Stacks[2].ResolvedOutputs()
	want := []Output{{Name: "Other", Value: "1"}, {Name: "Own", Value: "2"}}
	if err != nil || !reflect.DeepEqual(outputs, want) {
		t.Errorf("have %v, %v, want %v: by the role's account, else the stack's own", outputs, err, want)
	}
}

func TestCycleAcrossStacks(t *testing.T) {
	output := func(other string) string {
		return `{"Outputs": {"O": {"Value": {"Fn::GetStackOutput": {"StackName": "` + other +
			`", "OutputName": "O"}}}}}`
	}
	stacks := loadStacks(t,
		map[string]string{"A": "aws://1/eu-west-1", "B": "aws://1/eu-west-1"},
		map[string]string{"A": output("B"), "B": output("A")})
	_, err := stacks[0].ResolvedOutputs()
	want := ": cycle: output O of stack A → output O of stack B → output O of stack A"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("the error is %v, want it to end with %q: found at the first turn, and told once", err, want)
	}
}

// TestNestedStackParameters checks that the parent decides whether a nested stack exists and gives its
// parameters.
func TestNestedStackParameters(t *testing.T) {
	parent := func(parameters, condition string) map[string]string {
		return map[string]string{
			"manifest.json": manifestOf(t, map[string]string{"Demo": "aws://1/eu-west-1"}),
			"Demo.template.json": `{
				"Conditions": {"On": {"Fn::Equals": ["` + condition + `", "yes"]}},
				"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Condition": "On",
					"Properties": {"Parameters": ` + parameters + `}, "Metadata": {"aws:asset:path": "n.json"}}},
				"Outputs": {"O": {"Condition": "On", "Value": {"Fn::GetAtt": ["N", "Outputs.O"]}}}}`,
			"n.json": `{
				"Parameters": {
					"P": {"Type": "String", "Default": "default"}, "L": {"Type": "List<String>", "Default": "x"}},
				"Conditions": {"HasP": {"Fn::Equals": [{"Ref": "P"}, "given"]}},
				"Resources": {"Role": {"Type": "AWS::IAM::Role", "Condition": "HasP"}},
				"Outputs": {"O": {"Value": {"Fn::Join": [",", [{"Ref": "P"}, {"Fn::Join": ["+", {"Ref": "L"}]}]]}}}}`,
		}
	}
	tests := []struct {
		name, why             string
		parameters, condition string
		want                  string // of output O, or "" if it does not exist
		roles                 int
		fails                 string
	}{
		{
			name: "defaults", why: "what the parent does not give",
			parameters: `{}`, condition: "yes", want: "default,x",
		},
		{
			name: "given", why: "the parent's value goes before the default",
			parameters: `{"P": "given", "L": "a,b"}`, condition: "yes", want: "given,a+b", roles: 1,
		},
		{
			name: "list given as a list", why: "CDK passes both forms",
			parameters: `{"L": ["a", "b"]}`, condition: "yes", want: "default,a+b",
		},
		{
			name: "off", why: "its resources and outputs do not exist",
			parameters: `{"P": "given"}`, condition: "no",
		},
		{
			name: "cycle", why: "a nested stack that needs its own output",
			parameters: `{"P": {"Fn::GetAtt": ["N", "Outputs.O"]}}`, condition: "yes", fails: "cycle: ",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := load(t, parent(tt.parameters, tt.condition))
			if tt.fails != "" {
				wantError(t, err, []string{tt.fails, "parameter P of stack Demo-N-"}, tt.why)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			outputs, err := a.Stacks[0].ResolvedOutputs()
			if err != nil {
				t.Fatal(err)
			}
			var want []Output
			if tt.want != "" {
				want = []Output{{Name: "O", Value: tt.want}}
			}
			if !reflect.DeepEqual(outputs, want) {
				t.Errorf("outputs are %v, want %v: %s", outputs, want, tt.why)
			}
			if roles := a.Resources("AWS::IAM::Role"); len(roles) != tt.roles {
				t.Errorf("%d roles exist, want %d: %s", len(roles), tt.roles, tt.why)
			} else if tt.roles == 1 && roles[0].Path != "Demo/N/Role" {
				t.Errorf("the role's path is %q, want it below that of a nested stack that CDK did not name",
					roles[0].Path)
			}
		})
	}
}

func peer(t *testing.T, function *Resource) any {
	t.Helper()
	properties, err := function.Properties()
	if err != nil {
		t.Fatal(err)
	}
	return properties["Environment"].(map[string]any)["Variables"].(map[string]any)["PEER"]
}

func must(t *testing.T, value func() (string, error)) string {
	t.Helper()
	v, err := value()
	if err != nil {
		t.Fatal(err)
	}
	return v
}
