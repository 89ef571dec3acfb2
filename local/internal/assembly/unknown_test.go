package assembly

import (
	"reflect"
	"testing"
)

// unknowing is a stack whose values only a deployment would tell. Its output is the expression.
func unknowing(t *testing.T, expression string, values map[string]string) (*Assembly, string) {
	t.Helper()
	a := loadWith(t, values, `{
		"Parameters": {
			"Host": {"Type": "String"},
			"Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
			"Level": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/level"},
			"Names": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/app/names"}
		},
		"Resources": {
			"Api": {"Type": "AWS::AppSync::GraphQLApi"},
			"Stored": {"Type": "AWS::SSM::Parameter", "Properties": {
				"Name": "/app/stored", "Value": {"Ref": "AWS::Region"}}}
		},
		"Outputs": {"Value": {"Value": `+expression+`}}}`)
	outputs, err := a.Stacks[0].ResolvedOutputs()
	if err != nil {
		t.Fatal(err)
	}
	return a, outputs[0].Value
}

// TestUnknown: a value that only a deployment would tell is a placeholder, and is listed by its kind.
func TestUnknown(t *testing.T) {
	for _, row := range []struct {
		name, why, expression string
		want                  string
		unknown               Unknown // without the placeholder
	}{
		{
			name: "attribute", why: "no model", expression: `{"Fn::GetAtt": ["Api", "GraphQLUrl"]}`,
			want:    "furl-unknown-Demo-Api-GraphQLUrl",
			unknown: Unknown{Kind: "attribute GraphQLUrl of AWS::AppSync::GraphQLApi", Name: "Demo/Api GraphQLUrl"},
		},
		{
			name: "Ref", why: "it may be a name, an id or an ARN", expression: `{"Ref": "Api"}`,
			want:    "furl-unknown-Demo-Api-Ref",
			unknown: Unknown{Kind: "Ref of AWS::AppSync::GraphQLApi", Name: "Demo/Api Ref"},
		},
		{
			name: "attribute with a dot", why: "still one placeholder in a longer text",
			expression: `{"Fn::Sub": "https://${Api.Endpoint.Address}:8080/x"}`,
			want:       "https://furl-unknown-Demo-Api-Endpoint.Address:8080/x",
			unknown: Unknown{
				Kind: "attribute Endpoint.Address of AWS::AppSync::GraphQLApi", Name: "Demo/Api Endpoint.Address",
			},
		},
		{
			name: "parameter", why: "nobody gave it", expression: `{"Ref": "Host"}`,
			want: "furl-unknown-Demo.Host", unknown: Unknown{Kind: "parameter without a default", Name: "Demo.Host"},
		},
		{
			name: "element of a list", why: "any of them is unknown",
			expression: `{"Fn::Select": [1, {"Ref": "Subnets"}]}`,
			want:       "furl-unknown-Demo.Subnets",
			unknown:    Unknown{Kind: "parameter without a default", Name: "Demo.Subnets"},
		},
		{
			name: "host of a URL", why: "CDK takes it apart so",
			expression: `{"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": ["Api", "GraphQLUrl"]}]}]}`,
			want:       "furl-unknown-Demo-Api-GraphQLUrl",
			unknown:    Unknown{Kind: "attribute GraphQLUrl of AWS::AppSync::GraphQLApi", Name: "Demo/Api GraphQLUrl"},
		},
		{
			name: "SSM parameter", why: "by a template's parameter", expression: `{"Ref": "Level"}`,
			want: "furl-unknown-app-level", unknown: Unknown{Kind: "SSM parameter", Name: "/app/level"},
		},
		{
			name: "SSM reference", why: "with a version", expression: `"a/{{resolve:ssm:/app/level:3}}/b"`,
			want: "a/furl-unknown-app-level/b", unknown: Unknown{Kind: "SSM parameter", Name: "/app/level"},
		},
		{
			name: "SSM reference in parts", why: "the form that CDK writes",
			expression: `{"Fn::Join": ["", ["{{resolve:ssm:", "/app/level", "}}"]]}`,
			want:       "furl-unknown-app-level", unknown: Unknown{Kind: "SSM parameter", Name: "/app/level"},
		},
		{
			name: "secret", why: "its value is not in the template",
			expression: `"{{resolve:secretsmanager:db:SecretString:password}}"`,
			want:       "furl-unknown-db-SecretString-password",
			unknown:    Unknown{Kind: "dynamic reference to secretsmanager", Name: "db:SecretString:password"},
		},
		{
			name: "import", why: "of another app", expression: `{"Fn::ImportValue": "shared:Vpc"}`,
			want:    "furl-unknown-shared-Vpc",
			unknown: Unknown{Kind: "export of a stack that is not in the assembly", Name: "shared:Vpc"},
		},
		{
			name: "output", why: "of another app",
			expression: `{"Fn::GetStackOutput": {"StackName": "Shared", "OutputName": "Vpc"}}`,
			want:       "furl-unknown-Shared.Vpc",
			unknown:    Unknown{Kind: "output of a stack that is not in the assembly", Name: "Shared.Vpc"},
		},
		{
			name: "function", why: "not simulated", expression: `{"Fn::Transform": {"Name": "AWS::Include"}}`,
			want:    "furl-unknown-Demo-Fn-Transform",
			unknown: Unknown{Kind: "value of Fn::Transform", Name: "Demo Fn::Transform"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, got := unknowing(t, row.expression, nil)
			if got != row.want {
				t.Errorf("%s: got %q, want %q", row.why, got, row.want)
			}
			holder, ok := Placeholder(got)
			row.unknown.Placeholder = holder
			if unknowns := a.Unknowns(); !ok || !reflect.DeepEqual(unknowns, []Unknown{row.unknown}) {
				t.Errorf("listed are %+v, want %+v", unknowns, row.unknown)
			}
		})
	}
}

// TestGivenValues: what the developer gives takes the place of a default and of what only AWS knows.
func TestGivenValues(t *testing.T) {
	for _, row := range []struct {
		name, why, expression string
		given                 string // its name
		want                  string // with "v1,v2" given
	}{
		{name: "parameter", why: "by its name", expression: `{"Ref": "Host"}`, given: "Host", want: "v1,v2"},
		{
			name: "of the stack", why: "two stacks may have one name", expression: `{"Ref": "Host"}`,
			given: "Demo.Host", want: "v1,v2",
		},
		{
			name: "list", why: "with commas", expression: `{"Fn::Select": [1, {"Ref": "Subnets"}]}`, given: "Subnets",
			want: "v2",
		},
		{
			name: "SSM, by parameter", why: "the template's name", expression: `{"Ref": "Level"}`, given: "Level",
			want: "v1,v2",
		},
		{name: "SSM, by name", why: "AWS's name", expression: `{"Ref": "Level"}`, given: "/app/level", want: "v1,v2"},
		{
			name: "SSM list", why: "of a list type", expression: `{"Fn::Select": [0, {"Ref": "Names"}]}`,
			given: "/app/names", want: "v1",
		},
		{
			name: "SSM reference", why: "in a text", expression: `"{{resolve:ssm:/app/level}}"`, given: "/app/level",
			want: "v1,v2",
		},
		{
			name: "secret", why: "as the template has it", expression: `"{{resolve:secretsmanager:db}}"`, given: "db",
			want: "v1,v2",
		},
		{
			name: "import", why: "by its export", expression: `{"Fn::ImportValue": "shared:Vpc"}`,
			given: "shared:Vpc", want: "v1,v2",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, got := unknowing(t, row.expression, map[string]string{row.given: "v1,v2", "Typo": "x"})
			if got != row.want || len(a.Unknowns()) != 0 {
				t.Errorf("%s: got %q with unknown %v, want %q", row.why, got, a.Unknowns(), row.want)
			}
			if unused := a.Unused(); !reflect.DeepEqual(unused, []string{"Typo"}) {
				t.Errorf("unused are %q, want Typo", unused)
			}
		})
	}
}

// TestStoredParameter: an SSM parameter of the assembly is no secret of AWS's.
func TestStoredParameter(t *testing.T) {
	a, got := unknowing(t, `"{{resolve:ssm:/app/stored}}"`, nil)
	if got != "ap-northeast-1" || len(a.Unknowns()) != 0 {
		t.Errorf("got %q, unknown %v", got, a.Unknowns())
	}
}

func TestAvailabilityZones(t *testing.T) {
	if _, got := unknowing(t, `{"Fn::Select": [2, {"Fn::GetAZs": ""}]}`, nil); got != "ap-northeast-1c" {
		t.Errorf("got %q", got)
	}
}

// TestUnknownWithoutField: a property that nothing reads is not resolved.
func TestUnknownWithoutField(t *testing.T) {
	a := loadWith(t, nil, `{"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {
		"Handler": "index.handler",
		"VpcConfig": {"SubnetIds": [{"Fn::ImportValue": "shared:Subnet"}]},
		"Environment": {"Variables": {"A": "b"}, "Other": {"Fn::ImportValue": "shared:Other"}}
	}}}}`)
	var properties struct {
		Handler     string
		Environment struct{ Variables map[string]string }
	}
	if err := a.Resources("AWS::Lambda::Function")[0].Decode(&properties); err != nil {
		t.Fatal(err)
	}
	if properties.Handler != "index.handler" || properties.Environment.Variables["A"] != "b" {
		t.Errorf("decoded %+v", properties)
	}
	if unknowns := a.Unknowns(); len(unknowns) != 0 {
		t.Errorf("nothing asked for %+v", unknowns)
	}
}
