package assembly

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// The demo's distribution, in ap-northeast-1, uses an edge function and a web ACL of us-east-1 by weak references.
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
	if got := associations[0].(map[string]any)["LambdaFunctionARN"]; got != version || !strings.HasPrefix(version, "arn:aws:lambda:us-east-1:") {
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
	id := must(t, byPathOf(t, a, "AWS::CloudFormation::Stack", "Demo/Nested.NestedStack/Nested.NestedStackResource").Ref)
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
			"Bad": {"Value": {"Fn::GetAtt": ["Api", "Arn"]}},
			"Good": {"Value": 7},
			"Off": {"Condition": "Never", "Value": {"Ref": "Nowhere"}}
		}}`)
	outputs, err := s.ResolvedOutputs()
	wantError(t, err, []string{"output Bad of stack Demo", "attribute Arn"}, "one output without a model must be told")
	var noModel *NoModelError
	if !errors.As(err, &noModel) || noModel.Resource.LogicalID != "Api" || noModel.Attribute != "Arn" {
		t.Errorf("the error is no NoModelError of Api.Arn: %#v", noModel)
	}
	if want := []Output{{Name: "Good", Value: "7"}}; !reflect.DeepEqual(outputs, want) {
		t.Errorf("outputs are %v, want %v: the others must still be told, and one that is off does not exist", outputs, want)
	}
}

func TestStackReferences(t *testing.T) {
	producer := `{"Resources": {}, "Outputs": {
		"Name": {"Value": {"Fn::Sub": "${AWS::StackName} in ${AWS::Region} of ${AWS::AccountId}"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:Name"}}}}}`
	consumer := `{"Resources": {}, "Outputs": {"Got": {"Value": %s}}}`
	tests := []struct {
		name, why    string
		environments map[string]string // of the producers
		expression   string
		want         string // output value, or part of the error
		fails        bool
	}{
		{
			"own region by default", "Region left out means the region of the asking stack",
			map[string]string{"Shared": "aws://1/eu-west-1"},
			`{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Name"}}`, "Shared in eu-west-1 of 1", false,
		},
		{
			"not another region by default", "the same rule, broken",
			map[string]string{"Shared": "aws://1/us-east-1"},
			`{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Name"}}`, "no stack Shared in eu-west-1", true,
		},
		{
			"another region", "the case that weak references are for",
			map[string]string{"Shared": "aws://1/us-east-1"},
			`{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Name", "Region": "us-east-1"}}`, "Shared in us-east-1 of 1", false,
		},
		{
			"region by function", "arguments may be functions",
			map[string]string{"Shared": "aws://1/eu-west-1"},
			`{"Fn::GetStackOutput": {"StackName": {"Fn::Sub": "Shared"}, "OutputName": "Name", "Region": {"Ref": "AWS::Region"}}}`,
			"Shared in eu-west-1 of 1", false,
		},
		{
			"only stack of its name, other account", "one stack with an account, the other without",
			map[string]string{"Shared": "aws://unknown-account/eu-west-1"},
			`{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Name"}}`, "Shared in eu-west-1 of 111122223333", false,
		},
		{
			"import", "an export of the same region and account",
			map[string]string{"Shared": "aws://1/eu-west-1"},
			`{"Fn::ImportValue": {"Fn::Sub": "Shared:Name"}}`, "Shared in eu-west-1 of 1", false,
		},
		{
			"import from another region", "exports do not cross regions",
			map[string]string{"Shared": "aws://1/us-east-1"},
			`{"Fn::ImportValue": "Shared:Name"}`, `no stack of the assembly exports "Shared:Name"`, true,
		},
		{
			"import from another account", "exports do not cross accounts",
			map[string]string{"Shared": "aws://2/eu-west-1"},
			`{"Fn::ImportValue": "Shared:Name"}`, `no stack of the assembly exports "Shared:Name"`, true,
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
			if tt.fails {
				wantError(t, err, []string{tt.want}, tt.why)
				return
			}
			if err != nil || outputs[0].Value != tt.want {
				t.Errorf("have %v, %v, want %q: %s", outputs, err, tt.want, tt.why)
			}
		})
	}
}

// Two stages may have a stack of the same name in one region, each in its account.
func TestGetStackOutputAcrossAccounts(t *testing.T) {
	stack := func(account, template string) string {
		return `{"type": "aws:cloudformation:stack", "environment": "aws://` + account + `/eu-west-1",
			"properties": {"templateFile": "` + template + `", "stackName": "` + strings.TrimSuffix(template, ".json") + `"}}`
	}
	a, err := load(t, map[string]string{
		"manifest.json": `{"artifacts": {"A": ` + stack("1", "Shared.json") + `, "B": ` + stack("2", "Shared.json") + `, "C": ` + stack("2", "App.json") + `}}`,
		"Shared.json":   `{"Outputs": {"Account": {"Value": {"Ref": "AWS::AccountId"}}}}`,
		"App.json": `{"Outputs": {
			"Other": {"Value": {"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Account", "RoleArn": "arn:aws:iam::1:role/reader"}}},
			"Own": {"Value": {"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Account"}}}}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := a.Stacks[2].ResolvedOutputs()
	if want := []Output{{Name: "Other", Value: "1"}, {Name: "Own", Value: "2"}}; err != nil || !reflect.DeepEqual(outputs, want) {
		t.Errorf("have %v, %v, want %v: by the role's account, else the stack's own", outputs, err, want)
	}
}

func TestCycleAcrossStacks(t *testing.T) {
	output := func(other string) string {
		return `{"Outputs": {"O": {"Value": {"Fn::GetStackOutput": {"StackName": "` + other + `", "OutputName": "O"}}}}}`
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

// A nested stack's existence and parameters are its parent's.
func TestNestedStackParameters(t *testing.T) {
	parent := func(parameters, condition string) map[string]string {
		return map[string]string{
			"manifest.json": manifestOf(t, map[string]string{"Demo": "aws://1/eu-west-1"}),
			"Demo.template.json": `{
				"Conditions": {"On": {"Fn::Equals": ["` + condition + `", "yes"]}},
				"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Condition": "On", "Properties": {"Parameters": ` + parameters + `},
					"Metadata": {"aws:asset:path": "n.json"}}},
				"Outputs": {"O": {"Condition": "On", "Value": {"Fn::GetAtt": ["N", "Outputs.O"]}}}}`,
			"n.json": `{
				"Parameters": {"P": {"Type": "String", "Default": "default"}, "L": {"Type": "List<String>", "Default": "x"}},
				"Conditions": {"HasP": {"Fn::Equals": [{"Ref": "P"}, "given"]}},
				"Resources": {"Role": {"Type": "AWS::IAM::Role", "Condition": "HasP"}},
				"Outputs": {"O": {"Value": {"Fn::Join": [",", [{"Ref": "P"}, {"Fn::Join": ["+", {"Ref": "L"}]}]]}}}}`,
		}
	}
	tests := []struct {
		name, why             string
		parameters, condition string
		want                  string // of output O; empty: it does not exist
		roles                 int
		fails                 string
	}{
		{"defaults", "what the parent does not give", `{}`, "yes", "default,x", 0, ""},
		{"given", "the parent's value goes before the default", `{"P": "given", "L": "a,b"}`, "yes", "given,a+b", 1, ""},
		{"list given as a list", "CDK passes both forms", `{"L": ["a", "b"]}`, "yes", "default,a+b", 0, ""},
		{"off", "its resources and outputs do not exist", `{"P": "given"}`, "no", "", 0, ""},
		{"cycle", "a nested stack that needs its own output", `{"P": {"Fn::GetAtt": ["N", "Outputs.O"]}}`, "yes", "", 0, "cycle: "},
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
			if tt.want == "" && len(outputs) != 0 || tt.want != "" && (len(outputs) != 1 || outputs[0].Value != tt.want) {
				t.Errorf("outputs are %v, want %q: %s", outputs, tt.want, tt.why)
			}
			if roles := a.Resources("AWS::IAM::Role"); len(roles) != tt.roles {
				t.Errorf("%d roles exist, want %d: %s", len(roles), tt.roles, tt.why)
			} else if tt.roles == 1 && roles[0].Path != "Demo/N/Role" {
				t.Errorf("the role's path is %q, want it below that of a nested stack that CDK did not name", roles[0].Path)
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
