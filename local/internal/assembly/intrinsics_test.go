package assembly

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// intrinsicsTemplate is the template around the expressions below, which replace %s.
const intrinsicsTemplate = `{
	"Parameters": {
		"Stage": {"Type": "String", "Default": "prod"},
		"Count": {"Type": "Number", "Default": 3},
		"Subnets": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
		"Required": {"Type": "String"},
		"BootstrapVersion": {
			"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"
		}
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
		want       string // JSON, or "" if the property does not exist
	}{
		{
			name: "Ref region", why: "pseudo parameter",
			expression: `{"Ref": "AWS::Region"}`, want: `"ap-northeast-1"`,
		},
		{
			name: "Ref account", why: "of a stack without one",
			expression: `{"Ref": "AWS::AccountId"}`, want: `"111122223333"`,
		},
		{
			name: "Ref partition", why: "pseudo parameter",
			expression: `{"Ref": "AWS::Partition"}`, want: `"aws"`,
		},
		{
			name: "Ref URL suffix", why: "pseudo parameter",
			expression: `{"Ref": "AWS::URLSuffix"}`, want: `"amazonaws.com"`,
		},
		{
			name: "Ref stack name", why: "pseudo parameter",
			expression: `{"Ref": "AWS::StackName"}`, want: `"Demo"`,
		},
		{
			name: "Ref notification ARNs", why: "a list, and empty",
			expression: `{"Ref": "AWS::NotificationARNs"}`, want: `[]`,
		},
		{
			name: "Ref no value", why: "the property is gone, not null",
			expression: `{"Ref": "AWS::NoValue"}`, want: ``,
		},
		{
			name: "no value in a list", why: "the element is gone",
			expression: `["a", {"Ref": "AWS::NoValue"}, "b"]`, want: `["a", "b"]`,
		},
		{name: "Ref parameter", why: "its default", expression: `{"Ref": "Stage"}`, want: `"prod"`},
		{name: "Ref number parameter", why: "a Ref is a string", expression: `{"Ref": "Count"}`, want: `"3"`},
		{
			name: "Ref list parameter", why: "split, blanks removed",
			expression: `{"Ref": "Subnets"}`, want: `["a", "b", "c"]`,
		},
		{name: "Ref resource", why: "an explicit name", expression: `{"Ref": "Role"}`, want: `"admin"`},
		{
			name: "Ref beside another key", why: "a property that is called Ref",
			expression: `{"Ref": "a", "Other": 1}`, want: `{"Ref": "a", "Other": 1}`,
		},
		{
			name: "GetAtt list", why: "the form that CDK writes",
			expression: `{"Fn::GetAtt": ["Role", "Arn"]}`,
			want:       `"arn:aws:iam::111122223333:role/team/admin"`,
		},
		{
			name: "GetAtt string", why: "the other form",
			expression: `{"Fn::GetAtt": "Role.Arn"}`,
			want:       `"arn:aws:iam::111122223333:role/team/admin"`,
		},
		{
			name: "Join", why: "with a function inside",
			expression: `{"Fn::Join": [":", ["a", {"Ref": "Stage"}, 1, true, 0.5]]}`,
			want:       `"a:prod:1:true:0.5"`,
		},
		{
			name: "Join of a list function", why: "the list may be a function, too",
			expression: `{"Fn::Join": ["-", {"Ref": "Subnets"}]}`, want: `"a-b-c"`,
		},
		{
			name: "Join large number", why: "CloudFormation writes no exponent such as 1e+06",
			expression: `{"Fn::Join": ["", [1000000]]}`, want: `"1000000"`,
		},
		{
			name: "Split", why: "keeps empty parts",
			expression: `{"Fn::Split": ["/", "https://host/"]}`, want: `["https:", "", "host", ""]`,
		},
		{name: "Select", why: "number", expression: `{"Fn::Select": [1, ["a", "b"]]}`, want: `"b"`},
		{
			name: "Select by string", why: "CDK writes both",
			expression: `{"Fn::Select": ["0", {"Fn::Split": [",", "x,y"]}]}`, want: `"x"`,
		},
		{
			name: "Sub", why: "parameter, attribute, pseudo parameter",
			expression: `{"Fn::Sub": "${Stage}/${Role.Arn}/${AWS::Region}"}`,
			want:       `"prod/arn:aws:iam::111122223333:role/team/admin/ap-northeast-1"`,
		},
		{
			name: "Sub literal", why: "${!x} is ${x}",
			expression: `{"Fn::Sub": "${!Stage} $Stage {Stage}"}`, want: `"${Stage} $Stage {Stage}"`,
		},
		{
			name: "Sub with variables", why: "its own variables come first",
			expression: `{"Fn::Sub": ["${Stage}-${N}", {"Stage": {"Ref": "Role"}, "N": 2}]}`,
			want:       `"admin-2"`,
		},
		{
			name: "Sub is not repeated", why: "a value that looks like a placeholder stays",
			expression: `{"Fn::Sub": ["${V}", {"V": "${Stage}"}]}`, want: `"${Stage}"`,
		},
		{
			name: "If true", why: "first branch",
			expression: `{"Fn::If": ["IsProd", {"Ref": "Stage"}, "no"]}`, want: `"prod"`,
		},
		{
			name:       "If false",
			why:        "second branch; the first cannot be resolved and is ignored",
			expression: `{"Fn::If": ["IsTest", {"Ref": "Nowhere"}, "no"]}`, want: `"no"`,
		},
		{
			name: "If no value", why: "the usual way to leave a property out",
			expression: `{"Fn::If": ["IsTest", "x", {"Ref": "AWS::NoValue"}]}`, want: ``,
		},
		{name: "And", why: "true and false", expression: `{"Fn::If": ["Both", 1, 2]}`, want: `2`},
		{name: "Or", why: "false or true", expression: `{"Fn::If": ["Either", 1, 2]}`, want: `1`},
		{
			name: "Equals of string and number", why: "CloudFormation has only strings",
			expression: `{"Fn::If": ["SameNumber", 1, 2]}`, want: `1`,
		},
		{
			name: "Condition elsewhere", why: "in a policy document it is an ordinary key",
			expression: `{"Condition": {"Bool": {"a": "true"}}}`,
			want:       `{"Condition": {"Bool": {"a": "true"}}}`,
		},
		{
			name: "FindInMap", why: "number stays a number",
			expression: `{"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}`, want: `512`,
		},
		{
			name: "FindInMap list", why: "mappings may hold lists",
			expression: `{"Fn::FindInMap": ["Sizes", "prod", "zones"]}`, want: `["a", "b"]`,
		},
		{
			name: "FindInMap default", why: "AWS::LanguageExtensions",
			expression: `{"Fn::FindInMap": ["Sizes", "dev", "memory", {"DefaultValue": 128}]}`,
			want:       `128`,
		},
		{name: "Base64", why: "user data", expression: `{"Fn::Base64": {"Ref": "Stage"}}`, want: `"cHJvZA=="`},
		{
			name: "nothing to resolve", why: "types are kept",
			expression: `{"a": [1, true, null, {"b": "c"}]}`,
			want:       `{"a": [1, true, null, {"b": "c"}]}`,
		},
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
		{
			name: "Ref of nothing", why: "a template edited by hand",
			expression: `{"Ref": "Nowhere"}`,
			want:       []string{"Value: Ref: stack Demo has no resource or parameter Nowhere"},
		},
		{
			name: "Ref of unknown pseudo parameter", why: "AWS may add some",
			expression: `{"Ref": "AWS::Moon"}`, want: []string{"no pseudo parameter AWS::Moon"},
		},
		{
			name: "Ref of a resource that is off", why: "AWS refuses it, too",
			expression: `{"Ref": "OnlyTest"}`, want: []string{"OnlyTest", "condition IsTest is false"},
		},
		{
			name: "GetAtt malformed", why: "one part only",
			expression: `{"Fn::GetAtt": "Role"}`,
			want:       []string{"logical id of a resource and an attribute"},
		},
		{
			name: "cycle", why: "a role named after itself",
			expression: `{"Ref": "Self"}`,
			want:       []string{"cycle: Demo/X (", "→ Demo/Self (", "Self in stack Demo) → Demo/Self"},
		},
		{
			name: "condition cycle", why: "not itself",
			expression: `{"Fn::If": ["Loop", 1, 2]}`,
			want:       []string{"cycle", "condition Loop of stack Demo → condition Loop of stack Demo"},
		},
		{
			name: "not a condition", why: "Ref gives no truth value",
			expression: `{"Fn::If": ["Odd", 1, 2]}`, want: []string{"is not a condition"},
		},
		{
			name: "If without the condition", why: "a template edited by hand",
			expression: `{"Fn::If": ["Nowhere", 1, 2]}`, want: []string{"no condition Nowhere"},
		},
		{
			name: "If with two arguments", why: "arity",
			expression: `{"Fn::If": ["IsProd", 1]}`, want: []string{"Fn::If", "3 to 3 arguments"},
		},
		{
			name: "Join of an object", why: "not a string",
			expression: `{"Fn::Join": ["", [{"a": "b"}]]}`,
			want:       []string{"Fn::Join: 0: want a string, have an object"},
		},
		{
			name: "Join of a string", why: "not a list",
			expression: `{"Fn::Join": ["", "ab"]}`, want: []string{"want a list, have ab"},
		},
		{
			name: "Split of a list", why: "not a string",
			expression: `{"Fn::Split": [",", {"Ref": "Subnets"}]}`,
			want:       []string{"want a string, have a list"},
		},
		{
			name: "Select out of range", why: "a panic would tell nothing",
			expression: `{"Fn::Select": [2, ["a", "b"]]}`,
			want:       []string{"no element 2 in a list of 2"},
		},
		{
			name: "Select negative", why: "a panic would tell nothing",
			expression: `{"Fn::Select": [-1, ["a"]]}`, want: []string{"no element -1"},
		},
		{
			name: "Select by a word", why: "not a number",
			expression: `{"Fn::Select": ["first", ["a"]]}`,
			want:       []string{`index "first" is not a number`},
		},
		{
			name: "Sub of nothing", why: "names the placeholder",
			expression: `{"Fn::Sub": "${Nowhere}"}`,
			want:       []string{"Fn::Sub: ${Nowhere}: Ref: stack Demo has no"},
		},
		{
			name: "Sub malformed", why: "variables are an object",
			expression: `{"Fn::Sub": ["${a}", []]}`, want: []string{"a list of a string and an object"},
		},
		{
			name: "FindInMap of nothing", why: "names the keys",
			expression: `{"Fn::FindInMap": ["Sizes", "dev", "memory"]}`,
			want:       []string{"no Sizes.dev.memory in the mappings"},
		},
		{
			name: "function beside another key", why: "AWS refuses it, too",
			expression: `{"Fn::Join": ["", []], "b": 1}`,
			want:       []string{"Fn::Join stands beside other keys: Fn::Join, b"},
		},
		{
			name: "GetStackOutput of no output", why: "own stack, other name",
			expression: `{"Fn::GetStackOutput": {"StackName": "Demo", "OutputName": "Vpc"}}`,
			want:       []string{"stack Demo in ap-northeast-1 has no output Vpc"},
		},
		{
			name: "GetStackOutput without a name", why: "a required argument",
			expression: `{"Fn::GetStackOutput": {"OutputName": "Vpc"}}`,
			want:       []string{"StackName: want a string"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := intrinsic(t, tt.expression).Properties()
			wantError(t, err, append(tt.want, "properties of Demo/X"), tt.why)
		})
	}
}

// intrinsic returns the resource X of intrinsicsTemplate with the expression as its property Value.
func intrinsic(t *testing.T, expression string) *Resource {
	t.Helper()
	s := loadStack(t, fmt.Sprintf(intrinsicsTemplate, expression))
	return s.byID["X"]
}

func TestPartitions(t *testing.T) {
	tests := []struct{ name, why, region, arn string }{
		{
			name: "China", why: "its ARNs and suffix differ",
			region: "cn-north-1", arn: "arn:aws-cn:iam::1:role/admin amazonaws.com.cn",
		},
		{
			name: "GovCloud", why: "its ARNs differ, its suffix does not",
			region: "us-gov-west-1", arn: "arn:aws-us-gov:iam::1:role/admin amazonaws.com",
		},
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
