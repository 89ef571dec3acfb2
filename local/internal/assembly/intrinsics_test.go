package assembly

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// intrinsicsTemplate is the template that the expressions below are part of, as %s.
const intrinsicsTemplate = `{
	"Parameters": {
		"Stage": {"Type": "String", "Default": "prod"},
		"Count": {"Type": "Number", "Default": 3},
		"Subnets": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
		"Required": {"Type": "String"},
		"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
	},
	"Mappings": {"Sizes": {"prod": {"memory": 512, "zones": ["a", "b"]}}},
	"Conditions": {
		"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
		"IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
		"Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
		"Either": {"Fn::Or": [{"Condition": "IsTest"}, {"Condition": "IsProd"}]},
		"SameNumber": {"Fn::Equals": [{"Ref": "Count"}, 3]},
		"Loop": {"Fn::Not": [{"Condition": "Loop"}]},
		"Odd": {"Ref": "Stage"}
	},
	"Resources": {
		"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "admin", "Path": "/team/"}},
		"OnlyTest": {"Type": "AWS::IAM::Role", "Condition": "IsTest", "Properties": {"RoleName": "tester"}},
		"Api": {"Type": "AWS::AppSync::GraphQLApi"},
		"Self": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Ref": "Self"}}},
		"X": {"Type": "AWS::X::Y", "Properties": {"Value": %s}}
	}
}`

func TestIntrinsics(t *testing.T) {
	tests := []struct {
		name, why  string
		expression string
		want       string // JSON; empty: the property does not exist
	}{
		{"Ref region", "pseudo parameter", `{"Ref": "AWS::Region"}`, `"ap-northeast-1"`},
		{"Ref account", "of a stack without one", `{"Ref": "AWS::AccountId"}`, `"111122223333"`},
		{"Ref partition", "pseudo parameter", `{"Ref": "AWS::Partition"}`, `"aws"`},
		{"Ref URL suffix", "pseudo parameter", `{"Ref": "AWS::URLSuffix"}`, `"amazonaws.com"`},
		{"Ref stack name", "pseudo parameter", `{"Ref": "AWS::StackName"}`, `"Demo"`},
		{"Ref notification ARNs", "a list, and empty", `{"Ref": "AWS::NotificationARNs"}`, `[]`},
		{"Ref no value", "the property is gone, not null", `{"Ref": "AWS::NoValue"}`, ``},
		{"no value in a list", "the element is gone", `["a", {"Ref": "AWS::NoValue"}, "b"]`, `["a", "b"]`},
		{"Ref parameter", "its default", `{"Ref": "Stage"}`, `"prod"`},
		{"Ref number parameter", "a Ref is a string", `{"Ref": "Count"}`, `"3"`},
		{"Ref list parameter", "split, blanks removed", `{"Ref": "Subnets"}`, `["a", "b", "c"]`},
		{"Ref resource", "an explicit name", `{"Ref": "Role"}`, `"admin"`},
		{"Ref beside another key", "a property that is called Ref", `{"Ref": "a", "Other": 1}`, `{"Ref": "a", "Other": 1}`},
		{"GetAtt list", "the form that CDK writes", `{"Fn::GetAtt": ["Role", "Arn"]}`, `"arn:aws:iam::111122223333:role/team/admin"`},
		{"GetAtt string", "the other form", `{"Fn::GetAtt": "Role.Arn"}`, `"arn:aws:iam::111122223333:role/team/admin"`},
		{"Join", "with a function inside", `{"Fn::Join": [":", ["a", {"Ref": "Stage"}, 1, true, 0.5]]}`, `"a:prod:1:true:0.5"`},
		{"Join of a list function", "the list may be a function, too", `{"Fn::Join": ["-", {"Ref": "Subnets"}]}`, `"a-b-c"`},
		{"Join large number", "no exponent: 1e+06 is not what CloudFormation writes", `{"Fn::Join": ["", [1000000]]}`, `"1000000"`},
		{"Split", "keeps empty parts", `{"Fn::Split": ["/", "https://host/"]}`, `["https:", "", "host", ""]`},
		{"Select", "number", `{"Fn::Select": [1, ["a", "b"]]}`, `"b"`},
		{"Select by string", "CDK writes both", `{"Fn::Select": ["0", {"Fn::Split": [",", "x,y"]}]}`, `"x"`},
		{
			"Sub", "parameter, attribute, pseudo parameter", `{"Fn::Sub": "${Stage}/${Role.Arn}/${AWS::Region}"}`,
			`"prod/arn:aws:iam::111122223333:role/team/admin/ap-northeast-1"`,
		},
		{"Sub literal", "${!x} is ${x}", `{"Fn::Sub": "${!Stage} $Stage {Stage}"}`, `"${Stage} $Stage {Stage}"`},
		{"Sub with variables", "its own variables come first", `{"Fn::Sub": ["${Stage}-${N}", {"Stage": {"Ref": "Role"}, "N": 2}]}`, `"admin-2"`},
		{"Sub is not repeated", "a value that looks like a placeholder stays", `{"Fn::Sub": ["${V}", {"V": "${Stage}"}]}`, `"${Stage}"`},
		{"If true", "first branch", `{"Fn::If": ["IsProd", {"Ref": "Stage"}, "no"]}`, `"prod"`},
		{
			"If false", "second branch; the first, which cannot be resolved, is not looked at",
			`{"Fn::If": ["IsTest", {"Ref": "Nowhere"}, "no"]}`, `"no"`,
		},
		{"If no value", "the usual way to leave a property out", `{"Fn::If": ["IsTest", "x", {"Ref": "AWS::NoValue"}]}`, ``},
		{"And", "true and false", `{"Fn::If": ["Both", 1, 2]}`, `2`},
		{"Or", "false or true", `{"Fn::If": ["Either", 1, 2]}`, `1`},
		{"Equals of string and number", "CloudFormation has only strings", `{"Fn::If": ["SameNumber", 1, 2]}`, `1`},
		{
			"Condition elsewhere", "in a policy document it is an ordinary key", `{"Condition": {"Bool": {"a": "true"}}}`,
			`{"Condition": {"Bool": {"a": "true"}}}`,
		},
		{"FindInMap", "number stays a number", `{"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}`, `512`},
		{"FindInMap list", "mappings may hold lists", `{"Fn::FindInMap": ["Sizes", "prod", "zones"]}`, `["a", "b"]`},
		{"FindInMap default", "AWS::LanguageExtensions", `{"Fn::FindInMap": ["Sizes", "dev", "memory", {"DefaultValue": 128}]}`, `128`},
		{"Base64", "user data", `{"Fn::Base64": {"Ref": "Stage"}}`, `"cHJvZA=="`},
		{"nothing to resolve", "types are kept", `{"a": [1, true, null, {"b": "c"}]}`, `{"a": [1, true, null, {"b": "c"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			properties, err := intrinsic(t, tt.expression).Properties()
			if err != nil {
				t.Fatal(err)
			}
			got, exists := properties["Value"]
			if exists != (tt.want != "") {
				t.Fatalf("Value is %v (%t): %s", got, exists, tt.why)
			}
			var want any
			if exists {
				if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
					t.Fatal(err)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("Value is %#v, want %#v: %s", got, want, tt.why)
			}
		})
	}
}

func TestIntrinsicErrors(t *testing.T) {
	tests := []struct {
		name, why  string
		expression string
		want       []string
	}{
		{"Ref of nothing", "a template edited by hand", `{"Ref": "Nowhere"}`, []string{"Value: Ref: stack Demo has no resource or parameter Nowhere"}},
		{"Ref of unknown pseudo parameter", "AWS may add some", `{"Ref": "AWS::Moon"}`, []string{"no pseudo parameter AWS::Moon"}},
		{"Ref of a resource that is off", "AWS refuses it, too", `{"Ref": "OnlyTest"}`, []string{"OnlyTest", "condition IsTest is false"}},
		{"parameter without default", "nobody gives values here", `{"Ref": "Required"}`, []string{"parameter Required of stack Demo has no default"}},
		{
			"SSM parameter", "its default is a name, not a value", `{"Ref": "BootstrapVersion"}`,
			[]string{"BootstrapVersion", "/cdk-bootstrap/hnb659fds/version", "only AWS knows"},
		},
		{
			"dynamic reference", "the function would get the reference instead of the secret", `"{{resolve:secretsmanager:db}}"`,
			[]string{"dynamic reference", "only AWS knows"},
		},
		{
			"dynamic reference in parts", "the form that CDK writes", `{"Fn::Join": ["", ["{{resolve:ssm:", {"Ref": "Stage"}, "}}"]]}`,
			[]string{"dynamic reference"},
		},
		{
			"GetAtt without a model", "an invented value would be believed", `{"A": [{"Fn::GetAtt": ["Api", "Arn"]}]}`,
			[]string{
				"Value.A.0: Fn::GetAtt", "no model for attribute Arn of Demo/Api (AWS::AppSync::GraphQLApi Api in stack Demo)",
				"needed by Demo/X (AWS::X::Y X in stack Demo)",
			},
		},
		{"GetAtt malformed", "one part only", `{"Fn::GetAtt": "Role"}`, []string{"logical id of a resource and an attribute"}},
		{"cycle", "a role named after itself", `{"Ref": "Self"}`, []string{"cycle: Demo/X (", "→ Demo/Self (", "Self in stack Demo) → Demo/Self"}},
		{"condition cycle", "not itself", `{"Fn::If": ["Loop", 1, 2]}`, []string{"cycle", "condition Loop of stack Demo → condition Loop of stack Demo"}},
		{"not a condition", "Ref gives no truth value", `{"Fn::If": ["Odd", 1, 2]}`, []string{"is not a condition"}},
		{"If without the condition", "a template edited by hand", `{"Fn::If": ["Nowhere", 1, 2]}`, []string{"no condition Nowhere"}},
		{"If with two arguments", "arity", `{"Fn::If": ["IsProd", 1]}`, []string{"Fn::If", "3 to 3 arguments"}},
		{"Join of an object", "not a string", `{"Fn::Join": ["", [{"a": "b"}]]}`, []string{"Fn::Join: 0: want a string, have an object"}},
		{"Join of a string", "not a list", `{"Fn::Join": ["", "ab"]}`, []string{"want a list, have ab"}},
		{"Split of a list", "not a string", `{"Fn::Split": [",", {"Ref": "Subnets"}]}`, []string{"want a string, have a list"}},
		{"Select out of range", "a panic would tell nothing", `{"Fn::Select": [2, ["a", "b"]]}`, []string{"no element 2 in a list of 2"}},
		{"Select negative", "a panic would tell nothing", `{"Fn::Select": [-1, ["a"]]}`, []string{"no element -1"}},
		{"Select by a word", "not a number", `{"Fn::Select": ["first", ["a"]]}`, []string{`index "first" is not a number`}},
		{"Sub of nothing", "names the placeholder", `{"Fn::Sub": "${Nowhere}"}`, []string{"Fn::Sub: ${Nowhere}: Ref: stack Demo has no"}},
		{"Sub malformed", "variables are an object", `{"Fn::Sub": ["${a}", []]}`, []string{"a list of a string and an object"}},
		{"FindInMap of nothing", "names the keys", `{"Fn::FindInMap": ["Sizes", "dev", "memory"]}`, []string{"no Sizes.dev.memory in the mappings"}},
		{"GetAZs", "not simulated", `{"Fn::GetAZs": ""}`, []string{"Fn::GetAZs: furl local does not simulate"}},
		{"function beside another key", "AWS refuses it, too", `{"Fn::Join": ["", []], "b": 1}`, []string{"Fn::Join stands beside other keys: Fn::Join, b"}},
		{
			"ImportValue of nothing", "the producing stack is not in this app", `{"Fn::ImportValue": "net:vpc"}`,
			[]string{`no stack of the assembly exports "net:vpc" in ap-northeast-1`},
		},
		{
			"GetStackOutput of nothing", "the producing stack is not in this app", `{"Fn::GetStackOutput": {"StackName": "Net", "OutputName": "Vpc"}}`,
			[]string{"no stack Net in ap-northeast-1"},
		},
		{
			"GetStackOutput of no output", "own stack, other name", `{"Fn::GetStackOutput": {"StackName": "Demo", "OutputName": "Vpc"}}`,
			[]string{"stack Demo in ap-northeast-1 has no output Vpc"},
		},
		{"GetStackOutput without a name", "a required argument", `{"Fn::GetStackOutput": {"OutputName": "Vpc"}}`, []string{"StackName: want a string"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := intrinsic(t, tt.expression).Properties()
			wantError(t, err, append(tt.want, "properties of Demo/X"), tt.why)
		})
	}
}

// intrinsic returns a resource of intrinsicsTemplate whose property Value is the expression.
func intrinsic(t *testing.T, expression string) *Resource {
	t.Helper()
	s := loadStack(t, fmt.Sprintf(intrinsicsTemplate, expression))
	return s.byID["X"]
}

func TestPartitions(t *testing.T) {
	tests := []struct{ name, why, region, arn string }{
		{"China", "its ARNs and suffix differ", "cn-north-1", "arn:aws-cn:iam::1:role/admin amazonaws.com.cn"},
		{"GovCloud", "its ARNs differ, its suffix does not", "us-gov-west-1", "arn:aws-us-gov:iam::1:role/admin amazonaws.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := loadStacks(t, map[string]string{"Demo": "aws://1/" + tt.region}, map[string]string{"Demo": `{
				"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "admin"}}},
				"Outputs": {"O": {"Value": {"Fn::Sub": "${Role.Arn} ${AWS::URLSuffix}"}}}}`})[0]
			outputs, err := s.ResolvedOutputs()
			if err != nil || outputs[0].Value != tt.arn {
				t.Errorf("have %v, %v, want %s: %s", outputs, err, tt.arn, tt.why)
			}
		})
	}
}

func TestConditionalResources(t *testing.T) {
	s := loadStack(t, fmt.Sprintf(intrinsicsTemplate, `1`))
	for _, r := range s.Resources {
		if r.LogicalID == "OnlyTest" {
			t.Error("a resource is listed whose condition is false")
		}
	}
	if len(s.Resources) != len(s.byID)-1 {
		t.Errorf("%d of %d resources are listed, want all but one", len(s.Resources), len(s.byID))
	}
}
