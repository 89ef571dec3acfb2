package test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// finding is a finding of Furl's in CDK's validation report.
type finding struct {
	RuleName, Description, SuggestedFix, Severity string
	ViolatingConstructs                           []struct{ ConstructPath string }
}

// validate synthesises an app whose validation may fail. It returns Furl's findings, and the panic of the synthesis.
func validate(t *testing.T, app awscdk.App) (found []finding, failed string) {
	t.Helper()
	func() {
		defer func() {
			if thrown := recover(); thrown != nil {
				failed = fmt.Sprint(thrown)
			}
		}()
		app.Synth(nil)
	}()
	var report struct {
		PluginReports []struct {
			PluginName string
			Violations []finding
		}
	}
	for _, name := range []string{"validation-report.json", "policy-validation-report.json"} {
		if file := filepath.Join(*app.Outdir(), name); exists(file) {
			readJSON(t, file, &report)
			break
		}
	}
	plugins := 0
	for _, plugin := range report.PluginReports {
		if plugin.PluginName == "furl" {
			plugins++
			found = plugin.Violations
		}
	}
	if plugins > 1 {
		t.Errorf("Furl reports %d times", plugins)
	}
	return found, failed
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// policyFor makes an AWS::Lambda::ResourcePolicy with a Deny.
func policyFor(scope constructs.Construct, id string, arn any) awscdk.CfnResource {
	return awscdk.NewCfnResource(scope, jsii.String(id), &awscdk.CfnResourceProps{
		Type: jsii.String("AWS::Lambda::ResourcePolicy"),
		Properties: &map[string]any{"ResourceArn": arn, "PolicyDocument": map[string]any{
			"Version": "2012-10-17",
			"Statement": []any{map[string]any{
				"Effect": "Deny", "Principal": "*", "Action": "lambda:*", "Resource": "*",
			}},
		}},
	})
}

// situation is an app with one guarded function. A row adds a resource policy to it.
type situation struct {
	app   awscdk.App
	scope constructs.Construct // the app, or a Stage of it
	stack awscdk.Stack
	fn    awslambda.Function
	api   *furl.SecureFunctionUrl
}

func newSituation(t *testing.T, region string, stage bool) situation {
	app := newApp(t)
	s := situation{app: app, scope: app}
	if stage {
		s.scope = awscdk.NewStage(app, jsii.String("Prod"), nil)
	}
	s.stack = newStack(s.scope, "Demo", region)
	s.fn = newFunction(s.stack, "Function")
	s.api = furl.NewSecureFunctionUrl(s.stack, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: s.fn})
	return s
}

// logicalId is the logical id of the guarded function.
func (s situation) logicalId() string {
	return *s.stack.GetLogicalId(s.fn.Node().DefaultChild().(awscdk.CfnElement))
}

// guardOrders makes and guards a function with a name.
func (s situation) guardOrders() {
	named := awslambda.NewFunction(s.stack, jsii.String("Named"), &awslambda.FunctionProps{
		FunctionName: jsii.String("orders"), Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async () => {}")),
	})
	s.api.AddBehavior("/orders", named, nil)
}

func functionArn(region, function string) string {
	return "arn:aws:lambda:" + region + ":" + account + ":function:" + function
}

// TestResourcePolicy checks that a resource policy of a guarded function is an error. Such a policy replaces the
// function's permissions. It may be in any stack, and name the function in any way.
func TestResourcePolicy(t *testing.T) {
	const fatal, warned = "resourcePolicy fatal", "resourcePolicyTarget warning"
	rows := []struct {
		name, why string
		add       func(situation)
		want      string // rule and severity of the one finding, or "" for none
	}{
		{
			name: "the L1", why: "C7",
			add: func(s situation) {
				awslambda.NewCfnResourcePolicy(s.stack, jsii.String("Policy"), &awslambda.CfnResourcePolicyProps{
					ResourceArn:    s.fn.FunctionArn(),
					PolicyDocument: map[string]any{"Version": "2012-10-17", "Statement": []any{}},
				})
			},
			want: fatal,
		},
		{
			name: "a raw resource", why: "C7",
			add:  func(s situation) { policyFor(s.stack, "Policy", s.fn.FunctionArn()) },
			want: fatal,
		},
		{
			name: "one that is acknowledged", why: "what wipes the policy is no opinion",
			add: func(s situation) {
				policyFor(s.stack, "Policy", s.fn.FunctionArn())
				awscdk.Validations_Of(s.app).Acknowledge(&awscdk.Acknowledgment{
					Id: jsii.String("furl::resourcePolicy"), Reason: jsii.String("it is mine"),
				})
			},
			want: fatal,
		},
		{
			name: "made by override", why: "the constructs do not show it",
			add: func(s situation) {
				topic := awscdk.NewCfnResource(s.stack, jsii.String("Policy"),
					&awscdk.CfnResourceProps{Type: jsii.String("AWS::SNS::Topic")})
				topic.AddOverride(jsii.String("Type"), "AWS::Lambda::ResourcePolicy")
				topic.AddPropertyOverride(jsii.String("ResourceArn"), s.fn.FunctionArn())
				topic.AddPropertyOverride(jsii.String("PolicyDocument"),
					map[string]any{"Version": "2012-10-17", "Statement": []any{}})
			},
			want: fatal,
		},
		{
			name: "in another stack", why: "the ARN travels as the context says",
			add: func(s situation) {
				policyFor(newStack(s.scope, "Other", *s.stack.Region()), "Policy", s.fn.FunctionArn())
			},
			want: fatal,
		},
		{
			name: "in another stack, by a weak reference", why: "it is an output of another stack then",
			add: func(s situation) {
				arn := awscdk.Stack_ConsumeReference(
					s.fn.Node().DefaultChild().(awslambda.CfnFunction).AttrArn(), awscdk.ReferenceStrength_WEAK)
				policyFor(newStack(s.scope, "Other", *s.stack.Region()), "Policy", arn)
			},
			want: fatal,
		},
		{
			name: "in a nested stack", why: "the ARN is a parameter there",
			add: func(s situation) {
				nested := awscdk.NewNestedStack(s.stack, jsii.String("Nested"), nil)
				policyFor(awscdk.NewNestedStack(nested, jsii.String("Deeper"), nil), "Policy", s.fn.FunctionArn())
			},
			want: fatal,
		},
		{
			name: "a function of a nested stack", why: "the ARN is an output of it",
			add: func(s situation) {
				nested := awscdk.NewNestedStack(s.stack, jsii.String("Nested"), nil)
				inner := newFunction(nested, "Inner")
				s.api.AddBehavior("/inner", inner, nil)
				policyFor(s.stack, "Policy", inner.FunctionArn())
			},
			want: fatal,
		},
		{
			name: "a function of a nested stack, from there", why: "one names the output, one the function",
			add: func(s situation) {
				nested := awscdk.NewNestedStack(s.stack, jsii.String("Nested"), nil)
				inner := newFunction(nested, "Inner")
				s.api.AddBehavior("/inner", inner, nil)
				policyFor(nested, "Policy", inner.FunctionArn())
			},
			want: fatal,
		},
		{
			name: "an ARN put together", why: "it names the function all the same",
			add: func(s situation) {
				policyFor(s.stack, "Policy", map[string]any{"Fn::Sub": []any{
					"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}",
					map[string]any{"Name": s.fn.FunctionName()},
				}})
			},
			want: fatal,
		},
		{
			name: "an ARN in Fn::Sub", why: "it names the function all the same",
			add: func(s situation) {
				policyFor(s.stack, "Policy", map[string]any{"Fn::Sub": "${" + s.logicalId() + ".Arn}:$LATEST"})
			},
			want: fatal,
		},
		{
			name: "a function with a name, by a literal ARN", why: "nothing refers to the function",
			add: func(s situation) {
				s.guardOrders()
				other := newStack(s.scope, "Other", *s.stack.Region())
				policyFor(other, "Policy", functionArn(*s.stack.Region(), "orders"))
			},
			want: fatal,
		},
		{
			name: "by the name that CloudFormation gave", why: "it was copied from the console",
			add: func(s situation) {
				name := *s.stack.StackName() + "-" + s.logicalId() + "-AbCdEfGhIjKl"
				policyFor(s.stack, "Policy", functionArn(*s.stack.Region(), name))
			},
			want: fatal,
		},
		{
			name: "an imported function whose policy Furl writes", why: "both name it by its ARN",
			add: func(s situation) {
				arn := jsii.String(functionArn(*s.stack.Region(), "theirs"))
				s.api.AddBehavior("/theirs", awslambda.Function_FromFunctionAttributes(s.stack, jsii.String("Theirs"),
					&awslambda.FunctionAttributes{FunctionArn: arn, SameEnvironment: jsii.Bool(true)}), nil)
				policyFor(s.stack, "Policy", *arn)
			},
			want: fatal,
		},
		{
			name: "an alias", why: "its policy is its own",
			add: func(s situation) {
				live := newFunction(s.stack, "Aliased").AddAlias(jsii.String("live"), nil)
				s.api.AddBehavior("/live", live, nil)
				policyFor(s.stack, "Policy", live.FunctionArn())
			},
			want: fatal,
		},
		{
			name: "an alias by the function's ARN and its name", why: "it names the alias all the same",
			add: func(s situation) {
				fn := newFunction(s.stack, "Aliased")
				s.api.AddBehavior("/live", fn.AddAlias(jsii.String("live"), nil), nil)
				policyFor(s.stack, "Policy", *fn.FunctionArn()+":live")
			},
			want: fatal,
		},
		{
			name: "the function of a guarded alias", why: "whether its policy is for the alias too is not documented",
			add: func(s situation) {
				fn := newFunction(s.stack, "Aliased")
				s.api.AddBehavior("/live", fn.AddAlias(jsii.String("live"), nil), nil)
				policyFor(s.stack, "Policy", fn.FunctionArn())
			},
			want: warned,
		},
		{
			name: "a parameter", why: "only the deployment knows the function",
			add: func(s situation) {
				policyFor(s.stack, "Policy", awscdk.NewCfnParameter(s.stack, jsii.String("Arn"), nil).ValueAsString())
			},
			want: warned,
		},
		{
			name: "an import of another app's", why: "the app has no such export",
			add:  func(s situation) { policyFor(s.stack, "Policy", map[string]any{"Fn::ImportValue": "TheirArn"}) },
			want: warned,
		},
		{
			name: "one of two by a condition", why: "one of them is guarded",
			add: func(s situation) {
				awscdk.NewCfnCondition(s.stack, jsii.String("Choice"),
					&awscdk.CfnConditionProps{Expression: awscdk.Fn_ConditionEquals("a", "b")})
				policyFor(s.stack, "Policy", map[string]any{"Fn::If": []any{
					"Choice", functionArn("us-east-1", "other"), s.fn.FunctionArn(),
				}})
			},
			want: fatal,
		},
		{
			name: "a function that Furl does not guard", why: "it is none of ours",
			add: func(s situation) { policyFor(s.stack, "Policy", newFunction(s.stack, "Open").FunctionArn()) },
		},
		{
			name: "an unguarded function with permissions of the user's own", why: "it is none of ours",
			add: func(s situation) {
				open := newFunction(s.stack, "Open")
				open.GrantInvokeUrl(accountPrincipal("444455556666"))
				policyFor(s.stack, "Policy", open.FunctionArn())
			},
		},
		{
			name: "another alias of a guarded one's function", why: "each alias has its own policy",
			add: func(s situation) {
				fn := newFunction(s.stack, "Aliased")
				s.api.AddBehavior("/live", fn.AddAlias(jsii.String("live"), nil), nil)
				policyFor(s.stack, "Policy", fn.AddAlias(jsii.String("next"), nil).FunctionArn())
			},
		},
		{
			name: "the same name in another region", why: "it is another function",
			add: func(s situation) {
				s.guardOrders()
				policyFor(newStack(s.scope, "Other", "eu-central-1"), "Policy", functionArn("eu-central-1", "orders"))
			},
		},
		{
			name: "an imported function whose policy Furl leaves alone", why: "it is the way out",
			add: func(s situation) {
				fn := newFunction(s.stack, "Own")
				imported := &awslambda.FunctionAttributes{
					FunctionArn: fn.FunctionArn(), SameEnvironment: jsii.Bool(false),
				}
				s.api.AddBehavior("/own",
					awslambda.Function_FromFunctionAttributes(s.stack, jsii.String("Imported"), imported), nil)
				policyFor(s.stack, "Policy", fn.FunctionArn())
			},
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				s := newSituation(t, region, region != "us-east-1")
				row.add(s)
				found, failed := validate(t, s.app)
				var got []string
				for _, f := range found {
					got = append(got, f.RuleName+" "+f.Severity)
					if at := f.ViolatingConstructs; len(at) != 1 || !strings.HasSuffix(at[0].ConstructPath, "/Policy") {
						t.Errorf("is told of %v", at)
					}
					expectText(t, f.SuggestedFix, "GrantInvokeUrl", "lambda:InvokedViaFunctionUrl")
				}
				if strings.Join(got, ", ") != row.want {
					t.Errorf("found %q, not %q", got, row.want)
				}
				if (row.want == fatal) != strings.Contains(failed, "Validation failed") {
					t.Errorf("synthesis: %q", failed)
				}
			})
		}
	}
}

// TestResourcePolicyOfOneAccount checks stacks with the same name in two accounts. They are two stacks, also in
// references.
func TestResourcePolicyOfOneAccount(t *testing.T) {
	rows := []struct {
		name, why string
		strength  awscdk.ReferenceStrength
		accounts  []string // of the Stages, in order, or "" for an account that only the deployment knows
		policyIn  int      // index of the Stage whose function has the policy
		guardedIn []int    // indexes of the Stages whose function is guarded
		want      string   // rule and severity of the one finding, or "" for none
	}{
		{
			name: "an export of the first", why: "the second has one of the same name",
			strength: awscdk.ReferenceStrength_STRONG,
			accounts: []string{account, theirs}, policyIn: 0, guardedIn: []int{0, 1},
			want: "resourcePolicy fatal",
		},
		{
			name: "an export of the second", why: "the first has one of the same name",
			strength: awscdk.ReferenceStrength_STRONG,
			accounts: []string{account, theirs}, policyIn: 1, guardedIn: []int{0, 1},
			want: "resourcePolicy fatal",
		},
		{
			name: "an output of the first", why: "the second has one of the same name",
			strength: awscdk.ReferenceStrength_WEAK,
			accounts: []string{account, theirs}, policyIn: 0, guardedIn: []int{0, 1},
			want: "resourcePolicy fatal",
		},
		{
			name: "an output of the second", why: "the first has one of the same name",
			strength: awscdk.ReferenceStrength_WEAK,
			accounts: []string{account, theirs}, policyIn: 1, guardedIn: []int{0, 1},
			want: "resourcePolicy fatal",
		},
		{
			name: "only the other account's function is guarded", why: "the policy is none of ours",
			strength: awscdk.ReferenceStrength_STRONG,
			accounts: []string{account, theirs}, policyIn: 0, guardedIn: []int{1},
		},
		{
			name: "only the other account's function is guarded, by outputs", why: "the policy is none of ours",
			strength: awscdk.ReferenceStrength_WEAK,
			accounts: []string{account, theirs}, policyIn: 1, guardedIn: []int{0},
		},
		{
			name: "without an account", why: "the stacks of a Stage are in one",
			strength: awscdk.ReferenceStrength_STRONG,
			accounts: []string{""}, policyIn: 0, guardedIn: []int{0},
			want: "resourcePolicy fatal",
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				for i, id := range row.accounts {
					env := &awscdk.Environment{Region: jsii.String(region)}
					if id != "" {
						env.Account = jsii.String(id)
					}
					stage := awscdk.NewStage(app, jsii.String(fmt.Sprint("S", i)), nil)
					fns := awscdk.NewStack(stage, jsii.String("Fns"),
						&awscdk.StackProps{StackName: jsii.String("fns"), Env: env})
					demo := awscdk.NewStack(stage, jsii.String("Demo"),
						&awscdk.StackProps{StackName: jsii.String("demo"), Env: env})
					fn := newFunction(fns, "Function")
					guarded := fn
					if !slices.Contains(row.guardedIn, i) {
						guarded = newFunction(fns, "Another")
					}
					awscdk.CrossStackReferences_Of(guarded).Produce(row.strength)
					furl.NewSecureFunctionUrl(demo, jsii.String("Api"), &furl.SecureFunctionUrlProps{Function: guarded})
					if i == row.policyIn {
						policyFor(fns, "Policy", fn.FunctionArn())
					}
				}
				found, _ := validate(t, app)
				var got []string
				for _, f := range found {
					got = append(got, f.RuleName+" "+f.Severity)
				}
				if strings.Join(got, ", ") != row.want {
					t.Errorf("found %q, not %q", got, row.want)
				}
			})
		}
	}
}
